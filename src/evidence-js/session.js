// One meeting at the host: keeps the last seconds of what the host's client received, and lets a person freeze and report them.
import { fromBase64Url, fromHex, toHex, utf8 } from './bytes.js';
import { Codec } from './codecs.js';
import { Kind } from './descriptor.js';
import { ReportDraft } from './draft.js';
import { checkSegment } from './fragments.js';
import { Reason } from './gaps.js';
import { takeGesture } from './gesture.js';
import { PictureGroups, SoundGroups, StreamClock } from './groups.js';
import { HostApi } from './host-api.js';
import { record } from './recorder.js';
import { EvidenceRing } from './ring.js';
import { Refusal, demand } from './refusal.js';
import { copyFrame } from './tap.js';

const MostWindowMs = 280_000;
const MostBytes = 160 * 1024 * 1024;
const KeyFrameMs = 4_000;
const HurriedKeyFrameMs = 2_000;
const TickMs = 1_000;

/** 16 bytes from bytes, hex or base64url. @param {Uint8Array | string} id @returns {Uint8Array} */
export function idOf(id) {
  const bytes = id instanceof Uint8Array ? id : /^[0-9a-f]{32}$/i.test(id) ? fromHex(id) : fromBase64Url(id);
  if (bytes.length !== 16) throw new TypeError('a meeting, reporter or participant has 16 bytes');
  return bytes;
}

/**
 * A participant's track as the session knows it; `id` is the caller's own, for relaying key frame requests.
 * @typedef {{ id: string, participant: string, stream: number, kind: 'video' | 'audio', codec: string, source: string }} Track
 */
/**
 * @typedef {object} SessionOptions
 * @property {string} endpoint the moderation service, or your own server in front of it
 * @property {() => string | Promise<string>} getToken a bearer token of this host's account, from the platform
 * @property {number} windowMs how much is kept, at most 280,000
 * @property {number} maxBytes at most 160 MiB; allocated once
 * @property {import('./cose.js').PublicKey} configurationKey pinned: recipient keys it did not sign are refused
 * @property {import('./cose.js').PublicKey} receiptKey pinned: receipts it did not sign are refused
 * @property {import('./device-key.js').DeviceSigner} deviceSigner
 * @property {Uint8Array} meeting 16 bytes
 * @property {Uint8Array} reporter 16 bytes
 * @property {number} epoch the meeting epoch, ms since 1970
 * @property {string} [locale]
 * @property {typeof fetch} [fetch]
 * @property {() => number} [now] ms since 1970
 */

/**
 * Events: `keyframeneeded` (`event.track`: relay it to the sender), `diagnostics` (`event.detail`: trouble that must not hurt the call).
 */
export class EvidenceSession extends EventTarget {
  #options;
  #ring;
  #now;
  #streams = 0;
  /** @type {Map<number, any>} by stream number */
  #tracks = new Map();
  #hurried = false;
  #suspendedAt = null;
  #tick;
  #closed = false;
  #leaving = new AbortController();

