// The integrity badge of an opening: one word for what the checks of all its segments came to.

/** Codes that say the bytes are not what was signed, whoever found out; every other failure only says that nothing could be checked. */
const Altered = new Set([
  'evb1.manifest-envelope', 'evb1.manifest-malformed', 'evb1.manifest-signature', 'evb1.merkle-root', 'evb1.table-malformed',
  'evb1.descriptor-malformed', 'evb1.descriptor-invalid', 'evb1.receipts-hash', 'evb1.segment-hash', 'evb1.key-commitment',
  'evb1.chunk-auth', 'evb1.plaintext-length',
]);
const AlteredSteps = new Set(['W5', 'W6', 'W7', 'table']);

/** @param {{ code: string | null, step?: string, status?: number }} verdict @returns {boolean} */
export const saysAltered = (verdict) =>
  verdict.code !== null && (Altered.has(verdict.code) || (verdict.code.startsWith('evb1.') && AlteredSteps.has(verdict.step ?? '')));

/**
 * A relay receipt was claimed and does not hold: the bytes are what the host signed, and what they claim is not so (12.5, 13).
 * @param {{ code: string | null, step?: string }} verdict @returns {boolean}
 */
export const saysAttestationFailed = (verdict) =>
  verdict.code !== null && verdict.code.startsWith('evb1.') && verdict.step === 'W8' && !saysAltered(verdict);

/**
 * @param {{ segments: { state: string, code: string | null, step?: string }[], table: { state: string, code: string | null } | null,
 *   errors: { code: string }[], hasGaps: boolean, isDone: boolean }} findings segments: those that were asked for, gaps left out
 * @returns {'verified' | 'verified-with-gaps' | 'cannot-verify' | 'altered' | 'attestation-failed' | null} null while the checks go on
 */
export function badgeOf({ segments, table, errors, hasGaps, isDone }) {
  if ([...segments, ...errors, ...(table ? [table] : [])].some(saysAltered)) return 'altered';
  if (segments.some(saysAttestationFailed)) return 'attestation-failed';
  if (!isDone) return null;
  const isVerified = table?.state === 'verified' && errors.length === 0 && segments.length > 0
    && segments.every((segment) => segment.state === 'verified');
  if (!isVerified) return 'cannot-verify';
  return hasGaps ? 'verified-with-gaps' : 'verified';
}
