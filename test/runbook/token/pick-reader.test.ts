import { isCardReader, pickReader } from '../../../runbook/token/pick-reader';
import { ReaderError } from '../../../runbook/token/readers';

const ACR = 'ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 00 00';
const OMNIKEY = 'HID Global OMNIKEY 5022 Smart Card Reader 01 00';
const both = [ACR, OMNIKEY];

test.each([
  { names: [ACR], wanted: undefined, picked: ACR },
  { names: both, wanted: ACR, picked: ACR },
  { names: both, wanted: 'omnikey', picked: OMNIKEY },
  { names: both, wanted: '01 00', picked: OMNIKEY },
  { names: ['R', 'R 2'], wanted: 'R', picked: 'R' },
  // Plugged in again, with the next index.
  { names: [ACR, OMNIKEY], wanted: OMNIKEY.replace('01 00', '00 00'), picked: OMNIKEY },
  { names: ['OMNIKEY CardMan 1'], wanted: 'OMNIKEY CardMan 0', picked: 'OMNIKEY CardMan 1' },
])('of $names, "$wanted" picks $picked', ({ names, wanted, picked }) => {
  expect(pickReader(names, wanted)).toBe(picked);
});

test.each([
  { names: [], wanted: undefined, fault: 'no-reader' },
  { names: [], wanted: 'omnikey', fault: 'no-reader' },
  { names: both, wanted: undefined, fault: 'several-readers' },
  { names: both, wanted: 'reader', fault: 'several-readers' },
  { names: both, wanted: 'gemalto', fault: 'unknown-reader' },
] as const)(
  'of $names, "$wanted" is refused with $fault, and the names are given',
  ({ names, wanted, fault }) => {
    expect(() => pickReader(names, wanted)).toThrow(new ReaderError(fault));
    try {
      pickReader(names, wanted);
    } catch (error) {
      expect(error).toMatchObject({ fault, readers: names });
    }
  },
);

test.each([
  { withCard: [OMNIKEY], wanted: undefined, picked: OMNIKEY },
  { withCard: [OMNIKEY], wanted: 'acr', picked: ACR },
])('of two readers, "$wanted" with a card on $withCard picks $picked', ({ withCard, wanted, picked }) => {
  expect(pickReader(both, wanted, withCard)).toBe(picked);
});

test.each([
  ['on none', []],
  ['on both', both],
])('two readers with cards %s are refused without a name', (_, withCard) => {
  expect(() => pickReader(both, undefined, withCard)).toThrow(new ReaderError('several-readers'));
});

test('an index is left out only if one reader is left', () => {
  const twins = ['ACS A 00 00', 'ACS A 01 00'];
  expect(() => pickReader(twins, 'ACS A 02 00')).toThrow(new ReaderError('several-readers'));
});

test.each([
  [ACR, true],
  [OMNIKEY, true],
  ['Sample Reader 00 00', true],
  ['ACS ACR1252 1S CL Reader [ACR1252 1S CL Reader SAM] 01 00', false],
  ['ACS ACR1552 1S CL Reader SAM 01 00', false],
])('%s takes cards: %s', (name, expected) => {
  expect(isCardReader(name)).toBe(expected);
});
