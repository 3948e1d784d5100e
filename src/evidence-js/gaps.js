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

/** Before it began and after it ended a stream has nothing to hold; in between, the note that covers most of the hole says why. */
function explain(stream, from, to, holes) {
  const start = Math.min(Math.max(from, stream.bornMs), to);
  const end = Math.max(start, Math.min(to, stream.endedMs ?? to));
  const parts = [[from, start, Reason.Other], [start, end, reasonOf(stream, start, end, holes)], [end, to, Reason.Other]];
  const long = parts.filter(([a, b]) => b - a > 0);
  // Slivers join their neighbour, so that the hole is covered without a rest.
  const gaps = [];
  for (const [a, b, reason] of long) {
    const last = gaps.at(-1);
    if (last && (b - a <= Tolerated || last.reason === reason)) last.durationMs = b - last.startMs;
    else if (last && last.durationMs <= Tolerated) Object.assign(last, { durationMs: b - last.startMs, reason });
    else gaps.push({ stream, startMs: a, durationMs: b - a, reason });
  }
  return gaps;
}

function reasonOf(stream, from, to, holes) {
  const covered = new Map();
  for (const hole of holes) {
    if (hole.stream !== stream && hole.stream !== null) continue;
    const overlap = Math.min(to, hole.toMs) - Math.max(from, hole.fromMs);
    if (overlap > 0) covered.set(hole.reason, (covered.get(hole.reason) ?? 0) + overlap);
  }
  const most = [...covered].sort((a, b) => b[1] - a[1])[0];
  return most ? most[0] : Reason.NeverReceived;
}
