// Gathers the frames of one track into units: a group of pictures from its key frame, or at most 2 s of sound (evidence-bundle.md 6.3).
import { concat } from './bytes.js';
import { cmafFragment, cmafHeader } from './cmaf.js';
import { Codec, opusTicks, readPicture } from './codecs.js';
import { Continuation } from './descriptor.js';
import { webmCluster, webmHeader } from './webm.js';

/** Caps of the capturing side, after which a group goes on as a continuation. */
const MostMs = 8_000;
const MostBytes = 2 * 1024 * 1024;
const SoundMs = 2_000;
/** A pause longer than this ends a unit: what lies beyond it is a hole, not one long picture or sound. */
const PictureRestMs = 5_000;
const SoundRestMs = 200;
/** How long a picture lasts when nobody says. */
const PictureMs = 33;
/** A stream whose clock ran away from ours by this much (a pause, a new source) is set anew. */
const DriftMs = 2_000;

/** @typedef {(unit: { startMs: number, durationMs: number, content: number, isContinuation: boolean, bytes: Uint8Array }) => void} Sink */

/** Turns RTP time into ms on the meeting clock: anchored at arrival, then counted by the stream's own clock. */
export class StreamClock {
  #last = null;

  /** @param {number} rate ticks a second */
  constructor(rate) {
    this.rate = rate;
  }

  /** @param {number} rtp 32 bits, wraps @param {number} arrivalMs meeting clock @returns {number} ms, whole */
  toMeeting(rtp, arrivalMs) {
    if (this.#last !== null) {
      const ms = this.#last.ms + (((rtp - this.#last.rtp) | 0) / this.rate) * 1000;
      if (Math.abs(ms - arrivalMs) <= DriftMs) {
        this.#last = { rtp, ms };
        return Math.round(ms);
      }
    }
    this.#last = { rtp, ms: arrivalMs };
    return Math.round(arrivalMs);
  }
}

/** Pictures of one track. */
export class PictureGroups {
  #frames = [];
  #bytes = 0;
  #head = null;
  #isContinuation = false;

  /** @param {'vp8' | 'vp9' | 'h264'} codec @param {Sink} sink */
  constructor(codec, sink) {
    this.codec = codec;
    this.sink = sink;
  }

  /**
   * @param {number} ms meeting clock @param {Uint8Array} payload decrypted; copied @returns {boolean} false: it cannot be used before the next key frame
   */
  take(ms, payload) {
    const picture = readPicture(this.codec, payload);
    const last = this.#frames.at(-1);
    if (last && (ms <= last.ms ? picture.isKey && ms < last.ms : ms - last.ms > PictureRestMs)) {
      this.flush(null);
      this.#head = null;
    }
    if (picture.isKey) {
      this.flush(ms);
      const config = picture.config ?? this.#head?.config ?? null;
      const size = picture.width > 0 ? picture : this.#head;
      if (size === null || (this.codec !== 'vp8' && config === null)) return false; // no parameter sets yet
      this.#head = { width: size.width, height: size.height, config };
      this.#isContinuation = false;
    } else if (this.#head === null) {
      return false;
    } else if (last && (ms - this.#frames[0].ms >= MostMs || this.#bytes + picture.data.length > MostBytes)) {
      this.flush(ms);
    }
    const previous = this.#frames.at(-1);
    const at = previous ? Math.max(ms, previous.ms + 1) : ms;
    this.#frames.push({ ms: at, isKey: picture.isKey, data: picture.data === payload ? payload.slice() : picture.data });
    this.#bytes += picture.data.length;
    return true;
  }

  /** Ends the unit under way; what follows without a key frame continues it. @param {number | null} nextMs when the next picture is due */
  flush(nextMs = null) {
    const frames = this.#frames;
    if (frames.length === 0) return;
    const startMs = frames[0].ms;
    const last = frames.at(-1).ms;
    const endMs = nextMs !== null && nextMs > last && nextMs - last <= PictureRestMs ? nextMs : last + PictureMs;
    const bytes = this.#mux(startMs, endMs, frames);
    const isContinuation = this.#isContinuation;
    for (const frame of frames) frame.data.fill(0);
    this.#frames = [];
    this.#bytes = 0;
    this.#isContinuation = true;
    this.sink({ startMs, durationMs: endMs - startMs, content: Codec[this.codec] + (isContinuation ? Continuation : 0), isContinuation, bytes });
  }

  /** Drops what is under way, zeroed: nothing of it becomes a unit. */
  clear() {
    for (const frame of this.#frames) frame.data.fill(0);
    this.#frames = [];
    this.#bytes = 0;
    this.#head = null;
  }

  #mux(startMs, endMs, frames) {
    const { width, height, config } = this.#head;
    if (this.codec === 'vp8') return concat(webmHeader(width, height), webmCluster(startMs, frames));
    const samples = frames.map((frame, i) => ({ ...frame, ticks: ((frames[i + 1]?.ms ?? endMs) - frame.ms) * 90 }));
    const header = cmafHeader({ codec: /** @type {'vp9' | 'h264'} */ (this.codec), timescale: 90_000, width, height, config });
    return concat(header, cmafFragment(startMs * 90, samples));
  }
}

/** Opus packets of one track. */
export class SoundGroups {
  #packets = [];

  /** @param {Sink} sink @param {number} [channels] */
  constructor(sink, channels = 2) {
    this.sink = sink;
    this.channels = channels;
  }

  /** @param {number} ms meeting clock @param {Uint8Array} packet decrypted; copied */
  take(ms, packet) {
    const length = opusTicks(packet) / 48;
    const last = this.#packets.at(-1);
    if (last && (ms - last.ms > SoundRestMs + last.length || ms <= last.ms || ms + length - this.#packets[0].ms > SoundMs)) this.flush();
    this.#packets.push({ ms, length, data: packet.slice() });
    return true;
  }

  flush() {
    const packets = this.#packets;
    if (packets.length === 0) return;
    const startMs = packets[0].ms;
    const samples = packets.map((packet, i) => ({
      isKey: true, data: packet.data, ticks: Math.round(packets[i + 1] ? (packets[i + 1].ms - packet.ms) * 48 : packet.length * 48),
    }));
    const ticks = samples.reduce((sum, sample) => sum + sample.ticks, 0);
    const bytes = concat(cmafHeader({ codec: 'opus', timescale: 48_000, channels: this.channels }), cmafFragment(startMs * 48, samples));
    this.clear();
    this.sink({ startMs, durationMs: Math.ceil(ticks / 48), content: Codec.opus, isContinuation: false, bytes });
  }

  clear() {
    for (const packet of this.#packets) packet.data.fill(0);
    this.#packets = [];
  }
}
