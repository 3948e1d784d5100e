// `openBundle` and `play` of sdk-and-cli.md 1.4: a report opened in a Worker by W1-W9, with a fetch and a key request of the caller's own.
import { encodeCoseKey } from './cose.js';
import { Kind } from './descriptor.js';
import { Player } from './player.js';
import { Refusal } from './refusal.js';

/** @typedef {{ contentId: Uint8Array, indices: number[], recipient: Uint8Array }} KeyAsk recipient: the Worker's own X25519 public key */
/** @typedef {{ grantId: Uint8Array, requestId: Uint8Array, answer: Uint8Array }} KeyAnswer answer: CBOR array of releases, one for each index */
/**
 * @typedef {object} BundleOptions
 * @property {string} reportId
 * @property {(ask: KeyAsk) => Promise<KeyAnswer>} requestKeys signs and sends a key request (evidence-bundle.md 20.1)
 * @property {import('./cose.js').PublicKey | Uint8Array} pinnedVaultKey COSE_Key, or what is in it
 * @property {typeof fetch} [fetch] how evidence is read; the page's own origin unless told otherwise
 * @property {number[] | null} [indices] null: all
 */

/**
 * One opened report. Events: `segment` with `detail.state` `verified`, `altered` or `missing` and the members of the README;
 * `manifest`, `plan`, `table`, `error`, `done` with their message as `detail`.
 */
export class ReviewBundle extends EventTarget {
  #worker;
  #options;
  /** Messages so far, so that a player attached later misses nothing. @type {any[]} */
  #messages = [];
  /** @type {Set<(message: any) => void>} */
  #listeners = new Set();

  /** @param {BundleOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#worker = new Worker(new URL('./bundle-worker.js', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }) => void this.#onMessage(data);
    this.#worker.onerror = (error) => this.#take({ type: 'error', code: 'client.fault', title: error.message });
    const key = options.pinnedVaultKey;
    this.#worker.postMessage({
      start: { reportId: options.reportId, indices: options.indices ?? null, vaultKey: key instanceof Uint8Array ? key : encodeCoseKey(key) },
    });
  }

  /** What the Worker cannot do itself: the caller's functions run here, bytes go back. */
  async #onMessage(data) {
    if (data.call === undefined) return this.#take(data);
    try {
      const value = data.call === 'fetch' ? await this.#read(data.argument) : await this.#options.requestKeys(data.argument);
      this.#worker?.postMessage({ id: data.id, value });
    } catch (error) {
      const code = error instanceof Refusal ? error.code : 'client.network';
      this.#worker?.postMessage({ id: data.id, code, detail: error instanceof Refusal ? error.detail : {} });
    }
  }

  async #read(path) {
    const send = this.#options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    const response = await send(path, { credentials: 'same-origin', cache: 'no-store', redirect: 'error' });
    if (!response.ok) throw new Refusal(`client.http-${response.status}`, { status: response.status });
    return new Uint8Array(await response.arrayBuffer());
  }

  #take(message) {
    this.#messages.push(message);
    for (const listener of this.#listeners) listener(message);
    const { type, bytes: _, ...told } = message;
    if (type === 'segment') {
      const isAbsent = ['client.network', 'client.http-404'].includes(told.code);
      told.state = told.state === 'verified' ? 'verified' : isAbsent ? 'missing' : 'altered';
    }
    this.dispatchEvent(new CustomEvent(type, { detail: told }));
    if (type === 'done') this.#stop();
  }

  /** Every message so far and to come, media included: for `play`. @param {(message: any) => void} listener */
  follow(listener) {
    for (const message of this.#messages) listener(message);
    this.#listeners.add(listener);
  }

  /** What is not opened yet is opened from here on. @param {number} ms from the window's start */
  focus(ms) {
    this.#worker?.postMessage({ focus: ms });
  }

  #stop() {
    this.#worker?.terminate();
    this.#worker = null;
  }

  /** Stops the Worker and drops everything decrypted. */
  close() {
    this.#stop();
    for (const message of this.#messages) if (message.bytes) new Uint8Array(message.bytes).fill(0);
    this.#messages = [];
    this.#listeners.clear();
  }
}

/** @param {BundleOptions} options @returns {Promise<ReviewBundle>} */
export async function openBundle(options) {
  if (globalThis.isSecureContext !== true || globalThis.crypto?.subtle === undefined) throw new Refusal('client.insecure-context');
  return new ReviewBundle(options);
}

/**
 * Plays an opened bundle: a tile for each participant, blurred, grey, silent and still until told otherwise.
 * @param {ReviewBundle} bundle @param {{ video: HTMLElement, audio?: boolean, onEvent?: (event: any) => void }} where
 *   video: the element that takes the tiles; audio: whether sound is on from the start
 * @returns {Player} play, pause, seek, setRate, setMuted, reveal, state, close
 */
export function play(bundle, { video, audio = false, onEvent = () => {} }) {
  const player = new Player(video, onEvent);
  let window = null;
  bundle.follow((message) => {
    if (message.type === 'manifest') window = message;
    if (message.type === 'plan') player.plan(window, message.segments.filter((segment) => segment.kind !== 0));
    if (message.type === 'segment' && message.kind !== Kind.Gap) {
      // The player zeroes what it is given when it closes; the bundle keeps its own.
      player.take(message.bytes ? { ...message, bytes: message.bytes.slice(0) } : message);
    }
    if (message.type === 'done') player.settle();
  });
  player.onSeek = (ms) => bundle.focus(ms);
  player.setMuted(!audio);
  return player;
}
