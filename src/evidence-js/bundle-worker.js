// The Worker of `openBundle`: keys, ciphertext and checks live here; reading and asking for keys is done by the page, by message.
import { parseCoseKey } from './cose.js';
import { runOpening } from './opening.js';
import { Refusal } from './refusal.js';

const waiting = new Map();
let calls = 0;

const call = (name, argument) => new Promise((resolve, reject) => {
  waiting.set(++calls, { resolve, reject });
  self.postMessage({ call: name, argument, id: calls });
});

/** @type {import('./opening.js').Focus} */
const focus = { ms: 0 };

self.onmessage = async ({ data }) => {
  if (data.focus !== undefined) {
    focus.ms = data.focus;
    return focus.hurry?.();
  }
  if (data.start === undefined) {
    const { resolve, reject } = waiting.get(data.id);
    waiting.delete(data.id);
    return data.code === undefined ? resolve(data.value) : reject(new Refusal(data.code, data.detail));
  }
  const { reportId, indices, vaultKey } = data.start;
  const base = `/v1/reports/${encodeURIComponent(reportId)}`;
  const read = (path) => call('fetch', base + path);
  await runOpening({
    api: {
      manifest: () => read('/manifest'), table: () => read('/table'), descriptor: (i) => read(`/segments/${i}/descriptor`), segment: (i) => read(`/segments/${i}`),
      receipt: (i) => read(`/receipts/${i}`), keyReleases: () => Promise.reject(new Refusal('client.fault')),
    },
    requestKeys: (ask) => call('requestKeys', ask), indices, vaultKey: parseCoseKey(vaultKey), now: () => Date.now(), focus,
    post: (message, transfer = []) => self.postMessage(message, { transfer }),
  });
};
