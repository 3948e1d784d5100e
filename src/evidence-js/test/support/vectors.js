// Reads test vectors: the shared ones beside the repository, and the repository's own.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findVectors() {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'shared', 'vectors');
    if (existsSync(candidate)) return candidate;
  }
  throw new Error('shared/vectors not found above the tests');
}

const root = findVectors();
const own = join(dirname(fileURLToPath(import.meta.url)), '../../../../tests/vectors');
const locate = (path) => (path.startsWith('own/') ? join(own, path.slice(4)) : join(root, path));

/** @param {string} path below shared/vectors, or after `own/` below tests/vectors */
export const readJson = (path) => JSON.parse(readFileSync(locate(path), 'utf8'));

/** @param {string} path as for readJson @returns {Uint8Array} */
export const readBytes = (path) => new Uint8Array(readFileSync(locate(path)));
