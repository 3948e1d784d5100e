// Grants, key requests and key releases: what the analyst's browser signs (19.1, 20.1) and how it checks the answer (20.2, 20.3 W1-W5).
import { equal, random } from './bytes.js';
import { decode, encode, hasExactlyKeys, isBstr, isUint, mapOf } from './cbor.js';
import { Algorithm, Message, namesKey, parseCoseKey, parseSign1, sign1, verifySign1 } from './cose.js';
import { sha256 } from './hash.js';
import { Kem, hpkeOpen } from './hpke.js';
import { ReleaseInfo } from './keys.js';
import { contentIdOf, parseManifest } from './manifest.js';
import { Refusal, demand } from './refusal.js';

/** Section 19.1 key 6. */
export const Purpose = Object.freeze({
  Triage: 1, SecondReview: 2, Appeal: 3, LegalDisclosure: 4, ChildSafetyReport: 5, Quality: 6, Emergency: 7,
});

/** One approval is enough for at most this many segments (triage.md 14). */
export const SegmentsPerGrant = 8;
const ReleasesAllowed = 4;
const Minute = 60_000;

/**
 * The payload every approval of a grant signs. Valid for an hour at most, from a little before now: clocks differ.
 * @param {{ contentId: Uint8Array, indices: number[], caseId: Uint8Array, purpose: number, now: number, openers: Uint8Array[] }} grant
 *   indices ascending; openers are the approval-key kids of who may open
 * @returns {{ grantId: Uint8Array, payload: Uint8Array }}
 */
export function grantPayload({ contentId, indices, caseId, purpose, now, openers }) {
  const grantId = random(16);
  const payload = encode(mapOf({
    1: 1, 2: grantId, 3: contentId, 4: indices, 5: caseId, 6: purpose, 7: now - 2 * Minute, 8: now + 55 * Minute,
    9: ReleasesAllowed, 10: openers,
  }));
  return { grantId, payload };
}

/** Whether these are well-formed terms whose purpose is a disclosure (section 19.1 keys 1 to 10). @param {Uint8Array} payload */
export function isForDisclosure(payload) {
  const map = decode(payload);
  return hasExactlyKeys(map, 1, 10) && [Purpose.LegalDisclosure, Purpose.ChildSafetyReport].includes(map.get(6));
}

/** @param {Uint8Array} payload @param {import('./cose.js').Signer} signer @returns {Promise<Uint8Array>} one approval */
export const approve = (payload, signer) => sign1(payload, Message.grant, signer);

/** @param {Uint8Array[]} approvals one or two over the same payload @returns {Uint8Array} the grant */
export const assembleGrant = (approvals) => encode(approvals);

/** Reads a grant made elsewhere (for the second approval, or to open under it). @param {Uint8Array} grant */
export function readGrant(grant) {
  const approvals = decode(grant);
  if (!Array.isArray(approvals) || approvals.length < 1 || approvals.length > 2) throw new TypeError('not a grant');
  const { payload } = parseSign1(approvals[0], Message.grant.type);
  const map = decode(payload);
  if (!hasExactlyKeys(map, 1, 10)) throw new TypeError('not a grant');
  return { approvals, payload, grantId: map.get(2), contentId: map.get(3), indices: map.get(4) };
}

/**
 * @param {{ grantId: Uint8Array, contentId: Uint8Array, indices: number[], recipient: Uint8Array, now: number }} request
 * @param {import('./cose.js').Signer} signer
 * @returns {Promise<{ requestId: Uint8Array, bytes: Uint8Array }>}
 */
export async function keyRequest({ grantId, contentId, indices, recipient, now }, signer) {
  const requestId = random(16);
  const payload = encode(mapOf({ 1: 1, 2: requestId, 3: grantId, 4: contentId, 5: indices, 6: recipient, 7: now }));
  return { requestId, bytes: await sign1(payload, Message.keyRequest, signer) };
}

