/** Whatever stands between this machine and AWS: no answer of its own is taken for one of AWS's. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Aws, AwsFault } from '../../../runbook/aws/aws';
import { connectAws } from '../../../runbook/aws/connect';
import { connectSessions } from '../../../runbook/aws/connect-sessions';
import type { AwsSettings } from '../../../runbook/aws/session';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const HTML =
  '<!DOCTYPE html><html><head><title>Sign in to the guest network</title></head><body>hi</body></html>';
const WELL_FORMED = '<html><body><p>blocked</p></body></html>';
const ID = { 'x-amzn-requestid': '11111111-2222-3333-4444-555555555555' };
const ARN = 'arn:aws:iam::123456789012:mfa/alice';

function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers });
    response.end(body);
  };
}

/** Status, headers and body of each are an intermediary's, or half of AWS's. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  'a page of HTML with 200': answer(200, WELL_FORMED),
  'a page of HTML with 200 that is no XML': answer(200, HTML),
  'a page of HTML under a request id of AWS': answer(200, WELL_FORMED, ID),
  'an empty body with 200': answer(200, ''),
  'an empty body under a request id of AWS': answer(200, '', ID),
  'no content': answer(204, ''),
  'another call’s answer': answer(200, '<ListUsersResponse></ListUsersResponse>', ID),
  'a JSON object without a field': answer(200, '{}'),
  'a list in JSON': answer(200, '[]', ID),
  'a redirection': answer(302, WELL_FORMED, { location: 'http://portal.test/' }),
  'a redirection under a request id': answer(302, '', { location: 'http://portal.test/', ...ID }),
  '403 with HTML': answer(403, WELL_FORMED),
  '403 with HTML under a request id': answer(403, WELL_FORMED, ID),
  '403 with AWS’s words and no request id': answer(
    403,
    '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
  ),
  '403 with an empty body': answer(403, ''),
  '404 with an empty body under a request id': answer(404, '', ID),
  '407 with text': answer(407, 'Proxy Authentication Required'),
  '400 with JSON of somebody else’s': answer(400, '{"error":"blocked"}', ID),
  'XML that is cut': answer(200, '<EnableMFADeviceResponse><ResponseMetadata><Requ', ID),
  'an error that is cut': answer(403, '<ErrorResponse><Error><Code>AccessDenied</Code><Mess', ID),
};

let server: Server;
let endpoint: string;
let answers: Answer;
let operations: string[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const target = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    operations.push(target ?? new URLSearchParams(Buffer.concat(chunks).toString()).get('Action') ?? '?');
    answers(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  operations = [];
});

function settings(): AwsSettings {
  return {
    now: Date.now,
    region: 'eu-central-1',
    endpoint,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
  };
}

/** Every call of the port that one request decides, and those of a person's own session. */
const CALLS: Readonly<Record<string, (aws: Aws) => Promise<unknown>>> = {
  'sts:GetCallerIdentity': (aws) => aws.identity(),
  'ssm:GetParametersByPath': (aws) => aws.parametersBelow('/p'),
  'ssm:GetParameter': (aws) => aws.parameter('/p'),
  'ssm:PutParameter': (aws) => aws.putParameter('/p', 'v'),
  'iam:ListMFADevices': (aws) => aws.devicesOf('alice'),
  'iam:ListVirtualMFADevices': (aws) => aws.virtualDevices(),
  'iam:ListUsers': (aws) => aws.users(),
  'iam:GetAccountSummary': (aws) => aws.summary(),
  'iam:GetAccountPasswordPolicy': (aws) => aws.passwordExpiry(),
  'iam:GetMFADevice': (aws) => aws.getDevice('alice', ARN),
  'iam:ListAccountAliases': (aws) => aws.accountAliases(),
  'sts:AssumeRole': (aws) => aws.inAccount('222222222222', { roleArn: 'arn:aws:iam::222222222222:role/r' }),
  'sts:AssumeRoot': (aws) => aws.inAccount('222222222222', { assumeRoot: true }),
  'iam:ListMFADeviceTags': (aws) => aws.deviceTags(ARN),
  'iam:CreateVirtualMFADevice': (aws) => aws.createDevice({ path: '/p/', name: 'n', tags: {} }),
  'iam:DeleteVirtualMFADevice': (aws) => aws.deleteDevice(ARN),
  'iam:EnableMFADevice': (aws) => aws.enableDevice('alice', ARN, ['123456', '654321']),
  'iam:ResyncMFADevice': (aws) => aws.resyncDevice('alice', ARN, ['123456', '654321']),
  'iam:DeactivateMFADevice': (aws) => aws.deactivateDevice('alice', ARN),
  'sts:GetSessionToken': () =>
    connectSessions(settings()).sessionToken({
      mfa: { deviceArn: ARN, code: '123456' },
      durationSeconds: 900,
    }),
};

