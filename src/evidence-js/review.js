// The open side of the SDK, as the review UI calls it: the approval key, approvals, and opening a report into a player.
import {
  ensureApprovalKey as ensureKey, forgetApprovalKey as forgetKey, loadApprovalKey, pinVaultKey as pinKey,
} from './approval-key.js';
import { fromBase64Url, toBase64Url } from './bytes.js';
import { Kind } from './descriptor.js';
import { idBytes } from './ids.js';
import { badgeOf } from './integrity.js';
import { Player } from './player.js';
import { Purpose, approve, assembleGrant, grantPayload, isForDisclosure, readGrant } from './release.js';
import { linesOf } from './transcript.js';

export { openBundle, play } from './bundle-review.js';

/** @returns {boolean} false on an insecure origin: say "needs HTTPS" and stop */
export const hasWebCrypto = () => globalThis.isSecureContext === true && globalThis.crypto?.subtle !== undefined;

/**
 * The approval key of this person in this browser, made if absent. Register `coseKey` with the service.
 * @param {string} staffId
 * @returns {Promise<{ kid: string, alg: number, publicKey: string, coseKey: string, vaultPinned: boolean }>} binary values in base64url
 */
export const ensureApprovalKey = (staffId) => ensureKey(staffId);

/**
 * Pins the vault's signing key for this person, once, at enrolment.
 * @param {string} staffId @param {string} coseKey base64url COSE_Key @returns {Promise<{ ok: boolean, code?: string }>}
 */
export const pinVaultKey = (staffId, coseKey) => pinKey(staffId, coseKey);

/** @param {string} staffId */
export const forgetApprovalKey = (staffId) => forgetKey(staffId);

/**
 * First approval of a grant that needs two.
 * @param {{ staffId: string, contentId: string, caseId: string, indices: number[], purpose?: number }} grant contentId in hex
 * @returns {Promise<string>} the grant, base64url, with one approval
 */
export async function createGrant({ staffId, contentId, caseId, indices, purpose = Purpose.Triage }) {
  const { signer } = await loadApprovalKey(staffId);
  const content = Uint8Array.from(contentId.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const ascending = [...new Set(indices)].sort((a, b) => a - b);
  const { payload } = grantPayload({
    contentId: content, indices: ascending, caseId: idBytes(caseId), purpose, now: Date.now(), openers: [signer.kid],
  });
  return toBase64Url(assembleGrant([await approve(payload, signer)]));
}

/**
 * Adds this person's approval to a grant with one.
 * @param {string} staffId @param {string} grant base64url @returns {Promise<string>} base64url, with two approvals
 */
export async function approveGrant(staffId, grant) {
  const { signer } = await loadApprovalKey(staffId);
  const { approvals, payload } = readGrant(fromBase64Url(grant));
  return toBase64Url(assembleGrant([...approvals, await approve(payload, signer)]));
}

/**
 * One approval of a release to an authority. Signs nothing but the terms of a disclosure of that very report.
 * @param {string} staffId @param {string} terms the grant's payload, base64url @returns {Promise<string>} COSE_Sign1, base64url
 */
export async function approveDisclosure(staffId, terms) {
  const payload = fromBase64Url(terms);
  if (!isForDisclosure(payload)) throw new TypeError('not the terms of a disclosure');
  const { signer } = await loadApprovalKey(staffId);
  return toBase64Url(await approve(payload, signer));
}

/**
 * @typedef {object} OpenOptions
 * @property {string} reportId
 * @property {string} caseId
 * @property {string} staffId
 * @property {number[] | null} [indices] null: all segments
 * @property {HTMLElement} tiles the player fills it, and empties it on close
 * @property {((event: object) => void) | { invokeMethodAsync: (name: string, event: object) => Promise<void> }} onEvent a function,
 *   or a .NET object reference whose `OnEvidenceEvent` takes the event
 * @property {number} [purpose] 1 triage unless told otherwise
 * @property {string[]} [grants] ready grants, base64url (second approvals); otherwise grants are made here
 * @property {string[]} [subjects] hex pseudonyms whose tiles come first
 * @property {Record<string, string>} [names] hex pseudonym to what the tile says
 * @property {Record<string, string>} [texts] sentences of the cards, see CardTexts in tile.js
 * @property {Record<string, string>} [headers] for the POST of the key request (antiforgery, claim)
 */

/** A Worker that has loaded its modules and waits: it holds no key. @type {Worker | null} */
let spare = null;

const newWorker = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });

/**
 * Gets ready for an opening that is likely to come: starts the Worker, which reads manifest and table. Asks for no key, opens nothing.
 * @param {string} reportId
 */
export function prepare(reportId) {
  if (!hasWebCrypto()) return;
  spare ??= newWorker();
  spare.postMessage({ prepare: reportId });
}

function takeWorker() {
  const worker = spare ?? newWorker();
  spare = null;
  return worker;
}

/**
 * Opens a report: asks for its keys, verifies and decrypts segment by segment in a Worker, and plays in `tiles`, blurred, grey,
 * silent and still. Refusals come as events, not as exceptions.
 * @param {OpenOptions} options @returns {Promise<Opening>}
 */
