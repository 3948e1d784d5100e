// The imported vectors: Wycheproof, RFC 9180, the product's HPKE suite, RFC 9605 and RFC 9162 trees.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, fromBase64Url, fromHex, nonce, toHex, utf8 } from '../bytes.js';
import { openCobblestone, sealCobblestone, sealedLength } from '../cobblestone.js';
import { Algorithm, verifySignature } from '../cose.js';
import { aesGcmOpen, hkdfExpand } from '../hash.js';
import { agree, hpkeOpen, hpkeSeal, importPrivate, keySchedule, labeledExpand, labeledExtract, sharedSecret } from '../hpke.js';
import { isIncluded, leafHash, rootOf } from '../merkle.js';
import { Refusal } from '../refusal.js';
import { deriveKeys, openFrame, parseHeader } from '../sframe.js';
import { xwingPublic } from '../xwing.js';
import { readBytes, readJson } from './support/vectors.js';

const Empty = new Uint8Array(0);
const sha512 = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-512', bytes));

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

test('Cobblestone-256: all Wycheproof cases', async () => {
  const { testGroups } = readJson('wycheproof/c2sp_chunked_encryption_aes_256_gcm_test.json');
  let count = 0;
  for (const { tests } of testGroups) {
    for (const each of tests) {
      count++;
      const sealed = await inflate(fromHex(each.ct));
      const opening = openCobblestone(fromHex(each.key), fromHex(each.ctx), sealed);
      if (each.result !== 'valid') {
        await assert.rejects(opening, Refusal, `case ${each.tcId}: ${each.comment}`);
        continue;
      }
      const plaintext = await opening;
      assert.equal(plaintext.length, each.msgLength, `case ${each.tcId}`);
      assert.equal(toHex(await sha512(plaintext)), each.msgSha512, `case ${each.tcId}`);
    }
  }
  assert.equal(count, 35);
});

test('Cobblestone-256: what is sealed opens again, at every length around a chunk', async () => {
  const key = new Uint8Array(32).fill(7);
  for (const length of [0, 1, 16383, 16384, 16385, 32768]) {
    const sealed = await sealCobblestone(key, utf8('context'), new Uint8Array(length).fill(3));
    assert.equal(sealed.length, sealedLength(length));
    assert.deepEqual(await openCobblestone(key, utf8('context'), sealed), new Uint8Array(length).fill(3));
  }
});

test('Ed25519: all Wycheproof cases', async () => {
  const { testGroups } = readJson('wycheproof/ed25519_test.json');
  let count = 0;
  for (const { publicKey, tests } of testGroups) {
    for (const each of tests) {
      count++;
      const key = { alg: Algorithm.Ed25519, public: fromHex(publicKey.pk) };
      const verdict = await verifySignature(key, fromHex(each.sig), fromHex(each.msg));
      assert.equal(verdict, each.result === 'valid', `case ${each.tcId}: ${each.comment}`);
    }
  }
  assert.equal(count, 151);
});

