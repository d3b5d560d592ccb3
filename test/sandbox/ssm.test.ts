import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  paginateGetParametersByPath,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-ssm';
import { standingClock } from '../support/clock';
import { Sandbox } from './sandbox';
import type { SandboxSettings } from './settings';
import { ssm as ssmService } from './ssm';
import { allow, clientsFor, createUser, openSandbox } from './test-clients';

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function worldOf(settings: SandboxSettings = {}) {
  const sandbox = Sandbox.create({ clock: standingClock(), ...settings });
  open.push(sandbox);
  const url = await sandbox.listen();
  const { ssm } = clientsFor(url, sandbox.administrator);
  function put(Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) {
    return ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
  }
  return { sandbox, url, ssm, put };
}

test('a parameter is written once, overwritten only when that is said, and counts its versions', async () => {
  const { ssm, put } = await worldOf();
  expect(await put('/fleet/record', 'one')).toMatchObject({ Version: 1, Tier: 'Standard' });
  await expect(put('/fleet/record', 'two')).rejects.toMatchObject({
    name: 'ParameterAlreadyExists',
    $metadata: { httpStatusCode: 400 },
  });
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/fleet/record' }));
  expect(Parameter).toMatchObject({
    Name: '/fleet/record',
    Value: 'one',
    Version: 1,
    ARN: 'arn:aws:ssm:eu-central-1:123456789012:parameter/fleet/record',
  });
  expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
  expect(await put('/fleet/record', 'two', { Overwrite: true })).toMatchObject({ Version: 2 });
  expect((await ssm.send(new GetParameterCommand({ Name: '/fleet/record' }))).Parameter?.Value).toBe('two');
});

test.each<[string, Partial<PutParameterCommandInput>, string]>([
  ['a value above 4 KB', { Value: 'x'.repeat(4097) }, 'ValidationException'],
  ['4 KB of characters that are more bytes', { Value: 'ü'.repeat(2049) }, 'ValidationException'],
  ['a reference to another parameter', { Value: 'a {{b}}' }, 'ValidationException'],
  ['a name with a space', { Name: '/a b' }, 'ValidationException'],
  ['a name that begins with aws', { Name: '/aws/x' }, 'ValidationException'],
  ['a name that begins with SSM', { Name: 'SsmThing' }, 'ValidationException'],
  ['a hierarchy without its first slash', { Name: 'a/b' }, 'ValidationException'],
  ['sixteen levels', { Name: '/x'.repeat(16) }, 'HierarchyLevelLimitExceededException'],
  ['a name that is too long', { Name: `/${'n'.repeat(1000)}` }, 'ValidationException'],
  ['the advanced tier', { Tier: 'Advanced' }, 'ValidationException'],
  ['tags on an overwrite', { Overwrite: true, Tags: [{ Key: 'k', Value: 'v' }] }, 'ValidationException'],
  ['no type', { Type: undefined }, 'ValidationException'],
  ['a pattern that is none', { AllowedPattern: '(' }, 'InvalidAllowedPatternException'],
  ['a value beside its pattern', { AllowedPattern: '^[0-9]+$' }, 'ParameterPatternMismatchException'],
  ['a tag with a bracket', { Tags: [{ Key: 'k', Value: '(v)' }] }, 'ValidationException'],
])('is refused and changes nothing: %s', async (_, change, name) => {
  const { ssm, put } = await worldOf();
  await put('/fleet/other', 'kept');
  const input = { Name: '/fleet/record', Value: 'value', Type: 'String', ...change } as const;
  await expect(ssm.send(new PutParameterCommand(input))).rejects.toMatchObject({ name });
  const { Parameters } = await ssm.send(new DescribeParametersCommand({}));
  expect(Parameters?.map((parameter) => parameter.Name)).toEqual(['/fleet/other']);
});

test('the limits themselves are allowed', async () => {
  const { put } = await worldOf();
  expect(await put('/x'.repeat(15), 'x'.repeat(4096))).toMatchObject({ Version: 1 });
  const room = 1011 - 'arn:aws:ssm:eu-central-1:123456789012:parameter/'.length;
  expect(await put(`/${'n'.repeat(room)}`, 'v')).toMatchObject({ Version: 1 });
  await expect(put(`/${'n'.repeat(room + 1)}`, 'v')).rejects.toMatchObject({ name: 'ValidationException' });
});

