import type { Json, JsonObject } from '../operation';
import { allow, createUser } from '../test-clients';
import { StackTester } from './stack-tester';

const at = 'eu-central-1:123456789012';
const key = { Type: 'AWS::KMS::Key', Properties: {} };
const topic = { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alarms' } };
const bus = { Type: 'AWS::Events::EventBus', Properties: { Name: 'security' } };
const pattern = { source: ['aws.iam'] };
const role = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    },
  },
};
const fn = {
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: 'compare',
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Code: { ZipFile: 'exports.handler = () => {}' },
  },
};
const scp = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }] };
function organizationPolicy(Properties: JsonObject) {
  return {
    Type: 'AWS::Organizations::Policy',
    Properties: { Name: 'scp', Type: 'SERVICE_CONTROL_POLICY', Content: scp, ...Properties },
  };
}
const rules = JSON.stringify({
  Resources: {
    R: {
      Type: 'AWS::Config::ConfigRule',
      Properties: { Source: { Owner: 'AWS', SourceIdentifier: 'ROOT_ACCOUNT_MFA_ENABLED' } },
    },
  },
});
const users = JSON.stringify({ Resources: { U: { Type: 'AWS::IAM::User' } } });
function stackSet(Properties: JsonObject) {
  return {
    Type: 'AWS::CloudFormation::StackSet',
    Properties: {
      StackSetName: 'guardrails',
      PermissionModel: 'SERVICE_MANAGED',
      AutoDeployment: { Enabled: true },
      TemplateBody: users,
      Capabilities: ['CAPABILITY_IAM'],
      ...Properties,
    },
  };
}

/** Deploys resources and reads one value of them. @returns status and value */
async function deployed(Resources: JsonObject, Value: Json): Promise<readonly unknown[]> {
  const tester = new StackTester();
  const status = await tester.deploy('fleet', 'CREATE', { Resources, Outputs: { O: { Value } } });
  const { Outputs } = await tester.stack('fleet');
  return [status, (Outputs as readonly JsonObject[])[0]?.OutputValue];
}

function ref(name: string) {
  return { Ref: name };
}
function attribute(name: string, attribute: string) {
  return { 'Fn::GetAtt': [name, attribute] };
}

test.each<[string, JsonObject, Json, string | RegExp]>([
  ['a key is its ID', { K: key }, ref('K'), /^[0-9a-f-]{36}$/],
  [
    'a key has an ARN',
    { K: key },
    attribute('K', 'Arn'),
    /^arn:aws:kms:eu-central-1:123456789012:key\/[0-9a-f-]{36}$/,
  ],
  [
    'an alias is its name',
    { K: key, A: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/a', TargetKeyId: ref('K') } } },
    ref('A'),
    'alias/a',
  ],
  ['a topic is its ARN', { T: topic }, ref('T'), `arn:aws:sns:${at}:alarms`],
  [
    'a topic has a name',
    { T: { Type: 'AWS::SNS::Topic' } },
    attribute('T', 'TopicName'),
    /^fleet-T-[A-Z0-9]{12}$/,
  ],
  [
    'a subscription is an ARN below its topic',
    {
      T: topic,
      S: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: ref('T'), Protocol: 'email', Endpoint: 'a@b.c' },
      },
    },
    ref('S'),
    new RegExp(`^arn:aws:sns:${at}:alarms:[0-9a-f-]{36}$`),
  ],
  ['a bus is its name', { B: bus }, ref('B'), 'security'],
  ['a bus has an ARN', { B: bus }, attribute('B', 'Arn'), `arn:aws:events:${at}:event-bus/security`],
  [
    'a rule is its name',
    { R: { Type: 'AWS::Events::Rule', Properties: { Name: 'r', EventPattern: pattern } } },
    ref('R'),
    'r',
  ],
  [
    'a rule of a bus has the bus in its ARN',
    {
      B: bus,
      R: {
        Type: 'AWS::Events::Rule',
        Properties: { Name: 'r', EventPattern: pattern, EventBusName: ref('B') },
      },
    },
    attribute('R', 'Arn'),
    `arn:aws:events:${at}:rule/security/r`,
  ],
  ['a function is its name', { Role: role, F: fn }, ref('F'), 'compare'],
  [
    'a log group has an ARN',
    { L: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/l' } } },
    attribute('L', 'Arn'),
    `arn:aws:logs:${at}:log-group:/l:*`,
  ],
  [
    'a queue is its URL',
    { Q: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } } },
    ref('Q'),
    'https://sqs.eu-central-1.amazonaws.com/123456789012/q',
  ],
  [
    'a conformance pack is its name',
    {
      P: {
        Type: 'AWS::Config::ConformancePack',
        Properties: { ConformancePackName: 'mfa', TemplateBody: rules },
      },
    },
    ref('P'),
    'mfa',
  ],
  ['a policy of the organization is its ID', { P: organizationPolicy({}) }, ref('P'), /^p-[0-9a-f]{8}$/],
  ['a stack set is its ID', { S: stackSet({}) }, ref('S'), /^guardrails:[0-9a-f-]{36}$/],
])('%s', async (_what, resources, value, expected) => {
  const match = typeof expected === 'string' ? expected : expect.stringMatching(expected);
  expect(await deployed(resources, value)).toEqual(['CREATE_COMPLETE', match]);
});

