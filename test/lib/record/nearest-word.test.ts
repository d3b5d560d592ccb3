import * as fc from 'fast-check';
import { distance, nearestName, nearestWord } from '../../../lib/record/nearest-word';

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

test('nothing is near a word of one letter', () => {
  expect(nearestWord('b', ['a'])).toBeUndefined();
  expect(nearestWord('B', ['a', 'b'])).toBe('b');
});

const HOLDERS = [
  'alice.breakglass',
  'bob.breakglass',
  'carol',
  'bob2-ops',
  'dave@example.com',
  'Eve_1',
  'eve_2',
];

test.each([
  ['alice', 'alice.breakglass'],
  ['Alice', 'alice.breakglass'],
  ['alcie', 'alice.breakglass'],
  ['alice.ops', 'alice.breakglass'],
  ['bob', 'bob.breakglass'],
  ['carol.breakglass', 'carol'],
  ['dave', 'dave@example.com'],
  // Two fit.
  ['eve', undefined],
  ['al', undefined],
  ['', undefined],
])('the holder %s was meant to be %s', (typed, name) => {
  expect(nearestName(typed, HOLDERS)).toBe(name);
});

test('people of one team are not taken for each other', () => {
  expect(nearestName('svc-alice', ['svc-bob'])).toBeUndefined();
  expect(nearestName('bg_carol', ['bg_bob', 'dave'])).toBeUndefined();
});

test.each([['owner'], ['x'], [''], ['s'.repeat(1000)]])('%s is near to none of them', (typed) => {
  expect(nearestWord(typed, WORDS)).toBeUndefined();
});

test('a bounded distance is the distance, or more than the bound', () => {
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
  const bounded = fc.property(fc.tuple(word, word, fc.nat(8)), ([a, b, atMost]) => {
    const whole = distance(a, b);
    const found = distance(a, b, atMost);
    expect(found <= atMost ? found : 'more').toBe(whole <= atMost ? whole : 'more');
  });
  void fc.assert(bounded);
});
