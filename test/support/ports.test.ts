/**
 * The ports of the tests refuse whatever the real ones refuse: each case runs on all implementations.
 *
 * The other ports have suites of their own: `journals-contract.ts`, `readers-contract.ts` and the contract of seed phases.
 * SessionIssuer has no fake: its tests call the sandbox through the SDK.
 */
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Aws, AwsFault } from '../../runbook/aws/aws';
import { connectAws } from '../../runbook/aws/connect';
import { type Clock, systemClock } from '../../runbook/clock';
import type { EvidenceLog } from '../../runbook/evidence/evidence-log';
import { diskFiles } from '../../runbook/files/disk-files';
import { fileEvidenceLog } from '../../runbook/files/file-evidence-log';
import type { Files } from '../../runbook/files/files';
import { localPrivateFiles } from '../../runbook/signin/local-private-files';
import { PrivateFileError, type PrivateFiles } from '../../runbook/signin/private-files';
import { Machine } from '../faults/machine';
import { ceremonyId, sample } from '../runbook/evidence/evidence-samples';
import { MemoryPrivateFiles } from '../transcripts/memory-private-files';
import { Bench } from './bench';
import { journalsContract } from './journals-contract';
import { MemoryFiles } from './memory-files';
import { FREE, withoutHttp } from './without-http';

let folder: string;
let bench: Bench;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ports-'));
  bench = await Bench.open();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await bench.close();
  await rm(folder, { recursive: true });
});

journalsContract('journals of the fault tests', async () => {
  const machine = new Machine('machine');
  return {
    journals: machine.journalsFor(FREE),
    tamper: async ({ fleet, account, holder, slot }, text) => {
      const place = `${fleet}/${account}/${holder}.${slot}.journal`;
      machine.journals.set(place, text);
      return place;
    },
    read: async (place) => machine.journals.get(place),
    dispose: async () => undefined,
  };
});

describe.each<[string, () => (fleet: string) => EvidenceLog]>([
  ['on disk', () => (fleet) => fileEvidenceLog(join(folder, fleet, 'evidence.jsonl'))],
  ['of the bench', () => (fleet) => bench.evidenceLog(fleet)],
  [
    'of the fault tests',
    () => {
      const machine = new Machine('machine');
      return (fleet) => machine.evidenceLogFor(FREE, fleet);
    },
  ],
])('an evidence log %s', (_name, make) => {
  test('is empty at first, takes each ceremony once, and is of one fleet', async () => {
    const logOf = make();
    const log = logOf('break-glass');
    expect(await log.read()).toBe('');
    await log.append(sample({ id: ceremonyId(1) }));
    const text = await log.read();
    expect(text).toContain(ceremonyId(1));
    await log.append(sample({ id: ceremonyId(1) }));
    expect(await log.read()).toBe(text);
    await log.append(sample({ id: ceremonyId(2) }));
    expect((await log.read()).startsWith(text)).toBe(true);
    expect(await logOf('payments').read()).toBe('');
  });
});

describe.each<[string, () => Files]>([
  ['on disk', () => diskFiles({ stateFolder: join(folder, 'state'), cacheFolder: join(folder, 'cache') })],
  ['in memory', () => new MemoryFiles()],
  ['of the fault tests', () => new Machine('machine').filesFor(FREE)],
])('files %s', (_name, make) => {
  test('are read back as they were written', async () => {
    const files = make();
    const path = join(files.stateFolder, 'deep', 'file');
    expect(await files.read(path)).toBeUndefined();
    await files.write(path, 'one', 0o600);
    await files.write(path, 'two', 0o600);
    expect(await files.read(path)).toBe('two');
  });

  test('are neither folders nor below other files', async () => {
    const files = make();
    const path = join(files.stateFolder, 'folder', 'file');
    await files.write(path, 'text', 0o600);
    await expect(files.read(join(files.stateFolder, 'folder'))).rejects.toThrow('EISDIR');
    await expect(files.write(join(files.stateFolder, 'folder'), 'text', 0o600)).rejects.toThrow();
    await expect(files.read(join(path, 'below'))).rejects.toThrow('ENOTDIR');
    await expect(files.write(join(path, 'below'), 'text', 0o600)).rejects.toThrow();
  });
});

