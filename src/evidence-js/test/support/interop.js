// Command line for the tests of the other implementation: `seal FOLDER` makes bundles of every suite, `open FOLDER` opens what it finds.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, random, toHex, utf8 } from '../../bytes.js';
import { Algorithm } from '../../cose.js';
import { temporaryDeviceKey } from '../../device-key.js';
import { sha256 } from '../../hash.js';
import { Kem } from '../../hpke.js';
import { openBundle } from '../../open.js';
import { sealBundle, toFile } from '../../seal.js';
import { makeRecipient } from './intake.js';

const Zeros = '00'.repeat(32);
const Now = 1_800_000_000_000;
/** On both sides of every chunk edge up to two chunks, and a few chunks more. */
const Sizes = [0, 1, 16_383, 16_384, 16_385, 32_767, 32_768, 32_769, 100_000];

async function seal(folder) {
  for (const alg of [Algorithm.Ed25519, Algorithm.Esp256]) {
    for (const kem1 of Object.values(Kem)) {
      for (const kem2 of Object.values(Kem)) {
        const device = await temporaryDeviceKey(alg);
        const recipients = [await makeRecipient(1, kem1), await makeRecipient(2, kem2)];
        const [challenge, meeting, reporter, participant] = [random(32), random(16), random(16), random(16)];
        const media = Sizes.map((size, i) => ({
          kind: 2, participant, stream: 1, t0: 1000 * i, duration: 1000, content: 1, plaintext: new Uint8Array(size).fill(i),
        }));
        const segments = [
          ...media,
          { kind: 3, participant, t0: 0, duration: 0, content: 16, plaintext: utf8('{"t":0,"from":"aa","text":"grüß dich"}\n') },
          { kind: 5, t0: 0, duration: 10_000, content: 48, plaintext: utf8('what the reporter saw') },
          { kind: 7, participant, stream: 2, t0: 0, duration: 10_000, content: 65 },
        ];
        const bundle = await sealBundle({
          challenge, meeting, reporter, counter: 1, created: Now, windowStart: 0, windowEnd: 10_000, reason: 3,
          recipients: recipients.map((r) => ({ role: r.role, kem: r.kem, publicKey: fromHex(r.public) })), segments,
        }, device);
        const kid = toHex(device.kid);
        const state = {
          now_ms: Now,
          devices: [{ kid, alg, public: toHex(device.publicKey), status: 'active', certificate_hash: Zeros, last_counter: 0, last_content_id: Zeros }],
          meetings: [{ meeting: toHex(meeting), hosts: [toHex(reporter)], relays: [] }],
          challenges: [{ challenge: toHex(challenge), device_kid: kid, meeting: toHex(meeting), reporter: toHex(reporter), expires_ms: Now, used: false }],
          key_checkpoints: [], recipients,
        };
        const name = join(folder, `js${alg}-${kem1}-${kem2}`);
        writeFileSync(`${name}.evb`, toFile(bundle));
        writeFileSync(`${name}.json`, JSON.stringify(state));
        const hashes = await Promise.all(segments.map(async (s) => toHex(await sha256(s.plaintext ?? new Uint8Array(0)))));
        writeFileSync(`${name}.expect`, JSON.stringify({ content_id: toHex(bundle.contentId), plaintext_sha256: hashes }));
      }
    }
  }
}

async function open(folder) {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.evb')).sort()) {
    const name = file.slice(0, -4);
    const state = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
    const opened = await openBundle(new Uint8Array(readFileSync(join(folder, file))), state);
    const line = opened.ok
      ? {
          name, ok: true, content_id: toHex(opened.bundle.contentId),
          plaintext_sha256: await Promise.all(opened.segments.map(async (s) => toHex(await sha256(s.plaintext)))),
        }
      : { name, ok: false, code: opened.code };
    console.log(JSON.stringify(line));
  }
}

const [verb, folder] = process.argv.slice(2);
await { seal, open }[verb](folder);
