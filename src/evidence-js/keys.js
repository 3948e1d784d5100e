// Key derivations and labels of evidence-bundle.md section 7.
import { concat, u32, u64, utf8 } from './bytes.js';
import { encode } from './cbor.js';
import { hkdfExpand, sha256 } from './hash.js';

const expand = (prk, ...info) => hkdfExpand('SHA-256', prk, concat(...info), 32);

/** @param {Uint8Array} cek @param {Uint8Array} bundleId */
export const cekCommit = (cek, bundleId) => expand(cek, utf8('evb1/cek-commit/v1'), bundleId);

/** @param {Uint8Array} cek @param {Uint8Array} bundleId @param {number} index */
export const segmentKey = (cek, bundleId, index) => expand(cek, utf8('evb1/segment-key/v1'), bundleId, u32(index));

/** @param {Uint8Array} bundleId @param {number} index @param {Uint8Array} meta encoded nine-key map @returns {Promise<Uint8Array>} */
export const segmentContext = async (bundleId, index, meta) =>
  concat(utf8('evb1/segment/v1'), Uint8Array.of(0), bundleId, u32(index), await sha256(meta));

/** @param {number} role */
export const wrapInfo = (role) => concat(utf8('evb1/hpke-wrap/v1'), Uint8Array.of(0, role));

/**
 * @param {Pick<import('./manifest.js').Manifest, 'bundleId' | 'suite' | 'meeting' | 'challenge' | 'cekCommit'>} manifest
 * @param {Pick<import('./manifest.js').Wrap, 'role' | 'kem' | 'kid'>} wrap @param {Uint8Array} deviceKid
 */
export const wrapAad = (manifest, wrap, deviceKid) =>
  encode(['evb1/wrap-aad/v1', manifest.bundleId, manifest.suite, wrap.role, wrap.kid, deviceKid, manifest.meeting,
    manifest.challenge, manifest.cekCommit]);

/** SFrame key commitment. @param {Uint8Array} kSeg @param {number | bigint} kid */
export const sframeKeyCommit = (kSeg, kid) => expand(kSeg, utf8('evb1/sframe-key-commit/v1'), u64(kid));

export const ReleaseInfo = concat(utf8('evb1/key-release/v1'), Uint8Array.of(0));
