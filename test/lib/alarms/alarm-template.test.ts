/** The template of the alarms: its permissions, the refused properties, and the findings of the checks. */
import { Lazy, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { stringify } from 'yaml';
import { MfaAlarms } from '../../../lib/alarms/mfa-alarms';
import { BreakGlassRole } from '../../../lib/break-glass/break-glass-role';
import {
  BreakGlassUser,
  MfaEnforcedGroup,
  MfaEnforcementPolicy,
  MfaSelfService,
  RunbookOperator,
  TokenInventory,
  TokenRecord,
} from '../../../lib/index';
import { decide, rendered, roleSession } from '../../support/policy-simulation';
import { newApp, smallFleet, withoutBootstrap } from '../fixtures';
import { AlarmScene, HOME, homeStack, makeAlarms, regionsOr, type SceneOptions } from './alarm-scene';
import { ACCOUNT } from './cloudtrail-events';

const made = makeAlarms({ regions: regionsOr(['us-east-1']), emailAddresses: ['security@example.com'] });
const template = Template.fromStack(Stack.of(made));
const functions = Template.fromStack(made.functionStack);
const TOPIC = `arn:aws:sns:${HOME}:${ACCOUNT}:alarms`;
const KEY = `arn:aws:kms:${HOME}:${ACCOUNT}:key/0`;
const LOGS = `arn:aws:logs:${HOME}:${ACCOUNT}:log-group:comparison:*`;
const RECORD = `arn:aws:ssm:${HOME}:${ACCOUNT}:parameter/mfa-guardrails/break-glass/record`;

function idOf(type: string, from = template): string {
  return Object.keys(from.findResources(type))[0] ?? type;
}
const TROUBLE = `arn:aws:sns:${HOME}:${ACCOUNT}:trouble`;
const TOPIC_ID = idOf('AWS::SNS::Topic');
const TROUBLE_ID = Object.keys(template.findResources('AWS::SNS::Topic')).find((id) => id !== TOPIC_ID);
const refs = {
  [TOPIC_ID]: TOPIC,
  [String(TROUBLE_ID)]: TROUBLE,
  [`${idOf('AWS::KMS::Key')}.Arn`]: KEY,
  [`${idOf('AWS::Logs::LogGroup', functions)}.Arn`]: LOGS,
};

/** The imports of the function's stack, by the values that the home stack exports. */
function imported(value: unknown): unknown {
  const outputs = Object.values(template.findOutputs('*'));
  return JSON.parse(JSON.stringify(value), (_, part) => {
    const name = part?.['Fn::ImportValue'];
    return name === undefined ? part : outputs.find(({ Export }) => Export.Name === name)?.Value;
  });
}

/** The managed policy of the role whose description begins so; rule packs refuse inline ones. */
function policyOf(description: string, from = template): unknown {
  const [role] = Object.values(
    from.findResources('AWS::IAM::Role', {
      Properties: { Description: Match.stringLikeRegexp(`^${description}`) },
    }),
  );
  const [{ Ref: id }] = role?.Properties.ManagedPolicyArns ?? [{}];
  const policy = from.findResources('AWS::IAM::ManagedPolicy')[id];
  expect(from.findResources('AWS::IAM::Policy')).toEqual({});
  return rendered(imported(policy?.Properties.PolicyDocument), refs);
}

type Question = readonly [string, string, boolean];

describe.each<readonly [string, string, Template, readonly Question[]]>([
  [
    'EventBridge',
    'Publishes the MFA alarms',
    template,
    [
      ['sns:Publish', TOPIC, true],
      ['sns:Publish', TROUBLE, true],
      ['kms:GenerateDataKey', KEY, true],
      ['kms:Decrypt', KEY, true],
      ['sns:Publish', `${TOPIC}-2`, false],
      ['sns:Subscribe', TOPIC, false],
      ['kms:Decrypt', `${KEY}1`, false],
      ['kms:ScheduleKeyDeletion', KEY, false],
    ],
  ],
  [
    'the function',
    'Compares',
    functions,
    [
      ['ssm:GetParametersByPath', RECORD, true],
      ['ssm:GetParametersByPath', RECORD.replace('/record', '/evidence'), true],
      ['cloudtrail:LookupEvents', '*', true],
      ['cloudtrail:StopLogging', '*', false],
      ['ssm:PutParameter', RECORD.replace('/record', '/evidence/alice/primary'), false],
      ['sns:Publish', TROUBLE, false],
      ['sns:Publish', TOPIC, true],
      ['kms:GenerateDataKey', KEY, true],
      ['logs:PutLogEvents', LOGS.replace('*', 'log-stream:x'), true],
      ['ssm:PutParameter', `${RECORD}/manifest`, false],
      ['ssm:GetParametersByPath', RECORD.replace('/record', ''), false],
      ['ssm:GetParameter', RECORD.replace('/record', '/evidence/alice/primary'), false],
      ['ssm:GetParametersByPath', RECORD.replace('break-glass', 'other'), false],
      ['sns:Publish', `${TOPIC}-2`, false],
      ['iam:DeactivateMFADevice', `arn:aws:iam::${ACCOUNT}:user/olga`, false],
      ['logs:PutLogEvents', LOGS.replace('comparison:*', 'other:log-stream:x'), false],
    ],
  ],
])('%s', (_, description, from, questions) => {
  const policies = [policyOf(description, from)];
  const [key] = Object.values(template.findResources('AWS::KMS::Key'));
  const keyPolicy = rendered(key?.Properties.KeyPolicy);

  test.each(questions)('%s on %s: %s', async (action, resource, allowed) => {
    const decision = await decide({
      caller: roleSession('Role'),
      signIn: 'a long-term key',
      action,
      resource,
      policies,
      // KMS asks the policy of the key as well.
      ...(action.startsWith('kms:') ? { trust: keyPolicy } : {}),
    });

    expect(decision === 'Allowed').toBe(allowed);
  });
});

test('EventBridge uses its role for rules of this account on this bus only', () => {
  template.hasResourceProperties('AWS::IAM::Role', {
    Description: 'Publishes the MFA alarms',
    AssumeRolePolicyDocument: Match.objectLike({
      Statement: [
        Match.objectLike({
          Principal: { Service: 'events.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
            ArnLike: { 'aws:SourceArn': Match.anyValue() },
          },
        }),
      ],
    }),
  });
  const roles = Object.values(template.findResources('AWS::IAM::Role')).filter(
    ({ Properties }) => Properties.Description === 'Publishes the MFA alarms',
  );
  const conditions = roles.map(({ Properties }) =>
    rendered(Properties.AssumeRolePolicyDocument.Statement[0].Condition.ArnLike),
  );

  expect(conditions).toEqual([
    { 'aws:SourceArn': `arn:aws:events:${HOME}:${ACCOUNT}:rule/mfa-guardrails/*` },
  ]);
});

test('every alarm is published by that role, and the function is called by its own rules only', () => {
  const targets = Object.values(template.findResources('AWS::Events::Rule')).flatMap(
    ({ Properties }) => Properties.Targets,
  );
  const toTopic = targets.filter(({ Id }) => Id === 'Topic');

  expect(toTopic.length).toBeGreaterThan(10);
  for (const { RoleArn } of toTopic) {
    expect(RoleArn).toEqual({ 'Fn::GetAtt': [expect.stringContaining('Delivery'), 'Arn'] });
  }
  functions.resourceCountIs('AWS::Lambda::Permission', 3);
  for (const rule of ['BusClosed', 'Compared', 'Schedule']) {
    functions.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'events.amazonaws.com',
      SourceAccount: { Ref: 'AWS::AccountId' },
      SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp(rule), 'Arn'] },
    });
  }
});

