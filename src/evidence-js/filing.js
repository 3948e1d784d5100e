// The filing of triage.md 2.1: who is reported and why, signed by the device key, readable by the service.
import { toBase64Url, utf8 } from './bytes.js';
import { Message, sign1 } from './cose.js';
import { Refusal } from './refusal.js';

const MostSubjects = 50;
const MostBytes = 8_192;
const MostNote = 1_000;

/**
 * @param {{ meeting: Uint8Array, reporter: Uint8Array, subjects: Uint8Array[], reason: string, contentId: Uint8Array | null,
 *   challenge?: Uint8Array, createdMs: number, locale?: string, markerMs?: number, note?: string }} filing
 *   challenge and note only without a bundle
 * @param {import('./cose.js').Signer} device @returns {Promise<Uint8Array>} COSE_Sign1
 */
export async function signFiling(filing, device) {
  const subjects = [...new Set(filing.subjects.map(toBase64Url))];
  if (subjects.length > MostSubjects) throw new Refusal('client.too-many-subjects');
  if ((filing.note?.length ?? 0) > MostNote) throw new Refusal('client.note-too-long');
  const payload = utf8(JSON.stringify({
    version: 1, meeting: toBase64Url(filing.meeting), reporter: toBase64Url(filing.reporter), subjects, reason: filing.reason,
    content_id: filing.contentId === null ? null : toBase64Url(filing.contentId),
    ...(filing.challenge ? { challenge: toBase64Url(filing.challenge) } : {}),
    created_ms: filing.createdMs, locale: filing.locale ?? 'en',
    ...(filing.markerMs === undefined ? {} : { marker_ms: filing.markerMs }),
    ...(filing.note ? { note: filing.note } : {}),
  }));
  if (payload.length > MostBytes) throw new Refusal('client.note-too-long');
  return sign1(payload, Message.filing, device);
}
