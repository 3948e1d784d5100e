// Serves the samples and plays the meeting platform for them: registers account, device and meeting, and passes API calls on.
// Use: ./run in one terminal, then `node src/evidence-js/samples/serve.mjs` in another. Loopback only; a sample, not a server to deploy.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { homedir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const sdk = fileURLToPath(new URL('..', import.meta.url));
const argument = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const readState = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});

const lastRun = readState(join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state'), 'moderation/last-run.json'));
const server = process.env.MODERATION_URL ?? lastRun.url;
const keys = process.env.MODERATION_KEYS ?? (lastRun.data && join(lastRun.data, 'keys'));
const port = Number(argument('--port') ?? 5090);
if (!server || !keys) {
  console.error('error: no server is known. Start one with ./run, or set MODERATION_URL, MODERATION_KEYS and MODERATION_API_KEY.');
  process.exit(7);
}
const platformKey = process.env.MODERATION_API_KEY ?? readState(join(lastRun.data, 'run/demo-logins.json')).platform_key;
if (!platformKey) {
  console.error('error: no platform key is known. Run ./run with its demo data, or set MODERATION_API_KEY.');
  process.exit(2);
}

const Types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css', '.json': 'application/json' };
/** What of the API a host's client calls. */
const HostPaths = /^\/v1\/(reports(\/|$)|filings$|reasons$)/;
const id = () => randomBytes(16).toString('base64url');

async function asPlatform(method, path, body) {
  const answer = await fetch(server.replace(/\/$/, '') + path, {
    method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${platformKey}` },
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json().catch(() => null);
}

/** What a platform's own server does when a host joins: the browser gets a token for its account and nothing more. */
async function joinMeeting(device) {
  const mark = randomBytes(6).toString('hex');
  const [account, guest] = [`host-${mark}`, `guest-${mark}`];
  const meeting = { meeting: id(), reporter: id(), subject: id(), epoch: Date.now() };
  await asPlatform('PUT', `/v1/accounts/${account}`, { registered_at: new Date(Date.now() - 400 * 86_400_000).toISOString() });
  await asPlatform('PUT', `/v1/accounts/${account}/devices/${device.kid}`, { alg: device.alg, public_key: device.public_key });
  await asPlatform('PUT', `/v1/meetings/meeting-${mark}`, {
    meeting_uuid: meeting.meeting, epoch: new Date(meeting.epoch).toISOString(), end_to_end_encrypted: true,
    participants: [
      { pseudonym: meeting.reporter, account, host: true },
      { pseudonym: meeting.subject, account: guest, host: false },
    ],
  });
  const { token } = await asPlatform('POST', '/v1/host-tokens', { account });
  const read = (name) => readFileSync(join(keys, 'public', name), 'utf8').trim();
  return { ...meeting, token, recipientKeys: { configurationKey: read('config.pub'), receiptKey: read('receipt.pub') } };
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (request.method === 'POST' && pathname === '/sample/join') {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(await joinMeeting(JSON.parse(String(await bodyOf(request))))));
    return;
  }
  if (HostPaths.test(pathname)) {
    const { authorization, 'content-type': type } = request.headers;
    const passed = await fetch(server.replace(/\/$/, '') + pathname, {
      method: request.method, body: ['GET', 'HEAD'].includes(request.method) ? undefined : await bodyOf(request),
      headers: { ...(authorization ? { Authorization: authorization } : {}), ...(type ? { 'Content-Type': type } : {}) },
    });
    response.writeHead(passed.status, { 'Content-Type': passed.headers.get('content-type') ?? 'application/octet-stream' });
    response.end(Buffer.from(await passed.arrayBuffer()));
    return;
  }
  const wanted = normalize(pathname === '/' ? '/samples/index.html' : pathname.startsWith('/sdk/') ? pathname.slice(4) : `/samples${pathname}`);
  const file = join(sdk, wanted);
  if (!file.startsWith(sdk) || !Types[extname(file)] || !existsSync(file)) return void response.writeHead(404).end();
  response.writeHead(200, { 'Content-Type': Types[extname(file)], 'Cache-Control': 'no-store' }).end(readFileSync(file));
}

createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error.message);
    if (!response.headersSent) response.writeHead(502);
    response.end();
  });
}).listen(port, '127.0.0.1', function () {
  console.log(`samples: http://localhost:${this.address().port}/`);
});