  /** @param {SessionOptions} options */
  constructor(options) {
    super();
    if (!(options.windowMs > 0 && options.windowMs <= MostWindowMs)) throw new RangeError('windowMs is 1 to 280,000');
    if (!(options.maxBytes > 0 && options.maxBytes <= MostBytes)) throw new RangeError('maxBytes is at most 160 MiB');
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#ring = new EvidenceRing(options.windowMs, options.maxBytes);
    this.#tick = setInterval(() => this.#ring.forget(this.nowMs), TickMs);
    /** @type {any} */ (this.#tick)?.unref?.();
    const on = { signal: this.#leaving.signal };
    globalThis.document?.addEventListener('freeze', () => this.suspend(), on);
    globalThis.document?.addEventListener('resume', () => this.resume(), on);
    if (globalThis.document) globalThis.addEventListener?.('pagehide', () => this.clear(), on);
  }

  /** Now on the meeting clock. */
  get nowMs() {
    return Math.max(0, Math.round(this.#now() - this.#options.epoch));
  }

  /** Bytes held now; never above `maxBytes`. */
  get bufferedBytes() {
    return this.#ring.bytes;
  }

  /** Units held now. */
  get bufferedUnits() {
    return this.#ring.units.length;
  }

  /**
   * @param {{ participant: Uint8Array | string, kind: 'video' | 'audio', codec: string, source?: string, id?: string, channels?: number }} about
   *   codec: vp8, vp9, h264 or opus for `tap`; any of these or av1 for `writeSegment`
   * @returns {Track}
   */
  addTrack({ participant, kind, codec, source = 'camera', id, channels }) {
    if (!Object.hasOwn(Codec, codec) || (codec === 'opus') !== (kind === 'audio')) throw new TypeError(`no ${kind} codec ${codec}`);
    const stream = ++this.#streams;
    const track = Object.freeze({ id: id ?? `track-${stream}`, participant: toHex(idOf(participant)), stream, kind, codec, source });
    this.#open(track, channels);
    if (kind === 'video') this.#askRegularly(stream);
    return track;
  }

  #open(track, channels) {
    const { participant, stream, kind, codec } = track;
    const facts = { participant, stream, kind: Kind.Asserted, rank: kind, bornMs: this.nowMs, endedMs: null };
    const state = {
      track, facts, group: null, offSince: null, recorder: null, timer: null, clock: new StreamClock(kind === 'audio' ? 48_000 : 90_000),
    };
    const sink = (unit) => this.#take(state, unit);
    state.groups = kind === 'audio' ? new SoundGroups(sink, channels)
      : codec === 'av1' ? null : new PictureGroups(/** @type {any} */ (codec), sink);
    this.#tracks.set(stream, state);
    this.#ring.know(facts);
    return state;
  }

  #take(state, { startMs, durationMs, content, isContinuation, bytes }) {
    if (isContinuation && state.group === null) {
      bytes.fill(0);
      return;
    }
    const group = isContinuation ? state.group : undefined;
    const unit = this.#ring.add({ stream: state.facts, startMs, durationMs, content, group }, bytes);
    if (!isContinuation || unit === null) state.group = unit;
  }

  #stateOf(track) {
    const state = this.#tracks.get(track.stream);
    if (state === undefined) throw new TypeError('no track of this session');
    return state;
  }

  /** Runs what must not hurt the call: whatever goes wrong becomes a `diagnostics` event. */
  #quietly(track, step) {
    if (this.#closed) return;
    try {
      step();
    } catch (error) {
      this.#tell(track, error instanceof Refusal ? error.code : 'client.frame', error);
    }
  }

  #tell(track, code, error) {
    this.dispatchEvent(new CustomEvent('diagnostics', { detail: { code, track, title: error?.message ?? null } }));
  }

  #frame(state, { rtp, data }) {
    if (this.#suspendedAt !== null || state.facts.endedMs !== null) return;
    const ms = state.clock.toMeeting(rtp, this.nowMs);
    if (!state.groups.take(ms, new Uint8Array(data))) this.#askForKeyFrame(state);
  }

  // Adapter A. ----------------------------------------------------------------------------------------------------------

  /** Where the session and the decryption live on one thread: pipe the decrypted frames through it. @param {Track} track @returns {TransformStream} */
  tap(track) {
    const state = this.#stateOf(track);
    return new TransformStream({
      transform: (frame, controller) => {
        let copy = null;
        this.#quietly(track, () => (copy = copyFrame(frame)));
        controller.enqueue(frame);
        this.#quietly(track, () => copy && this.#frame(state, copy));
      },
    });
  }

  /** Where a Worker decrypts: transfer this port to it and pipe through `tapFrom(port)` of `moderation-sdk/tap`. @param {Track} track @returns {MessagePort} */
  tapPort(track) {
    const state = this.#stateOf(track);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => this.#quietly(track, () => this.#frame(state, data));
    state.port = port1;
    return port2;
  }

  // Adapter B. ----------------------------------------------------------------------------------------------------------

