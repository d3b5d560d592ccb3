import type { JsonObject } from '../operation';
import { parseEventPattern } from './event-pattern';

const event: JsonObject = {
  source: 'aws.iam',
  detail: {
    eventName: 'EnableMFADevice',
    count: 5,
    flag: true,
    nothing: null,
    address: '10.0.0.17',
    tags: ['red', 'blue'],
    empty: [],
    items: [{ kind: 'a' }, { kind: 'b' }],
  },
};

/** Creates a pattern for one field of the detail, with a list of accepted values. */
function detail(field: string, ...leaves: JsonObject[string][]): JsonObject {
  return {
    detail: { [field]: leaves },
  } as JsonObject;
}

/** Patterns that match the event, each with one that nearly does. */
test.each<[string, JsonObject, JsonObject]>([
  ['a text', detail('eventName', 'EnableMFADevice'), detail('eventName', 'enablemfadevice')],
  ['one of some texts', detail('eventName', 'x', 'EnableMFADevice'), detail('eventName', 'x', 'y')],
  ['a number', detail('count', 5), detail('count', '5')],
  ['a boolean', detail('flag', true), detail('flag', false)],
  ['null', detail('nothing', null), detail('missing', null)],
  ['a member of a list', detail('tags', 'blue'), detail('tags', 'green')],
  [
    'a member of one object of a list',
    { detail: { items: { kind: ['b'] } } },
    { detail: { items: { kind: ['c'] } } },
  ],
  ['a prefix', detail('eventName', { prefix: 'Enable' }), detail('eventName', { prefix: 'enable' })],
  [
    'a prefix in any case',
    detail('eventName', { prefix: { 'equals-ignore-case': 'enable' } }),
    detail('eventName', { prefix: { 'equals-ignore-case': 'able' } }),
  ],
  ['a suffix', detail('eventName', { suffix: 'Device' }), detail('eventName', { suffix: 'device' })],
  [
    'a text in any case',
    detail('eventName', { 'equals-ignore-case': 'ENABLEmfadevice' }),
    detail('eventName', { 'equals-ignore-case': 'ENABLEmfa' }),
  ],
  ['a wildcard', detail('eventName', { wildcard: 'En*MFA*' }), detail('eventName', { wildcard: 'En*Mfa*' })],
  ['a star itself', detail('eventName', { wildcard: '*' }), detail('eventName', { wildcard: '\\*' })],
  ['a field that exists', detail('eventName', { exists: true }), detail('missing', { exists: true })],
  ['a field that does not', detail('missing', { exists: false }), detail('eventName', { exists: false })],
  ['an empty list, which is no value', detail('empty', { exists: false }), detail('empty', { exists: true })],
  ['anything but', detail('eventName', { 'anything-but': 'x' }), detail('missing', { 'anything-but': 'x' })],
  [
    'anything but some',
    detail('eventName', { 'anything-but': ['x', 'y'] }),
    detail('eventName', { 'anything-but': ['x', 'EnableMFADevice'] }),
  ],
  [
    'anything but a prefix',
    detail('eventName', { 'anything-but': { prefix: 'Create' } }),
    detail('eventName', { 'anything-but': { prefix: 'Enable' } }),
  ],
  [
    'a range',
    detail('count', { numeric: ['>', 1, '<=', 5] }),
    detail('count', { numeric: ['>', 1, '<', 5] }),
  ],
  ['a network', detail('address', { cidr: '10.0.0.16/28' }), detail('address', { cidr: '10.0.0.32/28' })],
  [
    'an alternative',
    { detail: { $or: [{ eventName: ['x'] }, { count: [5] }] } },
    { detail: { $or: [{ eventName: ['x'] }, { count: [6] }] } },
  ],
  [
    'all of several fields',
    { source: ['aws.iam'], ...detail('count', 5) },
    { source: ['aws.sts'], ...detail('count', 5) },
  ],
  [
    'a member that is absent below one that is',
    { detail: { none: { name: [{ exists: false }] } } },
    { detail: { none: { name: ['x'] } } },
  ],
])('%s is met, and its near miss is not', (_what, met, missed) => {
  expect([parseEventPattern(met)(event), parseEventPattern(missed)(event)]).toEqual([true, false]);
});

test.each<[string, JsonObject, string]>([
  ['no pattern', {}, 'Empty objects are not allowed at $'],
  [
    'a text where a list belongs',
    { source: 'aws.iam' },
    '"aws.iam" must be an object or an array at $.source',
  ],
  ['an empty list', { source: [] }, 'Empty arrays are not allowed'],
  ['a list in a list', { source: [['aws.iam']] }, 'a list inside a list'],
  ['an unknown operator', { source: [{ sufix: 'x' }] }, 'Unrecognized match type sufix'],
  ['two operators', { source: [{ prefix: 'x', suffix: 'y' }] }, 'Unrecognized match type prefix, suffix'],
  ['a prefix that is no text', { source: [{ prefix: 5 }] }, 'prefix takes a string'],
  ['exists that is no boolean', { source: [{ exists: 'true' }] }, 'exists takes true or false'],
  [
    'anything but an unknown operator',
    { source: [{ 'anything-but': { cidr: 'x' } }] },
    'anything-but does not take cidr',
  ],
  ['anything but nothing', { source: [{ 'anything-but': [] }] }, 'anything-but takes strings or numbers'],
  ['a comparison with a text', { source: [{ numeric: ['>', '1'] }] }, 'numeric does not take > 1'],
  ['half a comparison', { source: [{ numeric: ['>'] }] }, 'numeric takes one or two comparisons'],
  ['a network that is none', { source: [{ cidr: '10.0.0.0/33' }] }, 'cidr takes an IPv4 network'],
  ['one alternative', { $or: [{ source: ['x'] }] }, '$or takes a list of two patterns or more'],
])('%s is refused', (_what, pattern, reason) => {
  expect(() => parseEventPattern(pattern)).toThrow(reason);
});
