// Verification of a whole bundle: steps A-F of evidence-bundle.md section 16 against the state of its Annex A.
import { equal, fromHex, isZeros, toHex } from './bytes.js';
import { decode, isBstr } from './cbor.js';
import { Message, verifySign1 } from './cose.js';
import { isValidDescriptor, parseDescriptor } from './descriptor.js';
import { sha256 } from './hash.js';
import { contentIdOf, parseManifest, parseManifestEnvelope } from './manifest.js';
import { leafHash, rootOf } from './merkle.js';
import { demandChain, verifyReceipt } from './receipt.js';
import { Refusal, demand, within } from './refusal.js';

const Magic = Uint8Array.of(0x89, 0x45, 0x56, 0x42, 0x31, 0x0d, 0x0a, 0x1a);
const HeaderLength = 32;

/**
 * Annex A (`keys.json`), binary values in lower-case hex.
 * @typedef {object} State
 * @property {number} now_ms
 * @property {{ kid: string, alg: number, public: string, status: string, certificate_hash: string, last_counter: number,
 *   last_content_id: string }[]} devices
 * @property {{ meeting: string, hosts: string[], relays: { kid: string, alg: number, public: string }[] }[]} meetings
 * @property {{ challenge: string, device_kid: string, meeting: string, reporter: string, expires_ms: number, used: boolean }[]} challenges
 * @property {string[]} key_checkpoints
 * @property {{ role: number, kem: number, kid: string, public: string, private?: string }[]} recipients
 */

/**
 * @typedef {{ contentId: Uint8Array, manifest: import('./manifest.js').Manifest, deviceKid: Uint8Array,
 *   descriptors: import('./descriptor.js').Descriptor[], receipts: import('./receipt.js').Receipt[], segments: Uint8Array[] }} Bundle
 */

/**
 * @param {Uint8Array} file @param {State} state
 * @returns {Promise<{ ok: true, bundle: Bundle } | { ok: false, code: string }>}
 */
export async function verifyBundle(file, state) {
  try {
    return { ok: true, bundle: await demandBundle(file, state) };
  } catch (refusal) {
    if (refusal instanceof Refusal) return { ok: false, code: refusal.code };
    throw refusal;
  }
}

/** As verifyBundle, but a refusal is thrown. @param {Uint8Array} file @param {State} state @returns {Promise<Bundle>} */
export async function demandBundle(file, state) {
  const regions = splitHead(file);
  const { envelope, device } = await verifySigner(regions.manifest, state);
  const manifest = await parseManifest(envelope.payload);
  demand(regions.count === manifest.segmentCount, 'evb1.header-mismatch');
  const meeting = demandFresh(manifest, device, state);
  const { descriptors, receipts } = await verifyTable(regions, manifest, meeting);
  const segments = await verifySegments(file, regions.end, descriptors);
  return { contentId: await contentIdOf(envelope), manifest, deviceKid: envelope.kid, descriptors, receipts, segments };
}

/** A1-A7. @param {Uint8Array} file */
function splitHead(file) {
  demand(file.length >= HeaderLength, 'evb1.truncated');
  demand(equal(file.subarray(0, 8), Magic), 'evb1.bad-magic');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  demand(view.getUint16(8) === 1, 'evb1.unsupported-version');
  demand(view.getUint16(10) === 0, 'evb1.bad-flags');
  demand(view.getUint32(28) === 0, 'evb1.bad-reserved');
  const [m, t, r, n] = [12, 16, 20, 24].map((at) => view.getUint32(at));
  const inside = (value, most) => value >= 1 && value <= most;
  demand(inside(m, 32_768) && inside(t, 1_048_576) && inside(r, 524_288) && inside(n, 2048), 'evb1.limit-exceeded');
  const end = HeaderLength + m + t + r;
  demand(file.length >= end, 'evb1.truncated');
  return {
    manifest: file.subarray(HeaderLength, HeaderLength + m),
    table: file.subarray(HeaderLength + m, HeaderLength + m + t),
    receipts: file.subarray(HeaderLength + m + t, end),
    count: n,
    end,
  };
}

/** B1-B5. @param {Uint8Array} region @param {State} state */
async function verifySigner(region, state) {
  const envelope = await parseManifestEnvelope(region);
  const device = state.devices.find((entry) => entry.kid === toHex(envelope.kid));
  if (device === undefined) throw new Refusal('evb1.unknown-device');
  demand(envelope.alg === device.alg, 'evb1.manifest-algorithm');
  const key = { alg: device.alg, public: fromHex(device.public) };
  demand(await verifySign1(envelope, Message.manifest.label, key), 'evb1.manifest-signature');
  demand(device.status !== 'revoked', 'evb1.device-revoked');
  demand(device.status !== 'frozen', 'evb1.device-frozen');
  return { envelope, device };
}

