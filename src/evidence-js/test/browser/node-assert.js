// The browser's stand-in for the little of node:assert/strict that the vector tests use.

const plain = (value) =>
  ArrayBuffer.isView(value) ? ['bytes', ...value] : value instanceof Map ? ['map', ...[...value].map(plain)]
  : typeof value === 'bigint' ? `${value}n` : Array.isArray(value) ? value.map(plain)
  : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, plain(v)]))
  : value === undefined ? '[undefined]' : value;

const fail = (message, actual, expected) => {
  throw new Error(`${message ?? 'assertion'}: ${String(JSON.stringify(plain(actual))).slice(0, 300)} is not ${String(JSON.stringify(plain(expected))).slice(0, 300)}`);
};

function matches(error, expected) {
  if (typeof expected === 'function') return expected.prototype instanceof Error || expected === Error ? error instanceof expected : expected(error) === true;
  return Object.entries(expected ?? {}).every(([key, value]) => error?.[key] === value);
}

const assert = {
  ok: (value, message) => value || fail(message, value, true),
  equal: (actual, expected, message) => Object.is(actual, expected) || fail(message, actual, expected),
  deepEqual: (actual, expected, message) =>
    JSON.stringify(plain(actual)) === JSON.stringify(plain(expected)) || fail(message, actual, expected),
  throws(run, expected) {
    try {
      run();
    } catch (error) {
      if (typeof expected === 'string' || matches(error, expected)) return;
      throw error;
    }
    fail('no exception', undefined, expected);
  },
  async rejects(promise, expected) {
    try {
      await (typeof promise === 'function' ? promise() : promise);
    } catch (error) {
      if (typeof expected === 'string' || matches(error, expected)) return;
      throw error;
    }
    fail('not rejected', undefined, expected);
  },
};

export default assert;
