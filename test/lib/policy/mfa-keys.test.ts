import { CfnParameter, Duration } from 'aws-cdk-lib';
import { formatMfaAge } from '../../../lib/policy/mfa-keys';
import { emptyStack } from '../fixtures';

test.each([
  [Duration.minutes(1), '60'],
  [Duration.minutes(15), '900'],
  [Duration.hours(36), '129600'],
])('the age %s is %s', (age, text) => {
  expect(formatMfaAge(age)).toBe(text);
});

test.each([
  [Duration.seconds(59), 'maxAge is 59 seconds (59 s), must be between 1 minute and 36 hours'],
  [Duration.seconds(129_601), '(129601 s), must be between 1 minute and 36 hours'],
])('the age %s is refused', (age, message) => {
  expect(() => formatMfaAge(age)).toThrow(message);
});

test('an age known only at deployment stays a token', () => {
  const stack = emptyStack();
  const age = new CfnParameter(stack, 'Age', { type: 'Number' }).valueAsNumber;
  expect(stack.resolve(formatMfaAge(Duration.seconds(age)))).toEqual({ Ref: 'Age' });
});
