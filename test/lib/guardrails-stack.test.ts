import { Duration } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, ArnPrincipal, type CfnRole, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { GuardrailsStack, type GuardrailsStackProps, MfaRole, TokenInventory } from '../../lib/index';
import { testInFull } from '../support/extent';
import {
  ACCOUNT,
  ADMINISTRATOR,
  decide,
  rendered,
  SIGN_IN,
  type SignIn,
  user,
} from '../support/policy-simulation';
import { fleetOf, newApp, smallFleet, withoutBootstrap } from './fixtures';

function guardrails(props: Partial<GuardrailsStackProps> = {}): GuardrailsStack {
  return new GuardrailsStack(newApp(), 'Guardrails', {
    inventory: smallFleet(),
    synthesizer: withoutBootstrap(),
    ...props,
  });
}

test('the ids of the constructs are what they have always been', () => {
  const stack = guardrails();
  const ids = stack.node.findAll().map((construct) => construct.node.path);

  expect(ids.filter((path) => !path.endsWith('/Resource'))).toEqual([
    'Guardrails',
    'Guardrails/Enforcement',
    'Guardrails/Group',
    'Guardrails/Holders',
    'Guardrails/Holders/alice.breakglass',
    'Guardrails/Holders/bob.breakglass',
    'Guardrails/Record',
    'Guardrails/Record/Manifest',
    'Guardrails/Record/Page0',
    'Guardrails/Operator',
    'Guardrails/Operator/Policy',
    'Guardrails/Operator/Role',
    'Guardrails/Auditor',
    'Guardrails/Auditor/Policy',
    'Guardrails/Auditor/Role',
    'Guardrails/OperatorRoleArn',
    'Guardrails/AuditorRoleArn',
    'Guardrails/EnforcingGroupName',
    'Guardrails/RecordPath',
    'Guardrails/RecordGeneration',
  ]);
});

test('the template is the one that was reviewed', () => {
  expect(Template.fromStack(guardrails()).toJSON()).toMatchSnapshot();
});

test('the stack creates each holder under MFA at the path of the fleet', () => {
  const stack = guardrails();
  const template = Template.fromStack(stack);
  const users = Object.values(template.findResources('AWS::IAM::User'));

  expect(users.map(({ Properties }) => [Properties.UserName, Properties.Path])).toEqual([
    ['alice.breakglass', '/mfa-guardrails/break-glass/'],
    ['bob.breakglass', '/mfa-guardrails/break-glass/'],
  ]);
  for (const { Properties } of users) {
    expect(Properties.Groups).toEqual([stack.resolve(stack.group.groupName)]);
  }
  template.hasResourceProperties('AWS::IAM::Group', {
    ManagedPolicyArns: [stack.resolve(stack.enforcement.managedPolicyArn)],
  });
});

test('a holder may have any name that IAM takes', () => {
  const names = ['123', 'Default', 'Resource', '__proto__', 'a+b', 'a=b', 'constructor'];
  const holders = names.map((name, n) => `  "${name}":\n    - { slot: primary, serial: "${n}" }\n`);
  const inventory = TokenInventory.fromYaml(`fleet: odd\nholders:\n${holders.join('')}`, 'odd.yaml');

  for (const createHolders of [true, false]) {
    const template = Template.fromStack(guardrails({ inventory, createHolders }));
    const users = Object.values(template.findResources('AWS::IAM::User'));
    expect(users.map(({ Properties }) => Properties.UserName)).toEqual(createHolders ? names : []);
  }
});

test('the outputs tell people and programs what they need next', () => {
  const stack = guardrails();

  expect(Template.fromStack(stack).findOutputs('*')).toMatchObject({
    OperatorRoleArn: { Value: stack.resolve(stack.runbookOperator.role.roleArn) },
    EnforcingGroupName: { Value: stack.resolve(stack.group.groupName) },
    RecordPath: { Value: '/mfa-guardrails/break-glass/record' },
    RecordGeneration: { Value: smallFleet().generation },
  });
});

