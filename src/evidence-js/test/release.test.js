// shared/vectors/evb1/key-release.json: releases as the browser receives them, opened to the end or refused with the exact code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../bytes.js';
import { Algorithm } from '../cose.js';
import { parseDescriptor } from '../descriptor.js';
import { sha256 } from '../hash.js';
import { Kem, importPrivate } from '../hpke.js';
import { parseManifestEnvelope } from '../manifest.js';
import { decryptSegment, readSegment } from '../open.js';
import { verifyReceipt } from '../receipt.js';
import { Purpose, demandManifest, grantPayload, isForDisclosure, openRelease } from '../release.js';
import { verifyBundle } from '../verify.js';
import { readBytes, readJson } from './support/vectors.js';

const { vault_public: vaultPublic, cases } = readJson('evb1/key-release.json');

/** W1-W8, as the Worker does them. */
async function openCase(each) {
  const file = readBytes(`evb1/${each.bundle}`);
  const { bundle } = await verifyBundle(file, readJson('evb1/keys.json'));
  const { want } = each;
  const release = await openRelease(
    fromHex(each.release),
    {
      grantId: fromHex(want.grant), contentId: fromHex(want.contentId), index: want.index, recipient: fromHex(want.recipient),
      requestId: fromHex(want.request),
    },
    fromHex(want.descriptor),
    { alg: Algorithm.Ed25519, public: fromHex(vaultPublic) },
    await importPrivate(Kem.X25519, fromHex(each.tab_private)));
  const length = new DataView(file.buffer, file.byteOffset).getUint32(12);
  const envelope = await parseManifestEnvelope(file.subarray(32, 32 + length));
  const manifest = await demandManifest(envelope, fromHex(want.contentId), release);
  const descriptor = await parseDescriptor(fromHex(want.descriptor));
  const plaintext = await decryptSegment(descriptor, manifest.bundleId, release.segmentKey, bundle.segments[want.index]);
  await readSegment(descriptor, plaintext, async () =>
    verifyReceipt(bundle.receipts[descriptor.receipt].bytes, release.relays, manifest.meeting));
  return { release, plaintext };
}

for (const each of cases) {
  test(`${each.name} ${each.code ? `is refused with ${each.code}` : 'opens'}`, async () => {
    if (each.code) return assert.rejects(openCase(each), (error) => error.code === each.code);
    const { release, plaintext } = await openCase(each);
    assert.equal(toHex(release.segmentKey), each.expect.segment_key);
    assert.equal(toHex(await sha256(plaintext)), each.expect.plaintext_sha256);
  });
}

test('only the terms of a disclosure are signed as one', () => {
  const terms = (purpose) =>
    grantPayload({ contentId: new Uint8Array(32), indices: [0], caseId: new Uint8Array(16), purpose, now: 1_800_000_000_000, openers: [new Uint8Array(32)] })
      .payload;

  const signed = Object.values(Purpose).filter((purpose) => isForDisclosure(terms(purpose)));

  assert.deepEqual(signed, [Purpose.LegalDisclosure, Purpose.ChildSafetyReport]);
});
