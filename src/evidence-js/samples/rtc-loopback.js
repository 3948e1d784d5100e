// The page of the sample: a call with itself, frames encrypted in a Worker, the last 30 seconds kept, and a report on a person's click.
import { openMeeting } from 'moderation-sdk/host';
import { join } from './join.js';

const at = (id) => /** @type {any} */ (document.querySelector(`#${id}`));
const say = (text) => (at('said').textContent = text);

// A moving picture and a tone: no camera, no microphone, nobody's likeness.
const pen = at('picture').getContext('2d');
let n = 0;
setInterval(() => {
  pen.fillStyle = `hsl(${(n * 3) % 360} 70% 45%)`;
  pen.fillRect(0, 0, 320, 240);
  pen.fillStyle = '#fff';
  pen.font = '64px sans-serif';
  pen.fillText(String(n++), 24, 140);
}, 40);
const audio = new AudioContext();
const tone = audio.createOscillator();
const microphone = audio.createMediaStreamDestination();
tone.frequency.value = 440;
tone.connect(microphone);
tone.start();
const sent = new MediaStream([...at('picture').captureStream(25).getTracks(), ...microphone.stream.getTracks()]);

const meeting = await join();
const session = await openMeeting({ ...meeting, windowMs: 30_000 });
session.addEventListener('diagnostics', (event) => console.warn('moderation', event.detail.code, event.detail.title));

const worker = new Worker('frame-crypto.js', { type: 'module' });
const hasScriptTransform = 'RTCRtpScriptTransform' in globalThis;
const configuration = /** @type {any} */ (hasScriptTransform ? {} : { encodedInsertableStreams: true });
const [sender, receiver] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)];
sender.onicecandidate = ({ candidate }) => receiver.addIceCandidate(candidate ?? undefined);
receiver.onicecandidate = ({ candidate }) => sender.addIceCandidate(candidate ?? undefined);

/** Puts the Worker between a sender or receiver and the network. */
function transform(end, options, transfer) {
  if (hasScriptTransform) {
    end.transform = new RTCRtpScriptTransform(worker, options, transfer);
  } else {
    const { readable, writable } = end.createEncodedStreams();
    worker.postMessage({ readable, writable, ...options }, [readable, writable, ...transfer]);
  }
}

const received = new MediaStream();
at('received').srcObject = received;
const keyFrames = new Map();
receiver.ontrack = ({ track, receiver: end }) => {
  received.addTrack(track);
  const kind = /** @type {'video' | 'audio'} */ (track.kind);
  const kept = session.addTrack({ participant: meeting.subject, kind, codec: kind === 'video' ? 'vp8' : 'opus' });
  const port = session.tapPort(kept);
  const { port1, port2 } = new MessageChannel();
  keyFrames.set(kept.id, port1);
  transform(end, { side: 'receive', port, keyframes: port2 }, [port, port2]);
};
session.addEventListener('keyframeneeded', (event) => keyFrames.get(/** @type {any} */ (event).track.id)?.postMessage('keyframe'));

for (const track of sent.getTracks()) transform(sender.addTrack(track, sent), { side: 'send' }, []);
const video = sender.getTransceivers().find((each) => each.sender.track?.kind === 'video');
const vp8 = RTCRtpSender.getCapabilities('video').codecs.filter(({ mimeType }) => /vp8/i.test(mimeType));
video.setCodecPreferences(vp8);
await sender.setLocalDescription();
await receiver.setRemoteDescription(sender.localDescription);
await receiver.setLocalDescription();
await sender.setRemoteDescription(receiver.localDescription);

setInterval(() => (at('held').textContent = `${session.bufferedUnits} pieces held, ${Math.round(session.bufferedBytes / 1024)} KiB`), 500);
at('freeze').disabled = false;

let draft = null;
const Kinds = { 2: 'media', 3: 'chat', 4: 'picture', 5: 'note', 7: 'gap' };
at('freeze').onclick = (gesture) => {
  draft = session.freeze({ subjects: [meeting.subject], windowMs: 30_000, gesture });
  session.setReportDialogOpen(true);
  at('segments').replaceChildren(...draft.segments.map((segment) => {
    const line = document.createElement('li');
    const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked: true, disabled: segment.gapReason !== null });
    box.dataset.start = String(segment.startMs);
    line.append(box, ` ${Kinds[segment.kind]} ${segment.stream} at ${(segment.startMs / 1000).toFixed(1)} s, ${segment.durationMs} ms, ${segment.bytes} bytes`);
    box.onchange = () => {
      const index = draft.segments.findIndex((each) => each.startMs === segment.startMs && each.stream === segment.stream && each.gapReason === null);
      if (!box.checked && index >= 0) draft.exclude({ index });
      box.disabled = true; // what is out stays out of this draft
    };
    return line;
  }));
  at('draft').showModal();
};
at('cancel').onclick = () => {
  draft?.discard();
  close();
};
function close() {
  session.setReportDialogOpen(false);
  at('draft').close();
}
at('send').onclick = async () => {
  try {
    if (at('note').value) draft.addNote(at('note').value);
    const receipt = await draft.submit({ reason: 'harassment', onProgress: ({ bytes, ofBytes }) => (at('progress').value = bytes / ofBytes) });
    close();
    say(`Thank you. Report ${receipt.reportId}`);
  } catch (error) {
    say(`Not sent: ${error.code ?? error.message}. Press Send again to resume.`);
  }
};
