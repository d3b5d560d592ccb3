import type { JsonObject } from '../operation';
import { StackTester } from './stack-tester';

const bucket = 'cdk-hnb659fds-assets-123456789012-eu-central-1';
function addressOf(key: string): string {
  return `https://s3.eu-central-1.amazonaws.com/${bucket}/${key}`;
}

/** Creates a tester whose bucket has a template under each key. */
async function withTemplates(templates: Readonly<Record<string, JsonObject>>): Promise<StackTester> {
  const tester = new StackTester({ bootstrapped: true });
  for (const [Key, template] of Object.entries(templates)) {
    const Body = Buffer.from(JSON.stringify(template)).toString('base64');
    await tester.call('s3', 'PutObject', { Bucket: bucket, Key, Body });
  }
  return tester;
}

function group(name: string): JsonObject {
  return {
    Parameters: { Suffix: { Type: 'String', Default: 'x' } },
    Resources: {
      G: { Type: 'AWS::IAM::Group', Properties: { GroupName: { 'Fn::Sub': `${name}-\${Suffix}` } } },
    },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['G', 'Arn'] } } },
  };
}

function nested(key: string, Parameters: JsonObject = {}): JsonObject {
  return {
    Type: 'AWS::CloudFormation::Stack',
    Properties: { TemplateURL: addressOf(key), Parameters },
  };
}

const clash = { Type: 'AWS::IAM::User', Properties: { UserName: 'platform-admin' } };

/** Lists the groups, roles and parameters except those of the bootstrap. */
async function made(tester: StackTester): Promise<readonly string[]> {
  return (await tester.inventory()).filter((name) => !/cdk-(hnb659fds|bootstrap)/.test(name));
}

test('a nested stack takes parameters, gives outputs, and knows its parent', async () => {
  const tester = await withTemplates({ a: group('admins') });
  const template = {
    Resources: { N: nested('a', { Suffix: 'eu' }) },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['N', 'Outputs.Arn'] } } },
  };
  expect(await tester.deploy('fleet', 'CREATE', template)).toBe('CREATE_COMPLETE');
  const { Outputs, StackId } = await tester.stack('fleet');
  expect(Outputs).toMatchObject([{ OutputValue: 'arn:aws:iam::123456789012:group/admins-eu' }]);
  const { StackResources } = await tester.call('cloudformation', 'DescribeStackResources', {
    StackName: 'fleet',
  });
  const [{ PhysicalResourceId } = {}] = StackResources as readonly JsonObject[];
  expect(await tester.stack(String(PhysicalResourceId))).toMatchObject({
    ParentId: StackId,
    RootId: StackId,
  });
});

test('a bucket may be in the host name of an address', async () => {
  const tester = await withTemplates({ a: group('admins') });
  const TemplateURL = `https://${bucket}.s3.eu-central-1.amazonaws.com/a`;
  const N = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL } };
  expect(await tester.deploy('fleet', 'CREATE', { Resources: { N } })).toBe('CREATE_COMPLETE');
  expect(await made(tester)).toEqual(['admins-x']);
});

test('an output that the nested stack does not have is an error', async () => {
  const tester = await withTemplates({ a: group('admins') });
  const Outputs = { Arn: { Value: { 'Fn::GetAtt': ['N', 'Outputs.Nothing'] } } };
  const status = await tester.deploy('fleet', 'CREATE', { Resources: { N: nested('a') }, Outputs });
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(await made(tester)).toEqual([]);
});

test('a failed creation takes nested stacks away, those that were done and the one that failed', async () => {
  const tester = await withTemplates({
    done: group('done'),
    half: {
      Resources: {
        A: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'half' } },
        C: { ...clash, DependsOn: 'A' },
      },
    },
  });
  const Resources = { D: nested('done'), H: { ...nested('half'), DependsOn: 'D' } };
  expect(await tester.deploy('fleet', 'CREATE', { Resources })).toBe('ROLLBACK_COMPLETE');
  expect((await tester.events('fleet')).join('\n')).toMatch(
    /H CREATE_FAILED .*Embedded stack arn:\S+ was not successfully created: The following resource\(s\) failed to create: \[C\]/,
  );
  expect(await made(tester)).toEqual([]);
});

test('a failed update takes a nested stack back to its parameters of before', async () => {
  const tester = await withTemplates({ a: group('admins') });
  await tester.deploy('fleet', 'CREATE', { Resources: { N: nested('a', { Suffix: 'old' }) } });
  const Resources = { N: nested('a', { Suffix: 'new' }), C: { ...clash, DependsOn: 'N' } };
  expect(await tester.deploy('fleet', 'UPDATE', { Resources })).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await made(tester)).toEqual(['admins-old']);
});

test('a nested stack that leaves the template is deleted, and so are all with their root', async () => {
  const tester = await withTemplates({ a: group('a'), b: group('b') });
  await tester.deploy('fleet', 'CREATE', { Resources: { A: nested('a'), B: nested('b') } });
  expect(await made(tester)).toEqual(['a-x', 'b-x']);
  expect(await tester.deploy('fleet', 'UPDATE', { Resources: { B: nested('b') } })).toBe('UPDATE_COMPLETE');
  expect(await made(tester)).toEqual(['b-x']);
  expect(await tester.delete('fleet')).toBe('DELETE_COMPLETE');
  expect(await made(tester)).toEqual([]);
});

test('a change set looks into nested templates before anything is made', async () => {
  const tester = await withTemplates({ odd: { Resources: { V: { Type: 'AWS::EC2::VPC' } } } });
  function change(key: string) {
    return tester.change('fleet', 'CREATE', { Resources: { N: nested(key) } }, { IncludeNestedStacks: true });
  }
  await expect(change('odd')).rejects.toMatchObject({ message: expect.stringContaining('[AWS::EC2::VPC]') });
  await expect(change('gone')).rejects.toMatchObject({
    message: 'S3 error: The specified key does not exist.',
  });
});

test('a template may be larger by its address than in the request, but 500 resources are the most', async () => {
  function parameter(index: number) {
    return {
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: `/p/${index}`, Type: 'String', Value: 'x'.repeat(100) },
    };
  }
  function template(count: number) {
    return {
      Resources: Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`P${index}`, parameter(index)]),
      ),
    };
  }
  const tester = await withTemplates({ most: template(500), tooMany: template(501) });
  function create(source: JsonObject) {
    return tester.call('cloudformation', 'CreateStack', { StackName: 'large', ...source });
  }
  await expect(create({ TemplateBody: JSON.stringify(template(500)) })).rejects.toMatchObject({
    message: expect.stringContaining('Member must have length less than or equal to 51200'),
  });
  await expect(create({ TemplateURL: addressOf('tooMany') })).rejects.toMatchObject({
    message: 'Template format error: Number of resources, 501, is greater than maximum allowed, 500',
  });
  await expect(create({ TemplateURL: 'https://example.com/most' })).rejects.toMatchObject({
    message: expect.stringContaining('TemplateURL must be a supported URL'),
  });
  await create({ TemplateURL: addressOf('most') });
  expect((await tester.stack('large')).StackStatus).toBe('CREATE_COMPLETE');
});
