/**
 * Amazon S3, only what `cdk deploy` needs to publish assets and CloudFormation to read templates. Path-style only; no
 * versions, no bucket policies, no multipart uploads. Bodies are Base64 inside the sandbox, raw on the wire.
 */

import { createHash } from 'node:crypto';
import type { Permission } from '../caller';
import { accessDenied } from '../common-errors';
import { type DeclaredService, operation } from '../declared-operation';
import { AwsError, type JsonObject } from '../operation';
import { integer, optional, text, withDefault } from '../parameters';
import type { State } from '../state';
import type { Bucket, StoredObject } from './buckets';

const bucketName = text({ min: 3, max: 63, pattern: /^[a-z0-9.-]+$/ });
const key = text({ min: 1, max: 1024 });
/** The account id that the client expects; any other than this account is refused. */
const owner = optional(text());

const bucketParameters = { Bucket: bucketName, ExpectedBucketOwner: owner };
const objectParameters = { ...bucketParameters, Key: key };

function bucketArn({ settings }: State, name: string): string {
  return `arn:${settings.partition}:s3:::${name}`;
}

/** @throws AwsError NoSuchBucket, AccessDenied when it is not the expected account's */
function bucketOf(
  state: State,
  request: { Bucket: string; ExpectedBucketOwner: string | undefined },
): Bucket {
  const { Bucket: name, ExpectedBucketOwner: expected } = request;
  const bucket = state.buckets.find(name);
  if (!bucket) {
    throw new AwsError('NoSuchBucket', 404, 'The specified bucket does not exist');
  }
  if (expected !== undefined && expected !== state.settings.account) {
    throw accessDenied('Access Denied');
  }
  return bucket;
}

/** @throws AwsError NoSuchKey */
function objectOf(bucket: Bucket, name: string): StoredObject {
  const object = bucket.objects.get(name);
  if (!object) {
    throw new AwsError('NoSuchKey', 404, 'The specified key does not exist.');
  }
  return object;
}

function shownObject(object: StoredObject): JsonObject {
  return {
    Body: object.body.toString('base64'),
    ContentType: object.contentType,
    ETag: `"${createHash('md5').update(object.body).digest('hex')}"`,
    LastModified: new Date(object.modifiedAt).toUTCString(),
  };
}

function onBucket(state: State, action: string, name: string): Permission[] {
  return [{ action, resource: bucketArn(state, name) }];
}

function onObject(state: State, action: string, bucket: string, name: string): Permission[] {
  return [{ action, resource: `${bucketArn(state, bucket)}/${name}` }];
}

const readObject = operation({
  parameters: objectParameters,
  permissions: ({ Bucket, Key }, { state }) => onObject(state, 's3:GetObject', Bucket, Key),
  run: (input, { state }) => shownObject(objectOf(bucketOf(state, input), input.Key)),
});

export const s3: DeclaredService = {
  name: 's3',
  protocol: 'restXml',
  declared: {
    GetBucketLocation: operation({
      parameters: bucketParameters,
      permissions: ({ Bucket }, { state }) => onBucket(state, 's3:GetBucketLocation', Bucket),
      run: (input, { state }) => ({ LocationConstraint: bucketOf(state, input).region }),
    }),

    GetBucketEncryption: operation({
      parameters: bucketParameters,
      permissions: ({ Bucket }, { state }) => onBucket(state, 's3:GetEncryptionConfiguration', Bucket),
      run: (input, { state }) => {
        bucketOf(state, input);
        return { Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } } };
      },
    }),

    ListObjectsV2: operation({
      parameters: {
        ...bucketParameters,
        Prefix: withDefault(text(), ''),
        MaxKeys: withDefault(integer(0, 1000), 1000),
      },
      permissions: ({ Bucket }, { state }) => onBucket(state, 's3:ListBucket', Bucket),
      run: (input, { state }) => {
        const bucket = bucketOf(state, input);
        const keys = [...bucket.objects.keys()].filter((name) => name.startsWith(input.Prefix)).sort();
        const shown = keys.slice(0, input.MaxKeys);
        return {
          Name: bucket.name,
          Prefix: input.Prefix,
          KeyCount: shown.length,
          MaxKeys: input.MaxKeys,
          IsTruncated: shown.length < keys.length,
          Contents: shown.map((Key) => ({ Key, Size: objectOf(bucket, Key).body.length })),
        };
      },
    }),

    PutObject: operation({
      parameters: {
        ...objectParameters,
        Body: text(),
        ContentType: withDefault(text(), 'binary/octet-stream'),
      },
      permissions: ({ Bucket, Key }, { state }) => onObject(state, 's3:PutObject', Bucket, Key),
      run: (input, { state }) => {
        const object = {
          body: Buffer.from(input.Body, 'base64'),
          contentType: input.ContentType,
          modifiedAt: state.settings.clock.now(),
        };
        bucketOf(state, input).objects.set(input.Key, object);
        return { ETag: shownObject(object).ETag };
      },
    }),

    GetObject: readObject,
    HeadObject: readObject,
  },
};
