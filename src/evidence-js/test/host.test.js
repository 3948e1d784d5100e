// The host's side: the ring, freezing, the draft, and sending to an intake that may misbehave.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { concat, random, toHex, utf8 } from '../bytes.js';
import { Algorithm } from '../cose.js';
import { temporaryDeviceKey } from '../device-key.js';
import { ReportDraft } from '../draft.js';
import { findGaps } from '../gaps.js';
import { openMeeting, report } from '../host.js';
import { HostApi } from '../host-api.js';
import { Kem } from '../hpke.js';
import { openBundle } from '../open.js';
import { EvidenceRing } from '../ring.js';
import { parseCoseKey } from '../cose.js';
import { makeIntake } from './support/intake.js';

const Alice = 'aa'.repeat(16);
const stream = (n, rank = 'video', more = {}) =>
  ({ participant: Alice, stream: n, kind: rank === 'text' ? 3 : 2, rank, bornMs: 0, endedMs: null, ...more });
const put = (ring, of, startMs, durationMs = 2000, length = 1000, group = undefined) =>
  ring.add({ stream: of, startMs, durationMs, content: of.rank === 'audio' ? 4 : 5, group }, new Uint8Array(length).fill(7));

test('the ring forgets what ended before its window and keeps the unit that covers the start', async () => {
  const ring = new EvidenceRing(10_000, 1 << 20);
  const camera = stream(1);
  const units = [0, 2000, 4000, 6000, 8000, 10_000].map((t) => put(ring, camera, t));
  assert.deepEqual(ring.units.map((unit) => unit.startMs), [2000, 4000, 6000, 8000, 10_000]);
  ring.forget(13_000);
  assert.deepEqual(ring.units.map((unit) => unit.startMs), [2000, 4000, 6000, 8000, 10_000]);
  ring.forget(14_000);
  assert.deepEqual(ring.units.map((unit) => unit.startMs), [4000, 6000, 8000, 10_000]);
  assert.equal(units[1].isForgotten, true);
  await assert.rejects(units[1].open(), { code: 'client.draft-gone' });
});

test('the ring never grows: video goes before sound, sound before chat, oldest first, and each is a hole with reason 64', () => {
  const ring = new EvidenceRing(60_000, 8 * 16_384);
  const [camera, microphone, chat] = [stream(1), stream(2, 'audio'), stream(0, 'text')];
  put(ring, chat, 0, 0);
  put(ring, microphone, 0);
  put(ring, camera, 1000, 2000, 30_000);
  put(ring, camera, 3000, 2000, 30_000);
  put(ring, microphone, 2000);
  assert.ok(ring.bytes <= 8 * 16_384);
  put(ring, camera, 5000, 2000, 60_000); // four blocks: both older pictures must go
  assert.deepEqual(ring.units.map((unit) => `${unit.stream.rank} ${unit.startMs}`), ['text 0', 'audio 0', 'audio 2000', 'video 5000']);
  put(ring, camera, 7000, 2000, 90_000); // six blocks: the last picture and one sound
  assert.deepEqual(ring.units.map((unit) => `${unit.stream.rank} ${unit.startMs}`), ['text 0', 'audio 2000', 'video 7000']);
  assert.equal(put(ring, camera, 9000, 2000, 200_000), null);
  assert.ok(ring.bytes <= 8 * 16_384);
});

test('continuations are evicted and frozen together with their group', () => {
  const ring = new EvidenceRing(60_000, 4 * 16_384);
  const camera = stream(1);
  const head = put(ring, camera, 0);
  const next = put(ring, camera, 2000, 2000, 1000, head);
  assert.deepEqual(ring.freeze(5000, 1500).units, [head, next]);
  const other = new EvidenceRing(60_000, 4 * 16_384);
  const first = put(other, camera, 0);
  put(other, camera, 2000, 2000, 1000, first);
  put(other, camera, 4000, 2000, 40_000);
  assert.deepEqual(other.units.map((unit) => unit.startMs), [4000]);
  assert.equal(put(other, camera, 6000, 2000, 10, first), null); // its group is gone: it could not be played
});

test('a frozen set outlives eviction and clearing, and its keys go with it', async () => {
  const ring = new EvidenceRing(4_000, 1 << 20);
  const bytes = random(40_000);
  const copy = bytes.slice();
  const unit = ring.add({ stream: stream(1), startMs: 0, durationMs: 2000, content: 5 }, bytes);
  const frozen = ring.freeze(2000, 2000);
  ring.clear();
  assert.deepEqual(await unit.open(), copy);
  assert.ok(bytes.every((byte) => byte === 0), 'the plaintext handed in is zeroed');
  for (const each of frozen.units) each.release();
  assert.equal(unit.isForgotten, true);
  assert.equal(ring.bytes, 0);
});

