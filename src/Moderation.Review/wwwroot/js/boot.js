// Says, before the runtime is there, why one could not get in: no secure origin, no WebAssembly, a failed load.
(() => {
  const say = (title, detail) => {
    const boot = document.getElementById('boot-note');
    if (!boot) return;
    boot.querySelector('strong').textContent = title;
    boot.querySelector('span').textContent = detail;
    boot.hidden = false;
    document.getElementById('boot-progress').hidden = true;
  };
  if (typeof WebAssembly === 'undefined') {
    say('This browser cannot run the console', 'It has no WebAssembly. Use a current Firefox, Chromium, Edge or Safari.');
  } else if (!window.isSecureContext || !window.crypto?.subtle) {
    say('Needs HTTPS or localhost', 'Evidence is decrypted in this browser, and browsers allow that on a secure address only.');
  }
  window.addEventListener('error', (event) => {
    if (event.target instanceof HTMLScriptElement) {
      say('The console did not load', 'A part of it could not be fetched. Check the connection and reload the page.');
    }
  }, true);
})();
