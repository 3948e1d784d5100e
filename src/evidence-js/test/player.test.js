// The parts of the player that need no browser: timeline, badge, codecs strings and transcript lines.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { concat, utf8 } from '../bytes.js';
import { badgeOf } from '../integrity.js';
import { headerOf, mediaType } from '../mp4.js';
import { Timeline } from '../timeline.js';
import { linesOf } from '../transcript.js';

const media = (name) => new Uint8Array(readFileSync(new URL(`../../Moderation.Sdk/Testing/Media/${name}`, import.meta.url)));

test('the codecs string comes from the sample entry', () => {
  assert.equal(mediaType(1, concat(media('video-header.mp4'), media('video-0.m4s'))), 'video/mp4; codecs="vp09.00.21.08"');
  assert.equal(mediaType(257, media('other-header.mp4')), 'video/mp4; codecs="vp09.00.11.08"');
  assert.equal(mediaType(4, media('audio-header.mp4')), 'audio/mp4; codecs="opus"');
  assert.equal(mediaType(5, utf8('webm')), 'video/webm; codecs="vp8"');
});

test('a box that runs beyond its parent is malformed', () => {
  const bytes = media('video-header.mp4');
  assert.throws(() => mediaType(1, bytes.subarray(0, 100)), { code: 'client.media-malformed' });
  assert.throws(() => mediaType(1, media('video-0.m4s')), { code: 'client.media-malformed' });
});

test('the header of a segment is its ftyp and moov', () => {
  const header = media('audio-header.mp4');
  assert.deepEqual(headerOf(concat(header, media('audio-1.m4s'))), header);
  assert.equal(headerOf(media('audio-1.m4s')), null);
});

const segment = (t0, more = {}) => ({ kind: 2, t0, duration: 2000, content: 1, asked: true, state: 'verified', code: null, isAppended: true, ...more });

test('a track says for each instant whether it plays, is awaited, or why there is nothing', () => {
  const timeline = new Timeline(20_000);
  timeline.add(segment(0));
  timeline.add(segment(2000, { state: 'pending', isAppended: false }));
  timeline.add(segment(4000, { state: 'failed', code: 'evb1.segment-hash', step: 'W6', isAppended: false }));
  timeline.add(segment(6000, { state: 'failed', code: 'evb1.grant-quorum', isAppended: false }));
  timeline.add({ kind: 7, t0: 8000, duration: 2000, content: 67 });
  timeline.add(segment(10_000, { asked: false, isAppended: false }));
  timeline.add(segment(15_000));
  timeline.add(segment(17_200));
  const buffered = [[0, 1999], [15_000, 16_999], [17_200, 19_200]];
  const at = (t) => timeline.standing(t, buffered);
  assert.deepEqual(at(500), { state: 'playable' });
  assert.deepEqual(at(1999.5), { state: 'playable' });
  assert.deepEqual(timeline.standing(500, []), { state: 'pending' }); // the browser let go of it
  assert.deepEqual(at(2500), { state: 'pending' });
  assert.deepEqual(at(4500), { state: 'hole', reason: 'failed', code: 'evb1.segment-hash', until: 15_000 });
  assert.deepEqual(at(6500), { state: 'hole', reason: 'refused', code: 'evb1.grant-quorum', until: 15_000 });
  assert.deepEqual(at(8500), { state: 'hole', reason: 'off', until: 15_000 });
  assert.deepEqual(at(10_500), { state: 'hole', reason: 'not-opened', until: 15_000 });
  assert.deepEqual(at(13_000), { state: 'hole', reason: 'unexplained', until: 15_000 });
  assert.deepEqual(at(17_050), { state: 'playable' }); // 200 ms need no explanation
  assert.deepEqual(at(19_500), { state: 'hole', reason: 'unexplained', until: 20_000 });
  assert.deepEqual(timeline.unexplainedHoles(), [{ t0: 12_000, duration: 3000 }, { t0: 19_200, duration: 800 }]);
});

const verified = { state: 'verified', code: null };
const findings = (changes) => ({ segments: [verified], table: verified, errors: [], hasGaps: false, isDone: true, ...changes });

test('the badge is one of five words, and none while the checks go on', () => {
  assert.equal(badgeOf(findings({})), 'verified');
  assert.equal(badgeOf(findings({ hasGaps: true })), 'verified-with-gaps');
  assert.equal(badgeOf(findings({ isDone: false })), null);
  assert.equal(badgeOf(findings({ isDone: false, segments: [{ state: 'failed', code: 'evb1.chunk-auth', step: 'W7' }] })), 'altered');
  assert.equal(badgeOf(findings({ table: { state: 'failed', code: 'evb1.merkle-root', step: 'table' } })), 'altered');
  assert.equal(badgeOf(findings({ segments: [{ state: 'failed', code: 'evb1.release-mismatch', step: 'W5' }] })), 'altered');
  assert.equal(badgeOf(findings({ segments: [{ state: 'failed', code: 'evb1.frames-root', step: 'W8' }] })), 'attestation-failed');
  const both = [{ state: 'failed', code: 'evb1.frames-root', step: 'W8' }, { state: 'failed', code: 'evb1.segment-hash', step: 'W6' }];
  assert.equal(badgeOf(findings({ segments: both })), 'altered'); // the worse of the two
  assert.equal(badgeOf(findings({ segments: [{ state: 'failed', code: 'evb1.release-mismatch', step: 'W3' }] })), 'cannot-verify');
  assert.equal(badgeOf(findings({ errors: [{ code: 'evb1.grant-quorum' }], segments: [] })), 'cannot-verify');
  assert.equal(badgeOf(findings({ segments: [{ state: 'failed', code: 'client.network', step: 'W8' }] })), 'cannot-verify');
});

test('text segments become lines, and a broken line is kept as it is', () => {
  assert.deepEqual(linesOf(5, utf8('a\nb')), { kind: 'note', lines: [{ text: 'a\nb' }] });
  const chat = linesOf(3, utf8('{"t":5,"from":"aa","text":"<b>hi</b>"}\nnot json\n'));
  assert.equal(chat.lines[0].text, '<b>hi</b>');
  assert.deepEqual(chat.lines[1], { t: null, text: 'not json' });
  assert.equal(linesOf(2, utf8('')), null);
});
