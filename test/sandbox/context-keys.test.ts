import { standingClock } from '../support/clock';
import type { JsonObject } from './operation';
import { Sandbox } from './sandbox';
import { allow, createDevice, createUser } from './test-clients';

test('tags of the principal and of the resource are condition keys', async () => {
  const sandbox = Sandbox.create({ clock: standingClock() });
  function admin(service: 'iam' | 'ssm', operation: string, input: JsonObject) {
    return sandbox.call(sandbox.administrator, service, operation, input);
  }
  const alice = await createUser(sandbox, 'alice');
  const { arn } = await createDevice(sandbox, 'one');
  await admin('ssm', 'PutParameter', { Name: '/a', Value: 'v', Type: 'String' });
  function sameTeam(key: string) {
    return {
      Effect: 'Allow',
      Action: '*',
      Resource: '*',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable, not a template
      Condition: { StringEquals: { [key]: '${aws:PrincipalTag/team}' } },
    };
  }
  function attempt(service: 'iam' | 'ssm', operation: string, input: JsonObject) {
    return sandbox.call(alice, service, operation, input).then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  }
  function attempts() {
    return Promise.all([
      attempt('iam', 'GetUser', { UserName: 'alice' }),
      attempt('iam', 'ListMFADeviceTags', { SerialNumber: arn }),
      attempt('ssm', 'GetParameter', { Name: '/a' }),
    ]);
  }
  function team(Value: string) {
    return [{ Key: 'team', Value }];
  }
  await allow(sandbox, 'alice', sameTeam('aws:ResourceTag/team'));
  await admin('iam', 'TagUser', { UserName: 'alice', Tags: team('red') });
  await admin('iam', 'TagMFADevice', { SerialNumber: arn, Tags: team('blue') });
  expect(await attempts()).toEqual(['done', 'AccessDenied', 'AccessDeniedException']);
  await admin('iam', 'TagMFADevice', { SerialNumber: arn, Tags: team('red') });
  await admin('ssm', 'AddTagsToResource', {
    ResourceType: 'Parameter',
    ResourceId: '/a',
    Tags: team('red'),
  });
  expect(await attempts()).toEqual(['done', 'done', 'done']);
  await allow(sandbox, 'alice', sameTeam('iam:ResourceTag/team'), sameTeam('ssm:resourceTag/team'));
  expect(await attempt('iam', 'GetUser', { UserName: 'alice' })).toBe('done');
  expect(await attempt('ssm', 'GetParameter', { Name: '/a' })).toBe('done');
});

test('a call CloudFormation makes for its caller says so, and one of the caller says the opposite', async () => {
  const sandbox = Sandbox.create({ clock: standingClock() });
  const deployer = await createUser(sandbox, 'deployer');
  function through(service: string) {
    return {
      Effect: 'Allow',
      Action: 'iam:*',
      Resource: '*',
      Condition: {
        Bool: { 'aws:ViaAWSService': 'true' },
        'ForAnyValue:StringEquals': { 'aws:CalledVia': `${service}.amazonaws.com` },
      },
    };
  }
  async function deploy(StackName: string) {
    await sandbox.call(deployer, 'cloudformation', 'CreateStack', {
      StackName,
      Capabilities: ['CAPABILITY_IAM'],
      TemplateBody: JSON.stringify({ Resources: { G: { Type: 'AWS::IAM::Group' } } }),
    });
    const { Stacks } = await sandbox.call(deployer, 'cloudformation', 'DescribeStacks', { StackName });
    return (Stacks as readonly JsonObject[])[0]?.StackStatus;
  }
  const stacks = { Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' };
  await allow(sandbox, 'deployer', stacks, through('cloudformation'));
  expect(await deploy('one')).toBe('CREATE_COMPLETE');
  await expect(sandbox.call(deployer, 'iam', 'CreateGroup', { GroupName: 'g' })).rejects.toMatchObject({
    code: 'AccessDenied',
  });
  await allow(sandbox, 'deployer', stacks, through('ssm'));
  expect(await deploy('two')).toMatch(/^ROLLBACK_/);
});
