// The Worker of one opening: everything with ciphertext, keys and plaintext happens here, away from the page's thread.
import { evidenceApi } from './api.js';
import { loadApprovalKey } from './approval-key.js';
import { idBytes } from './ids.js';
import { readGrants, runOpening } from './opening.js';
import { Refusal } from './refusal.js';

const post = (message, transfer = []) => self.postMessage(message, { transfer });

self.onmessage = async ({ data }) => {
  let opening;
  try {
    const { signer, vaultKey } = await loadApprovalKey(data.staffId);
    if (vaultKey === null) throw new Refusal('client.vault-key-missing');
    opening = {
      api: evidenceApi(data.reportId, data.headers), caseId: idBytes(data.caseId), purpose: data.purpose, indices: data.indices,
      grants: readGrants(data.grants), signer, vaultKey, post, now: () => Date.now(),
    };
  } catch (error) {
    const code = error instanceof Refusal ? error.code : 'client.fault';
    post({ type: 'error', code, title: error instanceof Refusal ? null : String(error) });
    post({ type: 'done' });
    return;
  }
  await runOpening(opening);
};
