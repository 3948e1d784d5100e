// How a report gets through a server that fails: over real HTTP on loopback, with one press of Send.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { parseCoseKey } from '../cose.js';
import { temporaryDeviceKey } from '../device-key.js';
import { ReportDraft } from '../draft.js';
import { HostApi } from '../host-api.js';
import { EvidenceRing } from '../ring.js';
import { makeIntake } from './support/intake.js';

/** The intake behind a socket; `fault` decides per request: a status to answer, 'cut' to drop the connection, 'lost' to drop the answer. */
async function serve(intake, t) {
  const seen = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const call = { method: request.method, path: request.url, at: performance.now() };
    seen.push(call);
    const fault = served.fault(call);
    if (fault === 'cut') return request.socket.destroy();
    if (typeof fault === 'number') {
      return response.writeHead(fault, { 'Content-Type': 'application/problem+json', ...served.headers }).end('{"code":"server.fault"}');
    }
    const answer = await intake.fetch(`http://localhost${request.url}`, {
      method: request.method, body: /challenges$/.test(call.path) ? body.toString() : new Uint8Array(body),
    });
    if (fault === 'lost') return request.socket.destroy(); // it took effect, and nobody heard
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const served = { endpoint: `http://127.0.0.1:${server.address().port}`, seen, headers: {}, fault: () => undefined };
  return served;
}

async function draftTo(t) {
  const device = await temporaryDeviceKey();
  const intake = await makeIntake(device);
  const served = await serve(intake, t);
  const ring = new EvidenceRing(60_000, 1 << 22);
  const camera = { participant: 'aa'.repeat(16), stream: 1, kind: 2, rank: 'video', bornMs: 0, endedMs: null };
  ring.know(camera);
  for (let at = 0; at < 8_000; at += 2_000) ring.add({ stream: camera, startMs: at, durationMs: 2_000, content: 5 }, new Uint8Array(9_000).fill(at / 2_000));
  const draft = new ReportDraft({
    api: new HostApi({ endpoint: served.endpoint, getToken: () => 'token' }), device, meeting: intake.meeting, reporter: intake.reporter,
    configurationKey: parseCoseKey(intake.recipientKeys.configurationKey), receiptKey: parseCoseKey(intake.recipientKeys.receiptKey), now: () => Date.now(),
  }, [], ring.freeze(8_000, 8_000));
  t.after(() => draft.discard());
  return { intake, served, draft };
}

/** True for the first time something is asked of each path. */
const firstTime = () => {
  const known = new Set();
  return ({ method, path }) => !known.has(`${method} ${path}`) && known.add(`${method} ${path}`);
};

describe('a report sent once', { concurrency: true }, () => {
  for (const fault of [500, 502, 503, 429, 408, 'cut', 'lost']) {
    test(`one press of Send gets through when every step fails once with ${fault}, and makes one report`, async (t) => {
      const { intake, served, draft } = await draftTo(t);
      const isFirst = firstTime();
      served.fault = (call) => (call.method !== 'GET' && !/challenges/.test(call.path) && isFirst(call) ? fault : undefined);
      const { reportId } = await draft.submit({ reason: 'harassment' });
      assert.equal(intake.reports.size, 1);
      assert.equal((await intake.verify(reportId)).ok, true);
      assert.equal(served.seen.filter((call) => call.path === '/v1/reports').length, 2);
    });
  }

  test('what the server says is missing at the end is sent again, and nothing else', async (t) => {
    const { intake, served, draft } = await draftTo(t);
    let completes = 0;
    const answer = intake.misbehave;
    intake.misbehave = (call) => {
      const [, , , id, part] = call.path.split('/');
      if (part === 'complete' && ++completes === 1) {
        intake.reports.get(id).segments.delete(2);
        return Response.json({ code: 'evb1.segments-missing' }, { status: 409 });
      }
      if (call.method === 'GET' && part === undefined && id) return Response.json({ report_id: id, state: 'uploading', missing: [2] });
      return answer(call);
    };
    const { reportId } = await draft.submit({ reason: 'harassment' });
    assert.equal((await intake.verify(reportId)).ok, true);
    assert.deepEqual(served.seen.filter((call) => /segments/.test(call.path)).map((call) => Number(call.path.split('/').at(-1))).sort(), [0, 1, 2, 2, 3]);
  });

  test('a server that names a pause gets it', async (t) => {
    const { served, draft } = await draftTo(t);
    served.headers = { 'Retry-After': '2' };
    const isFirst = firstTime();
    served.fault = (call) => (call.path === '/v1/reports' && isFirst(call) ? 503 : undefined);
    await draft.submit({ reason: 'harassment' });
    const [first, second] = served.seen.filter((call) => call.path === '/v1/reports');
    assert.ok(second.at - first.at >= 1_990, `${second.at - first.at} ms`);
  });

  test('a refusal is final, and a draft that goes ends the tries', async (t) => {
    const { served, draft } = await draftTo(t);
    served.fault = (call) => (call.path === '/v1/reports' ? 403 : undefined);
    await assert.rejects(draft.submit({ reason: 'harassment' }), { code: 'server.fault' });
    assert.equal(served.seen.filter((call) => call.path === '/v1/reports').length, 1);
    served.fault = (call) => (call.path === '/v1/reports' ? 500 : undefined);
    served.headers = { 'Retry-After': '50' };
    const sending = draft.submit({ reason: 'harassment' });
    setTimeout(() => draft.discard(), 300);
    await assert.rejects(sending, { code: 'client.draft-gone' });
  });
});