test('the topic is encrypted with its own key, which rotates, and takes messages over TLS only', () => {
  template.hasResourceProperties('AWS::SNS::Topic', {
    KmsMasterKeyId: { 'Fn::GetAtt': [idOf('AWS::KMS::Key'), 'Arn'] },
  });
  template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: [
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ],
    },
  });
  template.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'security@example.com',
  });
});

test('the policy of the key has no condition that SNS and EventBridge do not support', () => {
  const [key] = Object.values(template.findResources('AWS::KMS::Key'));

  expect(key?.Properties.KeyPolicy.Statement).toEqual([
    expect.objectContaining({ Action: 'kms:*', Principal: { AWS: expect.anything() } }),
  ]);
});

test('what the function cannot do is heard on the topic', () => {
  const [config] = Object.values(functions.findResources('AWS::Lambda::EventInvokeConfig'));
  expect(imported(config?.Properties.DestinationConfig)).toEqual({
    OnFailure: { Destination: { Ref: TOPIC_ID } },
  });
  functions.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumEventAgeInSeconds: 3600,
    MaximumRetryAttempts: 2,
  });
});

/** As the CDK's command line writes it, which wants a bucket for more than 50 KB. */
function sizeOf(template: Template): number {
  return stringify(template.toJSON(), { schema: 'yaml-1.1', lineWidth: 0 }).length;
}

