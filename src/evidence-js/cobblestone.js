// Cobblestone-256: committing, chunked encryption of one segment (evidence-bundle.md section 9).
import { concat, equal, nonce, random, utf8 } from './bytes.js';
import { hkdfExpand } from './hash.js';
import { Refusal, demand } from './refusal.js';

const ChunkLength = 16_384;
const TagLength = 16;
const HeadLength = 56; // salt and commitment
const Label = utf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM');
/** Chunks in flight at once: enough to keep WebCrypto busy, few enough to bound memory. */
const Batch = 64;

/** @param {number} plaintextLength @returns {number} bytes of the segment */
export const sealedLength = (plaintextLength) =>
  HeadLength + plaintextLength + TagLength * (Math.floor(plaintextLength / ChunkLength) + 1);

async function derive(key, salt, context, usage) {
  if (key.length !== 32) throw new RangeError('a segment key has 32 bytes');
  const okm = await hkdfExpand('SHA-512', key, concat(Label, Uint8Array.of(0), salt, context), 76);
  return {
    aead: await globalThis.crypto.subtle.importKey('raw', okm.subarray(0, 32), 'AES-GCM', false, [usage]),
    base: okm.subarray(32, 44),
    commitment: okm.subarray(44, 76),
  };
}

/**
 * Refuses with `evb1.key-commitment` before any chunk is touched, or with `evb1.chunk-auth`.
 * @param {Uint8Array} key 32 bytes @param {Uint8Array} context @param {Uint8Array} sealed @returns {Promise<Uint8Array>} plaintext
 */
export async function openCobblestone(key, context, sealed) {
  demand(key.length === 32 && sealed.length >= HeadLength, 'evb1.key-commitment');
  const keys = await derive(key, sealed.subarray(0, 24), context, 'decrypt');
  demand(equal(keys.commitment, sealed.subarray(24, HeadLength)), 'evb1.key-commitment');

  const stored = ChunkLength + TagLength;
  const body = sealed.subarray(HeadLength);
  const chunks = Math.floor(body.length / stored) + 1;
  const last = body.length - (chunks - 1) * stored;
  demand(last >= TagLength, 'evb1.chunk-auth'); // cut inside a tag, or no short chunk at the end
  const plaintext = new Uint8Array((chunks - 1) * ChunkLength + last - TagLength);
  const one = async (n) => {
    const chunk = body.subarray(n * stored, Math.min((n + 1) * stored, body.length));
    const iv = nonce(keys.base, n);
    const opened = await globalThis.crypto.subtle.decrypt({ name: 'AES-GCM', iv }, keys.aead, chunk);
    plaintext.set(new Uint8Array(opened), n * ChunkLength);
  };
  try {
    for (let n = 0; n < chunks; n += Batch) {
      await Promise.all(Array.from({ length: Math.min(Batch, chunks - n) }, (_, i) => one(n + i)));
    }
  } catch {
    plaintext.fill(0); // chunks whose own tag was good are not released either
    throw new Refusal('evb1.chunk-auth');
  }
  return plaintext;
}

/** @param {Uint8Array} key 32 bytes @param {Uint8Array} context @param {Uint8Array} plaintext @param {Uint8Array} [salt] 24 bytes */
export async function sealCobblestone(key, context, plaintext, salt = random(24)) {
  const keys = await derive(key, salt, context, 'encrypt');
  const parts = [salt, keys.commitment];
  for (let n = 0; n <= Math.floor(plaintext.length / ChunkLength); n++) {
    const chunk = plaintext.subarray(n * ChunkLength, (n + 1) * ChunkLength);
    const iv = nonce(keys.base, n);
    parts.push(new Uint8Array(await globalThis.crypto.subtle.encrypt({ name: 'AES-GCM', iv }, keys.aead, chunk)));
  }
  return concat(...parts);
}
