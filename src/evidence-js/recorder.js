// Adapter B: records a decoded track with MediaRecorder as MP4, one unit for each group of pictures or two seconds of sound.
import { concat } from './bytes.js';
import { Codec } from './codecs.js';
import { Continuation } from './descriptor.js';
import { FragmentStream } from './fragments.js';
import { mediaType } from './mp4.js';
import { Refusal } from './refusal.js';

const Types = {
  video: ['video/mp4;codecs=avc1.42E01F', 'video/mp4;codecs=vp9', 'video/mp4;codecs=vp09.00.21.08', 'video/mp4;codecs=av01.0.04M.08'],
  audio: ['audio/mp4;codecs=opus', 'video/mp4;codecs=opus'],
};
const GroupMs = 2_000;
const MostMs = 8_000;
const MostBytes = 2 * 1024 * 1024;
const Contents = { vp09: Codec.vp9, av01: Codec.av1, avc1: Codec.h264, avc3: Codec.h264, opus: Codec.opus };

/** The MP4 type this browser records, or a refusal: WebM blobs are cut inside elements and are never taken. @param {'video' | 'audio'} kind */
export function recorderType(kind) {
  const type = Types[kind].find((each) => globalThis.MediaRecorder?.isTypeSupported(each));
  if (type === undefined) throw new Refusal('client.recorder-mp4-unsupported', { title: 'this browser records no MP4; WebM is refused' });
  return type;
}

/**
 * @param {MediaStreamTrack} source @param {{ now: () => number, sink: import('./groups.js').Sink, onFault: (error: unknown) => void }} options
 *   now: ms on the meeting clock
 * @returns {{ stop: () => void, flush: () => void }}
 */
export function record(source, { now, sink, onFault }) {
  const kind = /** @type {'video' | 'audio'} */ (source.kind);
  const options = { mimeType: recorderType(kind), videoKeyFrameIntervalDuration: GroupMs };
  const recorder = new MediaRecorder(new MediaStream([source]), options);
  let startMs = now();
  let group = null;
  let hasHead = false;

  const flush = () => {
    if (group === null) return;
    const { header, parts, startMs: from, endMs, isContinuation } = group;
    group = null;
    const bytes = concat(header, ...parts);
    for (const part of parts) part.fill(0);
    const codec = /codecs="(\w{4})/.exec(mediaType(1, header))?.[1] ?? '';
    const base = Contents[codec];
    if (base === undefined) throw new Refusal('client.codec-unsupported');
    sink({ startMs: from, durationMs: endMs - from, content: base + (isContinuation ? Continuation : 0), isContinuation, bytes });
  };

  const stream = new FragmentStream((fragment) => {
    const { header, bytes, startMs: from, durationMs, isSync } = fragment;
    const size = group?.parts.reduce((sum, part) => sum + part.length, 0) ?? 0;
    const isFull = group !== null && (from + durationMs - group.startMs > (kind === 'audio' ? GroupMs : MostMs) || size + bytes.length > MostBytes);
    const isHead = kind === 'audio' ? isFull || group === null : isSync;
    if (isHead || isFull) flush();
    if (!isHead && !hasHead) return; // waits for the first key frame
    hasHead = true;
    group ??= { header, parts: [], startMs: from, endMs: from, isContinuation: !isHead };
    group.parts.push(bytes);
    group.endMs = from + durationMs;
  });

  let chain = Promise.resolve();
  recorder.onstart = () => (startMs = now());
  recorder.ondataavailable = ({ data }) => {
    chain = chain.then(async () => stream.push(new Uint8Array(await data.arrayBuffer()), startMs)).catch((error) => {
      onFault(error);
      if (recorder.state !== 'inactive') recorder.stop();
    });
  };
  recorder.onerror = (event) => onFault(event);
  recorder.start(kind === 'audio' ? 1_000 : 500);
  return { stop: () => recorder.state !== 'inactive' && recorder.stop(), flush };
}
