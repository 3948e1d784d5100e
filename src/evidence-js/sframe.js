// SFrame (RFC 9605), cipher suite 5 only: the header and opening one frame.
import { concat, nonce, u64, utf8 } from './bytes.js';
import { aesGcmOpen, hkdfExpand, hmac } from './hash.js';

const Suite = Uint8Array.of(0, 5);

/**
 * Takes the header apart; throws when it is not in its shortest form.
 * @param {Uint8Array} frame @returns {{ kid: bigint, ctr: bigint, length: number }}
 */
export function parseHeader(frame) {
  if (frame.length === 0) throw new Error('sframe: empty');
  const config = frame[0];
  let at = 1;
  const field = (extended, low) => {
    if (!extended) return BigInt(low);
    const bytes = frame.subarray(at, at + low + 1);
    if (bytes.length !== low + 1) throw new Error('sframe: header ends early');
    at += low + 1;
    const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    if (bytes[0] === 0 || value < 8n) throw new Error('sframe: header not in its shortest form');
    return value;
  };
  const kid = field((config & 0x80) !== 0, (config >> 4) & 7);
  const ctr = field((config & 0x08) !== 0, config & 7);
  return { kid, ctr, length: at };
}

/** @param {Uint8Array} baseKey @param {bigint} kid @returns {Promise<{ key: Uint8Array, salt: Uint8Array }>} */
export async function deriveKeys(baseKey, kid) {
  const secret = await hmac('SHA-512', new Uint8Array(0), baseKey);
  const expand = (label, length) => hkdfExpand('SHA-512', secret, concat(utf8(label), u64(kid), Suite), length);
  return { key: await expand('SFrame 1.0 Secret key ', 32), salt: await expand('SFrame 1.0 Secret salt ', 12) };
}

/**
 * Opens one frame; throws when its tag does not verify. The product's metadata is empty.
 * @param {{ key: Uint8Array, salt: Uint8Array }} keys @param {Uint8Array} frame @param {Uint8Array} [metadata]
 */
export function openFrame(keys, frame, metadata = new Uint8Array(0)) {
  const header = parseHeader(frame);
  const aad = concat(frame.subarray(0, header.length), metadata);
  return aesGcmOpen(keys.key, nonce(keys.salt, header.ctr), aad, frame.subarray(header.length));
}
