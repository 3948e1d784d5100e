// Writes one group of pictures, or up to 2 s of sound, as the CMAF of evidence-bundle.md 6.3: `ftyp moov`, then one `moof mdat`.
import { concat, u32, u64, utf8 } from './bytes.js';

const u16 = (value) => Uint8Array.of(value >> 8, value & 255);
const zeros = (length) => new Uint8Array(length);
const box = (type, ...parts) => {
  const body = concat(...parts);
  return concat(u32(8 + body.length), utf8(type), body);
};
const full = (type, version, flags, ...parts) => box(type, u32(version * 0x1000000 + flags), ...parts);
const Matrix = concat(u32(0x10000), zeros(12), u32(0x10000), zeros(12), u32(0x40000000));

const SyncSample = 0x02000000;
const OtherSample = 0x01010000;

/** @typedef {{ codec: 'vp9' | 'h264' | 'opus', timescale: number, width?: number, height?: number, channels?: number, config?: Uint8Array }} CmafTrack */

function sampleEntry(track) {
  if (track.codec === 'opus') {
    // No pre-skip: a segment is taken out of the middle of a stream, nothing of it is padding.
    const dOps = box('dOps', Uint8Array.of(0, track.channels ?? 2), u16(0), u32(48_000), u16(0), Uint8Array.of(0));
    return box('Opus', zeros(6), u16(1), zeros(8), u16(track.channels ?? 2), u16(16), zeros(4), u32(48_000 * 0x10000), dOps);
  }
  const config = track.codec === 'vp9' ? box('vpcC', track.config) : box('avcC', track.config);
  return box(track.codec === 'vp9' ? 'vp09' : 'avc1',
    zeros(6), u16(1), zeros(16), u16(track.width), u16(track.height), u32(0x480000), u32(0x480000), zeros(4), u16(1), zeros(32), u16(0x18),
    u16(0xffff), config);
}

/** The header of a track. @param {CmafTrack} track @returns {Uint8Array} */
export function cmafHeader(track) {
  const isSound = track.codec === 'opus';
  const table = box('stbl', full('stsd', 0, 0, u32(1), sampleEntry(track)),
    full('stts', 0, 0, u32(0)), full('stsc', 0, 0, u32(0)), full('stsz', 0, 0, u32(0), u32(0)), full('stco', 0, 0, u32(0)));
  const media = box('minf', isSound ? full('smhd', 0, 0, zeros(4)) : full('vmhd', 0, 1, zeros(8)),
    box('dinf', full('dref', 0, 0, u32(1), full('url ', 0, 1))), table);
  return concat(
    box('ftyp', utf8('iso6'), u32(0), utf8('iso6cmfcmp41')),
    box('moov',
      full('mvhd', 0, 0, zeros(8), u32(1000), u32(0), u32(0x10000), u16(0x100), zeros(10), Matrix, zeros(24), u32(2)),
      box('trak',
        full('tkhd', 0, 7, zeros(8), u32(1), zeros(4), u32(0), zeros(8), zeros(4), u16(isSound ? 0x100 : 0), zeros(2), Matrix,
          u16(track.width ?? 0), zeros(2), u16(track.height ?? 0), zeros(2)),
        box('mdia',
          full('mdhd', 0, 0, zeros(8), u32(track.timescale), u32(0), u16(0x55c4), zeros(2)),
          full('hdlr', 0, 0, zeros(4), utf8(isSound ? 'soun' : 'vide'), zeros(12), utf8('moderation\0')), media)),
      box('mvex', full('trex', 0, 0, u32(1), u32(1), u32(0), u32(0), u32(0)))));
}

/**
 * One fragment.
 * @param {number} ticks of its first sample since the meeting epoch @param {{ ticks: number, isKey: boolean, data: Uint8Array }[]} samples ticks: how long it lasts
 * @returns {Uint8Array}
 */
export function cmafFragment(ticks, samples) {
  const rows = samples.map(({ ticks: length, isKey, data }) => concat(u32(length), u32(data.length), u32(isKey ? SyncSample : OtherSample)));
  const moof = (offset) => box('moof', full('mfhd', 0, 0, u32(1)),
    box('traf', full('tfhd', 0, 0x020000, u32(1)), full('tfdt', 1, 0, u64(ticks)),
      full('trun', 0, 0x000701, u32(samples.length), u32(offset), ...rows)));
  return concat(moof(moof(0).length + 8), box('mdat', ...samples.map(({ data }) => data)));
}
