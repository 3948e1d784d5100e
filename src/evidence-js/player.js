// The evidence player: one master clock over all tracks of an opening, tiles per participant, holes shown and jumped.
import { Kind } from './descriptor.js';
import { CardTexts, Tile } from './tile.js';
import { Track } from './track.js';

const Nobody = '00'.repeat(16);
const isVideo = (content) => content % 256 !== 4;
const isMedia = (segment) => segment.kind === Kind.Attested || segment.kind === Kind.Asserted;
const StillTypes = { 32: 'image/png', 33: 'image/jpeg' };
/** Time events a second are enough for a slider and a transcript. */
const TimeEventMs = 250;

export class Player {
  /**
   * @param {HTMLElement} container @param {(event: object) => void} emit
   * @param {{ subjects?: string[], names?: Record<string, string>, texts?: Record<string, string> }} look names: pseudonym to label
   */
  constructor(container, emit, look = {}) {
    this.container = container;
    this.emit = emit;
    this.subjects = look.subjects ?? [];
    this.names = look.names ?? {};
    this.texts = { ...CardTexts, ...look.texts };
    /** @type {Map<string, Tile>} */
    this.tiles = new Map();
    /** @type {Map<string, Track>} */
    this.tracks = new Map();
    this.windowStart = 0;
    this.duration = 0;
    this.clock = 0;
    this.rate = 1;
    this.isPlaying = false;
    this.isWaiting = false;
    this.isMuted = true;
    this.isClosed = false;
    /** Told of every seek, so that what lies there is opened next. @type {(ms: number) => void} */
    this.onSeek = () => {};
    this.lastTick = 0;
    this.lastTime = 0;
    container.classList.add('ev-player');
    // A hidden page gets no frames, so the clock would stand while sound went on.
    this.onVisibility = () => document.hidden && this.pause();
    document.addEventListener('visibilitychange', this.onVisibility);
    const frame = (now) => {
      if (this.isClosed) return;
      this.#tick(now);
      this.frame = requestAnimationFrame(frame);
    };
    this.frame = requestAnimationFrame(frame);
  }

  /** Lays out tracks and tiles from the descriptors. @param {{ windowStart: number, windowEnd: number }} window @param {object[]} segments */
  plan(window, segments) {
    this.windowStart = window.windowStart;
    this.duration = window.windowEnd - window.windowStart;
    this.planned = new Map(segments.map((s) => [s.index, { ...s, t0: s.t0 - this.windowStart, state: 'pending', code: null }]));
    for (const planned of this.planned.values()) if (isMedia(planned)) this.#trackOf(planned).timeline.add(planned);
    for (const planned of this.planned.values()) {
      if (planned.kind !== Kind.Gap) continue;
      const isEverybody = planned.participant === Nobody && planned.stream === 0;
      for (const track of this.tracks.values()) {
        if (isEverybody || (track.participant === planned.participant && track.stream === planned.stream)) track.timeline.add(planned);
      }
      if (!isEverybody) this.#tileOf(planned.participant);
    }
    for (const tile of this.#inOrder()) this.container.append(tile.root);
    for (const track of this.tracks.values()) {
      for (const hole of track.timeline.unexplainedHoles()) {
        this.emit({ type: 'hole', participant: track.participant, stream: track.stream, ...hole });
      }
    }
  }

  #trackOf(planned) {
    const id = `${planned.participant}/${planned.stream}`;
    const known = this.tracks.get(id);
    if (known) return known;
    const track = new Track(
      {
        id, participant: planned.participant, stream: planned.stream, isVideo: isVideo(planned.content),
        windowStart: this.windowStart, duration: this.duration,
      },
      (failed, code, detail) => this.emit({ ...detail, ...('type' in detail ? { mediaType: detail.type } : {}), type: 'unplayable', index: failed.index, code }));
    this.tracks.set(id, track);
    this.#tileOf(planned.participant).hold(track.element);
    return track;
  }

