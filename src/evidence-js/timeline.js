// What a track is at an instant of the meeting clock: playable, awaited, or a hole and why; free of any browser, so that it can be tested.
import { GapReason, Kind } from './descriptor.js';

/** A hole shorter than this needs no explanation (evidence-bundle.md 6.2). */
const Tolerated = 250;
/** How far before a buffered end the picture may already stand still. */
const Edge = 100;

/**
 * @typedef {{ index: number, kind: number, participant: string, stream: number, t0: number, duration: number, content: number,
 *   asked: boolean, state: 'pending' | 'verified' | 'failed', code: string | null, step?: string }} Planned t0 in ms from the window's start
 */
/** @typedef {{ state: 'playable' | 'pending' } | { state: 'hole', reason: string, until: number, code?: string | null }} Standing */

export class Timeline {
  /** @param {number} duration ms of the window */
  constructor(duration) {
    this.duration = duration;
    /** @type {Planned[]} */
    this.media = [];
    /** @type {Planned[]} */
    this.gaps = [];
  }

  /** @param {Planned} planned of this track, or a gap that covers it */
  add(planned) {
    (planned.kind === Kind.Gap ? this.gaps : this.media).push(planned);
    this.media.sort((a, b) => a.t0 - b.t0);
  }

  /**
   * @param {number} t ms from the window's start @param {[number, number][]} buffered ms ranges that would play now
   * @returns {Standing}
   */
  standing(t, buffered) {
    const range = buffered.find(([start, end]) => start - Edge <= t && t < end);
    const isEnding = range && t > range[1] - Edge && !buffered.some(([start]) => start >= range[1] && start <= range[1] + Tolerated);
    if (range && !isEnding) return { state: 'playable' };
    const covering = this.media.find((m) => m.t0 <= t + (isEnding ? Edge : 0) && t + (isEnding ? Edge : 0) < m.t0 + m.duration);
    if (covering?.asked && covering.state !== 'failed' && !range) return { state: 'pending' };
    if (range && (covering === undefined || t < range[1] - 1)) return this.#isShortHole(range[1]) ? { state: 'playable' } : this.#hole(range[1], covering);
    return this.#hole(t, covering);
  }

  #isShortHole(end) {
    return this.media.some((m) => m.asked && m.state !== 'failed' && m.t0 >= end - Edge && m.t0 <= end + Tolerated);
  }

  #hole(t, covering) {
    const next = this.nextStart(t);
    const until = next ?? this.duration;
    if (covering && covering.state === 'failed') return { state: 'hole', reason: 'failed', code: covering.code, until };
    if (covering && !covering.asked) return { state: 'hole', reason: 'not-opened', until };
    const gap = this.gaps.find((g) => g.t0 <= t + Edge && t < g.t0 + g.duration);
    if (gap) return { state: 'hole', reason: GapReason[gap.content] ?? 'other', until: Math.max(until, Math.min(gap.t0 + gap.duration, this.duration)) };
    return { state: 'hole', reason: 'unexplained', until };
  }

  /** @param {number} t @returns {number | null} start of the next segment that plays or will */
  nextStart(t) {
    const next = this.media.find((m) => m.t0 > t && m.asked && m.state !== 'failed');
    return next ? next.t0 : null;
  }

  /** Holes of more than 250 ms between this track's segments that no gap segment explains. @returns {{ t0: number, duration: number }[]} */
  unexplainedHoles() {
    const holes = [];
    const covered = [...this.media, ...this.gaps].sort((a, b) => a.t0 - b.t0);
    let end = covered[0]?.t0 ?? 0;
    for (const each of covered) {
      if (each.t0 - end > Tolerated) holes.push({ t0: end, duration: each.t0 - end });
      end = Math.max(end, each.t0 + each.duration);
    }
    return holes;
  }
}
