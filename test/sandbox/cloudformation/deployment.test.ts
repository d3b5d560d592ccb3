import type { JsonObject } from '../operation';
import { first, StackTester } from './stack-tester';

function trustOf(AWS: string): JsonObject {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS } }],
  };
}
function allow(Action: string): JsonObject {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
  };
}
const changePassword = 'arn:aws:iam::aws:policy/IAMUserChangePassword';

/** One of everything, wired together. */
const everything = {
  Resources: {
    Addition: {
      Type: 'AWS::IAM::UserToGroupAddition',
      Properties: { GroupName: { Ref: 'Group' }, Users: [{ Ref: 'User' }] },
    },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'inline',
        Users: [{ Ref: 'User' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: { 'Fn::GetAtt': ['Role', 'Arn'] } },
          ],
        },
      },
    },
    User: {
      Type: 'AWS::IAM::User',
      Properties: {
        UserName: 'alice.breakglass',
        Path: '/breakglass/',
        PermissionsBoundary: changePassword,
        Tags: [{ Key: 'fleet', Value: 'own' }],
      },
    },
    Group: {
      Type: 'AWS::IAM::Group',
      Properties: {
        ManagedPolicyArns: [{ Ref: 'Managed' }],
        Policies: [{ PolicyName: 'p', PolicyDocument: allow('s3:*') }],
      },
    },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: trustOf('*'),
        MaxSessionDuration: 7200,
        Description: 'for emergencies',
      },
    },
    Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: allow('iam:List*') } },
    Key: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: 'User' } } },
    Value: {
      Type: 'AWS::SSM::Parameter',
      Properties: {
        Type: 'String',
        Name: '/fleet/value',
        Value: { 'Fn::GetAtt': ['User', 'Arn'] },
        Description: 'who',
      },
    },
    CDKMetadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'v2:deflate64:x' } },
  },
  Outputs: {
    Role: { Value: { Ref: 'Role' }, Description: 'the role' },
    Managed: { Value: { Ref: 'Managed' } },
    KeyId: { Value: { Ref: 'Key' } },
  },
};

test('a stack makes one of every resource type, in the order of dependence, with names, tags and attributes as on AWS', async () => {
  const tester = new StackTester();
  const Tags = [
    { Key: 'fleet', Value: 'stack' },
    { Key: 'owner', Value: 'security' },
  ];
  expect(await tester.deploy('fleet', 'CREATE', everything, { Tags })).toBe('CREATE_COMPLETE');
  const { Outputs } = await tester.stack('fleet');
  const [role, managed, keyId] = (Outputs as readonly JsonObject[]).map(({ OutputValue }) =>
    String(OutputValue),
  );
  expect(role).toMatch(/^fleet-Role-[A-Z0-9]{12}$/);
  expect(managed).toMatch(/^arn:aws:iam::123456789012:policy\/fleet-Managed-[A-Z0-9]{12}$/);
  const { User } = await tester.call('iam', 'GetUser', { UserName: 'alice.breakglass' });
  expect(User).toMatchObject({
    Path: '/breakglass/',
    PermissionsBoundary: { PermissionsBoundaryArn: changePassword },
    Tags: expect.arrayContaining([
      { Key: 'fleet', Value: 'own' },
      { Key: 'owner', Value: 'security' },
    ]),
  });
  expect(await tester.parameter('/fleet/value')).toBe(
    'arn:aws:iam::123456789012:user/breakglass/alice.breakglass',
  );
  const { TagList } = await tester.call('ssm', 'ListTagsForResource', {
    ResourceType: 'Parameter',
    ResourceId: '/fleet/value',
  });
  expect(TagList).toEqual(expect.arrayContaining(Tags));
  expect((await tester.call('iam', 'GetRole', { RoleName: role })).Role).toMatchObject({
    MaxSessionDuration: 7200,
    Description: 'for emergencies',
  });
  const { Groups } = await tester.call('iam', 'ListGroupsForUser', { UserName: 'alice.breakglass' });
  const { GroupName } = first(Groups);
  const attached = await tester.call('iam', 'ListAttachedGroupPolicies', { GroupName });
  expect(first(attached.AttachedPolicies).PolicyArn).toBe(managed);
  const keys = await tester.call('iam', 'ListAccessKeys', { UserName: 'alice.breakglass' });
  expect(first(keys.AccessKeyMetadata).AccessKeyId).toBe(keyId);
  const { PolicyDocument } = await tester.call('iam', 'GetUserPolicy', {
    UserName: 'alice.breakglass',
    PolicyName: 'inline',
  });
  expect(decodeURIComponent(String(PolicyDocument))).toContain(`arn:aws:iam::123456789012:role/${role}`);
});

