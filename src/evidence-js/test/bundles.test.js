// Every bundle of shared/vectors/evb1 and of tests/vectors/evb1: opened to the expected values, or refused with the exact code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../bytes.js';
import { sha256 } from '../hash.js';
import { openBundle } from '../open.js';
import { verifyBundle } from '../verify.js';
import { readBytes, readJson } from './support/vectors.js';

const hashes = (list) => Promise.all(list.map(async (bytes) => toHex(await sha256(bytes))));

for (const folder of ['evb1', 'own/evb1']) {
  const index = readJson(`${folder}/index.json`);

  for (const entry of index.positive) {
    test(`${folder}: ${entry.name} verifies and opens to the expected plaintexts`, async () => {
      const { expect } = readJson(`${folder}/${entry.details}`);
      const file = readBytes(`${folder}/${entry.file}`);
      const state = readJson(`${folder}/${entry.keys}`);
      const verified = await verifyBundle(file, state);
      assert.equal(verified.ok, true, verified.code);
      assert.equal(toHex(verified.bundle.contentId), expect.content_id);
      assert.equal(toHex(verified.bundle.manifest.root), expect.root);
      assert.equal(verified.bundle.descriptors.length, expect.segments);

      const { segments } = await openBundle(file, state);
      assert.deepEqual(await hashes(segments.map((segment) => segment.plaintext)), expect.plaintext_sha256);
      assert.deepEqual(segments.map((segment) => segment.grade), expect.grades);
      if (expect.media_sha256) {
        assert.deepEqual(await hashes(segments.map((segment) => segment.media ?? segment.plaintext)), expect.media_sha256);
      }
    });
  }

  for (const entry of index.negative) {
    test(`${folder}: ${entry.name} is refused by ${entry.op} with ${entry.code}`, async () => {
      const file = readBytes(`${folder}/${entry.file}`);
      const state = readJson(`${folder}/${entry.keys}`);
      const verified = await verifyBundle(file, state);
      if (entry.op === 'verify') return assert.deepEqual(verified, { ok: false, code: entry.code });
      assert.equal(verified.ok, true, verified.code);
      assert.deepEqual(await openBundle(file, state), { ok: false, code: entry.code });
    });
  }
}

test('verifying changes nothing in the state', async () => {
  const state = readJson('evb1/keys.json');
  await verifyBundle(readBytes('evb1/positive/gap-only.evb'), state);
  assert.deepEqual(state, readJson('evb1/keys.json'));
});

test('a bundle cut anywhere in its head or body is refused as truncated', async () => {
  const file = readBytes('evb1/positive/one-byte-note.evb');
  const state = readJson('evb1/keys.json');
  for (const length of [0, 31, 32, 100, file.length - 1]) {
    assert.deepEqual(await verifyBundle(file.subarray(0, length), state), { ok: false, code: 'evb1.truncated' });
  }
});

test('no flipped bit of a bundle passes verification', async () => {
  const file = readBytes('evb1/positive/one-byte-note.evb');
  const state = readJson('evb1/keys.json');
  for (let at = 0; at < file.length; at++) {
    const changed = file.slice();
    changed[at] ^= 1 << (at % 8);
    const result = await verifyBundle(changed, state);
    assert.equal(result.ok, false, `byte ${at}`);
  }
});
