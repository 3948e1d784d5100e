// The Merkle tree of RFC 9162 with SHA-256 (evidence-bundle.md section 10).
import { concat, equal } from './bytes.js';
import { sha256 } from './hash.js';

/** @param {Uint8Array} data @returns {Promise<Uint8Array>} leaf hash */
export const leafHash = (data) => sha256(concat(Uint8Array.of(0), data));

const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

/** Pairing level by level and carrying an odd last node up gives the tree of section 2.1. @param {Uint8Array[]} leaves hashes, at least one */
export async function rootOf(leaves) {
  if (leaves.length === 0) throw new RangeError('no tree here is empty');
  let level = leaves;
  while (level.length > 1) {
    level = await Promise.all(
      Array.from({ length: Math.ceil(level.length / 2) }, (_, i) =>
        2 * i + 1 < level.length ? nodeHash(level[2 * i], level[2 * i + 1]) : level[2 * i]));
  }
  return level[0];
}

/**
 * RFC 9162 section 2.1.3.2.
 * @param {Uint8Array} leaf hash @param {number} index @param {number} size @param {Uint8Array[]} proof upwards @param {Uint8Array} root
 * @returns {Promise<boolean>}
 */
export async function isIncluded(leaf, index, size, proof, root) {
  if (index >= size) return false;
  let first = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false; // a surplus hash
    if (first % 2 === 1 || first === last) {
      hash = await nodeHash(sibling, hash);
      while (first % 2 === 0 && first !== 0) {
        first = Math.floor(first / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }
    first = Math.floor(first / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equal(hash, root);
}
