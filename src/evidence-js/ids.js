// Reads the product's prefixed ids (`case_…`, 26 Crockford digits) as the 16 bytes the bundle format carries.

const Alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * Also takes 32 hex digits, with or without UUID dashes. Throws a TypeError otherwise.
 * @param {string} text @returns {Uint8Array} 16 bytes, big-endian
 */
export function idBytes(text) {
  const hex = text.replaceAll('-', '');
  if (/^[0-9a-f]{32}$/i.test(hex)) return bigEndian(BigInt(`0x${hex}`));
  const digits = text.slice(text.indexOf('_') + 1);
  if (digits.length !== 26 || digits[0] > '7') throw new TypeError('not an id');
  let number = 0n;
  for (const digit of digits) {
    const value = Alphabet.indexOf(digit);
    if (value < 0) throw new TypeError('not an id');
    number = (number << 5n) | BigInt(value);
  }
  return bigEndian(number);
}

function bigEndian(number) {
  return Uint8Array.from({ length: 16 }, (_, i) => Number((number >> BigInt(8 * (15 - i))) & 255n));
}