/** Private files, and a way to put one there. */
interface PrivateUnderTest {
  readonly files: PrivateFiles;
  put(path: string, mode: number): Promise<void>;
}

describe.each<[string, () => PrivateUnderTest]>([
  [
    'on disk',
    () => ({
      files: localPrivateFiles,
      put: async (path, mode) => {
        await mkdir(join(path, '..'), { recursive: true });
        await writeFile(path, 'text');
        await chmod(path, mode);
      },
    }),
  ],
  [
    'in memory',
    () => {
      const memory = new MemoryFiles();
      return {
        files: new MemoryPrivateFiles(memory),
        put: (path, mode) => memory.write(path, 'text', mode),
      };
    },
  ],
])('private files %s', (_name, make) => {
  test('are believed where nobody else can read them', async () => {
    const { files, put } = make();
    expect(await files.read(join(folder, 'a', 'session'))).toBeUndefined();
    await put(join(folder, 'a', 'session'), 0o600);
    expect(await files.read(join(folder, 'a', 'session'))).toBe('text');
  });

  test.each([0o644, 0o640, 0o602])('of mode %o are not believed', async (mode) => {
    const { files, put } = make();
    await put(join(folder, 'a', 'session'), mode);
    await expect(files.read(join(folder, 'a', 'session'))).rejects.toThrow(PrivateFileError);
  });

  test('are not folders', async () => {
    const { files, put } = make();
    await put(join(folder, 'a', 'session'), 0o600);
    await expect(files.read(join(folder, 'a'))).rejects.toThrow(PrivateFileError);
  });

  test('are claimed once, listed by their names, and removed where they are', async () => {
    const { files } = make();
    const codes = join(folder, 'codes');
    expect(await files.list(codes)).toEqual([]);
    expect(await files.claim(join(codes, 'one'))).toBe(true);
    expect(await files.claim(join(codes, 'one'))).toBe(false);
    expect(await files.claim(join(codes, 'device', 'two'))).toBe(true);
    expect([...(await files.list(codes))].sort()).toEqual(['device', 'one']);
    await files.remove(join(codes, 'one'));
    await files.remove(join(codes, 'one'));
    expect(await files.claim(join(codes, 'one'))).toBe(true);
  });
});

test('a claim on disk has mode 0600', async () => {
  await localPrivateFiles.claim(join(folder, 'claim'));
  expect((await stat(join(folder, 'claim'))).mode & 0o777).toBe(0o600);
});

