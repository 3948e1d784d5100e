// Seals bundles for the tests, with the checks of the product left out where a test wants a broken one.
import { concat, fromHex, random, toHex, u32, xor } from '../../bytes.js';
import { encode, mapOf } from '../../cbor.js';
import { sealCobblestone, sealedLength } from '../../cobblestone.js';
import { Algorithm, Message, encodeCoseKey, sign1, signingKid } from '../../cose.js';
import { sha256 } from '../../hash.js';
import { Kem, generatePair, hpkeSeal } from '../../hpke.js';
import { cekCommit, segmentContext, segmentKey, wrapAad, wrapInfo } from '../../keys.js';
import { leafHash, rootOf } from '../../merkle.js';

/** @returns {Promise<{ signer: import('../../cose.js').Signer, public: Uint8Array, coseKey: Uint8Array }>} */
export async function makeSigner(alg = Algorithm.Ed25519) {
  const algorithm = alg === Algorithm.Ed25519 ? 'Ed25519' : { name: 'ECDSA', namedCurve: 'P-256' };
  const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const publicBytes = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const key = { alg, public: publicBytes };
  return { signer: { alg, kid: await signingKid(key), key: pair.privateKey }, public: publicBytes, coseKey: encodeCoseKey(key) };
}

/**
 * @param {{ kind: number, participant?: string, stream?: number, t0: number, duration: number, content: number, plaintext?: Uint8Array }[]} segments
 * @param {{ windowStart: number, windowEnd: number }} window
 */
export async function sealBundle(segments, window) {
  const device = await makeSigner();
  const recipients = [await generatePair(Kem.X25519, true), await generatePair(Kem.X25519, true)];
  const cek = random(32);
  const bundleId = random(16);
  const sealed = [];
  const table = [];
  for (const [index, segment] of segments.entries()) {
    const plaintext = segment.plaintext ?? new Uint8Array(0);
    const members = {
      1: index, 2: segment.kind, 3: fromHex(segment.participant ?? '00'.repeat(16)), 4: segment.stream ?? 0, 5: segment.t0,
      6: segment.duration, 7: plaintext.length, 10: segment.content, 11: -1,
    };
    const context = await segmentContext(bundleId, index, encode(mapOf(members)));
    const bytes = await sealCobblestone(await segmentKey(cek, bundleId, index), context, plaintext);
    sealed.push(bytes);
    table.push(encode(mapOf({ ...members, 8: sealedLength(plaintext.length), 9: await sha256(bytes) })));
  }
  const receipts = encode([]);
  const manifest = {
    bundleId, suite: 1, challenge: random(32), meeting: random(16), reporter: random(16), cekCommit: await cekCommit(cek, bundleId),
  };
  const share = random(32);
  const wraps = [];
  for (const [i, part] of [share, xor(cek, share)].entries()) {
    const wrap = { role: i + 1, kem: Kem.X25519, kid: await sha256(recipients[i].publicKey) };
    const { enc, ct } = await hpkeSeal({
      kem: wrap.kem, publicKey: recipients[i].publicKey, info: wrapInfo(wrap.role), aad: wrapAad(manifest, wrap, device.signer.kid), pt: part,
    });
    wraps.push([wrap.role, wrap.kem, wrap.kid, enc, ct]);
  }
  const payload = encode(mapOf({
    1: 1, 2: bundleId, 3: 1, 4: manifest.challenge, 5: manifest.meeting, 6: manifest.reporter, 7: 1, 8: 1_760_000_000_000,
    9: window.windowStart, 10: window.windowEnd, 11: 3, 12: segments.length, 13: await rootOf(await Promise.all(table.map(leafHash))),
    14: sealed.reduce((sum, bytes) => sum + bytes.length, 0), 15: manifest.cekCommit, 16: wraps, 17: await sha256(receipts),
    18: 'test 1', 19: new Uint8Array(32), 20: new Uint8Array(32), 21: new Uint8Array(32),
  }));
  const envelope = await sign1(payload, Message.manifest, device.signer);
  return { envelope, payload, contentId: await sha256(payload), bundleId, cek, table, sealed, receipts, device, recipients, manifest };
}

/** The bundle as an `.evb` file with the state of Annex A that accepts it. */
export async function toFile(bundle) {
  const table = encode(bundle.table);
  const head = concat(
    fromHex('8945564231' + '0d0a1a'), Uint8Array.of(0, 1, 0, 0), u32(bundle.envelope.length), u32(table.length),
    u32(bundle.receipts.length), u32(bundle.table.length), u32(0));
  const file = concat(head, bundle.envelope, table, bundle.receipts, ...bundle.sealed);
  const kid = toHex(bundle.device.signer.kid);
  const meeting = toHex(bundle.manifest.meeting);
  const reporter = toHex(bundle.manifest.reporter);
  const zeros = '00'.repeat(32);
  const privateOf = async (key) => toHex(new Uint8Array(await crypto.subtle.exportKey('pkcs8', key)).slice(-32));
  const state = {
    now_ms: 1_760_000_000_000,
    devices: [{ kid, alg: -19, public: toHex(bundle.device.public), status: 'active', certificate_hash: zeros, last_counter: 0, last_content_id: zeros }],
    meetings: [{ meeting, hosts: [reporter], relays: [] }],
    challenges: [{ challenge: toHex(bundle.manifest.challenge), device_kid: kid, meeting, reporter, expires_ms: 1_760_000_900_000, used: false }],
    key_checkpoints: [],
    recipients: await Promise.all(bundle.recipients.map(async (pair, i) => ({
      role: i + 1, kem: Kem.X25519, kid: toHex(await sha256(pair.publicKey)), public: toHex(pair.publicKey), private: await privateOf(pair.privateKey),
    }))),
  };
  return { file, state };
}
