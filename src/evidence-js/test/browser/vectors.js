// The browser's stand-in for support/vectors.js: the same vectors, read from the test's server; synchronous like files.

function read(path, type) {
  const request = new XMLHttpRequest();
  request.open('GET', `/vectors/${path}`, false);
  if (type) request.overrideMimeType(type);
  request.send();
  if (request.status !== 200) throw new Error(`${path}: ${request.status}`);
  return request.responseText;
}

/** @param {string} path below shared/vectors, or after `own/` below tests/vectors */
export const readJson = (path) => JSON.parse(read(path));

/** @param {string} path as for readJson @returns {Uint8Array} */
export const readBytes = (path) => Uint8Array.from(read(path, 'text/plain; charset=x-user-defined'), (character) => character.charCodeAt(0) & 255);
