// Listens for keys by the table that C# gives, decides at once whether to swallow one, and lowers the curtain by itself.

const CHORD_MS = 1000;
let table = [];
let scopes = new Set();
let dotnet = null;
let pending = [];
let pendingAt = 0;
const held = new Map();
let capturing = null;

export function start(reference, entries) {
  dotnet = reference;
  setTable(entries);
  window.addEventListener('keydown', onDown, true);
  window.addEventListener('keyup', onUp, true);
  window.addEventListener('blur', releaseAll);
  document.getElementById('curtain-lift').addEventListener('click', liftCurtain);
}

export function setTable(entries) {
  table = entries.map((entry) => ({
    ...entry,
    sequences: entry.strokes.map((s) => (s === ' ' ? [' '] : s.split(' '))),
  }));
}

/** Answers the next key pressed, as the table writes it; Escape gives up with null. */
export function capture() {
  return new Promise((resolve) => {
    const take = (event) => {
      if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      window.removeEventListener('keydown', take, true);
      capturing = null;
      resolve(event.key === 'Escape' ? null : strokeOf(event));
    };
    capturing = take;
    window.addEventListener('keydown', take, true);
  });
}

export function setScopes(names) {
  scopes = new Set(names);
}

/** Blanks the page and stops all media within this frame; players drop what they decrypted when they hear of it. */
export function lowerCurtain() {
  const curtain = document.getElementById('curtain');
  if (!curtain.hidden) return;
  for (const media of document.querySelectorAll('video, audio')) {
    media.pause();
    media.muted = true;
  }
  document.documentElement.dataset.curtain = 'down';
  document.getElementById('app').inert = true;
  // A modal dialog sits in the top layer, above everything; it has to close to be covered.
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
  curtain.hidden = false;
  document.getElementById('curtain-lift').focus();
  releaseAll();
  window.dispatchEvent(new CustomEvent('moderation:curtain'));
  send('curtain', 'anywhere', true);
}

function liftCurtain() {
  document.getElementById('curtain').hidden = true;
  document.getElementById('app').inert = false;
  delete document.documentElement.dataset.curtain;
  document.querySelector('h1')?.focus();
  send('curtain', 'anywhere', false);
}

function send(id, scope, down) {
  dotnet?.invokeMethodAsync('OnKeyAsync', id, scope, down);
}

/** Writes a key the way the table does: letters and signs by what they type, digits by where they are. */
function strokeOf(event) {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  let key = digit && !event.shiftKey ? digit[1] : event.key;
  if (key.length === 1) key = key.toLowerCase();
  const letter = /^[\p{L}]$/u.test(key);
  // A sign already says that shift was held ("?"); a letter or a named key does not.
  const shift = event.shiftKey && (letter || key.length > 1) ? 'Shift+' : '';
  const ctrl = event.ctrlKey || event.metaKey ? 'Ctrl+' : '';
  return ctrl + shift + key;
}

function isField(element) {
  if (!element) return false;
  if (element.isContentEditable || element.tagName === 'TEXTAREA' || element.tagName === 'SELECT') return true;
  return element.tagName === 'INPUT' && !['button', 'submit', 'reset', 'checkbox', 'radio'].includes(element.type);
}

function actsByItself(element, key) {
  if (key !== 'Enter' && key !== ' ') return false;
  return Boolean(element?.closest('button, a[href], summary, input, select, textarea, [role="tab"]'));
}

function activeScopes(target) {
  const inPlayer = Boolean(target?.closest?.('[data-scope="player"]'));
  // A dialog is a world of its own; inside the player its keys go first.
  if (scopes.has('decision')) return ['decision', 'anywhere'];
  if (document.querySelector('dialog[open]')) return ['anywhere'];
  return [...(inPlayer ? ['player'] : []), 'queue', 'case', 'anywhere'].filter(
    (s) => s === 'anywhere' || scopes.has(s),
  );
}

function onDown(event) {
  if (capturing) return capturing(event);
  if (event.isComposing || ['Shift', 'Control', 'Alt', 'Meta'].includes(event.key) || event.altKey) return;
  const curtainDown = document.documentElement.dataset.curtain === 'down';
  const stroke = strokeOf(event);
  const now = performance.now();
  if (now - pendingAt > CHORD_MS) pending = [];
  if (!event.repeat) {
    pending = [...pending, stroke].slice(-2);
    pendingAt = now;
  }

  const field = isField(event.target);
  const strokes = event.repeat ? [stroke] : pending;
  for (const scope of activeScopes(event.target)) {
    for (const entry of table) {
      if (entry.scope !== scope || (field && !entry.inFields)) continue;
      const hit = entry.sequences.find((seq) => endsWith(strokes, seq));
      if (!hit) continue;
      if (hit.length === 1 && actsByItself(event.target, hit[0])) return;
      if (entry.id === 'curtain') {
        event.preventDefault();
        pending = [];
        lowerCurtain();
        return;
      }
      if (curtainDown) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.repeat && (entry.writes || entry.hold)) return;
      // Escape stays pending: the second one within a second is the curtain.
      if (stroke !== 'Escape') pending = [];
      if (entry.hold) held.set(event.code, entry);
      send(entry.id, entry.scope, true);
      return;
    }
  }
}

function endsWith(strokes, sequence) {
  if (sequence.length > strokes.length) return false;
  const tail = strokes.slice(-sequence.length);
  return sequence.every((stroke, i) => stroke === tail[i]);
}

function onUp(event) {
  const entry = held.get(event.code);
  if (!entry) return;
  held.delete(event.code);
  send(entry.id, entry.scope, false);
}

// A key held while the window loses the focus never sends its keyup; nothing may stay revealed because of that.
function releaseAll() {
  for (const entry of held.values()) send(entry.id, entry.scope, false);
  held.clear();
}
