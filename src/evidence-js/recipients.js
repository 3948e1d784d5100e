// The signed list of recipient keys (evidence-bundle.md 5.3) and the intake receipt (section 16), as a host's client checks them.
import { equal, isZeros } from './bytes.js';
import { decode, hasExactlyKeys, isBstr, isUint } from './cbor.js';
import { Message, namesKey, parseSign1, verifySign1 } from './cose.js';
import { Kem } from './hpke.js';
import { demand, within } from './refusal.js';
import { XWingLengths } from './xwing.js';

const MostKeys = 64;
const PublicLengths = { [Kem.X25519]: 32, [Kem.P256]: 65, [Kem.XWing]: XWingLengths.publicKey };

/** @typedef {{ role: number, kem: number, publicKey: Uint8Array }} RecipientKey */

/**
 * The keys to seal to, role 1 then role 2; refuses with `client.recipient-keys` whatever the pinned key did not sign or is not valid now.
 * @param {Uint8Array} bytes the signed list @param {import('./cose.js').PublicKey} configurationKey pinned in the client
 * @param {number} now ms since 1970 @returns {Promise<RecipientKey[]>}
 */
export function readRecipientKeys(bytes, configurationKey, now) {
  return within('client.recipient-keys', async () => {
    const envelope = parseSign1(bytes, Message.recipientKeys.type);
    demand(await namesKey(envelope, configurationKey), '');
    demand(await verifySign1(envelope, Message.recipientKeys.label, configurationKey), '');
    const map = decode(envelope.payload);
    demand(hasExactlyKeys(map, 1, 4) && map.get(1) === 1 && isUint(map.get(2)) && isUint(map.get(3)), '');
    demand(map.get(2) <= now && now <= map.get(3), '');
    const rows = map.get(4);
    demand(Array.isArray(rows) && rows.length >= 1 && rows.length <= MostKeys, '');
    const keys = rows.map((row) => {
      demand(Array.isArray(row) && row.length === 3, '');
      const [role, kem, publicKey] = row;
      demand(role >= 1 && role <= 4 && Object.hasOwn(PublicLengths, String(kem)) && isBstr(publicKey, PublicLengths[kem]), '');
      return { role, kem, publicKey };
    });
    return [1, 2].map((role) => {
      const key = keys.find((each) => each.role === role);
      demand(key, '');
      return key;
    });
  });
}

/**
 * Refuses with `client.receipt` unless it is this intake's word for this report.
 * @param {Uint8Array} bytes @param {import('./cose.js').PublicKey} receiptKey pinned @param {Uint8Array} contentId
 */
export function demandReceipt(bytes, receiptKey, contentId) {
  return within('client.receipt', async () => {
    const envelope = parseSign1(bytes, Message.intakeReceipt.type);
    demand(await namesKey(envelope, receiptKey), '');
    demand(await verifySign1(envelope, Message.intakeReceipt.label, receiptKey), '');
    const map = decode(envelope.payload);
    demand(
      hasExactlyKeys(map, 1, 5) && map.get(1) === 1 && isBstr(map.get(2), 16) && !isZeros(map.get(2)) && isBstr(map.get(3), 32)
        && isUint(map.get(4)) && isBstr(map.get(5), 32) && equal(map.get(3), contentId), '');
  });
}