describe.each<[string, () => Clock]>([
  ['of the machine', () => systemClock],
  ['of the bench', () => bench.machineClock()],
])('a clock %s', (_name, make) => {
  test('wakes by itself', async () => {
    await make().sleep(1, new AbortController().signal);
  });

  test('wakes with the reason of an abort, before or during the sleep', async () => {
    const clock = make();
    await expect(clock.sleep(60_000, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    const stop = new AbortController();
    const asleep = clock.sleep(60_000, stop.signal);
    setImmediate(() => stop.abort(new Error('stopped')));
    await expect(asleep).rejects.toThrow('stopped');
  });
});

const USER = 'alice.breakglass';
const PATH = '/mfa-guardrails/break-glass/';

function throughSdk(): Aws {
  return connectAws({
    region: 'eu-central-1',
    endpoint: bench.endpoint,
    now: bench.machineNow,
    ...(bench.credentials === undefined ? {} : { credentials: bench.credentials }),
  });
}

function phone(): Promise<string> {
  return bench.assignDevice(USER, 'phone', '/');
}
function arn(name: string): string {
  return `arn:aws:iam::123456789012:mfa${PATH}${name}`;
}
const MEMBER = '222222222222';
const PHONE = 'arn:aws:iam::123456789012:mfa/phone';

type Call = (aws: Aws) => Promise<unknown>;

async function faultOf(aws: Aws, call: Call): Promise<object> {
  try {
    await call(aws);
  } catch (error) {
    if (error instanceof AwsFault) {
      const { action, code, wasRefused } = error;
      return { action, code, wasRefused };
    }
    throw error;
  }
  throw new Error('AWS took it');
}

describe.each<[string, () => Aws]>([
  ['through the SDK', throughSdk],
  ['without HTTP', () => withoutHttp(bench)],
])('AWS %s', (_name, make) => {
  test('tells who is calling, and how far the clocks are apart', async () => {
    bench.clock.advance(500);
    expect(await make().identity()).toEqual({
      account: '123456789012',
      arn: expect.stringMatching(/^arn:aws:iam::123456789012:user\//),
      partition: 'aws',
      clockOffsetMs: 0,
    });
    bench.machineOffsetMs = 40_000;
    expect((await make().identity()).clockOffsetMs).toBeGreaterThan(35_000);
    bench.machineOffsetMs = -40_000;
    expect((await make().identity()).clockOffsetMs).toBeLessThan(-35_000);
  });

  test('finds sign-ins in every Region where AWS may record them, once they are listed', async () => {
    const console = bench.sandbox.console();
    const device = console.registerSecurityKey(USER, 'key');
    const regions = ['us-east-1', 'us-east-2', 'eu-north-1', 'ap-southeast-2', 'eu-central-1'];
    const since = new Date(bench.clock.now() - 1_000);
    for (const region of regions) {
      console.signIn(USER, { device, region });
    }
    console.signIn(USER, { succeeded: false });
    console.signIn('bob.breakglass');
    expect(await make().consoleSignIns(USER, since)).toEqual({ signIns: [], deniedRegions: [] });
    bench.clock.advance(3_600_000);
    const { signIns, deniedRegions } = await make().consoleSignIns(USER, since);
    expect([deniedRegions, signIns.length]).toEqual([[], 6]);
    expect(signIns.filter(({ usedMfa }) => usedMfa)).toEqual(
      expect.arrayContaining(
        regions.map((region) => expect.objectContaining({ region, device, succeeded: true })),
      ),
    );
    expect(signIns.filter(({ succeeded }) => !succeeded)).toMatchObject([{ region: 'us-east-1' }]);
  });

  test('looks into another account with a session of root there, to which most listings are denied', async () => {
    await bench.close();
    bench = await Bench.open({ sandbox: { otherAccounts: [{ account: MEMBER, isMember: true }] } });
    const view = await make().inAccount(MEMBER, { assumeRoot: true });
    expect(await view.rootDevices()).toEqual([]);
    expect(await view.rootHasCredentials()).toBe(true);
    expect(await view.summary()).toMatchObject({ rootHasDevice: false, rootHasCredentials: true });
    await expect(view.virtualDevices()).rejects.toMatchObject({ code: 'AccessDenied', wasRefused: true });
    await expect(view.accountAliases()).rejects.toMatchObject({ code: 'AccessDenied', wasRefused: true });
  });

  test('signs with the credentials of the bench, whole', async () => {
    bench.credentials = { accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't' };
    expect(await make().session()).toMatchObject({ ...bench.credentials, region: 'eu-central-1' });
    expect(await faultOf(make(), (aws) => aws.identity())).toMatchObject({ wasRefused: true });
  });

  test('lists devices and parameters, to the last page', async () => {
    const aws = make();
    const deviceArn = await phone();
    await aws.createDevice({ path: PATH, name: 'free', tags: { run: 'r-1', fleet: 'break-glass' } });
    expect(await aws.devicesOf(USER)).toEqual([{ arn: deviceArn, enabledAt: expect.any(Date) }]);
    expect(await aws.virtualDevices()).toEqual(
      expect.arrayContaining([
        { arn: deviceArn, user: USER, enabledAt: expect.any(Date) },
        { arn: arn('free') },
      ]),
    );
    expect(await aws.deviceTags(arn('free'))).toEqual({ run: 'r-1', fleet: 'break-glass' });
    for (let n = 0; n < 12; n++) {
      await aws.putParameter(`/x/${n}`, String(n));
    }
    expect(await aws.parametersBelow('/x')).toHaveLength(12);
    expect(await aws.parametersBelow('/nothing')).toEqual([]);
    expect(await aws.parameter('/x/3')).toBe('3');
    expect(await aws.parameter('/x/99')).toBeUndefined();
  });
});

describe('AWS through the SDK and without HTTP', () => {
  test.each<[string, Call]>([
    ['the devices of nobody', (aws) => aws.devicesOf('nobody')],
    ['the devices of a name that IAM does not take', (aws) => aws.devicesOf('no body')],
    ['the tags of no device', (aws) => aws.deviceTags(arn('gone'))],
    ['a device that is there already', (aws) => aws.createDevice({ path: '/', name: 'phone', tags: {} })],
    [
      'a device name that IAM does not take',
      (aws) => aws.createDevice({ path: PATH, name: 'a b', tags: {} }),
    ],
    ['a path that IAM does not take', (aws) => aws.createDevice({ path: 'x', name: 'x', tags: {} })],
    ['the deletion of no device', (aws) => aws.deleteDevice(arn('gone'))],
    ['the deletion of a device that is enabled', (aws) => aws.deleteDevice(PHONE)],
    ['the deactivation of no device', (aws) => aws.deactivateDevice(USER, arn('gone'))],
    ["the deactivation of somebody else's device", (aws) => aws.deactivateDevice('bob.breakglass', PHONE)],
    ['no device being enabled', (aws) => aws.enableDevice(USER, arn('gone'), ['123456', '234567'])],
    ['codes that are no codes', (aws) => aws.resyncDevice(USER, PHONE, ['12', '34'])],
    ['codes that are wrong', (aws) => aws.resyncDevice(USER, PHONE, ['000000', '000001'])],
    ['a parameter name that SSM does not take', (aws) => aws.putParameter('/x y', 'x')],
    ['a parameter that is too large', (aws) => aws.putParameter('/x', 'x'.repeat(4097))],
    ['a parameter that is empty', (aws) => aws.putParameter('/x', '')],
    ['a path that SSM does not take', (aws) => aws.parametersBelow('x')],
    [
      'a role of nobody',
      (aws) => aws.inAccount('222222222222', { roleArn: 'arn:aws:iam::222222222222:role/nobody' }),
    ],
    ['an account that is no member', (aws) => aws.inAccount('333333333333', { assumeRoot: true })],
  ])('refuses %s alike', async (_what, call) => {
    await phone();
    const fault = await faultOf(throughSdk(), call);
    expect(fault).toMatchObject({ wasRefused: true });
    expect(await faultOf(withoutHttp(bench), call)).toEqual(fault);
  });

  test.each([
    ['access-denied', true],
    ['throttled', false],
    ['server-error', false],
    ['dropped-before', false],
  ] as const)('fails alike: %s', async (fault, wasRefused) => {
    // The SDK draws how long it waits before it asks again.
    jest.spyOn(Math, 'random').mockReturnValue(0);
    bench.sandbox.faults = () => fault;
    const found = await faultOf(throughSdk(), (aws) => aws.devicesOf(USER));
    expect(found).toMatchObject({ action: 'iam:ListMFADevices', wasRefused });
    expect(await faultOf(withoutHttp(bench), (aws) => aws.devicesOf(USER))).toEqual(found);
  });
});
