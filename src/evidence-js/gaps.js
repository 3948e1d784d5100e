// Finds the holes of more than 250 ms in a frozen window and says why each is there (evidence-bundle.md 6.2).
import { isMediaStream } from './ring.js';

/** Reasons of section 6.3. */
export const Reason = Object.freeze({ Evicted: 64, NeverReceived: 65, TakenOut: 66, Off: 67, Suspended: 68, Other: 69 });
const Tolerated = 250;

/** @typedef {{ stream: import('./ring.js').Stream | null, startMs: number, durationMs: number, reason: number }} Gap */

/**
 * @param {import('./ring.js').Frozen} frozen @param {Set<import('./ring.js').Unit>} kept units the user did not take out
 * @param {number} windowStart @param {number} windowEnd ms on the meeting clock @returns {Gap[]}
 */
export function findGaps(frozen, kept, windowStart, windowEnd) {
  const gaps = frozen.holes
    .filter((hole) => hole.stream === null)
    .flatMap((hole) => clip(null, hole.fromMs, hole.toMs, hole.reason, windowStart, windowEnd));
  for (const stream of frozen.streams.filter(isMediaStream)) {
    const units = frozen.units.filter((unit) => unit.stream === stream);
    const existed = stream.bornMs < windowEnd && (stream.endedMs === null || stream.endedMs > windowStart);
    if (units.length === 0 && !existed) continue;
    let at = windowStart;
    const hole = (from, to) => {
      if (to - from > Tolerated) gaps.push(...explain(stream, from, to, frozen.holes));
    };
    for (const unit of units) {
      hole(at, unit.startMs);
      if (!kept.has(unit)) gaps.push({ stream, startMs: unit.startMs, durationMs: unit.durationMs, reason: Reason.TakenOut });
      at = Math.max(at, unit.endMs);
    }
    hole(at, windowEnd);
  }
  return gaps;
}

const clip = (stream, from, to, reason, windowStart, windowEnd) => {
  const startMs = Math.max(from, windowStart);
  const end = Math.min(to, windowEnd);
  return end - startMs > Tolerated ? [{ stream, startMs, durationMs: end - startMs, reason }] : [];
};

/** Cuts a hole where the reason changes; a slice too short to be a hole of its own goes with its neighbour. */
function explain(stream, from, to, holes) {
  const about = holes.filter((hole) => hole.stream === stream || hole.stream === null);
  const within = (ms) => Math.min(Math.max(ms, from), to);
  const marks = [from, to, stream.bornMs, stream.endedMs ?? to, ...about.flatMap((hole) => [hole.fromMs, hole.toMs])];
  const [, ...cuts] = [...new Set(marks.map(within))].sort((a, b) => a - b);
  const gaps = [];
  let start = from;
  for (const cut of cuts) {
    const reason = reasonAt(stream, about, start);
    const last = gaps.at(-1);
    if (last && (last.reason === reason || cut - start <= Tolerated)) last.durationMs = cut - last.startMs;
    else if (gaps.length === 1 && last.durationMs <= Tolerated) Object.assign(last, { durationMs: cut - from, reason });
    else gaps.push({ stream, startMs: start, durationMs: cut - start, reason });
    start = cut;
  }
  return gaps;
}

/** Before it began and after it ended a stream has nothing to receive: other (69). In between the client's notes say why, then its own, newest first. */
function reasonAt(stream, about, ms) {
  if (ms < stream.bornMs || (stream.endedMs !== null && ms >= stream.endedMs)) return Reason.Other;
  const covers = (hole) => hole.fromMs <= ms && ms < hole.toMs;
  const note = about.find((hole) => hole.stream === null && covers(hole)) ?? about.findLast((hole) => hole.stream === stream && covers(hole));
  return note?.reason ?? Reason.NeverReceived;
}
