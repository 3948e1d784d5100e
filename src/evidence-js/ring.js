// The last seconds of a meeting in memory, bounded by seconds and by bytes, each unit under a key of its own (evidence-bundle.md 22).
import { random } from './bytes.js';
import { Kind } from './descriptor.js';
import { aesGcmOpen, aesGcmSeal } from './hash.js';
import { Refusal } from './refusal.js';

/** Storage is handed out in blocks of this size; what a unit does not fill is lost to it, not to the bound. */
const BlockLength = 16_384;
const TagLength = 16;
/** A key encrypts exactly one unit, so a fixed nonce is never repeated under it. */
const Nonce = new Uint8Array(12);
const Nothing = new Uint8Array(0);

/** Evicted first when bytes run short: pictures, then sound, then text. */
const Rank = Object.freeze({ video: 0, audio: 1, text: 2 });

/**
 * One track, or one participant's chat. `bornMs` and `endedMs`: the time in which it is known to have existed.
 * @typedef {{ participant: string, stream: number, kind: number, rank: 'video' | 'audio' | 'text', bornMs: number, endedMs: number | null }} Stream
 */
/** @typedef {{ stream: Stream | null, fromMs: number, toMs: number, reason: number }} Hole stream null: the whole client */

/** One group of pictures, up to 2 s of sound, or a line of chat: ciphertext in blocks, and its key. */
export class Unit {
  #ring;
  #key = random(32);
  #blocks;
  #holders = 1;
  #ready;

  /** @param {EvidenceRing} ring @param {UnitFacts} facts @param {number[]} blocks @param {Uint8Array} plaintext owned by the unit; zeroed once sealed */
  constructor(ring, facts, blocks, plaintext) {
    this.stream = facts.stream;
    this.startMs = facts.startMs;
    this.durationMs = facts.durationMs;
    this.content = facts.content;
    /** Continuations have the group of the unit they continue. */
    this.group = facts.group ?? this;
    this.length = plaintext.length;
    this.#ring = ring;
    this.#blocks = blocks;
    this.#ready = this.#seal(plaintext);
    this.#ready.catch(() => {}); // told by open()
  }

  get endMs() {
    return this.startMs + this.durationMs;
  }

  /** Whether the key is erased: the plaintext is gone for good. */
  get isForgotten() {
    return this.#holders === 0;
  }

  get isFrozen() {
    return this.#holders > 1;
  }

  get blockCount() {
    return this.#blocks.length;
  }

  async #seal(plaintext) {
    const sealed = await aesGcmSeal(this.#key, Nonce, Nothing, plaintext);
    plaintext.fill(0);
    if (!this.isForgotten) this.#ring.write(this.#blocks, sealed);
  }

