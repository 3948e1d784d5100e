// Writes one group of VP8 pictures as the WebM of evidence-bundle.md 6.3, content 5: a header of unknown size and exactly one Cluster.
import { concat, utf8 } from './bytes.js';

/** @param {number} value @param {number} [least] bytes @returns {Uint8Array} big-endian */
function uint(value, least = 1) {
  const bytes = [];
  for (let rest = value; rest > 0 || bytes.length < least; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

/** An EBML size of four bytes is enough for a segment. */
const size = (length) => Uint8Array.of(0x10 | (length >>> 24), (length >>> 16) & 255, (length >>> 8) & 255, length & 255);
const Unknown = Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
const element = (id, ...parts) => {
  const body = concat(...parts);
  return concat(uint(id), size(body.length), body);
};
const number = (id, value) => element(id, uint(value));
const text = (id, value) => element(id, utf8(value));

const Application = 'moderation-sdk';

/** Everything before the Cluster. @param {number} width @param {number} height @returns {Uint8Array} */
export const webmHeader = (width, height) => concat(
  element(0x1a45dfa3, number(0x4286, 1), number(0x42f7, 1), number(0x42f2, 4), number(0x42f3, 8), text(0x4282, 'webm'), number(0x4287, 4), number(0x4285, 2)),
  uint(0x18538067), Unknown,
  element(0x1549a966, number(0x2ad7b1, 1_000_000), text(0x4d80, Application), text(0x5741, Application)),
  element(0x1654ae6b, element(0xae,
    number(0xd7, 1), number(0x73c5, 1), number(0x83, 1), number(0x9c, 0), text(0x86, 'V_VP8'),
    element(0xe0, number(0xb0, width), number(0xba, height)))));

/**
 * The Cluster. Its Timestamp is ms since the meeting epoch.
 * @param {number} startMs @param {{ ms: number, isKey: boolean, data: Uint8Array }[]} frames at most 32 s @returns {Uint8Array}
 */
export const webmCluster = (startMs, frames) => element(0x1f43b675,
  number(0xe7, startMs),
  ...frames.map(({ ms, isKey, data }) => {
    const relative = ms - startMs;
    return element(0xa3, Uint8Array.of(0x81, (relative >> 8) & 255, relative & 255, isKey ? 0x80 : 0), data);
  }));
