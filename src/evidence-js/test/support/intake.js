// An intake of the tests' own: issues challenges, verifies heads and segments by the specification, signs receipts; and can misbehave.
import { concat, fromBase64Url, fromHex, random, toBase64Url, toHex } from '../../bytes.js';
import { encode, mapOf } from '../../cbor.js';
import { Algorithm, Message, encodeCoseKey, parseSign1, sign1, signingKid, verifySign1 } from '../../cose.js';
import { sha256 } from '../../hash.js';
import { Kem, generatePair } from '../../hpke.js';
import { parseManifest, parseManifestEnvelope, contentIdOf } from '../../manifest.js';
import { verifyBundle } from '../../verify.js';
import { xwingPublic } from '../../xwing.js';

const zeros = '00'.repeat(32);

async function makeKey() {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const key = { alg: Algorithm.Ed25519, public: publicKey };
  return { signer: { alg: key.alg, kid: await signingKid(key), key: pair.privateKey }, coseKey: encodeCoseKey(key) };
}

/** A recipient pair in the form of Annex A. */
export async function makeRecipient(role, kem) {
  if (kem === Kem.XWing) {
    const seed = random(32);
    const publicKey = await xwingPublic(seed);
    return { role, kem, kid: toHex(await sha256(publicKey)), public: toHex(publicKey), private: toHex(seed) };
  }
  const pair = await generatePair(kem, true);
  const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey);
  return { role, kem, kid: toHex(await sha256(pair.publicKey)), public: toHex(pair.publicKey), private: toHex(fromBase64Url(jwk.d)) };
}

export async function makeIntake(device, { kems = [Kem.X25519, Kem.X25519] } = {}) {
  const configuration = await makeKey();
  const receipts = await makeKey();
  const recipients = [await makeRecipient(1, kems[0]), await makeRecipient(2, kems[1])];
  const list = await sign1(
    encode(mapOf({ 1: 1, 2: 0, 3: Date.now() + 1e9, 4: recipients.map((r) => [r.role, r.kem, fromHex(r.public)]) })),
    Message.recipientKeys, configuration.signer);
  const meeting = random(16);
  const reporter = random(16);
  const state = {
    now_ms: Date.now(),
    devices: [{ kid: toHex(device.kid), alg: device.alg, public: toHex(device.publicKey), status: 'active', certificate_hash: zeros, last_counter: 0, last_content_id: zeros }],
    meetings: [{ meeting: toHex(meeting), hosts: [toHex(reporter)], relays: [] }],
    challenges: [], key_checkpoints: [], recipients,
  };
  const intake = {
    state, meeting, reporter, list, calls: [], reports: new Map(), filings: [],
    recipientKeys: { configurationKey: configuration.coseKey, receiptKey: receipts.coseKey },
    /** @type {(call: { method: string, path: string }) => Response | 'drop' | undefined} */
    misbehave: () => undefined,
  };

  const answer = async (method, path, body) => {
    if (path === '/v1/reasons') return Response.json([{ code: 'harassment', number: 4, text: 'Harassment' }]);
    if (path === '/v1/reports/challenges') {
      const challenge = random(32);
      state.challenges.push({
        challenge: toHex(challenge), device_kid: toHex(device.kid), meeting: toHex(meeting), reporter: toHex(reporter),
        expires_ms: Date.now() + 900_000, used: false,
      });
      const [{ last_counter, last_content_id }] = state.devices;
      return Response.json({
        challenge: toBase64Url(challenge), expires_at: new Date().toISOString(), last_counter,
        last_content_id: toBase64Url(fromHex(last_content_id)), recipient_keys: toBase64Url(list), key_checkpoint: null,
      }, { status: 201 });
    }
    if (path === '/v1/reports') {
      const view = new DataView(body.buffer, body.byteOffset);
      const envelope = await parseManifestEnvelope(body.subarray(32, 32 + view.getUint32(12)));
      const id = toHex(await contentIdOf(envelope));
      const known = intake.reports.get(id);
      const missing = (report) => [...Array(report.count).keys()].filter((i) => !report.segments.has(i));
      if (known) return Response.json({ report_id: id, content_id: id, state: 'uploading', missing: missing(known) });
      const manifest = await parseManifest(envelope.payload);
      const report = { head: body, state: structuredClone(state), count: manifest.segmentCount, segments: new Map(), contentId: fromHex(id) };
      intake.reports.set(id, report);
      state.devices[0].last_counter = manifest.counter;
      state.devices[0].last_content_id = id;
      return Response.json({ report_id: id, content_id: id, state: 'uploading', missing: missing(report) }, { status: 201 });
    }
    const [, , , id, part, index] = path.split('/');
    const report = intake.reports.get(id);
    if (part === 'filing') {
      const envelope = parseSign1(body, Message.filing.type);
      if (!(await verifySign1(envelope, Message.filing.label, { alg: device.alg, public: device.publicKey }))) return new Response('{}', { status: 403 });
      intake.filings.push(JSON.parse(new TextDecoder().decode(envelope.payload)));
      return new Response(null, { status: 204 });
    }
    if (part === 'segments') {
      report.segments.set(Number(index), body);
      return new Response(null, { status: 204 });
    }
    const receipt = await sign1(
      encode(mapOf({ 1: 1, 2: random(16), 3: report.contentId, 4: Date.now(), 5: new Uint8Array(32) })), Message.intakeReceipt, receipts.signer);
    return Response.json({ report_id: id, state: 'complete', receipt: toBase64Url(receipt) });
  };

  intake.fetch = async (url, { method, body }) => {
    const path = new URL(url).pathname;
    const call = { method, path };
    intake.calls.push(call);
    const odd = intake.misbehave(call);
    if (odd === 'drop') throw new TypeError('connection lost');
    if (odd !== undefined) return odd;
    return answer(method, path, typeof body === 'string' ? new TextEncoder().encode(body) : body);
  };
  /** The file of the only report, and the state that accepted it. */
  intake.fileOf = (id) => {
    const report = intake.reports.get(id);
    return { file: concat(report.head, ...[...Array(report.count).keys()].map((i) => report.segments.get(i))), state: report.state };
  };
  intake.verify = (id) => {
    const { file, state: then } = intake.fileOf(id);
    return verifyBundle(file, then);
  };
  return intake;
}
