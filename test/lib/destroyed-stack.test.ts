/** A stack that is destroyed while a holder has a device: what retires the device is still there. */
import { Template } from 'aws-cdk-lib/assertions';
import { GuardrailsStack } from '../../lib/index';
import { StackTester } from '../sandbox/cloudformation/stack-tester';
import type { JsonObject } from '../sandbox/operation';
import { enrollPhone } from '../support/operator';
import { newApp, smallFleet, withoutBootstrap } from './fixtures';

test('keeps the record and the roles until the device is gone, and is then deleted', async () => {
  const stack = new GuardrailsStack(newApp(), 'Guardrails', {
    inventory: smallFleet(),
    synthesizer: withoutBootstrap(),
  });
  const tester = new StackTester();
  expect(await tester.deploy('fleet', 'CREATE', Template.fromStack(stack).toJSON() as JsonObject)).toBe(
    'CREATE_COMPLETE',
  );
  async function left(): Promise<readonly string[]> {
    const { StackResources } = (await tester.call('cloudformation', 'DescribeStackResources', {
      StackName: 'fleet',
    })) as { StackResources: readonly { ResourceType: string; ResourceStatus: string }[] };
    return StackResources.filter(({ ResourceStatus }) => ResourceStatus !== 'DELETE_COMPLETE')
      .map(({ ResourceType }) => ResourceType)
      .sort();
  }
  const { deviceArn: SerialNumber } = await enrollPhone(tester.sandbox, 'alice.breakglass', {
    name: 'primary',
  });

  expect(await tester.delete('fleet')).toBe('DELETE_FAILED');
  expect(await left()).toEqual([
    'AWS::IAM::Group',
    'AWS::IAM::ManagedPolicy',
    'AWS::IAM::ManagedPolicy',
    'AWS::IAM::ManagedPolicy',
    'AWS::IAM::Role',
    'AWS::IAM::Role',
    'AWS::IAM::User',
    'AWS::SSM::Parameter',
    'AWS::SSM::Parameter',
  ]);

  await tester.call('iam', 'DeactivateMFADevice', { UserName: 'alice.breakglass', SerialNumber });
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
});
