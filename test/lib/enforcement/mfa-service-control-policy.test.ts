import { Aws, CfnParameter, Duration, type Environment, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations as AnnotationsOf, Match } from 'aws-cdk-lib/assertions';
import { MfaSelfService } from '../../../lib/enforcement/mfa-enforcement-rules';
import {
  MfaServiceControlPolicy,
  type MfaServiceControlPolicyProps,
} from '../../../lib/enforcement/mfa-service-control-policy';
import { OrganizationGuardrails } from '../../../lib/organization/organization-guardrails';
import {
  ACCOUNT,
  ADMINISTRATOR,
  type Caller,
  policySize,
  rendered,
  roleSession,
  user,
} from '../../support/policy-simulation';
import { emptyStack, newApp, onlyResource } from '../fixtures';
import { answersOf, type Document } from './forms';

const TYPE = 'AWS::Organizations::Policy';

function propertiesOf(props: MfaServiceControlPolicyProps, stack = emptyStack()): Record<string, unknown> {
  new MfaServiceControlPolicy(stack, 'MfaScp', props);
  return onlyResource(stack, TYPE);
}

function deployed(props: MfaServiceControlPolicyProps, refs = {}): Document {
  return rendered(propertiesOf(props).Content, refs) as Document;
}

interface Question {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
  readonly policies?: readonly unknown[];
}

function answers(scp: Document, { policies = [ADMINISTRATOR], ...rest }: Question): Promise<string> {
  return answersOf({ ...rest, policies, serviceControls: [scp] });
}

const BUCKETS = { action: 's3:ListAllMyBuckets', resource: '*' };

describe.each(['/', '/people/eu/'])('an IAM user at the path %s', (path) => {
  const olga = user('olga', path);
  const scp = deployed({});

  test.each([
    ['s3:ListAllMyBuckets', '*', '--++'],
    ['iam:GetUser', olga.arn, '++++'],
    ['iam:GetUser', user('mallory').arn, '--++'],
    ['iam:EnableMFADevice', olga.arn, '++++'],
    ['iam:EnableMFADevice', user('mallory').arn, '--++'],
    ['iam:DeactivateMFADevice', olga.arn, '--++'],
    ['iam:CreateVirtualMFADevice', `arn:aws:iam::${ACCOUNT}:mfa/my-phone`, '++++'],
    ['iam:CreateVirtualMFADevice', `arn:aws:iam::${ACCOUNT}:mfa/mfa-guardrails/ops/a.primary.1`, '--++'],
    ['iam:DeleteVirtualMFADevice', `arn:aws:iam::${ACCOUNT}:mfa/my-phone`, '--++'],
    ['iam:ChangePassword', olga.arn, '--++'],
    ['sts:GetSessionToken', '*', '++++'],
    ['sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/Admin`, '--++'],
  ])('otherwise allowed everything: %s on %s is %s', async (action, resource, expected) => {
    expect(await answers(scp, { caller: olga, action, resource })).toBe(expected);
  });

  test('gets nothing from it', async () => {
    expect(await answers(scp, { caller: olga, ...BUCKETS, policies: [] })).toBe('----');
  });

  test('may change the password before MFA if the policy says so', async () => {
    const first = deployed({ allowPasswordChange: true });
    const change = { caller: olga, action: 'iam:ChangePassword' };
    expect(await answers(first, { ...change, resource: olga.arn })).toBe('++++');
    expect(await answers(first, { ...change, resource: user('mallory').arn })).toBe('--++');
  });

  test('enrolls nothing where there is no self-service', async () => {
    const none = deployed({ selfService: MfaSelfService.NONE });
    const enable = { caller: olga, action: 'iam:EnableMFADevice' };
    expect(await answers(none, { ...enable, resource: olga.arn })).toBe('----');
    expect(await answers(none, { ...enable, resource: user('mallory').arn })).toBe('--++');
  });
});

describe('who is not an IAM user is not touched', () => {
  const root: Caller = {
    arn: `arn:aws:iam::${ACCOUNT}:root`,
    context: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:root`, 'aws:PrincipalAccount': ACCOUNT },
  };

  const documents = [deployed({}), deployed({ selfService: MfaSelfService.NONE })];

  test.each([
    ['the session of a role', roleSession('Deployer')],
    ['the session of a role named like a user', roleSession('user/olga')],
    ['Identity Center', roleSession('aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef')],
    ['a service-linked role', roleSession('aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS')],
    ['the root user', root],
  ])('%s', async (_who, caller) => {
    for (const document of documents) {
      expect(await answers(document, { caller, ...BUCKETS })).toBe('++++');
      const enable = { caller, action: 'iam:EnableMFADevice', resource: user('olga').arn };
      expect(await answers(document, enable)).toBe('++++');
    }
  });
});

describe('exempt users', () => {
  const scp = deployed({
    exemptUsers: [
      'arn:aws:iam::*:user/ci/*',
      `arn:*:iam::${ACCOUNT}:user/backup`,
      'arn:aws:iam::444455556666:user/restore',
    ],
  });

  test.each([
    ['a machine user at the path', user('deploy', '/ci/'), '++++'],
    ['the one by name', user('backup'), '++++'],
    ['the namesake of one of another account', user('restore'), '--++'],
    ['everybody else', user('olga'), '--++'],
    ['who is at a path that ends the same', user('olga', '/people/ci/'), '--++'],
  ])('%s', async (_who, caller, expected) => {
    expect(await answers(scp, { caller, ...BUCKETS })).toBe(expected);
  });

  test('are exempt from the maximum age, too', async () => {
    const aged = deployed({ maxAge: Duration.hours(1), exemptUsers: ['arn:aws:iam::*:user/ci/*'] });
    expect(await answers(aged, { caller: user('deploy', '/ci/'), ...BUCKETS })).toBe('++++');
    expect(await answers(aged, { caller: user('olga'), ...BUCKETS })).toBe('--+-');
  });

  test('are exempt from the self-service that is closed to all others, too', async () => {
    const none = deployed({ selfService: MfaSelfService.NONE, exemptUsers: ['arn:aws:iam::*:user/ci/*'] });
    function enable(caller: Caller) {
      return { caller, action: 'iam:EnableMFADevice', resource: caller.arn };
    }
    expect(await answers(none, enable(user('deploy', '/ci/')))).toBe('++++');
    expect(await answers(none, enable(user('olga')))).toBe('----');
  });

  test.each([
    ['*', 'must be an ARN pattern of IAM users'],
    ['', 'must be an ARN pattern of IAM users'],
    ['ci-*', 'must be an ARN pattern of IAM users'],
    ['arn:aws:iam::*:*', 'must be an ARN pattern of IAM users'],
    ['arn:aws:iam::*:role/Deployer', 'must be an ARN pattern of IAM users'],
    ['arn:aws:iam::*:user*', 'must be an ARN pattern of IAM users'],
    ['arn:aws:iam::1234:user/ci/*', 'must be an ARN pattern of IAM users'],
    ['arn:aws:*::*:user/ci/*', 'must be an ARN pattern of IAM users'],
    [`arn:aws:iam::*:user/\${aws:username}`, 'must be an ARN pattern of IAM users'],
    [`arn:aws:iam::*:user/*\${aws:username}`, 'must be an ARN pattern of IAM users'],
    ['arn:aws:iam::*:user/*', 'must be narrower than every user, or every user of some path'],
    ['arn:*:iam::*:user/**', 'must be narrower than every user, or every user of some path'],
    ['arn:aws:iam::*:user/?*', 'must be narrower than every user, or every user of some path'],
    ['arn:aws:iam::*:user/*/*', 'must be narrower than every user, or every user of some path'],
    [`arn:aws:iam::${ACCOUNT}:user/*`, 'must be narrower than every user, or every user of some path'],
  ])('%j is refused: it %s', (pattern, reason) => {
    expect(() => propertiesOf({ exemptUsers: ['arn:aws:iam::*:user/ci/*', pattern] })).toThrow(
      `exemptUsers names '${pattern}', ${reason}`,
    );
  });
});

