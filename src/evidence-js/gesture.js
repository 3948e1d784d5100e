// The proof that a person at this device acted: a trusted event of the browser, fresh, used once; nothing that arrives can make one.
import { Refusal } from './refusal.js';

/** Events the browser itself counts as a person's act, and the click that follows them. */
const Acts = new Set(['click', 'auxclick', 'dblclick', 'mousedown', 'pointerdown', 'pointerup', 'touchend', 'keydown', 'submit']);
const LifeMs = 5_000;
const used = new WeakSet();

// Read through the browser's own getters: a made-up object, a subclass or a proxy has no event behind it and throws.
const getterOf = (holder, name) => /** @type {() => any} */ (Object.getOwnPropertyDescriptor(holder, name)?.get);
const readTrusted = getterOf(new Event('probe'), 'isTrusted') ?? getterOf(Event.prototype, 'isTrusted');
const readType = getterOf(Event.prototype, 'type');
const readTime = getterOf(Event.prototype, 'timeStamp');

/**
 * Takes the person's act for one freeze; refuses with `client.gesture` when it is none, older than 5 seconds, or already used.
 * @param {unknown} gesture the event of the click, as the handler got it
 */
export function takeGesture(gesture) {
  let isAct = false;
  try {
    isAct = readTrusted.call(gesture) === true && Acts.has(readType.call(gesture))
      && performance.now() - readTime.call(gesture) <= LifeMs && !used.has(/** @type {object} */ (gesture));
  } catch {
    isAct = false;
  }
  if (!isAct) throw new Refusal('client.gesture', { title: 'freeze needs the trusted event of a person’s click, within 5 seconds, once' });
  used.add(/** @type {object} */ (gesture));
}