export async function openReport(options) {
  return new Opening(options);
}

/** The controls of one open report. */
export class Opening {
  #worker = null;
  #player;
  #emit;
  #findings = { manifest: null, device: null, table: null, errors: [], segments: new Map(), holes: 0, isDone: false };
  #badge = null;

  /** @param {OpenOptions} options */
  constructor(options) {
    const { onEvent } = options;
    this.#emit = typeof onEvent === 'function' ? onEvent
      : (event) => void onEvent.invokeMethodAsync('OnEvidenceEvent', event).catch(() => {});
    this.#player = new Player(options.tiles, (event) => this.#onPlayer(event), options);
    if (!hasWebCrypto()) {
      this.#take({ type: 'error', code: 'client.insecure-context' });
      this.#take({ type: 'done' });
      return;
    }
    this.#worker = takeWorker();
    this.#player.onSeek = (ms) => this.#worker?.postMessage({ focus: ms });
    this.#worker.onmessage = ({ data }) => this.#take(data);
    this.#worker.onerror = (error) => {
      this.#take({ type: 'error', code: 'client.fault', title: error.message ?? 'the worker did not start' });
      this.#take({ type: 'done' });
    };
    this.#worker.postMessage({
      reportId: options.reportId, caseId: options.caseId, staffId: options.staffId, indices: options.indices ?? null,
      purpose: options.purpose ?? Purpose.Triage, grants: options.grants ?? null, headers: options.headers ?? {},
    });
  }

  #onPlayer(event) {
    if (event.type === 'hole') this.#findings.holes++;
    if (event.type === 'unplayable') Object.assign(this.#findings.segments.get(event.index) ?? {}, { unplayable: event.code });
    this.#emit(event);
  }

  /** One message of the Worker: remembered, shown, and told on without any media bytes. */
  #take(message) {
    const findings = this.#findings;
    const { bytes, type, ...told } = message;
    if (type === 'manifest') findings.manifest = told;
    if (type === 'device') findings.device = told;
    if (type === 'table') findings.table = told;
    if (type === 'error') findings.errors.push(told);
    if (type === 'done') {
      findings.isDone = true;
      this.#player.settle();
    }
    if (type === 'plan') {
      for (const segment of message.segments) findings.segments.set(segment.index, { ...segment, state: 'pending', code: null });
      this.#player.plan(findings.manifest, message.segments.filter((segment) => segment.kind !== 0));
    }
    if (type === 'segment') {
      findings.segments.set(message.index, { ...findings.segments.get(message.index), ...told });
      this.#player.take(message);
    }
    this.#emit({ type, ...told });
    if (type === 'segment' && message.state === 'verified') this.#tellText(message);
    if (type === 'done') {
      this.#worker?.terminate(); // with it go the tab's key and everything decrypted that was not handed over
      this.#worker = null;
    }
    this.#judge();
  }

  #tellText(segment) {
    const lines = linesOf(segment.kind, new Uint8Array(segment.bytes));
    if (lines === null) return;
    const { index, kind, participant, t0 } = segment;
    this.#emit({ type: 'text', index, kind: lines.kind, participant, t0: t0 - this.#findings.manifest.windowStart, lines: lines.lines });
  }

  #judge() {
    const all = [...this.#findings.segments.values()];
    // A gap needs no key: it is verified once the table has the root that the manifest's signer signed.
    if (this.#findings.table?.state === 'verified' && this.#findings.device) {
      for (const segment of all) if (segment.kind === Kind.Gap) segment.state = 'verified';
    }
    const badge = badgeOf({
      segments: all.filter((segment) => segment.asked && segment.kind !== Kind.Gap),
      table: this.#findings.table,
      errors: this.#findings.errors,
      hasGaps: this.#findings.holes > 0 || all.some((segment) => segment.kind === Kind.Gap),
      isDone: this.#findings.isDone,
    });
    if (badge === this.#badge) return;
    this.#badge = badge;
    this.#emit({ type: 'badge', badge });
  }

  play() {
    this.#player.play();
  }

  pause() {
    this.#player.pause();
  }

  /** @param {number} ms from the window's start */
  seek(ms) {
    this.#player.seek(ms);
  }

  /** @param {number} rate 0.5 .. 2 */
  setRate(rate) {
    this.#player.setRate(rate);
  }

  /** @param {boolean} on @param {string | null} [participant] null: every tile */
  reveal(on, participant = null) {
    this.#player.reveal(on, participant);
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    this.#player.setMuted(muted);
  }

  /** Everything known about the opening, as plain JSON. */
  state() {
    const { manifest, device, table, errors, segments, isDone } = this.#findings;
    return { badge: this.#badge, done: isDone, manifest, device, table, errors, segments: [...segments.values()], ...this.#player.state() };
  }

  /** Stops the Worker, drops every decrypted buffer and object URL, and empties the container. For curtain, case change and sign-out. */
  close() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#player.close();
  }
}
