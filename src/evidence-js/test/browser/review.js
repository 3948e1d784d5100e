// A bundle sealed in this page, read back through openBundle and played: the exported surface of `moderation-sdk/review`.
import { concat, random, utf8 } from '../../bytes.js';
import { encode } from '../../cbor.js';
import { Algorithm } from '../../cose.js';
import { openBundle, play } from '../../review.js';
import { approve, assembleGrant, grantPayload, keyRequest } from '../../release.js';
import { makeSigner, sealBundle } from '../support/sealing.js';
import { flipped, makeService } from '../support/service.js';

const bytesOf = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
const Alice = 'aa'.repeat(16);

async function run() {
  const header = await bytesOf('/media/video-header.mp4');
  const media = await Promise.all([0, 1, 2, 3].map(async (n) => ({
    kind: 2, participant: Alice, stream: 1, t0: n * 2000, duration: 2000, content: 1, plaintext: concat(header, await bytesOf(`/media/video-${n}.m4s`)),
  })));
  const bundle = await sealBundle([...media, { kind: 5, t0: 0, duration: 0, content: 48, plaintext: utf8('words') }], { windowStart: 0, windowEnd: 8000 });
  const analyst = await makeSigner(Algorithm.Esp256);
  const service = await makeService(bundle, { alg: Algorithm.Esp256, public: analyst.public });
  const paths = {
    manifest: () => service.api.manifest(),
    descriptor: (i) => service.api.descriptor(i),
    segment: async (i) => (i === 2 ? flipped(bundle.sealed[i]) : bundle.sealed[i]),
  };
  const opened = await openBundle({
    reportId: 'rpt_1',
    pinnedVaultKey: service.vaultKey,
    fetch: async (url) => {
      const [, index, isDescriptor] = /segments\/(\d+)(\/descriptor)?/.exec(url) ?? [];
      return new Response(await (index === undefined ? paths.manifest() : isDescriptor ? paths.descriptor(Number(index)) : paths.segment(Number(index))));
    },
    requestKeys: async ({ contentId, indices, recipient }) => {
      const { grantId, payload } = grantPayload({ contentId, indices, caseId: random(16), purpose: 1, now: Date.now(), openers: [analyst.signer.kid] });
      const grant = assembleGrant([await approve(payload, analyst.signer)]);
      const request = await keyRequest({ grantId, contentId, indices, recipient, now: Date.now() }, analyst.signer);
      return { grantId, requestId: request.requestId, answer: await service.api.keyReleases(encode([grant, request.bytes])) };
    },
  });
  const segments = {};
  const jumps = [];
  const done = new Promise((resolve) => opened.addEventListener('done', resolve));
  opened.addEventListener('segment', (event) => (segments[event.detail.index] = event.detail.state));
  const errors = [];
  opened.addEventListener('error', (event) => errors.push(event.detail));
  await done;
  const player = play(opened, { video: document.querySelector('#tiles'), onEvent: (event) => event.type === 'jump' && jumps.push([event.from, event.to]) });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  player.setRate(2);
  player.play();
  for (let i = 0; i < 80 && player.isPlaying; i++) await new Promise((resolve) => setTimeout(resolve, 100));
  const element = document.querySelector('#tiles video');
  const result = { segments, errors, jumps, frames: element.getVideoPlaybackQuality().totalVideoFrames, blurred: getComputedStyle(element).filter, ended: !player.isPlaying };
  player.close();
  opened.close();
  return { ...result, left: document.querySelector('#tiles').children.length };
}

try {
  window.results = await run();
} catch (error) {
  window.results = { error: String(error.stack ?? error) };
}
