// The Worker of one opening: everything with ciphertext, keys and plaintext happens here, away from the page's thread.
import { evidenceApi } from './api.js';
import { loadApprovalKey } from './approval-key.js';
import { idBytes } from './ids.js';
import { readGrants, runOpening } from './opening.js';
import { Refusal } from './refusal.js';

const post = (message, transfer = []) => self.postMessage(message, { transfer });

/** @type {import('./opening.js').Focus} */
const focus = { ms: 0 };

/** Manifest and table of the report that is likely to be opened: signed, never changing, and no key is needed to have them. */
let ahead = null;

function readAhead(reportId) {
  const api = evidenceApi(reportId);
  ahead = { reportId, manifest: api.manifest(), table: api.table() };
  for (const part of [ahead.manifest, ahead.table]) part.catch(() => {}); // asked for anew when it is opened
}

function apiOf({ reportId, headers }) {
  const api = evidenceApi(reportId, headers);
  if (ahead?.reportId !== reportId) return api;
  const { manifest, table } = ahead;
  return { ...api, manifest: () => manifest.catch(api.manifest), table: () => table.catch(api.table) };
}

self.onmessage = async ({ data }) => {
  if (data.prepare !== undefined) return readAhead(data.prepare);
  if (data.focus !== undefined) {
    focus.ms = data.focus;
    focus.hurry?.();
    return;
  }
  let opening;
  try {
    const { signer, vaultKey } = await loadApprovalKey(data.staffId);
    if (vaultKey === null) throw new Refusal('client.vault-key-missing');
    opening = {
      api: apiOf(data), caseId: idBytes(data.caseId), purpose: data.purpose, indices: data.indices,
      grants: readGrants(data.grants), signer, vaultKey, post, now: () => Date.now(), focus,
    };
  } catch (error) {
    const code = error instanceof Refusal ? error.code : 'client.fault';
    post({ type: 'error', code, title: error instanceof Refusal ? null : String(error) });
    post({ type: 'done' });
    return;
  }
  await runOpening(opening);
};
