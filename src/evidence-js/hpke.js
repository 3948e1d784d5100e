// HPKE base mode, single shot: DHKEM(X25519), DHKEM(P-256) and X-Wing, HKDF-SHA256 and AES-GCM (evidence-bundle.md section 8).
import { concat, isZeros, utf8 } from './bytes.js';
import { aesGcmOpen, aesGcmSeal, hkdfExpand, hmac } from './hash.js';
import { xwingDecapsulate, xwingEncapsulate } from './xwing.js';

/** KEM numbers of section 8.1. */
export const Kem = Object.freeze({ P256: 0x0010, X25519: 0x0020, XWing: 0x647a });

/** AEAD numbers: the product uses 2 only, 1 is there for the vectors of RFC 9180. */
export const Aead = Object.freeze({ Aes128Gcm: 1, Aes256Gcm: 2 });

const u16 = (value) => Uint8Array.of(value >> 8, value & 255);
const Empty = new Uint8Array(0);
const kemSuite = (kem) => concat(utf8('KEM'), u16(kem));

/** @param {Uint8Array} suite @param {Uint8Array} salt @param {string} label @param {Uint8Array} ikm */
export const labeledExtract = (suite, salt, label, ikm) =>
  hmac('SHA-256', salt, concat(utf8('HPKE-v1'), suite, utf8(label), ikm));

/** @param {Uint8Array} suite @param {Uint8Array} prk @param {string} label @param {Uint8Array} info @param {number} length */
export const labeledExpand = (suite, prk, label, info, length) =>
  hkdfExpand('SHA-256', prk, concat(u16(length), utf8('HPKE-v1'), suite, utf8(label), info), length);

const algorithmOf = (kem) => (kem === Kem.X25519 ? { name: 'X25519' } : { name: 'ECDH', namedCurve: 'P-256' });

/** Throws for a point that is not on the curve. @param {number} kem @param {Uint8Array} bytes @returns {Promise<CryptoKey>} */
export function importPublic(kem, bytes) {
  if (bytes.length !== (kem === Kem.X25519 ? 32 : 65)) throw new RangeError('hpke: public key length');
  if (kem === Kem.P256 && bytes[0] !== 4) throw new RangeError('hpke: compressed point');
  return globalThis.crypto.subtle.importKey('raw', bytes, algorithmOf(kem), true, []);
}

const Pkcs8X25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);
const Pkcs8P256 = Uint8Array.of(0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48,
  0xce, 0x3d, 3, 1, 7, 4, 0x27, 0x30, 0x25, 2, 1, 1, 4, 0x20);

/** A private key from its 32 bytes (offline opening and tests). @param {number} kem DHKEM only @param {Uint8Array} bytes @returns {Promise<CryptoKey>} */
export function importPrivate(kem, bytes) {
  if (bytes.length !== 32) throw new RangeError('hpke: private key length');
  const wrapped = concat(kem === Kem.X25519 ? Pkcs8X25519 : Pkcs8P256, bytes);
  return globalThis.crypto.subtle.importKey('pkcs8', wrapped, algorithmOf(kem), true, ['deriveBits']);
}

/** @param {number} kem @param {CryptoKey} privateKey @param {Uint8Array} publicBytes @returns {Promise<Uint8Array>} 32 bytes */
export async function agree(kem, privateKey, publicBytes) {
  const publicKey = await importPublic(kem, publicBytes);
  const name = algorithmOf(kem).name;
  const dh = new Uint8Array(await globalThis.crypto.subtle.deriveBits({ name, public: publicKey }, privateKey, 256));
  if (kem === Kem.X25519 && isZeros(dh)) throw new Error('hpke: zero shared secret');
  return dh;
}