test('an account has ten thousand parameters, and overwrites them when it has', async () => {
  const { state, call } = openSandbox(ssmService);
  function put(Name: string, Overwrite = false) {
    return call('ssm', 'PutParameter', { Name, Overwrite, Value: 'v', Type: 'String' });
  }
  await put('/p/0');
  const [stored] = state.parameters.values();
  if (!stored) {
    throw new Error('nothing was stored');
  }
  for (let n = 1; n < 9_999; n += 1) {
    state.parameters.set(`/p/${n}`, { ...stored, name: `/p/${n}` });
  }
  expect(await put('/the/last')).toMatchObject({ Version: 1 });
  await expect(put('/one/too/many')).rejects.toMatchObject({ code: 'ParameterLimitExceeded' });
  expect(await put('/p/0', true)).toMatchObject({ Version: 2 });
});

test('a call answers with ten parameters or describes fifty, and is not asked for more', async () => {
  const { ssm } = await worldOf();
  function read(MaxResults: number) {
    return ssm.send(new GetParametersByPathCommand({ Path: '/', MaxResults }));
  }
  function describe(MaxResults: number) {
    return ssm.send(new DescribeParametersCommand({ MaxResults }));
  }
  expect([(await read(10)).Parameters, (await describe(50)).Parameters]).toEqual([[], []]);
  for (const tooMany of [read(11), describe(51)]) {
    await expect(tooMany).rejects.toMatchObject({ name: 'ValidationException' });
  }
});

test('a path lists what is under it, with levels or without, ten at a time', async () => {
  const { ssm, put } = await worldOf();
  for (let n = 0; n < 12; n += 1) {
    await put(`/fleet/record/page/${String(n).padStart(2, '0')}`, `page ${n}`);
  }
  await put('/fleet/record/manifest', 'm');
  await put('/fleet/recorder', 'not under it');
  function names(input: { Path: string; Recursive?: boolean }) {
    return ssm
      .send(new GetParametersByPathCommand(input))
      .then(({ Parameters, NextToken }) => [Parameters?.map(({ Name }) => Name), NextToken !== undefined]);
  }
  expect(await names({ Path: '/fleet/record' })).toEqual([['/fleet/record/manifest'], false]);
  expect((await names({ Path: '/fleet/record', Recursive: true }))[1]).toBe(true);
  const values: (string | undefined)[] = [];
  for await (const page of paginateGetParametersByPath(
    { client: ssm },
    { Path: '/fleet/record/', Recursive: true },
  )) {
    expect(page.Parameters?.length).toBeLessThanOrEqual(10);
    values.push(...(page.Parameters ?? []).map(({ Value }) => Value));
  }
  expect(values).toEqual(['m', ...Array.from({ length: 12 }, (_, n) => `page ${n}`)]);
});

test('pages may be empty with a NextToken: who stops there has read nothing', async () => {
  const { ssm, put } = await worldOf({ emptyPages: true, pageSize: 2 });
  for (const name of ['/f/a', '/f/b', '/f/c']) {
    await put(name, 'v');
  }
  const first = await ssm.send(new GetParametersByPathCommand({ Path: '/f' }));
  expect([first.Parameters, typeof first.NextToken]).toEqual([[], 'string']);
  const seen: (string | undefined)[] = [];
  for await (const page of paginateGetParametersByPath({ client: ssm }, { Path: '/f' })) {
    seen.push(...(page.Parameters ?? []).map(({ Name }) => Name));
  }
  expect(seen).toEqual(['/f/a', '/f/b', '/f/c']);
  await expect(
    ssm.send(new GetParametersByPathCommand({ Path: '/f', NextToken: 'mine' })),
  ).rejects.toMatchObject({ name: 'InvalidNextToken' });
});

