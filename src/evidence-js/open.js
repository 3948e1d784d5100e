// Opening of a bundle with both private keys, offline: tests and recovery (evidence-bundle.md section 25).
import { equal, fromHex, toHex, xor } from './bytes.js';
import { openAttested, parseAttested } from './attested.js';
import { openCobblestone } from './cobblestone.js';
import { Kind } from './descriptor.js';
import { Kem, hpkeOpen, importPrivate } from './hpke.js';
import { cekCommit, segmentContext, segmentKey, wrapAad, wrapInfo } from './keys.js';
import { Refusal, demand, within } from './refusal.js';
import { demandBundle } from './verify.js';

/**
 * @typedef {{ plaintext: Uint8Array, media: Uint8Array | null, grade: 'G0' | 'G1', presentFrames: number, missingFrames: number }} OpenSegment
 * `media` is what plays: the plaintext of kind 2, the reassembled frames of kind 1, null for every other kind.
 */

/**
 * Verifies, then opens every segment.
 * @param {Uint8Array} file @param {import('./verify.js').State} state with private keys
 * @returns {Promise<{ ok: true, bundle: import('./verify.js').Bundle, segments: OpenSegment[] } | { ok: false, code: string }>}
 */
export async function openBundle(file, state) {
  try {
    const bundle = await demandBundle(file, state);
    const cek = await combineShares(bundle, state);
    return { ok: true, bundle, segments: await openSegments(bundle, cek) };
  } catch (refusal) {
    if (refusal instanceof Refusal) return { ok: false, code: refusal.code };
    throw refusal;
  }
}

/** @param {import('./verify.js').Bundle} bundle @param {import('./verify.js').State} state @returns {Promise<Uint8Array>} the content key */
async function combineShares(bundle, state) {
  const { manifest } = bundle;
  const keys = manifest.recipients.map((wrap) => {
    const key = state.recipients.find((entry) => entry.kid === toHex(wrap.kid) && entry.private !== undefined);
    if (key === undefined) throw new Refusal('evb1.unknown-recipient-key');
    return key;
  });
  let cek = new Uint8Array(32);
  for (const [i, wrap] of manifest.recipients.entries()) {
    const share = await within('evb1.share-open', async () =>
      hpkeOpen({
        kem: wrap.kem, privateKey: await privateKeyOf(wrap.kem, fromHex(keys[i].private)), publicKey: fromHex(keys[i].public),
        enc: wrap.enc, info: wrapInfo(wrap.role), aad: wrapAad(manifest, wrap, bundle.deviceKid), ct: wrap.ct,
      }));
    cek = xor(cek, share);
  }
  demand(equal(await cekCommit(cek, manifest.bundleId), manifest.cekCommit), 'evb1.cek-commit');
  return cek;
}

/** X-Wing's private key is its seed; the others become keys of the platform. @param {number} kem @param {Uint8Array} bytes */
const privateKeyOf = (kem, bytes) => (kem === Kem.XWing ? bytes : importPrivate(kem, bytes));

/** @param {import('./verify.js').Bundle} bundle @param {Uint8Array} cek @returns {Promise<OpenSegment[]>} */
export async function openSegments(bundle, cek) {
  const opened = [];
  for (const descriptor of bundle.descriptors) {
    const key = await segmentKey(cek, bundle.manifest.bundleId, descriptor.index);
    const plaintext = await decryptSegment(descriptor, bundle.manifest.bundleId, key, bundle.segments[descriptor.index]);
    opened.push(await readSegment(descriptor, plaintext, async () => bundle.receipts[descriptor.receipt]));
  }
  return opened;
}

/**
 * Step W7: commitment, chunks, length.
 * @param {import('./descriptor.js').Descriptor} descriptor @param {Uint8Array} bundleId @param {Uint8Array} key @param {Uint8Array} sealed
 */
export async function decryptSegment(descriptor, bundleId, key, sealed) {
  const context = await segmentContext(bundleId, descriptor.index, descriptor.meta);
  const plaintext = await openCobblestone(key, context, sealed);
  demand(plaintext.length === descriptor.plaintextLength, 'evb1.plaintext-length');
  return plaintext;
}

/**
 * Step W8: what a decrypted segment is, with its attribution grade.
 * @param {import('./descriptor.js').Descriptor} descriptor @param {Uint8Array} plaintext
 * @param {() => Promise<import('./receipt.js').Receipt>} verifiedReceipt asked for kind 1 only
 * @returns {Promise<OpenSegment & { headerMissing: boolean }>}
 */
export async function readSegment(descriptor, plaintext, verifiedReceipt) {
  if (descriptor.kind !== Kind.Attested) {
    const media = descriptor.kind === Kind.Asserted ? plaintext : null;
    return { plaintext, media, grade: 'G0', presentFrames: 0, missingFrames: 0, headerMissing: false };
  }
  const attested = await parseAttested(plaintext);
  const { media, present, missing, headerMissing } = await openAttested(attested, descriptor, await verifiedReceipt());
  return { plaintext, media, grade: 'G1', presentFrames: present, missingFrames: missing, headerMissing };
}
