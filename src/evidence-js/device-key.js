// The device's signing key, non-extractable, and where its chain of reports stands (evidence-bundle.md 5.4), kept by the browser.
import { toBase64Url, toHex } from './bytes.js';
import { Algorithm, encodeCoseKey, signingKid } from './cose.js';
import { transact } from './database.js';

const Where = { database: 'moderation-device-keys', store: 'keys', keyPath: 'name' };
const Zeros = '00'.repeat(32);

/** @typedef {{ contentId: string, counter: number }} ChainPair contentId in hex */
/** @typedef {{ accepted: ChainPair, inFlight: ChainPair | null }} ChainState */

/** Content id and counter of the last accepted manifest and of at most one in flight. Holds no secret. */
export class DeviceChain {
  #state;
  #save;

  /** @param {ChainState} [state] @param {(state: ChainState) => Promise<unknown>} [save] without it the chain lives as long as this page */
  constructor(state, save = async () => {}) {
    this.#state = state ?? { accepted: { contentId: Zeros, counter: 0 }, inFlight: null };
    this.#save = save;
  }

  /** Whether the server's pair is the accepted or the in-flight one; otherwise nothing may be sent. @param {Uint8Array} contentId @param {number} counter */
  async agrees(contentId, counter) {
    const is = (pair) => pair !== null && pair.contentId === toHex(contentId) && pair.counter === counter;
    if (is(this.#state.accepted)) return true;
    if (!is(this.#state.inFlight)) return false;
    await this.accepted(contentId, counter);
    return true;
  }

  /** @param {Uint8Array} contentId @param {number} counter */
  async sending(contentId, counter) {
    await this.#set({ ...this.#state, inFlight: { contentId: toHex(contentId), counter } });
  }

  /** @param {Uint8Array} contentId @param {number} counter */
  async accepted(contentId, counter) {
    await this.#set({ accepted: { contentId: toHex(contentId), counter }, inFlight: null });
  }

  async #set(state) {
    this.#state = state;
    await this.#save(state);
  }
}

/**
 * @typedef {import('./cose.js').Signer & { chain: DeviceChain, publicKey: Uint8Array, coseKey: Uint8Array, certificateHash?: Uint8Array }} DeviceSigner
 * `publicKey` and `alg` are what the platform registers with the service under `kid`.
 */

/** @param {number} alg -19 Ed25519 or -9 ESP256 @returns {Promise<{ privateKey: CryptoKey, publicKey: Uint8Array }>} */
async function generate(alg) {
  const algorithm = alg === Algorithm.Ed25519 ? 'Ed25519' : { name: 'ECDSA', namedCurve: 'P-256' };
  const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']));
  return { privateKey: pair.privateKey, publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)) };
}

/** @param {number} alg @param {CryptoKey} privateKey @param {Uint8Array} publicKey @param {DeviceChain} chain @returns {Promise<DeviceSigner>} */
async function signerOf(alg, privateKey, publicKey, chain) {
  const key = { alg, public: publicKey };
  return { alg, kid: await signingKid(key), key: privateKey, publicKey, coseKey: encodeCoseKey(key), chain };
}

/** A device key that lives as long as this page: for tests and for devices that register anew each time. @param {number} [alg] @returns {Promise<DeviceSigner>} */
export async function temporaryDeviceKey(alg = Algorithm.Ed25519) {
  const { privateKey, publicKey } = await generate(alg);
  return signerOf(alg, privateKey, publicKey, new DeviceChain());
}

/**
 * This browser's device key for a name (an account, say), made if there is none: Ed25519, or P-256 where the browser has no Ed25519.
 * @param {string} name @returns {Promise<DeviceSigner>}
 */
export async function ensureDeviceKey(name) {
  const load = () => transact(Where, 'readonly', (store) => store.get(name));
  let entry = await load();
  if (!entry) {
    let alg = /** @type {number} */ (Algorithm.Ed25519);
    const pair = await generate(alg).catch(() => generate((alg = Algorithm.Esp256)));
    await transact(Where, 'readwrite', (store) => store.add({ name, alg, ...pair, chain: null })).catch((error) => {
      if (error?.name !== 'ConstraintError') throw error; // another tab was first: both use its key
    });
    entry = await load();
  }
  const chain = new DeviceChain(entry.chain ?? undefined, (state) =>
    transact(Where, 'readwrite', (store) => store.put({ ...entry, chain: state })));
  return signerOf(entry.alg, entry.privateKey, entry.publicKey, chain);
}

/** What a platform's server registers: `PUT /v1/accounts/{ext}/devices/{kid}` with alg and public_key. @param {DeviceSigner} signer */
export const describeDevice = (signer) => ({ kid: toBase64Url(signer.kid), alg: signer.alg, public_key: toBase64Url(signer.publicKey) });
