// What a track is at an instant of the meeting clock: playable, awaited, or a hole and why; free of any browser, so that it can be tested.
import { GapReason, Kind } from './descriptor.js';
import { saysAltered, saysAttestationFailed } from './integrity.js';

/** A hole shorter than this needs no explanation (evidence-bundle.md 6.2). */
const Tolerated = 250;
const Unplayable = new Set([
  'client.decode', 'client.type-unsupported', 'client.codec-unsupported', 'client.media-malformed', 'client.header-missing',
  'client.continuation-alone',
]);

/** A first picture this little late still counts as there. */
const Edge = 100;

/**
 * @typedef {{ index: number, kind: number, participant: string, stream: number, t0: number, duration: number, content: number,
 *   asked: boolean, state: 'pending' | 'verified' | 'failed', code: string | null, step?: string, isAppended?: boolean, appends?: number,
 *   needsHeader?: boolean }} Planned t0 in ms from the window's start; the last three are the track's own notes
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
    if (buffered.some(([start, end]) => start - Edge <= t && t < end)) return { state: 'playable' };
    const covering = this.covering(t);
    if (covering?.asked && covering.state !== 'failed') {
      // Frame times are rounded: at its very start or end an appended segment may lack a moment.
      const isEdge = t - covering.t0 < Tolerated || covering.t0 + covering.duration - t < Tolerated;
      return { state: covering.isAppended && isEdge ? 'playable' : 'pending' };
    }
    const until = this.nextStart(t) ?? this.duration;
    if (covering?.state === 'failed') return { state: 'hole', reason: failureOf(covering), code: covering.code, until };
    if (covering) return { state: 'hole', reason: 'not-opened', until };
    const gap = this.gaps.find((g) => g.t0 <= t && t < g.t0 + g.duration);
    if (gap) return { state: 'hole', reason: GapReason[gap.content] ?? 'other', until };
    const end = Math.max(0, ...this.media.filter((m) => m.t0 <= t).map((m) => m.t0 + m.duration));
    return until - end <= Tolerated ? { state: 'playable' } : { state: 'hole', reason: 'unexplained', until };
  }

  /** @param {number} t @returns {Planned | undefined} the segment that should have this instant */
  covering(t) {
    return this.media.find((m) => m.t0 <= t && t < m.t0 + m.duration);
  }

  /** @param {number} t @returns {number | null} start of the next segment that plays or will */
  nextStart(t) {
    const next = this.media.find((m) => m.t0 > t && m.asked && m.state !== 'failed');
    return next ? next.t0 : null;
  }

  /** Holes of more than 250 ms inside the window that no gap segment explains. @returns {{ t0: number, duration: number }[]} */
  unexplainedHoles() {
    const holes = [];
    const covered = [...this.media, ...this.gaps].sort((a, b) => a.t0 - b.t0);
    let end = 0;
    for (const each of [...covered, { t0: this.duration, duration: 0 }]) {
      if (each.t0 - end > Tolerated) holes.push({ t0: end, duration: each.t0 - end });
      end = Math.max(end, each.t0 + each.duration);
    }
    return holes;
  }
}

/** Told apart: what does not verify, what nobody let us open, and what this browser cannot play. */
function failureOf(planned) {
  if (saysAltered(planned) || saysAttestationFailed(planned)) return 'failed';
  return Unplayable.has(planned.code) ? 'unplayable' : 'refused';
}