test('every hole of more than 250 ms is a gap that says why, also of a stream of which nothing is sent', () => {
  const ring = new EvidenceRing(60_000, 1 << 20);
  const camera = stream(1);
  const late = stream(2, 'audio', { bornMs: 6000 });
  const silent = stream(3, 'video', { endedMs: 3000 });
  ring.know(silent);
  const units = [put(ring, camera, 0), put(ring, camera, 2200), put(ring, camera, 7000)];
  put(ring, late, 6000);
  ring.note({ stream: camera, fromMs: 4300, toMs: 6900, reason: 67 });
  ring.note({ stream: null, fromMs: 9500, toMs: 10_000, reason: 68 });
  const frozen = ring.freeze(10_000, 10_000);
  const gaps = findGaps(frozen, new Set(frozen.units.filter((unit) => unit !== units[1])), 0, 10_000)
    .map((gap) => `${gap.stream?.stream ?? 0} ${gap.startMs}+${gap.durationMs} ${gap.reason}`).sort();
  assert.deepEqual(gaps, ['0 9500+500 68', '1 2200+2000 66', '1 4200+2800 67', '1 9000+500 65', '1 9500+500 68', '2 0+6000 69', '2 8000+1500 65', '2 9500+500 68', '3 0+3000 65', '3 3000+7000 69']);
});

const contextOf = (intake, device) => ({
  api: new HostApi({ endpoint: 'https://ts.example', getToken: () => 'token', fetch: intake.fetch }), device, meeting: intake.meeting,
  reporter: intake.reporter, configurationKey: parseCoseKey(intake.recipientKeys.configurationKey),
  receiptKey: parseCoseKey(intake.recipientKeys.receiptKey), now: () => Date.now(),
});

async function makeDraft(alg = Algorithm.Ed25519, kems = [Kem.X25519, Kem.X25519]) {
  const device = await temporaryDeviceKey(alg);
  const intake = await makeIntake(device, { kems });
  const ring = new EvidenceRing(60_000, 1 << 22);
  const camera = stream(1);
  put(ring, camera, 0, 2000, 50_000);
  put(ring, camera, 3000, 2000, 20_000);
  const draft = new ReportDraft(contextOf(intake, device), [new Uint8Array(16).fill(0xaa)], ring.freeze(5000, 5000));
  return { device, intake, ring, draft };
}

for (const [alg, kems] of [[Algorithm.Ed25519, [Kem.X25519, Kem.X25519]], [Algorithm.Esp256, [Kem.XWing, Kem.P256]]]) {
  test(`a draft of a device with alg ${alg} is sealed, sent, verified and opened; kems ${kems}`, async () => {
    const { intake, draft } = await makeDraft(alg, kems);
    draft.addNote('he would not stop');
    draft.addScreenshot(concat(Uint8Array.of(0x89, 0x50), random(20)), { type: 'image/png' });
    assert.deepEqual(draft.segments.map((s) => [s.kind, s.gapReason]), [[2, null], [2, null], [7, 65], [4, null], [5, null]]);
    const told = [];
    const receipt = await draft.submit({ reason: 'harassment', onProgress: (progress) => told.push(progress) });
    assert.equal(told.at(-1).sent, 5);
    const { file, state } = intake.fileOf(receipt.reportId);
    const opened = await openBundle(file, state);
    assert.equal(opened.ok, true, opened.code);
    assert.equal(new TextDecoder().decode(opened.segments[4].plaintext), 'he would not stop');
    assert.equal(intake.filings[0].reason, 'harassment');
    assert.equal(draft.isGone, true);
    await assert.rejects(draft.submit({ reason: 'harassment' }), { code: 'client.draft-gone' });
  });
}

test('what the user took out is a gap with reason 66 and its bytes are not in the bundle', async () => {
  const { intake, draft } = await makeDraft();
  draft.exclude({ index: 0 });
  const receipt = await draft.submit({ reason: 'harassment' });
  const { file, state } = intake.fileOf(receipt.reportId);
  const opened = await openBundle(file, state);
  assert.deepEqual(opened.bundle.descriptors.map((d) => [d.kind, d.content, d.plaintextLength]), [[2, 5, 20_000], [7, 66, 0], [7, 65, 0]]);
});

test('an upload that a refusal cut off resumes: the head is the same, and what arrived is not sent again', async () => {
  const { intake, draft } = await makeDraft();
  let puts = 0;
  intake.misbehave = ({ method, path }) => (/segments/.test(path) && method === 'PUT' && ++puts > 1 ? Response.json({ code: 'storage.full' }, { status: 409 }) : undefined);
  await assert.rejects(draft.submit({ reason: 'harassment' }), { code: 'storage.full' });
  assert.throws(() => draft.addNote('later'), { code: 'client.already-sent' });
  intake.misbehave = () => undefined;
  intake.calls.length = 0;
  const receipt = await draft.submit({ reason: 'harassment' });
  assert.equal(intake.reports.size, 1);
  assert.equal(intake.calls.filter((call) => /segments/.test(call.path)).length, 2);
  assert.equal(intake.calls.some((call) => call.path.endsWith('challenges')), false);
  assert.equal((await intake.verify(receipt.reportId)).ok, true);
});

