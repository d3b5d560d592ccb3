import { Aws, Fn, Stack } from 'aws-cdk-lib';
import { ArnPrincipal, Group, Role, User } from 'aws-cdk-lib/aws-iam';
import { MfaRole, requireMfa } from '../../../lib/index';
import { arnText, refusalOfArn } from '../../../lib/trust/principal-arn';
import { ACCOUNT } from '../../support/policy-simulation';
import { emptyStack, newApp, withoutBootstrap } from '../fixtures';
import { addTrust, assume, OLGA, statementsOf, trustAfter } from './trust-scene';

const PREFIX = `arn:${Aws.PARTITION}:iam::${ACCOUNT}`;
const HERE = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}`;

describe('an ARN with tokens is refused for what is written out in it', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['a role', `${PREFIX}:role/Admin`, `trusts 'arn:…:iam::${ACCOUNT}:role/Admin': the session of a role`],
    ['a role of the account', `${HERE}:role/${Aws.STACK_NAME}`, "'arn:…:iam::…:role/…'"],
    [
      'an Identity Center role',
      `${HERE}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef`,
      'trusts the Identity Center role',
    ],
    ['a session', `arn:${Aws.PARTITION}:sts::${Aws.ACCOUNT_ID}:assumed-role/x/y`, 'session of a role'],
    ['a federated user', `arn:${Aws.PARTITION}:sts::${ACCOUNT}:federated-user/x`, 'a federated user never'],
    ['a group', `${HERE}:group/staff`, 'neither an IAM user nor an account'],
    ['a provider', `${HERE}:saml-provider/corp`, 'neither an IAM user nor an account'],
    ['another service', `arn:${Aws.PARTITION}:s3:::bucket`, 'neither an IAM user nor an account'],
    ['a user of another service', `arn:${Aws.PARTITION}:sts::${ACCOUNT}:user/olga`, 'neither an IAM user'],
    ['a user in a Region', `arn:${Aws.PARTITION}:iam:eu-west-1:${ACCOUNT}:user/olga`, 'neither an IAM user'],
    ['a short account', `arn:${Aws.PARTITION}:iam::1111:user/olga`, 'neither an IAM user'],
    ['all users', `${HERE}:user/*`, 'no wildcard in the ARN of a principal; trust the account'],
    ['users without tokens', `arn:aws:iam::${ACCOUNT}:user/ops/*`, 'the condition ArnLike aws:PrincipalArn'],
    ['a name with a blank', `${HERE}:user/olga smith`, 'neither an IAM user'],
  ];

  test.each(rows)('%s', (_what, arn, reason) => {
    const principal = new ArnPrincipal(arn);

    expect(() => requireMfa(principal)).toThrow(reason);
    expect(() => new MfaRole(emptyStack(), 'Role', { assumedBy: principal })).toThrow(reason);
    expect(() => trustAfter((role) => addTrust(role, assume(principal)))).toThrow(reason);
  });

  test.each([
    ['a user', `${PREFIX}:user/olga`],
    ['a user at a path', `${HERE}:user/people/eu-1/olga`],
    ['a user of an account', `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:user/olga`],
    ['a user named by a token', `arn:aws:iam::${ACCOUNT}:user/${Aws.STACK_NAME}`],
    ['a user in a path by a token', `${HERE}:user/${Aws.STACK_NAME}/olga`],
    ['an account', `${HERE}:root`],
    ['whatever there is', `${HERE}:${Aws.STACK_NAME}`],
    ['the beginning in one token', `${Fn.importValue('Prefix')}:user/olga`],
    ['the middle in one token', `arn:${Fn.importValue('Middle')}:root`],
    ['all in one token', Fn.importValue('Arn')],
    ['an account id', Aws.ACCOUNT_ID],
  ])('but %s is taken', (_what, arn) => {
    const principal = new ArnPrincipal(arn);

    expect(() => requireMfa(principal)).not.toThrow();
    expect(trustAfter((role) => addTrust(role, assume(principal)))).toHaveLength(2);
  });
});

test('what only the stack makes of a token is judged at synthesis', () => {
  const stack = emptyStack();
  const roleArn = stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: 'x' });
  expect(() => requireMfa(new ArnPrincipal(roleArn))).toThrow("'arn:…:iam::…:role/x'");

  function sub(resource: string): string {
    return Fn.sub(`arn:\${AWS::Partition}:iam::${ACCOUNT}:${resource}`);
  }
  function trusting(resource: string): unknown {
    return trustAfter((role) => addTrust(role, assume(new ArnPrincipal(sub(resource)))));
  }
  expect(() => trusting('role/Admin')).toThrow(`trusts 'arn:…:iam::${ACCOUNT}:role/Admin'`);
  expect(() => trusting('user/olga')).not.toThrow();
});

describe('a reference to what is no principal is refused', () => {
  const rows: readonly (readonly [string, (stack: Stack) => string, string])[] = [
    [
      'the ARN of a group',
      (stack) => new Group(stack, 'It').groupArn,
      "trusts the group 'Users/It/Resource'",
    ],
    [
      'the ARN of a role',
      (stack) => new Role(stack, 'It', { assumedBy: OLGA }).roleArn,
      "trusts the role 'Users/It/Resource'",
    ],
  ];

  test.each(rows)('%s, at once, and added later, from another stack as well', (_what, arnOf, reason) => {
    const users = new Stack(newApp(), 'Users', { synthesizer: withoutBootstrap() });
    const principal = new ArnPrincipal(arnOf(users));
    expect(() => requireMfa(principal)).toThrow(reason);

    for (const stack of [users, new Stack(users.node.root, 'Roles', { synthesizer: withoutBootstrap() })]) {
      const role = new MfaRole(stack, 'Role', { assumedBy: OLGA });
      expect(role.node.validate()).toEqual([]);
      addTrust(role, assume(principal));
      expect(role.node.validate().join()).toContain(`statement 2 of the trust policy: ${reason}`);
    }
  });

  test('but not to a user', () => {
    const stack = emptyStack();
    new MfaRole(stack, 'Role', { assumedBy: new ArnPrincipal(new User(stack, 'User').userArn) });

    expect(statementsOf(stack)).toHaveLength(1);
  });
});

/** As Fn::Sub writes what it fills in. */
function placeholder(name: string): string {
  return `\${${name}}`;
}

