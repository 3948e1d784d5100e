// The analyst's approval key: a non-extractable ECDSA P-256 key kept by the browser, with the vault key pinned beside it.
import { equal, fromBase64Url, toBase64Url } from './bytes.js';
import { Algorithm, encodeCoseKey, parseCoseKey, signingKid } from './cose.js';
import { transact as inDatabase } from './database.js';
import { Refusal } from './refusal.js';

const Where = { database: 'moderation-approval-keys', store: 'keys', keyPath: 'staffId' };

/** @typedef {{ staffId: string, privateKey: CryptoKey, publicKey: Uint8Array, vaultKey: Uint8Array | null }} Entry vaultKey: COSE_Key */

const transact = (mode, action) => inDatabase(Where, mode, action);

/** @param {string} staffId @returns {Promise<Entry | undefined>} */
const load = (staffId) => transact('readonly', (store) => store.get(staffId));

async function describe(entry) {
  const key = { alg: Algorithm.Esp256, public: entry.publicKey };
  return {
    kid: toBase64Url(await signingKid(key)),
    alg: key.alg,
    publicKey: toBase64Url(key.public),
    coseKey: toBase64Url(encodeCoseKey(key)),
    vaultPinned: entry.vaultKey !== null,
  };
}

/**
 * The approval key of this person in this browser, made if there is none.
 * @param {string} staffId
 * @returns {Promise<{ kid: string, alg: number, publicKey: string, coseKey: string, vaultPinned: boolean }>} binary values in base64url
 */
export async function ensureApprovalKey(staffId) {
  const existing = await load(staffId);
  if (existing) return describe(existing);
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  try {
    // add, not put: of two tabs that start at once, one makes the key and both use it.
    await transact('readwrite', (store) => store.add({ staffId, privateKey: pair.privateKey, publicKey, vaultKey: null }));
  } catch (error) {
    if (error?.name !== 'ConstraintError') throw error;
  }
  return describe(await load(staffId));
}

/**
 * Pins the vault's signing key. The first one stays: another one is refused until the approval key is made anew.
 * @param {string} staffId @param {string} coseKey base64url COSE_Key (Ed25519)
 * @returns {Promise<{ ok: true } | { ok: false, code: 'client.vault-key-changed' | 'client.vault-key-invalid' | 'client.approval-key-missing' }>}
 */
export async function pinVaultKey(staffId, coseKey) {
  let vaultKey;
  try {
    vaultKey = fromBase64Url(coseKey);
    if (parseCoseKey(vaultKey).alg !== Algorithm.Ed25519) throw new TypeError('algorithm');
  } catch {
    return { ok: false, code: 'client.vault-key-invalid' };
  }
  const entry = await load(staffId);
  if (!entry) return { ok: false, code: 'client.approval-key-missing' };
  if (entry.vaultKey !== null) return equal(entry.vaultKey, vaultKey) ? { ok: true } : { ok: false, code: 'client.vault-key-changed' };
  await transact('readwrite', (store) => store.put({ ...entry, vaultKey }));
  return { ok: true };
}

/** Forgets key and pin: the person has to be enrolled anew. @param {string} staffId */
export const forgetApprovalKey = async (staffId) => {
  await transact('readwrite', (store) => store.delete(staffId));
};

/** @param {string} staffId @returns {Promise<{ signer: import('./cose.js').Signer, vaultKey: import('./cose.js').PublicKey | null }>} */
export async function loadApprovalKey(staffId) {
  const entry = await load(staffId);
  if (!entry) throw new Refusal('client.approval-key-missing');
  const kid = await signingKid({ alg: Algorithm.Esp256, public: entry.publicKey });
  return {
    signer: { alg: Algorithm.Esp256, kid, key: entry.privateKey },
    vaultKey: entry.vaultKey === null ? null : parseCoseKey(entry.vaultKey),
  };
}
