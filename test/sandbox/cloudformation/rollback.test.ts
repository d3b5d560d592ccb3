import type { JsonObject } from '../operation';
import { StackTester } from './stack-tester';

function user(UserName: string, more: JsonObject = {}): JsonObject {
  return {
    Type: 'AWS::IAM::User',
    Properties: { UserName, ...more },
  };
}
function parameter(Value: string): JsonObject {
  return {
    Type: 'AWS::SSM::Parameter',
    Properties: { Type: 'String', Name: '/value', Value },
  };
}
function policyOf(Action: string | readonly string[]): JsonObject {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
  };
}

const trust: JsonObject = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } }],
};

async function takeName(tester: StackTester, UserName: string): Promise<void> {
  await tester.call('iam', 'CreateUser', { UserName });
}

/** Deploys from now on as a user with only these permissions. */
async function limitTo(tester: StackTester, actions: readonly string[]): Promise<void> {
  await tester.call('iam', 'CreateUser', { UserName: 'deployer' });
  await tester.call('iam', 'PutUserPolicy', {
    UserName: 'deployer',
    PolicyName: 'may',
    PolicyDocument: JSON.stringify(policyOf(['cloudformation:*', ...actions])),
  });
  tester.credentials = tester.sandbox.createAccessKey('deployer');
}

test('a failed creation deletes what was made, says why, and can only be deleted', async () => {
  const tester = new StackTester();
  await takeName(tester, 'taken');
  const template = {
    Resources: {
      First: user('first'),
      Value: parameter('1'),
      Clash: { ...user('taken'), DependsOn: ['First', 'Value'] },
    },
  };
  expect(await tester.deploy('fleet', 'CREATE', template)).toBe('ROLLBACK_COMPLETE');
  expect(await tester.inventory()).toEqual(['taken']);
  const events = await tester.events('fleet');
  expect(events).toContainEqual(
    expect.stringMatching(
      /^Clash CREATE_FAILED Resource handler returned message: "User with name taken already exists\. \(Service: Iam, Status Code: 409, .*HandlerErrorCode: AlreadyExists\)$/,
    ),
  );
  expect(events.slice(-6)).toEqual([
    'fleet ROLLBACK_IN_PROGRESS',
    'Value DELETE_IN_PROGRESS',
    'Value DELETE_COMPLETE',
    'First DELETE_IN_PROGRESS',
    'First DELETE_COMPLETE',
    'fleet ROLLBACK_COMPLETE',
  ]);
  await expect(tester.change('fleet', 'UPDATE', template)).rejects.toThrow(
    /is in ROLLBACK_COMPLETE state and can not be updated/,
  );
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
  expect(await tester.inventory()).toEqual(['taken']);
});

test('a resource whose creation failed half-way is deleted too', async () => {
  const tester = new StackTester();
  const template = { Resources: { Half: user('half', { Groups: ['nobody'] }) } };
  expect(await tester.deploy('fleet', 'CREATE', template)).toBe('ROLLBACK_COMPLETE');
  expect(await tester.inventory()).toEqual([]);
  expect((await tester.events('fleet')).join('\n')).toContain('Half CREATE_FAILED');
});

test('a failed update restores what was changed and deletes what was added', async () => {
  const tester = new StackTester();
  await tester.deploy('fleet', 'CREATE', { Resources: { Value: parameter('old'), Alice: user('alice') } });
  await takeName(tester, 'taken');
  const before = await tester.inventory();
  const status = await tester.deploy('fleet', 'UPDATE', {
    Resources: {
      Value: parameter('new'),
      Bob: user('bob'),
      Clash: { ...user('taken'), DependsOn: ['Value', 'Bob'] },
    },
  });
  expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await tester.inventory()).toEqual(before);
  expect(await tester.parameter('/value')).toBe('old');
  const events = await tester.events('fleet');
  expect(events.slice(events.indexOf('fleet UPDATE_ROLLBACK_IN_PROGRESS'))).toEqual([
    'fleet UPDATE_ROLLBACK_IN_PROGRESS',
    'Value UPDATE_IN_PROGRESS',
    'Value UPDATE_COMPLETE',
    'fleet UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'Bob DELETE_IN_PROGRESS',
    'Bob DELETE_COMPLETE',
    'fleet UPDATE_ROLLBACK_COMPLETE',
  ]);
  const { TemplateBody } = await tester.call('cloudformation', 'GetTemplate', { StackName: 'fleet' });
  expect(String(TemplateBody)).toContain('"old"');
});

