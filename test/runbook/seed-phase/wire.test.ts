import { AwsFault } from '../../../runbook/aws/aws';
import { RunbookError } from '../../../runbook/runbook-error';
import { decodeError, encodeError, joinArguments, splitArguments } from '../../../runbook/seed-phase/wire';
import {
  ForeignCardError,
  MalformedAnswerError,
  StatusWordError,
  TokenFullError,
  TokenLockedError,
  TouchError,
} from '../../../runbook/token/driver';
import { ReaderError } from '../../../runbook/token/readers';
import { ProfileTakenError } from '../../../runbook/token/token2-molto2-profile';
import { CardGoneError } from '../../../runbook/token/transport';

/** As the channel carries it. */
function overTheWire(error: unknown): unknown {
  return decodeError(JSON.parse(JSON.stringify(encodeError(error))));
}

function own(error: Error): object {
  return { ...error, name: error.name, message: error.message };
}

test.each([
  new AwsFault('iam:CreateVirtualMFADevice', 'AccessDenied', 'not authorized', { wasRefused: true }),
  new AwsFault('iam:CreateVirtualMFADevice', 'no-answer', 'connect ECONNREFUSED'),
  new RunbookError('seed-phase/inspected', 'a debugger listens', { hints: ['close it'], exitCode: 3 }),
  new RunbookError('token/gone', 'gone', { hints: [], state: 'the token was not written' }),
  new ReaderError('several-readers', ['ACR1252 00 00', 'ACR122U 01 00']),
  new ReaderError('no-service'),
  new CardGoneError('write seed'),
  new ForeignCardError('unknown-prefix', '12345 begins like no known model'),
  new StatusWordError('authenticate', 0x6983, 'locked', 'use another token'),
  new StatusWordError('configure', 0x6a80, 'wrong data'),
  new MalformedAnswerError('get challenge', '4 bytes instead of 8'),
  new TokenLockedError('password', 'wrong'),
  new TokenLockedError('customer-key', 'wrong', 2),
  new TokenLockedError('password', 'blocked', 0),
  new TokenFullError('no room'),
  new TouchError('no touch'),
  new ProfileTakenError(7, 'alice'),
  new RangeError('the token holds a seed of 1 to 63 bytes, not 64'),
  new Error('no token was laid on before the burn'),
])('%s comes out as the same class with the same facts', (error) => {
  const decoded = overTheWire(error);
  expect(decoded).toBeInstanceOf(error.constructor);
  expect(own(decoded as Error)).toEqual(own(error));
});

test('the reason of an aborted signal stays on its side', () => {
  const reason = new Error('the operator cancelled');
  expect(encodeError(new Error('this text stays'), true)).toEqual({ type: 'aborted' });
  expect(decodeError({ type: 'aborted' }, reason)).toBe(reason);
});

test('causes do not cross: they may quote what was being read', () => {
  const cause = new Error('GEZDGNBVGY3TQOJQ');
  for (const error of [
    new AwsFault('iam:CreateVirtualMFADevice', 'no-answer', 'x', { cause }),
    new CardGoneError('write seed', { cause }),
    new ReaderError('no-service', [], { cause }),
    new RunbookError('internal', 'x', { hints: [], cause }),
    new Error('x', { cause }),
  ]) {
    expect(JSON.stringify(encodeError(error))).not.toContain('GEZDGNBVGY3TQOJQ');
    expect(overTheWire(error)).not.toHaveProperty('cause');
  }
});

test.each([
  ['a SyntaxError', () => JSON.parse('GEZDGNBVGY3TQOJQ'), 'SyntaxError (its words are withheld)'],
  [
    'an error of Node',
    () => {
      throw Object.assign(new TypeError('Received GEZDGNBVGY3TQOJQ'), { code: 'ERR_INVALID_ARG_TYPE' });
    },
    'TypeError ERR_INVALID_ARG_TYPE (its words are withheld)',
  ],
  [
    'what is no error',
    () => {
      throw 'GEZDGNBVGY3TQOJQ';
    },
    'thrown, not an error',
  ],
])('the words of %s do not cross, its name does', (_name, fail, message) => {
  let thrown: unknown;
  try {
    fail();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeDefined();
  expect(JSON.stringify(encodeError(thrown))).not.toContain('GEZDGNBVGY3TQOJQ');
  expect(overTheWire(thrown)).toMatchObject({ message });
});

test('values cross, and a signal and a callback of the other side take the place of what stays', () => {
  const { signal } = new AbortController();
  function onWriting(): void {
    // Stays on its side.
  }
  function onTouch(): void {
    // Stays, too.
  }
  const target = { label: 'AWS 123456789012:alice.primary' };
  expect(splitArguments('burn', [target, onWriting, signal])).toEqual({
    values: [target],
    signal,
    onWriting,
  });
  expect(splitArguments('code', [target, 7, onTouch])).toEqual({ values: [target, 7], onTouch });
  expect(splitArguments('judge', ['123456', 7]).values).toEqual(['123456', 7]);
  const { values } = splitArguments('layToken', [undefined, signal]);
  const call = { name: 'layToken', values: JSON.parse(JSON.stringify(values)), trace: false } as const;
  expect(joinArguments(call, { signal })).toEqual([undefined, signal]);
});

test('a call without arguments crosses', () => {
  expect(joinArguments({ name: 'authenticate', values: [], trace: false }, {})).toEqual([]);
});

test.each(['end', 'toString', 'constructor', 'export'])('the phase has no call %s', (name) => {
  const call = JSON.parse(JSON.stringify({ name, values: [], trace: false }));
  expect(() => joinArguments(call, {})).toThrow(name);
});

test('a call with a value too many or too few is refused', () => {
  for (const values of [[], ['123456'], ['123456', 1, 2]]) {
    expect(() => joinArguments({ name: 'judge', values, trace: false }, {})).toThrow('judge');
  }
});