  #labelOf(participant) {
    return this.names[participant] ?? (participant === Nobody ? '' : participant.slice(0, 8));
  }

  #tileOf(participant) {
    const known = this.tiles.get(participant);
    if (known) return known;
    const tile = new Tile(participant, this.#labelOf(participant), this.texts);
    this.tiles.set(participant, tile);
    return tile;
  }

  /** Subjects first, in the order given, then the others as they come. */
  #inOrder() {
    const rank = (tile) => (this.subjects.includes(tile.participant) ? this.subjects.indexOf(tile.participant) : this.subjects.length);
    return [...this.tiles.values()].sort((a, b) => rank(a) - rank(b));
  }

  /** A verdict of the Worker, with the plaintext when it verified. @param {object} segment */
  take(segment) {
    const planned = this.planned?.get(segment.index);
    if (this.isClosed || planned === undefined) return;
    planned.state = segment.state;
    planned.code = segment.code;
    planned.step = segment.step;
    const tile = this.tiles.get(segment.participant) ?? null;
    if (segment.state === 'failed') {
      // A failed attestation is never shown as merely asserted.
      if (segment.kind === Kind.Attested && segment.step === 'W8') tile?.showGrade('attestation-failed', segment.code);
      return;
    }
    if (isMedia(segment)) {
      tile?.showGrade(segment.grade, segment.headerMissing ? this.texts['header-borrowed'] : '');
      this.#trackOf(planned).feed(planned, new Uint8Array(segment.bytes), segment.headerMissing);
    } else if (segment.kind === Kind.Screenshot) {
      this.#showStill(segment);
    }
  }

  /** A screenshot has a tile of its own: over a video it would hide it. */
  #showStill(segment) {
    const tile = new Tile(segment.participant, this.#labelOf(segment.participant), this.texts);
    tile.root.classList.add('ev-tile-still');
    tile.showGrade(segment.grade);
    tile.addStill(segment.bytes, StillTypes[segment.content]);
    this.tiles.set(`${segment.participant}#${segment.index}`, tile);
    this.container.append(tile.root);
  }

  /** The Worker is done: nothing is awaited any more. */
  settle() {
    for (const track of this.tracks.values()) track.settle();
  }

  play() {
    if (this.clock >= this.duration) this.seek(0);
    this.#setPlaying(true);
  }

  pause() {
    this.#setPlaying(false);
  }

  #setPlaying(on) {
    if (this.isClosed || this.isPlaying === on) return;
    this.isPlaying = on;
    this.lastTick = performance.now();
    this.#applySound();
    this.emit({ type: 'playing', on, ms: Math.round(this.clock) });
  }

  /** @param {number} ms from the window's start */
  seek(ms) {
    this.clock = Math.min(Math.max(0, ms), this.duration);
    this.onSeek(this.clock);
    this.#tell(performance.now(), true);
  }

  /** @param {number} rate 0.5 .. 2 */
  setRate(rate) {
    this.rate = Math.min(2, Math.max(0.5, rate));
  }

  /** Sound is a choice of its own. @param {boolean} muted */
  setMuted(muted) {
    this.isMuted = muted;
    this.#applySound();
    this.emit({ type: 'muted', on: muted });
  }

  #applySound() {
    for (const track of this.tracks.values()) track.element.muted = track.isVideo || this.isMuted;
  }

  /** @param {boolean} on @param {string | null} participant null for every tile */
  reveal(on, participant = null) {
    for (const tile of this.tiles.values()) {
      if (participant !== null && tile.participant !== participant) continue;
      if (tile.isRevealed === on) continue;
      tile.reveal(on);
      this.emit({ type: 'reveal', on, participant: tile.participant, ms: Math.round(this.clock), at: Date.now() });
    }
  }

  /** One frame of the master clock. */
  #tick(now) {
    const elapsed = Math.min(1000, now - this.lastTick);
    this.lastTick = now;
    if (this.duration === 0) return;
    const tracks = [...this.tracks.values()];
    if (this.isPlaying) this.#advance(tracks, elapsed);
    const cards = new Map();
    for (const track of tracks) {
      const standing = track.standing(this.clock);
      track.follow(this.clock, this.isPlaying && !this.isWaiting, this.rate);
      if (track.isVideo || !cards.has(track.participant)) cards.set(track.participant, standing);
    }
    for (const [participant, standing] of cards) this.#showStanding(this.tiles.get(participant), standing);
    this.#tell(now, false);
  }

  #advance(tracks, elapsed) {
    if (!this.isWaiting) this.clock += elapsed * this.rate;
    const standings = tracks.map((track) => track.standing(this.clock));
    // Evidence that is still being verified is waited for: skipping it would look like a hole.
    this.#setWaiting(standings.some((standing) => standing.state === 'pending'));
    if (this.isWaiting) return;
    if (tracks.length > 0 && standings.every((standing) => standing.state === 'hole')) {
      const starts = tracks.map((track) => track.timeline.nextStart(this.clock)).filter((start) => start !== null);
      const target = starts.length > 0 ? Math.min(...starts) : this.duration;
      this.emit({ type: 'jump', from: Math.round(this.clock), to: Math.round(target), reasons: standings.map((s) => s.reason) });
      this.clock = target;
    }
    if (this.clock >= this.duration) {
      this.clock = this.duration;
      this.#setPlaying(false);
      this.emit({ type: 'ended' });
    }
  }

  #setWaiting(on) {
    if (this.isWaiting === on) return;
    this.isWaiting = on;
    this.emit({ type: 'waiting', on, ms: Math.round(this.clock) });
  }

  #showStanding(tile, standing) {
    if (standing.state === 'playable') return tile.showCard(null);
    if (standing.state === 'pending') return tile.showCard('waiting');
    const seconds = `${((standing.until - this.clock) / 1000).toFixed(1)} s`;
    tile.showCard(standing.reason, standing.code ?? (this.clock < this.duration ? seconds : ''));
  }

  #tell(now, isForced) {
    if (!isForced && (!this.isPlaying || now - this.lastTime < TimeEventMs)) return;
    this.lastTime = now;
    this.emit({ type: 'time', ms: Math.round(this.clock) });
  }

  /** For tests and for the integrity panel; plain JSON. */
  state() {
    return {
      playing: this.isPlaying, waiting: this.isWaiting, muted: this.isMuted, rate: this.rate, closed: this.isClosed,
      currentTime: Math.round(this.clock), duration: this.duration,
      revealed: [...new Set([...this.tiles.values()].filter((tile) => tile.isRevealed).map((tile) => tile.participant))],
      tracks: [...this.tracks.values()].map((track) => ({
        participant: track.participant, stream: track.stream, video: track.isVideo, type: track.type,
        buffered: track.buffered().map((range) => range.map(Math.round)), elementTime: Math.round(track.element.currentTime * 1000),
        paused: track.element.paused, muted: track.element.muted, readyState: track.element.readyState,
        width: track.element.videoWidth ?? 0, height: track.element.videoHeight ?? 0,
        card: this.tiles.get(track.participant)?.root.dataset.card ?? '',
      })),
    };
  }

  /** Drops every decrypted buffer, object URL and element; the container is empty afterwards. */
  close() {
    if (this.isClosed) return;
    this.isPlaying = false;
    this.isClosed = true;
    cancelAnimationFrame(this.frame);
    document.removeEventListener('visibilitychange', this.onVisibility);
    for (const track of this.tracks.values()) track.close();
    for (const tile of this.tiles.values()) tile.close();
    this.tracks.clear();
    this.tiles.clear();
    this.planned = new Map();
  }
}