test.each<[string, JsonObject, string]>([
  [
    'an alias of no key',
    { X: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/a', TargetKeyId: 'k' } } },
    'AWS::KMS::Key k does not exist',
  ],
  [
    'an alias of AWS',
    {
      K: key,
      X: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/aws/sns', TargetKeyId: ref('K') } },
    },
    'Invalid identifier',
  ],
  [
    'a topic with a key that is not there',
    { X: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: 'k' } } },
    'AWS::KMS::Key k does not exist',
  ],
  ['a second topic of a name', { T: topic, X: { ...topic, DependsOn: 'T' } }, 'already exists'],
  [
    'a subscription to nobody',
    {
      T: topic,
      X: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: ref('T'), Protocol: 'email', Endpoint: 'security' },
      },
    },
    'email endpoint security',
  ],
  [
    'a rule on a bus that is not there',
    { X: { Type: 'AWS::Events::Rule', Properties: { EventBusName: 'none', EventPattern: pattern } } },
    'AWS::Events::EventBus none does not exist',
  ],
  [
    'a rule with a pattern that is none',
    { X: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: 'aws.iam' } } } },
    'Event pattern is not valid',
  ],
  [
    'a rule without a pattern',
    { X: { Type: 'AWS::Events::Rule', Properties: {} } },
    'EventPattern or ScheduleExpression is required',
  ],
  [
    'a target twice',
    {
      X: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: pattern,
          Targets: [
            { Id: 'a', Arn: 'x' },
            { Id: 'a', Arn: 'y' },
          ],
        },
      },
    },
    'Two targets have the Id a',
  ],
  [
    'a function without a role',
    { X: { ...fn, Properties: { ...fn.Properties, Role: 'arn:aws:iam::123456789012:role/none' } } },
    'none cannot be found',
  ],
  [
    'a permission for no function',
    {
      X: {
        Type: 'AWS::Lambda::Permission',
        Properties: { FunctionName: 'f', Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' },
      },
    },
    'AWS::Lambda::Function f does not exist',
  ],
  [
    'a retention of two days',
    { X: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 2 } } },
    'RetentionInDays 2 is none of',
  ],
  [
    'a conformance pack of users',
    {
      X: {
        Type: 'AWS::Config::ConformancePack',
        Properties: { ConformancePackName: 'p', TemplateBody: users },
      },
    },
    'unsupported resource: AWS::IAM::User',
  ],
  [
    'a conformance pack of nothing',
    { X: { Type: 'AWS::Config::ConformancePack', Properties: { ConformancePackName: 'p' } } },
    'A conformance pack has one of',
  ],
  [
    'a policy for something that is no target',
    { X: organizationPolicy({ TargetIds: ['everybody'] }) },
    'invalid target: everybody',
  ],
  [
    'a service control policy that is too long',
    { X: organizationPolicy({ Content: { ...scp, Id: 'x'.repeat(5120) } }) },
    'at most 5120',
  ],
  [
    'a service control policy that is malformed',
    { X: organizationPolicy({ Content: { ...scp, Statement: [{ Effect: 'Denny' }] } }) },
    'Syntax errors in policy',
  ],
  [
    'a stack set without its capability',
    { X: stackSet({ Capabilities: [] }) },
    'Requires capabilities : [CAPABILITY_IAM]',
  ],
  [
    'a service-managed stack set without AutoDeployment',
    { X: stackSet({ AutoDeployment: { Ref: 'AWS::NoValue' } }) },
    'AutoDeployment is required',
  ],
  [
    'a service-managed stack set of nested stacks',
    {
      X: stackSet({
        TemplateBody: JSON.stringify({ Resources: { N: { Type: 'AWS::CloudFormation::Stack' } } }),
      }),
    },
    'do not support nested stacks',
  ],
])('%s fails', async (_what, Resources, reason) => {
  const tester = new StackTester();
  expect(await tester.deploy('fleet', 'CREATE', { Resources })).toBe('ROLLBACK_COMPLETE');
  expect((await tester.events('fleet')).join('\n')).toContain(reason);
  expect(tester.sandbox.deployed(String((Resources.X as JsonObject).Type)).length).toBeLessThan(1);
});

