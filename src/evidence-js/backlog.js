// Which segments are opened next: what lies under the person's eye first, then onwards from there, then what was passed over.
import { SegmentsPerGrant } from './release.js';

const rank = (descriptor) => (descriptor.content % 256 === 4 ? 1 : 0);

/** By time, pictures before sound. @param {import('./descriptor.js').Descriptor} a @param {import('./descriptor.js').Descriptor} b */
export const playOrder = (a, b) => a.t0 - b.t0 || rank(a) - rank(b) || a.index - b.index;

/** Hands out each segment once, never more to a part than one grant may name. */
export class Backlog {
  #left;

  /** @param {import('./descriptor.js').Descriptor[]} descriptors */
  constructor(descriptors) {
    this.#left = [...descriptors].sort(playOrder);
  }

  /** What has this instant. @param {number} ms meeting clock @returns {number[]} ascending, maybe none */
  covering(ms) {
    const media = this.#left.filter((d) => d.duration > 0 && d.t0 <= ms && ms < d.t0 + d.duration);
    return this.#take(media.slice(0, SegmentsPerGrant));
  }

  /** The next part from this instant on, then from the start. @param {number} ms meeting clock @returns {number[]} ascending; none at the end */
  next(ms) {
    const ahead = this.#left.filter((d) => d.t0 + d.duration > ms);
    return this.#take((ahead.length > 0 ? ahead : this.#left).slice(0, SegmentsPerGrant));
  }

  #take(taken) {
    const gone = new Set(taken);
    this.#left = this.#left.filter((d) => !gone.has(d));
    return taken.map((d) => d.index).sort((a, b) => a - b);
  }
}
