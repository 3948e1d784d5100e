// One opening of a report: asks for keys, checks each segment by W1-W8 of evidence-bundle.md 20.3, and tells what came out.
import { Backlog, playOrder } from './backlog.js';
import { equal, fromBase64Url, toBase64Url, toHex } from './bytes.js';
import { decode, encode, isBstr } from './cbor.js';
import { encodeCoseKey, signingKid } from './cose.js';
import { Kind, isValidDescriptor, parseDescriptor } from './descriptor.js';
import { sha256 } from './hash.js';
import { Kem, generatePair } from './hpke.js';
import { contentIdOf, parseManifest, parseManifestEnvelope } from './manifest.js';
import { leafHash, rootOf } from './merkle.js';
import { decryptSegment, readSegment } from './open.js';
import { verifyReceipt } from './receipt.js';
import { Refusal } from './refusal.js';
import { approve, assembleGrant, demandManifest, grantPayload, keyRequest, openRelease, readGrant } from './release.js';

const MaxAtOnce = 6;

/**
 * @typedef {object} OpeningOptions
 * @property {import('./api.js').EvidenceApi} api
 * @property {Uint8Array} [caseId] 16 bytes, for grants made here
 * @property {number} [purpose]
 * @property {number[] | null} indices which segments, null for all
 * @property {Uint8Array[]} [grants] ready grants (two approvals) to open under, instead of grants made here
 * @property {import('./cose.js').Signer} [signer] the analyst's approval key; not needed with requestKeys
 * @property {(ask: { contentId: Uint8Array, indices: number[], recipient: Uint8Array }) =>
 *   Promise<{ grantId: Uint8Array, requestId: Uint8Array, answer: Uint8Array }>} [requestKeys] asks for keys another way than with `signer`;
 *   answer: CBOR array of releases
 * @property {import('./cose.js').PublicKey} vaultKey pinned
 * @property {(message: object, transfer?: ArrayBuffer[]) => void} post
 * @property {() => number} now ms since 1970
 * @property {Focus} [focus] where the person is
 */
/** @typedef {{ ms: number, hurry?: () => void }} Focus ms from the window's start; `hurry`, set by the opening, says that it has jumped */

/**
 * Runs the whole opening. Everything it learns goes to `post`: `manifest`, `plan`, `table`, `device`, `segment` (one for each), `error`,
 * `done`. Never throws for a refusal.
 * @param {OpeningOptions} options
 */
export async function runOpening(options) {
  const { post } = options;
  try {
    await open(options);
  } catch (error) {
    post({ type: 'error', ...sayRefusal(error) });
  }
  post({ type: 'done' });
}

function sayRefusal(error) {
  if (error instanceof Refusal) return { code: error.code, ...error.detail };
  return { code: 'client.fault', title: error instanceof Error ? error.message : String(error) };
}

async function open(options) {
  const { api, post } = options;
  const tableComes = fetchTable(api);
  const tab = generatePair(Kem.X25519, false);
  const bytes = await api.manifest();
  const envelope = await parseManifestEnvelope(bytes);
  const manifest = await parseManifest(envelope.payload);
  const contentId = await contentIdOf(envelope);
  post(describeManifest(manifest, envelope, contentId));

  const rows = await readTable(api, await tableComes, manifest.segmentCount);
  const wanted = options.indices === null ? null : new Set(options.indices);
  post({ type: 'plan', segments: rows.map((row, i) => describePlanned(row, i, wanted)) });
  // What could not even be described cannot be opened: it fails on its own, and does not hide the others.
  for (const [index, row] of rows.entries()) if (row.refusal) post(describeFailure(index, null, row.refusal));

  const descriptors = rows.flatMap((row) => (row.descriptor ? [row.descriptor] : []));
  const opening = {
    ...options, envelope, contentId, devices: new Map(), tab: await tab,
    descriptors: new Map(descriptors.map((d) => [d.index, d])),
  };
  // Each segment is held against its own row by W3; whether all rows give the signed root is judged beside it.
  await Promise.all([
    judgeTable(rows, manifest).then((verdict) => post({ type: 'table', ...verdict })),
    openAll(opening, descriptors, manifest.windowStart, wanted),
  ]);
}

/** All rows in one answer, or null where it cannot be had: then each is asked for alone. */
async function fetchTable(api) {
  try {
    const rows = decode(await api.table());
    return Array.isArray(rows) && rows.every((row) => isBstr(row)) ? rows : null;
  } catch {
    return null;
  }
}

