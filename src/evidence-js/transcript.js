// The lines of text segments: chat, roster and the reporter's note, kept as text whatever they hold.
import { Kind } from './descriptor.js';

const Names = { [Kind.Chat]: 'chat', [Kind.Note]: 'note', [Kind.Roster]: 'roster' };

/**
 * A line that is not the JSON object it should be is kept, as its text: hiding it would hide evidence.
 * @param {number} kind @param {Uint8Array} plaintext
 * @returns {{ kind: 'chat' | 'note' | 'roster', lines: object[] } | null} null for a kind without text
 */
export function linesOf(kind, plaintext) {
  const name = Names[kind];
  if (name === undefined) return null;
  const text = new TextDecoder().decode(plaintext);
  if (kind === Kind.Note) return { kind: name, lines: [{ text }] };
  return { kind: name, lines: text.split('\n').filter((line) => line !== '').map(readLine) };
}

const asText = (value) => (typeof value === 'string' ? value : null);

function readLine(line) {
  try {
    const value = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { t: null, text: line };
    return {
      t: typeof value.t === 'number' ? value.t : null, from: asText(value.from), text: asText(value.text) ?? '',
      participant: asText(value.participant), event: asText(value.event), name: asText(value.name),
    };
  } catch {
    return { t: null, text: line };
  }
}
