import * as iamSdk from '@aws-sdk/client-iam';
import { standingClock } from '../support/clock';
import { Sandbox } from './sandbox';
import { clientsFor } from './test-clients';

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function worldOf() {
  const sandbox = Sandbox.create({ clock: standingClock() });
  open.push(sandbox);
  return { sandbox, iam: clientsFor(await sandbox.listen(), sandbox.administrator).iam };
}

function document(...statements: readonly object[]) {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
const readAll = document({ Effect: 'Allow', Action: 'ssm:GetParameter', Resource: '*' });
function trustOf(principal: string) {
  return document({ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole' });
}
const root = 'arn:aws:iam::123456789012:root';
const conflict = { name: 'DeleteConflictException', $metadata: { httpStatusCode: 409 } };
const missing = { name: 'NoSuchEntityException', $metadata: { httpStatusCode: 404 } };

describe('users', () => {
  test('live under their path, with dates, tags and a boundary', async () => {
    const { iam } = await worldOf();
    const { User: created } = await iam.send(
      new iamSdk.CreateUserCommand({
        UserName: 'alice.breakglass',
        Path: '/people/',
        Tags: [{ Key: 'team', Value: 'ops' }],
      }),
    );
    expect(created).toMatchObject({
      Arn: 'arn:aws:iam::123456789012:user/people/alice.breakglass',
      Path: '/people/',
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
      CreateDate: expect.any(Date),
      Tags: [{ Key: 'team', Value: 'ops' }],
    });
    const UserName = 'alice.breakglass';
    await iam.send(
      new iamSdk.PutUserPermissionsBoundaryCommand({
        UserName,
        PermissionsBoundary: 'arn:aws:iam::aws:policy/AdministratorAccess',
      }),
    );
    await iam.send(new iamSdk.TagUserCommand({ UserName, Tags: [{ Key: 'x', Value: 'y' }] }));
    const { User } = await iam.send(new iamSdk.GetUserCommand({ UserName }));
    expect(User?.PermissionsBoundary?.PermissionsBoundaryArn).toContain('AdministratorAccess');
    expect(User?.Tags).toHaveLength(2);
    await iam.send(new iamSdk.DeleteUserPermissionsBoundaryCommand({ UserName }));
    expect(
      (await iam.send(new iamSdk.GetUserCommand({ UserName }))).User?.PermissionsBoundary,
    ).toBeUndefined();
    const { Users } = await iam.send(new iamSdk.ListUsersCommand({ PathPrefix: '/people/' }));
    expect(Users?.map((user) => [user.UserName, user.Tags])).toEqual([[UserName, undefined]]);
  });

  test('who asks for no one is told of himself', async () => {
    const { iam } = await worldOf();
    expect((await iam.send(new iamSdk.GetUserCommand({}))).User?.UserName).toBe('platform-admin');
  });

  test('exist once, and not at all under other names', async () => {
    const { iam } = await worldOf();
    function create() {
      return iam.send(new iamSdk.CreateUserCommand({ UserName: 'alice' }));
    }
    await create();
    await expect(create()).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
    await expect(iam.send(new iamSdk.GetUserCommand({ UserName: 'bob' }))).rejects.toMatchObject(missing);
  });

  test('have names that differ in more than case, as groups, roles and policies have', async () => {
    const { iam } = await worldOf();
    const taken = { name: 'EntityAlreadyExistsException' };
    const policy = { PolicyDocument: document({ Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' }) };
    const trust = { AssumeRolePolicyDocument: trustOf(root) };
    function user(UserName: string) {
      return iam.send(new iamSdk.CreateUserCommand({ UserName }));
    }
    function group(GroupName: string) {
      return iam.send(new iamSdk.CreateGroupCommand({ GroupName }));
    }
    function role(RoleName: string) {
      return iam.send(new iamSdk.CreateRoleCommand({ RoleName, ...trust }));
    }
    function managed(PolicyName: string) {
      return iam.send(new iamSdk.CreatePolicyCommand({ PolicyName, ...policy }));
    }
    for (const create of [user, group, role, managed]) {
      await create('alice');
      await expect(create('ALICE')).rejects.toMatchObject(taken);
    }
    expect((await iam.send(new iamSdk.ListUsersCommand({}))).Users).toHaveLength(2);
    await iam.send(new iamSdk.DeleteUserCommand({ UserName: 'alice' }));
    expect((await user('ALICE')).User?.UserName).toBe('ALICE');
  });

  test('are deleted only when nothing is left of them', async () => {
    const { iam } = await worldOf();
    const UserName = 'alice';
    const PolicyArn = 'arn:aws:iam::aws:policy/IAMUserChangePassword';
    await iam.send(new iamSdk.CreateUserCommand({ UserName }));
    await iam.send(new iamSdk.CreateGroupCommand({ GroupName: 'g' }));
    const { AccessKey } = await iam.send(new iamSdk.CreateAccessKeyCommand({ UserName }));
    await iam.send(
      new iamSdk.CreateLoginProfileCommand({ UserName, Password: 'not kept', PasswordResetRequired: true }),
    );
    await iam.send(new iamSdk.AddUserToGroupCommand({ UserName, GroupName: 'g' }));
    await iam.send(new iamSdk.AttachUserPolicyCommand({ UserName, PolicyArn }));
    await iam.send(new iamSdk.PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: readAll }));
    const steps = [
      () => iam.send(new iamSdk.DeleteAccessKeyCommand({ UserName, AccessKeyId: AccessKey?.AccessKeyId })),
      () => iam.send(new iamSdk.DeleteLoginProfileCommand({ UserName })),
      () => iam.send(new iamSdk.RemoveUserFromGroupCommand({ UserName, GroupName: 'g' })),
      () => iam.send(new iamSdk.DetachUserPolicyCommand({ UserName, PolicyArn })),
      () => iam.send(new iamSdk.DeleteUserPolicyCommand({ UserName, PolicyName: 'p' })),
    ];
    for (const step of steps) {
      await expect(iam.send(new iamSdk.DeleteUserCommand({ UserName }))).rejects.toMatchObject(conflict);
      await step();
    }
    await iam.send(new iamSdk.DeleteUserCommand({ UserName }));
    await expect(iam.send(new iamSdk.GetUserCommand({ UserName }))).rejects.toMatchObject(missing);
  });

  test('have a login profile that says whether the password must be changed', async () => {
    const { iam } = await worldOf();
    await iam.send(new iamSdk.CreateUserCommand({ UserName: 'alice' }));
    function get() {
      return iam.send(new iamSdk.GetLoginProfileCommand({ UserName: 'alice' }));
    }
    await expect(get()).rejects.toMatchObject(missing);
    await iam.send(
      new iamSdk.CreateLoginProfileCommand({
        UserName: 'alice',
        Password: 'secret word',
        PasswordResetRequired: true,
      }),
    );
    expect((await get()).LoginProfile).toMatchObject({ UserName: 'alice', PasswordResetRequired: true });
    await iam.send(new iamSdk.UpdateLoginProfileCommand({ UserName: 'alice', PasswordResetRequired: false }));
    expect((await get()).LoginProfile?.PasswordResetRequired).toBe(false);
  });

  test('have two access keys at most, whose secrets no list shows', async () => {
    const { iam } = await worldOf();
    await iam.send(new iamSdk.CreateUserCommand({ UserName: 'alice' }));
    function create() {
      return iam.send(new iamSdk.CreateAccessKeyCommand({ UserName: 'alice' }));
    }
    const { AccessKey } = await create();
    await create();
    await expect(create()).rejects.toMatchObject({ name: 'LimitExceededException' });
    const list = await iam.send(new iamSdk.ListAccessKeysCommand({ UserName: 'alice' }));
    expect(list.AccessKeyMetadata).toHaveLength(2);
    expect(AccessKey?.SecretAccessKey).toMatch(/^.{40}$/);
    expect(JSON.stringify(list.AccessKeyMetadata)).not.toContain(AccessKey?.SecretAccessKey);
  });
});

test('groups have members and refuse to go before them', async () => {
  const { iam } = await worldOf();
  await iam.send(new iamSdk.CreateUserCommand({ UserName: 'alice' }));
  await iam.send(new iamSdk.CreateGroupCommand({ GroupName: 'holders', Path: '/fleet/' }));
  await iam.send(new iamSdk.AddUserToGroupCommand({ UserName: 'alice', GroupName: 'holders' }));
  await iam.send(new iamSdk.AddUserToGroupCommand({ UserName: 'alice', GroupName: 'holders' }));
  const { Group, Users } = await iam.send(new iamSdk.GetGroupCommand({ GroupName: 'holders' }));
  expect(Group?.Arn).toBe('arn:aws:iam::123456789012:group/fleet/holders');
  expect(Users?.map((user) => user.UserName)).toEqual(['alice']);
  const { Groups } = await iam.send(new iamSdk.ListGroupsForUserCommand({ UserName: 'alice' }));
  expect(Groups?.map((group) => group.GroupName)).toEqual(['holders']);
  await expect(iam.send(new iamSdk.DeleteGroupCommand({ GroupName: 'holders' }))).rejects.toMatchObject(
    conflict,
  );
  await iam.send(new iamSdk.RemoveUserFromGroupCommand({ UserName: 'alice', GroupName: 'holders' }));
  await iam.send(new iamSdk.DeleteGroupCommand({ GroupName: 'holders' }));
  expect((await iam.send(new iamSdk.ListGroupsCommand({}))).Groups).toEqual([]);
});

test('a group moves to another path and stays the same group', async () => {
  const { iam } = await worldOf();
  await iam.send(new iamSdk.CreateGroupCommand({ GroupName: 'g' }));
  const before = (await iam.send(new iamSdk.GetGroupCommand({ GroupName: 'g' }))).Group;
  await iam.send(new iamSdk.UpdateGroupCommand({ GroupName: 'g', NewPath: '/fleet/' }));
  const { Group } = await iam.send(new iamSdk.GetGroupCommand({ GroupName: 'g' }));
  expect(Group).toEqual({
    ...before,
    Path: '/fleet/',
    Arn: expect.stringMatching(/:group\/fleet\/g$/),
  });
});

describe('roles', () => {
  test('keep their trust, description and session length, and change them', async () => {
    const { iam } = await worldOf();
    const RoleName = 'emergency';
    await iam.send(
      new iamSdk.CreateRoleCommand({
        RoleName,
        Path: '/fleet/',
        Description: 'for the worst day',
        MaxSessionDuration: 7200,
        AssumeRolePolicyDocument: trustOf(root),
        Tags: [{ Key: 'k', Value: 'v' }],
      }),
    );
    async function get() {
      return (await iam.send(new iamSdk.GetRoleCommand({ RoleName }))).Role;
    }
    const role = await get();
    expect(role).toMatchObject({
      Description: 'for the worst day',
      MaxSessionDuration: 7200,
      Tags: [{ Key: 'k', Value: 'v' }],
    });
    expect(decodeURIComponent(role?.AssumeRolePolicyDocument ?? '')).toBe(trustOf(root));
    const newTrust = document({
      Effect: 'Allow',
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    });
    await iam.send(new iamSdk.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: newTrust }));
    await iam.send(new iamSdk.UpdateRoleCommand({ RoleName, MaxSessionDuration: 3600 }));
    expect(decodeURIComponent((await get())?.AssumeRolePolicyDocument ?? '')).toBe(newTrust);
    expect((await get())?.MaxSessionDuration).toBe(3600);
    await iam.send(new iamSdk.PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: readAll }));
    await expect(iam.send(new iamSdk.DeleteRoleCommand({ RoleName }))).rejects.toMatchObject(conflict);
    await iam.send(new iamSdk.DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' }));
    await iam.send(new iamSdk.DeleteRoleCommand({ RoleName }));
    expect((await iam.send(new iamSdk.ListRolesCommand({}))).Roles).toEqual([]);
  });

  test('have a description in Latin letters', async () => {
    const { iam } = await worldOf();
    function create(Description: string) {
      return iam.send(
        new iamSdk.CreateRoleCommand({
          RoleName: 'r',
          AssumeRolePolicyDocument: trustOf(root),
          Description,
        }),
      );
    }
    await expect(create('für den Notfall \u{1f511}')).rejects.toMatchObject({ name: 'ValidationError' });
    expect((await create('für den Notfall')).Role?.Description).toBe('für den Notfall');
  });

  test.each([
    [
      'a user that does not exist',
      trustOf('arn:aws:iam::123456789012:user/nobody'),
      'MalformedPolicyDocumentException',
    ],
    [
      'a role that does not exist',
      trustOf('arn:aws:iam::123456789012:role/none'),
      'MalformedPolicyDocumentException',
    ],
    ['no JSON', 'trust me', 'MalformedPolicyDocumentException'],
    ['no statement', '{"Version":"2012-10-17"}', 'MalformedPolicyDocumentException'],
    [
      'no principal',
      document({ Effect: 'Allow', Action: 'sts:AssumeRole' }),
      'MalformedPolicyDocumentException',
    ],
    [
      'a resource',
      document({ Effect: 'Allow', Principal: { AWS: root }, Action: 'sts:AssumeRole', Resource: '*' }),
      'MalformedPolicyDocumentException',
    ],
    [
      'an action that is not of STS',
      document({ Effect: 'Allow', Principal: { AWS: root }, Action: 'iam:GetUser' }),
      'MalformedPolicyDocumentException',
    ],
    [
      'more than 2,048 characters',
      document(
        ...Array.from({ length: 30 }, () => ({
          Effect: 'Allow',
          Principal: { AWS: root },
          Action: 'sts:AssumeRole',
        })),
      ),
      'LimitExceededException',
    ],
  ])('are not created when their trust has %s', async (_, AssumeRolePolicyDocument, name) => {
    const { iam } = await worldOf();
    await expect(
      iam.send(new iamSdk.CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument })),
    ).rejects.toMatchObject({ name });
    expect((await iam.send(new iamSdk.ListRolesCommand({}))).Roles).toEqual([]);
  });

  test('trust a user that exists, under its full path only', async () => {
    const { iam } = await worldOf();
    await iam.send(new iamSdk.CreateUserCommand({ UserName: 'alice', Path: '/people/' }));
    function create(arn: string) {
      return iam.send(
        new iamSdk.CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trustOf(arn) }),
      );
    }
    await expect(create('arn:aws:iam::123456789012:user/alice')).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
    });
    expect((await create('arn:aws:iam::123456789012:user/people/alice')).Role?.RoleName).toBe('r');
  });
});