test('Ed25519: a public key that is not canonically encoded is refused, though the equation holds', async () => {
  // The neutral element written as y = p + 1. With it, R = [s]B verifies for any message wherever the encoding is let pass.
  const neutral = fromHex(`ee${'ff'.repeat(30)}7f`);
  const seed = new Uint8Array(32).fill(1);
  const pkcs8 = concat(fromHex('302e020100300506032b657004220420'), seed);
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
  const r = fromBase64Url((await crypto.subtle.exportKey('jwk', privateKey)).x);
  const scalar = (await sha512(seed)).slice(0, 32);
  scalar[0] &= 248;
  scalar[31] = (scalar[31] & 127) | 64;
  const order = (1n << 252n) + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${toHex(scalar.reverse())}`) % order;
  const signature = concat(r, fromHex(s.toString(16).padStart(64, '0')).reverse());
  const lax = await crypto.subtle.importKey('raw', neutral, 'Ed25519', false, ['verify']);
  if (!(await crypto.subtle.verify('Ed25519', lax, signature, utf8('anything')))) return; // this platform refuses by itself
  assert.equal(await verifySignature({ alg: Algorithm.Ed25519, public: neutral }, signature, utf8('anything')), false);
});

test('X25519: all Wycheproof cases, an all-zero secret refused', async () => {
  const { testGroups } = readJson('wycheproof/x25519_test.json');
  let count = 0;
  for (const { tests } of testGroups) {
    for (const each of tests) {
      count++;
      const privateKey = await importPrivate(0x20, fromHex(each.private));
      const agreement = agree(0x20, privateKey, fromHex(each.public));
      if (/^0+$/.test(each.shared)) await assert.rejects(agreement, `case ${each.tcId}`);
      else assert.equal(toHex(await agreement), each.shared, `case ${each.tcId}: ${each.comment}`);
    }
  }
  assert.equal(count, 518);
});

test('RFC 9180: the DHKEM(X25519) and DHKEM(P-256) suites with HKDF-SHA256', async () => {
  const { vectors } = readJson('hpke/rfc9180-base.json');
  const mine = vectors.filter((each) => [0x10, 0x20].includes(each.kem_id) && each.kdf_id === 1 && each.aead_id !== 0xffff);
  assert.ok(mine.length >= 3);
  for (const each of mine) {
    const privateKey = await importPrivate(each.kem_id, fromHex(each.skRm));
    const dh = await agree(each.kem_id, privateKey, fromHex(each.enc));
    const secret = await sharedSecret(each.kem_id, dh, fromHex(each.enc), fromHex(each.pkRm));
    assert.equal(toHex(secret), each.shared_secret, each.name);
    const { key, baseNonce } = await keySchedule(each.kem_id, each.aead_id, secret, fromHex(each.info));
    assert.equal(toHex(key), each.key, each.name);
    assert.equal(toHex(baseNonce), each.base_nonce, each.name);
    if (each.aead_id === 3) continue; // ChaCha20-Poly1305 is not in WebCrypto
    for (const message of each.encryptions) {
      const iv = nonce(baseNonce, message.sequence_number);
      assert.equal(toHex(await aesGcmOpen(key, iv, fromHex(message.aad), fromHex(message.ct))), message.pt, each.name);
    }
  }
});

/** DeriveKeyPair of RFC 9180 section 7.1.3, for the fixed ephemeral keys of the vectors. */
async function deriveKeyPair(kem, ikm) {
  const suite = concat(utf8('KEM'), Uint8Array.of(kem >> 8, kem & 255));
  const prk = await labeledExtract(suite, Empty, 'dkp_prk', ikm);
  const scalar = kem === 0x20
    ? await labeledExpand(suite, prk, 'sk', Empty, 32)
    : await labeledExpand(suite, prk, 'candidate', Uint8Array.of(0), 32);
  const privateKey = await importPrivate(kem, scalar);
  const jwk = await crypto.subtle.exportKey('jwk', privateKey);
  const part = fromBase64Url;
  return { privateKey, publicKey: kem === 0x20 ? part(jwk.x) : concat(Uint8Array.of(4), part(jwk.x), part(jwk.y)) };
}

test('HPKE: the vectors of the product suite seal to the same bytes and open again', async () => {
  const { vectors } = readJson('hpke/evb1-suite.json');
  assert.deepEqual([...new Set(vectors.map((each) => each.kem_id))], [0x20, 0x10, 0x647a]);
  for (const each of vectors) {
    const isXWing = each.kem_id === 0x647a;
    const info = fromHex(each.info);
    const aad = fromHex(each.aad);
    const publicKey = fromHex(each.pkRm);
    const ephemeral = isXWing ? fromHex(each.ikmE) : await deriveKeyPair(each.kem_id, fromHex(each.ikmE));
    const sealed = await hpkeSeal({ kem: each.kem_id, publicKey, info, aad, pt: fromHex(each.pt), ephemeral });
    assert.equal(toHex(sealed.enc), each.enc, each.name);
    assert.equal(toHex(sealed.ct), each.ct, each.name);
    const privateKey = isXWing ? fromHex(each.skRm) : await importPrivate(each.kem_id, fromHex(each.skRm));
    if (isXWing) assert.equal(toHex(await xwingPublic(privateKey)), each.pkRm);
    const opened = await hpkeOpen({ kem: each.kem_id, privateKey, publicKey, enc: sealed.enc, info, aad, ct: sealed.ct });
    assert.equal(toHex(opened), each.pt, each.name);
  }
});

test('SFrame: every header vector is read, and suite 5 opens', async () => {
  // Some numbers exceed 2^53: they are kept as text until BigInt takes them.
  const text = new TextDecoder().decode(readBytes('rfc9605/test-vectors.json'));
  const vectors = JSON.parse(text.replace(/("(?:kid|ctr)":\s*)(\d+)/g, '$1"$2"'));
  assert.equal(vectors.header.length, 289);
  for (const each of vectors.header) {
    const header = parseHeader(fromHex(each.encoded));
    assert.equal(header.length, fromHex(each.encoded).length);
    assert.equal(header.kid, BigInt(each.kid));
    assert.equal(header.ctr, BigInt(each.ctr));
  }
  const suite5 = vectors.sframe.filter((each) => each.cipher_suite === 5);
  assert.ok(suite5.length > 0);
  for (const each of suite5) {
    const keys = await deriveKeys(fromHex(each.base_key), BigInt(each.kid));
    assert.equal(toHex(keys.key), each.sframe_key);
    assert.equal(toHex(keys.salt), each.sframe_salt);
    assert.equal(toHex(await openFrame(keys, fromHex(each.ct), fromHex(each.metadata))), each.pt);
  }
});

test('SFrame: a header that is not in its shortest form is refused', () => {
  for (const hex of ['', '8007', '900008', '0807', '80']) assert.throws(() => parseHeader(fromHex(hex)));
});

test('Merkle: roots and inclusion proofs for trees of 1 to 33 leaves, and no proof with a hash too many or too few', async () => {
  const { trees } = readJson('evb1/merkle.json');
  assert.deepEqual([trees[0].size, trees.at(-1).size], [1, 33]);
  for (const tree of trees) {
    const leaves = await Promise.all(tree.leaves.map((hex) => leafHash(fromHex(hex))));
    assert.equal(toHex(await rootOf(leaves)), tree.root);
    const root = fromHex(tree.root);
    for (const [i, hexes] of tree.proofs.entries()) {
      const proof = hexes.map(fromHex);
      assert.ok(await isIncluded(leaves[i], i, tree.size, proof, root));
      assert.equal(await isIncluded(leaves[i], tree.size, tree.size, proof, root), false);
      assert.equal(await isIncluded(leaves[i], i, tree.size, [...proof, root], root), false);
      if (proof.length > 0) assert.equal(await isIncluded(leaves[i], i, tree.size, proof.slice(1), root), false);
    }
  }
});

test('HKDF-Expand takes a key shorter than the hash', async () => {
  const okm = await hkdfExpand('SHA-512', new Uint8Array(32), utf8('x'), 76);
  assert.equal(okm.length, 76);
});
