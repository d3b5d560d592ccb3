import { StackTester } from '../cloudformation/stack-tester';
import type { Json, JsonObject } from '../operation';

const account = '123456789012';
const home = 'eu-central-1';
const pattern = {
  'detail-type': ['AWS API Call via CloudTrail'],
  detail: { eventName: ['CreateVirtualMFADevice'] },
};
function att(name: string, attribute: string) {
  return { 'Fn::GetAtt': [name, attribute] };
}

function allowing(Service: string, Action: string, Resource: Json): JsonObject {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action, Resource }],
  };
}
function role(
  Service: string,
  Action: string,
  Resource: Json,
  source = 'arn:aws:events:*:*:rule/*',
): JsonObject {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Service },
          Action: 'sts:AssumeRole',
          Condition: { ArnLike: { 'aws:SourceArn': source } },
        },
      },
      Policies: [
        {
          PolicyName: 'p',
          PolicyDocument: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource } },
        },
      ],
    },
  };
}
const topic = { Type: 'AWS::SNS::Topic', Properties: { TopicName: 't' } };
function rule(target: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    Type: 'AWS::Events::Rule',
    Properties: { EventPattern: pattern, Targets: [{ Id: 'a', ...target }], ...more },
  };
}
function topicPolicy(Service: string) {
  return {
    Type: 'AWS::SNS::TopicPolicy',
    Properties: { Topics: [{ Ref: 'T' }], PolicyDocument: allowing(Service, 'sns:Publish', '*') },
  };
}
const text = {
  InputTransformer: { InputPathsMap: { name: '$.detail.eventName' }, InputTemplate: '"<name>"' },
};

/** Deploys to the Region of IAM's events, and creates a device. @returns messages and undelivered events */
async function afterCreation(Resources: JsonObject, tester = new StackTester({ region: 'us-east-1' })) {
  expect(await tester.deploy('rules', 'CREATE', { Resources })).toBe('CREATE_COMPLETE');
  await tester.sandbox.listen();
  await tester.call('iam', 'CreateVirtualMFADevice', { VirtualMFADeviceName: 'phone' });
  const { messages, undelivered } = await tester.sandbox.outbox();
  await tester.sandbox.close();
  return [messages.map(({ message }) => message), undelivered.map(({ reason }) => reason)];
}

test.each<[string, JsonObject, readonly unknown[]]>([
  [
    'a rule whose topic lets EventBridge publishes',
    { T: topic, P: topicPolicy('events.amazonaws.com'), R: rule({ Arn: { Ref: 'T' }, ...text }) },
    [['"CreateVirtualMFADevice"'], []],
  ],
  [
    'a rule whose topic lets somebody else does not',
    { T: topic, P: topicPolicy('s3.amazonaws.com'), R: rule({ Arn: { Ref: 'T' } }) },
    [[], [expect.stringContaining('events.amazonaws.com is not authorized to perform: sns:Publish')]],
  ],
  [
    'a rule with a role publishes as the role',
    {
      T: topic,
      Role: role('events.amazonaws.com', 'sns:Publish', { Ref: 'T' }),
      R: rule({ Arn: { Ref: 'T' }, RoleArn: att('Role', 'Arn'), ...text }),
    },
    [['"CreateVirtualMFADevice"'], []],
  ],
  [
    'a role that trusts other rules is not assumed',
    {
      T: topic,
      Role: role('events.amazonaws.com', 'sns:Publish', { Ref: 'T' }, 'arn:aws:events:*:*:rule/other/*'),
      R: rule({ Arn: { Ref: 'T' }, RoleArn: att('Role', 'Arn') }),
    },
    [[], [expect.stringContaining('not authorized to perform: sts:AssumeRole')]],
  ],
  [
    'an encrypted topic needs its key',
    {
      K: {
        Type: 'AWS::KMS::Key',
        Properties: { KeyPolicy: allowing('events.amazonaws.com', 'kms:Decrypt', '*') },
      },
      T: { ...topic, Properties: { TopicName: 't', KmsMasterKeyId: att('K', 'Arn') } },
      P: topicPolicy('events.amazonaws.com'),
      R: rule({ Arn: { Ref: 'T' } }),
    },
    [[], [expect.stringContaining('not authorized to perform: kms:GenerateDataKey')]],
  ],
  [
    'a disabled rule does nothing',
    { T: topic, R: rule({ Arn: { Ref: 'T' } }, { State: 'DISABLED' }) },
    [[], []],
  ],
  [
    'a bus of another rule hears nothing of the default bus',
    {
      B: { Type: 'AWS::Events::EventBus', Properties: { Name: 'b' } },
      T: topic,
      P: topicPolicy('events.amazonaws.com'),
      R: rule({ Arn: { Ref: 'T' } }, { EventBusName: { Ref: 'B' } }),
    },
    [[], []],
  ],
])('%s', async (_what, resources, expected) => {
  expect(await afterCreation(resources)).toEqual(expected);
});

