import { matches } from './event-pattern';

const event = { source: 'aws.iam', detail: { name: 'Alice', size: 3, list: ['a', 'b'], none: null } };

test.each<readonly [string, unknown, boolean]>([
  ['an exact value', { source: ['aws.iam'] }, true],
  ['another value', { source: ['aws.sts'] }, false],
  ['one of several', { source: ['aws.sts', 'aws.iam'] }, true],
  ['a number, which is not its text', { detail: { size: ['3'] } }, false],
  ['both fields', { source: ['aws.iam'], detail: { size: [3] } }, true],
  ['one field of two', { source: ['aws.iam'], detail: { size: [4] } }, false],
  ['an element of a list', { detail: { list: ['b'] } }, true],
  ['null, which is there', { detail: { none: [null] } }, true],
  ['prefix', { source: [{ prefix: 'aws.' }] }, true],
  ['another prefix', { source: [{ prefix: 'iam' }] }, false],
  ['suffix', { source: [{ suffix: '.iam' }] }, true],
  ['another suffix', { source: [{ suffix: 'aws' }] }, false],
  ['wildcard', { source: [{ wildcard: 'a*.i*m' }] }, true],
  ['a wildcard of another', { source: [{ wildcard: 'a*.s*' }] }, false],
  ['ignored case', { detail: { name: [{ 'equals-ignore-case': 'aLICE' }] } }, true],
  ['ignored case of another', { detail: { name: [{ 'equals-ignore-case': 'bob' }] } }, false],
  ['anything but another', { source: [{ 'anything-but': ['aws.sts'] }] }, true],
  ['anything but itself', { source: [{ 'anything-but': ['aws.sts', 'aws.iam'] }] }, false],
  ['anything but, of what is absent', { gone: [{ 'anything-but': ['x'] }] }, false],
  ['anything but another prefix', { source: [{ 'anything-but': { prefix: 'aws.s' } }] }, true],
  ['anything but its prefix', { source: [{ 'anything-but': { prefix: 'aws.' } }] }, false],
  ['anything but one of its prefixes', { source: [{ 'anything-but': { prefix: ['x', 'aws.'] } }] }, false],
  ['anything but a prefix, of what is absent', { gone: [{ 'anything-but': { prefix: 'x' } }] }, false],
  ['presence', { source: [{ exists: true }] }, true],
  ['presence of what is absent', { gone: [{ exists: true }] }, false],
  ['absence', { detail: { gone: [{ exists: false }] } }, true],
  ['absence below what is absent', { gone: { deeper: [{ exists: false }] } }, true],
  ['absence of what is there', { source: [{ exists: false }] }, false],
  ['one of two alternatives', { $or: [{ source: ['x'] }, { detail: { size: [3] } }] }, true],
  ['none of two alternatives', { $or: [{ source: ['x'] }, { detail: { size: [4] } }] }, false],
  [
    'an alternative next to a mismatch',
    { source: ['x'], $or: [{ source: ['aws.iam'] }, { a: ['b'] }] },
    false,
  ],
])('%s', (_, pattern, expected) => {
  expect(matches(pattern, event)).toBe(expected);
});

test.each<readonly [string, unknown]>([
  ['an unknown operator', { source: [{ cidr: '10.0.0.0/8' }] }],
  ['two operators in one', { source: [{ prefix: 'a', suffix: 'b' }] }],
  ['a value that is not in a list', { source: 'aws.iam' }],
  ['an empty list', { source: [] }],
  ['an empty pattern', {}],
  ['one alternative', { $or: [{ source: ['x'] }] }],
  ['an operand of the wrong type', { source: [{ prefix: 3 }] }],
  ['anything but an unknown operator', { source: [{ 'anything-but': { cidr: 'x' } }] }],
  ['a mistake behind a mismatch', { source: ['x'], detail: { name: [{ like: 'A' }] } }],
])('%s is refused', (_, pattern) => {
  expect(() => matches(pattern, event)).toThrow();
});
