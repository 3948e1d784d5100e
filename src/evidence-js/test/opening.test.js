// Openings as the Worker runs them: grants, key requests, W1-W8 per segment, and what the page is told.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { fromHex, toHex, utf8 } from '../bytes.js';
import { decode, encode } from '../cbor.js';
import { Algorithm } from '../cose.js';
import { evidenceApi } from '../api.js';
import { idBytes } from '../ids.js';
import { openBundle } from '../open.js';
import { runOpening } from '../opening.js';
import { Refusal } from '../refusal.js';
import { approve, assembleGrant, grantPayload } from '../release.js';
import { makeSigner, sealBundle, toFile } from './support/sealing.js';
import { flipped, makeService } from './support/service.js';

const Alice = 'aa'.repeat(16);
const Case = idBytes('0199f000-0000-7000-8000-000000000001');
const Window = { windowStart: 5_000, windowEnd: 25_000 };

describe('an opening', () => {
  let analyst;
  let bundle;
  let service;

  before(async () => {
    analyst = await makeSigner(Algorithm.Esp256);
    const media = Array.from({ length: 9 }, (_, i) => ({
      kind: 2, participant: Alice, stream: 1, t0: 5_000 + 2_000 * i, duration: 2_000, content: 1, plaintext: utf8(`picture ${i}`),
    }));
    bundle = await sealBundle([
      { kind: 5, t0: 5_000, duration: 0, content: 48, plaintext: utf8('look at 0:12') },
      { kind: 7, participant: Alice, stream: 1, t0: 23_000, duration: 2_000, content: 67 },
      ...media,
    ], Window);
    service = await makeService(bundle, { alg: Algorithm.Esp256, public: analyst.public });
  });

  const run = async (changes = {}, api = {}) => {
    const told = [];
    await runOpening({
      api: { ...service.api, ...api }, caseId: Case, purpose: 1, indices: null, signer: analyst.signer, vaultKey: service.vaultKey,
      post: (message) => told.push(message), now: () => 1_760_000_000_000, ...changes,
    });
    const of = (type) => told.filter((message) => message.type === type);
    return { of, failed: of('segment').filter((s) => s.state === 'failed'), verified: of('segment').filter((s) => s.state === 'verified') };
  };

  test('verifies every segment but the gap, the first group at once and the rest in grants of at most eight', async () => {
    service.grants.length = 0;
    const { of, failed, verified } = await run();
    assert.deepEqual(failed, []);
    assert.deepEqual(of('error'), []);
    assert.deepEqual(verified.map((s) => s.index).sort((a, b) => a - b), [0, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.equal(new TextDecoder().decode(verified.find((s) => s.index === 4).bytes), 'picture 2');
    assert.deepEqual(of('table')[0].state, 'verified');
    assert.equal(of('manifest')[0].contentId, toHex(bundle.contentId));
    assert.deepEqual(service.grants.map((grant) => grant.get(4).length), [1, 8, 1]);
    for (const grant of service.grants) {
      assert.equal(grant.get(6), 1);
      assert.equal(grant.get(9), 4);
      assert.ok(grant.get(8) - grant.get(7) <= 3_600_000);
      assert.deepEqual(grant.get(5), Case);
      assert.deepEqual(grant.get(10), [analyst.signer.kid]);
    }
  });

  test('the same bundle as a file verifies and opens offline', async () => {
    const { file, state } = await toFile(bundle);
    const opened = await openBundle(file, state);
    assert.equal(opened.ok, true, opened.code);
    assert.equal(new TextDecoder().decode(opened.segments[3].plaintext), 'picture 1');
  });

  test('asks only for the segments that were named', async () => {
    service.grants.length = 0;
    const { verified } = await run({ indices: [3, 5] });
    assert.deepEqual(verified.map((s) => s.index).sort(), [3, 5]);
    assert.deepEqual(service.grants[0].get(4), [3, 5]);
  });

  test('opens under a grant with two approvals that was made beforehand', async () => {
    const { payload } = grantPayload({
      contentId: bundle.contentId, indices: [2, 3], caseId: Case, purpose: 1, now: Date.now(), openers: [analyst.signer.kid],
    });
    const second = await makeSigner(Algorithm.Esp256);
    const grant = assembleGrant([await approve(payload, analyst.signer), await approve(payload, second.signer)]);
    const { verified } = await run({ grants: [grant] });
    assert.deepEqual(verified.map((s) => s.index).sort(), [2, 3]);
  });

  test('a flipped bit in one segment fails that segment and no other', async () => {
    const { failed, verified } = await run({}, {
      segment: async (index) => (index === 4 ? flipped(bundle.sealed[index]) : bundle.sealed[index]),
    });
    assert.deepEqual(failed.map(({ index, code, step }) => ({ index, code, step })), [{ index: 4, code: 'evb1.segment-hash', step: 'W6' }]);
    assert.equal(verified.length, 9);
  });

  test('a manifest that another device signed fails every segment', async () => {
    const other = await sealBundle([{ kind: 5, t0: 5_000, duration: 0, content: 48, plaintext: utf8('x') }], Window);
    const { failed, verified } = await run({}, { manifest: async () => other.envelope });
    assert.deepEqual(verified, []);
    assert.ok(failed.length > 0);
  });

  test('a descriptor exchanged by the API is noticed in the table and in the release', async () => {
    const { of, failed } = await run({}, { descriptor: async (index) => bundle.table[index === 3 ? 4 : index] });
    assert.equal(of('table')[0].state, 'failed');
    assert.deepEqual(failed.map((s) => s.index), [3]);
  });

  test('a descriptor that tells another time breaks the signed root, and its release', async () => {
    const told = decode(bundle.table[3]).set(5, 6_000);
    const { of, failed } = await run({}, { descriptor: async (index) => (index === 3 ? encode(told) : bundle.table[index]) });
    assert.deepEqual([of('table')[0].state, of('table')[0].code], ['failed', 'evb1.merkle-root']);
    assert.deepEqual(failed.map(({ index, code, step }) => ({ index, code, step })), [{ index: 3, code: 'evb1.release-mismatch', step: 'W3' }]);
  });

  test('a manifest whose signature was changed is refused at W5', async () => {
    const { failed, verified } = await run({}, { manifest: async () => flipped(bundle.envelope) });
    assert.deepEqual(verified, []);
    assert.deepEqual([...new Set(failed.map((s) => `${s.step} ${s.code}`))], ['W5 evb1.release-mismatch']);
  });

  test('a release of another vault is refused at W2', async () => {
    const other = await makeSigner();
    const { failed, verified } = await run({ vaultKey: { alg: Algorithm.Ed25519, public: other.public } });
    assert.deepEqual(verified, []);
    assert.deepEqual([...new Set(failed.map((s) => `${s.step} ${s.code}`))], ['W2 evb1.release-signature']);
  });

  test('a refusal by the vault is told once for its grant, with the code of the problem', async () => {
    const { of, failed } = await run({ indices: [3, 4] }, {
      keyReleases: async () => {
        throw new Refusal('evb1.grant-quorum', { status: 403 });
      },
    });
    assert.deepEqual(of('error').map(({ code, indices }) => ({ code, indices })), [{ code: 'evb1.grant-quorum', indices: [3, 4] }]);
    assert.deepEqual(failed.map((s) => s.code), ['evb1.grant-quorum', 'evb1.grant-quorum']);
  });

  test('a jump opens what lies there next, and each segment once', async () => {
    service.grants.length = 0;
    const focus = { ms: 0 };
    const { verified } = await run({ focus }, {
      keyReleases: async (body) => {
        if (service.grants.length === 0) {
          focus.ms = 15_500;
          focus.hurry();
        }
        return service.api.keyReleases(body);
      },
    });
    assert.deepEqual(service.grants.slice(0, 2).map((grant) => grant.get(4)), [[2], [9]]);
    assert.deepEqual(verified.map((s) => s.index).sort((a, b) => a - b), [0, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('the whole table in one answer gives the same as its rows one by one, and a broken answer costs nothing but time', async () => {
    for (const table of [encode(bundle.table), encode(bundle.table.slice(1)), Uint8Array.of(0xff)]) {
      let rows = 0;
      const { of, verified } = await run({}, { table: async () => table, descriptor: async (i) => (rows++, bundle.table[i]) });
      assert.equal(of('table')[0].state, 'verified');
      assert.equal(verified.length, 10);
      assert.equal(rows, table.length === encode(bundle.table).length ? 0 : 11);
    }
  });

  test('too few releases are malformed', async () => {
    const { failed } = await run({ indices: [2] }, { keyReleases: async () => fromHex('80') });
    assert.deepEqual(failed.map((s) => s.code), ['evb1.release-malformed']);
  });
});

test('a problem+json answer becomes a refusal with its code and trace', async () => {
  const answer = Response.json({ code: 'evb1.grant-expired', title: 'Expired', trace_id: 't1' }, { status: 403 });
  const api = evidenceApi('rpt_1', {}, undefined, async () => answer);
  await assert.rejects(api.manifest(), (error) => error instanceof Refusal && error.code === 'evb1.grant-expired' && error.detail.traceId === 't1');
});

test('the key request is posted same-origin as application/cbor with the headers of the page', async () => {
  let seen;
  const api = evidenceApi('rpt_1', { 'X-CSRF': 'x' }, undefined, async (...args) => {
    seen = args;
    return new Response(Uint8Array.of(0x80));
  });
  await api.keyReleases(Uint8Array.of(0x80));
  assert.equal(seen[0], '/v1/reports/rpt_1/key-releases');
  assert.equal(seen[1].credentials, 'same-origin');
  assert.deepEqual(seen[1].headers, { 'X-CSRF': 'x', 'Content-Type': 'application/cbor' });
});

test('a prefixed id gives the bytes of its UUID', () => {
  assert.equal(toHex(idBytes('case_7zzzzzzzzzzzzzzzzzzzzzzzzz')), 'ff'.repeat(16));
  assert.equal(toHex(idBytes('rpt_00000000000000000000000001')), '00'.repeat(15) + '01');
  assert.throws(() => idBytes('rpt_80000000000000000000000000'));
  assert.throws(() => idBytes('rpt_u0000000000000000000000000'));
});
