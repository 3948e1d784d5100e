// Segment descriptors: their encoding, the signed metadata, and the table of kinds and contents (evidence-bundle.md section 6).
import { isZeros } from './bytes.js';
import { decode, encode, hasExactlyKeys, isBstr, isUint, isUint32 } from './cbor.js';
import { sealedLength } from './cobblestone.js';
import { MaxSafe } from './manifest.js';
import { demand, within } from './refusal.js';

/** Section 6.2. */
export const Kind = Object.freeze({ Attested: 1, Asserted: 2, Chat: 3, Screenshot: 4, Note: 5, Roster: 6, Gap: 7 });

/** Content 257..261 is a continuation of content 1..5: playable only after its predecessor. */
export const Continuation = 256;

/** Section 6.3, the reasons of a gap as the player names them. */
export const GapReason = Object.freeze({
  64: 'evicted', 65: 'never-received', 66: 'taken-out', 67: 'off', 68: 'suspended', 69: 'other',
});

const MaxPlaintext = 4_194_304;

/**
 * @typedef {{ index: number, kind: number, participant: Uint8Array, stream: number, t0: number, duration: number,
 *   plaintextLength: number, ciphertextLength: number, ciphertextHash: Uint8Array, content: number, receipt: number,
 *   bytes: Uint8Array, meta: Uint8Array }} Descriptor
 */

const isInt32 = (value) => typeof value === 'number' && value >= -0x80000000 && value <= 0x7fffffff;

/** E2. @param {Uint8Array} bytes as it stands in the table @returns {Promise<Descriptor>} */
export async function parseDescriptor(bytes) {
  const map = await within('evb1.descriptor-malformed', () => decode(bytes));
  demand(
    bytes.length <= 512 && hasExactlyKeys(map, 1, 11)
      && [1, 2, 4, 6, 7, 8, 10].every((key) => isUint32(map.get(key)))
      && isBstr(map.get(3), 16) && isUint(map.get(5)) && isBstr(map.get(9), 32) && isInt32(map.get(11)),
    'evb1.descriptor-malformed');
  const meta = new Map([...map].filter(([key]) => key !== 8 && key !== 9));
  return {
    index: map.get(1), kind: map.get(2), participant: map.get(3), stream: map.get(4), t0: map.get(5), duration: map.get(6),
    plaintextLength: map.get(7), ciphertextLength: map.get(8), ciphertextHash: map.get(9), content: map.get(10),
    receipt: map.get(11), bytes, meta: encode(meta),
  };
}

const isMedia = (content) => (content >= 1 && content <= 5) || (content >= Continuation + 1 && content <= Continuation + 5);

/** The rows of the table in 6.2; what is not named there is free. */
const Rows = {
  [Kind.Attested]: { named: true, longest: 10_000, content: isMedia, receipt: true },
  [Kind.Asserted]: { named: true, longest: 10_000, content: isMedia },
  [Kind.Chat]: { content: (c) => c === 16 },
  [Kind.Screenshot]: { content: (c) => c === 32 || c === 33 },
  [Kind.Note]: { noStream: true, content: (c) => c === 48 },
  [Kind.Roster]: { nobody: true, noStream: true, content: (c) => c === 17 },
  [Kind.Gap]: { empty: true, content: (c) => c >= 64 && c <= 69 },
};

/**
 * E6 for one descriptor.
 * @param {Descriptor} d @param {number} position @param {import('./manifest.js').Manifest} manifest @param {number} receipts how many there are
 * @returns {boolean}
 */
export function isValidDescriptor(d, position, manifest, receipts) {
  const row = Object.hasOwn(Rows, d.kind) ? Rows[d.kind] : undefined;
  return row !== undefined
    && d.index === position
    && d.t0 <= MaxSafe
    && d.plaintextLength <= MaxPlaintext
    && d.ciphertextLength === sealedLength(d.plaintextLength)
    && (!row.named || !isZeros(d.participant))
    && (!row.nobody || isZeros(d.participant))
    && (!row.noStream || d.stream === 0)
    && d.duration <= (row.longest ?? 300_000)
    && row.content(d.content)
    && (row.receipt ? d.receipt >= 0 && d.receipt < receipts : d.receipt === -1)
    && (!row.empty || d.plaintextLength === 0)
    && manifest.windowStart <= d.t0
    && d.t0 + d.duration <= manifest.windowEnd;
}
