// One track of the player: a media element of its own, fed through Media Source Extensions on the meeting's clock.
import { Continuation } from './descriptor.js';
import { concat } from './bytes.js';
import { headerOf, mediaType, withoutHeader } from './mp4.js';
import { Refusal } from './refusal.js';
import { Timeline } from './timeline.js';

/** Seconds kept behind the clock when the browser's quota bites, and fed ahead of it. */
const Behind = 30;
const Ahead = 60;
/** Beyond these an element is nudged by its rate, or sought (review-ui.md 4.3). */
const NudgeSeconds = 0.08;
const SeekSeconds = 0.4;
const DecodeAheadMs = 1000;

export class Track {
  /**
   * @param {{ id: string, participant: string, stream: number, isVideo: boolean, windowStart: number, duration: number }} track ms
   * @param {(planned: import('./timeline.js').Planned, code: string, detail: object) => void} onFailure media that verified but do not play here
   */
  constructor(track, onFailure) {
    this.id = track.id;
    this.participant = track.participant;
    this.stream = track.stream;
    this.isVideo = track.isVideo;
    this.windowStart = track.windowStart;
    this.duration = track.duration;
    this.onFailure = onFailure;
    this.timeline = new Timeline(track.duration);
    /** @type {any} HTMLVideoElement or HTMLAudioElement */
    this.element = document.createElement(track.isVideo ? 'video' : 'audio');
    this.element.muted = true;
    this.element.preload = 'auto';
    if (track.isVideo) {
      this.element.playsInline = true;
      this.element.disablePictureInPicture = true;
      this.element.disableRemotePlayback = true;
    }
    this.element.addEventListener('error', () => this.#onElementError());
    /** @type {Map<number, Uint8Array>} verified plaintext by segment index, until the player closes */
    this.plaintexts = new Map();
    this.clock = 0;
    this.isPumping = false;
    this.isClosed = false;
    this.url = null;
    this.#attach();
  }

  /** A fresh MediaSource: at the start, and after a segment that the browser could not decode took the old one with it. */
  #attach() {
    if (this.url !== null) URL.revokeObjectURL(this.url);
    for (const m of this.timeline.media) m.isAppended = false;
    this.source = new MediaSource();
    this.url = URL.createObjectURL(this.source);
    this.buffer = null;
    this.type = null;
    this.opened = new Promise((resolve) => this.source.addEventListener('sourceopen', resolve, { once: true }));
    this.element.src = this.url;
  }

  /** @param {import('./timeline.js').Planned} planned @param {Uint8Array} bytes @param {boolean} headerMissing */
  feed(planned, bytes, headerMissing) {
    planned.needsHeader = headerMissing;
    this.plaintexts.set(planned.index, bytes);
    void this.pump();
  }

