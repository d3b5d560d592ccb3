import type { JsonObject } from '../operation';
import { StackTester } from './stack-tester';

const parameter = (Value: string): JsonObject => ({
  Type: 'AWS::SSM::Parameter',
  Properties: { Type: 'String', Name: '/p', Value },
});

test('CreateStack and UpdateStack do the same without a change set, and a repeated token does nothing', async () => {
  const tester = new StackTester();
  const template = (Value: string) => ({
    StackName: 'fleet',
    TemplateBody: JSON.stringify({
      Resources: { P: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Name: '/p', Value } } },
    }),
    ClientRequestToken: `token-${Value}`,
  });
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
  const template = (more: JsonObject) =>
    tester.call('cloudformation', 'GetTemplate', { StackName: 'fleet', ...more });
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
])('%s, which the sandbox does not do, is refused rather than ignored', async (name, value) => {
  const tester = new StackTester();
  const TemplateBody = JSON.stringify({ Resources: { P: parameter('one') } });
  await expect(
    tester.call('cloudformation', 'CreateStack', { StackName: 'fleet', TemplateBody, [name]: value }),
  ).rejects.toMatchObject({ code: 'ValidationError' });
  expect(await tester.inventory()).toEqual([]);
});
