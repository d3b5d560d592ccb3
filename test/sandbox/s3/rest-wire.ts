/**
 * S3's protocol: method, path and query define the operation; answers are XML or the object itself. Pure.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
 */

import { AwsError, type Json, type JsonObject } from '../operation';
import { encodeMembers, escapeXml } from '../xml';

interface RestRequest {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const xmlNamespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const xmlHeaders = { 'content-type': 'application/xml' };

/** Operations on a bucket, by the query parameter that distinguishes them. */
const bucketQueries: Readonly<Record<string, string>> = {
  location: 'GetBucketLocation',
  encryption: 'GetBucketEncryption',
  'list-type': 'ListObjectsV2',
};
const objectMethods: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
};
/** Query parameters that only name the operation. */
const silent = new Set(['x-id', ...Object.keys(bucketQueries)]);
const queryMembers: Readonly<Record<string, string>> = { prefix: 'Prefix', 'max-keys': 'MaxKeys' };

/** @throws AwsError NotImplemented for what the sandbox does not serve */
export function decodeRest(request: RestRequest): { readonly operation: string; readonly input: JsonObject } {
  const url = new URL(request.target, 'http://s3.invalid');
  const [, bucket = '', ...rest] = url.pathname.split('/');
  const key = decodeURIComponent(rest.join('/'));
  const operation = operationOf(request.method, url, key);
  const query = [...url.searchParams].filter(([name]) => !silent.has(name));
  const odd = query.find(([name]) => !Object.hasOwn(queryMembers, name));
  if (operation === undefined || odd) {
    throw new AwsError(
      'NotImplemented',
      501,
      `the sandbox does not serve ${request.method} ${request.target}`,
    );
  }
  const owner = header(request, 'x-amz-expected-bucket-owner');
  return {
    operation,
    input: {
      Bucket: decodeURIComponent(bucket),
      ...(key === '' ? {} : { Key: key }),
      ...(owner === undefined ? {} : { ExpectedBucketOwner: owner }),
      ...Object.fromEntries(query.map(([name, value]) => [queryMembers[name] ?? name, value])),
      ...(operation === 'PutObject' ? uploaded(request) : {}),
    },
  };
}

export function encodeRestResult(operation: string, result: JsonObject): RestAnswer {
  if (operation === 'GetObject' || operation === 'HeadObject') {
    return objectAnswer(operation, result);
  }
  if (operation === 'PutObject') {
    return { status: 200, headers: { etag: String(result.ETag) }, body: Buffer.alloc(0) };
  }
  return { status: 200, headers: xmlHeaders, body: Buffer.from(documentOf(operation, result)) };
}

/** A HEAD request is answered with the status alone. */
export function encodeRestError(error: AwsError, method: string, requestId: string): RestAnswer {
  const document =
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${escapeXml(error.code)}</Code>` +
    `<Message>${escapeXml(error.message)}</Message><RequestId>${requestId}</RequestId></Error>`;
  return { status: error.status, headers: xmlHeaders, body: Buffer.from(method === 'HEAD' ? '' : document) };
}

function operationOf(method: string, url: URL, key: string): string | undefined {
  if (key !== '') {
    return objectMethods[method];
  }
  const named = Object.keys(bucketQueries).find((name) => url.searchParams.has(name));
  return method === 'GET' && named !== undefined ? bucketQueries[named] : undefined;
}

function uploaded(request: RestRequest): JsonObject {
  if (header(request, 'content-encoding')?.includes('aws-chunked')) {
    throw new AwsError('NotImplemented', 501, 'the sandbox takes no chunked uploads');
  }
  const contentType = header(request, 'content-type');
  return {
    Body: request.body.toString('base64'),
    ...(contentType === undefined ? {} : { ContentType: contentType }),
  };
}

function objectAnswer(operation: string, result: JsonObject): RestAnswer {
  const body = Buffer.from(String(result.Body), 'base64');
  return {
    status: 200,
    headers: {
      'content-type': String(result.ContentType),
      etag: String(result.ETag),
      'last-modified': String(result.LastModified),
      'content-length': String(body.length),
    },
    body: operation === 'HeadObject' ? Buffer.alloc(0) : body,
  };
}

function documentOf(operation: string, result: JsonObject): string {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
  if (operation === 'GetBucketLocation') {
    // A peculiarity of the API: the result is the root element's text
    return `${declaration}<LocationConstraint xmlns="${xmlNamespace}">${escapeXml(String(result.LocationConstraint))}</LocationConstraint>`;
  }
  const root = operation === 'ListObjectsV2' ? 'ListBucketResult' : 'ServerSideEncryptionConfiguration';
  return `${declaration}<${root} xmlns="${xmlNamespace}">${membersOf(result)}</${root}>`;
}

/** Formats lists as repeated elements, without a `member` around each. */
function membersOf(result: JsonObject): string {
  return Object.entries(result)
    .flatMap(([name, value]): Json[] =>
      Array.isArray(value)
        ? value.map((item) => encodeMembers({ [name]: item }))
        : [encodeMembers({ [name]: value })],
    )
    .join('');
}

function header(request: RestRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}
