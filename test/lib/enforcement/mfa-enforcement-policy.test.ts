import type { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Group, PermissionsBoundary, Role, User } from 'aws-cdk-lib/aws-iam';
import { MfaEnforcementBoundary } from '../../../lib/enforcement/mfa-enforcement-boundary';
import {
  MfaEnforcedGroup,
  MfaEnforcementPolicy,
  type MfaEnforcementPolicyProps,
  MfaSelfService,
} from '../../../lib/index';
import { isFullExtent } from '../../support/extent';
import {
  ACCOUNT,
  ADMINISTRATOR,
  decide,
  policySize,
  rendered,
  type SignIn,
  user,
} from '../../support/policy-simulation';
import { emptyStack, onlyResource } from '../fixtures';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Condition?: Record<string, Record<string, string>>;
}

function documentOf(props: MfaEnforcementPolicyProps): { readonly Statement: Statement[] } {
  const stack = emptyStack();
  new MfaEnforcementPolicy(stack, 'Enforcement', props);
  return rendered(onlyResource(stack, 'AWS::IAM::ManagedPolicy').PolicyDocument) as {
    Statement: Statement[];
  };
}

const MODES = {
  'all devices': documentOf({ selfService: MfaSelfService.ALL_DEVICES }),
  'no self-service': documentOf({ selfService: MfaSelfService.NONE }),
  'password change': documentOf({ allowPasswordChange: true }),
};
type Mode = keyof typeof MODES;

const SIGN_INS: readonly SignIn[] = [
  'a long-term key',
  'a session without MFA',
  'fresh MFA',
  'MFA of yesterday',
];
const OWN = 'own user';
const OTHER = 'another user';
const NAMESAKE = 'a user whose name ends like the own';
const DEVICE = 'a device of any name';
const FLEET_DEVICE = 'a device of a fleet';
const ROLE = 'a role';
const SIGN_IN = 'signin:CreateOAuth2Token';
const CONSOLE = 'the console';
const PUBLIC_CLIENT = 'a client of aws login';
const SERVICE = 'a service that gets tokens';

/**
 * The intents, one in each row; + allowed, - denied, in the order of SIGN_INS. "alone" is a user with no other
 * policy, "administrator" one who is otherwise allowed everything.
 */