/** ExtractAndExpand. @param {number} kem @param {Uint8Array} dh @param {Uint8Array} enc @param {Uint8Array} recipient public key */
export async function sharedSecret(kem, dh, enc, recipient) {
  const prk = await labeledExtract(kemSuite(kem), Empty, 'eae_prk', dh);
  return labeledExpand(kemSuite(kem), prk, 'shared_secret', concat(enc, recipient), 32);
}

/** @param {number} kem @param {number} aead @param {Uint8Array} secret shared @param {Uint8Array} info */
export async function keySchedule(kem, aead, secret, info) {
  const suite = concat(utf8('HPKE'), u16(kem), u16(1), u16(aead));
  const context = concat(
    Uint8Array.of(0),
    await labeledExtract(suite, Empty, 'psk_id_hash', Empty),
    await labeledExtract(suite, Empty, 'info_hash', info));
  const prk = await labeledExtract(suite, secret, 'secret', Empty);
  return {
    key: await labeledExpand(suite, prk, 'key', context, aead === Aead.Aes128Gcm ? 16 : 32),
    baseNonce: await labeledExpand(suite, prk, 'base_nonce', context, 12),
  };
}

/**
 * Opens one sealed message; throws on any failure.
 * @param {{ kem: number, privateKey: CryptoKey | Uint8Array, publicKey: Uint8Array, enc: Uint8Array, info: Uint8Array, aad: Uint8Array,
 *           ct: Uint8Array, aead?: number }} message privateKey: for X-Wing the 32-byte seed, else a key of `importPrivate`
 * @returns {Promise<Uint8Array>}
 */
export async function hpkeOpen({ kem, privateKey, publicKey, enc, info, aad, ct, aead = Aead.Aes256Gcm }) {
  const secret = kem === Kem.XWing
    ? await xwingDecapsulate(/** @type {Uint8Array} */ (privateKey), enc)
    : await sharedSecret(kem, await agree(kem, /** @type {CryptoKey} */ (privateKey), enc), enc, publicKey);
  const { key, baseNonce } = await keySchedule(kem, aead, secret, info);
  return aesGcmOpen(key, baseNonce, aad, ct);
}

/**
 * Seals one message to a public key. `ephemeral` is given by vectors only (a pair, or for X-Wing 64 bytes); otherwise it is made anew.
 * @param {{ kem: number, publicKey: Uint8Array, info: Uint8Array, aad: Uint8Array, pt: Uint8Array, aead?: number,
 *           ephemeral?: { privateKey: CryptoKey, publicKey: Uint8Array } | Uint8Array }} message
 * @returns {Promise<{ enc: Uint8Array, ct: Uint8Array }>}
 */
export async function hpkeSeal({ kem, publicKey, info, aad, pt, aead = Aead.Aes256Gcm, ephemeral }) {
  const { enc, secret } = kem === Kem.XWing
    ? await xwingEncapsulate(publicKey, /** @type {Uint8Array | undefined} */ (ephemeral))
    : await encapsulate(kem, publicKey, /** @type {any} */ (ephemeral));
  const { key, baseNonce } = await keySchedule(kem, aead, secret, info);
  return { enc, ct: await aesGcmSeal(key, baseNonce, aad, pt) };
}

async function encapsulate(kem, publicKey, ephemeral) {
  const pair = ephemeral ?? (await generatePair(kem, true));
  const secret = await sharedSecret(kem, await agree(kem, pair.privateKey, publicKey), pair.publicKey, publicKey);
  return { enc: pair.publicKey, secret };
}

/** @param {number} kem @param {boolean} extractable @returns {Promise<{ privateKey: CryptoKey, publicKey: Uint8Array }>} */
export async function generatePair(kem, extractable) {
  const made = await globalThis.crypto.subtle.generateKey(algorithmOf(kem), extractable, ['deriveBits']);
  const pair = /** @type {CryptoKeyPair} */ (made);
  const raw = await globalThis.crypto.subtle.exportKey('raw', pair.publicKey);
  return { privateKey: pair.privateKey, publicKey: new Uint8Array(raw) };
}
