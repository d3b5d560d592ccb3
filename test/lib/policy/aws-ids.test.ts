import { Aws, CfnParameter } from 'aws-cdk-lib';
import { ACCOUNT_ID, REGION, requireOnce, UNIT_OR_ROOT_ID } from '../../../lib/policy/aws-ids';
import { emptyStack } from '../fixtures';
import { NOT_REGIONS, REGIONS } from '../regions';

test.each<readonly [string, RegExp, readonly string[], readonly string[]]>([
  [
    'an account',
    ACCOUNT_ID,
    ['111122223333'],
    ['11112222333', '1111222233334', ' 111122223333', 'o-1234567890'],
  ],
  ['a Region', REGION, [...Object.values(REGIONS).flat(), 'ap-southeast-10'], NOT_REGIONS],
  [
    'an organizational unit or a root',
    UNIT_OR_ROOT_ID,
    ['ou-ab12-34cd56ef', `ou-${'a'.repeat(32)}-${'b'.repeat(32)}`, 'r-ab12'],
    ['ou-ab12', 'ou-ab12-34cd', 'r-ab1', 'r-AB12', 'ou-ab12-34cd56ef/', 'o-1234567890', '111122223333'],
  ],
])('the id of %s', (_what, pattern, ids, others) => {
  expect(ids.filter((id) => !pattern.test(id))).toEqual([]);
  expect(others.filter((id) => pattern.test(id))).toEqual([]);
});

describe('a list', () => {
  test('that names a value twice is refused', () => {
    expect(() => requireOnce('regions', ['eu-west-1', 'us-east-1', 'us-gov-west-1', 'us-east-1'])).toThrow(
      "regions names 'us-east-1' twice, must name each once; remove one",
    );
  });

  test('that names each once, or none, is taken', () => {
    expect(() => requireOnce('regions', ['us-east-1', 'eu-west-1'])).not.toThrow();
    expect(() => requireOnce('regions', [])).not.toThrow();
  });

  test('of what is known only at deployment is not judged', () => {
    const list = new CfnParameter(emptyStack(), 'Regions', { type: 'CommaDelimitedList' }).valueAsList;
    expect(() => requireOnce('regions', [Aws.REGION, 'us-east-1', Aws.REGION])).not.toThrow();
    expect(() => requireOnce('regions', list)).not.toThrow();
  });
});