test('a holder reaches a role that was granted, with fresh MFA only', async () => {
  const stack = guardrails();
  const emergency = new MfaRole(stack, 'Emergency', { assumedBy: new AccountRootPrincipal() });
  const [alice] = stack.holders;
  alice && emergency.grantAssumeRole(alice);
  const role = `arn:aws:iam::${ACCOUNT}:role/Emergency`;
  const template = Template.fromStack(stack);
  const granted = Object.values(template.findResources('AWS::IAM::Policy')).map(({ Properties }) =>
    JSON.parse(
      JSON.stringify(Properties.PolicyDocument).replace(/\{"Fn::GetAtt":\["Emergency[^}]*\}/, `"${role}"`),
    ),
  );
  const policies = [enforcing(stack), ...granted];
  const trust = rendered(stack.resolve((emergency.node.defaultChild as CfnRole).assumeRolePolicyDocument));
  const answers = Object.keys(SIGN_IN).map(async (signIn) => [
    signIn,
    await decide({
      caller: user('alice.breakglass', '/mfa-guardrails/break-glass/'),
      signIn: signIn as SignIn,
      action: 'sts:AssumeRole',
      resource: role,
      policies,
      trust,
    }),
  ]);

  expect(granted).toHaveLength(1);
  expect(Object.fromEntries(await Promise.all(answers))).toEqual({
    'a long-term key': 'ExplicitlyDenied',
    'a session without MFA': 'ExplicitlyDenied',
    'fresh MFA': 'Allowed',
    'MFA of 59 minutes ago': 'Allowed',
    'MFA of 61 minutes ago': 'ImplicitlyDenied',
    'MFA of yesterday': 'ImplicitlyDenied',
  });
});

test('a holder cannot assume the role of the operator, whatever their path, with MFA and as an administrator', async () => {
  const stack = guardrails();
  const request = { signIn: 'fresh MFA', action: 'sts:AssumeRole', resource: OPERATOR } as const;
  const moved = { ...request, caller: user('alice.breakglass', '/elsewhere/') };
  expect(await decide({ ...moved, policies: [enforcing(stack), ADMINISTRATOR] })).toBe('ExplicitlyDenied');
  const another = { ...moved, resource: `arn:aws:iam::${ACCOUNT}:role/another` };
  expect(await decide({ ...another, policies: [enforcing(stack), ADMINISTRATOR] })).toBe('Allowed');
});

test('a fleet whose names do not fit into a trust policy is not warned of: the group denies all of them', () => {
  const stack = guardrails({ inventory: fleetOf(150) });
  Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('do not fit'));
  expect(JSON.stringify(enforcing(stack))).toContain(OPERATOR);
});

const OPERATOR = `arn:aws:iam::${ACCOUNT}:role/operator`;

/** The policy of the group, rendered. */
function enforcing(stack: GuardrailsStack): unknown {
  const arn = stack.resolve(stack.runbookOperator.role.roleArn)['Fn::GetAtt'].join('.');
  return rendered(stack.resolve(stack.enforcement.document), { [arn]: OPERATOR });
}

describe('holders who are users already', () => {
  test('stay as they are and come under MFA', () => {
    const stack = guardrails({ existingHolders: ['bob.breakglass'] });
    const template = Template.fromStack(stack);

    expect(stack.holders.map((holder) => holder.node.id)).toEqual(['alice.breakglass']);
    template.resourceCountIs('AWS::IAM::User', 1);
    template.hasResourceProperties('AWS::IAM::UserToGroupAddition', {
      GroupName: stack.resolve(stack.group.groupName),
      Users: ['bob.breakglass'],
    });
    template.allResourcesProperties('AWS::IAM::ManagedPolicy', { Users: Match.absent() });
  });

  test('are all of them when the stack creates none', () => {
    const stack = guardrails({ createHolders: false });
    const template = Template.fromStack(stack);

    template.resourceCountIs('AWS::IAM::User', 0);
    template.hasResourceProperties('AWS::IAM::UserToGroupAddition', {
      Users: ['alice.breakglass', 'bob.breakglass'],
    });
    template.resourceCountIs('AWS::SSM::Parameter', 2);
  });

  test('can be operated on, and cannot be operators', async () => {
    const stack = guardrails({ createHolders: false });
    const policy = rendered(stack.resolve(stack.runbookOperator.policy.document));
    const trust = rendered(
      stack.resolve((stack.runbookOperator.role.node.defaultChild as CfnRole).assumeRolePolicyDocument),
    );
    const bob = user('bob.breakglass', '/people/');
    const enable = { caller: user('operator'), signIn: 'fresh MFA', action: 'iam:EnableMFADevice' } as const;
    const assume = {
      signIn: 'fresh MFA',
      action: 'sts:AssumeRole',
      policies: [ADMINISTRATOR],
      trust,
    } as const;
    const role = `arn:aws:iam::${ACCOUNT}:role/Operator`;

    expect(await decide({ ...enable, resource: bob.arn, policies: [policy] })).toBe('Allowed');
    expect(await decide({ ...enable, resource: user('mallory').arn, policies: [policy] })).toBe(
      'ImplicitlyDenied',
    );
    expect(await decide({ ...assume, caller: bob, resource: role })).toBe('ExplicitlyDenied');
    expect(await decide({ ...assume, caller: user('olga'), resource: role })).toBe('Allowed');
  });

  test('must be holders of the fleet', () => {
    expect(() => guardrails({ existingHolders: ['mallory'] })).toThrow(
      "existingHolders names 'mallory', must be a holder of fleet 'break-glass' (alice.breakglass, bob.breakglass)",
    );
  });
});

test('the operator is as told', () => {
  const stack = guardrails({
    operators: [new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:user/olga`)],
    operatorMaxAge: Duration.minutes(5),
    operatorMaxSessionDuration: Duration.hours(4),
  });

  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
    MaxSessionDuration: 14_400,
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/olga` },
          Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '300' } },
        },
        { Effect: 'Deny', Sid: 'DenyHolders' },
        { Effect: 'Deny', Sid: 'DenyNamedHolders' },
      ],
    },
  });
});

