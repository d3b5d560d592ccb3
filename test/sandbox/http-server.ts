/** The HTTP server: converts bytes to a ClientCall, and a result or an error back to bytes. Loopback only. */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { PresentedCredentials } from './authentication';
import type { AnyService, Dispatcher } from './dispatcher';
import { ConnectionDropped, Intercepted } from './faults';
import { decodeJson, encodeJsonError, encodeJsonResult, parseTarget } from './json-wire';
import { AwsError, type JsonObject } from './operation';
import { decodeQuery, encodeQueryError, encodeQueryResult } from './query-wire';
import { decodeRest, encodeRestError, encodeRestResult } from './s3/rest-wire';
import { type Authorization, isSignatureRight, parseAuthorization, type SignedRequest } from './signature';

const maxBodyBytes = 4 * 1024 * 1024;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export async function listen(dispatcher: Dispatcher, now: () => number, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    serve(dispatcher, now, request, response).catch((error: unknown) => {
      if (!(error instanceof Intercepted)) {
        request.socket.destroy();
        return;
      }
      response.writeHead(error.status, { connection: 'close', ...error.headers });
      response.end(error.body, () => request.socket.destroy());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

export function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(
  dispatcher: Dispatcher,
  now: () => number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  const requestId = randomUUID();
  const answer = await answerTo(dispatcher, request, body, requestId);
  response.sendDate = false;
  response.writeHead(answer.status, {
    'content-length': Buffer.byteLength(answer.body),
    ...answer.headers,
    'x-amzn-requestid': requestId,
    date: new Date(now()).toUTCString(),
  });
  response.end(answer.body);
}

async function answerTo(
  dispatcher: Dispatcher,
  request: IncomingMessage,
  body: Buffer,
  requestId: string,
): Promise<Answer> {
  const signed: SignedRequest = {
    method: request.method ?? 'POST',
    target: request.url ?? '/',
    headers: request.headers,
    body,
  };
  const target = single(request.headers['x-amz-target']);
  let service: AnyService | undefined;
  try {
    const authorization = parseAuthorization(request.headers.authorization);
    // A request to S3 can be refused before its operation is known
    if (authorization?.service === 's3') {
      service = dispatcher.serviceNamed('s3');
    }
    const { operation, input, version } = read(request, signed, body, authorization, target);
    service = dispatcher.serviceNamed(serviceNameOf(authorization, target, version));
    if (!service) {
      const asked = operation || `${signed.method} ${signed.target}`;
      return unknownService(dispatcher, authorization?.service ?? '(unsigned)', asked, requestId);
    }
    const credentials = authorization && presented(signed, authorization);
    const result = await dispatcher.serve({
      service: service.name,
      operation,
      input,
      credentials,
      requestId,
      ...(authorization === undefined ? {} : { region: authorization.region }),
    });
    return success(service, operation, result, requestId);
  } catch (thrown) {
    if (thrown instanceof ConnectionDropped || !(thrown instanceof AwsError)) {
      throw thrown;
    }
    if (thrown.code === 'NotImplemented') {
      dispatcher.recordUnknownService('s3', `${signed.method} ${signed.target}`);
    }
    return failure(service, thrown, signed.method, requestId);
  }
}

interface ReadRequest {
  readonly operation: string;
  readonly input: JsonObject;
  readonly version: string;
}

function read(
  request: IncomingMessage,
  { method, target: path, headers }: SignedRequest,
  body: Buffer,
  authorization: Authorization | undefined,
  target: string | undefined,
): ReadRequest {
  if (authorization?.service === 's3') {
    return { ...decodeRest({ method, target: path, headers, body }), version: '' };
  }
  const text = decodeBody(request, body);
  return target === undefined ? readQuery(text) : readJson(target, text);
}

function readQuery(text: string): ReadRequest {
  const { action, input, version } = decodeQuery(text);
  return { operation: action, input, version };
}

function readJson(target: string, text: string): ReadRequest {
  return { operation: parseTarget(target), input: decodeJson(text), version: '' };
}

/**
 * Finds the service of a request. A signed one names it; for an unsigned one, the protocol decides, so that the refusal
 * is in that protocol.
 */
function serviceNameOf(
  authorization: Authorization | undefined,
  target: string | undefined,
  version: string,
): string {
  if (authorization) {
    return authorization.service;
  }
  if (target?.startsWith('AmazonSSM.')) {
    return 'ssm';
  }
  return { '2010-05-08': 'iam', '2011-06-15': 'sts', '2010-05-15': 'cloudformation' }[version] ?? '';
}

function presented(request: SignedRequest, authorization: Authorization): PresentedCredentials {
  return {
    accessKeyId: authorization.accessKeyId,
    sessionToken: single(request.headers['x-amz-security-token']),
    proves: (secret) => isSignatureRight(request, authorization, secret),
  };
}

function success(service: AnyService, operation: string, result: JsonObject, requestId: string): Answer {
  if (service.protocol === 'restXml') {
    return encodeRestResult(operation, result);
  }
  if (service.protocol === 'awsJson1.1') {
    return json(200, encodeJsonResult(result));
  }
  return xml(200, encodeQueryResult(operation, result, requestId, service.xmlNamespace ?? ''));
}

function failure(
  service: AnyService | undefined,
  error: AwsError,
  method: string,
  requestId: string,
): Answer {
  if (service?.protocol === 'restXml') {
    return encodeRestError(error, method, requestId);
  }
  if (service?.protocol === 'awsJson1.1') {
    return json(error.status, encodeJsonError(error));
  }
  return xml(error.status, encodeQueryError(error, requestId, service?.xmlNamespace ?? ''));
}

function unknownService(
  dispatcher: Dispatcher,
  service: string,
  operation: string,
  requestId: string,
): Answer {
  dispatcher.recordUnknownService(service, operation);
  const message = `the sandbox has no service ${service} (${operation}): it has iam, sts, ssm, cloudformation, s3, sns and cloudtrail`;
  return failure(undefined, new AwsError('InvalidAction', 400, message), 'POST', requestId);
}

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function json(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) {
      throw new RangeError('the request body is too long');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Clients may compress large bodies; the signature is over the compressed bytes. */
function decodeBody(request: IncomingMessage, body: Buffer): string {
  if (request.headers['content-encoding'] !== 'gzip') {
    return body.toString('utf8');
  }
  try {
    return gunzipSync(body, { maxOutputLength: maxBodyBytes }).toString('utf8');
  } catch {
    throw new AwsError('SerializationException', 400, 'the request body is not valid gzip');
  }
}

function single(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