test('a rolled back stack can be updated', async () => {
  const tester = new StackTester();
  await tester.deploy('fleet', 'CREATE', { Resources: { Value: parameter('old') } });
  await takeName(tester, 'taken');
  await tester.deploy('fleet', 'UPDATE', { Resources: { Value: parameter('new'), Clash: user('taken') } });
  expect(await tester.deploy('fleet', 'UPDATE', { Resources: { Value: parameter('new') } })).toBe(
    'UPDATE_COMPLETE',
  );
  expect(await tester.parameter('/value')).toBe('new');
});

test('a replacement is taken back when a later step fails: the old resource is still there and in use', async () => {
  const tester = new StackTester();
  function template(GroupName: string, more: JsonObject = {}) {
    return {
      Resources: {
        Group: { Type: 'AWS::IAM::Group', Properties: { GroupName } },
        Alice: user('alice', { Groups: [{ Ref: 'Group' }] }),
        ...more,
      },
    };
  }
  await tester.deploy('fleet', 'CREATE', template('old'));
  await takeName(tester, 'taken');
  const clash = { Clash: { ...user('taken'), DependsOn: 'Alice' } };
  expect(await tester.deploy('fleet', 'UPDATE', template('new', clash))).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await tester.inventory()).toEqual(['alice', 'taken', 'old']);
  const { Groups } = await tester.call('iam', 'ListGroupsForUser', { UserName: 'alice' });
  expect(Groups).toMatchObject([{ GroupName: 'old' }]);
});

test('a named resource that would have to be replaced under its own name fails', async () => {
  const tester = new StackTester();
  function role(Path: string) {
    return {
      Resources: {
        R: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'r', Path, AssumeRolePolicyDocument: trust } },
      },
    };
  }
  await tester.deploy('fleet', 'CREATE', role('/'));
  expect(await tester.deploy('fleet', 'UPDATE', role('/other/'))).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect((await tester.events('fleet')).join('\n')).toContain(
    'R UPDATE_FAILED CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename r and update the stack again.',
  );
});

test('a deployment may do only what its caller may, and the reason names the action', async () => {
  const tester = new StackTester();
  await limitTo(tester, ['ssm:*']);
  const template = { Resources: { Value: parameter('1'), Alice: { ...user('alice'), DependsOn: 'Value' } } };
  expect(await tester.deploy('fleet', 'CREATE', template)).toBe('ROLLBACK_COMPLETE');
  expect((await tester.events('fleet')).join('\n')).toMatch(
    /Alice CREATE_FAILED .*user\/deployer is not authorized to perform: iam:CreateUser .*HandlerErrorCode: AccessDenied/,
  );
  tester.credentials = tester.sandbox.administrator;
  expect(await tester.inventory()).toEqual(['deployer']);
});

test('an update whose rollback is not allowed either says so, and leaves nothing that no stack knows', async () => {
  const tester = new StackTester();
  function role(MaxSessionDuration: number) {
    return {
      Type: 'AWS::IAM::Role',
      Properties: { RoleName: 'r', AssumeRolePolicyDocument: trust, MaxSessionDuration },
    };
  }
  await tester.deploy('fleet', 'CREATE', { Resources: { Role: role(3600) } });
  await limitTo(tester, ['ssm:*']);
  const Resources = { Value: parameter('1'), Role: { ...role(7200), DependsOn: 'Value' } };
  expect(await tester.deploy('fleet', 'UPDATE', { Resources })).toBe('UPDATE_ROLLBACK_FAILED');
  tester.credentials = tester.sandbox.administrator;
  expect(await tester.inventory()).toEqual(['deployer', 'r']);
  expect((await tester.call('iam', 'GetRole', { RoleName: 'r' })).Role).toMatchObject({
    MaxSessionDuration: 3600,
  });
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
  expect(await tester.inventory()).toEqual(['deployer']);
});

test('a rollback that is not allowed either says so and leaves the rest for a second try', async () => {
  const tester = new StackTester();
  await limitTo(tester, ['ssm:PutParameter', 'ssm:AddTagsToResource']);
  const template = { Resources: { Value: parameter('1'), Alice: { ...user('alice'), DependsOn: 'Value' } } };
  expect(await tester.deploy('fleet', 'CREATE', template)).toBe('ROLLBACK_FAILED');
  expect((await tester.stack('fleet')).StackStatusReason).toBe(
    'The following resource(s) failed to delete: [Value].',
  );
  tester.credentials = tester.sandbox.administrator;
  expect(await tester.inventory()).toEqual(['deployer', '/value']);
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
  expect(await tester.inventory()).toEqual(['deployer']);
});
