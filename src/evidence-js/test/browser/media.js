// Frames from the browser's own encoders through the groups and muxers of the host into the player of the desk.
import { PictureGroups, SoundGroups } from '../../groups.js';
import { Player } from '../../player.js';
import { record } from '../../recorder.js';

const WindowStart = 3_600_000; // an hour into the meeting
const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('#picture'));
const pen = canvas.getContext('2d');
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function draw(n) {
  pen.fillStyle = `hsl(${(n * 7) % 360} 80% 50%)`;
  pen.fillRect(0, 0, 320, 240);
  pen.fillStyle = '#fff';
  pen.font = '64px sans-serif';
  pen.fillText(String(n), 20, 120);
}

/** Three seconds at 25 a second, a key frame each 2 s; the first group is cut once, so that a continuation comes out. */
async function pictures(codec, type) {
  const units = [];
  const groups = new PictureGroups(codec, (unit) => units.push(unit));
  const chunks = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      chunks.push({ ms: Math.round(chunk.timestamp / 1000), data });
    },
    error: (error) => chunks.push({ error }),
  });
  const config = { codec: type, width: 320, height: 240, bitrate: 500_000, latencyMode: 'realtime', ...(codec === 'h264' ? { avc: { format: 'annexb' } } : {}) };
  if (!(await VideoEncoder.isConfigSupported(config)).supported) return null;
  encoder.configure(config);
  for (let n = 0; n < 100; n++) {
    draw(n);
    const frame = new VideoFrame(canvas, { timestamp: n * 40_000 });
    encoder.encode(frame, { keyFrame: n % 50 === 0 });
    frame.close();
  }
  await encoder.flush();
  for (const [i, chunk] of chunks.entries()) {
    if (chunk.error) throw chunk.error;
    groups.take(WindowStart + chunk.ms, chunk.data);
    if (i === 25) groups.flush(WindowStart + chunks[26].ms);
  }
  groups.flush();
  return units;
}

async function sound() {
  const units = [];
  const groups = new SoundGroups((unit) => units.push(unit), 1);
  const packets = [];
  const encoder = new AudioEncoder({
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      packets.push({ ms: Math.round(chunk.timestamp / 1000), data });
    },
    error: (error) => packets.push({ error }),
  });
  encoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
  const samples = Float32Array.from({ length: 48_000 * 4 }, (_, i) => 0.3 * Math.sin((i / 48_000) * 2 * Math.PI * 440));
  encoder.encode(new AudioData({ format: 'f32', sampleRate: 48_000, numberOfFrames: samples.length, numberOfChannels: 1, timestamp: 0, data: samples }));
  await encoder.flush();
  for (const packet of packets) groups.take(WindowStart + packet.ms, packet.data);
  groups.flush();
  return units;
}

/** What adapter B makes of four seconds of the canvas or of a tone. */
async function recorded(track) {
  const units = [];
  const started = performance.now();
  const faults = [];
  const recording = record(track, {
    now: () => WindowStart + (performance.now() - started), sink: (unit) => units.push(unit), onFault: (error) => faults.push(error),
  });
  for (let n = 0; n < 100; n++) {
    draw(n);
    await wait(40);
  }
  recording.stop();
  await wait(500);
  recording.flush();
  if (faults.length > 0) throw faults[0];
  return units;
}

/** Plays units alone and says what came out. */
async function play(units, isLate) {
  const participant = 'aa'.repeat(16);
  const failures = [];
  const player = new Player(document.querySelector('#tiles'), (event) => event.type === 'unplayable' && failures.push(event));
  const segments = units.map((unit, index) => ({
    index, kind: 2, participant, stream: 1, t0: unit.startMs, duration: unit.durationMs, content: unit.content, asked: true,
  }));
  player.plan({ windowStart: WindowStart, windowEnd: Math.max(...segments.map((s) => s.t0 + s.duration)) }, segments);
  const give = (s) => player.take({ ...s, state: 'verified', code: null, grade: 'G0', headerMissing: false, bytes: units[s.index].bytes.slice().buffer });
  // Late: the continuation arrives after the group behind it was appended.
  for (const s of isLate ? [...segments].sort((a, b) => (a.content > 256 ? 1 : 0) - (b.content > 256 ? 1 : 0)) : segments) {
    give(s);
    await wait(150);
  }
  player.settle();
  await wait(300);
  const total = player.duration;
  const before = player.state().tracks[0];
  player.seek(0);
  player.setRate(2);
  player.play();
  const element = /** @type {any} */ (document.querySelector('#tiles video, #tiles audio'));
  for (let i = 0; i < 80 && player.isPlaying; i++) await wait(100);
  const result = {
    units: units.map((unit) => [unit.content, unit.startMs - WindowStart, unit.durationMs]), failures, total,
    buffered: before.buffered, type: before.type, frames: element.getVideoPlaybackQuality?.().totalVideoFrames ?? null,
    ended: !player.isPlaying, elementTime: Math.round(element.currentTime * 1000), error: element.error?.message ?? null,
  };
  player.close();
  return result;
}

async function run() {
  const results = {};
  const attempt = async (name, make, isLate = false) => {
    try {
      const units = await make();
      results[name] = units === null ? { unsupported: true } : await play(units, isLate);
    } catch (error) {
      results[name] = { error: String(error?.stack ?? error) };
    }
  };
  await attempt('vp8', () => pictures('vp8', 'vp8'));
  await attempt('vp8-late', () => pictures('vp8', 'vp8'), true);
  await attempt('vp9', () => pictures('vp9', 'vp09.00.10.08'));
  await attempt('vp9-late', () => pictures('vp9', 'vp09.00.10.08'), true);
  await attempt('h264', () => pictures('h264', 'avc1.42001f'));
  await attempt('opus', sound);
  await attempt('recorded-video', () => recorded(canvas.captureStream(25).getVideoTracks()[0]));
  for (const codec of ['vp09', 'av01']) {
    await attempt(`recorded-${codec}`, async () => {
      const isSupported = MediaRecorder.isTypeSupported.bind(MediaRecorder);
      const type = { vp09: 'video/mp4;codecs=vp9', av01: 'video/mp4;codecs=av01.0.04M.08' }[codec];
      if (!isSupported(type)) return null;
      MediaRecorder.isTypeSupported = (each) => each === type;
      try {
        return await recorded(canvas.captureStream(25).getVideoTracks()[0]);
      } finally {
        MediaRecorder.isTypeSupported = isSupported;
      }
    });
  }
  await attempt('recorded-audio', () => {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const out = context.createMediaStreamDestination();
    tone.connect(out);
    tone.start();
    return recorded(out.stream.getAudioTracks()[0]);
  });
  return results;
}

window.results = await run();