test('a rule of another Region forwards to a bus, whose rules go on', async () => {
  const tester = new StackTester({ region: home, otherRegions: ['us-east-1'] });
  const bus = `arn:aws:events:${home}:${account}:event-bus/security`;
  await tester.deploy('home', 'CREATE', {
    Resources: {
      B: { Type: 'AWS::Events::EventBus', Properties: { Name: 'security' } },
      T: topic,
      P: topicPolicy('events.amazonaws.com'),
      R: rule({ Arn: { Ref: 'T' }, ...text }, { EventBusName: { Ref: 'B' } }),
    },
  });
  const away = {
    Resources: {
      Role: role('events.amazonaws.com', 'events:PutEvents', bus),
      R: rule({ Arn: bus, RoleArn: att('Role', 'Arn') }),
    },
  };
  await tester.sandbox.call(
    tester.credentials,
    'cloudformation',
    'CreateStack',
    { StackName: 'away', TemplateBody: JSON.stringify(away), Capabilities: ['CAPABILITY_IAM'] },
    'us-east-1',
  );
  await tester.call('iam', 'CreateVirtualMFADevice', { VirtualMFADeviceName: 'phone' });
  const { messages, undelivered } = await tester.sandbox.outbox();
  expect([messages.map(({ message }) => message), undelivered]).toEqual([['"CreateVirtualMFADevice"'], []]);
});

/** Declares a function that runs for each event, with or without a permission. */
function functionOf(code: string, more: JsonObject = {}): JsonObject {
  return {
    Role: role('lambda.amazonaws.com', 'sns:Publish', { Ref: 'T' }),
    T: topic,
    F: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Role: att('Role', 'Arn'),
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile: code },
        Environment: { Variables: { TOPIC: { Ref: 'T' } } },
      },
    },
    R: rule({ Arn: att('F', 'Arn') }),
    ...more,
  };
}
const permission = {
  P: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: { Ref: 'F' },
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: att('R', 'Arn'),
    },
  },
};
const publishing = `
const { SNSClient, PublishCommand } = require('@aws-sdk/client-sns');
exports.handler = (event) => new SNSClient({}).send(
  new PublishCommand({ TopicArn: process.env.TOPIC, Message: 'heard ' + event.detail.eventName }));`;

test('a function runs as its role when the rule may invoke it', async () => {
  expect(await afterCreation(functionOf(publishing, permission))).toEqual([
    ['heard CreateVirtualMFADevice'],
    [],
  ]);
  expect(await afterCreation(functionOf(publishing))).toEqual([
    [],
    [expect.stringContaining('not authorized to perform: lambda:InvokeFunction')],
  ]);
});

test('a function reads parameters with the permissions of its role only', async () => {
  const reading = `
const { SSMClient, GetParameterCommand } = require('@aws-sdk/client-ssm');
exports.handler = () => new SSMClient({}).send(new GetParameterCommand({ Name: '/secret' }));`;
  expect(await afterCreation(functionOf(reading, permission))).toEqual([
    [],
    [expect.stringMatching(/assumed-role\/rules-Role-\S+ is not authorized to perform: ssm:GetParameter/)],
  ]);
});

test('what a function throws goes to its on-failure destination', async () => {
  const config = {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: { Ref: 'F' },
      Qualifier: '$LATEST',
      DestinationConfig: { OnFailure: { Destination: { Ref: 'T' } } },
    },
  };
  const [messages, lost] = await afterCreation(
    functionOf('exports.handler = async () => { throw new Error("no record") }', {
      ...permission,
      C: config,
    }),
  );
  expect(lost).toEqual(['Error: no record']);
  expect(JSON.parse(String(messages?.[0]))).toMatchObject({
    requestContext: { condition: 'RetriesExhausted' },
    requestPayload: { detail: { eventName: 'CreateVirtualMFADevice' } },
  });
});

test('events hold no seed, no code and no key', async () => {
  const tester = new StackTester({ region: 'us-east-1' });
  const Resources = {
    T: topic,
    P: topicPolicy('events.amazonaws.com'),
    R: rule({ Arn: { Ref: 'T' } }, { EventPattern: { source: [{ prefix: 'aws.' }] } }),
  };
  const [messages] = await afterCreation(Resources, tester);
  await tester.call('iam', 'CreateUser', { UserName: 'alice' });
  await tester.call('iam', 'CreateAccessKey', { UserName: 'alice' });
  const all = JSON.stringify([messages, (await tester.sandbox.outbox()).messages]);
  expect(all).toContain('virtualMFADevice');
  expect(all).toContain('accessKeyId');
  expect(all).not.toMatch(/base32StringSeed|qRCodePNG|secretAccessKey|authenticationCode/i);
});

test.each([
  ['ENABLED', ['CreateUser']],
  ['ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', ['CreateUser', 'ListUsers']],
])('a rule that is %s hears of %j', async (State, heard) => {
  const tester = new StackTester({ region: 'us-east-1' });
  const EventPattern = { source: ['aws.iam'], detail: { eventName: ['CreateUser', 'ListUsers'] } };
  const Resources = {
    T: topic,
    P: topicPolicy('events.amazonaws.com'),
    R: rule({ Arn: { Ref: 'T' }, ...text }, { State, EventPattern }),
  };
  await tester.deploy('rules', 'CREATE', { Resources });
  await tester.call('iam', 'CreateUser', { UserName: 'alice' });
  await tester.call('iam', 'ListUsers');
  const { messages } = await tester.sandbox.outbox();
  expect(messages.map(({ message }) => JSON.parse(message))).toEqual(heard);
});
