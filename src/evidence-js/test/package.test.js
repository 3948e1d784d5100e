// What would be published: every export resolves to a file that is packed, and nothing else of the folder is.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

test('the package holds every export and no test, sample or dependency', () => {
  const [{ files }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--silent'], { cwd: root, encoding: 'utf8' }));
  const packed = files.map((file) => file.path);
  for (const path of Object.values(manifest.exports)) assert.ok(packed.includes(path.slice(2)), path);
  assert.deepEqual(packed.filter((path) => path.includes('/')), []);
  assert.notEqual(manifest.private, true);
});

test('the lock file pins its packages by digest and names no registry', () => {
  const text = readFileSync(`${root}package-lock.json`, 'utf8');
  assert.doesNotMatch(text, /https?:|"resolved"/);
  const locked = Object.entries(JSON.parse(text).packages).filter(([path]) => path !== '');
  for (const [path, entry] of locked) assert.match(entry.integrity, /^sha512-/, path);
  for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies })) assert.match(version, /^\d+\.\d+\.\d+$/);
});

test('every export loads in Node', async () => {
  for (const name of ['host', 'tap', 'seal', 'verify', 'open', 'review']) {
    assert.ok(Object.values(await import(`moderation-sdk/${name}`)).some((value) => typeof value === 'function'), name);
  }
});
