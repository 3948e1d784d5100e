// What must be read of an encoded frame after decryption: whether it is a key frame, its picture size, H.264 parameter sets, Opus time.
import { concat, u32 } from './bytes.js';

/** Adapter A takes these; content numbers of evidence-bundle.md 6.3. */
export const Codec = Object.freeze({ vp9: 1, av1: 2, h264: 3, opus: 4, vp8: 5 });

/** @typedef {{ isKey: boolean, width: number, height: number, config: Uint8Array | null, data: Uint8Array }} Picture config: avcC or vpcC payload */

/** Throws when the bytes are no frame of this codec: still encrypted, most often. @param {string} codec @param {Uint8Array} frame @returns {Picture} */
export function readPicture(codec, frame) {
  if (codec === 'vp8') return readVp8(frame);
  if (codec === 'vp9') return readVp9(frame);
  if (codec === 'h264') return readH264(frame);
  throw new TypeError(`adapter A does not take ${codec}`);
}

const delta = (data) => ({ isKey: false, width: 0, height: 0, config: null, data });

function readVp8(frame) {
  if (frame.length < 3) throw new Error('vp8: too short');
  if (frame[0] & 1) return delta(frame);
  if (frame.length < 10 || frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) throw new Error('vp8: no start code');
  return { isKey: true, width: (frame[6] | (frame[7] << 8)) & 0x3fff, height: (frame[8] | (frame[9] << 8)) & 0x3fff, config: null, data: frame };
}

/** Most significant bit first. @param {Uint8Array} bytes */
function bitsOf(bytes) {
  let at = 0;
  const bit = () => {
    if (at >= bytes.length * 8) throw new Error('bits: end');
    const value = (bytes[at >> 3] >> (7 - (at & 7))) & 1;
    at++;
    return value;
  };
  const bits = (count) => {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + bit();
    return value;
  };
  const ue = () => {
    let zeros = 0;
    while (bit() === 0) if (++zeros > 31) throw new Error('bits: golomb');
    return 2 ** zeros - 1 + bits(zeros);
  };
  return { bit, bits, ue, se: () => { const k = ue(); return k % 2 ? (k + 1) / 2 : -k / 2; } };
}

function readVp9(frame) {
  const { bit, bits } = bitsOf(frame);
  if (bits(2) !== 2) throw new Error('vp9: frame marker');
  const profile = bit() + 2 * bit();
  if (profile === 3) bit();
  if (bit() === 1 || bit() === 1) return delta(frame); // an existing frame is shown again; frame_type 1 is not a key
  bits(2); // show_frame, error_resilient_mode
  if (bits(24) !== 0x498342) throw new Error('vp9: sync code');
  const depth = profile >= 2 ? (bit() ? 12 : 10) : 8;
  const isRgb = bits(3) === 7;
  let range = 1;
  let chroma = 1; // 4:2:0, as all of profile 0 and 2
  if (!isRgb) range = bit();
  if (profile & 1) {
    const [x, y] = isRgb ? [0, 0] : [bit(), bit()];
    chroma = x ? (y ? 1 : 2) : 3;
    bit();
  }
  const width = bits(16) + 1;
  const height = bits(16) + 1;
  const config = Uint8Array.of(1, 0, 0, 0, profile, vp9Level(width, height), (depth << 4) | (chroma << 1) | range, 2, 2, 2, 0, 0);
  return { isKey: true, width, height, config, data: frame };
}

/** The lowest level whose picture size holds this one (VP9 levels by luma samples). */
function vp9Level(width, height) {
  const sizes = [[36_864, 10], [73_728, 11], [122_880, 20], [245_760, 21], [552_960, 30], [983_040, 31], [2_228_224, 40], [8_912_896, 50]];
  return (sizes.find(([most]) => width * height <= most) ?? [0, 60])[1];
}

