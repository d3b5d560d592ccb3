import { roleWithoutMfa } from '../../../lib/checks/rules/role-without-mfa';
import { ADMINISTRATOR, decide, user } from '../../support/policy-simulation';
import { allow, arn, deny, OLGA, OWN, ROOT, WITHOUT_MFA } from './trust-statements';
import { trust, verdictOf } from './verdicts';

describe('the users of an account are those of the door', () => {
  const ROLE = 'arn:aws:iam::111122223333:role/r';
  const USERS = {
    'the account’s': 'arn:aws:iam::111122223333:user/*',
    'every account’s': 'arn:aws:iam::*:user/*',
    'any partition’s': 'arn:*:iam::111122223333:user/*',
    'another account’s': 'arn:aws:iam::999988887777:user/*',
    'one path’s': 'arn:aws:iam::111122223333:user/ci/*',
  } as const;

  test.each<readonly [keyof typeof USERS, 'compliant' | 'open']>([
    ['the account’s', 'compliant'],
    ['every account’s', 'compliant'],
    ['any partition’s', 'compliant'],
    ['another account’s', 'open'],
    ['one path’s', 'open'],
  ])('a Deny of %s users makes it %s, as IAM decides', async (whose, expected) => {
    const statements = [allow(ROOT), deny({ ...WITHOUT_MFA, ...arn(USERS[whose]) })];
    const decision = await decide({
      caller: user('olga'),
      signIn: 'a long-term key',
      action: 'sts:AssumeRole',
      resource: ROLE,
      policies: [ADMINISTRATOR],
      trust: { Version: '2012-10-17', Statement: statements },
    });

    expect(decision).toBe(expected === 'open' ? 'Allowed' : 'ExplicitlyDenied');
    for (const account of [undefined, '111122223333', '444455556666']) {
      const verdict = verdictOf(roleWithoutMfa, trust(...statements), account);
      expect(verdict === 'compliant' ? verdict : 'open').toBe(expected);
    }
  });

  test.each<readonly [keyof typeof USERS, 'not applicable' | 'open']>([
    ['the account’s', 'not applicable'],
    ['every account’s', 'not applicable'],
    ['any partition’s', 'not applicable'],
    ['another account’s', 'open'],
    ['one path’s', 'open'],
  ])('an Allow of all but %s users makes it %s, as IAM decides', async (whose, expected) => {
    const statement = allow(ROOT, arn(USERS[whose], 'ArnNotLike'));
    const decision = await decide({
      caller: user('olga'),
      signIn: 'a long-term key',
      action: 'sts:AssumeRole',
      resource: ROLE,
      policies: [],
      trust: { Version: '2012-10-17', Statement: [{ ...statement, Principal: '*' }] },
    });

    expect(decision === 'Allowed').toBe(expected === 'open');
    const verdict = verdictOf(roleWithoutMfa, trust(statement), '111122223333');
    expect(verdict === 'not applicable' ? verdict : 'open').toBe(expected);
  });

  function users(account: unknown, path = '*') {
    return {
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', account, `:user/${path}`]],
    };
  }
  const OWN_ID = { Ref: 'AWS::AccountId' };
  function deniedTo(principal: unknown, value: unknown, operator = 'ArnLike') {
    return trust(allow(principal), deny({ ...WITHOUT_MFA, ...arn(value, operator) }));
  }

  test.each<readonly [string, ReturnType<typeof trust>, string | undefined]>([
    ['pseudo parameters on both sides', deniedTo(OWN, users(OWN_ID)), undefined],
    ['a pseudo parameter for the number', deniedTo(ROOT, users(OWN_ID)), '111122223333'],
    ['the number for a pseudo parameter', deniedTo(OWN, users('111122223333')), '111122223333'],
    ['a pseudo parameter that may be the number', deniedTo(ROOT, users(OWN_ID)), undefined],
    ['a parameter', deniedTo(ROOT, users({ Ref: 'Account' })), '111122223333'],
    ['the value of a parameter', deniedTo(ROOT, { Ref: 'Users' }), '111122223333'],
    ['several parts at once', deniedTo(ROOT, 'arn:*:user/*', 'StringLike'), undefined],
    ['a user’s own ARN', deniedTo(OLGA, OLGA.AWS, 'StringEquals'), undefined],
    ['a path that the user is in', deniedTo(OLGA, 'arn:aws:iam::*:user/people/*'), undefined],
    ['the id of a user', deniedTo({ AWS: 'AIDA1234' }, USERS['the account’s']), undefined],
    [
      'each account in its turn',
      deniedTo({ AWS: ['111122223333', '999988887777'] }, [
        USERS['the account’s'],
        USERS['another account’s'],
      ]),
      undefined,
    ],
  ])('they are denied by %s', (_name, template, account) => {
    expect(verdictOf(roleWithoutMfa, template, account)).toBe('compliant');
  });

  test.each<readonly [string, ReturnType<typeof trust>, string | undefined]>([
    ['another account in the own partition', deniedTo(ROOT, users('999988887777')), undefined],
    ['the own account, when another is trusted', deniedTo(ROOT, users(OWN_ID)), '444455556666'],
    ['a path of the own account', deniedTo(OWN, users(OWN_ID, 'ci/*')), undefined],
    ['one account, when anybody is trusted', deniedTo('*', USERS['the account’s']), undefined],
    ['the own account, when anybody is trusted', deniedTo('*', users(OWN_ID)), undefined],
    [
      'one account of two',
      deniedTo({ AWS: ['111122223333', '999988887777'] }, USERS['the account’s']),
      undefined,
    ],
    [
      'the own account, when everybody but one is trusted',
      trust(
        { Effect: 'Allow', NotPrincipal: OLGA, Action: 'sts:AssumeRole' },
        deny({ ...WITHOUT_MFA, ...arn(users(OWN_ID)) }),
      ),
      undefined,
    ],
    ['an operator without wildcards', deniedTo(ROOT, USERS['the account’s'], 'StringEquals'), undefined],
    ['another user', deniedTo(OLGA, 'arn:aws:iam::111122223333:user/people/peter'), undefined],
  ])('they are not denied by %s', (_name, template, account) => {
    expect(verdictOf(roleWithoutMfa, template, account)).toContain('without MFA');
  });

  test('one of the own account in a condition is a user, whatever the number of the account', () => {
    function own(of: string) {
      return trust(allow(OWN, arn({ 'Fn::Sub': `arn:aws:iam::\${AWS::AccountId}:${of}` })));
    }
    expect(verdictOf(roleWithoutMfa, own('user/olga'))).toContain('without MFA');
    expect(verdictOf(roleWithoutMfa, own('role/ci'))).toBe('not applicable');
  });
});