function readTable(api, table, count) {
  const source = table?.length === count ? { descriptor: async (index) => table[index] } : api;
  return mapLimited([...Array(count).keys()], (index) => fetchDescriptor(source, index));
}

async function fetchDescriptor(api, index) {
  try {
    const descriptor = await parseDescriptor(await api.descriptor(index));
    if (descriptor.index !== index) throw new Refusal('evb1.descriptor-invalid', { step: 'table' });
    return { descriptor };
  } catch (refusal) {
    return { refusal };
  }
}

/** All descriptors together must give the signed root: this is what makes gaps trustworthy without opening anything. */
async function judgeTable(rows, manifest) {
  const broken = rows.find((row) => row.refusal);
  if (broken) return { state: 'failed', step: 'table', ...sayRefusal(broken.refusal) };
  const leaves = await Promise.all(rows.map((row) => leafHash(row.descriptor.bytes)));
  if (!equal(await rootOf(leaves), manifest.root)) return { state: 'failed', step: 'table', code: 'evb1.merkle-root' };
  const isValid = rows.every((row, i) => isValidDescriptor(row.descriptor, i, manifest, 2048));
  return isValid ? { state: 'verified', code: null } : { state: 'failed', step: 'table', code: 'evb1.descriptor-invalid' };
}

/** What the person sees first, then the rest in play order; a gap says all it has to say without a key. */
async function openAll(opening, descriptors, windowStart, wanted) {
  if (opening.grants?.length) {
    for (const bytes of opening.grants) await openPart(opening, { bytes, ...readGrant(bytes) });
    return;
  }
  const focus = opening.focus ?? { ms: 0 };
  const backlog = new Backlog(descriptors.filter((d) => d.kind !== Kind.Gap && (wanted === null || wanted.has(d.index))));
  /** @type {Set<Promise<void>>} */
  const urgent = new Set();
  const hurry = () => {
    const indices = backlog.covering(windowStart + focus.ms);
    if (indices.length === 0) return;
    const part = openPart(opening, { indices }).finally(() => urgent.delete(part));
    urgent.add(part);
  };
  const free = async () => {
    while (urgent.size > 0) await Promise.all(urgent);
  };
  focus.hurry = hurry;
  hurry();
  for (;;) {
    await free();
    const indices = backlog.next(windowStart + focus.ms);
    if (indices.length === 0) break;
    await openPart(opening, { indices, free });
  }
  await free();
}

async function openPart(opening, part) {
  const { contentId, tab, post } = opening;
  const fail = (error) => part.indices.forEach((index) => post(describeFailure(index, opening.descriptors.get(index), error)));
  let releases;
  let want;
  const sealed = new Map();
  try {
    const asking = opening.requestKeys
      ? opening.requestKeys({ contentId, indices: part.indices, recipient: tab.publicKey })
      : askVault(opening, part);
    // Ciphertext needs no permission, so it comes while the vault is being asked; what fails is told where it is awaited.
    for (const index of inPlayOrder(opening, part.indices)) {
      sealed.set(index, opening.api.segment(index));
      sealed.get(index).catch(() => {});
    }
    const asked = await asking;
    want = { grantId: asked.grantId, contentId, recipient: tab.publicKey, requestId: asked.requestId };
    releases = readAnswer(asked.answer, part.indices.length);
  } catch (error) {
    post({ type: 'error', indices: part.indices, ...sayRefusal(error) });
    return fail(error);
  }
  await mapLimited(inPlayOrder(opening, part.indices), async (index) => {
    const descriptor = opening.descriptors.get(index);
    try {
      await part.free?.(); // what the person waits for goes before what only follows
      await openSegment(opening, descriptor, releases[part.indices.indexOf(index)], sealed.get(index), { ...want, index });
    } catch (error) {
      post(describeFailure(index, descriptor, error));
    }
  });
}

const inPlayOrder = (opening, indices) =>
  indices.flatMap((index) => opening.descriptors.get(index) ?? []).sort(playOrder).map((descriptor) => descriptor.index);

/** A grant made here, or the ready one of this part, and the request under it. */
async function askVault(opening, part) {
  const { api, signer, contentId, tab } = opening;
  const grant = part.bytes ? part : await makeGrant(opening, part.indices);
  const request = await keyRequest({ grantId: grant.grantId, contentId, indices: part.indices, recipient: tab.publicKey, now: opening.now() }, signer);
  return { grantId: grant.grantId, requestId: request.requestId, answer: await api.keyReleases(encode([grant.bytes, request.bytes])) };
}

