import * as fc from 'fast-check';
import { formatPlace, isSamePlace, type Place, parsePlace, placeOf } from '../../../lib/record/place';
import { forAll, serial } from './random-record';

const place: fc.Arbitrary<Place> = fc.oneof(
  fc.record({ serial }),
  fc.record({ serial, profile: fc.integer({ min: 0, max: 99 }) }),
);

test('a place is written with two digits of profile, and read back', () => {
  expect(formatPlace({ serial: '86596220000001' })).toBe('86596220000001');
  expect(formatPlace({ serial: '826658719844499', profile: 7 })).toBe('826658719844499+07');
  forAll(place, (any) => {
    expect(parsePlace(formatPlace(any))).toEqual(any);
  });
});

test.each(['', '+07', 'A+7', 'A+007', 'A+07+08', 'A+', 'A+x7'])('%j is no place', (text) => {
  expect(parsePlace(text)).toBeUndefined();
});

test('two places are one if they are written alike', () => {
  forAll(fc.tuple(place, place), ([one, other]) => {
    expect(isSamePlace(one, other)).toBe(formatPlace(one) === formatPlace(other));
    expect(isSamePlace(one, { ...one })).toBe(true);
  });
  expect(isSamePlace({ serial: 'A' }, { serial: 'A', profile: 0 })).toBe(false);
});

test('the place of a token is its serial and its profile', () => {
  const kept = { custody: 'safe', type: 'molto2' };
  expect(placeOf({ ...kept, serial: 'A', profile: 0 })).toEqual({ serial: 'A', profile: 0 });
  expect(placeOf({ ...kept, serial: 'A' })).toEqual({ serial: 'A' });
});
