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

/**
 * For a library that installs its own Worker: call this in a Worker of yours, then import the library's. The library decrypts into a tap
 * instead of into the call, and the tap passes on untouched. RTCRtpScriptTransform only.
 * @param {(options: any) => MessagePort | undefined} portOf the port for a transformer's options (what the library passes to
 *   RTCRtpScriptTransform); undefined leaves that transformer alone, as for every sender
 */
export function tapBehind(portOf) {
  // Registered before the library's own handler, so that it sees the exchanged transformer.
  self.addEventListener('rtctransform', (event) => {
    const { transformer } = /** @type {any} */ (event);
    const port = portOf(transformer.options);
    if (port === undefined) return;
    const tap = tapFrom(port);
    tap.readable.pipeTo(transformer.writable).catch(() => {}); // the call ended
    const read = (_, name) => {
      if (name === 'writable') return tap.writable;
      const value = Reflect.get(transformer, name);
      return typeof value === 'function' ? value.bind(transformer) : value;
    };
    Object.defineProperty(event, 'transformer', { value: new Proxy(transformer, { get: read }) });
  });
}
