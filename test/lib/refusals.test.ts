/**
 * Each refusal of a construct names the construct's path. Value objects without a place in the tree, `requireMfa`, `MfaPrincipal`
 * and `TokenInventory`, cannot; the construct that is given one refuses with its own.
 */
import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  ArnPrincipal,
  CfnManagedPolicy,
  type CfnRole,
  type CfnUser,
  ManagedPolicy,
  Role,
  ServicePrincipal,
  User,
} from 'aws-cdk-lib/aws-iam';
import {
  BreakGlassRole,
  BreakGlassUser,
  GuardrailsStack,
  MfaAlarms,
  MfaConformancePack,
  MfaEnforcedGroup,
  MfaEnforcementBoundary,
  MfaEnforcementPolicy,
  MfaEventForwarding,
  MfaRole,
  MfaSelfService,
  MfaServiceControlPolicy,
  OrganizationGuardrails,
  type OrganizationGuardrailsProps,
  OrganizationMfaConformancePack,
  RunbookAuditor,
  RunbookOperator,
  type RunbookOperatorProps,
  TokenInventory,
  TokenRecord,
} from '../../lib/index';
import { emptyStack, fleetOf, smallFleet, withoutBootstrap } from './fixtures';

const TOO_OLD = Duration.hours(37);
const NO_PRINCIPAL = new ServicePrincipal('ec2.amazonaws.com');

function group(stack: Stack, selfService = MfaSelfService.NONE): MfaEnforcedGroup {
  const enforcement = new MfaEnforcementPolicy(stack, 'Enforcement', { selfService });
  return new MfaEnforcedGroup(stack, 'Group', { enforcement });
}

function user(stack: Stack): BreakGlassUser {
  return new BreakGlassUser(stack, 'Alice', { userName: 'alice', group: group(stack) });
}

function record(stack: Stack): TokenRecord {
  return new TokenRecord(stack, 'Record', { inventory: smallFleet() });
}

function operator(stack: Stack, props: Partial<RunbookOperatorProps>): void {
  new RunbookOperator(stack, 'It', { record: record(stack), ...props });
}

function alarms(stack: Stack, props: object = {}): MfaAlarms {
  return new MfaAlarms(stack, 'It', { records: [record(stack)], regions: [], ...props });
}

function organization(stack: Stack, props: Partial<OrganizationGuardrailsProps>): void {
  new OrganizationGuardrails(stack, 'It', { organizationalUnitIds: ['r-ab12'], ...props });
}

function fleet(stack: Stack, props: object): void {
  new GuardrailsStack(stack, 'It', {
    inventory: smallFleet(),
    synthesizer: withoutBootstrap(),
    ...props,
  });
}

function rootFleet(): TokenInventory {
  const text = 'fleet: roots\nroots:\n  "111122223333":\n    - { slot: primary, serial: "86596220000001" }\n';
  return TokenInventory.fromYaml(text, 'tokens.yaml');
}