test.each<readonly [unknown, string]>([
  ['arn:aws:iam::111122223333:root', 'arn:aws:iam::111122223333:root'],
  ['', ''],
  [undefined, '…'],
  [{ Ref: 'Arn' }, '…'],
  [{ 'Fn::GetAtt': ['User', 'Arn'] }, '…'],
  [
    { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::1:user/', { Ref: 'U' }]] },
    'arn:…:iam::1:user/…',
  ],
  [{ 'Fn::Join': [':', ['arn', { 'Fn::Join': ['', ['a', 'ws']] }, 'iam']] }, 'arn:aws:iam'],
  [{ 'Fn::Join': [':', { Ref: 'List' }] }, '…'],
  [{ 'Fn::Sub': `arn:${placeholder('AWS::Partition')}:iam::1:role/x` }, 'arn:…:iam::1:role/x'],
  [
    { 'Fn::Sub': [`arn:aws:iam::${placeholder('Account')}:role/x`, { Account: { Ref: 'A' } }] },
    'arn:aws:iam::…:role/x',
  ],
])('of %j the known text is %s', (value, text) => {
  expect(arnText(value)).toBe(text);
});

test('a resolved ARN is refused as well as a plain one', () => {
  const partition = { Ref: 'AWS::Partition' };
  function joined(end: string): unknown {
    return { 'Fn::Join': ['', ['arn:', partition, `:iam::1111${end}`]] };
  }

  expect(refusalOfArn(joined('22223333:role/x'))).toContain('session of a role');
  expect(refusalOfArn(joined('22223333:user/x'))).toBeUndefined();
});