describe('without a bootstrapped account', () => {
  function options() {
    return { synthesizer: withoutBootstrap(), env: { region: HOME } };
  }
  const app = newApp();
  const fleet = new Stack(app, 'Fleet', options());
  const group = new MfaEnforcedGroup(fleet, 'Group', {
    enforcement: new MfaEnforcementPolicy(fleet, 'Enforcement', { selfService: MfaSelfService.NONE }),
  });
  const path = '/mfa-guardrails/break-glass/';
  const alice = new BreakGlassUser(fleet, 'Alice', { userName: 'alice.breakglass', path, group });
  const role = new BreakGlassRole(fleet, 'Emergency', { users: [alice], roleName: 'break-glass' });
  const home = new Stack(app, 'Alarms', options());
  new MfaAlarms(home, 'Alarms', {
    records: [new TokenRecord(fleet, 'Record', { inventory: smallFleet() })],
    regions: MfaAlarms.defaultRegions(HOME),
    breakGlassRoles: [role],
    emailAddresses: ['security@example.com', 'operations@example.com', 'director@example.com'],
  });
  const alarms = Template.fromStack(home);

  test('the alarms of a fleet, its role and three addresses fit into a stack of their own', () => {
    const size = sizeOf(alarms);

    expect(size).toBeLessThanOrEqual(50 * 1024);
    expect(size).toBeGreaterThan(30_000);
  });

  test('so does the function, in the stack next to it', () => {
    const [made] = home.node.children.filter((child): child is MfaAlarms => child instanceof MfaAlarms);
    const size = made === undefined ? 0 : sizeOf(Template.fromStack(made.functionStack));

    expect(size).toBeLessThanOrEqual(50 * 1024);
    expect(size).toBeGreaterThan(30_000);
  });

  test('alarms that do not fit are warned of at synthesis, with their size about right', () => {
    const large = Stack.of(makeAlarms({ regions: ['us-east-1'], emailAddresses: ['security@example.com'] }));
    const [warning] = Annotations.fromStack(large).findWarning('*', Match.stringLikeRegexp('has about'));
    const [, about] = /has about (\d+) bytes.*cdk bootstrap/.exec(String(warning?.entry.data)) ?? [];
    const size = sizeOf(Template.fromStack(large));

    expect(size).toBeGreaterThan(50 * 1024);
    expect(Math.abs(Number(about) / size - 1)).toBeLessThan(0.01);
    Annotations.fromStack(home).hasNoWarning('*', Match.anyValue());
  });

  test('the alarms hold on to no role that has a name: it can be removed and replaced', () => {
    expect(JSON.stringify(alarms.toJSON())).toContain(':role/break-glass');
    expect(JSON.stringify(alarms.toJSON())).not.toContain('Fn::ImportValue');
    expect(Template.fromStack(fleet).toJSON().Outputs).toBeUndefined();
  });
});

