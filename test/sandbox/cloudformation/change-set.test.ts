import type { JsonObject } from '../operation';
import { first, StackTester } from './stack-tester';

const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } }],
};
function parameter(Value: string, Name = '/fleet/value'): JsonObject {
  return {
    Type: 'AWS::SSM::Parameter',
    Properties: { Type: 'String', Name, Value },
  };
}
function group(GroupName: string): JsonObject {
  return { Type: 'AWS::IAM::Group', Properties: { GroupName } };
}

/** `{action} {logicalId}`, with the replacement of a modification. */
async function changes(tester: StackTester, stackName: string): Promise<readonly string[]> {
  const { Changes } = await tester.describeChange(stackName);
  return (Changes as readonly JsonObject[]).map(({ ResourceChange }) => {
    const { Action, LogicalResourceId, Replacement } = ResourceChange as JsonObject;
    return [Action, LogicalResourceId, Replacement].filter((part) => part !== undefined).join(' ');
  });
}

test('the change set of a new stack adds every resource and changes nothing before it is executed', async () => {
  const tester = new StackTester();
  const { Id, StackId } = await tester.change('fleet', 'CREATE', {
    Resources: { A: group('a'), P: parameter('1') },
  });
  expect(Id).toMatch(/^arn:aws:cloudformation:eu-central-1:123456789012:changeSet\/plan\//);
  expect(await changes(tester, 'fleet')).toEqual(['Add A', 'Add P']);
  expect(await tester.stack('fleet')).toMatchObject({ StackId, StackStatus: 'REVIEW_IN_PROGRESS' });
  expect(await tester.inventory()).toEqual([]);
});

test('the change set of an update shows what is added, modified, replaced and removed, with values', async () => {
  const tester = new StackTester();
  const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } };
  await tester.deploy('fleet', 'CREATE', {
    Resources: { Kept: group('kept'), Renamed: group('old'), Gone: role, Value: parameter('1') },
  });
  await tester.change('fleet', 'UPDATE', {
    Resources: { Kept: group('kept'), Renamed: group('new'), Value: parameter('2'), More: group('more') },
  });
  expect(await changes(tester, 'fleet')).toEqual([
    'Modify Renamed True',
    'Modify Value False',
    'Add More',
    'Remove Gone',
  ]);
  const { Changes } = await tester.describeChange('fleet');
  const [renamed, value] = (Changes as readonly JsonObject[]).map(
    ({ ResourceChange }) => ResourceChange as JsonObject,
  );
  expect(renamed).toMatchObject({
    PolicyAction: 'ReplaceAndDelete',
    PhysicalResourceId: 'old',
    Scope: ['Properties'],
  });
  expect(first(value?.Details)).toMatchObject({
    Target: { Name: 'Value', RequiresRecreation: 'Never', BeforeValue: '1', AfterValue: '2' },
    Evaluation: 'Static',
  });
  expect(await tester.parameter('/fleet/value')).toBe('1');
});

test('what depends on a replaced resource is shown as changing with it, though nobody can know to what', async () => {
  const tester = new StackTester();
  function template(name: string) {
    return {
      Resources: {
        Group: group(name),
        Value: {
          Type: 'AWS::SSM::Parameter',
          Properties: { Type: 'String', Value: { 'Fn::Sub': `the \${Group.Arn}` } },
        },
        Other: parameter('still'),
      },
    };
  }
  await tester.deploy('fleet', 'CREATE', template('old'));
  await tester.change('fleet', 'UPDATE', template('new'));
  expect(await changes(tester, 'fleet')).toEqual(['Modify Group True', 'Modify Value False']);
  const { Changes } = await tester.describeChange('fleet');
  const [, value] = (Changes as readonly JsonObject[]).map(
    ({ ResourceChange }) => ResourceChange as JsonObject,
  );
  expect(first(value?.Details)).toMatchObject({
    Target: { AfterValue: 'the {{changeSet:KNOWN_AFTER_APPLY}}' },
    Evaluation: 'Dynamic',
  });
});