describe('the break-glass role', () => {
  const AT_HAND = ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess');

  test('is there if it is given something to do, for the holders and nobody else', () => {
    const stack = guardrails({ breakGlassPolicies: [AT_HAND] });
    const [alice, bob] = stack.holders;

    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'mfa-guardrails-break-glass-break-glass',
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { AWS: [stack.resolve(alice?.userArn), stack.resolve(bob?.userArn)] },
            Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '300' } },
          },
        ],
      },
    });
    expect(guardrails().breakGlassRole).toBeUndefined();
  });

  test('needs holders that the stack creates', () => {
    expect(() => guardrails({ breakGlassPolicies: [AT_HAND], createHolders: false })).toThrow(
      /breakGlassPolicies needs holders .* fleet 'break-glass' has none; leave it out/,
    );
  });
});

describe('a large fleet', () => {
  const large = guardrails({ inventory: fleetOf(400) });

  test('is refused before CloudFormation would refuse it if it is too large for one stack', () => {
    expect(() => guardrails({ inventory: fleetOf(489) })).toThrow(
      /the stack would have 5\d\d resources, 489 of them users, must be at most 500; .*createHolders: false/,
    );
    expect(large.holders).toHaveLength(400);
  });

  test('makes each user depend on the manifest of the record, and not on every page', () => {
    const template = Template.fromStack(large);
    for (const { DependsOn } of Object.values(template.findResources('AWS::IAM::User'))) {
      expect(DependsOn.length).toBeLessThanOrEqual(5);
    }
    expect(JSON.stringify(template.toJSON()).length).toBeLessThan(1_000_000);
  });
});

testInFull(
  '5,000 holders at the path of the fleet, created elsewhere, are one stack with nested pages',
  () => {
    const stack = guardrails({ inventory: fleetOf(5000), createHolders: false, existingHolders: [] });
    const template = Template.fromStack(stack);

    template.resourceCountIs('AWS::IAM::User', 0);
    template.resourceCountIs('AWS::SSM::Parameter', 129);
    template.resourceCountIs('AWS::CloudFormation::Stack', 1);
    expect(rendered(stack.resolve(stack.runbookOperator.policy.document))).toMatchObject({
      Statement: expect.arrayContaining([
        expect.objectContaining({
          Sid: 'Holders',
          Resource: `arn:aws:iam::${ACCOUNT}:user/mfa-guardrails/large/*`,
        }),
      ]),
    });
  },
);

