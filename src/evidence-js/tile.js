// What one participant looks like in the player: pictures, blurred until revealed, a name line, and a card for every hole.

/** Set through CSSOM as well as by class, so that nothing shows clear when a style sheet is missing. */
const Veil = 'blur(28px) grayscale(1)';

/** Sentences of a gap card; the page may pass its own in another language. */
export const CardTexts = Object.freeze({
  'evicted': 'Not kept: the ring buffer was full', 'never-received': 'Lost: never received', 'taken-out': 'Taken out by the reporter',
  'off': 'Camera or microphone off', 'suspended': 'Client was suspended', 'other': 'Nothing held', 'unexplained': 'Unexplained hole',
  'failed': 'Does not verify', 'refused': 'Could not be opened', 'unplayable': 'Not playable here', 'not-opened': 'Not opened', 'waiting': 'Waiting for evidence',
  'G0': 'Asserted by the reporting host',
  'G1': "Relay-attested: this participant's authenticated connection sent exactly these bytes",
  'mixed': 'Partly relay-attested, partly asserted by the reporting host',
  'attestation-failed': 'Attestation failed', 'header-borrowed': 'Header taken from a neighbouring segment', 'muted': 'Sound off',
});

const make = (name, className, parent) => {
  const element = document.createElement(name);
  element.className = className;
  parent.append(element);
  return element;
};

export class Tile {
  /** @param {string} participant hex pseudonym, or zeros @param {string} label @param {Record<string, string>} texts */
  constructor(participant, label, texts) {
    this.participant = participant;
    this.texts = texts;
    this.root = document.createElement('section');
    this.root.className = 'ev-tile';
    this.root.dataset.participant = participant;
    this.root.setAttribute('aria-label', label);
    this.stage = make('div', 'ev-stage', this.root);
    this.card = make('p', 'ev-card', this.root);
    this.card.hidden = true;
    this.name = make('p', 'ev-name', this.root);
    this.name.textContent = label;
    this.grade = make('p', 'ev-grade', this.root);
    this.more = '';
    this.urls = [];
    this.isRevealed = false;
    this.reveal(false);
  }

  /** @param {HTMLVideoElement | HTMLAudioElement} element */
  hold(element) {
    element.classList.add(element instanceof HTMLVideoElement ? 'ev-video' : 'ev-audio');
    this.stage.append(element);
    this.reveal(this.isRevealed);
  }

  /** A screenshot, decoded by the browser only. @param {ArrayBuffer} bytes @param {string} type */
  addStill(bytes, type) {
    const url = URL.createObjectURL(new Blob([bytes], { type }));
    this.urls.push(url);
    const image = make('img', 'ev-still', this.stage);
    image.alt = '';
    image.src = url;
    this.reveal(this.isRevealed);
  }

  /** @param {boolean} on */
  reveal(on) {
    this.isRevealed = on;
    this.root.classList.toggle('ev-blurred', !on);
    this.root.classList.toggle('ev-revealed', on);
    for (const picture of this.stage.querySelectorAll('video, img')) {
      picture.classList.toggle('ev-blurred', !on);
      picture.style.filter = on ? 'none' : Veil;
    }
  }

  /** @param {string | null} reason null takes the card away @param {string} [detail] */
  showCard(reason, detail = '') {
    const text = reason === null ? '' : [this.texts[reason] ?? reason, detail].filter(Boolean).join(' · ');
    if (this.card.textContent !== text) this.card.textContent = text;
    this.card.hidden = reason === null;
    this.root.dataset.card = reason ?? '';
  }

  /**
   * Adds what one more segment is. The weakest word stays: neither a failure nor a mixture is hidden by the next segment.
   * @param {'G0' | 'G1' | 'attestation-failed'} grade @param {string} [more]
   */
  showGrade(grade, more = '') {
    const before = this.root.dataset.grade;
    if (before === 'attestation-failed') return;
    const shown = before && before !== grade && grade !== 'attestation-failed' ? 'mixed' : grade;
    this.more = more || (grade === 'attestation-failed' ? '' : this.more);
    this.root.dataset.grade = shown;
    this.grade.textContent = [this.texts[shown], this.more].filter(Boolean).join(' · ');
  }

  close() {
    for (const url of this.urls) URL.revokeObjectURL(url);
    this.urls = [];
    this.root.remove();
  }
}
