import { alternativeWithoutMfa } from '../../../../lib/checks/rules/alternative-without-mfa';
import { roleWithoutMfa } from '../../../../lib/checks/rules/role-without-mfa';
import { trust, verdictOf } from '../verdicts';

const MFA = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
const ROOT = 'arn:aws:iam::111122223333:root';
const OTHER = 'arn:aws:iam::444455556666:root';
const OLGA = 'arn:aws:iam::111122223333:user/olga';
const OTTO = 'arn:aws:iam::111122223333:user/otto';

function allow(AWS: unknown, Condition: unknown = {}) {
  return {
    Effect: 'Allow',
    Principal: { AWS },
    Action: 'sts:AssumeRole',
    Condition,
  };
}

describe('one statement trusts without MFA the people of whom another requires it', () => {
  test.each([
    ['the same account', [allow(ROOT, MFA), allow(ROOT)], 1, 0],
    ['the account behind a user', [allow(OLGA, MFA), allow(ROOT)], 1, 0],
    ['a user of the account', [allow(OLGA), allow(ROOT, MFA)], 0, 1],
    ['anybody', [allow(OLGA, MFA), allow('*')], 1, 0],
    ['the own account by two names', [allow({ Ref: 'AWS::AccountId' }, MFA), allow('111122223333')], 1, 0],
    [
      'a third statement',
      [allow(OTHER, MFA), allow(ROOT, MFA), allow(ROOT, { StringEquals: { 'aws:SourceIp': 'x' } })],
      2,
      1,
    ],
  ])('%s', (_name, statements, open, asking) => {
    const verdict = verdictOf(alternativeWithoutMfa, trust(...statements), '111122223333');
    expect(verdict).toContain(`Properties.AssumeRolePolicyDocument.Statement.${open}: lets `);
    expect(verdict).toContain(`although statement ${asking} requires it`);
    expect(verdictOf(roleWithoutMfa, trust(...statements), '111122223333')).toBe('compliant');
  });
});

describe('no statement without MFA is an alternative to one with it', () => {
  test.each([
    ['both require MFA', [allow(ROOT, MFA), allow(OLGA, MFA)]],
    ['a role next to people', [allow(ROOT, MFA), allow('arn:aws:iam::111122223333:role/ci')]],
    [
      'a Deny stops requests without MFA',
      [
        allow(ROOT, MFA),
        allow(OLGA),
        {
          Effect: 'Deny',
          Principal: '*',
          Action: '*',
          Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': false } },
        },
      ],
    ],
  ])('%s', (_name, statements) => {
    expect(verdictOf(alternativeWithoutMfa, trust(...statements))).toBe('compliant');
  });

  test.each([
    ['for other people', [allow(OLGA, MFA), allow(OTTO)], 'user/otto'],
    ['for another account', [allow(ROOT, MFA), allow(OTHER)], '444455556666'],
  ])('%s: that is a role without MFA', (_name, statements, who) => {
    expect(verdictOf(alternativeWithoutMfa, trust(...statements))).toBe('compliant');
    expect(verdictOf(roleWithoutMfa, trust(...statements))).toContain(who);
  });

  test('no statement requires MFA: that is a role without MFA', () => {
    expect(verdictOf(alternativeWithoutMfa, trust(allow(ROOT), allow(OLGA)))).toBe('not applicable');
    expect(verdictOf(roleWithoutMfa, trust(allow(ROOT), allow(OLGA))).split('\n')).toHaveLength(2);
  });
});
