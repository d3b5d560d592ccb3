import type { JsonObject } from '../operation';
import { StackTester } from './stack-tester';

function parameter(Value: string): JsonObject {
  return {
    Type: 'AWS::SSM::Parameter',
    Properties: { Type: 'String', Name: '/p', Value },
  };
}

test('CreateStack and UpdateStack do the same without a change set, and a repeated token does nothing', async () => {
  const tester = new StackTester();
  function template(Value: string) {
    return {
      StackName: 'fleet',
      TemplateBody: JSON.stringify({
        Resources: { P: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Name: '/p', Value } } },
      }),
      ClientRequestToken: `token-${Value}`,
    };
  }
  const { StackId } = await tester.call('cloudformation', 'CreateStack', template('one'));
  expect(await tester.call('cloudformation', 'CreateStack', template('one'))).toEqual({ StackId });
  await expect(tester.call('cloudformation', 'CreateStack', template('two'))).rejects.toThrow(
    'Stack [fleet] already exists',
  );
  expect(await tester.parameter('/p')).toBe('one');
  await tester.call('cloudformation', 'UpdateStack', template('three'));
  expect(await tester.parameter('/p')).toBe('three');
});

test('the events of a stack come in pages, newest first, and no two at the same time', async () => {
  const tester = new StackTester();
  const parameters = Array.from({ length: 60 }, (_, index) => [
    `P${index}`,
    { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'x' } },
  ]);
  await tester.deploy('fleet', 'CREATE', { Resources: Object.fromEntries(parameters) });
  const pages: (readonly JsonObject[])[] = [];
  let NextToken: JsonObject[string];
  do {
    const page = await tester.call('cloudformation', 'DescribeStackEvents', {
      StackName: 'fleet',
      NextToken,
    });
    pages.push(page.StackEvents as readonly JsonObject[]);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect(pages.map((page) => page.length)).toEqual([100, 83]);
  const times = pages.flat().map(({ Timestamp }) => String(Timestamp));
  expect(times).toEqual([...new Set(times)].sort().reverse());
});

test('GetTemplate gives the template as it was submitted, of the stack and of a change set', async () => {
  const tester = new StackTester();
  await tester.deploy('fleet', 'CREATE', { Resources: { P: parameter('one') } });
  await tester.change('fleet', 'UPDATE', { Resources: { P: parameter('two') } });
  function template(more: JsonObject) {
    return tester.call('cloudformation', 'GetTemplate', { StackName: 'fleet', ...more });
  }
  expect((await template({})).TemplateBody).toBe(JSON.stringify({ Resources: { P: parameter('one') } }));
  expect((await template({ ChangeSetName: 'plan' })).TemplateBody).toBe(
    JSON.stringify({ Resources: { P: parameter('two') } }),
  );
});

test('GetTemplateSummary names parameters and resource types', async () => {
  const tester = new StackTester();
  const TemplateBody = JSON.stringify({
    Parameters: { Size: { Type: 'Number', Default: 3 } },
    Resources: { P: parameter('one'), Q: { ...parameter('two') } },
  });
  expect(await tester.call('cloudformation', 'GetTemplateSummary', { TemplateBody })).toEqual({
    Parameters: [{ ParameterKey: 'Size', ParameterType: 'Number', DefaultValue: '3', NoEcho: false }],
    ResourceTypes: ['AWS::SSM::Parameter'],
    Capabilities: [],
  });
});

test('DescribeStackResources shows what is deployed, with the status of the latest event', async () => {
  const tester = new StackTester();
  await tester.deploy('fleet', 'CREATE', { Resources: { P: parameter('one') } });
  await tester.deploy('fleet', 'UPDATE', { Resources: { P: parameter('two') } });
  const { StackResources } = await tester.call('cloudformation', 'DescribeStackResources', {
    StackName: 'fleet',
  });
  expect(StackResources).toMatchObject([
    {
      LogicalResourceId: 'P',
      PhysicalResourceId: '/p',
      ResourceType: 'AWS::SSM::Parameter',
      ResourceStatus: 'UPDATE_COMPLETE',
    },
  ]);
});

