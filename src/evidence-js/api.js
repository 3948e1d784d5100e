// The evidence routes of the HTTP API, same-origin, as bytes; a problem+json answer becomes a Refusal with its code.
import { Refusal } from './refusal.js';

/**
 * @typedef {object} EvidenceApi
 * @property {() => Promise<Uint8Array>} manifest
 * @property {() => Promise<Uint8Array>} [table] CBOR array of all descriptors; without it they are asked for one by one
 * @property {(index: number) => Promise<Uint8Array>} descriptor
 * @property {(index: number) => Promise<Uint8Array>} segment
 * @property {(index: number) => Promise<Uint8Array>} receipt
 * @property {(body: Uint8Array) => Promise<Uint8Array>} keyReleases body: CBOR array [grant bstr, key request bstr]
 */

/**
 * @param {string} reportId @param {Record<string, string>} [headers] sent with the POST (antiforgery, claim)
 * @param {AbortSignal} [signal] @param {typeof fetch} [send]
 * @returns {EvidenceApi}
 */
export function evidenceApi(reportId, headers = {}, signal, send = (input, init) => globalThis.fetch(input, init)) {
  const base = `/v1/reports/${encodeURIComponent(reportId)}`;
  const call = async (path, options = {}) => {
    let response;
    try {
      response = await send(base + path, { credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal, ...options });
    } catch {
      throw new Refusal('client.network');
    }
    if (!response.ok) throw new Refusal(...(await readProblem(response)));
    return new Uint8Array(await response.arrayBuffer());
  };
  return {
    manifest: () => call('/manifest'),
    table: () => call('/table'),
    descriptor: (index) => call(`/segments/${index}/descriptor`),
    // Ciphertext never changes and may have been prefetched; everything else is asked for anew.
    segment: (index) => call(`/segments/${index}`, { cache: 'default' }),
    receipt: (index) => call(`/receipts/${index}`),
    keyReleases: (body) =>
      call('/key-releases', { method: 'POST', headers: { ...headers, 'Content-Type': 'application/cbor' }, body }),
  };
}

/** @param {Response} response @returns {Promise<[string, object]>} */
async function readProblem(response) {
  const problem = await response.json().catch(() => ({}));
  const code = typeof problem.code === 'string' ? problem.code : `client.http-${response.status}`;
  return [code, { status: response.status, title: problem.title ?? null, traceId: problem.trace_id ?? problem.traceId ?? null }];
}
