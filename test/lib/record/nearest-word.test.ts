import { nearestWord } from '../../../lib/record/nearest-word';

const WORDS = ['slot', 'serial', 'type', 'profile', 'custody', 'hardware-totp', 'fido2'];

test.each([
  ['kustody', 'custody'],
  ['Serial', 'serial'],
  ['seriall', 'serial'],
  ['sreial', 'serial'],
  ['solt', 'slot'],
  ['fido', 'fido2'],
  ['hardware_totp', 'hardware-totp'],
  ['hardwaretotp', 'hardware-totp'],
])('%s was meant to be %s', (typed, word) => {
  expect(nearestWord(typed, WORDS)).toBe(word);
});

test.each([['owner'], ['x'], [''], ['s'.repeat(1000)]])('%s is near to none of them', (typed) => {
  expect(nearestWord(typed, WORDS)).toBeUndefined();
});