const INTENTS: readonly (readonly [
  mode: Mode,
  action: string,
  on: string,
  alone: string,
  administrator: string,
])[] = [
  ['all devices', 'iam:GetUser', OWN, '++++', '++++'],
  ['all devices', 'iam:GetUser', OTHER, '----', '--++'],
  ['all devices', 'iam:GetMFADevice', OWN, '++++', '++++'],
  ['all devices', 'iam:GetMFADevice', OTHER, '----', '--++'],
  ['all devices', 'iam:ListMFADevices', OWN, '++++', '++++'],
  ['all devices', 'iam:ListMFADevices', OTHER, '----', '--++'],
  ['all devices', 'iam:ListVirtualMFADevices', '*', '++++', '++++'],
  ['all devices', 'iam:CreateVirtualMFADevice', DEVICE, '++++', '++++'],
  ['all devices', 'iam:CreateVirtualMFADevice', FLEET_DEVICE, '----', '--++'],
  ['all devices', 'iam:EnableMFADevice', OWN, '++++', '++++'],
  ['all devices', 'iam:EnableMFADevice', OTHER, '----', '--++'],
  ['all devices', 'iam:EnableMFADevice', NAMESAKE, '----', '--++'],
  ['all devices', 'iam:ResyncMFADevice', OWN, '++++', '++++'],
  ['all devices', 'iam:ResyncMFADevice', OTHER, '----', '--++'],
  ['all devices', 'iam:DeactivateMFADevice', OWN, '--++', '--++'],
  ['all devices', 'iam:DeactivateMFADevice', OTHER, '----', '--++'],
  ['all devices', 'iam:DeleteVirtualMFADevice', DEVICE, '--++', '--++'],
  ['all devices', 'iam:DeleteVirtualMFADevice', FLEET_DEVICE, '----', '--++'],
  ['all devices', 'iam:TagMFADevice', DEVICE, '----', '--++'],
  ['all devices', 'sts:GetSessionToken', '*', '++++', '++++'],
  ['all devices', SIGN_IN, CONSOLE, '++++', '++++'],
  ['all devices', SIGN_IN, PUBLIC_CLIENT, '----', '++++'],
  ['all devices', SIGN_IN, SERVICE, '----', '--++'],
  ['all devices', 'sts:AssumeRole', ROLE, '----', '--++'],
  ['all devices', 'iam:ChangePassword', OWN, '----', '--++'],
  ['all devices', 'iam:CreateAccessKey', OWN, '----', '--++'],
  ['all devices', 'iam:AttachUserPolicy', OWN, '----', '--++'],
  ['all devices', 's3:ListAllMyBuckets', '*', '----', '--++'],
  ['all devices', 'ec2:DescribeInstances', '*', '----', '--++'],
  ['all devices', 'organizations:DescribeOrganization', '*', '----', '--++'],

  ['no self-service', 'iam:GetUser', OWN, '++++', '++++'],
  ['no self-service', 'iam:GetUser', OTHER, '----', '--++'],
  ['no self-service', 'iam:GetMFADevice', OWN, '++++', '++++'],
  ['no self-service', 'iam:GetMFADevice', OTHER, '----', '--++'],
  ['no self-service', 'iam:ListMFADevices', OWN, '++++', '++++'],
  ['no self-service', 'iam:ListMFADevices', OTHER, '----', '--++'],
  ['no self-service', 'iam:ListVirtualMFADevices', '*', '----', '--++'],
  ['no self-service', 'iam:CreateVirtualMFADevice', DEVICE, '----', '--++'],
  ['no self-service', 'iam:CreateVirtualMFADevice', FLEET_DEVICE, '----', '--++'],
  ['no self-service', 'iam:EnableMFADevice', OWN, '----', '----'],
  ['no self-service', 'iam:EnableMFADevice', OTHER, '----', '--++'],
  ['no self-service', 'iam:EnableMFADevice', NAMESAKE, '----', '--++'],
  ['no self-service', 'iam:ResyncMFADevice', OWN, '----', '----'],
  ['no self-service', 'iam:DeactivateMFADevice', OWN, '----', '----'],
  ['no self-service', 'iam:DeactivateMFADevice', OTHER, '----', '--++'],
  ['no self-service', 'iam:TagMFADevice', FLEET_DEVICE, '----', '--++'],
  ['no self-service', 'iam:DeleteVirtualMFADevice', DEVICE, '----', '--++'],
  ['no self-service', 'sts:GetSessionToken', '*', '++++', '++++'],
  ['no self-service', SIGN_IN, CONSOLE, '++++', '++++'],
  ['no self-service', SIGN_IN, PUBLIC_CLIENT, '++++', '++++'],
  ['no self-service', SIGN_IN, SERVICE, '----', '--++'],
  ['no self-service', 'sts:AssumeRole', ROLE, '----', '--++'],
  ['no self-service', 'iam:ChangePassword', OWN, '----', '--++'],
  ['no self-service', 's3:ListAllMyBuckets', '*', '----', '--++'],

  ['password change', 'iam:ChangePassword', OWN, '++++', '++++'],
  ['password change', 'iam:ChangePassword', OTHER, '----', '--++'],
  ['password change', 'iam:GetAccountPasswordPolicy', '*', '++++', '++++'],
  ['password change', 'iam:UpdateLoginProfile', OWN, '----', '--++'],
];

/** Allowing the password change changes nothing else. */
const ROWS = INTENTS.flatMap((row): typeof INTENTS => {
  const [mode, action, ...rest] = row;
  return mode === 'all devices' && action !== 'iam:ChangePassword'
    ? [row, ['password change', action, ...rest]]
    : [row];
});

