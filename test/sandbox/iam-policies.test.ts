import * as iamSdk from '@aws-sdk/client-iam';
import { standingClock } from '../support/clock';
import { Sandbox } from './sandbox';
import { clientsFor } from './test-clients';

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function worldOf() {
  const sandbox = Sandbox.create({ clock: standingClock() });
  open.push(sandbox);
  const { iam } = clientsFor(await sandbox.listen(), sandbox.administrator);
  await iam.send(new iamSdk.CreateUserCommand({ UserName: 'alice' }));
  return { sandbox, iam };
}

function document(action: string, padding = 0) {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: `S${'x'.repeat(padding)}`, Effect: 'Allow', Action: action, Resource: '*' }],
  });
}
const conflict = { name: 'DeleteConflictException', $metadata: { httpStatusCode: 409 } };
const missing = { name: 'NoSuchEntityException', $metadata: { httpStatusCode: 404 } };
const limit = { name: 'LimitExceededException', $metadata: { httpStatusCode: 409 } };

test('an inline policy is put, read back as it was, listed and deleted, for user, group and role alike', async () => {
  const { sandbox } = await worldOf();
  function call(operation: string, input: Record<string, string>) {
    return sandbox.call(sandbox.administrator, 'iam', operation, input);
  }
  await call('CreateGroup', { GroupName: 'alice' });
  await call('CreateRole', {
    RoleName: 'alice',
    AssumeRolePolicyDocument:
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}',
  });
  for (const noun of ['User', 'Group', 'Role']) {
    const holder = { [`${noun}Name`]: 'alice' };
    const policy = { ...holder, PolicyName: 'p' };
    await call(`Put${noun}Policy`, { ...policy, PolicyDocument: document('ssm:GetParameter') });
    expect(await call(`Get${noun}Policy`, policy)).toEqual({
      ...policy,
      PolicyDocument: encodeURIComponent(document('ssm:GetParameter')),
    });
    expect(await call(`List${noun}Policies`, holder)).toEqual({ PolicyNames: ['p'], IsTruncated: false });
    await call(`Delete${noun}Policy`, policy);
    expect(await call(`List${noun}Policies`, holder)).toEqual({ PolicyNames: [], IsTruncated: false });
    await expect(call(`Get${noun}Policy`, policy)).rejects.toMatchObject({ code: 'NoSuchEntity' });
    await expect(
      call(`Put${noun}Policy`, { ...policy, [`${noun}Name`]: 'nobody', PolicyDocument: document('a:b') }),
    ).rejects.toMatchObject({ code: 'NoSuchEntity' });
  }
});

test("a user's inline policies together have 2,048 characters, white space not counted", async () => {
  const { iam } = await worldOf();
  function put(PolicyName: string, PolicyDocument: string) {
    return iam.send(new iamSdk.PutUserPolicyCommand({ UserName: 'alice', PolicyName, PolicyDocument }));
  }
  const half = document('ssm:GetParameter', 900);
  await put('one', half);
  await put('two', half.replaceAll(',', ',   '));
  await expect(put('three', half)).rejects.toMatchObject(limit);
  const { PolicyNames } = await iam.send(new iamSdk.ListUserPoliciesCommand({ UserName: 'alice' }));
  expect(PolicyNames).toEqual(['one', 'two']);
});

test.each([
  'not JSON',
  '[]',
  '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps","Action":"*","Resource":"*"}]}',
])('a document that is no policy is refused: %s', async (PolicyDocument) => {
  const { iam } = await worldOf();
  const malformed = { name: 'MalformedPolicyDocumentException', $metadata: { httpStatusCode: 400 } };
  await expect(
    iam.send(new iamSdk.PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument })),
  ).rejects.toMatchObject(malformed);
  await expect(
    iam.send(new iamSdk.CreatePolicyCommand({ PolicyName: 'p', PolicyDocument })),
  ).rejects.toMatchObject(malformed);
  expect((await iam.send(new iamSdk.ListUserPoliciesCommand({ UserName: 'alice' }))).PolicyNames).toEqual([]);
  expect((await iam.send(new iamSdk.ListPoliciesCommand({ Scope: 'Local' }))).Policies).toEqual([]);
});