describe('the targets', () => {
  test('are the root, units and accounts', () => {
    const targetIds = ['r-ab12', 'ou-ab12-34cd56ef', '111122223333'];
    expect(propertiesOf({ targetIds })).toMatchObject({ TargetIds: targetIds });
    expect(propertiesOf({})).not.toHaveProperty('TargetIds');
  });

  test.each([
    '',
    '*',
    'r-AB12',
    'r-ab',
    'ou-ab12',
    'ou-ab12-34cd56e',
    '12345678901',
    '1234567890123',
    'arn:aws:organizations::111122223333:ou/o-a1b2c3d4e5/ou-ab12-34cd56ef',
  ])('%j is refused', (target) => {
    expect(() => propertiesOf({ targetIds: ['111122223333', target] })).toThrow(
      `targetIds names '${target}', must be the root (r-ab12), an organizational unit (ou-ab12-34cd56ef) or an account`,
    );
  });

  test('are there once', () => {
    expect(() => propertiesOf({ targetIds: ['r-ab12', '111122223333', 'r-ab12'] })).toThrow(
      "targetIds names 'r-ab12' twice, must name each once; remove one",
    );
  });
});

test('what is known at deployment only is not judged', () => {
  const stack = emptyStack();
  const units = new CfnParameter(stack, 'Units', { type: 'CommaDelimitedList' });
  const machine = new CfnParameter(stack, 'Machine');
  const name = new CfnParameter(stack, 'Name');
  const properties = propertiesOf(
    {
      targetIds: units.valueAsList,
      exemptUsers: [`arn:${Aws.PARTITION}:iam::*:user/ci/*`, machine.valueAsString],
      policyName: name.valueAsString,
      description: Lazy.string({ produce: () => 'written later' }),
    },
    stack,
  );
  expect(properties).toMatchObject({
    TargetIds: { Ref: 'Units' },
    Name: { Ref: 'Name' },
    Description: 'written later',
  });
  const text = JSON.stringify(properties.Content);
  expect(text).toContain(
    '"aws:PrincipalArn":[{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::*:user/ci/*"]]},{"Ref":"Machine"}]',
  );

  const lists = emptyStack();
  const exempt = new CfnParameter(lists, 'Exempt', { type: 'CommaDelimitedList' });
  const { Content } = propertiesOf({ exemptUsers: exempt.valueAsList }, lists);
  expect(JSON.stringify(Content)).toContain('"ArnNotLike":{"aws:PrincipalArn":{"Ref":"Exempt"}}');
});