function resourceFor(on: string, ownArn: string): string {
  const places: Readonly<Record<string, string>> = {
    [OWN]: ownArn,
    [OTHER]: user('mallory', '/people/').arn,
    [NAMESAKE]: user('volga-olga', '/people/').arn,
    [DEVICE]: `arn:aws:iam::${ACCOUNT}:mfa/my-phone`,
    [FLEET_DEVICE]: `arn:aws:iam::${ACCOUNT}:mfa/mfa-guardrails/break-glass/alice.primary.86596220000001`,
    [ROLE]: `arn:aws:iam::${ACCOUNT}:role/Admin`,
    [CONSOLE]: 'arn:aws:signin:::console/aws-console',
    [PUBLIC_CLIENT]: `arn:aws:signin:eu-central-1:${ACCOUNT}:oauth2/public-client/localhost`,
    [SERVICE]: `arn:aws:signin:eu-central-1:${ACCOUNT}:service-principal/quicksight.amazonaws.com`,
  };
  return places[on] ?? on;
}

const PATHS = isFullExtent ? ['/', '/people/', '/people/eu/'] : ['/people/eu/'];

describe.each(PATHS)('a user at the path %s', (path) => {
  test.each(ROWS)(
    'with %s: %s on %s is %s alone and %s as administrator',
    async (mode, action, on, alone, admin) => {
      const caller = user('olga', path);
      const resource = resourceFor(on, caller.arn);
      async function answers(policies: readonly unknown[]): Promise<string> {
        const decisions = await Promise.all(
          SIGN_INS.map((signIn) => decide({ caller, signIn, action, resource, policies })),
        );
        return decisions.map((decision) => (decision === 'Allowed' ? '+' : '-')).join('');
      }

      expect(await answers([MODES[mode]])).toBe(alone);
      expect(await answers([MODES[mode], ADMINISTRATOR])).toBe(admin);
    },
  );
});

test('the evaluator would notice Bool in place of BoolIfExists: a long-term key would pass', async () => {
  const weakened = JSON.parse(JSON.stringify(MODES['all devices']).replaceAll('BoolIfExists', 'Bool'));
  const request = {
    caller: user('olga'),
    signIn: 'a long-term key',
    action: 's3:ListAllMyBuckets',
    resource: '*',
  } as const;

  expect(await decide({ ...request, policies: [weakened, ADMINISTRATOR] })).toBe('Allowed');
  expect(await decide({ ...request, policies: [MODES['all devices'], ADMINISTRATOR] })).toBe(
    'ExplicitlyDenied',
  );
});

describe.each(Object.entries(MODES))('the policy with %s', (_mode, document) => {
  const denials = document.Statement.filter((statement) => statement.Effect === 'Deny');

  test('denies whenever the MFA key is false or absent', () => {
    const conditions = denials
      .filter(({ Sid }) => Sid !== 'DenySelfEnrollment' && Sid !== 'DenyFederatedUsers')
      .map((statement) => statement.Condition);
    expect(conditions.length).toBeGreaterThan(1);
    for (const condition of conditions) {
      expect(condition).toEqual({ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } });
    }
  });

  test('never leaves the deletion of devices open without MFA', () => {
    const open = denials.flatMap((statement) => statement.NotAction ?? []);
    expect(open).toContain('sts:GetSessionToken');
    expect(open).not.toContain('iam:DeleteVirtualMFADevice');
    expect(open).not.toContain('iam:DeactivateMFADevice');
    expect(open.join()).not.toMatch(/\*/);
  });

  test('allows the removal of devices with MFA only, by itself', () => {
    const removals = document.Statement.filter(
      ({ Effect, Action }) => Effect === 'Allow' && /Deactivate|Delete/.test(String(Action)),
    );
    expect(removals).toHaveLength(document === MODES['no self-service'] ? 0 : 2);
    for (const { Condition } of removals) {
      expect(Condition).toEqual({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } });
    }
  });

  test('is well under 6,144 characters', () => {
    expect(policySize(document)).toBeLessThan(3000);
  });
});

test('users enroll their own devices and cannot change their password first, unless told otherwise', () => {
  expect(documentOf({})).toEqual(MODES['all devices']);
});

test('the policy attaches to groups and users, at construction and later', () => {
  const stack = emptyStack();
  const policy = new MfaEnforcementPolicy(stack, 'Enforcement', {
    managedPolicyName: 'deny-without-mfa',
    groups: [Group.fromGroupName(stack, 'Developers', 'developers')],
    users: [User.fromUserName(stack, 'Olga', 'olga')],
  });
  policy.attachToGroup(Group.fromGroupName(stack, 'Testers', 'testers'));

  Template.fromStack(stack).hasResourceProperties('AWS::IAM::ManagedPolicy', {
    ManagedPolicyName: 'deny-without-mfa',
    Groups: ['developers', 'testers'],
    Users: ['olga'],
    Roles: Match.absent(),
  });
});