async function makeGrant(opening, indices) {
  const { contentId, caseId, purpose, signer } = opening;
  const { grantId, payload } = grantPayload({ contentId, indices, caseId, purpose, now: opening.now(), openers: [signer.kid] });
  return { grantId, bytes: assembleGrant([await approve(payload, signer)]) };
}

function readAnswer(bytes, count) {
  let releases;
  try {
    releases = decode(bytes);
  } catch {
    releases = null;
  }
  if (!Array.isArray(releases) || releases.length !== count || !releases.every((release) => isBstr(release))) {
    throw new Refusal('evb1.release-malformed', { step: 'W1' });
  }
  return releases;
}

/** W1-W8 for one segment. */
async function openSegment(opening, descriptor, releaseBytes, sealing, want) {
  const release = await openRelease(releaseBytes, want, descriptor.bytes, opening.vaultKey, opening.tab.privateKey);
  const manifest = await demandManifestOnce(opening, release);
  const sealed = await sealing;
  await stepOf('W6', async () => {
    if (sealed.length !== descriptor.ciphertextLength || !equal(await sha256(sealed), descriptor.ciphertextHash)) {
      throw new Refusal('evb1.segment-hash');
    }
  });
  const plaintext = await stepOf('W7', () => decryptSegment(descriptor, manifest.bundleId, release.segmentKey, sealed));
  release.segmentKey.fill(0);
  const opened = await stepOf('W8', () =>
    readSegment(descriptor, plaintext, async () =>
      verifyReceipt(await opening.api.receipt(descriptor.receipt), release.relays, manifest.meeting)));
  const bytes = (opened.media ?? opened.plaintext).slice();
  opening.post({
    type: 'segment', state: 'verified', code: null, ...describeDescriptor(descriptor), grade: opened.grade,
    presentFrames: opened.presentFrames, missingFrames: opened.missingFrames, headerMissing: opened.headerMissing, bytes: bytes.buffer,
  }, [bytes.buffer]);
}

/** W5 is the same for every segment of one device key: checked once. */
async function demandManifestOnce(opening, release) {
  const key = toHex(encodeCoseKey(release.device));
  if (!opening.devices.has(key)) {
    const check = demandManifest(opening.envelope, opening.contentId, release);
    opening.devices.set(key, check);
    await check;
    opening.post({ type: 'device', kid: toBase64Url(await signingKid(release.device)), alg: release.device.alg });
  }
  const manifest = await opening.devices.get(key);
  if (!equal(manifest.bundleId, release.bundleId)) throw new Refusal('evb1.release-mismatch', { step: 'W5' });
  return manifest;
}

async function stepOf(name, check) {
  try {
    return await check();
  } catch (error) {
    if (error instanceof Refusal && error.detail.status === undefined) error.detail.step = name;
    throw error;
  }
}

function describeManifest(manifest, envelope, contentId) {
  return {
    type: 'manifest', contentId: toHex(contentId), bundleId: toHex(manifest.bundleId), meeting: toHex(manifest.meeting),
    reporter: toHex(manifest.reporter), counter: manifest.counter, created: manifest.created, windowStart: manifest.windowStart,
    windowEnd: manifest.windowEnd, reason: manifest.reason, segmentCount: manifest.segmentCount, sdk: manifest.sdk,
    deviceKid: toBase64Url(envelope.kid),
  };
}

const describeDescriptor = (d) => ({
  index: d.index, kind: d.kind, participant: toHex(d.participant), stream: d.stream, t0: d.t0, duration: d.duration,
  content: d.content, length: d.plaintextLength,
});

const describePlanned = (row, index, wanted) => ({
  ...(row.descriptor ? describeDescriptor(row.descriptor) : { index, kind: 0 }),
  asked: wanted === null || wanted.has(index),
});

const describeFailure = (index, descriptor, error) => ({
  type: 'segment', state: 'failed', ...(descriptor ? describeDescriptor(descriptor) : { index, kind: 0 }), ...sayRefusal(error),
});

/** @template T, R @param {T[]} items @param {(item: T) => Promise<R>} work @returns {Promise<R[]>} at most six at once, in order */
async function mapLimited(items, work) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(MaxAtOnce, items.length) }, worker));
  return results;
}

/** @param {string[] | null | undefined} grants base64url @returns {Uint8Array[]} */
export const readGrants = (grants) => (grants ?? []).map(fromBase64Url);