test('deleting the stack deletes every one of them', async () => {
  const tester = new StackTester();
  await tester.deploy('fleet', 'CREATE', everything);
  expect(await tester.inventory()).toHaveLength(5);
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
  expect(await tester.inventory()).toEqual([]);
});

test('an update changes in place what can be changed in place, and calls nothing for the rest', async () => {
  const tester = new StackTester();
  await tester.deploy('fleet', 'CREATE', everything);
  const before = tester.sandbox.calls.length;
  const { User, Role, Managed, Value, ...others } = everything.Resources;
  const changed = {
    ...everything,
    Resources: {
      ...others,
      User: {
        ...User,
        Properties: {
          ...User.Properties,
          PermissionsBoundary: undefined,
          Groups: [{ Ref: 'Group' }],
          Tags: [],
        },
      },
      Role: {
        ...Role,
        Properties: {
          AssumeRolePolicyDocument: trustOf('123456789012'),
          ManagedPolicyArns: [{ Ref: 'Managed' }],
        },
      },
      Managed: { ...Managed, Properties: { PolicyDocument: allow('iam:Get*') } },
      Value: { ...Value, Properties: { ...Value.Properties, Value: 'changed' } },
    },
  };
  expect(await tester.deploy('fleet', 'UPDATE', changed)).toBe('UPDATE_COMPLETE');
  const made = tester.sandbox.calls.slice(before).filter(({ via }) => via === 'cloudformation');
  expect(made.map(({ operation }) => operation).sort()).toEqual([
    'AddUserToGroup',
    'AttachRolePolicy',
    'CreatePolicyVersion',
    'DeleteUserPermissionsBoundary',
    'GetPolicy',
    'GetRole',
    'GetUser',
    'ListPolicyVersions',
    'PutParameter',
    'UntagUser',
    'UpdateAssumeRolePolicy',
    'UpdateRole',
  ]);
  expect(await tester.parameter('/fleet/value')).toBe('changed');
  const { User: user } = await tester.call('iam', 'GetUser', { UserName: 'alice.breakglass' });
  expect(user).not.toHaveProperty('PermissionsBoundary');
});

test('a managed policy can be changed more often than IAM keeps versions', async () => {
  const tester = new StackTester();
  function template(Action: string) {
    return {
      Resources: {
        Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: allow(Action) } },
      },
    };
  }
  await tester.deploy('fleet', 'CREATE', template('s3:Get0'));
  for (let change = 1; change <= 7; change += 1) {
    expect(await tester.deploy('fleet', 'UPDATE', template(`s3:Get${change}`))).toBe('UPDATE_COMPLETE');
  }
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
  expect(await tester.inventory()).toEqual([]);
});

test('a changed name makes a new resource, moves what depends on it, and only then deletes the old one', async () => {
  const tester = new StackTester();
  function template(GroupName: string) {
    return {
      Resources: {
        User: { Type: 'AWS::IAM::User', Properties: { UserName: 'alice', Groups: [{ Ref: 'Group' }] } },
        Group: { Type: 'AWS::IAM::Group', Properties: { GroupName } },
      },
    };
  }
  await tester.deploy('fleet', 'CREATE', template('old'));
  expect(await tester.deploy('fleet', 'UPDATE', template('new'))).toBe('UPDATE_COMPLETE');
  expect(await tester.inventory()).toEqual(['alice', 'new']);
  const events = await tester.events('fleet');
  expect(events.slice(events.indexOf('fleet UPDATE_IN_PROGRESS'))).toEqual([
    'fleet UPDATE_IN_PROGRESS',
    'Group UPDATE_IN_PROGRESS',
    'Group UPDATE_IN_PROGRESS',
    'Group UPDATE_COMPLETE',
    'User UPDATE_IN_PROGRESS',
    'User UPDATE_COMPLETE',
    'fleet UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'Group DELETE_IN_PROGRESS',
    'Group DELETE_COMPLETE',
    'fleet UPDATE_COMPLETE',
  ]);
});

