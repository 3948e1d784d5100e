// For the Worker that decrypts: a tap after decryption that copies each frame to the session's port and passes it on untouched.

/** What of an encoded frame the session needs: its time and its payload. @param {any} frame @returns {{ rtp: number, data: ArrayBuffer }} data copied */
export function copyFrame(frame) {
  const metadata = frame.getMetadata?.() ?? {};
  return { rtp: metadata.rtpTimestamp ?? frame.timestamp ?? 0, data: frame.data.slice(0) };
}

/**
 * Pipe the decrypted frames through it: `readable.pipeThrough(decrypt).pipeThrough(tapFrom(port)).pipeTo(writable)`.
 * It never blocks and never throws: the call comes first.
 * @param {MessagePort} port from `session.tapPort(track)`, transferred to this Worker @returns {TransformStream}
 */
export function tapFrom(port) {
  return new TransformStream({
    transform(frame, controller) {
      let copy = null;
      try {
        copy = copyFrame(frame);
      } catch {
        copy = null; // told by the session as a hole
      }
      controller.enqueue(frame);
      try {
        if (copy !== null) port.postMessage(copy, [copy.data]);
      } catch {
        // the page is gone
      }
    },
  });
}