test.each<readonly [string, (stack: Stack) => void]>([
  ['policy, name', (s) => new MfaEnforcementPolicy(s, 'It', { managedPolicyName: 'a b' })],
  ['policy, open action', (s) => new MfaEnforcementPolicy(s, 'It', { openActions: ['iam:CreateAccessKey'] })],
  ['policy, age', (s) => new MfaEnforcementPolicy(s, 'It', { maxAge: TOO_OLD })],
  [
    'policy, on a role',
    (s) => new MfaEnforcementPolicy(s, 'It').attachToRole(new Role(s, 'Role', { assumedBy: NO_PRINCIPAL })),
  ],
  ['boundary, name', (s) => new MfaEnforcementBoundary(s, 'It', { managedPolicyName: 'a b' })],
  ['boundary, open action', (s) => new MfaEnforcementBoundary(s, 'It', { openActions: ['iam:*'] })],
  ['boundary, on a user', (s) => new MfaEnforcementBoundary(s, 'It').attachToUser(new User(s, 'User'))],
  [
    'group, name',
    (s) => new MfaEnforcedGroup(s, 'It', { enforcement: new MfaEnforcementPolicy(s, 'P'), groupName: 'a b' }),
  ],
  ['SCP, name', (s) => new MfaServiceControlPolicy(s, 'It', { policyName: '' })],
  ['SCP, description', (s) => new MfaServiceControlPolicy(s, 'It', { description: 'x'.repeat(513) })],
  ['SCP, no target', (s) => new MfaServiceControlPolicy(s, 'It', { targetIds: [] })],
  ['SCP, target', (s) => new MfaServiceControlPolicy(s, 'It', { targetIds: ['root'] })],
  ['SCP, target twice', (s) => new MfaServiceControlPolicy(s, 'It', { targetIds: ['r-ab12', 'r-ab12'] })],
  ['SCP, exempt user', (s) => new MfaServiceControlPolicy(s, 'It', { exemptUsers: ['ci'] })],
  [
    'SCP, everybody exempt',
    (s) => new MfaServiceControlPolicy(s, 'It', { exemptUsers: ['arn:aws:iam::*:user/*'] }),
  ],
  ['SCP, open action', (s) => new MfaServiceControlPolicy(s, 'It', { openActions: ['iam:*'] })],
  ['role, age', (s) => new MfaRole(s, 'It', { assumedBy: new AccountRootPrincipal(), maxAge: TOO_OLD })],
  ['role, principal', (s) => new MfaRole(s, 'It', { assumedBy: NO_PRINCIPAL })],
  [
    'role, of a role',
    (s) => new MfaRole(s, 'It', { assumedBy: new Role(s, 'R', { assumedBy: NO_PRINCIPAL }) }),
  ],
  [
    'role, granted to a role',
    (s) =>
      new MfaRole(s, 'It', { assumedBy: new AccountRootPrincipal() }).grantAssumeRole(
        new Role(s, 'R', { assumedBy: NO_PRINCIPAL }),
      ),
  ],
  [
    'role, trust overridden',
    (s) =>
      (
        new MfaRole(s, 'It', { assumedBy: new AccountRootPrincipal() }).node.defaultChild as CfnRole
      ).addPropertyOverride('AssumeRolePolicyDocument', {}),
  ],
  ['break-glass user, name', (s) => new BreakGlassUser(s, 'It', { userName: 'a b', group: group(s) })],
  [
    'break-glass user, path',
    (s) => new BreakGlassUser(s, 'It', { userName: 'alice', path: 'ops', group: group(s) }),
  ],
  [
    'break-glass user, self-service',
    (s) => new BreakGlassUser(s, 'It', { userName: 'alice', group: group(s, MfaSelfService.ALL_DEVICES) }),
  ],
  [
    'break-glass user, password',
    (s) =>
      (
        new BreakGlassUser(s, 'It', { userName: 'alice', group: group(s) }).node.defaultChild as CfnUser
      ).addPropertyOverride('LoginProfile', {}),
  ],
  ['break-glass role, nobody', (s) => new BreakGlassRole(s, 'It', { users: [] })],
  [
    'break-glass role, another user',
    (s) => new BreakGlassRole(s, 'It', { users: [new User(s, 'User') as BreakGlassUser] }),
  ],
  ['break-glass role, name', (s) => new BreakGlassRole(s, 'It', { users: [user(s)], roleName: 'a b' })],
  ['break-glass role, no Region', (s) => new BreakGlassRole(s, 'It', { users: [user(s)], regions: [] })],
  ['break-glass role, Region', (s) => new BreakGlassRole(s, 'It', { users: [user(s)], regions: ['*'] })],
  [
    'break-glass role, Regions not known',
    (s) => {
      const list = new CfnParameter(s, 'Regions', { type: 'CommaDelimitedList' }).valueAsList;
      new BreakGlassRole(s, 'It', { users: [user(s)], regions: [...list, 'us-east-1'] });
    },
  ],
  ['break-glass role, age', (s) => new BreakGlassRole(s, 'It', { users: [user(s)], maxAge: TOO_OLD })],
  ['operator, nobody', (s) => operator(s, { operators: [] })],
  ['operator, age', (s) => operator(s, { maxAge: TOO_OLD })],
  ['operator, principal', (s) => operator(s, { operators: [NO_PRINCIPAL] })],
  ['operator, holder', (s) => operator(s, { existingHolders: ['a*'] })],
  [
    'operator, holders not known',
    (s) =>
      operator(s, { existingHolders: new CfnParameter(s, 'L', { type: 'CommaDelimitedList' }).valueAsList }),
  ],
  ['operator, roles of audits', (s) => operator(s, { rootAuditRoleArns: ['arn:aws:iam::*:role/*'] })],
  [
    'operator, a holder',
    (s) =>
      operator(s, {
        operators: [
          new ArnPrincipal(`arn:aws:iam::111122223333:user/mfa-guardrails/break-glass/bob.breakglass`),
        ],
      }),
  ],
  [
    'operator, too many',
    (s) =>
      operator(s, {
        operators: Array.from(
          { length: 99 },
          (_, i) => new ArnPrincipal(`arn:aws:iam::111122223333:user/u${i}`),
        ),
      }),
  ],
  ['auditor, nobody', (s) => new RunbookAuditor(s, 'It', { record: record(s), auditors: [] })],
  ['pack, name', (s) => new MfaConformancePack(s, 'It', { packName: '1' })],
  ['pack, bucket', (s) => new MfaConformancePack(s, 'It', { deliveryBucketName: 'mine' })],
  ['organization pack, name', (s) => new OrganizationMfaConformancePack(s, 'It', { packName: '1' })],
  [
    'organization pack, bucket',
    (s) => new OrganizationMfaConformancePack(s, 'It', { deliveryBucketName: 'x' }),
  ],
  [
    'organization pack, account',
    (s) => new OrganizationMfaConformancePack(s, 'It', { excludedAccounts: ['1'] }),
  ],
  [
    'organization pack, accounts',
    (s) =>
      new OrganizationMfaConformancePack(s, 'It', { excludedAccounts: Array(1001).fill('111122223333') }),
  ],
  ['organization, no unit', (s) => organization(s, { organizationalUnitIds: [] })],
  ['organization, unit', (s) => organization(s, { organizationalUnitIds: ['111122223333'] })],
  ['organization, account', (s) => organization(s, { accountIds: ['r-ab12'] })],
  ['organization, account twice', (s) => organization(s, { accountIds: ['111122223333', '111122223333'] })],
  ['organization, policy name', (s) => organization(s, { policyName: 'a b' })],
  ['organization, group name', (s) => organization(s, { groupName: 'a b' })],
  ['organization, boundary name', (s) => organization(s, { boundaryName: 'a b' })],
  ['organization, one name twice', (s) => organization(s, { boundaryName: 'MFA-enforcement' })],
  ['organization, stack set', (s) => organization(s, { stackSetName: '1' })],
  ['organization, Region', (s) => organization(s, { region: '*' })],
  ['organization, tolerance', (s) => organization(s, { failureTolerancePercentage: 101 })],
  ['organization, open action', (s) => organization(s, { openActions: ['iam:*'] })],
  ['organization, age', (s) => organization(s, { maxAge: TOO_OLD })],
  ['organization, exempt user', (s) => organization(s, { exemptUsers: ['ci'] })],
  ['alarms, no record', (s) => new MfaAlarms(s, 'It', { records: [], regions: [] })],
  [
    'alarms, one record twice',
    (s) => {
      const one = record(s);
      new MfaAlarms(s, 'It', { records: [one, one], regions: [] });
    },
  ],
  [
    'alarms, record elsewhere',
    (s) => {
      const there = new Stack(s.node.root as never, 'There', { env: { region: 'us-east-1' } });
      new MfaAlarms(s, 'It', { records: [record(there)], regions: [] });
    },
  ],
  ['alarms, address', (s) => alarms(s, { emailAddresses: ['olga'] })],
  ['alarms, no address', (s) => alarms(s, { emailAddresses: [] })],
  ['alarms, no operator', (s) => alarms(s, { operatorRoles: [] })],
  ['alarms, no Regions', (s) => alarms(s, { regions: undefined })],
  ['alarms, bus', (s) => alarms(s, { busName: 'default' })],
  ['alarms, Region', (s) => alarms(s, { regions: ['Frankfurt'] })],
  ['alarms, Region of another partition', (s) => alarms(s, { regions: ['cn-north-1'] })],
  ['alarms, Region twice', (s) => alarms(s, { regions: ['us-east-1', 'us-east-1'] })],
  [
    'alarms, a second time',
    (s) => {
      new MfaAlarms(s, 'First', { records: [record(s)], regions: [] });
      new MfaAlarms(s, 'It', {
        records: [new TokenRecord(s, 'More', { inventory: fleetOf(1) })],
        regions: [],
      });
    },
  ],
  [
    'forwarding, another bus',
    (s) => {
      const { bus, ...others } = alarms(new Stack(s, 'Home', { env: { region: 'us-east-1' } }));
      new MfaEventForwarding(s, 'It', {
        alarms: { ...others, node: s.node, bus: Object(bus.eventBusName) } as never,
      });
    },
  ],
  ['record, root in GovCloud', (s) => new TokenRecord(s, 'It', { inventory: rootFleet() })],
  ['fleet, holder', (s) => fleet(s, { existingHolders: ['nobody'] })],
  [
    'fleet, role without holders',
    (s) =>
      fleet(s, {
        createHolders: false,
        breakGlassPolicies: [ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess')],
      }),
  ],
  ['fleet, role without permissions', (s) => fleet(s, { breakGlassPolicies: [] })],
  ['fleet, too large', (s) => fleet(s, { inventory: fleetOf(600) })],
  ['fleet, nobody operates', (s) => fleet(s, { operators: [] })],
])('%s', (what, build) => {
  const region = what.includes('GovCloud') ? 'us-gov-west-1' : 'eu-central-1';
  const stack = emptyStack({ account: '111122223333', region });
  expect(() => build(stack)).toThrow(/Test\/It\b/);
});

test('a construct that is fine is made at the same place', () => {
  const stack = emptyStack();
  new MfaEnforcementPolicy(stack, 'It');
  expect(stack.node.findAll().some((child) => child instanceof CfnManagedPolicy)).toBe(true);
});
