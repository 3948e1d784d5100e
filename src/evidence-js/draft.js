// What the user sees before a report is sent, can leave out of it and add to it; and the sending, which resumes where it was cut off.
import { fromHex, utf8 } from './bytes.js';
import { Kind } from './descriptor.js';
import { signFiling } from './filing.js';
import { findGaps } from './gaps.js';
import { Refusal, demand } from './refusal.js';
import { demandReceipt, readRecipientKeys } from './recipients.js';
import { sealBundle } from './seal.js';

const LifeMs = 15 * 60_000;
const AtOnce = 4;
/** Rounds of "what is missing?" after a complete that says something is. */
const Rounds = 3;
/** The first pause doubles up to the longest; a server that names its own is obeyed up to the most. */
const FirstPauseMs = 500;
const LongestPauseMs = 10_000;
const MostAskedMs = 60_000;
const MostNote = 4_000;
const MostScreenshot = 4_194_304;
const StillContents = { 'image/png': 32, 'image/jpeg': 33 };
/** The server forgot or never had what was sealed: the next try seals for a new challenge. */
const Stale = new Set(['evb1.challenge-expired', 'evb1.challenge-unknown', 'evb1.challenge-used', 'evb1.upload-expired']);

const NoOne = '00'.repeat(16);

/**
 * One line of the preview. Times are ms on the meeting clock; `gapReason` is set for gaps only.
 * @typedef {{ index: number, kind: number, participant: string, stream: number, startMs: number, durationMs: number, content: number,
 *   bytes: number, gapReason: number | null }} SegmentPreview
 */
/** @typedef {{ reportId: string, contentId: Uint8Array, receipt: Uint8Array }} ReportReceipt receipt: the server's signed word; keep it */
/**
 * @typedef {object} DraftContext what a draft needs of its session
 * @property {import('./host-api.js').HostApi} api
 * @property {import('./device-key.js').DeviceSigner} device
 * @property {import('./cose.js').PublicKey} configurationKey
 * @property {import('./cose.js').PublicKey} receiptKey
 * @property {Uint8Array} meeting 16 bytes
 * @property {Uint8Array} reporter 16 bytes
 * @property {string} [locale]
 * @property {() => number} now ms since 1970
 */

/** A frozen set. It dies after 15 minutes, on `discard()`, or with the receipt: its keys are erased then. */
export class ReportDraft {
  #context;
  #subjects;
  #frozen;
  #kept;
  #note = null;
  #stills = [];
  #timer;
  #isGone = false;
  #sealed = null;
  #sending = false;
  #dies;
  /** Pauses between tries, cut short when the draft goes. @type {Set<() => void>} */
  #wake = new Set();

