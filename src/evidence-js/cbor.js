// Deterministic CBOR of evidence-bundle.md section 3.1: a strict reader that enforces the encoding, and the matching writer.
import { concat, utf8 } from './bytes.js';

/** Deepest nesting a reader follows; the format itself never exceeds four. */
const MaxDepth = 8;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Unsigned and negative integers come back as number, above 2^53-1 as bigint; byte strings as Uint8Array (a view, not a copy),
 * text as string, arrays as Array, maps as Map with integer keys.
 * @typedef {any} CborValue
 */

/** One deterministic item and nothing after it; throws otherwise. @param {Uint8Array} bytes @returns {CborValue} */
export function decode(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;

  const need = (count) => {
    if (count > bytes.length - at) throw new Error('cbor: ends early');
  };

  /** @returns {[number, number | bigint]} major type, argument */
  function head() {
    need(1);
    const first = bytes[at];
    const major = first >> 5;
    const low = first & 31;
    if (low < 24) {
      at += 1;
      return [major, low];
    }
    if (low > 27) throw new Error('cbor: indefinite or reserved');
    const size = 1 << (low - 24);
    need(1 + size);
    const value =
      size === 1 ? view.getUint8(at + 1)
      : size === 2 ? view.getUint16(at + 1)
      : size === 4 ? view.getUint32(at + 1)
      : view.getBigUint64(at + 1);
    const least = size === 1 ? 24 : size === 2 ? 0x100 : size === 4 ? 0x10000 : 0x100000000n;
    if (value < least) throw new Error('cbor: not the shortest form');
    at += 1 + size;
    return [major, typeof value === 'bigint' && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value];
  }

  function item(depth) {
    if (depth > MaxDepth) throw new Error('cbor: too deep');
    const [major, argument] = head();
    if (major === 0) return argument;
    if (major === 1) return typeof argument === 'bigint' || argument === Number.MAX_SAFE_INTEGER ? -1n - BigInt(argument) : -1 - argument;
    if (major > 5) throw new Error('cbor: tag, float or simple value');
    // Every element takes a byte at least, so a declared count can be checked before anything is allocated.
    if (argument > bytes.length - at) throw new Error('cbor: ends early');
    const count = Number(argument);
    if (major === 2 || major === 3) {
      const content = bytes.subarray(at, at + count);
      at += count;
      return major === 2 ? content : decoder.decode(content);
    }
    if (major === 4) return Array.from({ length: count }, () => item(depth + 1));
    const map = new Map();
    let previous = null;
    for (let i = 0; i < count; i++) {
      const start = at;
      const key = item(depth + 1);
      if (typeof key !== 'number' && typeof key !== 'bigint') throw new Error('cbor: key is no integer');
      const encoded = bytes.subarray(start, at);
      if (previous !== null && compare(previous, encoded) >= 0) throw new Error('cbor: keys out of order');
      previous = encoded;
      map.set(key, item(depth + 1));
    }
    return map;
  }

  const value = item(1);
  if (at !== bytes.length) throw new Error('cbor: bytes after the item');
  return value;
}

/** @param {Uint8Array} a @param {Uint8Array} b @returns {number} bytewise order */
function compare(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** @param {number} major @param {number | bigint} argument @returns {Uint8Array} the shortest head */
function headOf(major, argument) {
  const type = major << 5;
  if (argument < 24) return Uint8Array.of(type | Number(argument));
  const size = argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 0x100000000 ? 4 : 8;
  const bytes = new Uint8Array(1 + size);
  const view = new DataView(bytes.buffer);
  bytes[0] = type | (24 + Math.log2(size));
  if (size === 8) view.setBigUint64(1, BigInt(argument));
  else if (size === 4) view.setUint32(1, Number(argument));
  else if (size === 2) view.setUint16(1, Number(argument));
  else bytes[1] = Number(argument);
  return bytes;
}

/** Writes one deterministic item. Map keys are sorted here. @param {CborValue} value @returns {Uint8Array} */
export function encode(value) {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    return value >= 0 ? headOf(0, value) : headOf(1, typeof value === 'bigint' ? -1n - value : -1 - value);
  }
  if (value instanceof Uint8Array) return concat(headOf(2, value.length), value);
  if (typeof value === 'string') return concat(headOf(3, utf8(value).length), utf8(value));
  if (Array.isArray(value)) return concat(headOf(4, value.length), ...value.map(encode));
  if (value instanceof Map) {
    const entries = [...value].map(([key, entry]) => [encode(key), encode(entry)]).sort(([a], [b]) => compare(a, b));
    return concat(headOf(5, entries.length), ...entries.flat());
  }
  throw new TypeError('cbor: no such type in evb1');
}

/** A map from an object with integer member names. @param {Record<number, CborValue>} members @returns {Map<number, CborValue>} */
export const mapOf = (members) => new Map(Object.entries(members).map(([key, value]) => [Number(key), value]));

// Shapes, used by the readers of each structure. ---------------------------------------------------------------------

/** @param {unknown} value @returns {boolean} an unsigned integer, 0 .. 2^64-1 */
export const isUint = (value) => (typeof value === 'number' || typeof value === 'bigint') && value >= 0;

/** @param {unknown} value @returns {boolean} 0 .. 2^32-1 */
export const isUint32 = (value) => typeof value === 'number' && value >= 0 && value <= 0xffffffff;

/** @param {unknown} value @param {number} [length] @returns {boolean} a byte string, of exactly this length if given */
export const isBstr = (value, length) => value instanceof Uint8Array && (length === undefined || value.length === length);

/** "Exactly keys first..last". @param {unknown} value @param {number} first @param {number} last @returns {boolean} */
export function hasExactlyKeys(value, first, last) {
  if (!(value instanceof Map) || value.size !== last - first + 1) return false;
  for (let key = first; key <= last; key++) if (!value.has(key)) return false;
  return true;
}
