// COSE_Sign1 in the one form of evidence-bundle.md section 11, and COSE keys with their thumbprints (section 3.2).
import { concat, equal, utf8 } from './bytes.js';
import { decode, encode, isBstr, mapOf } from './cbor.js';
import { sha256 } from './hash.js';

/** Ed25519 (RFC 9864) and ECDSA P-256 with SHA-256; the older -8 and -7 are never accepted. */
export const Algorithm = Object.freeze({ Ed25519: -19, Esp256: -9 });

/** Content type and external_aad of each signed message (sections 7 and 11). */
export const Message = Object.freeze({
  manifest: { type: 'application/vnd.evb1-manifest+cbor', label: 'evb1/manifest/v1' },
  receipt: { type: 'application/vnd.evb1-receipt+cbor', label: 'evb1/relay-receipt/v1' },
  grant: { type: 'application/vnd.evb1-grant+cbor', label: 'evb1/grant/v1' },
  keyRequest: { type: 'application/vnd.evb1-key-request+cbor', label: 'evb1/key-request/v1' },
  recipientKeys: { type: 'application/vnd.evb1-recipient-keys+cbor', label: 'evb1/recipient-keys/v1' },
  intakeReceipt: { type: 'application/vnd.evb1-intake-receipt+cbor', label: 'evb1/intake-receipt/v1' },
  filing: { type: 'application/vnd.moderation-filing+json', label: 'moderation/filing/v1' },
  keyRelease: { type: 'application/vnd.evb1-key-release+cbor', label: 'evb1/key-release/v1' },
});

/** @typedef {{ alg: number, kid: Uint8Array, payload: Uint8Array, signature: Uint8Array, protectedBytes: Uint8Array }} Sign1 */
/** @typedef {{ alg: number, public: Uint8Array }} PublicKey public bytes as section 3.2: 32, or 65 with leading 04 */
/** @typedef {{ alg: number, kid: Uint8Array, key: CryptoKey }} Signer */

/**
 * Takes a tagged COSE_Sign1 apart; throws when it is not exactly the form of section 11 with this content type.
 * The algorithm is returned, not judged: that is a check of its own.
 * @param {Uint8Array} bytes @param {string} contentType @returns {Sign1}
 */
export function parseSign1(bytes, contentType) {
  if (bytes[0] !== 0xd2) throw new Error('cose: no tag');
  const parts = decode(bytes.subarray(1));
  if (!Array.isArray(parts) || parts.length !== 4) throw new Error('cose: not an array of four');
  const [protectedBytes, unprotected, payload, signature] = parts;
  if (!isBstr(protectedBytes) || !isBstr(payload) || !isBstr(signature, 64)) throw new Error('cose: wrong members');
  if (!(unprotected instanceof Map) || unprotected.size !== 0) throw new Error('cose: unprotected header');
  const header = decode(protectedBytes);
  if (!(header instanceof Map) || header.size !== 3) throw new Error('cose: protected header');
  const alg = header.get(1);
  const kid = header.get(4);
  // An integer of any size has the form; which one is right is a check of its own (B3).
  const isInteger = typeof alg === 'number' || typeof alg === 'bigint';
  if (!isInteger || header.get(3) !== contentType || !isBstr(kid, 32)) throw new Error('cose: protected header');
  return { alg: /** @type {number} */ (alg), kid, payload, signature, protectedBytes };
}

const sigStructure = (protectedBytes, label, payload) => encode(['Signature1', protectedBytes, utf8(label), payload]);

/** @param {Sign1} message @param {string} label external_aad @param {PublicKey} key @returns {Promise<boolean>} */
export async function verifySign1(message, label, key) {
  if (message.alg !== key.alg) return false;
  return verifySignature(key, message.signature, sigStructure(message.protectedBytes, label, message.payload));
}

/** @param {PublicKey} key @param {Uint8Array} signature 64 bytes @param {Uint8Array} data @returns {Promise<boolean>} */
export async function verifySignature(key, signature, data) {
  if (signature.length !== 64) return false;
  const { subtle } = globalThis.crypto;
  try {
    if (key.alg === Algorithm.Ed25519) {
      if (!isCanonicalEd25519(key.public, signature)) return false;
      const imported = await subtle.importKey('raw', key.public, 'Ed25519', false, ['verify']);
      return await subtle.verify('Ed25519', imported, signature, data);
    }
    if (key.alg !== Algorithm.Esp256) return false;
    const imported = await subtle.importKey('raw', key.public, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
    return await subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, imported, signature, data);
  } catch {
    return false; // not a point on the curve
  }
}

const littleEndian = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const Prime = (1n << 255n) - 19n;
const Order = (1n << 252n) + 27742317777372353535851937790883648493n;

/** RFC 8032 as section 11 wants it, whatever the platform lets pass: s < L, and y < p for the key and for R. */
function isCanonicalEd25519(publicKey, signature) {
  const y = (point) => littleEndian(point) & ((1n << 255n) - 1n);
  return publicKey.length === 32
    && littleEndian(signature.subarray(32)) < Order
    && y(publicKey) < Prime
    && y(signature.subarray(0, 32)) < Prime;
}

/** @param {Uint8Array} payload @param {{type: string, label: string}} message @param {Signer} signer @returns {Promise<Uint8Array>} */
export async function sign1(payload, message, signer) {
  const protectedBytes = encode(mapOf({ 1: signer.alg, 3: message.type, 4: signer.kid }));
  const data = sigStructure(protectedBytes, message.label, payload);
  const algorithm = signer.alg === Algorithm.Ed25519 ? 'Ed25519' : { name: 'ECDSA', hash: 'SHA-256' };
  const signature = new Uint8Array(await globalThis.crypto.subtle.sign(algorithm, signer.key, data));
  return concat(Uint8Array.of(0xd2), encode([protectedBytes, new Map(), payload, signature]));
}

/** The COSE_Key map of section 3.2, encoded. @param {PublicKey} key @returns {Uint8Array} */
export function encodeCoseKey(key) {
  return key.alg === Algorithm.Ed25519
    ? encode(mapOf({ 1: 1, [-1]: 6, [-2]: key.public }))
    : encode(mapOf({ 1: 2, [-1]: 1, [-2]: key.public.subarray(1, 33), [-3]: key.public.subarray(33) }));
}

/** Throws when it is not exactly one of the two maps. @param {Uint8Array} bytes @returns {PublicKey} */
export function parseCoseKey(bytes) {
  const map = decode(bytes);
  if (!(map instanceof Map)) throw new Error('cose key: no map');
  const x = map.get(-2);
  const y = map.get(-3);
  if (map.size === 3 && map.get(1) === 1 && map.get(-1) === 6 && isBstr(x, 32)) return { alg: Algorithm.Ed25519, public: x };
  if (map.size === 4 && map.get(1) === 2 && map.get(-1) === 1 && isBstr(x, 32) && isBstr(y, 32)) {
    return { alg: Algorithm.Esp256, public: concat(Uint8Array.of(4), x, y) };
  }
  throw new Error('cose key: unknown shape');
}

/** `kid` of a signing key: the RFC 9679 thumbprint. @param {PublicKey} key @returns {Promise<Uint8Array>} */
export const signingKid = (key) => sha256(encodeCoseKey(key));

/** @param {Sign1} message @param {PublicKey} key @returns {Promise<boolean>} whether the message names this key */
export const namesKey = async (message, key) => equal(message.kid, await signingKid(key));

