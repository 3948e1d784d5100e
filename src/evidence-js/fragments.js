// Ready CMAF fragments (adapters B and C): taken apart at box boundaries, checked for a sync sample, moved onto the meeting clock.
import { concat } from './bytes.js';
import { Refusal } from './refusal.js';

const malformed = () => new Refusal('client.media-malformed');
const NotSync = 0x00010000;

/** @param {Uint8Array} bytes @param {number} [start] @param {number} [end] @returns {Generator<{ type: string, at: number, body: number, end: number }>} */
export function* boxesOf(bytes, start = 0, end = bytes.length) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = start; at < end; ) {
    if (at + 8 > end) throw malformed();
    const size = view.getUint32(at);
    if (size < 8 || at + size > end) throw malformed();
    yield { type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), at, body: at + 8, end: at + size };
    at += size;
  }
}

/** @param {Uint8Array} bytes @param {string[]} path @param {number} [start] @param {number} [end] */
function find(bytes, path, start = 0, end = bytes.length) {
  for (const box of boxesOf(bytes, start, end)) {
    if (box.type !== path[0]) continue;
    return path.length === 1 ? box : find(bytes, path.slice(1), box.body, box.end);
  }
  return null;
}

/** `ftyp moov` of one track. @param {Uint8Array} header @returns {{ timescale: number, defaults: { duration: number, flags: number } }} */
export function readHeader(header) {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const tracks = [...boxesOf(header)].find((box) => box.type === 'moov');
  if (!tracks || [...boxesOf(header, tracks.body, tracks.end)].filter((box) => box.type === 'trak').length !== 1) throw malformed();
  const mdhd = find(header, ['moov', 'trak', 'mdia', 'mdhd']);
  const trex = find(header, ['moov', 'mvex', 'trex']);
  if (!mdhd || !trex) throw malformed();
  const timescale = view.getUint32(mdhd.body + (header[mdhd.body] === 1 ? 20 : 12));
  if (timescale === 0) throw malformed();
  return { timescale, defaults: { duration: view.getUint32(trex.body + 12), flags: view.getUint32(trex.body + 20) } };
}

/** @typedef {{ ticks: number, duration: number, isSync: boolean, tfdt: { at: number, version: number } }} FragmentFacts ticks of the track */

/** What one `moof mdat` says of itself. @param {Uint8Array} fragment @param {{ duration: number, flags: number }} defaults @returns {FragmentFacts} */
export function readFragment(fragment, defaults) {
  const view = new DataView(fragment.buffer, fragment.byteOffset, fragment.byteLength);
  const moof = [...boxesOf(fragment)].find((box) => box.type === 'moof');
  if (!moof) throw malformed();
  const inside = (type) => {
    const traf = [...boxesOf(fragment, moof.body, moof.end)].filter((box) => box.type === 'traf');
    if (traf.length !== 1) throw malformed();
    return [...boxesOf(fragment, traf[0].body, traf[0].end)].filter((box) => box.type === type);
  };
  const [tfhd] = inside('tfhd');
  const [tfdt] = inside('tfdt');
  const truns = inside('trun');
  if (!tfhd || !tfdt || truns.length === 0) throw malformed();
  let { duration, flags } = defaults;
  const has = view.getUint32(tfhd.body) & 0xffffff;
  let at = tfhd.body + 8 + (has & 1 ? 8 : 0) + (has & 2 ? 4 : 0);
  if (has & 8) { duration = view.getUint32(at); at += 4; }
  if (has & 16) at += 4;
  if (has & 32) flags = view.getUint32(at);
  let total = 0;
  let first = null;
  for (const trun of truns) {
    const bits = view.getUint32(trun.body) & 0xffffff;
    const count = view.getUint32(trun.body + 4);
    let row = trun.body + 8 + (bits & 1 ? 4 : 0);
    if (bits & 4) { first ??= view.getUint32(row); row += 4; }
    const width = [0x100, 0x200, 0x400, 0x800].filter((bit) => bits & bit).length * 4;
    if (row + count * width > trun.end) throw malformed();
    for (let i = 0; i < count; i++, row += width) {
      total += bits & 0x100 ? view.getUint32(row) : duration;
      if (bits & 0x400) first ??= view.getUint32(row + (bits & 0x100 ? 4 : 0) + (bits & 0x200 ? 4 : 0));
    }
  }
  const version = fragment[tfdt.body];
  const ticks = version === 1 ? Number(view.getBigUint64(tfdt.body + 4)) : view.getUint32(tfdt.body + 4);
  return { ticks, duration: total, isSync: ((first ?? flags) & NotSync) === 0, tfdt: { at: tfdt.body, version } };
}

