// The intake API as a host's client speaks it (evidence-bundle.md 17). What a server answers is data here: it can start nothing.
import { fromBase64Url, toBase64Url } from './bytes.js';
import { Refusal } from './refusal.js';

/** @typedef {{ endpoint: string, getToken: () => string | Promise<string>, fetch?: typeof fetch }} HostConnection */

/** `Retry-After` is seconds or a date (RFC 9110 10.2.3). @param {string | null} text @returns {number | null} ms */
function retryAfter(text) {
  if (text === null || text.trim() === '') return null;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

export class HostApi {
  #connection;

  /** @param {HostConnection} connection */
  constructor(connection) {
    this.#connection = connection;
  }

  async #call(method, path, body, type) {
    const { endpoint, getToken, fetch: send = globalThis.fetch } = this.#connection;
    const token = await getToken();
    let response;
    try {
      response = await send(endpoint.replace(/\/$/, '') + path, {
        method, body, cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer',
        headers: { Authorization: `Bearer ${token}`, ...(type ? { 'Content-Type': type } : {}) },
      });
    } catch {
      throw new Refusal('client.network');
    }
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    const code = typeof problem.code === 'string' ? problem.code : `client.http-${response.status}`;
    throw new Refusal(code, {
      status: response.status, title: problem.title ?? null, traceId: problem.trace_id ?? null, missing: problem.missing ?? null,
      retryAfterMs: retryAfter(response.headers.get('Retry-After')),
    });
  }

  async #json(method, path, body, type) {
    const response = await this.#call(method, path, body, type);
    const value = await response.json().catch(() => null);
    if (value === null || typeof value !== 'object') throw new Refusal('client.answer-malformed');
    return value;
  }

  /** @param {Uint8Array} kid @param {Uint8Array} meeting @param {Uint8Array} reporter */
  async challenge(kid, meeting, reporter) {
    const body = JSON.stringify({ device_kid: toBase64Url(kid), meeting: toBase64Url(meeting), reporter: toBase64Url(reporter) });
    const answer = await this.#json('POST', '/v1/reports/challenges', body, 'application/json');
    if (answer.key_checkpoint !== null && answer.key_checkpoint !== undefined) throw new Refusal('client.key-log-unsupported');
    try {
      const issued = {
        challenge: fromBase64Url(answer.challenge), lastCounter: answer.last_counter, lastContentId: fromBase64Url(answer.last_content_id),
        recipientKeys: fromBase64Url(answer.recipient_keys),
      };
      if (issued.challenge.length !== 32 || issued.lastContentId.length !== 32 || !Number.isSafeInteger(issued.lastCounter)) throw new TypeError();
      return issued;
    } catch {
      throw new Refusal('client.answer-malformed');
    }
  }

  /** @param {string} code @returns {Promise<number>} the number that goes into the manifest */
  async reasonNumber(code) {
    const reasons = await this.#json('GET', '/v1/reasons');
    const found = Array.isArray(reasons) ? reasons.find((reason) => reason.code === code) : undefined;
    if (found === undefined) throw new Refusal('client.reason-unknown');
    return found.number;
  }

  /** @param {Uint8Array} head @returns {Promise<{ reportId: string, missing: number[] }>} */
  async sendHead(head) {
    const answer = await this.#json('POST', '/v1/reports', head, 'application/vnd.evb1');
    return { reportId: String(answer.report_id), missing: answer.missing ?? [] };
  }

  /** @param {string} report @param {Uint8Array} filing */
  async sendFiling(report, filing) {
    await this.#call('PUT', `/v1/reports/${encodeURIComponent(report)}/filing`, filing, 'application/cose');
  }

  /** A report without media. @param {Uint8Array} filing @returns {Promise<{ reportId: string }>} */
  async sendLoneFiling(filing) {
    const answer = await this.#json('POST', '/v1/filings', filing, 'application/cose');
    return { reportId: String(answer.report_id) };
  }

  /** @param {string} report @param {number} index @param {Uint8Array} sealed */
  async sendSegment(report, index, sealed) {
    await this.#call('PUT', `/v1/reports/${encodeURIComponent(report)}/segments/${index}`, sealed, 'application/octet-stream');
  }

  /** @param {string} report @returns {Promise<{ state: string, missing: number[] }>} */
  async status(report) {
    const answer = await this.#json('GET', `/v1/reports/${encodeURIComponent(report)}`);
    return { state: String(answer.state), missing: answer.missing ?? [] };
  }

  /** @param {string} report @returns {Promise<Uint8Array>} the intake receipt */
  async complete(report) {
    const answer = await this.#json('POST', `/v1/reports/${encodeURIComponent(report)}/complete`);
    try {
      return fromBase64Url(answer.receipt);
    } catch {
      throw new Refusal('client.answer-malformed');
    }
  }
}
