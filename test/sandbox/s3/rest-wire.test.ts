import { AwsError } from '../operation';
import { decodeRest, encodeRestError, encodeRestResult } from './rest-wire';

function request(method: string, target: string, headers: Record<string, string> = {}, body = '') {
  return decodeRest({ method, target, headers, body: Buffer.from(body) });
}

test.each([
  ['GET', '/assets/?location', 'GetBucketLocation', { Bucket: 'assets' }],
  ['GET', '/assets?encryption', 'GetBucketEncryption', { Bucket: 'assets' }],
  [
    'GET',
    '/assets/?list-type=2&max-keys=1&prefix=a%2Fb',
    'ListObjectsV2',
    { Bucket: 'assets', MaxKeys: '1', Prefix: 'a/b' },
  ],
  ['GET', '/assets/a/b%20c?x-id=GetObject', 'GetObject', { Bucket: 'assets', Key: 'a/b c' }],
  ['HEAD', '/assets/a', 'HeadObject', { Bucket: 'assets', Key: 'a' }],
])('%s %s is %s', (method, target, operation, input) => {
  expect(request(method, target)).toEqual({ operation, input });
});

test('an upload carries its body and type, and a request whom it expects to own the bucket', () => {
  const headers = { 'content-type': 'text/plain', 'x-amz-expected-bucket-owner': '1' };
  expect(request('PUT', '/assets/a', headers, 'text').input).toEqual({
    Bucket: 'assets',
    Key: 'a',
    ExpectedBucketOwner: '1',
    ContentType: 'text/plain',
    Body: Buffer.from('text').toString('base64'),
  });
});

test.each([
  ['another operation on a bucket', 'GET', '/assets?acl', {}],
  ['another method', 'DELETE', '/assets/a', {}],
  ['another parameter', 'GET', '/assets/a?versionId=1', {}],
  ['a chunked upload', 'PUT', '/assets/a', { 'content-encoding': 'aws-chunked' }],
])('%s is not implemented', (_what, method, target, headers) => {
  expect(() => request(method, target, headers)).toThrow(expect.objectContaining({ code: 'NotImplemented' }));
});

test('answers are in the shapes of the API', () => {
  const contents = [{ Key: 'a&b' }, { Key: 'c' }];
  expect(encodeRestResult('ListObjectsV2', { KeyCount: 2, Contents: contents }).body.toString()).toContain(
    '<KeyCount>2</KeyCount><Contents><Key>a&amp;b</Key></Contents><Contents><Key>c</Key></Contents>',
  );
  expect(
    encodeRestResult('GetBucketLocation', { LocationConstraint: 'eu-central-1' }).body.toString(),
  ).toMatch(/<LocationConstraint [^>]*>eu-central-1<\/LocationConstraint>$/);
  const object = {
    Body: Buffer.from('text').toString('base64'),
    ContentType: 'text/plain',
    ETag: '"e"',
    LastModified: 'x',
  };
  expect(encodeRestResult('GetObject', object)).toMatchObject({ body: Buffer.from('text') });
  expect(encodeRestResult('HeadObject', object)).toMatchObject({
    headers: { 'content-length': '4' },
    body: Buffer.alloc(0),
  });
  const error = new AwsError('NoSuchKey', 404, 'gone');
  expect(encodeRestError(error, 'GET', 'id').body.toString()).toContain('<Code>NoSuchKey</Code>');
  expect(encodeRestError(error, 'HEAD', 'id')).toMatchObject({ status: 404, body: Buffer.alloc(0) });
});