  /** The header of the nearest segment that brought its own (evidence-bundle.md 12.5). @returns {Uint8Array | null} */
  #neighboursHeader(planned) {
    const nearest = this.timeline.media
      .filter((m) => this.plaintexts.has(m.index) && !m.needsHeader)
      .sort((a, b) => Math.abs(a.t0 - planned.t0) - Math.abs(b.t0 - planned.t0))[0];
    return nearest ? headerOf(this.plaintexts.get(nearest.index)) : null;
  }

  /** No segment will come any more: what still waits for another one cannot play. */
  settle() {
    for (const m of this.timeline.media) {
      if (m.state !== 'verified') continue;
      const hasPredecessor = this.timeline.media.some((p) => p.state === 'verified' && Math.abs(p.t0 + p.duration - m.t0) <= 1);
      if (m.content > Continuation && !hasPredecessor) this.#fail(m, 'client.continuation-alone', {});
      else if (m.needsHeader && this.#neighboursHeader(m) === null) this.#fail(m, 'client.header-missing', {});
    }
  }

  /** Appends what belongs near the clock, one segment at a time: what it stands in, then onwards, then what lies behind. */
  async pump() {
    if (this.isPumping || this.isClosed) return;
    this.isPumping = true;
    try {
      await this.opened;
      for (let next = this.#next(); next && !this.isClosed; next = this.#next()) {
        if (!(await this.#append(next))) break;
      }
    } finally {
      this.isPumping = false;
    }
  }

  #next() {
    const from = this.clock - Behind * 1000;
    const until = this.clock + Ahead * 1000;
    const isDue = (m) =>
      m.state === 'verified' && !m.isAppended && this.plaintexts.has(m.index) && m.t0 < until && m.t0 + m.duration > from
        && (m.content <= Continuation || this.#predecessor(m)?.isAppended)
        && (!m.needsHeader || this.#neighboursHeader(m) !== null);
    const { media } = this.timeline;
    return media.find((m) => m.t0 + m.duration > this.clock && isDue(m)) ?? media.find(isDue);
  }

  /** The verified segment that ends where this one starts. */
  #predecessor(planned) {
    return this.timeline.media.find((m) =>
      m !== planned && m.state === 'verified' && this.plaintexts.has(m.index) && Math.abs(m.t0 + m.duration - planned.t0) <= 1);
  }

  /** @returns {Promise<boolean>} false when the browser has no room at the moment */
  async #append(planned) {
    try {
      const bytes = this.#appendable(planned);
      this.#prepare(mediaType(planned.content, bytes));
      this.buffer.abort(); // a segment that ended in the middle of a box must not swallow the next one
      await this.#update(() => this.buffer.appendBuffer(bytes));
      planned.isAppended = true;
      planned.appends = (planned.appends ?? 0) + 1;
      return true;
    } catch (error) {
      if (this.isClosed) return false;
      if (error?.name === 'QuotaExceededError') return this.#makeRoom();
      const code = error instanceof Refusal ? error.code : 'client.decode';
      this.#fail(planned, code, error instanceof Refusal ? error.detail : { title: String(error?.message ?? error) });
      if (this.source.readyState !== 'open' || this.element.error) {
        this.#attach();
        await this.opened;
      }
      return true;
    }
  }

  /**
   * A header or an abort makes the browser drop frames up to the next random access point, so a continuation goes in as one piece with
   * what it continues.
   */
  #appendable(planned) {
    const own = this.plaintexts.get(planned.index);
    if (planned.content > Continuation) return concat(this.#appendable(this.#predecessor(planned)), withoutHeader(planned.content, own));
    return planned.needsHeader ? concat(this.#neighboursHeader(planned), own) : own;
  }

  #prepare(type) {
    if (type === this.type) return;
    if (!MediaSource.isTypeSupported(type)) throw new Refusal('client.type-unsupported', { type });
    if (this.buffer === null) {
      this.buffer = this.source.addSourceBuffer(type);
      this.buffer.mode = 'segments';
      this.buffer.timestampOffset = -this.windowStart / 1000;
      this.source.duration = this.duration / 1000;
    } else {
      this.buffer.changeType(type);
    }
    this.type = type;
  }

  #update(start) {
    return new Promise((resolve, reject) => {
      const buffer = this.buffer;
      const listeners = new AbortController();
      const once = (name, settle) => buffer.addEventListener(name, () => { listeners.abort(); settle(); }, { signal: listeners.signal });
      once('error', () => reject(new Error('the browser cannot decode this segment')));
      once('updateend', resolve);
      try {
        start();
      } catch (error) {
        listeners.abort();
        reject(error);
      }
    });
  }

  /** Lets go of what lies more than 30 s behind the clock; it is appended again when the clock comes back. */
  async #makeRoom() {
    const end = this.clock / 1000 - Behind;
    if (end <= 0 || !this.buffered().some(([start]) => start < end * 1000)) return false;
    await this.#update(() => this.buffer.remove(0, end));
    for (const m of this.timeline.media) if (m.t0 < end * 1000) m.isAppended = false;
    return true;
  }

  #fail(planned, code, detail) {
    planned.state = 'failed';
    planned.isAppended = false;
    planned.code = code;
    this.plaintexts.delete(planned.index);
    this.onFailure(planned, code, detail);
  }

  /** Decoding broke under the clock: that segment is out, the others are fed again to a new source. */
  #onElementError() {
    if (this.isClosed || this.isPumping || !this.element.error) return; // while appending, the append itself reports it
    const title = this.element.error.message;
    const at = this.element.currentTime * 1000;
    const covering = (t) => this.timeline.media.find((m) => m.isAppended && m.t0 - 100 <= t && t < m.t0 + m.duration);
    // The decoder works ahead of what is shown: near its end, a segment that played so far is not the broken one.
    const shown = covering(at);
    const ahead = covering(at + DecodeAheadMs);
    const culprit = shown && ahead && at - shown.t0 > 300 ? ahead : (shown ?? ahead ?? this.timeline.media.find((m) => m.isAppended));
    if (culprit) this.#fail(culprit, 'client.decode', { title });
    this.#attach();
    void this.pump();
  }

  /** @returns {[number, number][]} ms from the window's start */
  buffered() {
    if (this.buffer === null || this.isClosed || this.element.error) return [];
    const ranges = this.buffer.buffered;
    return Array.from({ length: ranges.length }, (_, i) => [ranges.start(i) * 1000, ranges.end(i) * 1000]);
  }

  /** @param {number} t ms @returns {import('./timeline.js').Standing} */
  standing(t) {
    return this.timeline.standing(t, this.buffered());
  }

  /** Brings the element to the master clock. @param {number} t ms @param {boolean} isPlaying @param {number} rate */
  follow(t, isPlaying, rate) {
    if (t !== this.clock) {
      this.clock = t;
      void this.pump();
    }
    const { element } = this;
    const range = this.buffered().find(([start, end]) => start - 100 <= t && t < end);
    if (!range) {
      this.#missUnderClock();
      return this.hold();
    }
    const target = Math.max(t, range[0]) / 1000;
    const drift = element.currentTime - target;
    const isOutside = element.currentTime * 1000 < range[0] - 1 || element.currentTime * 1000 > range[1];
    if (!isPlaying) {
      this.hold();
      if (Math.abs(drift) > 0.02 && !element.seeking) element.currentTime = target;
      return;
    }
    if ((isOutside || Math.abs(drift) > SeekSeconds) && !element.seeking) element.currentTime = target;
    element.playbackRate = Math.abs(drift) > NudgeSeconds ? rate * (drift > 0 ? 0.95 : 1.05) : rate;
    if (element.paused) element.play().catch(() => {}); // a browser that wants a gesture first is asked again on the next frame
  }

  /** What was appended is not there: the browser let go of it (feed it again, once), or it never had a frame (say so). */
  #missUnderClock() {
    const planned = this.timeline.covering(this.clock);
    if (!planned?.isAppended || this.isPumping || this.standing(this.clock).state !== 'pending') return;
    if (planned.appends > 1) return this.#fail(planned, 'client.decode', { title: 'no picture or sound in this segment' });
    planned.isAppended = false;
    void this.pump();
  }

  hold() {
    if (!this.element.paused) this.element.pause();
  }

  /** Drops every decrypted byte and the object URL. */
  close() {
    this.isClosed = true;
    this.hold();
    for (const bytes of this.plaintexts.values()) bytes.fill(0);
    this.plaintexts.clear();
    URL.revokeObjectURL(this.url);
    this.element.removeAttribute('src');
    this.element.load();
    this.element.remove();
  }
}