describe('what CloudFormation deletes last', () => {
  /** The resources that must be gone before a resource is deleted: those that depend on it, directly or not. */
  function deletedBefore(template: Template, id: string): readonly string[] {
    const resources = template.toJSON().Resources as Record<string, { DependsOn?: string[] }>;
    function needs(name: string): ReadonlySet<string> {
      const resource = resources[name];
      const refs = [...JSON.stringify(resource).matchAll(/"(?:Ref":|Fn::GetAtt":\[)"([A-Za-z0-9]+)"/g)];
      const direct = [...(resource?.DependsOn ?? []), ...refs.map(([, ref = '']) => ref)].filter(
        (each) => each in resources && each !== name,
      );
      return new Set([...direct, ...direct.flatMap((each) => [...needs(each)])]);
    }
    return Object.keys(resources).filter((name) => needs(name).has(id));
  }
  function idsOf(template: Template, type: string): readonly string[] {
    return Object.keys(template.findResources(type));
  }

  test('is every parameter of the record, and the roles of the runbook with their policies', () => {
    const template = Template.fromStack(guardrails());
    const users = idsOf(template, 'AWS::IAM::User');
    const kept = [
      ...idsOf(template, 'AWS::SSM::Parameter'),
      ...idsOf(template, 'AWS::IAM::Role'),
      ...idsOf(template, 'AWS::IAM::ManagedPolicy'),
    ];
    expect(users).toHaveLength(2);
    expect(kept).toHaveLength(7);
    for (const id of kept) {
      expect({ id, before: deletedBefore(template, id) }).toEqual({
        id,
        before: expect.arrayContaining([...users]),
      });
    }
  });

  test('is not the role of an auditor who is a holder, because IAM trusts no user who is not there', () => {
    const holder = new ArnPrincipal(
      `arn:aws:iam::${ACCOUNT}:user/mfa-guardrails/break-glass/alice.breakglass`,
    );
    const template = Template.fromStack(guardrails({ auditors: [holder] }));
    const [role = ''] = idsOf(template, 'AWS::IAM::Role').filter((id) => id.startsWith('Auditor'));
    const [operator = ''] = idsOf(template, 'AWS::IAM::Role').filter((id) => id.startsWith('Operator'));
    expect(deletedBefore(template, role)).toEqual([]);
    expect(deletedBefore(template, operator)).toEqual(
      expect.arrayContaining([...idsOf(template, 'AWS::IAM::User')]),
    );
  });
});

describe('two stacks of one fleet', () => {
  const HERE = { account: ACCOUNT, region: 'eu-central-1' };

  function synth(first: Partial<GuardrailsStackProps>, second: Partial<GuardrailsStackProps>): void {
    const app = newApp();
    for (const [id, props] of Object.entries({ First: first, Second: second })) {
      new GuardrailsStack(app, id, { inventory: smallFleet(), synthesizer: withoutBootstrap(), ...props });
    }
    app.synth();
  }

  test.each<readonly [string, Partial<GuardrailsStackProps>, Partial<GuardrailsStackProps>]>([
    ['in an account that is not known', {}, {}],
    ['in one account', { env: HERE }, { env: HERE }],
    ['in one account, in two Regions', { env: HERE }, { env: { ...HERE, region: 'eu-west-1' } }],
  ])('are refused at synthesis %s', (_where, first, second) => {
    expect(() => synth(first, second)).toThrow(
      "fleet 'break-glass' has two stacks in one account, 'First' and 'Second', must have one",
    );
  });

  test('are refused in one account if both create a holder, whatever the case of the name', () => {
    const [name = ''] = smallFleet().holderNames;
    const other = TokenInventory.fromYaml(
      `fleet: other\nholders:\n  ${name.toUpperCase()}:\n    - { slot: primary, serial: "86596220000055" }\n`,
      'other.yaml',
    );
    const created = { env: HERE, inventory: other };
    expect(() => synth({ env: HERE }, created)).toThrow(
      `holder '${name.toUpperCase()}' would be created twice in one account, by 'First' and 'Second'`,
    );
    expect(() => synth({ env: HERE }, { ...created, createHolders: false })).not.toThrow();
    expect(() =>
      synth({ env: HERE }, { ...created, env: { ...HERE, account: '444455556666' } }),
    ).not.toThrow();
  });

  test('are taken in two accounts, and so are two fleets in one', () => {
    expect(() => synth({ env: HERE }, { env: { ...HERE, account: '444455556666' } })).not.toThrow();
    expect(() => synth({}, { inventory: fleetOf(1) })).not.toThrow();
  });
});
