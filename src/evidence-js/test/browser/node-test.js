// The browser's stand-in for node:test: collects the tests of a module and runs them one after the other.

/** @type {{ name: string, run: () => unknown }[]} */
const tests = [];
const befores = [];

export const test = (name, run) => void tests.push({ name, run });
export const before = (run) => void befores.push(run);
export const describe = (_, define) => define();

/** @returns {Promise<{ name: string, ok: boolean, error?: string }[]>} */
export async function runAll() {
  for (const run of befores) await run();
  const results = [];
  for (const { name, run } of tests) {
    try {
      await run();
      results.push({ name, ok: true });
    } catch (error) {
      results.push({ name, ok: false, error: String(error?.stack ?? error) });
    }
  }
  return results;
}
