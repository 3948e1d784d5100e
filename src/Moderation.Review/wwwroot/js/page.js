// What only the browser can tell or do for the pages: readiness, width, dialogs, focus, connection.

let lastInput = performance.now();
for (const input of ['keydown', 'pointermove', 'pointerdown', 'wheel']) {
  window.addEventListener(input, () => (lastInput = performance.now()), { passive: true, capture: true });
}

export function ready() {
  document.body.dataset.ready = 'true';
}

export function canDecrypt() {
  return Boolean(window.isSecureContext && window.crypto?.subtle);
}

export function watch(reference) {
  const wide = window.matchMedia('(min-width: 1200px)');
  wide.addEventListener('change', () => reference.invokeMethodAsync('OnWidth', wide.matches));
  window.addEventListener('online', () => reference.invokeMethodAsync('OnConnection', true));
  window.addEventListener('offline', () => reference.invokeMethodAsync('OnConnection', false));
  return wide.matches;
}

export function showDialog(element) {
  if (!element.open) element.showModal();
}

export function closeDialog(element) {
  if (element?.open) element.close();
}

/** Focuses what the selector finds; a row that is already in sight does not make the page jump. */
export function focus(selector) {
  const element = document.querySelector(selector);
  element?.focus({ preventScroll: true });
  element?.scrollIntoView({ block: 'nearest' });
}

export function toggle(selector) {
  const details = document.querySelector(selector);
  if (!details) return;
  details.open = !details.open;
  details.querySelector('summary').focus();
}

export function secondsSinceInput() {
  return (performance.now() - lastInput) / 1000;
}

export function remember(key, value) {
  localStorage.setItem(key, value);
}

export function recall(key) {
  return localStorage.getItem(key);
}

export async function copy(text) {
  await navigator.clipboard?.writeText(text);
}
