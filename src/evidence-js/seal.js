// Seals segments into a signed bundle for two recipients (evidence-bundle.md sections 4-7): the writer's side of the format.
import { concat, random, u32, xor } from './bytes.js';
import { encode, mapOf } from './cbor.js';
import { sealCobblestone, sealedLength } from './cobblestone.js';
import { Message, sign1 } from './cose.js';
import { isValidDescriptor, parseDescriptor } from './descriptor.js';
import { sha256 } from './hash.js';
import { hpkeSeal } from './hpke.js';
import { cekCommit, segmentContext, segmentKey, wrapAad, wrapInfo } from './keys.js';
import { parseManifest } from './manifest.js';
import { leafHash, rootOf } from './merkle.js';
import { demand } from './refusal.js';

const Magic = Uint8Array.of(0x89, 0x45, 0x56, 0x42, 0x31, 0x0d, 0x0a, 0x1a);
const Nobody = new Uint8Array(16);
const Zeros = new Uint8Array(32);

/**
 * One segment before it is sealed. Times in ms on the meeting clock; `receipt` -1 when there is none.
 * @typedef {{ kind: number, participant?: Uint8Array, stream?: number, t0: number, duration: number, content: number,
 *   plaintext?: Uint8Array, receipt?: number }} SegmentDraft
 */
/**
 * @typedef {object} BundleDraft
 * @property {Uint8Array} challenge 32 bytes, as issued
 * @property {Uint8Array} meeting 16 bytes
 * @property {Uint8Array} reporter 16 bytes, the reporting host's pseudonym
 * @property {number} counter above the last accepted one of this device
 * @property {number} created ms since 1970
 * @property {number} windowStart ms on the meeting clock
 * @property {number} windowEnd ms on the meeting clock, at most 300,000 after the start
 * @property {number} reason number of the reason code
 * @property {import('./recipients.js').RecipientKey[]} recipients role 1, then role 2
 * @property {SegmentDraft[]} segments 1 .. 2,048, in the order of the bundle
 * @property {Uint8Array[]} [receipts] relay receipts, ascending window
 * @property {string} [sdk] 1 .. 64 bytes
 * @property {Uint8Array} [deviceCertificate] SHA-256 of it, zeros when the device has none
 * @property {Uint8Array} [keyCheckpoint] zeros without a key log
 * @property {Uint8Array} [previous] content id of the device's last accepted manifest, zeros for the first
 */
/** @typedef {{ head: Uint8Array, contentId: Uint8Array, counter: number, created: number, segments: Uint8Array[] }} SealedBundle */

/**
 * Seals and signs in one pass and keeps its ciphertext (section 6.4). Throws a Refusal with the code intake would refuse with when the
 * draft breaks a rule of the format.
 * @param {BundleDraft} draft @param {import('./cose.js').Signer} device @returns {Promise<SealedBundle>}
 */
export async function sealBundle(draft, device) {
  demand(draft.segments.length >= 1 && draft.segments.length <= 2048, 'evb1.limit-exceeded');
  const bundleId = random(16);
  const cek = random(32);
  try {
    const segments = [];
    const table = [];
    for (const [index, segment] of draft.segments.entries()) {
      const { sealed, descriptor } = await sealSegment(segment, index, cek, bundleId);
      segments.push(sealed);
      table.push(descriptor);
    }
    const receipts = encode(draft.receipts ?? []);
    const manifest = {
      bundleId, suite: 1, challenge: draft.challenge, meeting: draft.meeting, reporter: draft.reporter,
      cekCommit: await cekCommit(cek, bundleId),
    };
    const payload = encode(mapOf({
      1: 1, 2: bundleId, 3: 1, 4: draft.challenge, 5: draft.meeting, 6: draft.reporter, 7: draft.counter, 8: draft.created,
      9: draft.windowStart, 10: draft.windowEnd, 11: draft.reason, 12: segments.length,
      13: await rootOf(await Promise.all(table.map(leafHash))), 14: segments.reduce((sum, bytes) => sum + bytes.length, 0),
      15: manifest.cekCommit, 16: await wrapShares(draft.recipients, cek, manifest, device.kid), 17: await sha256(receipts),
      18: draft.sdk ?? 'moderation-sdk-js/0.1.0', 19: draft.deviceCertificate ?? Zeros, 20: draft.keyCheckpoint ?? Zeros,
      21: draft.previous ?? Zeros,
    }));
    await checkOwnRules(payload, table, draft.receipts?.length ?? 0);
    const envelope = await sign1(payload, Message.manifest, device);
    return {
      head: assembleHead(envelope, encode(table), receipts, segments.length), contentId: await sha256(payload), counter: draft.counter,
      created: draft.created, segments,
    };
  } finally {
    cek.fill(0);
  }
}

/** The bundle as an `.evb` file. @param {SealedBundle} bundle @returns {Uint8Array} */
export const toFile = (bundle) => concat(bundle.head, ...bundle.segments);

async function sealSegment(segment, index, cek, bundleId) {
  const plaintext = segment.plaintext ?? new Uint8Array(0);
  const members = {
    1: index, 2: segment.kind, 3: segment.participant ?? Nobody, 4: segment.stream ?? 0, 5: segment.t0, 6: segment.duration,
    7: plaintext.length, 10: segment.content, 11: segment.receipt ?? -1,
  };
  const key = await segmentKey(cek, bundleId, index);
  const context = await segmentContext(bundleId, index, encode(mapOf(members)));
  const sealed = await sealCobblestone(key, context, plaintext);
  key.fill(0);
  return { sealed, descriptor: encode(mapOf({ ...members, 8: sealedLength(plaintext.length), 9: await sha256(sealed) })) };
}

async function wrapShares(recipients, cek, manifest, deviceKid) {
  demand(recipients.length === 2 && recipients.every((key, i) => key.role === i + 1), 'evb1.recipient-policy');
  const first = random(32);
  const shares = [first, xor(cek, first)];
  const wraps = [];
  for (const [i, { role, kem, publicKey }] of recipients.entries()) {
    const kid = await sha256(publicKey);
    const aad = wrapAad(manifest, { role, kem, kid }, deviceKid);
    const { enc, ct } = await hpkeSeal({ kem, publicKey, info: wrapInfo(role), aad, pt: shares[i] });
    shares[i].fill(0);
    wraps.push([role, kem, kid, enc, ct]);
  }
  return wraps;
}

/** What is about to be signed is read back as a verifier would. */
async function checkOwnRules(payload, table, receipts) {
  const manifest = await parseManifest(payload);
  for (const [i, row] of table.entries()) {
    demand(isValidDescriptor(await parseDescriptor(row), i, manifest, receipts), 'evb1.descriptor-invalid');
  }
  demand(payload.length <= 32_000 && encode(table).length <= 1_048_576, 'evb1.limit-exceeded');
}

const assembleHead = (envelope, table, receipts, count) => concat(
  Magic, Uint8Array.of(0, 1, 0, 0), u32(envelope.length), u32(table.length), u32(receipts.length), u32(count), u32(0), envelope, table,
  receipts);