  /**
   * Records a decoded track as MP4; refuses with `client.recorder-mp4-unsupported` where the browser cannot.
   * @param {MediaStreamTrack} mediaStreamTrack @param {{ participant: Uint8Array | string, source?: string, id?: string }} about
   * @returns {Track & { stop: () => void }}
   */
  captureTrack(mediaStreamTrack, { participant, source = 'camera', id }) {
    const kind = /** @type {'video' | 'audio'} */ (mediaStreamTrack.kind);
    const stream = ++this.#streams;
    const track = { id: id ?? mediaStreamTrack.id, participant: toHex(idOf(participant)), stream, kind, codec: kind === 'audio' ? 'opus' : 'recorded', source };
    const state = this.#open({ ...track, codec: kind === 'audio' ? 'opus' : 'av1' }, 2);
    try {
      state.recorder = record(mediaStreamTrack, {
        now: () => this.nowMs,
        sink: (unit) => this.#quietly(track, () => this.#suspendedAt === null && this.#take(state, unit)),
        onFault: (error) => this.#tell(track, error instanceof Refusal ? error.code : 'client.recorder', error),
      });
    } catch (error) {
      this.#tracks.delete(stream);
      throw error;
    }
    return Object.freeze({ ...track, stop: () => this.removeTrack(track) });
  }

  // Adapter C. ----------------------------------------------------------------------------------------------------------

