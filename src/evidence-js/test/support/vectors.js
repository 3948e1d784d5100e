// Finds the shared test vectors beside the repository and reads them.
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

/** @param {string} path below shared/vectors */
export const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** @param {string} path below shared/vectors @returns {Uint8Array} */
export const readBytes = (path) => new Uint8Array(readFileSync(join(root, path)));