test.each(Object.entries(ANSWERS))('%s is no answer to any call', async (_name, given) => {
  answers = given;
  const aws = connectAws(settings());
  for (const [action, call] of Object.entries(CALLS)) {
    operations = [];
    const fault: unknown = await call(aws).catch((error: unknown) => error);
    expect([action, fault]).toEqual([action, expect.any(AwsFault)]);
    expect(fault).toMatchObject({ action, code: 'no-answer', wasRefused: false });
    expect([action, operations.length]).toEqual([action, 1]);
  }
});

test('an answer of AWS without what the call must return is none', async () => {
  answers = (_request, response) => {
    const operation = operations.at(-1);
    response.writeHead(200, ID);
    response.end(`<${operation}Response><${operation}Result></${operation}Result></${operation}Response>`);
  };
  const aws = connectAws(settings());
  for (const [action, call] of Object.entries(CALLS)) {
    const hasOutput = !/(Delete|Enable|Resync|Deactivate)/.test(action);
    const outcome: unknown = await call(aws).then(
      () => 'ok',
      (error: AwsFault) => error.code,
    );
    expect([action, outcome]).toEqual([action, hasOutput ? 'no-answer' : 'ok']);
  }
});

test('a refusal of AWS is believed', async () => {
  answers = answer(
    403,
    '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
    ID,
  );
  const refused = connectAws(settings()).deactivateDevice('alice', ARN);
  await expect(refused).rejects.toMatchObject({ code: 'AccessDenied', wasRefused: true });
});

test('an answer with a seed that cannot be read leaves the seed in no error', async () => {
  const seed = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  answers = answer(
    200,
    `<CreateVirtualMFADeviceResponse><CreateVirtualMFADeviceResult><VirtualMFADevice><Base32StringSeed>${seed}`,
    ID,
  );
  const made = connectAws(settings()).createDevice({ path: '/p/', name: 'n', tags: {} });
  const fault: unknown = await made.catch((error: unknown) => error);
  const { inspect } = await import('node:util');
  expect(fault).toBeInstanceOf(AwsFault);
  expect(inspect(fault, { showHidden: true, depth: null })).not.toContain(seed);
});

describe('a call with codes is sent once', () => {
  const SENT = {
    'a refusal by a clock that is five minutes off': (
      _request: IncomingMessage,
      response: ServerResponse,
    ) => {
      response.sendDate = false;
      response.writeHead(403, { ...ID, date: new Date(Date.now() + 300_000).toUTCString() });
      response.end(
        '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
      );
    },
    'a server error': answer(503, '<html></html>'),
    throttling: answer(
      400,
      '<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>no</Message></Error></ErrorResponse>',
      ID,
    ),
    'a connection that breaks': (request: IncomingMessage) => request.socket.destroy(),
    'a body that is cut': (request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { ...ID, 'content-length': 1000 });
      response.write('<EnableMFADeviceResponse>', () => request.socket.destroy());
    },
  } satisfies Readonly<Record<string, Answer>>;
  const WITH_CODES = ['iam:EnableMFADevice', 'iam:ResyncMFADevice', 'sts:GetSessionToken'];

  test.each(Object.entries(SENT))('%s', async (_name, given) => {
    answers = given;
    for (const action of WITH_CODES) {
      operations = [];
      await expect(CALLS[action]?.(connectAws(settings()))).rejects.toBeInstanceOf(AwsFault);
      expect([action, operations.length]).toEqual([action, 1]);
    }
  });
});

describe('a deadline ends', () => {
  const SILENT = {
    'a server that accepts and never answers': () => undefined,
    'a body that never comes': (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { ...ID, 'content-length': 1000 });
      response.flushHeaders();
    },
    'a body that drips': (request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, ID);
      const drip = setInterval(() => response.write(' '), 20);
      request.socket.once('close', () => clearInterval(drip));
    },
    'a server that is always busy': answer(503, '<html></html>'),
  } satisfies Readonly<Record<string, Answer>>;

  // Counted where they are sent: one that is under way when the call ends may reach the server afterwards.
  let sent = 0;
  function count(): void {
    sent++;
  }
  beforeEach(() => {
    sent = 0;
    subscribe('http.client.request.start', count);
  });
  afterEach(() => {
    unsubscribe('http.client.request.start', count);
  });

  test.each(Object.entries(SILENT))('%s', async (_name, given) => {
    answers = given;
    const calls: string[] = [];
    const aws = connectAws({
      ...settings(),
      callSeconds: 0.3,
      onCall: ({ action, outcome }) => calls.push(`${action} ${outcome}`),
    });
    const fault: unknown = await aws.deactivateDevice('alice', ARN).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'no-answer', wasRefused: false });
    expect(calls).toEqual(['iam:DeactivateMFADevice no-answer']);
    const before = sent;
    expect(before).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(sent).toBe(before);
  });
});
