// The check of a relay-attested segment (kind 1), evidence-bundle.md sections 12.4 and 12.5.
import { concat, equal } from './bytes.js';
import { decode, isBstr, isUint } from './cbor.js';
import { sframeKeyCommit } from './keys.js';
import { isIncluded, leafHash, rootOf } from './merkle.js';
import { demand, within } from './refusal.js';
import { deriveKeys, openFrame, parseHeader } from './sframe.js';

const MaxFrames = 4096;
const MaxProof = 16;

/** Step 1: the plaintext is the array of 12.4. @param {Uint8Array} plaintext */
export async function parseAttested(plaintext) {
  const value = await within('evb1.attested-malformed', () => decode(plaintext));
  demand(Array.isArray(value) && value.length === 5, 'evb1.attested-malformed');
  const [kSeg, leaf, leafIndex, proof, frames] = value;
  const isFrame = (frame) => isBstr(frame) || (Array.isArray(frame) && frame.length === 1 && isBstr(frame[0], 32));
  demand(
    isBstr(kSeg, 32) && isBstr(leaf) && isUint(leafIndex)
      && Array.isArray(proof) && proof.length <= MaxProof && proof.every((hash) => isBstr(hash, 32))
      && Array.isArray(frames) && frames.length >= 1 && frames.length <= MaxFrames && frames.every(isFrame),
    'evb1.attested-malformed');
  return { kSeg, leaf, leafIndex, proof, frames };
}

async function parseLeaf(bytes) {
  const value = await within('evb1.attested-malformed', () => decode(bytes));
  demand(Array.isArray(value) && value.length === 7, 'evb1.attested-malformed');
  const [participant, stream, kid, commit, frameCount, byteCount, framesRoot] = value;
  demand(
    isBstr(participant, 16) && isUint(stream) && isUint(kid) && isBstr(commit, 32) && isUint(frameCount)
      && frameCount >= 1 && frameCount <= MaxFrames && isUint(byteCount) && isBstr(framesRoot, 32),
    'evb1.attested-malformed');
  return { participant, stream, kid: BigInt(kid), commit, frameCount, byteCount, framesRoot };
}

/**
 * Steps 3-10, after the receipt of step 2.
 * @param {Awaited<ReturnType<typeof parseAttested>>} attested @param {import('./descriptor.js').Descriptor} descriptor
 * @param {import('./receipt.js').Receipt} receipt
 * @returns {Promise<{ media: Uint8Array, present: number, missing: number, headerMissing: boolean }>}
 */
export async function openAttested(attested, descriptor, receipt) {
  const { kSeg, frames } = attested;
  demand(
    await isIncluded(await leafHash(attested.leaf), Number(attested.leafIndex), Number(receipt.leaves), attested.proof, receipt.root),
    'evb1.leaf-inclusion');
  const leaf = await parseLeaf(attested.leaf);
  demand(equal(leaf.participant, descriptor.participant) && leaf.stream === descriptor.stream, 'evb1.leaf-mismatch');
  demand(frames.length === leaf.frameCount, 'evb1.frame-count');

  const present = frames.filter((frame) => !Array.isArray(frame));
  const hashes = await Promise.all(frames.map((frame) => (Array.isArray(frame) ? frame[0] : leafHash(frame))));
  demand(equal(await rootOf(hashes), leaf.framesRoot), 'evb1.frames-root');
  const bytes = present.reduce((sum, frame) => sum + frame.length, 0);
  demand(present.length < frames.length || bytes === leaf.byteCount, 'evb1.frames-root');

  demand(equal(await sframeKeyCommit(kSeg, leaf.kid), leaf.commit), 'evb1.sframe-commit');
  const counters = new Set();
  for (const frame of present) {
    const header = await within('evb1.sframe-header', () => parseHeader(frame));
    demand(header.kid === leaf.kid && !counters.has(header.ctr), 'evb1.sframe-header');
    counters.add(header.ctr);
  }
  const keys = await deriveKeys(kSeg, leaf.kid);
  const opened = await within('evb1.sframe-auth', () => Promise.all(present.map((frame) => openFrame(keys, frame))));
  return {
    media: concat(...opened), present: present.length, missing: frames.length - present.length,
    headerMissing: Array.isArray(frames[0]),
  };
}
