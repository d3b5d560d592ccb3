import { differencesOf } from './differences';

test.each<readonly [string, unknown]>([
  ['nothing', undefined],
  ['a text', 'a'],
  ['an object whose keys come in another order', { b: { d: [1, null] }, a: 'x' }],
])('%s does not differ from itself', (_what, value) => {
  expect(
    differencesOf({ a: 'x', b: { d: [1, null] }, value }, { value, b: { d: [1, null] }, a: 'x' }),
  ).toEqual([]);
});

test.each<readonly [string, unknown, unknown, readonly unknown[]]>([
  ['a value', { a: { b: 1 } }, { a: { b: 2 } }, [{ path: 'a.b', one: 1, other: 2 }]],
  ['a type', { a: '1' }, { a: 1 }, [{ path: 'a', one: '1', other: 1 }]],
  ['a key that one lacks', { a: {} }, { a: { b: 0 } }, [{ path: 'a.b', one: undefined, other: 0 }]],
  ['a key that the other lacks', { a: 0 }, {}, [{ path: 'a', one: 0, other: undefined }]],
  [
    'the order of a list',
    { a: ['x', 'y'] },
    { a: ['y', 'x'] },
    [
      { path: 'a.0', one: 'x', other: 'y' },
      { path: 'a.1', one: 'y', other: 'x' },
    ],
  ],
  ['an empty list and an empty object', { a: [] }, { a: {} }, [{ path: 'a', one: [], other: {} }]],
  ['null and nothing', { a: null }, {}, [{ path: 'a', one: null, other: undefined }]],
  ['the whole', [], 'x', [{ path: '', one: [], other: 'x' }]],
])('%s is a difference', (_what, one, other, expected) => {
  expect(differencesOf(one, other)).toEqual(expected);
});
