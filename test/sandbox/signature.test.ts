import { isSignatureRight, parseAuthorization, type SignedRequest } from './signature';

/** The published SigV4 test suite: key AKIDEXAMPLE, 30 August 2015, service "service" in us-east-1. */
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const vectors = [
  {
    name: 'get-vanilla',
    request: { method: 'GET', target: '/', body: '', headers: {} },
    signedHeaders: 'host;x-amz-date',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-vanilla-query-order-key-case',
    request: { method: 'GET', target: '/?Param2=value2&Param1=value1', body: '', headers: {} },
    signedHeaders: 'host;x-amz-date',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'post-x-www-form-urlencoded',
    request: {
      method: 'POST',
      target: '/',
      body: 'Param1=value1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    signedHeaders: 'content-type;host;x-amz-date',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
] as const;

function requestOf({ request }: (typeof vectors)[number]): SignedRequest {
  return {
    method: request.method,
    target: request.target,
    headers: { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z', ...request.headers },
    body: Buffer.from(request.body),
  };
}

function authorizationOf({ signedHeaders, signature }: (typeof vectors)[number]): string {
  const credential = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request';
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

describe.each(vectors)('$name', (vector) => {
  const authorization = parseAuthorization(authorizationOf(vector));
  if (!authorization) {
    throw new Error('the vector has an Authorization header');
  }

  test('the published signature is right', () => {
    expect(isSignatureRight(requestOf(vector), authorization, secret)).toBe(true);
  });

  test.each([
    ['another secret', requestOf(vector), 'another'],
    ['another body', { ...requestOf(vector), body: Buffer.from('Param1=value2') }, secret],
    ['another method', { ...requestOf(vector), method: 'PUT' }, secret],
    ['another path', { ...requestOf(vector), target: '/other' }, secret],
  ])('it is wrong with %s', (_, request, withSecret) => {
    expect(isSignatureRight(request, authorization, withSecret)).toBe(false);
  });
});

// Made with the SDK's own signer, told not to encode the path again
test.each([
  ['s3', '0ff8f2b18350c07937dea4e215f7e95d9cb45fec782afb13c347f3a12987bfc3', true],
  ['execute-api', '94240fb9dca846f62a428dad1eb461f404abfddef9edee84fa02027dc17fabb6', false],
])('an encoded path signed as it is, for %s', (service, signature, isRight) => {
  const scope = `AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request`;
  const header = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=`;
  const request = {
    method: 'GET',
    target: '/bucket/a%20b',
    headers: { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' },
    body: Buffer.alloc(0),
  };
  const authorization = parseAuthorization(header + signature);
  if (!authorization) {
    throw new Error('there is an Authorization header');
  }
  expect(isSignatureRight(request, authorization, secret)).toBe(isRight);
});

test('the parts of an Authorization header are read', () => {
  expect(parseAuthorization(authorizationOf(vectors[0]))).toMatchObject({
    accessKeyId: 'AKIDEXAMPLE',
    date: '20150830',
    region: 'us-east-1',
    service: 'service',
    signedHeaders: ['host', 'x-amz-date'],
  });
  expect(parseAuthorization(undefined)).toBeUndefined();
});

test.each(['Bearer token', 'AWS4-HMAC-SHA256 Credential=short', ''])('%j is not a signature', (header) => {
  expect(() => parseAuthorization(header)).toThrow(expect.objectContaining({ code: 'IncompleteSignature' }));
});