  /** @param {DraftContext} context @param {Uint8Array[]} subjects @param {import('./ring.js').Frozen} frozen */
  constructor(context, subjects, frozen) {
    this.#context = context;
    this.#subjects = subjects;
    this.#frozen = frozen;
    this.#kept = new Set(frozen.units);
    this.windowStartMs = Math.min(frozen.fromMs, ...frozen.units.map((unit) => unit.startMs));
    this.windowEndMs = Math.max(frozen.toMs, ...frozen.units.map((unit) => unit.endMs));
    this.#timer = setTimeout(() => this.discard(), LifeMs);
    this.#dies = performance.now() + LifeMs;
    /** @type {any} */ (this.#timer)?.unref?.();
  }

  get isGone() {
    return this.#isGone;
  }

  /** Everything that would be sent, in the order of the bundle. @returns {SegmentPreview[]} */
  get segments() {
    return this.#content().map((part, index) => ({
      index, kind: part.kind, participant: part.participant, stream: part.stream, startMs: part.startMs, durationMs: part.durationMs,
      content: part.content, bytes: part.length, gapReason: part.kind === Kind.Gap ? part.content : null,
    }));
  }

  /** The bytes of one line of the preview, for showing them to the user. @param {number} index @returns {Promise<Uint8Array>} */
  async open(index) {
    const part = this.#content()[index];
    demand(part, 'client.no-such-segment');
    return part.open();
  }

  /**
   * Takes units out; what is missing is shown as a gap with reason 66. Continuations go with their group.
   * @param {{ track?: { stream: number }, participant?: string, index?: number }} what
   */
  exclude({ track, participant, index }) {
    this.#demandEditable();
    const part = index === undefined ? null : this.#content()[index];
    for (const unit of [...this.#kept]) {
      const isOut = (track && unit.stream.stream === track.stream && unit.stream.stream !== 0)
        || (participant !== undefined && unit.stream.participant === participant)
        || (part?.unit && unit.group === part.unit.group);
      if (isOut) this.#kept.delete(unit);
    }
    if (part?.still) this.#stills = this.#stills.filter((still) => still !== part.still);
    if (part?.kind === Kind.Note) this.#note = null;
  }

  /** The reporter's own words, sealed like the rest. @param {string} text at most 4,000 characters */
  addNote(text) {
    this.#demandEditable();
    if (text.length > MostNote) throw new Refusal('client.note-too-long');
    this.#note = text;
  }

  /** @param {Uint8Array} bytes PNG or JPEG, at most 4 MiB @param {{ type: 'image/png' | 'image/jpeg', participant?: string, atMs?: number }} about */
  addScreenshot(bytes, { type, participant = NoOne, atMs = this.windowEndMs }) {
    this.#demandEditable();
    const content = StillContents[type];
    const isPng = bytes[0] === 0x89 && bytes[1] === 0x50;
    const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
    demand(content !== undefined && bytes.length <= MostScreenshot && (content === 32 ? isPng : isJpeg), 'client.screenshot');
    const startMs = Math.min(Math.max(atMs, this.windowStartMs), this.windowEndMs);
    this.#stills.push({ content, bytes: bytes.slice(), participant, startMs });
  }

  /**
   * Seals, signs and sends. After a failure it may be called again: what arrived is not sent twice.
   * @param {{ reason: string, onProgress?: (progress: { sent: number, of: number, bytes: number, ofBytes: number }) => void }} how
   * @returns {Promise<ReportReceipt>}
   */
  async submit({ reason, onProgress = () => {} }) {
    demand(!this.#isGone, 'client.draft-gone');
    demand(!this.#sending, 'client.already-sending');
    this.#sending = true;
    try {
      if (this.#sealed !== null && this.#sealed.reason !== reason) demand(!this.#sealed.isAccepted, 'client.already-sent');
      if (this.#sealed === null || this.#sealed.reason !== reason) this.#sealed = await this.#seal(reason);
      const receipt = await this.#send(this.#sealed, onProgress);
      this.discard();
      return receipt;
    } catch (error) {
      if (error instanceof Refusal && Stale.has(error.code)) this.#sealed = null;
      throw error;
    } finally {
      this.#sending = false;
    }
  }

  /** Lets go of everything, keys first. */
  discard() {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#timer);
    for (const wake of this.#wake) wake();
    for (const unit of this.#frozen.units) unit.release();
    for (const still of this.#stills) still.bytes.fill(0);
    this.#kept.clear();
    this.#stills = [];
    this.#note = null;
    this.#sealed = null;
  }

  #demandEditable() {
    demand(!this.#isGone, 'client.draft-gone');
    demand(this.#sealed === null || !this.#sealed.isAccepted, 'client.already-sent');
    this.#sealed = null;
  }

  #content() {
    demand(!this.#isGone, 'client.draft-gone');
    const units = this.#frozen.units.filter((unit) => this.#kept.has(unit)).map((unit) => ({
      unit, kind: unit.stream.kind, participant: unit.stream.participant, stream: unit.stream.stream, startMs: unit.startMs,
      durationMs: unit.durationMs, content: unit.content, length: unit.length, open: () => unit.open(),
    }));
    const gaps = findGaps(this.#frozen, this.#kept, this.windowStartMs, this.windowEndMs).map((gap) => ({
      kind: Kind.Gap, participant: gap.stream?.participant ?? NoOne, stream: gap.stream?.stream ?? 0, startMs: gap.startMs,
      durationMs: gap.durationMs, content: gap.reason, length: 0, open: async () => new Uint8Array(0),
    }));
    const stills = this.#stills.map((still) => ({
      still, kind: Kind.Screenshot, participant: still.participant, stream: 0, startMs: still.startMs, durationMs: 0, content: still.content,
      length: still.bytes.length, open: async () => still.bytes.slice(),
    }));
    const words = this.#note === null ? [] : [utf8(this.#note)];
    const notes = words.map((bytes) => ({
      kind: Kind.Note, participant: NoOne, stream: 0, startMs: this.windowStartMs, durationMs: this.windowEndMs - this.windowStartMs,
      content: 48, length: bytes.length, open: async () => bytes,
    }));
    return /** @type {any[]} */ ([...units, ...gaps, ...stills, ...notes]);
  }

  async #seal(reason) {
    const { api, device, configurationKey, meeting, reporter, now, locale } = this.#context;
    const parts = this.#content();
    demand(parts.length > 0, 'client.nothing-to-report');
    const reasonNumber = await api.reasonNumber(reason);
    const issued = await api.challenge(device.kid, meeting, reporter);
    // A copied key or a rewritten history shows here, before anything leaves (5.4).
    demand(await device.chain.agrees(issued.lastContentId, issued.lastCounter), 'client.chain-differs');
    const created = now();
    const recipients = await readRecipientKeys(issued.recipientKeys, configurationKey, created);
    const segments = [];
    for (const part of parts) {
      segments.push({
        kind: part.kind, participant: fromHex(part.participant), stream: part.stream, t0: part.startMs, duration: part.durationMs,
        content: part.content, plaintext: await part.open(),
      });
    }
    const bundle = await sealBundle({
      challenge: issued.challenge, meeting, reporter, counter: issued.lastCounter + 1, created, windowStart: this.windowStartMs,
      windowEnd: this.windowEndMs, reason: reasonNumber, recipients, segments, previous: issued.lastContentId,
      deviceCertificate: device.certificateHash,
    }, device);
    for (const segment of segments) segment.plaintext.fill(0);
    const filing = await signFiling(
      { meeting, reporter, subjects: this.#subjects, reason, contentId: bundle.contentId, createdMs: created, locale }, device);
    return { bundle, filing, reason, isAccepted: false };
  }

  async #send(sealed, onProgress) {
    const { api, device, receiptKey } = this.#context;
    const { bundle, filing } = sealed;
    if (!sealed.isAccepted) await device.chain.sending(bundle.contentId, bundle.counter);
    // Sent again after an interruption it is not an error: the content id makes it the same report (14).
    const accepted = await this.#again(() => api.sendHead(bundle.head));
    const { reportId } = accepted;
    sealed.isAccepted = true;
    await device.chain.accepted(bundle.contentId, bundle.counter);
    // The filing goes before the bytes: a raid in progress must not wait for an upload (triage.md 2.2).
    await this.#again(() => api.sendFiling(reportId, filing));
    let { missing } = accepted;
    for (let round = 1; ; round++) {
      await this.#sendSegments(reportId, bundle, missing, onProgress);
      try {
        const receipt = await this.#again(() => api.complete(reportId));
        await demandReceipt(receipt, receiptKey, bundle.contentId);
        return { reportId, contentId: bundle.contentId, receipt };
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'evb1.segments-missing' || round === Rounds) throw error;
        ({ missing } = await this.#again(() => api.status(reportId)));
      }
    }
  }

  async #sendSegments(reportId, bundle, missing, onProgress) {
    const { api } = this.#context;
    const ofBytes = bundle.segments.reduce((sum, bytes) => sum + bytes.length, 0);
    const arrived = new Set(bundle.segments.keys());
    for (const index of missing) arrived.delete(index);
    const tell = () => onProgress({
      sent: arrived.size, of: bundle.segments.length, bytes: [...arrived].reduce((sum, i) => sum + bundle.segments[i].length, 0), ofBytes,
    });
    tell();
    const queue = missing.filter((index) => index in bundle.segments);
    let failed = false;
    const lane = async () => {
      for (let index = queue.shift(); index !== undefined && !failed; index = queue.shift()) {
        const wanted = index;
        await this.#again(() => api.sendSegment(reportId, wanted, bundle.segments[wanted]), () => failed);
        arrived.add(wanted);
        tell();
      }
    };
    const refusals = (await Promise.allSettled(Array.from({ length: AtOnce }, () => lane().catch((error) => {
      failed = true; // the other lanes end with the step they are in: nothing runs on behind the answer
      throw error;
    })))).flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    if (refusals.length > 0) throw refusals[0];
  }

  /**
   * A lost connection, a fault of the server and a busy one are tried again by themselves until the draft dies; a refusal is final.
   * Every step may be repeated: content id, index and hash make it the same one.
   * @template T @param {() => Promise<T>} step @param {() => boolean} [isOver] nobody waits for it any more @returns {Promise<T>}
   */
  async #again(step, isOver = () => false) {
    for (let attempt = 1; ; attempt++) {
      demand(!this.#isGone, 'client.draft-gone');
      try {
        return await step();
      } catch (error) {
        if (!isPassing(error) || isOver()) throw error;
        const pause = pauseMs(attempt, error.detail.retryAfterMs ?? null);
        // No pause reaches beyond the draft's life: the person is told in time to do something else.
        if (performance.now() + pause > this.#dies) throw error;
        await this.#pause(pause);
      }
    }
  }

  /** @param {number} ms */
  #pause(ms) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#wake.delete(end);
        resolve(undefined);
      };
      const timer = setTimeout(end, ms);
      this.#wake.add(end);
    });
  }
}

/** @param {unknown} error @returns {error is Refusal & { detail: any }} */
function isPassing(error) {
  if (!(error instanceof Refusal)) return false;
  const { status } = /** @type {any} */ (error.detail);
  return error.code === 'client.network' || status === 408 || status === 429 || status >= 500;
}

/** Doubles, with up to half of it on top at random: clients cut off together do not come back together. */
function pauseMs(attempt, asked) {
  const own = Math.min(LongestPauseMs, FirstPauseMs * 2 ** (attempt - 1));
  return Math.max(own, Math.min(asked ?? 0, MostAskedMs)) + own * 0.5 * Math.random();
}