/** D1-D7. @param {import('./manifest.js').Manifest} manifest @param {State['devices'][0]} device @param {State} state */
function demandFresh(manifest, device, state) {
  const meeting = state.meetings.find((entry) => entry.meeting === toHex(manifest.meeting));
  if (meeting === undefined) throw new Refusal('evb1.meeting-unknown');
  const reporter = toHex(manifest.reporter);
  demand(meeting.hosts.includes(reporter), 'evb1.reporter-not-host');

  const challenge = state.challenges.find((entry) => entry.challenge === toHex(manifest.challenge));
  if (challenge === undefined) throw new Refusal('evb1.challenge-unknown');
  demand(
    challenge.device_kid === device.kid && challenge.meeting === meeting.meeting && challenge.reporter === reporter,
    'evb1.challenge-mismatch');
  demand(!challenge.used, 'evb1.challenge-used');
  demand(state.now_ms <= challenge.expires_ms, 'evb1.challenge-expired');

  demand(toHex(manifest.deviceCertificate) === device.certificate_hash, 'evb1.device-certificate');
  const isLogged = state.key_checkpoints.length > 0;
  demand(
    isLogged
      ? !isZeros(manifest.keyCheckpoint) && state.key_checkpoints.includes(toHex(manifest.keyCheckpoint))
      : isZeros(manifest.keyCheckpoint),
    'evb1.key-checkpoint');
  demand(
    manifest.recipients.length === 2
      && manifest.recipients.every((wrap) => state.recipients.some(
        (entry) => entry.role === wrap.role && entry.kem === wrap.kem && entry.kid === toHex(wrap.kid))),
    'evb1.recipient-policy');
  demand(manifest.counter > device.last_counter, 'evb1.counter-replayed');
  demand(toHex(manifest.previous) === device.last_content_id, 'evb1.chain-fork');
  return meeting;
}

/** E1-E8. */
async function verifyTable(regions, manifest, meeting) {
  const rows = await within('evb1.table-malformed', () => decode(regions.table));
  demand(
    Array.isArray(rows) && rows.length === manifest.segmentCount
      && rows.every((row) => isBstr(row) && row.length >= 1 && row.length <= 512),
    'evb1.table-malformed');
  const descriptors = [];
  for (const row of rows) descriptors.push(await parseDescriptor(row));
  demand(equal(await rootOf(await Promise.all(rows.map(leafHash))), manifest.root), 'evb1.merkle-root');
  demand(equal(await sha256(regions.receipts), manifest.receiptsHash), 'evb1.receipts-hash');
  const stored = await within('evb1.receipts-region', () => decode(regions.receipts));
  demand(
    Array.isArray(stored) && stored.length <= 2048
      && stored.every((receipt) => isBstr(receipt) && receipt.length >= 1 && receipt.length <= 1024),
    'evb1.receipts-region');
  descriptors.forEach((descriptor, i) =>
    demand(isValidDescriptor(descriptor, i, manifest, stored.length), 'evb1.descriptor-invalid'));
  const total = descriptors.reduce((sum, descriptor) => sum + descriptor.ciphertextLength, 0);
  demand(total === manifest.totalCiphertext, 'evb1.total-mismatch');

  const relays = meeting.relays.map((relay) => ({ alg: relay.alg, public: fromHex(relay.public) }));
  const receipts = [];
  for (const bytes of stored) {
    const receipt = await verifyReceipt(bytes, relays, manifest.meeting);
    await demandChain(receipts.at(-1) ?? null, receipt);
    receipts.push(receipt);
  }
  return { descriptors, receipts };
}

/** F1-F3. Segments are views of the file, hashed one after the other: nothing is copied. */
async function verifySegments(file, start, descriptors) {
  const segments = [];
  let at = start;
  for (const descriptor of descriptors) {
    demand(file.length - at >= descriptor.ciphertextLength, 'evb1.truncated');
    const segment = file.subarray(at, at + descriptor.ciphertextLength);
    demand(equal(await sha256(segment), descriptor.ciphertextHash), 'evb1.segment-hash');
    segments.push(segment);
    at += descriptor.ciphertextLength;
  }
  demand(at === file.length, 'evb1.trailing-bytes');
  return segments;
}
