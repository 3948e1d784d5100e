// The strict CBOR reader: what it must refuse, and that reading and writing are inverse.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../bytes.js';
import { decode, encode } from '../cbor.js';

test('the example descriptor metadata of section 6.1 is written byte for byte', () => {
  const meta = new Map([[1, 0], [2, 2], [3, new Uint8Array(16).fill(0xaa)], [4, 1], [5, 1000], [6, 2000], [7, 0], [10, 3], [11, -1]]);
  assert.equal(toHex(encode(meta)), 'a90100020203' + '50' + 'aa'.repeat(16) + '0401051903e8061907d007000a030b20');
});

const Refused = {
  'an argument not in its shortest form': '1817',
  'a two-byte argument not in its shortest form': '190018',
  'a four-byte argument not in its shortest form': '1a0000ffff',
  'an eight-byte argument not in its shortest form': '1b00000000ffffffff',
  'an indefinite array': '9f01ff',
  'an indefinite byte string': '5f4101ff',
  'a tag': 'c100',
  'a float': 'f93c00',
  'false': 'f4',
  'null': 'f6',
  'undefined': 'f7',
  'keys out of order': 'a202000100',
  'a duplicate key': 'a201000100',
  'a text key': 'a1616100',
  'bytes after the item': '0000',
  'a length beyond the end': '5a7fffffff00',
  'a count beyond the end': '9b7fffffffffffffff',
  'text that is not UTF-8': '62c328',
  'nine levels': '818181818181818100',
  'a reserved length': '1c',
  'nothing': '',
};
for (const [what, hex] of Object.entries(Refused)) {
  test(`the reader refuses ${what}`, () => assert.throws(() => decode(fromHex(hex))));
}

for (const hex of ['00', '17', '1818', '19ffff', '1a00010000', '1bffffffffffffffff', '20', '3903e7', '3bffffffffffffffff', '40',
  '6161', '80', 'a0', 'a201002000', '1b001fffffffffffff', '1b0020000000000000', '3b001fffffffffffff', '8181818181818180']) {
  test(`${hex} is read and written back unchanged`, () => assert.equal(toHex(encode(decode(fromHex(hex)))), hex));
}
