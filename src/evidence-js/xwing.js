// X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 in one KEM, for recipients whose key is post-quantum (kem 0x647A).
import { concat, fromBase64Url } from './bytes.js';
import { agree, generatePair, importPrivate, Kem } from './hpke.js';

const Label = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c); // the ASCII drawing \.//^\
const MlKemPublic = 1184;
const MlKemCiphertext = 1088;

/** Length of a public key, and of what encapsulation sends. */
export const XWingLengths = Object.freeze({ publicKey: MlKemPublic + 32, enc: MlKemCiphertext + 32, seed: 32 });

/** Loaded only when an X-Wing key is met: the one dependency of this package (`mlkem`, see the README for browsers). */
async function mlkem() {
  const { MlKem768, sha3_256, shake256 } = await import('mlkem');
  return { kem: new MlKem768(), sha3_256, shake256 };
}

/** @param {CryptoKey} privateKey extractable X25519 @returns {Promise<Uint8Array>} */
async function x25519Public(privateKey) {
  const jwk = await globalThis.crypto.subtle.exportKey('jwk', privateKey);
  return fromBase64Url(/** @type {string} */ (jwk.x));
}

/** @param {Uint8Array} seed 32 bytes, the private key */
async function expand(seed) {
  if (seed.length !== XWingLengths.seed) throw new RangeError('x-wing: seed length');
  const { kem, shake256 } = await mlkem();
  const bytes = shake256.create({ dkLen: 96 }).update(seed).digest();
  const [publicM, secretM] = await kem.deriveKeyPair(bytes.subarray(0, 64));
  const secretX = await importPrivate(Kem.X25519, bytes.slice(64));
  bytes.fill(0);
  return { secretM, secretX, publicKey: concat(publicM, await x25519Public(secretX)) };
}

/** @param {Uint8Array} secretM @param {Uint8Array} secretX @param {Uint8Array} ctX @param {Uint8Array} publicX */
async function combine(secretM, secretX, ctX, publicX) {
  const { sha3_256 } = await mlkem();
  return sha3_256.create().update(concat(secretM, secretX, ctX, publicX, Label)).digest();
}

/** @param {Uint8Array} seed 32 bytes @returns {Promise<Uint8Array>} the public key, 1,216 bytes */
export const xwingPublic = async (seed) => (await expand(seed)).publicKey;

/**
 * The shared secret for a public key and what to send for it.
 * @param {Uint8Array} publicKey 1,216 bytes @param {Uint8Array} [randomness] 64 bytes, given by vectors only
 * @returns {Promise<{ enc: Uint8Array, secret: Uint8Array }>}
 */
export async function xwingEncapsulate(publicKey, randomness) {
  if (publicKey.length !== XWingLengths.publicKey) throw new RangeError('x-wing: public key length');
  const publicX = publicKey.subarray(MlKemPublic);
  const { kem } = await mlkem();
  const [ctM, secretM] = await kem.encap(publicKey.slice(0, MlKemPublic), randomness?.slice(0, 32));
  const privateKey = randomness ? await importPrivate(Kem.X25519, randomness.slice(32)) : (await generatePair(Kem.X25519, true)).privateKey;
  const ctX = await x25519Public(privateKey);
  const secretX = await agree(Kem.X25519, privateKey, publicX);
  return { enc: concat(ctM, ctX), secret: await combine(secretM, secretX, ctX, publicX) };
}

/** Throws for a wrong length or a zero X25519 secret. @param {Uint8Array} seed @param {Uint8Array} enc 1,120 bytes @returns {Promise<Uint8Array>} */
export async function xwingDecapsulate(seed, enc) {
  if (enc.length !== XWingLengths.enc) throw new RangeError('x-wing: enc length');
  const { secretM, secretX, publicKey } = await expand(seed);
  const { kem } = await mlkem();
  const ctX = enc.subarray(MlKemCiphertext);
  const sharedM = await kem.decap(enc.slice(0, MlKemCiphertext), secretM);
  secretM.fill(0);
  return combine(sharedM, await agree(Kem.X25519, secretX, ctX), ctX, publicKey.subarray(MlKemPublic));
}
