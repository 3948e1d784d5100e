// The sample's end-to-end encryption, in a Worker: each frame under AES-GCM, and on the receiving side a tap after decryption.
// A stand-in for your stack's own transform: what matters to the SDK is the one line with `tapFrom`.
import { tapFrom } from '/sdk/tap.js'; // import maps do not reach into Workers

const key = crypto.subtle.importKey('raw', new Uint8Array(32).fill(7), 'AES-GCM', false, ['encrypt', 'decrypt']);
let counter = 0;

const encrypt = () => new TransformStream({
  async transform(frame, controller) {
    const iv = new Uint8Array(12);
    new DataView(iv.buffer).setUint32(8, ++counter);
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await key, frame.data));
    const data = new Uint8Array(12 + sealed.length);
    data.set(iv);
    data.set(sealed, 12);
    frame.data = data.buffer;
    controller.enqueue(frame);
  },
});

const decrypt = () => new TransformStream({
  async transform(frame, controller) {
    try {
      const bytes = new Uint8Array(frame.data);
      frame.data = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.subarray(0, 12) }, await key, bytes.subarray(12));
      controller.enqueue(frame);
    } catch {
      // a frame that does not decrypt is dropped, as in any real stack
    }
  },
});

/** Side `send` encrypts; side `receive` decrypts and taps. */
function start({ readable, writable }, { side, port }) {
  if (side === 'send') return readable.pipeThrough(encrypt()).pipeTo(writable);
  return readable.pipeThrough(decrypt()).pipeThrough(tapFrom(port)).pipeTo(writable);
}

// RTCRtpScriptTransform, the standard way.
self.onrtctransform = ({ transformer }) => {
  const { readable, writable, options } = transformer;
  if (options.side === 'receive') options.keyframes.onmessage = () => transformer.sendKeyFrameRequest?.().catch(() => {});
  start({ readable, writable }, options);
};
// createEncodedStreams, where the browser has only that: the page transfers the streams.
self.onmessage = ({ data }) => start(data, data);
