// What stands in for API, vault and custodian in the tests: it holds one bundle, checks grant and request, and seals releases.
import { concat, equal } from '../../bytes.js';
import { decode, encode, mapOf } from '../../cbor.js';
import { Message, parseSign1, sign1, verifySign1 } from '../../cose.js';
import { sha256 } from '../../hash.js';
import { Kem, hpkeSeal } from '../../hpke.js';
import { ReleaseInfo, segmentKey } from '../../keys.js';
import { Refusal } from '../../refusal.js';
import { makeSigner } from './sealing.js';

/**
 * @param {Awaited<ReturnType<import('./sealing.js').sealBundle>>} bundle
 * @param {import('../../cose.js').PublicKey} approvalKey the analyst's public key
 */
export async function makeService(bundle, approvalKey) {
  const vault = await makeSigner();
  const grants = [];
  const demandSigned = async (bytes, message, code) => {
    const envelope = parseSign1(bytes, message.type);
    if (!(await verifySign1(envelope, message.label, approvalKey))) throw new Refusal(code, { status: 403 });
    return decode(envelope.payload);
  };
  const keyReleases = async (body) => {
    const [grantBytes, requestBytes] = decode(body);
    const grant = await demandSigned(decode(grantBytes)[0], Message.grant, 'evb1.grant-signature');
    const request = await demandSigned(requestBytes, Message.keyRequest, 'evb1.request-signature');
    if (grant.get(4).length > 8) throw new Refusal('evb1.grant-quorum', { status: 403 });
    if (!equal(grant.get(2), request.get(3)) || !equal(grant.get(3), bundle.contentId)) throw new Refusal('evb1.request-scope', { status: 403 });
    grants.push(grant);
    const releases = [];
    for (const index of request.get(5)) {
      const digest = await sha256(bundle.table[index]);
      const bound = [grant.get(2), bundle.bundleId, bundle.contentId, index, digest, request.get(6), request.get(2)];
      const { enc, ct } = await hpkeSeal({
        kem: Kem.X25519, publicKey: request.get(6), info: ReleaseInfo, aad: encode(['evb1/key-release/v1', ...bound]),
        pt: encode(mapOf({ 1: await segmentKey(bundle.cek, bundle.bundleId, index), 2: bundle.device.coseKey, 3: [] })),
      });
      const members = Object.fromEntries(bound.map((value, i) => [i + 2, value]));
      const payload = encode(mapOf({ 1: 1, ...members, 9: enc, 10: ct, 11: new Uint8Array(32), 12: 1_760_000_000_000 }));
      releases.push(await sign1(payload, Message.keyRelease, vault.signer));
    }
    return encode(releases);
  };
  const api = {
    manifest: async () => bundle.envelope,
    descriptor: async (index) => bundle.table[index],
    segment: async (index) => bundle.sealed[index],
    receipt: async () => {
      throw new Refusal('client.http-404', { status: 404 });
    },
    keyReleases,
  };
  return { api, vault, vaultKey: { alg: vault.signer.alg, public: vault.public }, grants };
}

/** @param {Uint8Array} bytes @param {number} at */
export const flipped = (bytes, at = bytes.length - 1) => concat(bytes.subarray(0, at), Uint8Array.of(bytes[at] ^ 1), bytes.subarray(at + 1));