/** @typedef {{ grantId: Uint8Array, contentId: Uint8Array, index: number, recipient: Uint8Array, requestId: Uint8Array }} Want */
/** @typedef {{ segmentKey: Uint8Array, device: import('./cose.js').PublicKey, relays: import('./cose.js').PublicKey[], bundleId: Uint8Array }} Release */

const step = (name, code) => new Refusal(code, { step: name });

/**
 * W1-W4.
 * @param {Uint8Array} bytes @param {Want} want what was asked for @param {Uint8Array} descriptor its bytes
 * @param {import('./cose.js').PublicKey} vaultKey pinned at enrolment @param {CryptoKey} tabKey this tab's X25519 private key
 * @returns {Promise<Release>}
 */
export async function openRelease(bytes, want, descriptor, vaultKey, tabKey) {
  const { envelope, map } = parseRelease(bytes);
  const isVault = envelope.alg === Algorithm.Ed25519 && (await namesKey(envelope, vaultKey));
  if (!isVault || !(await verifySign1(envelope, Message.keyRelease.label, vaultKey))) throw step('W2', 'evb1.release-signature');
  const digest = await sha256(descriptor);
  const asked = equal(map.get(2), want.grantId) && equal(map.get(4), want.contentId) && map.get(5) === want.index
    && equal(map.get(7), want.recipient) && equal(map.get(8), want.requestId) && equal(map.get(6), digest);
  if (!asked) throw step('W3', 'evb1.release-mismatch');
  const aad = encode(['evb1/key-release/v1', map.get(2), map.get(3), map.get(4), map.get(5), map.get(6), map.get(7), map.get(8)]);
  try {
    const sealed = await hpkeOpen({
      kem: Kem.X25519, privateKey: tabKey, publicKey: want.recipient, enc: map.get(9), info: ReleaseInfo, aad, ct: map.get(10),
    });
    const inner = decode(sealed);
    const [key, device, relays] = [inner.get(1), inner.get(2), inner.get(3)];
    if (!hasExactlyKeys(inner, 1, 3) || !isBstr(key, 32) || !isBstr(device) || !Array.isArray(relays)) throw new TypeError('shape');
    return { segmentKey: key, device: parseCoseKey(device), relays: relays.map(parseCoseKey), bundleId: map.get(3) };
  } catch {
    throw step('W4', 'evb1.release-open');
  }
}

/** W1. */
function parseRelease(bytes) {
  try {
    const envelope = parseSign1(bytes, Message.keyRelease.type);
    const map = decode(envelope.payload);
    const isShaped = hasExactlyKeys(map, 1, 12) && map.get(1) === 1 && isBstr(map.get(2), 16) && isBstr(map.get(3), 16)
      && isBstr(map.get(4), 32) && isUint(map.get(5)) && isBstr(map.get(6), 32) && isBstr(map.get(7), 32)
      && isBstr(map.get(8), 16) && isBstr(map.get(9), 32) && isBstr(map.get(10)) && isBstr(map.get(11), 32) && isUint(map.get(12));
    if (!isShaped) throw new TypeError('shape');
    return { envelope, map };
  } catch {
    throw step('W1', 'evb1.release-malformed');
  }
}

/**
 * W5: the manifest is what the released device key signed, and the one that was asked for.
 * @param {import('./cose.js').Sign1} envelope @param {Uint8Array} contentId @param {Release} release
 * @returns {Promise<import('./manifest.js').Manifest>}
 */
export async function demandManifest(envelope, contentId, release) {
  try {
    const isSigned = (await namesKey(envelope, release.device)) && (await verifySign1(envelope, Message.manifest.label, release.device));
    demand(isSigned && equal(await contentIdOf(envelope), contentId), 'evb1.release-mismatch');
    const manifest = await parseManifest(envelope.payload);
    demand(equal(manifest.bundleId, release.bundleId), 'evb1.release-mismatch');
    return manifest;
  } catch {
    throw step('W5', 'evb1.release-mismatch');
  }
}