test('it has a name and a description, its own or the given ones', () => {
  expect(propertiesOf({})).toMatchObject({
    Type: 'SERVICE_CONTROL_POLICY',
    Name: expect.stringMatching(/^Test-MfaScp-?[\w-]*$/),
    Description: 'Denies IAM users everything but MFA self-service (ALL_DEVICES) until MFA is present',
  });
  expect(propertiesOf({ policyName: 'mfa', description: 'MFA' })).toMatchObject({
    Name: 'mfa',
    Description: 'MFA',
  });
});

test.each([
  [{ policyName: '' }, "policyName is '' (0 characters), must have 1 to 128 characters"],
  [{ policyName: 'x'.repeat(129) }, '(129 characters), must have 1 to 128 characters'],
  [{ description: 'x'.repeat(513) }, '(513 characters), must have 1 to 512 characters'],
])('a text of a length that AWS Organizations does not take is refused', (props, message) => {
  expect(() => propertiesOf(props)).toThrow(message);
});

test('its attributes refer to the policy', () => {
  const stack = emptyStack();
  const scp = new MfaServiceControlPolicy(stack, 'MfaScp', { policyName: 'mfa' });
  expect(stack.resolve(scp.policyId)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^MfaScp/), 'Id'] });
  expect(stack.resolve(scp.policyArn)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^MfaScp/), 'Arn'] });
  expect(scp.policyName).toBe('mfa');
  expect(scp.selfService).toBe(MfaSelfService.ALL_DEVICES);
});

describe('the policy', () => {
  test('only denies, and only IAM users and their federated sessions', () => {
    const { Statement } = deployed({
      selfService: MfaSelfService.NONE,
      exemptUsers: ['arn:aws:iam::*:user/ci/*'],
    });
    expect(Statement.map(({ Sid }) => Sid)).toEqual([
      'DenySelfEnrollment',
      'DenyFederatedUsers',
      'DenyAllWithoutMfa',
      'DenyOtherUsersWithoutMfa',
      'DenyOtherSignInWithoutMfa',
    ]);
    for (const { Effect, Condition } of Statement.filter(({ Sid }) => Sid !== 'DenyFederatedUsers')) {
      expect(Effect).toBe('Deny');
      expect(Condition).toMatchObject({
        ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/*' },
        ArnNotLike: { 'aws:PrincipalArn': ['arn:aws:iam::*:user/ci/*'] },
      });
    }
  });

  test.each(['aws-cn', 'aws-us-gov'])('holds in the partition %s', async (partition) => {
    const scp = deployed({}, { 'AWS::Partition': partition });
    const olga = user('olga', '/people/', ACCOUNT, partition);
    expect(await answers(scp, { caller: olga, ...BUCKETS })).toBe('--++');
    expect(await answers(scp, { caller: olga, action: 'iam:EnableMFADevice', resource: olga.arn })).toBe(
      '++++',
    );
    expect(JSON.stringify(scp)).not.toContain('arn:aws:');
  });

  test('is well under 5,120 bytes', () => {
    const everything = deployed({
      allowPasswordChange: true,
      openActions: ['s3:List*', 'aws-portal:ViewBilling'],
      exemptUsers: ['arn:aws:iam::*:user/ci/*'],
    });
    expect(policySize(everything)).toBeLessThan(2500);
  });
});

describe('NotResource, which AWS has announced for its commercial and GovCloud Regions only', () => {
  const NOTICE = Match.stringLikeRegexp(
    'the stack is in .*, and AWS has announced NotResource.*cdk-mfa-guardrails:NotResourceInChina',
  );
  function warnings(build: (stack: Stack) => void, env: Environment) {
    const stack = new Stack(newApp(), 'Test', { env });
    build(stack);
    return AnnotationsOf.fromStack(stack)
      .findWarning('*', NOTICE)
      .map(({ id }) => id);
  }
  function policy(stack: Stack) {
    return new MfaServiceControlPolicy(stack, 'MfaScp');
  }
  function organization(stack: Stack) {
    return new OrganizationGuardrails(stack, 'Guardrails', { organizationalUnitIds: ['r-ab12'] });
  }

  test('the synthesis warns in China, once', () => {
    const env = { account: ACCOUNT, region: 'cn-north-1' };
    expect(warnings(policy, env)).toEqual(['/Test/MfaScp']);
    expect(warnings(organization, env)).toEqual(['/Test/Guardrails/ServiceControlPolicy']);
    expect(JSON.stringify(deployed({}))).toContain('NotResource');
  });

  test.each([{ region: 'eu-central-1' }, { region: 'us-gov-west-1' }, {}])('and not in %j', (env) => {
    expect(warnings(policy, env)).toEqual([]);
    expect(warnings(organization, env)).toEqual([]);
  });
});