  /** @returns {Promise<Uint8Array>} the plaintext */
  async open() {
    await this.#ready;
    if (this.isForgotten) throw new Refusal('client.draft-gone');
    return aesGcmOpen(this.#key, Nonce, Nothing, this.#ring.read(this.#blocks, this.length + TagLength));
  }

  /** The ring and a frozen set can both hold a unit; its key is erased when the last one lets go. */
  hold() {
    this.#holders++;
  }

  release() {
    if (this.#holders === 0 || --this.#holders > 0) return;
    this.#key.fill(0);
    this.#ring.free(this.#blocks);
    this.#blocks = [];
  }
}

/** @typedef {{ stream: Stream, startMs: number, durationMs: number, content: number, group?: Unit }} UnitFacts */
/** @typedef {{ fromMs: number, toMs: number, units: Unit[], streams: Stream[], holes: Hole[] }} Frozen */

export class EvidenceRing {
  /** @type {Unit[]} oldest first */
  #units = [];
  /** @type {Set<Stream>} */
  #streams = new Set();
  /** @type {Hole[]} */
  #holes = [];
  #storage;
  #free;

  /** @param {number} windowMs @param {number} maxBytes the storage, allocated once */
  constructor(windowMs, maxBytes) {
    const count = Math.max(1, Math.floor(maxBytes / BlockLength));
    this.windowMs = windowMs;
    this.#storage = new Uint8Array(count * BlockLength);
    this.#free = Array.from({ length: count }, (_, i) => count - 1 - i);
    this.newestMs = 0;
  }

  /** Bytes taken from the storage now, frozen units included. */
  get bytes() {
    return this.#storage.length - this.#free.length * BlockLength;
  }

  get units() {
    return [...this.#units];
  }

  /** @param {Stream} stream from now on known to exist */
  know(stream) {
    this.#streams.add(stream);
  }

  /** @param {Hole} hole something in the window that is not held, and why */
  note(hole) {
    this.#holes.push(hole);
  }

  /**
   * Takes a unit in, making room first; null when there is no room even so (noted as a hole).
   * @param {UnitFacts} facts @param {Uint8Array} plaintext given away: it is zeroed @returns {Unit | null}
   */
  add(facts, plaintext) {
    this.know(facts.stream);
    this.newestMs = Math.max(this.newestMs, facts.startMs + facts.durationMs);
    this.forget(this.newestMs);
    const needed = Math.ceil((plaintext.length + TagLength) / BlockLength);
    const isOrphan = facts.group !== undefined && facts.group.isForgotten;
    while (!isOrphan && this.#free.length < needed && this.#evictForSpace(facts.group)) {}
    if (isOrphan || this.#free.length < needed) {
      plaintext.fill(0);
      this.note({ stream: facts.stream, fromMs: facts.startMs, toMs: facts.startMs + facts.durationMs, reason: 64 });
      return null;
    }
    const unit = new Unit(this, facts, this.#free.splice(this.#free.length - needed, needed), plaintext);
    this.#units.push(unit);
    return unit;
  }

  /** Lets go of what ended before the window; a unit that covers the window's start is kept, with all of its group. @param {number} nowMs */
  forget(nowMs) {
    const from = nowMs - this.windowMs;
    const ends = new Map();
    for (const unit of this.#units) ends.set(unit.group, Math.max(ends.get(unit.group) ?? 0, unit.endMs));
    this.#remove((unit) => ends.get(unit.group) <= from);
    // Holes and ended streams matter as long as a draft of the longest window could still see them.
    this.#holes = this.#holes.filter((hole) => hole.toMs > from - 10_000);
    for (const stream of this.#streams) if (stream.endedMs !== null && stream.endedMs <= from - 10_000) this.#streams.delete(stream);
  }

  /** Oldest video first, then sound, then chat; whole groups; never what a draft holds. @returns {boolean} whether something went */
  #evictForSpace(/** @type {Unit | undefined} */ spared) {
    let victim = null;
    const frozen = new Set(this.#units.filter((unit) => unit.isFrozen).map((unit) => unit.group));
    for (const unit of this.#units) {
      if (unit.group === spared || frozen.has(unit.group)) continue;
      if (victim === null || Rank[unit.stream.rank] < Rank[victim.stream.rank]
        || (unit.stream.rank === victim.stream.rank && unit.startMs < victim.startMs)) victim = unit;
    }
    if (victim === null) return false;
    const { group } = victim;
    for (const unit of this.#units) {
      if (unit.group === group) this.note({ stream: unit.stream, fromMs: unit.startMs, toMs: unit.endMs, reason: 64 });
    }
    this.#remove((unit) => unit.group === group);
    return true;
  }

  #remove(isOut) {
    for (const unit of this.#units) if (isOut(unit)) unit.release();
    this.#units = this.#units.filter((unit) => !isOut(unit));
  }

  /** Pins what covers the last `spanMs`; groups stay whole. The caller releases it. @param {number} nowMs @param {number} spanMs @returns {Frozen} */
  freeze(nowMs, spanMs) {
    const fromMs = Math.max(0, nowMs - spanMs);
    const inside = new Set(this.#units.filter((unit) => unit.endMs > fromMs && unit.startMs <= nowMs).map((unit) => unit.group));
    const units = this.#units.filter((unit) => inside.has(unit.group)).sort((a, b) => a.startMs - b.startMs || a.stream.stream - b.stream.stream);
    for (const unit of units) unit.hold();
    return { fromMs, toMs: nowMs, units, streams: [...this.#streams], holes: [...this.#holes] };
  }

  /** Forgets every unit, hole and stream; a draft keeps what it holds. */
  clear() {
    this.#remove(() => true);
    this.#holes = [];
    this.#streams.clear();
  }

  // Storage, for the units. ---------------------------------------------------------------------------------------

  /** @param {number[]} blocks @param {Uint8Array} bytes */
  write(blocks, bytes) {
    blocks.forEach((block, i) => this.#storage.set(bytes.subarray(i * BlockLength, (i + 1) * BlockLength), block * BlockLength));
  }

  /** @param {number[]} blocks @param {number} length @returns {Uint8Array} a copy */
  read(blocks, length) {
    const bytes = new Uint8Array(length);
    blocks.forEach((block, i) =>
      bytes.set(this.#storage.subarray(block * BlockLength, block * BlockLength + Math.min(BlockLength, length - i * BlockLength)), i * BlockLength));
    return bytes;
  }

  /** @param {number[]} blocks */
  free(blocks) {
    for (const block of blocks) this.#storage.fill(0, block * BlockLength, (block + 1) * BlockLength);
    this.#free.push(...blocks);
  }
}

/** @param {Stream} stream @returns {boolean} whether holes of it become gaps */
export const isMediaStream = (stream) => stream.kind === Kind.Asserted || stream.kind === Kind.Attested;