test('a Deny by a value that only the deployment knows is not judged', () => {
  function withUserName(value: unknown) {
    return trust(allow(ROOT), deny({ ...WITHOUT_MFA, StringEquals: { 'aws:username': value } }));
  }
  expect(verdictOf(roleWithoutMfa, withUserName({ Ref: 'UserName' }))).toBe('compliant');
  expect(verdictOf(roleWithoutMfa, withUserName('olga'))).toContain('without MFA');
});

describe('roles only, by what else tells users from roles', () => {
  test.each<readonly [string, unknown]>([
    ['another type than users', { StringNotEquals: { 'aws:PrincipalType': 'User' } }],
    ['a pattern of types', { StringLike: { 'aws:PrincipalType': 'Assumed*' } }],
    ['the type', { StringEquals: { 'aws:PrincipalType': ['AssumedRole', 'FederatedUser'] } }],
    ['no user name', { Null: { 'aws:username': 'true' } }],
  ])('%s', (_name, condition) => {
    expect(verdictOf(roleWithoutMfa, trust(allow(ROOT, condition)))).toBe('not applicable');
  });

  test.each<readonly [string, unknown]>([
    ['another type than roles', { StringNotEquals: { 'aws:PrincipalType': 'AssumedRole' } }],
    ['a pattern that is taken literally', { StringNotEquals: { 'aws:PrincipalType': 'User*' } }],
    ['a pattern of every type', { StringLike: { 'aws:PrincipalType': '*' } }],
    ['any type', { Null: { 'aws:PrincipalType': 'false' } }],
    ['a user name', { Null: { 'aws:username': 'false' } }],
    [
      'a key of machines that may be absent',
      { 'ForAllValues:ArnLike': { 'lambda:SourceFunctionArn': 'arn:aws:lambda:*:*:function:*' } },
    ],
  ])('not %s', (_name, condition) => {
    expect(verdictOf(roleWithoutMfa, trust(allow(ROOT, condition)))).toContain('without MFA');
  });

  test('a Deny of all other types than roles holds for users', () => {
    function other(type: string) {
      return trust(allow(ROOT), deny({ ...WITHOUT_MFA, StringNotEquals: { 'aws:PrincipalType': type } }));
    }
    expect(verdictOf(roleWithoutMfa, other('AssumedRole'))).toBe('compliant');
    expect(verdictOf(roleWithoutMfa, other('User'))).toContain('without MFA');
  });
});

test.each<readonly [string, unknown]>([
  ['any but one', { StringNotEquals: { 'sts:ExternalId': 'x' } }],
  ['a wildcard', { StringLike: { 'sts:ExternalId': '*' } }],
  ['one of some length', { StringLike: { 'sts:ExternalId': ['x', '??*'] } }],
  ['one, if there is any', { StringEqualsIfExists: { 'sts:ExternalId': 'x' } }],
  ['one or none', { 'ForAllValues:StringEquals': { 'sts:ExternalId': 'x' } }],
  ['none', { Null: { 'sts:ExternalId': 'true' } }],
  ['any', { Null: { 'sts:ExternalId': 'false' } }],
])('an external id that anybody passes is no other company’s: %s', (_name, condition) => {
  expect(verdictOf(roleWithoutMfa, trust(allow(ROOT, condition)), '444455556666')).toContain('without MFA');
});

test('an external id may be a pattern of some company’s own, or of the deployment', () => {
  function trusted(value: unknown) {
    return trust(allow(ROOT, { StringLike: { 'sts:ExternalId': value } }));
  }
  expect(verdictOf(roleWithoutMfa, trusted('acme-*'))).toBe('not applicable');
  expect(verdictOf(roleWithoutMfa, trusted({ Ref: 'ExternalId' }))).toBe('not applicable');
});