test('the next report of a device names the one before, and a server that tells another history gets nothing', async () => {
  const { device, intake, draft, ring } = await makeDraft();
  await draft.submit({ reason: 'harassment' });
  const second = new ReportDraft(contextOf(intake, device), [], ring.freeze(5000, 5000));
  const receipt = await second.submit({ reason: 'harassment' });
  const { bundle } = await intake.verify(receipt.reportId);
  assert.equal(bundle.manifest.counter, 2);
  assert.equal(toHex(bundle.manifest.previous), [...intake.reports.keys()][0]);
  intake.state.devices[0].last_content_id = 'ab'.repeat(32);
  const third = new ReportDraft(contextOf(intake, device), [], ring.freeze(5000, 5000));
  await assert.rejects(third.submit({ reason: 'harassment' }), { code: 'client.chain-differs' });
  assert.equal(intake.reports.size, 2);
});

test('recipient keys that the pinned key did not sign are refused before anything is sealed, and so is a foreign receipt', async () => {
  const { device, intake, ring, draft } = await makeDraft();
  const other = await makeIntake(device);
  const context = { ...contextOf(intake, device), configurationKey: parseCoseKey(other.recipientKeys.configurationKey) };
  const refused = new ReportDraft(context, [], ring.freeze(5000, 5000));
  await assert.rejects(refused.submit({ reason: 'harassment' }), { code: 'client.recipient-keys' });
  assert.equal(intake.reports.size, 0);
  const receiptless = new ReportDraft(
    { ...contextOf(intake, device), receiptKey: parseCoseKey(other.recipientKeys.receiptKey) }, [], ring.freeze(5000, 5000));
  await assert.rejects(receiptless.submit({ reason: 'harassment' }), { code: 'client.receipt' });
  draft.discard();
});

test('a draft dies after 15 minutes', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { draft } = await makeDraft();
  t.mock.timers.tick(15 * 60_000 - 1);
  assert.equal(draft.isGone, false);
  t.mock.timers.tick(1);
  assert.equal(draft.isGone, true);
  assert.throws(() => draft.segments, { code: 'client.draft-gone' });
});

async function makeSession(changes = {}) {
  const device = await temporaryDeviceKey();
  const intake = await makeIntake(device);
  const session = await openMeeting({
    endpoint: 'https://ts.example', getToken: () => 'token', deviceSigner: device, recipientKeys: intake.recipientKeys, meeting: intake.meeting,
    reporter: intake.reporter, epoch: Date.now() - 60_000, fetch: intake.fetch, ...changes,
  });
  return { session, intake, device };
}

test('only the trusted event of a person freezes: no made-up event, object, subclass or proxy', async () => {
  const { session } = await makeSession();
  class Forged extends Event {
    get isTrusted() {
      return true;
    }
  }
  const forgeries = [
    undefined, null, {}, { isTrusted: true, type: 'click', timeStamp: performance.now() }, new Event('click'),
    new Proxy(new Event('click'), { get: (target, name) => (name === 'isTrusted' ? true : Reflect.get(target, name)) }),
    Object.create(Event.prototype, { isTrusted: { value: true } }), 'click', new MessageEvent('message', { data: 'freeze' }),
  ];
  try {
    forgeries.push(new Forged('click'));
  } catch {
    // the platform itself forbids it
  }
  for (const gesture of forgeries) assert.throws(() => session.freeze({ gesture }), { code: 'client.gesture' });
  for (const gesture of forgeries) {
    await assert.rejects(report({ endpoint: 'https://ts.example', getToken: () => 't', reason: 'spam', gesture }), { code: 'client.gesture' });
  }
  session.close();
});

test('whatever a server answers or a port brings, nothing is frozen, sealed or sent', async () => {
  const { session, intake } = await makeSession();
  intake.misbehave = () => Response.json({ freeze: true, submit: true, command: 'capture', state: 'complete' });
  const track = session.addTrack({ participant: Alice, kind: 'video', codec: 'vp8' });
  const port = session.tapPort(track);
  for (const message of ['freeze', { type: 'freeze' }, { rtp: 0, data: utf8('{"submit":true}').buffer }, null]) port.postMessage(message);
  for (const type of ['freeze', 'submit', 'message', 'report', 'keyframeneeded']) session.dispatchEvent(new Event(type));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(intake.calls, []); // not one request: there is no channel on which a command could come
  port.close();
  session.close();
});

