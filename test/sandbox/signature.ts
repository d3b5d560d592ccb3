/**
 * Parses the AWS Signature Version 4 of a request, and computes it again.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 *
 * The age of a signature is not checked: the sandbox's clock can be moved, and clients sign by their own clocks.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError } from './operation';

/** An HTTP request as it was signed. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as received, before content decoding. */
  readonly body: Uint8Array;
}

/** The parts of an `Authorization` header. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** @returns undefined when the request carries no Authorization. @throws AwsError IncompleteSignature */
export function parseAuthorization(header: string | undefined): Authorization | undefined {
  if (header === undefined) {
    return undefined;
  }
  const match =
    /^AWS4-HMAC-SHA256 +Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  const [, accessKeyId, date, region, service, signedHeaders, signature] = match ?? [];
  if (!(accessKeyId && date && region && service && signedHeaders && signature)) {
    throw new AwsError(
      'IncompleteSignature',
      400,
      'the Authorization header is not an AWS4-HMAC-SHA256 signature',
    );
  }
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

export function isSignatureRight(
  request: SignedRequest,
  authorization: Authorization,
  secretAccessKey: string,
): boolean {
  const { date, region, service, signature } = authorization;
  const timestamp = headerValue(request, 'x-amz-date');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonicalRequest(request, authorization))].join(
    '\n',
  );
  const dateKey = hmac(`AWS4${secretAccessKey}`, date);
  const key = hmac(hmac(hmac(dateKey, region), service), 'aws4_request');
  return timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'));
}

function canonicalRequest(request: SignedRequest, authorization: Authorization): string {
  const [path = '/', query = ''] = splitOnce(request.target, '?');
  const headers = authorization.signedHeaders
    .map((name) => `${name}:${headerValue(request, name)}\n`)
    .join('');
  return [
    request.method,
    // S3 signs the path as it is; other services encode it a second time
    authorization.service === 's3' ? path : encodePath(path),
    canonicalQuery(query),
    headers,
    authorization.signedHeaders.join(';'),
    payloadHash(request, authorization),
  ].join('\n');
}

/**
 * Requests to S3 give the hash of their body in a header; with another body, the signature does not match.
 */
function payloadHash(request: SignedRequest, { service }: Authorization): string {
  const stated = headerValue(request, 'x-amz-content-sha256');
  return service === 's3' && stated === 'UNSIGNED-PAYLOAD' ? stated : sha256(request.body);
}

function encodePath(path: string): string {
  return path.split('/').map(encodeRfc3986).join('/');
}

function canonicalQuery(query: string): string {
  return [...new URLSearchParams(query)]
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .sort()
    .join('&');
}

function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function headerValue(request: SignedRequest, name: string): string {
  const value = request.headers[name] ?? '';
  const joined = typeof value === 'string' ? value : value.join(',');
  return joined.trim().replace(/ +/g, ' ');
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Uint8Array, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