test('an unknown member of a structure is refused by its path', async () => {
  const tester = new StackTester();
  const Targets = [{ Id: 'a', Arn: 'x', InputTransformer: { InputTemplate: '"x"', InputPaths: {} } }];
  const Resources = { R: { Type: 'AWS::Events::Rule', Properties: { EventPattern: pattern, Targets } } };
  await tester.change('fleet', 'CREATE', { Resources });
  const { OperationEvents } = await tester.call('cloudformation', 'DescribeEvents', {
    StackName: 'fleet',
    ChangeSetName: 'plan',
  });
  expect((OperationEvents as readonly JsonObject[])[0]?.ValidationStatusReason).toBe(
    '#/Targets/0/InputTransformer: extraneous key [InputPaths] is not permitted',
  );
});

test('a change is made in place or by replacement as the schema says, and is visible; deletion leaves nothing', async () => {
  const tester = new StackTester();
  function topics() {
    return tester.sandbox
      .deployed('AWS::SNS::Topic')
      .map(({ name, properties }) => [name, properties.DisplayName]);
  }
  function template(Properties: JsonObject) {
    return {
      Resources: { T: { Type: 'AWS::SNS::Topic', Properties } },
    };
  }
  await tester.deploy('fleet', 'CREATE', template({ TopicName: 'a' }));
  expect(topics()).toEqual([['a', undefined]]);
  await tester.deploy('fleet', 'UPDATE', template({ TopicName: 'a', DisplayName: 'A' }));
  expect(topics()).toEqual([['a', 'A']]);
  await tester.deploy('fleet', 'UPDATE', template({ TopicName: 'b', DisplayName: 'A' }));
  expect(topics()).toEqual([['b', 'A']]);
  await tester.delete('fleet');
  expect(topics()).toEqual([]);
});

test('who deploys needs the permission of the service', async () => {
  const tester = new StackTester();
  tester.credentials = await createUser(tester.sandbox, 'intern');
  const cloudFormation = { Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' };
  await allow(tester.sandbox, 'intern', cloudFormation);
  expect(await tester.deploy('a', 'CREATE', { Resources: { T: topic } })).toBe('ROLLBACK_COMPLETE');
  expect((await tester.events('a')).join('\n')).toContain('not authorized to perform: sns:CreateTopic');
  await allow(tester.sandbox, 'intern', cloudFormation, {
    Effect: 'Allow',
    Action: 'sns:CreateTopic',
    Resource: `arn:aws:sns:${at}:alarms`,
  });
  expect(await tester.deploy('b', 'CREATE', { Resources: { T: topic } })).toBe('CREATE_COMPLETE');
});
