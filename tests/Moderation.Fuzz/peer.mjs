// Judges inputs from standard input with evidence-js and answers one word each: the other side of JsPeer.cs.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const root = process.argv[2];
const load = (name) => import(pathToFileURL(join(root, name)));
const { decode } = await load('cbor.js');
const { Message, parseSign1 } = await load('cose.js');
const { parseDescriptor } = await load('descriptor.js');
const { parseManifest } = await load('manifest.js');
const { Refusal } = await load('refusal.js');
const { verifyBundle } = await load('verify.js');

const states = [];
const bare = (read) => async (bytes) => {
  try {
    await read(bytes);
    return 'ok';
  } catch {
    return 'refused';
  }
};
const coded = (read) => async (bytes) => {
  try {
    await read(bytes);
    return 'ok';
  } catch (refusal) {
    if (refusal instanceof Refusal) return refusal.code;
    return `threw ${refusal.stack}`;
  }
};

const Readers = {
  0: async (bytes) => {
    try {
      const verdict = await verifyBundle(bytes.subarray(1), states[bytes[0]]);
      return verdict.ok ? 'ok' : verdict.code;
    } catch (fault) {
      return `threw ${fault.stack}`;
    }
  },
  1: bare(decode),
  2: bare((bytes) => parseSign1(bytes, Message.manifest.type)),
  3: coded(parseManifest),
  4: bare(parseDescriptor),
  255: async (bytes) => {
    states.push(JSON.parse(new TextDecoder().decode(bytes)));
    return 'ok';
  },
};

let kept = Buffer.alloc(0);
for await (const chunk of process.stdin) {
  kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
  const answers = [];
  let at = 0;
  while (kept.length - at >= 5 && kept.length - at - 5 >= kept.readUInt32BE(at)) {
    const length = kept.readUInt32BE(at);
    const input = Uint8Array.from(kept.subarray(at + 5, at + 5 + length));
    const word = Buffer.from(await Readers[kept[at + 4]](input));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(word.length);
    answers.push(head, word);
    at += 5 + length;
  }
  kept = kept.subarray(at);
  if (answers.length > 0 && !process.stdout.write(Buffer.concat(answers))) {
    await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}