/**
 * The fragment with another decode time. A version-0 time that would no longer fit is refused.
 * @param {Uint8Array} fragment changed in place @param {FragmentFacts} facts @param {number} ticks since the meeting epoch
 */
export function setDecodeTime(fragment, facts, ticks) {
  const view = new DataView(fragment.buffer, fragment.byteOffset, fragment.byteLength);
  if (facts.tfdt.version === 1) view.setBigUint64(facts.tfdt.at + 4, BigInt(ticks));
  else if (ticks <= 0xffffffff) view.setUint32(facts.tfdt.at + 4, ticks);
  else throw malformed();
}

/**
 * Adapter C: a self-initialising segment (header, then chunks) is checked: one track, starts on a sync sample, times on the meeting clock.
 * @param {Uint8Array} bytes @returns {{ startMs: number, durationMs: number }}
 */
export function checkSegment(bytes) {
  const boxes = [...boxesOf(bytes)];
  const moov = boxes.find((box) => box.type === 'moov');
  if (!moov || boxes[0].type !== 'ftyp') throw malformed();
  const { timescale, defaults } = readHeader(bytes.subarray(0, moov.end));
  const chunks = boxes.filter((box) => box.type === 'moof').map((box) => readFragment(bytes.subarray(box.at, box.end), defaults));
  if (chunks.length === 0) throw malformed();
  if (!chunks[0].isSync) throw new Refusal('client.media-no-sync');
  const last = /** @type {FragmentFacts} */ (chunks.at(-1));
  const startMs = Math.floor((chunks[0].ticks / timescale) * 1000);
  return { startMs, durationMs: Math.ceil(((last.ticks + last.duration) / timescale) * 1000) - startMs };
}

/** Cuts an MP4 byte stream, delivered in any pieces, into its header and whole fragments, each moved onto the meeting clock. */
export class FragmentStream {
  #rest = new Uint8Array(0);
  #header = null;
  #facts = null;
  #moof = null;
  #offset = null;

  /** @param {(fragment: { header: Uint8Array, bytes: Uint8Array, startMs: number, durationMs: number, isSync: boolean }) => void} sink */
  constructor(sink) {
    this.sink = sink;
  }

  /** @param {Uint8Array} bytes @param {number} startMs meeting clock of the stream's first sample */
  push(bytes, startMs) {
    if (this.#header === null && this.#rest.length === 0 && bytes[0] === 0x1a && bytes[1] === 0x45) throw new Refusal('client.recorder-webm');
    this.#rest = concat(this.#rest, bytes);
    let at = 0;
    const view = new DataView(this.#rest.buffer);
    while (at + 8 <= this.#rest.length) {
      const size = view.getUint32(at);
      if (size < 8) throw malformed();
      if (at + size > this.#rest.length) break;
      this.#box(this.#rest.slice(at, at + size), startMs);
      at += size;
    }
    this.#rest = this.#rest.slice(at);
  }

  #box(bytes, startMs) {
    const type = String.fromCharCode(...bytes.subarray(4, 8));
    if (type === 'ftyp') this.#header = bytes;
    if (type === 'moov') {
      this.#header = concat(this.#header ?? new Uint8Array(0), bytes);
      this.#facts = readHeader(this.#header);
    }
    if (type === 'moof') this.#moof = bytes;
    if (type !== 'mdat' || this.#moof === null || this.#facts === null) return;
    const fragment = concat(this.#moof, bytes);
    this.#moof = null;
    const { timescale, defaults } = this.#facts;
    const facts = readFragment(fragment, defaults);
    this.#offset ??= Math.round((startMs / 1000) * timescale) - facts.ticks;
    const ticks = facts.ticks + this.#offset;
    setDecodeTime(fragment, facts, ticks);
    const from = Math.round((ticks / timescale) * 1000);
    const durationMs = Math.round(((ticks + facts.duration) / timescale) * 1000) - from;
    this.sink({ header: this.#header, bytes: fragment, startMs: from, durationMs, isSync: facts.isSync });
  }
}