describe('refused at construction', () => {
  function stack() {
    return homeStack(HOME);
  }
  function record(scope: Stack, id = 'Record', yaml?: string) {
    return new TokenRecord(scope, id, {
      inventory: yaml === undefined ? smallFleet() : TokenInventory.fromYaml(yaml, 'x.yaml'),
    });
  }

  test.each<readonly [string, SceneOptions, RegExp]>([
    [
      'no record',
      { records: [] },
      /records of alarms 'Home\/Alarms' is empty, must hold at least one TokenRecord/,
    ],
    [
      'what is no address',
      { emailAddresses: ['security'] },
      /emailAddresses names 'security', must be e-mail addresses .*; write the address, or leave emailAddresses out/,
    ],
    ['the default bus', { busName: 'default' }, /busName is 'default', must be .* and not 'default'/],
    ['a name no bus has', { busName: 'a bus' }, /busName is 'a bus'/],
    [
      'a name that other Regions cannot know',
      { busName: Lazy.string({ produce: () => 'x' }) },
      /busName is not known at synthesis/,
    ],
  ])('%s', (_, options, message) => {
    expect(() => makeAlarms({ regions: [], ...options })).toThrow(message);
    expect(() => makeAlarms({ regions: [] })).not.toThrow();
  });

  test('a fleet twice', () => {
    const home = stack();

    expect(() => new MfaAlarms(home, 'Alarms', { records: [record(home), record(home, 'Again')] })).toThrow(
      /records has fleet 'break-glass' twice/,
    );
  });

  test('a record in another Region, which the function would not read', () => {
    const home = stack();
    const elsewhere = new Stack(home.node.root as Stack, 'Elsewhere', { env: { region: 'us-east-1' } });

    expect(() => new MfaAlarms(home, 'Alarms', { records: [record(elsewhere)] })).toThrow(
      /the record of fleet 'break-glass' is in .*us-east-1, must be in .*eu-central-1/,
    );
  });

  test('an address that is not known yet is not judged', () => {
    const address = Lazy.string({ produce: () => 'security@example.com' });

    Template.fromStack(
      Stack.of(makeAlarms({ regions: [], emailAddresses: [address] })),
    ).hasResourceProperties('AWS::SNS::Subscription', { Endpoint: 'security@example.com' });
  });
});

test('the ids of the constructs are what they have always been', () => {
  const alarms = makeAlarms({ regions: ['us-east-1'] });

  expect(alarms.node.children.map(({ node }) => node.id)).toEqual([
    'Key',
    'Topic',
    'Watch',
    'Bus',
    'DeliveryPolicy',
    'Delivery',
    'SignInWithoutMfa',
    'BreakGlassSignIn',
    'BreakGlassSignIn2',
    'BreakGlassCall',
    'BreakGlassCall2',
    'BreakGlassRole',
    'BreakGlassSwitch',
    'CreateVirtualMFADevice',
    'EnableMFADevice',
    'DeactivateMFADevice',
    'DeleteVirtualMFADevice',
    'ResyncMFADevice',
    'DeviceChangeRefused',
    'BreakGlassUserChanged',
    'OperatorUsed',
    'RootAssumed',
    'RootCredentialChanged',
    'RecordWritten',
    'EvidenceWritten',
    'TrailChanged',
    'RegionChanged',
    'OrganizationChanged',
    'TestMessage',
  ]);
  expect(alarms.functionStack.node.children.map(({ node }) => node.id)).toEqual([
    'Comparison',
    'Compared',
    'Schedule',
    'AlarmsChanged',
    'BusClosed',
  ]);
  expect(alarms.homeStack.node.children.map(({ node }) => node.id)).toEqual([
    'TroubleChanged',
    'Forwarding',
    'StackChanged',
  ]);
  expect(alarms.forwardingStacks.map(({ node }) => node.path)).toEqual(['Home-mfa-guardrails-us-east-1']);
});

