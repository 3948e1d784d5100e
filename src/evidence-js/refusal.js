// How a check says no: a thrown Refusal carries the stable code out of nested steps; public functions hand it back as a value.

/** A refusal with a code of evidence-bundle.md section 25 (or `client.*` for what only a browser can meet). */
export class Refusal extends Error {
  /** @param {string} code @param {object} [detail] JSON-able facts for the person (never secrets) */
  constructor(code, detail = {}) {
    super(code);
    this.name = 'Refusal';
    this.code = code;
    this.detail = detail;
  }
}

/** Refuses with the code unless the condition holds. @param {unknown} condition @param {string} code */
export function demand(condition, code) {
  if (!condition) throw new Refusal(code);
}

/**
 * Runs a step; any failure inside it, of whatever kind, is a refusal with this one code.
 * @template T @param {string} code @param {() => T | Promise<T>} step @returns {Promise<T>}
 */
export async function within(code, step) {
  try {
    return await step();
  } catch {
    throw new Refusal(code);
  }
}
