import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

test('the keys are spelled in one file, generated vocabulary and comments aside', () => {
  const lib = join(__dirname, '../../../lib');
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(?!build|dist|node_modules)[^.]*(\.lambda\.js|\.ts)$/.test(file))
    .filter((file) =>
      readFileSync(join(lib, file), 'utf8')
        .split('\n')
        .some((line) => /^(?! *(\/\*\*| \*|\/\/)).*MultiFactorAuth(Present|Age)/i.test(line)),
    );

  expect(files).toEqual([join('policy', 'mfa-keys.ts')]);
});
