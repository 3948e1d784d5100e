// Joins the evidence library to the player component: keys, opening, holding to reveal, and dropping everything at the curtain.

const IDLE_MS = 10000;
/** What only fills lists is told together: drawing the page for each of hundreds of segments would hold up the picture. */
const UNHURRIED = new Set(['manifest', 'table', 'device', 'segment', 'text', 'hole', 'unplayable']);
const UNHURRIED_MS = 500;
let loading = null;

function library() {
  loading ??= import('/evidence-js/review.js');
  return loading;
}

export async function ensureApprovalKey(staffId) {
  const { coseKey } = await (await library()).ensureApprovalKey(staffId);
  return coseKey;
}

/** @returns {Promise<string | null>} null when the key is pinned, else the code why not */
export async function pinVaultKey(staffId, coseKey) {
  const answer = await (await library()).pinVaultKey(staffId, coseKey);
  return answer.ok ? null : answer.code;
}

/** Starts what an opening needs, for somebody who is about to open. */
export async function prepare(reportId) {
  (await library()).prepare(reportId);
}

/** @returns {Promise<string>} this person's approval of a release, base64url */
export async function approveDisclosure(staffId, terms) {
  return (await library()).approveDisclosure(staffId, terms);
}

/** Opens a report into `tiles` and answers its controls; events go to `OnEvidenceEvents` of the reference. */
export async function open(reference, tiles, options) {
  const { openReport } = await library();
  let closed = false;
  let waiting = [];
  let timer = 0;
  const flush = () => {
    clearTimeout(timer);
    timer = 0;
    const told = waiting;
    waiting = [];
    if (!closed && told.length > 0) reference.invokeMethodAsync('OnEvidenceEvents', told);
  };
  const tell = (event) => {
    // A line of text and a segment both have a "kind"; they are not of one type.
    const { kind, ...rest } = event;
    waiting.push(typeof kind === 'string' ? { ...rest, textKind: kind } : event);
    timer ||= setTimeout(flush, UNHURRIED_MS);
    // After the frame that shows the new position, not before it.
    if (event.type === 'time') requestAnimationFrame(() => setTimeout(flush));
    else if (!UNHURRIED.has(event.type)) flush();
  };
  const opening = await openReport({ ...options, tiles, onEvent: tell });

  const reveal = (on, participant = null) => opening.reveal(on, participant);
  const hold = holdToReveal(tiles, reveal);
  const idle = fallBackWhenIdle(() => tell({ type: 'idle' }));
  const close = () => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    hold();
    idle.stop();
    window.removeEventListener('moderation:curtain', drop);
    opening.close();
  };
  const drop = () => {
    close();
    reference.invokeMethodAsync('OnEvidenceEvents', [{ type: 'dropped' }]);
  };
  window.addEventListener('moderation:curtain', drop);

  return {
    play: () => opening.play(),
    pause: () => opening.pause(),
    seek: (ms) => opening.seek(ms),
    reveal: (on) => reveal(on),
    watchIdle: (on) => (on ? idle.start() : idle.stop()),
    setMuted: (muted) => opening.setMuted(muted),
    setRate: (rate) => opening.setRate(rate),
    state: () => opening.state(),
    close,
  };
}

/** Press and hold on a tile reveals that tile alone; letting go anywhere covers it again. */
function holdToReveal(tiles, reveal) {
  let shown = null;
  const down = (event) => {
    const tile = event.target.closest('[data-participant]');
    if (!tile || event.button !== 0) return;
    event.preventDefault();
    shown = tile.dataset.participant;
    reveal(true, shown);
  };
  const up = () => {
    if (shown === null) return;
    reveal(false, shown);
    shown = null;
  };
  tiles.addEventListener('pointerdown', down);
  window.addEventListener('pointerup', up);
  window.addEventListener('pointercancel', up);
  window.addEventListener('blur', up);
  return () => {
    tiles.removeEventListener('pointerdown', down);
    window.removeEventListener('pointerup', up);
    window.removeEventListener('pointercancel', up);
    window.removeEventListener('blur', up);
  };
}

/** A switch that reveals falls back after ten seconds without input. */
function fallBackWhenIdle(onIdle) {
  let timer = 0;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(onIdle, IDLE_MS);
  };
  const inputs = ['pointermove', 'pointerdown', 'keydown', 'wheel'];
  const stop = () => {
    clearTimeout(timer);
    for (const input of inputs) window.removeEventListener(input, again);
  };
  return {
    start() {
      stop();
      for (const input of inputs) window.addEventListener(input, again, { passive: true });
      again();
    },
    stop,
  };
}