  /**
   * One ready, self-initialising segment (evidence-bundle.md 6.3): `ftyp moov`, then chunks from a sync sample; at most 10 s and 4 MiB.
   * @param {Track} track @param {Uint8Array} bytes copied @param {{ startMs: number, durationMs: number }} [times] for WebM, which is not read
   */
  writeSegment(track, bytes, times) {
    const state = this.#stateOf(track);
    const { startMs, durationMs } = track.codec === 'vp8' && times ? times : checkSegment(bytes);
    demand(durationMs <= 10_000 && bytes.length <= 4_194_304, 'client.segment-too-long');
    if (this.#closed || this.#suspendedAt !== null) return;
    this.#take(state, { startMs, durationMs, content: Codec[track.codec], isContinuation: false, bytes: bytes.slice() });
  }

  // Text. ---------------------------------------------------------------------------------------------------------------

  /** One chat message as the host's client showed it. @param {{ from: Uint8Array | string, text: string, atMs?: number }} message */
  writeChat({ from, text, atMs = this.nowMs }) {
    const participant = toHex(idOf(from));
    this.#line({ participant, kind: Kind.Chat, content: 16, atMs }, { t: atMs, from: participant, text });
  }

  /** @param {{ participant: Uint8Array | string, event: 'join' | 'leave' | 'host', name?: string, atMs?: number }} entry */
  writeRoster({ participant, event, name, atMs = this.nowMs }) {
    const line = { t: atMs, participant: toHex(idOf(participant)), event, ...(name ? { name } : {}) };
    this.#line({ participant: '00'.repeat(16), kind: Kind.Roster, content: 17, atMs }, line);
  }

  #line({ participant, kind, content, atMs }, line) {
    if (this.#closed || this.#suspendedAt !== null) return;
    const stream = { participant, stream: 0, kind, rank: /** @type {const} */ ('text'), bornMs: atMs, endedMs: atMs };
    this.#ring.add({ stream, startMs: atMs, durationMs: 0, content }, utf8(`${JSON.stringify(line)}\n`));
  }

  // What happens to tracks. ---------------------------------------------------------------------------------------------

  /** Camera or microphone off: the hole will say so. @param {Track} track */
  trackOff(track) {
    const state = this.#stateOf(track);
    this.#flush(state);
    state.offSince ??= this.nowMs;
  }

  /** @param {Track} track */
  trackOn(track) {
    const state = this.#stateOf(track);
    if (state.offSince !== null) this.#ring.note({ stream: state.facts, fromMs: state.offSince, toMs: this.nowMs, reason: Reason.Off });
    state.offSince = null;
    state.group = null;
    this.#askForKeyFrame(state);
  }

  /** @param {{ stream: number }} track */
  removeTrack(track) {
    const state = this.#tracks.get(track.stream);
    if (state === undefined) return;
    this.#flush(state);
    state.recorder?.stop();
    state.port?.close();
    clearTimeout(state.timer);
    if (state.offSince !== null) this.trackOn(state.track);
    state.facts.endedMs = this.nowMs;
    this.#tracks.delete(track.stream);
  }

  /** @param {Uint8Array | string} participant */
  participantLeft(participant) {
    const hex = toHex(idOf(participant));
    for (const { track } of [...this.#tracks.values()]) if (track.participant === hex) this.removeTrack(track);
  }

  /** The client sleeps: everything held is forgotten, and the time until `resume` is told as a gap. */
  suspend() {
    if (this.#suspendedAt !== null) return;
    this.#suspendedAt = this.nowMs;
    const from = this.#ring.units[0]?.startMs ?? this.nowMs;
    this.#forgetUnits();
    this.#ring.note({ stream: null, fromMs: from, toMs: this.nowMs, reason: Reason.Suspended });
  }

  resume() {
    if (this.#suspendedAt === null) return;
    this.#ring.note({ stream: null, fromMs: this.#suspendedAt, toMs: this.nowMs, reason: Reason.Suspended });
    this.#suspendedAt = null;
    for (const state of this.#tracks.values()) this.#askForKeyFrame(state);
  }

  // Key frames. ---------------------------------------------------------------------------------------------------------

  /** While a report dialog is open, key frames are asked for every 2 s. @param {boolean} open */
  setReportDialogOpen(open) {
    this.#hurried = open;
    for (const [stream, state] of this.#tracks) {
      if (!state.timer) continue;
      clearTimeout(state.timer);
      this.#askRegularly(stream);
    }
  }

  #askRegularly(stream) {
    const state = this.#tracks.get(stream);
    if (state === undefined || this.#closed) return;
    const pause = (this.#hurried ? HurriedKeyFrameMs : KeyFrameMs) * (0.85 + 0.3 * Math.random());
    state.timer = setTimeout(() => {
      this.#askForKeyFrame(state);
      this.#askRegularly(stream);
    }, pause);
    state.timer?.unref?.();
  }

  #askForKeyFrame(state) {
    const now = this.nowMs;
    if (state.track.kind !== 'video' || state.offSince !== null || now - (state.askedMs ?? -1e9) < 500) return;
    state.askedMs = now;
    this.dispatchEvent(Object.assign(new Event('keyframeneeded'), { track: state.track }));
  }

  // Reporting. ----------------------------------------------------------------------------------------------------------

  /**
   * Pins what is held of the last `windowMs` as a draft. Only a person's act can do so: `gesture` is the trusted event of the click.
   * @param {{ subjects?: (Uint8Array | string)[], windowMs?: number, gesture: Event }} request subjects: none means the meeting itself
   * @returns {ReportDraft}
   */
  freeze({ subjects = [], windowMs = this.#options.windowMs, gesture }) {
    takeGesture(gesture);
    demand(!this.#closed, 'client.session-closed');
    const ids = subjects.map(idOf);
    const now = this.nowMs;
    for (const state of this.#tracks.values()) {
      this.#flush(state);
      if (state.offSince !== null) this.#ring.note({ stream: state.facts, fromMs: state.offSince, toMs: now, reason: Reason.Off });
    }
    const { configurationKey, receiptKey, deviceSigner, meeting, reporter, locale } = this.#options;
    return new ReportDraft(
      { api: new HostApi(this.#options), device: deviceSigner, configurationKey, receiptKey, meeting, reporter, locale, now: this.#now },
      ids, this.#ring.freeze(now, Math.min(windowMs, this.#options.windowMs)));
  }

  #flush(state) {
    this.#quietly(state.track, () => {
      state.groups?.flush();
      state.recorder?.flush();
    });
  }

  #forgetUnits() {
    for (const state of this.#tracks.values()) {
      state.groups?.clear();
      state.group = null;
    }
    this.#ring.clear();
    for (const state of this.#tracks.values()) this.#ring.know(state.facts);
  }

  /** Forgets everything held: at a change of host, or when the user says so. */
  clear() {
    this.#forgetUnits();
    for (const state of this.#tracks.values()) this.#ring.note({ stream: state.facts, fromMs: 0, toMs: this.nowMs, reason: Reason.Other });
  }

  /** The end of the meeting. A draft that was frozen lives on until it is sent or discarded. */
  close() {
    if (this.#closed) return;
    this.clear();
    for (const { track } of [...this.#tracks.values()]) this.removeTrack(track);
    this.#ring.clear();
    this.#closed = true;
    clearInterval(this.#tick);
    this.#leaving.abort();
  }
}
