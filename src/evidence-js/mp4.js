// Reads what the player must know of a self-initialising CMAF segment: the codecs string from the sample entry, and its header.
import { Refusal } from './refusal.js';

/** The boxes on the way from the file to the sample entry. */
const Containers = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);
/** Bytes of a sample entry before its boxes: 8 of head, then 70 of VisualSampleEntry or 20 of AudioSampleEntry fields, plus 8 common. */
const EntryFields = { vp09: 86, av01: 86, avc1: 86, avc3: 86, Opus: 36 };

/** @param {Uint8Array} bytes @param {number} start @param {number} end @returns {Generator<{ type: string, at: number, body: number, end: number }>} */
function* boxes(bytes, start, end) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = start; at + 8 <= end; ) {
    const size = view.getUint32(at);
    if (size < 8 || at + size > end) throw new Refusal('client.media-malformed');
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { type, at, body: at + 8, end: at + size };
    at += size;
  }
}

function findSampleEntry(bytes, start, end) {
  for (const box of boxes(bytes, start, end)) {
    // stsd: version and flags, then the number of entries; CMAF has one.
    if (box.type === 'stsd') return boxes(bytes, box.body + 8, box.end).next().value ?? null;
    if (!Containers.has(box.type)) continue;
    const found = findSampleEntry(bytes, box.body, box.end);
    if (found) return found;
  }
  return null;
}

const two = (number) => String(number).padStart(2, '0');

function codecOf(bytes, entry) {
  const fields = EntryFields[entry.type];
  if (fields === undefined) throw new Refusal('client.codec-unsupported', { sampleEntry: entry.type });
  if (entry.type === 'Opus') return 'opus';
  for (const { type, body } of boxes(bytes, entry.at + fields, entry.end)) {
    const b = bytes.subarray(body);
    // Level 0 says "not known" (browsers record so), which isTypeSupported refuses: the lowest stands in, decoders read the stream's own.
    if (type === 'vpcC') return `vp09.${two(b[4])}.${two(b[5] || 10)}.${two(b[6] >> 4)}`;
    if (type === 'av1C') return `av01.${b[1] >> 5}.${two(b[1] & 31)}${b[2] & 0x80 ? 'H' : 'M'}.${b[2] & 0x40 ? (b[2] & 0x20 ? '12' : '10') : '08'}`;
    if (type === 'avcC') return `${entry.type}.${[b[1], b[2], b[3]].map((byte) => byte.toString(16).padStart(2, '0')).join('').toUpperCase()}`;
  }
  throw new Refusal('client.media-malformed');
}

/**
 * The type string for `MediaSource.isTypeSupported` and `addSourceBuffer`.
 * @param {number} content section 6.3, a continuation included @param {Uint8Array} bytes the segment
 * @returns {string} for example `video/mp4; codecs="vp09.00.21.08"`
 */
export function mediaType(content, bytes) {
  if (content % 256 === 5) return 'video/webm; codecs="vp8"';
  const entry = findSampleEntry(bytes, 0, bytes.length);
  if (entry === null) throw new Refusal('client.media-malformed');
  return `${content % 256 === 4 ? 'audio' : 'video'}/mp4; codecs="${codecOf(bytes, entry)}"`;
}

/** @param {Uint8Array} bytes a segment @returns {Uint8Array | null} its `ftyp moov`, for a neighbour whose own header never arrived */
export function headerOf(bytes) {
  let end = 0;
  for (const box of boxes(bytes, 0, bytes.length)) {
    if (box.type !== 'ftyp' && box.type !== 'moov') break;
    end = box.end;
    if (box.type === 'moov') return bytes.subarray(0, end);
  }
  return null;
}

/**
 * A segment without what stands before its media: what is appended of a continuation, since a header makes Media Source Extensions wait for
 * the next random access point.
 * @param {number} content @param {Uint8Array} bytes @returns {Uint8Array}
 */
export function withoutHeader(content, bytes) {
  if (content % 256 !== 5) return bytes.subarray(headerOf(bytes)?.length ?? 0);
  let at = 0;
  for (let id = elementId(bytes, at); id !== Cluster; id = elementId(bytes, at)) {
    const { size, end } = elementSize(bytes, at + idLength(bytes, at));
    at = id === Segment ? end : end + size; // into the Segment, past everything else
    if (at >= bytes.length) throw new Refusal('client.media-malformed');
  }
  return bytes.subarray(at);
}

const Segment = 0x18538067;
const Cluster = 0x1f43b675;
const idLength = (bytes, at) => Math.clz32(bytes[at]) - 23;
const elementId = (bytes, at) => bytes.subarray(at, at + idLength(bytes, at)).reduce((id, byte) => id * 256 + byte, 0);

function elementSize(bytes, at) {
  const length = Math.clz32(bytes[at]) - 23;
  if (length > 8 || at + length > bytes.length) throw new Refusal('client.media-malformed');
  const size = bytes.subarray(at, at + length).reduce((sum, byte, i) => (i === 0 ? byte - 2 ** (8 - length) : sum * 256 + byte), 0);
  return { size, end: at + length };
}
