// SHA-256, HMAC and the one- and two-block HKDF-Expand of evidence-bundle.md sections 7 and 9, on WebCrypto.
import { concat } from './bytes.js';

const subtle = () => globalThis.crypto.subtle;

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} 32 bytes */
export const sha256 = async (bytes) => new Uint8Array(await subtle().digest('SHA-256', bytes));

/** @param {'SHA-256' | 'SHA-512'} hash @param {Uint8Array} key @param {Uint8Array} message @returns {Promise<Uint8Array>} */
export async function hmac(hash, key, message) {
  // HMAC pads a short key with zeros, so zeros stand in for the empty key, which some implementations refuse to import.
  const material = key.length === 0 ? new Uint8Array(32) : key;
  const imported = await subtle().importKey('raw', material, { name: 'HMAC', hash }, false, ['sign']);
  return new Uint8Array(await subtle().sign('HMAC', imported, message));
}

/**
 * HKDF-Expand. The pseudorandom key may be shorter than the hash, which ready-made functions refuse.
 * @param {'SHA-256' | 'SHA-512'} hash @param {Uint8Array} prk @param {Uint8Array} info @param {number} length bytes wanted
 * @returns {Promise<Uint8Array>}
 */
export async function hkdfExpand(hash, prk, info, length) {
  let block = new Uint8Array(0);
  let output = new Uint8Array(0);
  for (let i = 1; output.length < length; i++) {
    block = await hmac(hash, prk, concat(block, info, Uint8Array.of(i)));
    output = concat(output, block);
  }
  return output.slice(0, length);
}

/** @param {Uint8Array} key 16 or 32 bytes @param {Uint8Array} iv 12 bytes @param {Uint8Array} aad @param {Uint8Array} text */
export async function aesGcmSeal(key, iv, aad, text) {
  const imported = await subtle().importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  return new Uint8Array(await subtle().encrypt({ name: 'AES-GCM', iv, additionalData: aad }, imported, text));
}

/** Throws when the tag does not verify. @param {Uint8Array} key @param {Uint8Array} iv @param {Uint8Array} aad @param {Uint8Array} sealed */
export async function aesGcmOpen(key, iv, aad, sealed) {
  const imported = await subtle().importKey('raw', key, 'AES-GCM', false, ['decrypt']);
  return new Uint8Array(await subtle().decrypt({ name: 'AES-GCM', iv, additionalData: aad }, imported, sealed));
}