test('no module that reads from the network can reach the ring, a freeze or a submit', () => {
  const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
  const importsOf = (name) => [...read(name).matchAll(/from '\.\/([\w-]+\.js)'/g)].map((match) => match[1]);
  const reach = (name, seen = new Set()) => {
    for (const next of importsOf(name)) if (!seen.has(next)) reach(next, seen.add(next));
    return seen;
  };
  const forbidden = ['session.js', 'draft.js', 'ring.js', 'gesture.js', 'seal.js', 'host.js'];
  for (const name of ['host-api.js', 'recipients.js', 'tap.js']) {
    assert.deepEqual([...reach(name)].filter((each) => forbidden.includes(each)), [], name);
  }
  const host = [...reach('host.js')].concat('host.js');
  const withText = (text) => host.filter((name) => read(name).includes(text)).sort();
  assert.deepEqual(withText('fetch('), []);
  assert.deepEqual(withText('globalThis.fetch'), ['host-api.js']);
  assert.deepEqual([...withText('EventSource'), ...withText('WebSocket'), ...withText('serviceWorker'), ...withText('BroadcastChannel')], []);
  assert.deepEqual(withText('new ReportDraft('), ['session.js']);
  assert.deepEqual(withText('.freeze(now'), ['session.js']);
  assert.match(read('session.js'), /freeze\(\{[^}]*\}\) \{\n    takeGesture\(gesture\);/);
  assert.deepEqual(host.filter((name) => /\.submit\(/.test(read(name))), []);
});

test('a session asks for key frames every 4 seconds or so, every 2 while a report dialog is open', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_760_000_000_000 });
  const { session } = await makeSession({ epoch: 1_760_000_000_000 - 1000 });
  const track = session.addTrack({ participant: Alice, kind: 'video', codec: 'vp8' });
  let asked = 0;
  session.addEventListener('keyframeneeded', (event) => {
    assert.equal(event.track, track);
    asked++;
  });
  const pass = (ms) => {
    for (let i = 0; i < ms / 100; i++) t.mock.timers.tick(100);
  };
  pass(40_000);
  assert.ok(asked >= 8 && asked <= 12, `${asked} in 40 s`);
  asked = 0;
  session.setReportDialogOpen(true);
  pass(40_000);
  assert.ok(asked >= 16 && asked <= 24, `${asked} in 40 s`);
  session.close();
});

test('without a secure context a meeting does not open', async (t) => {
  Object.defineProperty(globalThis, 'isSecureContext', { value: false, configurable: true });
  t.after(() => delete globalThis.isSecureContext);
  await assert.rejects(openMeeting({}), { code: 'client.insecure-context' });
});

test('ready segments are taken when they start on a sync sample, and refused otherwise', async () => {
  const { session } = await makeSession();
  const media = (name) => new Uint8Array(readFileSync(new URL(`../../Moderation.Sdk/Testing/Media/${name}`, import.meta.url)));
  const track = session.addTrack({ participant: Alice, kind: 'video', codec: 'vp9' });
  const segment = concat(media('video-header.mp4'), media('video-0.m4s'));
  session.writeSegment(track, segment);
  assert.equal(session.bufferedUnits, 1);
  assert.throws(() => session.writeSegment(track, segment.subarray(0, segment.length - 1)), { code: 'client.media-malformed' });
  assert.throws(() => session.writeSegment(track, media('video-0.m4s')), { code: 'client.media-malformed' });
  session.close();
  assert.equal(session.bufferedUnits, 0);
});

test('a unit that nobody holds any more has its key erased, byte for byte', async (t) => {
  const made = [];
  const fill = crypto.getRandomValues.bind(crypto);
  t.mock.method(crypto, 'getRandomValues', (array) => {
    made.push(array);
    return fill(array);
  });
  const ring = new EvidenceRing(60_000, 1 << 20);
  const unit = put(ring, stream(1), 0);
  const [key] = made;
  assert.equal(key.length, 32);
  await unit.open();
  const frozen = ring.freeze(2000, 2000);
  ring.clear();
  assert.ok(key.some((byte) => byte !== 0), 'a draft still holds it');
  for (const each of frozen.units) each.release();
  assert.ok(key.every((byte) => byte === 0));
});

test('what a clear forgot is told as reason other, for every track', async (t) => {
  const { session } = await makeSession();
  session.addTrack({ participant: Alice, kind: 'video', codec: 'vp8' });
  const notes = t.mock.method(EvidenceRing.prototype, 'note');
  session.clear();
  assert.deepEqual(notes.mock.calls.map(({ arguments: [hole] }) => [hole.stream.stream, hole.fromMs, hole.reason]), [[1, 0, 69]]);
  session.close();
});