test('changed stack tags reach the resources that can carry them', async () => {
  const tester = new StackTester();
  const template = { Resources: { User: { Type: 'AWS::IAM::User', Properties: { UserName: 'alice' } } } };
  function tag(Value: string) {
    return { Tags: [{ Key: 'owner', Value }] };
  }
  await tester.deploy('fleet', 'CREATE', template, tag('a'));
  expect(await tester.deploy('fleet', 'UPDATE', template, tag('b'))).toBe('UPDATE_COMPLETE');
  const { Tags } = await tester.call('iam', 'ListUserTags', { UserName: 'alice' });
  expect(Tags).toEqual([{ Key: 'owner', Value: 'b' }]);
});

test('conditions, mappings and parameters decide what is made', async () => {
  const tester = new StackTester();
  const template = {
    Parameters: { Size: { Type: 'String', Default: 'small' } },
    Mappings: { Sessions: { small: { seconds: 3600 }, large: { seconds: 7200 } } },
    Conditions: { IsLarge: { 'Fn::Equals': [{ Ref: 'Size' }, 'large'] } },
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: { 'Fn::Sub': `\${AWS::StackName}-\${AWS::Region}-\${AWS::AccountId}` },
          AssumeRolePolicyDocument: trustOf('*'),
          MaxSessionDuration: { 'Fn::FindInMap': ['Sessions', { Ref: 'Size' }, 'seconds'] },
          Description: { 'Fn::If': ['IsLarge', 'large', { Ref: 'AWS::NoValue' }] },
        },
      },
      Extra: {
        Type: 'AWS::IAM::Group',
        Condition: 'IsLarge',
        DependsOn: 'Role',
        Properties: { GroupName: 'extra' },
      },
    },
  };
  await tester.deploy('fleet', 'CREATE', template);
  expect(await tester.inventory()).toEqual(['fleet-eu-central-1-123456789012']);
  await tester.deploy('fleet', 'UPDATE', template, {
    Parameters: [{ ParameterKey: 'Size', ParameterValue: 'large' }],
  });
  expect(await tester.inventory()).toEqual(['extra', 'fleet-eu-central-1-123456789012']);
  const { Role } = await tester.call('iam', 'GetRole', { RoleName: 'fleet-eu-central-1-123456789012' });
  expect(Role).toMatchObject({ MaxSessionDuration: 7200, Description: 'large' });
});

test('a value somebody edited by hand is overwritten by the next change of the template', async () => {
  const tester = new StackTester();
  function template(Value: string) {
    return {
      Resources: { P: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Name: '/p', Value } } },
    };
  }
  await tester.deploy('fleet', 'CREATE', template('one'));
  await tester.call('ssm', 'PutParameter', { Name: '/p', Value: 'edited', Type: 'String', Overwrite: true });
  expect(await tester.deploy('fleet', 'UPDATE', template('two'))).toBe('UPDATE_COMPLETE');
  expect(await tester.parameter('/p')).toBe('two');
});

test('a stack reads what another one exports, and the export stays as long as it is read', async () => {
  const tester = new StackTester();
  function exporting(Value: string) {
    return {
      Resources: { G: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'g' } } },
      Outputs: { O: { Value, Export: { Name: 'shared' } } },
    };
  }
  const importing = {
    Resources: {
      P: {
        Type: 'AWS::SSM::Parameter',
        Properties: { Type: 'String', Name: '/p', Value: { 'Fn::ImportValue': 'shared' } },
      },
    },
  };
  await tester.deploy('producer', 'CREATE', exporting('one'));
  await tester.deploy('consumer', 'CREATE', importing);
  expect(await tester.parameter('/p')).toBe('one');
  expect(await tester.deploy('producer', 'UPDATE', exporting('two'))).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await tester.delete('producer')).toBe('DELETE_FAILED');
  expect((await tester.stack('producer')).StackStatusReason).toBe(
    'Export shared cannot be deleted as it is in use by consumer.',
  );
  expect(await tester.delete('consumer')).toBe('DELETE_COMPLETE');
  expect(await tester.delete('producer')).toBe('DELETE_COMPLETE');
});
