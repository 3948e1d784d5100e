// The host's side of the SDK (sdk-and-cli.md 1.4): keep the last seconds of a meeting, freeze them on a person's click, seal and submit.
import { fromBase64Url, fromHex } from './bytes.js';
import { parseCoseKey } from './cose.js';
import { signFiling } from './filing.js';
import { takeGesture } from './gesture.js';
import { HostApi } from './host-api.js';
import { Refusal } from './refusal.js';
import { EvidenceSession, idOf } from './session.js';

export { DeviceChain, describeDevice, ensureDeviceKey, temporaryDeviceKey } from './device-key.js';
export { Refusal } from './refusal.js';

const DefaultWindowMs = 60_000;
const DefaultMaxBytes = 64 * 1024 * 1024;

function demandSecure() {
  if (globalThis.crypto?.subtle === undefined || globalThis.isSecureContext === false) {
    throw new Refusal('client.insecure-context', { title: 'WebCrypto needs a secure origin: serve this page over https, or from localhost' });
  }
}

/** A COSE_Key from its bytes, hex or base64url. @param {Uint8Array | string} key @returns {import('./cose.js').PublicKey} */
function keyOf(key) {
  const bytes = key instanceof Uint8Array ? key : /^([0-9a-f]{2})+$/i.test(key) ? fromHex(key) : fromBase64Url(key);
  return parseCoseKey(bytes);
}

/**
 * @typedef {object} MeetingOptions
 * @property {string} endpoint the moderation service, or your own server in front of it
 * @property {() => string | Promise<string>} getToken a bearer token of this host's account, from the platform
 * @property {{ configurationKey: Uint8Array | string, receiptKey: Uint8Array | string }} recipientKeys built into the client: the COSE_Key
 *   whose signature makes recipient keys acceptable, and the one that signs receipts (bytes, hex or base64url)
 * @property {import('./device-key.js').DeviceSigner} deviceSigner of `ensureDeviceKey(name)`, registered by the platform
 * @property {Uint8Array | string} meeting 16 bytes, server-made, one per meeting instance
 * @property {Uint8Array | string} reporter 16 bytes, this host's pseudonym in the meeting
 * @property {Date | number} epoch the meeting epoch (number: ms since 1970)
 * @property {number} [windowMs] 60,000 unless told otherwise, at most 280,000
 * @property {number} [maxBytes] 64 MiB unless told otherwise, at most 160 MiB
 * @property {string} [locale] BCP 47
 * @property {typeof fetch} [fetch]
 */

/**
 * Starts to keep the last seconds of one meeting. Sends nothing, and nothing a server sends can make it freeze or submit.
 * Refuses with `client.insecure-context` where there is no WebCrypto.
 * @param {MeetingOptions} options @returns {Promise<EvidenceSession>}
 */
export async function openMeeting(options) {
  demandSecure();
  const { endpoint, getToken, deviceSigner, locale } = options;
  return new EvidenceSession({
    endpoint, getToken, deviceSigner, locale, fetch: options.fetch, windowMs: options.windowMs ?? DefaultWindowMs,
    maxBytes: options.maxBytes ?? DefaultMaxBytes, meeting: idOf(options.meeting), reporter: idOf(options.reporter),
    epoch: Number(options.epoch), configurationKey: keyOf(options.recipientKeys.configurationKey),
    receiptKey: keyOf(options.recipientKeys.receiptKey),
  });
}

/**
 * Reports without media: a signed filing, no ring and no bundle (sdk-and-cli.md 1.5). The note is readable by the service: say so to the user.
 * @param {{ endpoint: string, getToken: () => string | Promise<string>, deviceSigner: import('./device-key.js').DeviceSigner,
 *   meeting: Uint8Array | string, reporter: Uint8Array | string, subjects?: (Uint8Array | string)[], reason: string, note?: string,
 *   locale?: string, gesture: Event, fetch?: typeof fetch }} options note: at most 1,000 characters
 * @returns {Promise<{ reportId: string }>}
 */
export async function report(options) {
  demandSecure();
  takeGesture(options.gesture);
  const { deviceSigner, reason, note, locale } = options;
  const api = new HostApi(options);
  const meeting = idOf(options.meeting);
  const reporter = idOf(options.reporter);
  const { challenge } = await api.challenge(deviceSigner.kid, meeting, reporter);
  const filing = await signFiling({
    meeting, reporter, subjects: (options.subjects ?? []).map(idOf), reason, contentId: null, challenge, createdMs: Date.now(), locale, note,
  }, deviceSigner);
  return api.sendLoneFiling(filing);
}