test('a change set without changes fails with the words AWS has for it, and cannot be executed', async () => {
  const tester = new StackTester();
  const template = { Resources: { A: group('a') } };
  await tester.deploy('fleet', 'CREATE', template);
  await tester.change('fleet', 'UPDATE', template);
  expect(await tester.describeChange('fleet')).toMatchObject({
    Status: 'FAILED',
    ExecutionStatus: 'UNAVAILABLE',
    StatusReason: expect.stringMatching(/^The submitted information didn't contain changes\./),
  });
  await expect(
    tester.call('cloudformation', 'ExecuteChangeSet', { StackName: 'fleet', ChangeSetName: 'plan' }),
  ).rejects.toMatchObject({ code: 'InvalidChangeSetStatus' });
  await expect(
    tester.call('cloudformation', 'UpdateStack', {
      StackName: 'fleet',
      TemplateBody: JSON.stringify(template),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  ).rejects.toThrow('No updates are to be performed.');
});

test('an output alone is a change', async () => {
  const tester = new StackTester();
  await tester.deploy('fleet', 'CREATE', { Resources: { A: group('a') } });
  const template = { Resources: { A: group('a') }, Outputs: { Name: { Value: { Ref: 'A' } } } };
  expect(await tester.deploy('fleet', 'UPDATE', template)).toBe('UPDATE_COMPLETE');
  expect((await tester.stack('fleet')).Outputs).toEqual([{ OutputKey: 'Name', OutputValue: 'a' }]);
});

test('an unknown property fails the change set, and DescribeEvents names it', async () => {
  const tester = new StackTester();
  await tester.change('fleet', 'CREATE', {
    Resources: { A: { Type: 'AWS::IAM::Group', Properties: { GroupNmae: 'a' } } },
  });
  expect(await tester.describeChange('fleet')).toMatchObject({
    Status: 'FAILED',
    StatusReason: expect.stringContaining('[AWS::EarlyValidation::PropertyValidation]'),
  });
  const { OperationEvents } = await tester.call('cloudformation', 'DescribeEvents', {
    StackName: 'fleet',
    ChangeSetName: 'plan',
  });
  expect(first(OperationEvents)).toMatchObject({
    LogicalResourceId: 'A',
    ResourceType: 'AWS::IAM::Group',
    ValidationStatusReason: '#: extraneous key [GroupNmae] is not permitted',
  });
});

test.each<[string, JsonObject, string, JsonObject?]>([
  [
    'an unknown resource type',
    { T: { Type: 'AWS::EC2::VPC' }, Q: { Type: 'AWS::EC2::Subnet' } },
    'Template format error: Unrecognized resource types: [AWS::EC2::VPC, AWS::EC2::Subnet]',
  ],
  [
    'a name nothing has',
    { P: parameter({ Ref: 'Nobody' } as never) },
    'Unresolved resource dependencies [Nobody]',
  ],
  [
    'an attribute the type does not have',
    { G: group('g'), P: parameter({ 'Fn::GetAtt': ['G', 'Colour'] } as never) },
    'resource G does not support attribute type Colour in Fn::GetAtt',
  ],
  [
    'a circle',
    { A: { ...group('a'), DependsOn: 'B' }, B: { ...group('b'), DependsOn: 'A' } },
    'Circular dependency between resources: [A, B]',
  ],
  [
    'an import nobody exports',
    { P: parameter({ 'Fn::ImportValue': 'nothing' } as never) },
    'No export named nothing found.',
  ],
  [
    'a resource that a condition decided by a resource makes',
    { G: group('g'), H: { ...group('h'), Condition: 'Circle' } },
    'Unresolved resource dependencies [G]',
    { Circle: { 'Fn::Equals': [{ Ref: 'G' }, 'x'] } },
  ],
  [
    'a name nothing has, in a condition nothing uses',
    { G: group('g') },
    'Unresolved resource dependencies [Nobody]',
    { Unused: { 'Fn::Equals': [{ Ref: 'Nobody' }, 'x'] } },
  ],
])('%s is refused and leaves no stack', async (_what, Resources, message, Conditions = {}) => {
  const tester = new StackTester();
  const creation = tester.change('fleet', 'CREATE', { Conditions, Resources });
  await expect(creation).rejects.toMatchObject({
    code: 'ValidationError',
    message: expect.stringContaining(message),
  });
  await expect(tester.stack('fleet')).rejects.toThrow('Stack with id fleet does not exist');
});

test('a changed type of a deployed resource is refused', async () => {
  const tester = new StackTester();
  await tester.deploy('fleet', 'CREATE', { Resources: { A: group('a') } });
  await expect(tester.change('fleet', 'UPDATE', { Resources: { A: parameter('1') } })).rejects.toThrow(
    'Update of resource type is not permitted. The new template modifies resource type of the following resources: [A]',
  );
});

test.each([
  ['none', [], group('a'), 'Requires capabilities : [CAPABILITY_NAMED_IAM]'],
  ['the lesser one', ['CAPABILITY_IAM'], group('a'), 'Requires capabilities : [CAPABILITY_NAMED_IAM]'],
  ['none, for a generated name', [], { Type: 'AWS::IAM::Group' }, 'Requires capabilities : [CAPABILITY_IAM]'],
])('IAM resources are refused with %s of the capabilities', async (_what, Capabilities, A, message) => {
  const tester = new StackTester();
  await expect(
    tester.change('fleet', 'CREATE', { Resources: { A } }, { Capabilities }),
  ).rejects.toMatchObject({
    code: 'InsufficientCapabilitiesException',
    message,
  });
});

test('a template longer than a request may carry is refused', async () => {
  const tester = new StackTester();
  const template = { Resources: { A: group('a') }, Metadata: { filler: 'x'.repeat(51_200) } };
  await expect(tester.change('fleet', 'CREATE', template)).rejects.toThrow(/less than or equal to 51200/);
});

test('a repeated CreateChangeSet with the same token is the same change set, with another one it is refused', async () => {
  const tester = new StackTester();
  const template = { Resources: { A: group('a') } };
  const once = await tester.change('fleet', 'CREATE', template, { ClientToken: 'one' });
  expect(await tester.change('fleet', 'CREATE', template, { ClientToken: 'one' })).toEqual(once);
  await expect(tester.change('fleet', 'CREATE', template, { ClientToken: 'two' })).rejects.toMatchObject({
    code: 'AlreadyExistsException',
  });
});

test('a deleted change set is not found any more, and deleting it again is no error', async () => {
  const tester = new StackTester();
  await tester.change('fleet', 'CREATE', { Resources: { A: group('a') } });
  const target = { StackName: 'fleet', ChangeSetName: 'plan' };
  await tester.call('cloudformation', 'DeleteChangeSet', target);
  await tester.call('cloudformation', 'DeleteChangeSet', target);
  await expect(tester.describeChange('fleet')).rejects.toMatchObject({
    code: 'ChangeSetNotFound',
    status: 404,
  });
});

test.each([
  [
    'CREATE',
    'of a stack that exists',
    'fleet',
    'Stack [fleet] already exists and cannot be created again with the changeSet [plan].',
  ],
  ['UPDATE', 'of a stack that does not exist', 'other', 'Stack [other] does not exist'],
] as const)('a change set of type %s %s is refused', async (type, _what, stackName, message) => {
  const tester = new StackTester();
  const template = { Resources: { A: group('a') } };
  await tester.deploy('fleet', 'CREATE', template);
  await expect(tester.change(stackName, type, template)).rejects.toThrow(message);
});
