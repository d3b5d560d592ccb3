import { standingClock } from '../../support/clock';
import { Sandbox } from '../sandbox';
import { allow, createUser } from '../test-clients';

const Bucket = 'cdk-hnb659fds-assets-123456789012-eu-central-1';
function text(body: string) {
  return Buffer.from(body).toString('base64');
}

test('an object is put, listed and read', async () => {
  const sandbox = Sandbox.create({ clock: standingClock(), bootstrapped: true });
  function call(operation: string, input: object) {
    return sandbox.call(sandbox.administrator, 's3', operation, { Bucket, ...input });
  }
  await call('PutObject', { Key: 'a/1', Body: text('one'), ContentType: 'text/plain' });
  await call('PutObject', { Key: 'b', Body: text('two') });
  expect(await call('GetObject', { Key: 'a/1' })).toMatchObject({
    Body: text('one'),
    ContentType: 'text/plain',
  });
  expect(await call('ListObjectsV2', { Prefix: 'a/' })).toMatchObject({ KeyCount: 1, IsTruncated: false });
  expect(await call('ListObjectsV2', { MaxKeys: 1 })).toMatchObject({ KeyCount: 1, IsTruncated: true });
  await expect(call('GetObject', { Key: 'c' })).rejects.toMatchObject({ code: 'NoSuchKey', status: 404 });
});

test("a bucket that is not there, or not the expected owner's, is refused", async () => {
  const sandbox = Sandbox.create({ clock: standingClock(), bootstrapped: true });
  function locate(input: object) {
    return sandbox.call(sandbox.administrator, 's3', 'GetBucketLocation', { Bucket, ...input });
  }
  expect(await locate({ ExpectedBucketOwner: '123456789012' })).toEqual({
    LocationConstraint: 'eu-central-1',
  });
  await expect(locate({ ExpectedBucketOwner: '210987654321' })).rejects.toMatchObject({
    code: 'AccessDenied',
  });
  await expect(locate({ Bucket: 'nobodys' })).rejects.toMatchObject({ code: 'NoSuchBucket' });
});

test('policies decide about objects by their ARNs', async () => {
  const sandbox = Sandbox.create({ clock: standingClock(), bootstrapped: true });
  const ida = await createUser(sandbox, 'ida');
  await allow(sandbox, 'ida', {
    Effect: 'Allow',
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/ida/*`,
  });
  function put(Key: string) {
    return sandbox.call(ida, 's3', 'PutObject', { Bucket, Key, Body: text('x') });
  }
  await put('ida/1');
  await expect(put('olga/1')).rejects.toMatchObject({ code: 'AccessDenied' });
});