test('the value of a NoEcho parameter is not shown', async () => {
  const tester = new StackTester();
  const template = {
    Parameters: { Secret: { Type: 'String', NoEcho: true }, Open: { Type: 'String', Default: 'seen' } },
    Resources: { P: parameter('one') },
  };
  await tester.deploy('fleet', 'CREATE', template, {
    Parameters: [{ ParameterKey: 'Secret', ParameterValue: 'unseen' }],
  });
  const stack = await tester.stack('fleet');
  expect(stack.Parameters).toMatchObject([{ ParameterValue: '****' }, { ParameterValue: 'seen' }]);
  expect(JSON.stringify(stack)).not.toContain('unseen');
});

test.each([
  ['RoleARN', 'arn:aws:iam::123456789012:role/deployer'],
  ['TemplateURL', 'https://s3.amazonaws.com/bucket/template'],
  ['NotificationARNs', ['arn:aws:sns:eu-central-1:123456789012:topic']],
  ['DisableRollback', 'true'],
  ['Capabilities', ['CAPABILITY_NAMED_IAM', 'CAPABILITY_EVERYTHING']],
])('%s, which the sandbox does not do, is refused rather than ignored', async (name, value) => {
  const tester = new StackTester();
  const TemplateBody = JSON.stringify({ Resources: { P: parameter('one') } });
  await expect(
    tester.call('cloudformation', 'CreateStack', { StackName: 'fleet', TemplateBody, [name]: value }),
  ).rejects.toMatchObject({ code: 'ValidationError' });
  expect(await tester.inventory()).toEqual([]);
});

test('a stack cannot export what another one exports already', async () => {
  const tester = new StackTester();
  function exporting(name: string) {
    return {
      Resources: { G: { Type: 'AWS::IAM::Group', Properties: { GroupName: name } } },
      Outputs: { Name: { Value: name, Export: { Name: 'admins' } } },
    };
  }
  expect(await tester.deploy('first', 'CREATE', exporting('a'))).toBe('CREATE_COMPLETE');
  expect(await tester.deploy('second', 'CREATE', exporting('b'))).toBe('ROLLBACK_COMPLETE');
  expect(await tester.inventory()).toEqual(['a']);
  expect(await tester.deploy('first', 'UPDATE', exporting('c'))).toBe('UPDATE_COMPLETE');
});

test('a stack cannot be deleted while it is being deployed', async () => {
  const tester = new StackTester();
  await tester.change('fleet', 'CREATE', { Resources: { G: { Type: 'AWS::IAM::Group' } } });
  const execution = tester.call('cloudformation', 'ExecuteChangeSet', {
    StackName: 'fleet',
    ChangeSetName: 'plan',
  });
  while ((await tester.stack('fleet')).StackStatus === 'REVIEW_IN_PROGRESS') {}
  const deletion = tester.call('cloudformation', 'DeleteStack', { StackName: 'fleet' });
  await expect(deletion).rejects.toThrow('cannot be deleted while in status CREATE_IN_PROGRESS');
  await execution;
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
});

test('policies are asked about the stack of that name, before and after there is one', async () => {
  const tester = new StackTester();
  await tester.call('iam', 'CreateUser', { UserName: 'deployer' });
  await tester.call('iam', 'PutUserPolicy', {
    UserName: 'deployer',
    PolicyName: 'may',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'iam:*', Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'cloudformation:*',
          Resource: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/fleet/*',
        },
      ],
    }),
  });
  tester.credentials = tester.sandbox.createAccessKey('deployer');
  const template = { Resources: { G: { Type: 'AWS::IAM::Group' } } };
  await expect(tester.deploy('fleet-2', 'CREATE', template)).rejects.toMatchObject({
    code: 'AccessDenied',
    message: expect.stringContaining(
      'cloudformation:CreateChangeSet on resource: arn:aws:cloudformation:eu-central-1:123456789012:stack/fleet-2/*',
    ),
  });
  expect(await tester.deploy('fleet', 'CREATE', template)).toBe('CREATE_COMPLETE');
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
});