test.each([
  ['the managed policy', MfaEnforcementPolicy],
  ['the boundary', MfaEnforcementBoundary],
])('%s of a fixed name is updated in place, whatever the rules', (_form, Policy) => {
  function fixed(selfService: MfaSelfService) {
    const stack = emptyStack();
    new Policy(stack, 'Guardrail', { selfService, managedPolicyName: 'mfa' });
    const { Description, ManagedPolicyName } = onlyResource(stack, 'AWS::IAM::ManagedPolicy');
    return { Description, ManagedPolicyName };
  }
  // CloudFormation replaces a policy whose description changes, and cannot replace one whose name stays.
  expect(fixed(MfaSelfService.NONE)).toEqual(fixed(MfaSelfService.ALL_DEVICES));
  expect(fixed(MfaSelfService.NONE).Description).toContain('until MFA is present');
});

test('a role is refused, because its sessions never carry MFA', () => {
  const stack = emptyStack();
  const policy = new MfaEnforcementPolicy(stack, 'Enforcement');
  const role = new Role(stack, 'Admin', { assumedBy: new AccountRootPrincipal() });

  expect(() => policy.attachToRole(role)).toThrow(
    "MfaEnforcementPolicy 'Test/Enforcement' cannot be attached to role 'Test/Admin': the session of a role never carries MFA",
  );
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::ManagedPolicy', { Roles: Match.absent() });
});

test('a role is refused as well when it takes the policy by itself, at synthesis; a user is not', () => {
  const stack = emptyStack();
  const policy = new MfaEnforcementPolicy(stack, 'Enforcement');
  new User(stack, 'Olga').addManagedPolicy(policy);
  expect(() => Template.fromStack(stack)).not.toThrow();

  const other = emptyStack();
  const role = new Role(other, 'Admin', { assumedBy: new AccountRootPrincipal() });
  role.addManagedPolicy(new MfaEnforcementPolicy(other, 'Enforcement'));
  expect(() => Template.fromStack(other)).toThrow(
    "policy 'Test/Enforcement' is attached to 'Test/Admin/Resource': the session of a role never carries MFA",
  );
});

test.each(['user', 'role'])(
  'a %s cannot have it as permissions boundary, which would leave nothing else',
  (kind) => {
    const stack = emptyStack();
    function identityIn(scope: Stack): User | Role {
      return kind === 'user'
        ? new User(scope, 'Olga')
        : new Role(scope, 'Olga', { assumedBy: new AccountRootPrincipal() });
    }
    PermissionsBoundary.of(identityIn(stack)).apply(new MfaEnforcementPolicy(stack, 'Enforcement'));
    expect(() => Template.fromStack(stack)).toThrow(
      "policy 'Test/Enforcement' is the boundary of 'Test/Olga/Resource': it allows the self-service and nothing else",
    );

    const other = emptyStack();
    PermissionsBoundary.of(identityIn(other)).apply(new MfaEnforcementBoundary(other, 'Boundary'));
    expect(() => Template.fromStack(other)).not.toThrow();
  },
);

test('the policy renders for every partition', () => {
  const stack: Stack = emptyStack();
  new MfaEnforcementPolicy(stack, 'Enforcement');
  const text = JSON.stringify(onlyResource(stack, 'AWS::IAM::ManagedPolicy'));

  expect(text).toContain('{"Ref":"AWS::Partition"}');
  expect(text).not.toContain('arn:aws');
});

test('the members of an enforced group are under its policy', () => {
  const stack = emptyStack();
  const enforcement = new MfaEnforcementPolicy(stack, 'Enforcement');
  const group = new MfaEnforcedGroup(stack, 'Group', { enforcement, groupName: 'under-mfa' });

  expect(group.enforcement).toBe(enforcement);
  expect(onlyResource(stack, 'AWS::IAM::Group')).toEqual({
    GroupName: 'under-mfa',
    ManagedPolicyArns: [stack.resolve(enforcement.managedPolicyArn)],
  });
});
