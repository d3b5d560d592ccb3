/** A company's network: everything goes through its proxy, and its certificates are its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createProxy, type IncomingMessage, type Server } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import tls from 'node:tls';
import type { AwsFault } from '../../../runbook/aws/aws';
import { connectAws, connectSession } from '../../../runbook/aws/connect';
import { isLoopback, proxyFor } from '../../../runbook/aws/network';
import type { AwsSettings } from '../../../runbook/aws/session';
import { PRIVATE_CA, SERVER } from '../../support/private-ca';

const ID = { 'x-amzn-requestid': '11111111-2222-3333-4444-555555555555' };
const CREDENTIALS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
const ARN = 'arn:aws:iam::123456789012:mfa/alice';

type OnConnect = (request: IncomingMessage, socket: Socket) => void;

let aws: ReturnType<typeof createServer>;
let proxy: Server;
/** The same proxy, reached over TLS. */
let secureProxy: ReturnType<typeof createServer>;
let onConnect: OnConnect;
let tunnels: string[];
let authorizations: (string | undefined)[];
let sockets: Set<Socket>;
let folder: string;
let bundle: string;
const surroundings = { ...process.env };

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

/** Opens every tunnel to the only server there is, whatever it is called. */
function open({ url, headers }: IncomingMessage, socket: Socket): void {
  tunnels.push(url ?? '');
  authorizations.push(headers['proxy-authorization']);
  const there = connectTcp(portOf(aws), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    there.pipe(socket).pipe(there);
  });
  there.on('error', () => socket.destroy());
  socket.on('error', () => there.destroy());
  socket.on('close', () => there.destroy());
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'network-'));
  bundle = join(folder, 'ca.pem');
  await writeFile(bundle, PRIVATE_CA);
  // Before any call: the SDK reads it once.
  await writeFile(
    join(folder, 'config'),
    [
      '[profile company]',
      'region = eu-central-1',
      `ca_bundle = ${bundle}`,
      'role_arn = arn:aws:iam::123456789012:role/operator',
      'source_profile = key',
      'services = company',
      '[profile key]',
      'aws_access_key_id = AKIAEXAMPLE',
      'aws_secret_access_key = secret',
      '[services company]',
      'sts =',
      '  endpoint_url = https://sts.aws.test',
      'iam =',
      '  endpoint_url = https://iam.aws.test',
    ].join('\n'),
  );
  aws = createServer(SERVER, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const action = new URLSearchParams(Buffer.concat(chunks).toString()).get('Action');
    const result =
      action === 'AssumeRole'
        ? '<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>'
        : '<AccountAliases><member>platform</member></AccountAliases>';
    response.writeHead(200, ID);
    response.end(`<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`);
  });
  proxy = createProxy();
  secureProxy = createServer(SERVER);
  for (const each of [proxy, secureProxy]) {
    each.on('connect', (request: IncomingMessage, socket: Socket) => {
      sockets.add(socket);
      onConnect(request, socket);
    });
  }
  for (const server of [aws, proxy, secureProxy]) {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  }
});
afterAll(async () => {
  for (const server of [aws, proxy, secureProxy]) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  tunnels = [];
  authorizations = [];
  sockets = new Set();
  onConnect = open;
  for (const name of Object.keys(process.env)) {
    if (/^AWS_|_proxy$/i.test(name)) {
      delete process.env[name];
    }
  }
  Object.assign(process.env, {
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
});
afterEach(() => {
  for (const socket of sockets) {
    socket.destroy();
  }
  for (const name of Object.keys(process.env)) {
    if (!(name in surroundings)) {
      delete process.env[name];
    }
  }
  Object.assign(process.env, surroundings);
});

function through(env: Readonly<Record<string, string>> = {}, more: Partial<AwsSettings> = {}): AwsSettings {
  return {
    now: Date.now,
    region: 'eu-central-1',
    endpoint: 'https://iam.aws.test',
    credentials: CREDENTIALS,
    callSeconds: 5,
    env: { HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}`, AWS_CA_BUNDLE: bundle, ...env },
    ...more,
  };
}

async function faultOf(settings: AwsSettings): Promise<AwsFault> {
  return connectAws(settings)
    .accountAliases()
    .then(
      () => {
        throw new Error('it was answered');
      },
      (fault: AwsFault) => fault,
    );
}

test('calls go through the proxy, one tunnel for many', async () => {
  const port = connectAws(through());
  expect(await port.accountAliases()).toEqual(['platform']);
  expect(await port.accountAliases()).toEqual(['platform']);
  expect(tunnels).toEqual(['iam.aws.test:443']);
});

test('the proxy’s password is given to it, decoded, and shown to nobody', async () => {
  const HTTPS_PROXY = `http://olga:p%40ss@127.0.0.1:${portOf(proxy)}`;
  expect(await connectAws(through({ HTTPS_PROXY })).accountAliases()).toEqual(['platform']);
  expect(authorizations).toEqual([`Basic ${Buffer.from('olga:p@ss').toString('base64')}`]);
  onConnect = (_request, socket) => void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  const fault = await faultOf(through({ HTTPS_PROXY }));
  expect(fault).toMatchObject({ code: 'no-answer' });
  expect(fault.message).toContain(`127.0.0.1:${portOf(proxy)}`);
  expect(fault.message).not.toMatch(/p@ss|p%40ss/);
});

test('a proxy that is reached over TLS is trusted by the same certificates', async () => {
  const HTTPS_PROXY = `https://localhost:${portOf(secureProxy)}`;
  expect(await connectAws(through({ HTTPS_PROXY })).accountAliases()).toEqual(['platform']);
  expect(tunnels).toEqual(['iam.aws.test:443']);
  const fault = await faultOf(through({ HTTPS_PROXY, AWS_CA_BUNDLE: '' }));
  expect(fault).toMatchObject({ code: 'no-answer' });
  expect(tunnels).toHaveLength(1);
});

test('a bundle is read once for all connections', async () => {
  const made = jest.spyOn(tls, 'createSecureContext');
  const port = connectAws(through({ NO_PROXY: '' }));
  await port.accountAliases();
  await port.identity().catch(() => undefined);
  for (const socket of sockets) {
    socket.destroy();
  }
  await port.accountAliases();
  expect(tunnels).toHaveLength(3);
  expect(made.mock.calls.filter(([options]) => options?.ca !== undefined)).toHaveLength(1);
  made.mockRestore();
});

test.each(['aws.test', '.aws.test', 'iam.aws.test:443', 'other,*', 'x iam.aws.test'])(
  'NO_PROXY=%s leaves the proxy out',
  async (NO_PROXY) => {
    const fault = await faultOf(through({ NO_PROXY }));
    expect(fault).toMatchObject({ code: 'no-answer' });
    expect(fault.message).toContain('no proxy');
    expect(tunnels).toEqual([]);
  },
);

test.each(['ws.test', 'am.aws.test', 'test2', ''])('NO_PROXY=%s is about others', (NO_PROXY) => {
  expect(proxyFor({ HTTPS_PROXY: 'proxy.test:3128', NO_PROXY }, 'iam.aws.test')?.url.href).toBe(
    'http://proxy.test:3128/',
  );
});

test('small letters win, and this machine itself is never reached through a proxy', () => {
  const env = { https_proxy: 'http://small.test', HTTPS_PROXY: 'http://large.test' };
  expect(proxyFor(env, 'iam.aws.test')?.source).toBe('https_proxy');
  for (const own of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'x.localhost']) {
    expect([own, isLoopback(own), proxyFor(env, own)]).toEqual([own, true, undefined]);
  }
  for (const other of ['127.0.0.1.test', 'localhost.test', '10.0.0.1', '1270.0.0.1']) {
    expect([other, isLoopback(other)]).toEqual([other, false]);
  }
});

test('without the company’s certificates no call is made, and the message names the network in use', async () => {
  const fault = await faultOf(through({ AWS_CA_BUNDLE: '' }));
  expect(fault).toMatchObject({ code: 'no-answer' });
  for (const named of ['https://iam.aws.test', `127.0.0.1:${portOf(proxy)}`, 'HTTPS_PROXY', "Node's"]) {
    expect(fault.message).toContain(named);
  }
});

test('codes that never left are known not to have been sent', async () => {
  const enabled = connectAws(through({ AWS_CA_BUNDLE: '' })).enableDevice('alice', ARN, ['123456', '654321']);
  await expect(enabled).rejects.toMatchObject({ code: 'no-answer', wasRefused: true });
});

describe('everything of a profile counts', () => {
  beforeEach(() => {
    // As the command does for --profile.
    process.env.AWS_PROFILE = 'company';
  });

  test('its certificates, endpoints, and the role that it assumes through the proxy', async () => {
    const { HTTPS_PROXY } = through().env as { HTTPS_PROXY: string };
    const port = connectAws({ now: Date.now, callSeconds: 5, profile: 'company', env: { HTTPS_PROXY } });
    expect(await port.accountAliases()).toEqual(['platform']);
    expect(tunnels).toEqual(['sts.aws.test:443', 'iam.aws.test:443']);
    const session = await port.session();
    expect(session).toMatchObject({
      accessKeyId: 'ASIAROLE',
      region: 'eu-central-1',
      endpoint: 'https://iam.aws.test',
      caBundle: bundle,
    });
    delete process.env.AWS_PROFILE;
    const elsewhere = connectSession(session, { now: Date.now, env: { HTTPS_PROXY } });
    expect(await elsewhere.accountAliases()).toEqual(['platform']);
  });
});

describe('nothing is sent with', () => {
  async function writeBundles(): Promise<void> {
    await writeFile(join(folder, 'empty.pem'), 'garbage');
    await writeFile(join(folder, 'bad.pem'), PRIVATE_CA.replace(/\n.{20}/, `\n${'A'.repeat(20)}`));
  }

  test.each([
    ['a proxy of another kind', { HTTPS_PROXY: 'socks5://u:secret@proxy.test' }, 'HTTPS_PROXY'],
    ['a proxy that is no URL', { HTTPS_PROXY: 'http://' }, 'HTTPS_PROXY'],
    ['a bundle that is not there', { AWS_CA_BUNDLE: '/nowhere/ca.pem' }, '/nowhere/ca.pem'],
    ['a bundle without certificates', { AWS_CA_BUNDLE: 'empty.pem' }, 'AWS_CA_BUNDLE'],
    ['a bundle with a broken certificate', { AWS_CA_BUNDLE: 'bad.pem' }, 'certificate 1'],
  ])('%s', async (_name, given: Readonly<Record<string, string>>, named) => {
    await writeBundles();
    const { AWS_CA_BUNDLE: file = bundle } = given;
    const fault = await faultOf(through({ ...given, AWS_CA_BUNDLE: resolve(folder, file) }));
    expect(fault).toMatchObject({ code: 'network-settings' });
    expect(fault.message).toContain(named);
    expect(fault.message).not.toContain('secret');
    expect(tunnels).toEqual([]);
  });

  test('an endpoint without encryption that is not this machine', async () => {
    const fault = await faultOf(through({}, { endpoint: 'http://iam.aws.test' }));
    expect(fault).toMatchObject({ code: 'network-settings' });
    expect(fault.message).toContain('http://iam.aws.test');
  });
});

test('a proxy that accepts and says nothing ends with the call', async () => {
  onConnect = () => undefined;
  const fault = await faultOf(through({}, { callSeconds: 0.3 }));
  expect(fault).toMatchObject({ code: 'no-answer' });
  expect(fault.message).toContain('HTTPS_PROXY');
});
