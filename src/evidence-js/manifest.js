// The signed manifest of a bundle: steps B1 and C1-C6 of evidence-bundle.md section 16, and the meaning of its keys (section 5).
import { decode, hasExactlyKeys, isBstr, isUint } from './cbor.js';
import { Message, parseSign1 } from './cose.js';
import { sha256 } from './hash.js';
import { Kem } from './hpke.js';
import { demand, within } from './refusal.js';

/** 2^53-1, the largest number the format lets into a time or a counter. */
export const MaxSafe = Number.MAX_SAFE_INTEGER;
const MaxWindow = 300_000;
const MaxTotal = 167_772_160;

/** @typedef {{ role: number, kem: number, kid: Uint8Array, enc: Uint8Array, ct: Uint8Array }} Wrap */
/**
 * @typedef {{ bundleId: Uint8Array, suite: number, challenge: Uint8Array, meeting: Uint8Array, reporter: Uint8Array,
 *   counter: number, created: number, windowStart: number, windowEnd: number, reason: number, segmentCount: number,
 *   root: Uint8Array, totalCiphertext: number, cekCommit: Uint8Array, recipients: Wrap[], receiptsHash: Uint8Array, sdk: string,
 *   deviceCertificate: Uint8Array, keyCheckpoint: Uint8Array, previous: Uint8Array }} Manifest
 */

/** B1. @param {Uint8Array} bytes @returns {Promise<import('./cose.js').Sign1>} */
export const parseManifestEnvelope = (bytes) =>
  within('evb1.manifest-envelope', () => parseSign1(bytes, Message.manifest.type));

const isText = (value) => typeof value === 'string' && value.length > 0 && new TextEncoder().encode(value).length <= 64;

const Types = {
  1: isUint, 2: (v) => isBstr(v, 16), 3: isUint, 4: (v) => isBstr(v, 32), 5: (v) => isBstr(v, 16), 6: (v) => isBstr(v, 16),
  7: isUint, 8: isUint, 9: isUint, 10: isUint, 11: isUint, 12: isUint, 13: (v) => isBstr(v, 32), 14: isUint,
  15: (v) => isBstr(v, 32), 16: Array.isArray, 17: (v) => isBstr(v, 32), 18: isText, 19: (v) => isBstr(v, 32),
  20: (v) => isBstr(v, 32), 21: (v) => isBstr(v, 32),
};

const Lengths = { [Kem.X25519]: 32, [Kem.P256]: 65, [Kem.XWing]: 1120 };

function parseWrap(value, position) {
  demand(Array.isArray(value) && value.length === 5, 'evb1.recipients-malformed');
  const [role, kem, kid, enc, ct] = value;
  demand(
    role === position + 1 && typeof kem === 'number' && Object.hasOwn(Lengths, kem) && isBstr(kid, 32)
      && isBstr(enc, Lengths[kem]) && isBstr(ct, 48),
    'evb1.recipients-malformed');
  return { role, kem, kid, enc, ct };
}

/** C1-C6, in order. @param {Uint8Array} payload @returns {Promise<Manifest>} */
export async function parseManifest(payload) {
  const map = await within('evb1.manifest-malformed', () => decode(payload));
  demand(map instanceof Map, 'evb1.manifest-malformed');
  const first = map.entries().next().value;
  demand(first !== undefined && first[0] === 1 && isUint(first[1]), 'evb1.manifest-malformed');
  demand(map.get(1) === 1, 'evb1.unsupported-version');
  demand(hasExactlyKeys(map, 1, 21), 'evb1.manifest-malformed');
  for (const [key, check] of Object.entries(Types)) demand(check(map.get(Number(key))), 'evb1.manifest-malformed');
  demand(map.get(3) === 1, 'evb1.unsupported-suite');
  const wraps = map.get(16);
  demand(wraps.length >= 1 && wraps.length <= 4, 'evb1.recipients-malformed');
  const recipients = wraps.map(parseWrap);
  const start = map.get(9);
  const end = map.get(10);
  demand(
    map.get(7) >= 1 && map.get(7) <= MaxSafe && map.get(8) <= MaxSafe && start <= MaxSafe && end <= MaxSafe
      && start <= end && end <= start + MaxWindow && map.get(11) <= 0xffffffff
      && map.get(12) >= 1 && map.get(12) <= 2048 && map.get(14) <= MaxTotal,
    'evb1.limit-exceeded');
  return {
    bundleId: map.get(2), suite: map.get(3), challenge: map.get(4), meeting: map.get(5), reporter: map.get(6),
    counter: map.get(7), created: map.get(8), windowStart: start, windowEnd: end, reason: map.get(11),
    segmentCount: map.get(12), root: map.get(13), totalCiphertext: map.get(14), cekCommit: map.get(15), recipients,
    receiptsHash: map.get(17), sdk: map.get(18), deviceCertificate: map.get(19), keyCheckpoint: map.get(20), previous: map.get(21),
  };
}

/** @param {import('./cose.js').Sign1} envelope @returns {Promise<Uint8Array>} SHA-256 of the payload */
export const contentIdOf = (envelope) => sha256(envelope.payload);
