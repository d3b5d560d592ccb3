/**
 * Tells AWS's own answers from those of an intermediary: a captive portal, a proxy, a load balancer.
 *
 * The SDK takes a page of HTML with status 200, or an empty body, for a success without output, and any 403 for a
 * refusal. So every answer must carry a request id in its header and have the form that AWS documents for the call.
 * Whatever does not is an answer that was lost: AWS may have done what was asked.
 */

/** An answer over HTTP, before the SDK reads it. */
export interface RawAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  body: unknown;
}

/** Not AWS's own answer. It has the status in the place where the SDK looks whether to ask again. */
class ForeignAnswerError extends Error {
  public override readonly name = 'ForeignAnswerError';
  public readonly $metadata: { readonly httpStatusCode: number };

  public constructor(httpStatusCode: number, flaw: string) {
    super(`the answer is not AWS's own: HTTP status ${httpStatusCode}, ${flaw}`);
    this.$metadata = { httpStatusCode };
  }
}

const REQUEST_ID_HEADERS = ['x-amzn-requestid', 'x-amzn-request-id', 'x-amz-request-id'];

/**
 * Reads the body of an answer, leaves it there for the SDK, and judges its form.
 *
 * @param operation such as `EnableMFADevice`
 * @throws ForeignAnswerError; errors of the connection
 */
export async function checkForm(answer: RawAnswer, operation: string): Promise<void> {
  const body = await readWhole(answer.body);
  answer.body = body;
  const flaw = flawOf(answer, new TextDecoder().decode(body), operation);
  if (flaw !== undefined) {
    // The seed may be in it.
    body.fill(0);
    throw new ForeignAnswerError(answer.statusCode, flaw);
  }
}

async function readWhole(body: unknown): Promise<Uint8Array> {
  if (body instanceof Uint8Array) {
    return body;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
  }
  const whole = Uint8Array.from(Buffer.concat(chunks));
  for (const chunk of chunks) {
    chunk.fill(0);
  }
  return whole;
}

function flawOf({ statusCode, headers }: RawAnswer, text: string, operation: string): string | undefined {
  if (REQUEST_ID_HEADERS.every((name) => !headers[name])) {
    return 'without a request id';
  }
  const isSuccess = statusCode >= 200 && statusCode < 300;
  if (!isSuccess && (statusCode < 400 || statusCode > 599)) {
    return 'which AWS does not use';
  }
  if (text.trim() === '') {
    return 'with an empty body';
  }
  return /^\s*</.test(text)
    ? flawOfXml(text, isSuccess ? `${operation}Response` : 'ErrorResponse', isSuccess)
    : flawOfJson(text, headers, isSuccess);
}

/** Judges an answer of IAM or STS. https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
function flawOfXml(text: string, root: string, isSuccess: boolean): string | undefined {
  const [, found = ''] = /^\s*(?:<\?[^>]*>\s*)?<([\w:.-]+)/.exec(text) ?? [];
  if (found !== root) {
    return `with <${found.slice(0, 40)}> in place of <${root}>`;
  }
  if (!text.trimEnd().endsWith(`</${root}>`)) {
    return 'cut short';
  }
  return isSuccess || /<Code>[^<]+<\/Code>/.test(text) ? undefined : 'without an error code';
}

/** Judges an answer of SSM or CloudTrail. */
function flawOfJson(text: string, headers: RawAnswer['headers'], isSuccess: boolean): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'with a body that is not JSON';
  }
  if (typeof parsed !== 'object' || parsed === null) {
    return 'with a body that is no JSON object';
  }
  const hasCode = headers['x-amzn-errortype'] !== undefined || '__type' in parsed || 'code' in parsed;
  return isSuccess || hasCode ? undefined : 'without an error code';
}

/** The fields that the answer to each call must have; a call that is not here has no output. */
const MUST_RETURN: Readonly<Record<string, readonly string[]>> = {
  'sts:GetCallerIdentity': ['Account', 'Arn'],
  'sts:GetSessionToken': ['Credentials'],
  'sts:AssumeRole': ['Credentials'],
  'sts:AssumeRoot': ['Credentials'],
  'iam:ListMFADevices': ['MFADevices'],
  'iam:ListVirtualMFADevices': ['VirtualMFADevices'],
  'iam:ListUsers': ['Users'],
  'iam:GetAccountPasswordPolicy': ['PasswordPolicy'],
  'iam:GetLoginProfile': ['LoginProfile'],
  'iam:ListAccessKeys': ['AccessKeyMetadata'],
  'iam:ListSigningCertificates': ['Certificates'],
  'iam:GetMFADevice': ['SerialNumber'],
  'iam:ListAccountAliases': ['AccountAliases'],
  'iam:GetAccountSummary': ['SummaryMap'],
  'iam:ListMFADeviceTags': ['Tags'],
  'iam:CreateVirtualMFADevice': ['VirtualMFADevice'],
  'ssm:GetParametersByPath': ['Parameters'],
  'ssm:GetParameter': ['Parameter'],
  'ssm:PutParameter': ['Version'],
  'cloudtrail:LookupEvents': ['Events'],
};

/** Judges the output that the SDK made of an answer. @throws ForeignAnswerError */
export function checkOutput(action: string, output: object): void {
  const fields: Readonly<Record<string, unknown>> = { ...output };
  const missing = MUST_RETURN[action]?.find((name) => fields[name] === undefined || fields[name] === '');
  const { requestId } = (fields.$metadata ?? {}) as { readonly requestId?: string };
  if (requestId !== undefined && missing === undefined) {
    return;
  }
  throw new ForeignAnswerError(200, missing === undefined ? 'without a request id' : `without ${missing}`);
}