/** NAL units of an Annex B stream. @param {Uint8Array} frame @returns {Uint8Array[]} */
function nalUnits(frame) {
  const starts = [];
  for (let i = 0; i + 3 <= frame.length; i++) {
    if (frame[i] === 0 && frame[i + 1] === 0 && frame[i + 2] === 1) {
      starts.push(i);
      i += 2;
    }
  }
  return starts.map((start, n) => {
    let end = n + 1 < starts.length ? starts[n + 1] : frame.length;
    while (end > start + 3 && frame[end - 1] === 0) end--; // the first zero of a four-byte start code, trailing zeros
    return frame.subarray(start + 3, end);
  }).filter((nal) => nal.length > 0);
}

function readH264(frame) {
  const nals = nalUnits(frame);
  if (nals.length === 0) throw new Error('h264: no start code');
  const type = (nal) => nal[0] & 31;
  const sps = nals.find((nal) => type(nal) === 7);
  const pps = nals.filter((nal) => type(nal) === 8);
  const data = concat(...nals.filter((nal) => ![7, 8, 9].includes(type(nal))).flatMap((nal) => [u32(nal.length), nal]));
  const isKey = nals.some((nal) => type(nal) === 5);
  if (!sps || pps.length === 0) return { ...delta(data), isKey };
  const config = concat(
    Uint8Array.of(1, sps[1], sps[2], sps[3], 0xff, 0xe1), u16(sps.length), sps, Uint8Array.of(pps.length),
    ...pps.flatMap((nal) => [u16(nal.length), nal]));
  return { isKey, ...spsSize(sps), config, data };
}

const u16 = (value) => Uint8Array.of(value >> 8, value & 255);

/** Width and height of a sequence parameter set (ITU-T H.264, 7.3.2.1). @param {Uint8Array} sps */
function spsSize(sps) {
  const bytes = [];
  for (let i = 0; i < sps.length; i++) if (!(i >= 2 && sps[i] === 3 && sps[i - 1] === 0 && sps[i - 2] === 0)) bytes.push(sps[i]);
  const { bit, bits, ue, se } = bitsOf(Uint8Array.from(bytes));
  bits(8);
  const profile = bits(8);
  bits(16);
  ue();
  let chroma = 1;
  if ([100, 110, 122, 244, 44, 83, 86, 118, 128].includes(profile)) {
    chroma = ue();
    if (chroma === 3) bit();
    ue();
    ue();
    bit();
    if (bit()) {
      for (let i = 0; i < (chroma === 3 ? 12 : 8); i++) {
        if (!bit()) continue;
        let next = 8;
        for (let j = 0; j < (i < 6 ? 16 : 64) && next !== 0; j++) next = (next + se() + 256) % 256;
      }
    }
  }
  ue();
  const order = ue();
  if (order === 0) ue();
  else if (order === 1) {
    bit();
    se();
    se();
    for (let i = ue(); i > 0; i--) se();
  }
  ue();
  bit();
  const columns = (ue() + 1) * 16;
  const isFrames = bit();
  const rows = (ue() + 1) * 16 * (2 - isFrames);
  if (!isFrames) bit();
  bit();
  const [left, right, top, bottom] = bit() ? [ue(), ue(), ue(), ue()] : [0, 0, 0, 0];
  const x = chroma === 1 || chroma === 2 ? 2 : 1;
  const y = (chroma === 1 ? 2 : 1) * (2 - isFrames);
  return { width: columns - (left + right) * x, height: rows - (top + bottom) * y };
}

/** Length of an Opus packet in ticks of 48 kHz (RFC 6716, 3.1). @param {Uint8Array} packet @returns {number} */
export function opusTicks(packet) {
  if (packet.length === 0) throw new Error('opus: empty');
  const config = packet[0] >> 3;
  const frame = config < 12 ? [480, 960, 1920, 2880][config & 3] : config < 16 ? [480, 960][config & 1] : [120, 240, 480, 960][config & 3];
  const code = packet[0] & 3;
  return frame * (code === 0 ? 1 : code === 3 ? (packet[1] ?? 1) & 63 : 2);
}
