import { AwsFault } from '../../../runbook/aws/aws';
import { isBadCredentials, isDenied, isGone, isThrottled, toAwsFault } from '../../../runbook/aws/faults';

const ACTION = 'iam:EnableMFADevice';

function answer(name: string): Error {
  return Object.assign(new Error('words'), {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode: 400, requestId: 'r' },
  });
}

test.each([
  ['EntityAlreadyExistsException', 'EntityAlreadyExists'],
  ['NoSuchEntityException', 'NoSuchEntity'],
  ['InvalidAuthenticationCodeException', 'InvalidAuthenticationCode'],
  ['ParameterNotFound', 'ParameterNotFound'],
  ['AccessDenied', 'AccessDenied'],
])('takes AWS’s own code from %s', (name, code) => {
  const fault = toAwsFault(ACTION, answer(name));
  expect([fault.action, fault.code, fault.message]).toEqual([ACTION, code, 'words']);
});

test.each([
  [Object.assign(new Error('no'), { name: 'CredentialsProviderError' }), 'no-credentials'],
  [
    Object.assign(new Error('Could not resolve credentials using profile: [x]'), {
      name: 'CredentialsProviderError',
    }),
    'no-profile',
  ],
  [new Error('Region is missing'), 'no-region'],
  [Object.assign(new Error('stop'), { name: 'AbortError' }), 'cancelled'],
  [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'no-answer'],
  ['a string', 'no-answer'],
])('names what went wrong before AWS answered: %s', (error, code) => {
  expect(toAwsFault(ACTION, error).code).toBe(code);
});

test('leaves a fault as it is', () => {
  const fault = new AwsFault(ACTION, 'NoSuchEntity', 'gone');
  expect(toAwsFault('iam:Other', fault)).toBe(fault);
});

test.each([
  ['AccessDenied', isDenied],
  ['ExpiredTokenException', isBadCredentials],
  ['InvalidClientTokenId', isBadCredentials],
  ['UnrecognizedClientException', isBadCredentials],
  ['ThrottlingException', isThrottled],
  ['Throttling', isThrottled],
] as const)('sorts %s', (name, holds) => {
  expect(holds(toAwsFault(ACTION, answer(name)))).toBe(true);
  expect(holds(toAwsFault(ACTION, answer('NoSuchEntityException')))).toBe(false);
});

test.each([
  ['client', 1, true],
  ['client', 3, false],
  ['server', 1, false],
] as const)('a %s error after %i attempts: refused for certain is %s', (fault, attempts, wasRefused) => {
  const error = Object.assign(new Error('words'), {
    name: 'X',
    $fault: fault,
    $metadata: { attempts, requestId: 'r' },
  });
  expect(toAwsFault(ACTION, error).wasRefused).toBe(wasRefused);
});

test('only NoSuchEntity means that something is gone', () => {
  expect(isGone(toAwsFault(ACTION, answer('NoSuchEntityException')))).toBe(true);
  expect(isGone(toAwsFault(ACTION, answer('AccessDenied')))).toBe(false);
  expect(isGone(new Error('NoSuchEntity'))).toBe(false);
});

test('an answer that may hold a seed does not hang on to the error', () => {
  expect(toAwsFault('iam:CreateVirtualMFADevice', answer('X')).cause).toBeUndefined();
  expect(toAwsFault(ACTION, answer('X')).cause).toBeDefined();
});