describe('a second MfaAlarms', () => {
  function alarmsIn(stack: Stack): MfaAlarms {
    const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
    return new MfaAlarms(stack, 'Alarms', { records: [record], regions: [] });
  }

  test('of one account and Region is refused, with both paths', () => {
    const app = newApp();
    alarmsIn(new Stack(app, 'One', { env: { region: HOME } }));

    expect(() => alarmsIn(new Stack(app, 'Two', { env: { region: HOME } }))).toThrow(
      /alarms 'Two\/Alarms' are the second of their account and Region, after 'One\/Alarms'.*give one MfaAlarms the records of all fleets/,
    );
  });

  test('of another Region, another account or another stage is not', () => {
    const app = newApp();
    alarmsIn(new Stack(app, 'One', { env: { region: HOME, account: ACCOUNT } }));

    for (const env of [
      { region: 'us-east-1', account: ACCOUNT },
      { region: HOME, account: '444455556666' },
    ]) {
      expect(() => alarmsIn(new Stack(app, `${env.region}${env.account}`, { env }))).not.toThrow();
    }
    const stages = newApp();
    for (const id of ['Test', 'Production']) {
      const stage = new Stage(stages, id);
      expect(() => alarmsIn(new Stack(stage, 'Home', { env: { region: HOME } }))).not.toThrow();
    }
  });
});

describe('in an app whose account is bootstrapped', () => {
  const app = newApp();
  const home = new Stack(app, 'Home', { env: { region: HOME } });
  const alarms = new MfaAlarms(home, 'Alarms', {
    records: [new TokenRecord(home, 'Record', { inventory: smallFleet() })],
    regions: MfaAlarms.defaultRegions(HOME),
  });

  test('the function is in the stack of the alarms', () => {
    expect(alarms.functionStack).toBe(home);
    expect(alarms.homeStack).toBe(home);
    Template.fromStack(home).resourceCountIs('AWS::Lambda::Function', 1);
  });

  test('no other Region has to be', () => {
    expect(Object.keys(Template.fromStack(home).toJSON().Parameters)).toContain('BootstrapVersion');
    expect(alarms.forwardingStacks).toHaveLength(16);
    for (const stack of alarms.forwardingStacks) {
      expect(Template.fromStack(stack).toJSON().Parameters).toBeUndefined();
    }
  });
});

describe('the operators', () => {
  function record(stack: Stack) {
    return new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  }

  test('that the app makes after the alarms are warned of', () => {
    const stack = homeStack(HOME);
    const declared = record(stack);
    new MfaAlarms(stack, 'Alarms', { records: [declared], regions: ['us-east-1'] });
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('make the alarms last'));
    const late = homeStack(HOME);
    const other = record(late);
    new MfaAlarms(late, 'Alarms', { records: [other], regions: ['us-east-1'] });
    new RunbookOperator(late, 'Operator', { record: other });

    Annotations.fromStack(late).hasWarning('/Home/Alarms', Match.stringLikeRegexp('make the alarms last'));
  });

  test('may use roles that are named, of which every Region forwards the use', () => {
    const stack = homeStack(HOME);
    const arn = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Operator_0123456789abcdef`;
    const alarms = new MfaAlarms(stack, 'Alarms', {
      records: [record(stack)],
      operatorRoles: [Role.fromRoleArn(stack, 'Permissions', arn)],
      regions: ['us-east-1'],
    });

    for (const [of, id] of [
      [stack, 'OperatorUsed'],
      [alarms.forwardingStacks[0] ?? stack, 'Sts'],
    ] as const) {
      const rules = Object.entries(Template.fromStack(of).findResources('AWS::Events::Rule'));
      const [, rule] = rules.find(([name]) => name.includes(id)) ?? [];
      expect(JSON.stringify(rule?.Properties.EventPattern)).toContain(arn);
    }
  });

  test('of many fleets fit into the patterns', () => {
    const stack = homeStack(HOME);
    const records = Array.from({ length: 20 }, (_, index) => {
      const yaml = `fleet: fleet-with-a-long-name-${index}\nholders:\n  a:\n    - { slot: primary, serial: "${index}" }\n`;
      const made = new TokenRecord(stack, `Record${index}`, {
        inventory: TokenInventory.fromYaml(yaml, 'tokens.yaml'),
      });
      new RunbookOperator(stack, `OperatorOfFleet${index}`, { record: made });
      return made;
    });
    const alarms = new MfaAlarms(stack, 'Alarms', { records, regions: ['us-east-1'] });
    const sizes = new AlarmScene(alarms).patterns().map((pattern) => JSON.stringify(pattern).length);

    expect(sizes.length).toBeGreaterThan(30);
    expect(sizes.length).toBeLessThan(100);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2048);
  });
});