test('a managed policy is counted where it is attached, and does not go while it is', async () => {
  const { iam } = await worldOf();
  const created = await iam.send(
    new iamSdk.CreatePolicyCommand({
      PolicyName: 'p',
      Path: '/fleet/',
      PolicyDocument: document('ssm:GetParameter'),
    }),
  );
  const PolicyArn = created.Policy?.Arn;
  expect(PolicyArn).toBe('arn:aws:iam::123456789012:policy/fleet/p');
  await iam.send(new iamSdk.AttachUserPolicyCommand({ UserName: 'alice', PolicyArn }));
  const { Policy } = await iam.send(new iamSdk.GetPolicyCommand({ PolicyArn }));
  expect(Policy).toMatchObject({ AttachmentCount: 1, DefaultVersionId: 'v1', IsAttachable: true });
  const { AttachedPolicies } = await iam.send(
    new iamSdk.ListAttachedUserPoliciesCommand({ UserName: 'alice' }),
  );
  expect(AttachedPolicies).toEqual([{ PolicyName: 'p', PolicyArn }]);
  const entities = await iam.send(new iamSdk.ListEntitiesForPolicyCommand({ PolicyArn }));
  expect([entities.PolicyUsers?.[0]?.UserName, entities.PolicyRoles]).toEqual(['alice', []]);
  await expect(iam.send(new iamSdk.DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject(conflict);
  await iam.send(new iamSdk.DetachUserPolicyCommand({ UserName: 'alice', PolicyArn }));
  await expect(
    iam.send(new iamSdk.DetachUserPolicyCommand({ UserName: 'alice', PolicyArn })),
  ).rejects.toMatchObject(missing);
  await iam.send(new iamSdk.DeletePolicyCommand({ PolicyArn }));
  await expect(iam.send(new iamSdk.GetPolicyCommand({ PolicyArn }))).rejects.toMatchObject(missing);
});

test('a managed policy does not go while it is a boundary', async () => {
  const { iam } = await worldOf();
  const { Policy } = await iam.send(
    new iamSdk.CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: document('ssm:GetParameter') }),
  );
  const PolicyArn = Policy?.Arn;
  const user = { UserName: 'alice' };
  await iam.send(new iamSdk.PutUserPermissionsBoundaryCommand({ ...user, PermissionsBoundary: PolicyArn }));
  await expect(iam.send(new iamSdk.DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject(conflict);
  await iam.send(new iamSdk.DeleteUserPermissionsBoundaryCommand(user));
  await iam.send(new iamSdk.DeletePolicyCommand({ PolicyArn }));
});

test('ten managed policies are attached to a user at most', async () => {
  const { iam } = await worldOf();
  async function attach(n: number) {
    const PolicyDocument = document('ssm:GetParameter');
    const { Policy } = await iam.send(
      new iamSdk.CreatePolicyCommand({ PolicyName: `p${n}`, PolicyDocument }),
    );
    await iam.send(new iamSdk.AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: Policy?.Arn }));
  }
  for (let n = 0; n < 10; n += 1) {
    await attach(n);
  }
  await expect(attach(10)).rejects.toMatchObject({ name: 'LimitExceededException' });
});

test('a managed policy has five versions, one of them the default, which is the one that counts', async () => {
  const { iam } = await worldOf();
  const { Policy } = await iam.send(
    new iamSdk.CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: document('ssm:GetParameter') }),
  );
  const PolicyArn = Policy?.Arn;
  function addVersion(SetAsDefault: boolean) {
    return iam.send(
      new iamSdk.CreatePolicyVersionCommand({
        PolicyArn,
        PolicyDocument: document('iam:GetUser'),
        SetAsDefault,
      }),
    );
  }
  expect((await addVersion(true)).PolicyVersion).toMatchObject({ VersionId: 'v2', IsDefaultVersion: true });
  for (let n = 3; n <= 5; n += 1) {
    await addVersion(false);
  }
  await expect(addVersion(false)).rejects.toMatchObject(limit);
  const shown = await iam.send(new iamSdk.GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  expect(decodeURIComponent(shown.PolicyVersion?.Document ?? '')).toBe(document('iam:GetUser'));
  await expect(
    iam.send(new iamSdk.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' })),
  ).rejects.toMatchObject(conflict);
  await iam.send(new iamSdk.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  await iam.send(new iamSdk.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  expect((await addVersion(false)).PolicyVersion?.VersionId).toBe('v6');
  await expect(iam.send(new iamSdk.DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject(conflict);
});

test('a managed policy has 6,144 characters at most', async () => {
  const { iam } = await worldOf();
  function create(PolicyName: string, padding: number) {
    return iam.send(new iamSdk.CreatePolicyCommand({ PolicyName, PolicyDocument: document('a:b', padding) }));
  }
  const room = 6144 - document('a:b').length;
  await create('full', room);
  await expect(create('over', room + 1)).rejects.toMatchObject(limit);
  await expect(create('full', 0)).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
});

test("AWS's managed policies are there or plainly not", async () => {
  const { iam } = await worldOf();
  function attach(name: string) {
    return iam.send(
      new iamSdk.AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: `arn:aws:iam::aws:policy/${name}` }),
    );
  }
  await attach('AdministratorAccess');
  await expect(attach('ReadOnlyAccess')).rejects.toMatchObject(missing);
});
