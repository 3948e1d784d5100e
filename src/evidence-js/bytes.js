// Byte strings: joining, comparing, hex and base64url, and the fixed-width integers of the evb1 format.

const encoder = new TextEncoder();

/** UTF-8 (for the labels of the specification: ASCII) bytes of a string. @param {string} text @returns {Uint8Array} */
export const utf8 = (text) => encoder.encode(text);

/** Joins byte strings. @param {...Uint8Array} parts @returns {Uint8Array} */
export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Compares without an early exit, so that the time tells nothing. @param {Uint8Array} a @param {Uint8Array} b */
export function equal(a, b) {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** @param {Uint8Array} bytes @returns {boolean} whether every byte is zero */
export const isZeros = (bytes) => bytes.every((byte) => byte === 0);

/** @param {Uint8Array} bytes @returns {string} lower-case hex */
export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** @param {string} hex an even number of hex digits @returns {Uint8Array} */
export function fromHex(hex) {
  if (!/^([0-9a-fA-F]{2})*$/.test(hex)) throw new TypeError('not hex');
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** @param {Uint8Array} bytes @returns {string} base64url without padding */
export function toBase64Url(bytes) {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @param {string} text base64url without padding @returns {Uint8Array} */
export function fromBase64Url(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** @param {number} value @returns {Uint8Array} four bytes, big-endian */
export function u32(value) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** @param {number | bigint} value @returns {Uint8Array} eight bytes, big-endian */
export function u64(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/**
 * Base nonce xor counter, the counter taken as a 96-bit big-endian integer (Cobblestone chunks, SFrame frames).
 * @param {Uint8Array} base 12 bytes @param {number | bigint} counter below 2^64 @returns {Uint8Array} 12 bytes
 */
export function nonce(base, counter) {
  const bytes = base.slice();
  u64(counter).forEach((byte, i) => (bytes[4 + i] ^= byte));
  return bytes;
}

/** @param {Uint8Array} a @param {Uint8Array} b of the same length @returns {Uint8Array} */
export const xor = (a, b) => a.map((byte, i) => byte ^ b[i]);

/** @param {number} length @returns {Uint8Array} bytes from the platform's CSPRNG */
export const random = (length) => crypto.getRandomValues(new Uint8Array(length));
