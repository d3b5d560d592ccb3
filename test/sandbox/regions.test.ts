import { StackTester } from './cloudformation/stack-tester';
import type { JsonObject, ServiceName } from './operation';

const template = JSON.stringify({
  Resources: { T: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 't' } } },
  Outputs: { Arn: { Value: { Ref: 'T' } } },
});

/** Calls in a Region other than the sandbox's own, eu-central-1. */
function elsewhere(region: string, otherRegions: readonly string[]) {
  const tester = new StackTester({ otherRegions });
  return {
    tester,
    call: (service: ServiceName, operation: string, input: JsonObject) =>
      tester.sandbox.call(tester.credentials, service, operation, input, region),
  };
}

test('a stack belongs to its Region, and so does what it makes', async () => {
  const { tester, call } = elsewhere('us-east-1', ['us-east-1']);
  const input = { StackName: 'alarms', TemplateBody: template };
  await tester.call('cloudformation', 'CreateStack', input);
  await call('cloudformation', 'CreateStack', input);
  expect(tester.sandbox.deployed('AWS::SNS::Topic').map(({ physicalId }) => physicalId)).toEqual([
    'arn:aws:sns:eu-central-1:123456789012:t',
    'arn:aws:sns:us-east-1:123456789012:t',
  ]);
  expect(await tester.delete('alarms')).toBe('DELETE_COMPLETE');
  const { Stacks } = await call('cloudformation', 'DescribeStacks', { StackName: 'alarms' });
  expect(Stacks).toMatchObject([{ StackStatus: 'CREATE_COMPLETE' }]);
});

test.each<[string, ServiceName, string, JsonObject, readonly string[]]>([
  ['a Region the sandbox does not have', 'cloudformation', 'DescribeStacks', {}, []],
  ['parameters elsewhere than at home', 'ssm', 'GetParameter', { Name: '/p' }, ['us-east-1']],
])('%s is refused', async (_what, service, operation, input, otherRegions) => {
  const { call } = elsewhere('us-east-1', otherRegions);
  await expect(call(service, operation, input)).rejects.toMatchObject({
    message: 'Credential should be scoped to a valid region.',
  });
});