test('several are read and deleted by name, and the missing ones are named', async () => {
  const { ssm, put } = await worldOf();
  await put('/a', '1');
  await put('/b', '2');
  const read = await ssm.send(new GetParametersCommand({ Names: ['/b', '/none', '/a'] }));
  expect(read.Parameters?.map(({ Value }) => Value)).toEqual(['2', '1']);
  expect(read.InvalidParameters).toEqual(['/none']);
  const deleted = await ssm.send(new DeleteParametersCommand({ Names: ['/a', '/none'] }));
  expect(deleted).toMatchObject({ DeletedParameters: ['/a'], InvalidParameters: ['/none'] });
  await ssm.send(new DeleteParameterCommand({ Name: '/b' }));
  for (const command of [
    new DeleteParameterCommand({ Name: '/b' }),
    new GetParameterCommand({ Name: '/b' }),
  ]) {
    await expect(ssm.send(command as GetParameterCommand)).rejects.toMatchObject({
      name: 'ParameterNotFound',
    });
  }
  for (const Names of [[], ['/a', '/a']]) {
    await expect(ssm.send(new GetParametersCommand({ Names }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  }
  await expect(
    ssm.send(new GetParametersCommand({ Names: Array.from({ length: 11 }, (_, n) => `/n${n}`) })),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

test('descriptions come without values, filtered by path or by the beginning of a name', async () => {
  const { ssm, put } = await worldOf();
  await put('/fleet/evidence/alice', 'v', { Description: 'proof' });
  await put('/fleet/record/manifest', 'm');
  async function described(Key: string, Option: string, value: string) {
    return (
      await ssm.send(new DescribeParametersCommand({ ParameterFilters: [{ Key, Option, Values: [value] }] }))
    ).Parameters;
  }
  expect(await described('Path', 'Recursive', '/fleet/evidence')).toEqual([
    expect.objectContaining({
      Name: '/fleet/evidence/alice',
      Description: 'proof',
      Version: 1,
      Tier: 'Standard',
    }),
  ]);
  expect(await described('Name', 'BeginsWith', '/fleet/')).toHaveLength(2);
  expect(JSON.stringify(await described('Name', 'BeginsWith', '/fleet/'))).not.toContain('"Value"');
});

test('parameters have tags', async () => {
  const { ssm, put } = await worldOf();
  await put('/a', '1', { Tags: [{ Key: 'k', Value: 'v' }] });
  const resource = { ResourceType: 'Parameter', ResourceId: '/a' } as const;
  await ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'l', Value: 'w' }] }));
  await ssm.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ['k'] }));
  expect((await ssm.send(new ListTagsForResourceCommand(resource))).TagList).toEqual([
    { Key: 'l', Value: 'w' },
  ]);
  const many = Array.from({ length: 50 }, (_, n) => ({ Key: `many-${n}`, Value: '' }));
  await expect(ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: many }))).rejects.toMatchObject({
    name: 'TooManyTagsError',
  });
  expect((await ssm.send(new ListTagsForResourceCommand(resource))).TagList).toHaveLength(1);
});

test('policies are asked about the parameter, or the path, that is meant', async () => {
  const { sandbox, url, put } = await worldOf();
  const reader = await createUser(sandbox, 'reader');
  const { ssm } = clientsFor(url, reader);
  await put('/fleet/record/manifest', 'm');
  function read() {
    return ssm.send(new GetParametersByPathCommand({ Path: '/fleet/record/', Recursive: true }));
  }
  const resource = 'arn:aws:ssm:eu-central-1:123456789012:parameter/fleet/record';
  await expect(read()).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(
      `ssm:GetParametersByPath on resource: ${resource} because no identity-based policy`,
    ),
  });
  await allow(sandbox, 'reader', { Effect: 'Allow', Action: 'ssm:GetParametersByPath', Resource: resource });
  expect((await read()).Parameters).toHaveLength(1);
  function root() {
    return ssm.send(new GetParametersByPathCommand({ Path: '/', Recursive: true }));
  }
  await expect(root()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(ssm.send(new GetParameterCommand({ Name: '/fleet/record/manifest' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  const all = 'arn:aws:ssm:eu-central-1:123456789012:parameter/*';
  await allow(sandbox, 'reader', { Effect: 'Allow', Action: 'ssm:GetParametersByPath', Resource: all });
  expect((await root()).Parameters).toHaveLength(1);
});
