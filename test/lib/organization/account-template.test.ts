import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { MaximumExecutionFrequency } from 'aws-cdk-lib/aws-config';
import { MfaConformance } from '../../../lib/conformance/mfa-conformance';
import { MfaEnforcementBoundary } from '../../../lib/enforcement/mfa-enforcement-boundary';
import { MfaEnforcedGroup, MfaEnforcementPolicy } from '../../../lib/enforcement/mfa-enforcement-policy';
import { type MfaEnforcementRules, MfaSelfService } from '../../../lib/enforcement/mfa-enforcement-rules';
import { OrganizationGuardrails } from '../../../lib/organization/organization-guardrails';
import { actionsOf } from '../../../lib/policy/iam-actions';
import {
  ACCOUNT,
  ADMINISTRATOR,
  decide,
  policySize,
  rendered,
  roleSession,
  type SignIn,
  user,
} from '../../support/policy-simulation';
import { emptyStack, newApp, onlyResource, withoutBootstrap } from '../fixtures';
import {
  type AccountTemplate,
  accountOf,
  documentOf,
  guarded,
  SCP,
  STACK_SET,
  stackSetOf,
  UNIT,
} from './organization-fixtures';

describe('the template of an account', () => {
  const RULES: readonly (readonly [string, MfaEnforcementRules])[] = [
    ['by default', {}],
    ['without self-service', { selfService: MfaSelfService.NONE }],
    [
      'with every rule',
      {
        allowPasswordChange: true,
        openActions: ['aws-portal:ViewBilling', 's3:List*'],
        maxAge: Duration.hours(12),
      },
    ],
  ];

  test.each(RULES)('holds what the constructs by themselves would deploy, %s', (_when, rules) => {
    const plain = new Stack(newApp(), 'Account', { synthesizer: withoutBootstrap() });
    const enforcement = new MfaEnforcementPolicy(plain, 'Enforcement', {
      ...rules,
      managedPolicyName: 'mfa-enforcement',
    });
    new MfaEnforcedGroup(plain, 'Group', { enforcement, groupName: 'mfa-enforced' });
    new MfaEnforcementBoundary(plain, 'Boundary', { ...rules, managedPolicyName: 'mfa-boundary' });
    const account = accountOf({ ...rules, boundaryName: 'mfa-boundary' });

    expect(Object.values(account.Resources).map(({ Type }) => Type)).toEqual([
      'AWS::IAM::ManagedPolicy',
      'AWS::IAM::Group',
      'AWS::IAM::ManagedPolicy',
    ]);
    expect(account.Resources).toEqual(Template.fromStack(plain).toJSON().Resources);
  });

  test('holds policy and group under the names that people in the accounts are told', () => {
    const stack = emptyStack();
    const guardrails = new OrganizationGuardrails(stack, 'Guardrails', {
      organizationalUnitIds: [UNIT],
      policyName: 'our-mfa',
      groupName: 'our-people',
    });
    const account: AccountTemplate = JSON.parse(String(onlyResource(stack, STACK_SET).TemplateBody));
    const [policy, group, ...rest] = Object.values(account.Resources);

    expect([guardrails.policyName, guardrails.groupName]).toEqual(['our-mfa', 'our-people']);
    expect(policy?.Properties.ManagedPolicyName).toBe('our-mfa');
    expect(group?.Properties).toMatchObject({
      GroupName: 'our-people',
      ManagedPolicyArns: [{ Ref: Object.keys(account.Resources)[0] }],
    });
    expect(rest).toEqual([]);
  });

  test('holds the Config rules when asked', () => {
    const conformance = { root: false, maximumExecutionFrequency: MaximumExecutionFrequency.SIX_HOURS };
    const plain = emptyStack();
    new MfaConformance(plain, 'Conformance', conformance);
    const rules = Object.entries(accountOf({ conformance }).Resources).filter(
      ([, { Type }]) => Type === 'AWS::Config::ConfigRule',
    );

    expect(rules.map(([id]) => id)).toEqual(['ConformanceUsers', 'ConformanceConsoleUsers']);
    expect(rules.map(([, rule]) => rule)).toEqual(
      Object.values(Template.fromStack(plain).findResources('AWS::Config::ConfigRule')),
    );
  });

  test('asks for no parameters when everything is known', () => {
    expect(Object.keys(accountOf())).toEqual(['Description', 'Resources']);
    expect(stackSetOf()).not.toHaveProperty('Parameters');
  });

  test('refers to nothing but the account itself', () => {
    const text = JSON.stringify(accountOf());
    const refs = [...text.matchAll(/\{"Ref":"([^"]+)"\}/g)].map(([, name]) => name);

    expect([...new Set(refs)].sort()).toEqual([
      'AWS::AccountId',
      'AWS::Partition',
      Object.keys(accountOf().Resources)[0],
    ]);
    expect([...text.matchAll(/"(Fn::\w+)"/g)].every(([, name]) => name === 'Fn::Join')).toBe(true);
    expect(text).not.toContain('${Token[');
  });

  test('is the same in every app, whatever its feature flags', () => {
    const flagged = new App({
      analyticsReporting: false,
      outdir: newApp().outdir,
      context: { '@aws-cdk/aws-iam:minimizePolicies': true, 'aws:cdk:enable-path-metadata': true },
    });
    const stack = new Stack(flagged, 'Other', { synthesizer: withoutBootstrap() });
    new OrganizationGuardrails(stack, 'Guardrails', { organizationalUnitIds: [UNIT] });

    expect(onlyResource(stack, STACK_SET).TemplateBody).toBe(stackSetOf().TemplateBody);
  });

  test('leaves room: 51,200 bytes are allowed', () => {
    const { TemplateBody: body } = stackSetOf({
      allowPasswordChange: true,
      maxAge: Duration.hours(12),
      boundaryName: 'mfa-boundary',
      conformance: { rootHardware: true },
    });

    expect(String(body)).toMatch(/^[ -~]+$/);
    expect(String(body).length).toBeLessThan(20_000);
  });

  test('is refused when a policy in it would be', () => {
    const openActions = [...actionsOf('ec2').values()]
      .filter((name) => name.startsWith('Describe'))
      .map((name) => `ec2:${name}`);

    expect(() => guarded({ openActions })).toThrow(
      /the guardrails of an account cannot be deployed: the enforcement policy 'Account\/Enforcement' has about \d+ characters .* IAM allows 6144/,
    );
  });

  test('is made without touching the file system', () => {
    const stack = emptyStack();
    const files = jest.requireActual<typeof import('node:fs')>('node:fs');
    const writing = (['mkdtempSync', 'mkdirSync', 'writeFileSync'] as const).map((name) =>
      jest.spyOn(files, name),
    );
    function calls() {
      return writing.reduce((total, { mock }) => total + mock.calls.length, 0);
    }
    try {
      new OrganizationGuardrails(stack, 'Guardrails', { organizationalUnitIds: [UNIT] });
      expect(calls()).toBe(0);
      newApp();
      expect(calls()).toBeGreaterThan(0);
    } finally {
      jest.restoreAllMocks();
    }
  });
});

describe('in an account', () => {
  const given = { maxAge: Duration.hours(12), exemptUsers: ['arn:aws:iam::*:user/ci/*'] };
  const group = documentOf(accountOf(given));
  const overAccounts = rendered(onlyResource(guarded(given), SCP).Content);
  const signIns: readonly SignIn[] = [
    'a long-term key',
    'a session without MFA',
    'fresh MFA',
    'MFA of yesterday',
  ];
  const olga = user('olga', '/people/');
  const deployer = user('deployer', '/ci/');
  const phone = `arn:aws:iam::${ACCOUNT}:mfa/my-phone`;
  const people = {
    'an administrator in the group': { caller: olga, policies: [group, ADMINISTRATOR] },
    'somebody new in the group': { caller: olga, policies: [group] },
    'an administrator who is not': { caller: olga, policies: [ADMINISTRATOR] },
    'somebody new who is not': { caller: olga, policies: [] },
    'an exempt program': { caller: deployer, policies: [ADMINISTRATOR] },
    'a role': { caller: roleSession('Admin'), policies: [ADMINISTRATOR] },
  } as const;

  /** + allowed, - denied, in the order of `signIns`: by the group alone, and with the service control policy over it. */
  test.each<readonly [keyof typeof people, string, string, string, string]>([
    ['an administrator in the group', 'iam:CreateVirtualMFADevice', phone, '++++', '++++'],
    ['an administrator in the group', 'iam:EnableMFADevice', olga.arn, '++++', '++++'],
    ['an administrator in the group', 'iam:EnableMFADevice', deployer.arn, '--+-', '--+-'],
    ['an administrator in the group', 'iam:DeactivateMFADevice', olga.arn, '--+-', '--+-'],
    ['an administrator in the group', 'sts:GetSessionToken', '*', '++++', '++++'],
    ['an administrator in the group', 's3:ListAllMyBuckets', '*', '--+-', '--+-'],
    ['an administrator in the group', 'organizations:LeaveOrganization', '*', '--+-', '--+-'],
    ['somebody new in the group', 'iam:CreateVirtualMFADevice', phone, '++++', '++++'],
    ['somebody new in the group', 'iam:EnableMFADevice', olga.arn, '++++', '++++'],
    ['somebody new in the group', 's3:ListAllMyBuckets', '*', '----', '----'],
    ['an administrator who is not', 's3:ListAllMyBuckets', '*', '++++', '--+-'],
    ['an administrator who is not', 'iam:EnableMFADevice', olga.arn, '++++', '++++'],
    ['somebody new who is not', 'iam:EnableMFADevice', olga.arn, '----', '----'],
    ['an exempt program', 's3:ListAllMyBuckets', '*', '++++', '++++'],
    ['a role', 's3:ListAllMyBuckets', '*', '++++', '++++'],
  ])(
    '%s: %s on %s is %s, and with all guardrails %s',
    async (who, action, resource, alone, guardedAnswer) => {
      const { caller, policies } = people[who];
      async function answers(serviceControls: readonly unknown[]): Promise<string> {
        const decisions = await Promise.all(
          signIns.map((signIn) => decide({ caller, signIn, action, resource, policies, serviceControls })),
        );
        return decisions.map((decision) => (decision === 'Allowed' ? '+' : '-')).join('');
      }

      expect(await answers([])).toBe(alone);
      expect(await answers([overAccounts])).toBe(guardedAnswer);
    },
  );

  test('the policy is within IAM’s 6,144 characters', () => {
    expect(policySize(group)).toBeLessThan(6144);
  });
});
