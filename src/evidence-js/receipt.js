// Relay receipts: their payload and the check E8 of evidence-bundle.md section 16.
import { equal } from './bytes.js';
import { decode, hasExactlyKeys, isBstr, isUint } from './cbor.js';
import { Message, namesKey, parseSign1, verifySign1 } from './cose.js';
import { sha256 } from './hash.js';
import { Refusal, demand, within } from './refusal.js';

/**
 * @typedef {{ meeting: Uint8Array, window: number | bigint, start: number | bigint, end: number | bigint, leaves: number | bigint,
 *   root: Uint8Array, previous: Uint8Array, bytes: Uint8Array }} Receipt
 */

/**
 * Everything in E8 but the chain: form, relay key, alg, signature, payload, meeting.
 * @param {Uint8Array} bytes @param {import('./cose.js').PublicKey[]} relays keys valid for the meeting @param {Uint8Array} meeting
 * @returns {Promise<Receipt>}
 */
export async function verifyReceipt(bytes, relays, meeting) {
  const envelope = await within('evb1.receipt-envelope', () => parseSign1(bytes, Message.receipt.type));
  let relay = null;
  for (const candidate of relays) if (await namesKey(envelope, candidate)) relay = candidate;
  if (relay === null) throw new Refusal('evb1.receipt-unknown-relay');
  demand(envelope.alg === relay.alg, 'evb1.receipt-algorithm');
  demand(await verifySign1(envelope, Message.receipt.label, relay), 'evb1.receipt-signature');
  const map = await within('evb1.receipt-malformed', () => decode(envelope.payload));
  demand(
    hasExactlyKeys(map, 1, 8) && map.get(1) === 1 && isBstr(map.get(2), 16) && [3, 4, 5, 6].every((key) => isUint(map.get(key)))
      && map.get(6) >= 1 && isBstr(map.get(7), 32) && isBstr(map.get(8), 32),
    'evb1.receipt-malformed');
  demand(equal(map.get(2), meeting), 'evb1.receipt-meeting');
  return {
    meeting: map.get(2), window: map.get(3), start: map.get(4), end: map.get(5), leaves: map.get(6), root: map.get(7),
    previous: map.get(8), bytes,
  };
}

/**
 * The chain rule between two neighbours: ascending windows, and a hash link where the numbers are consecutive.
 * @param {Receipt | null} previous @param {Receipt} receipt
 */
export async function demandChain(previous, receipt) {
  if (previous === null) return;
  demand(receipt.window > previous.window, 'evb1.receipt-chain');
  if (BigInt(receipt.window) === BigInt(previous.window) + 1n) {
    demand(equal(receipt.previous, await sha256(previous.bytes)), 'evb1.receipt-chain');
  }
}
