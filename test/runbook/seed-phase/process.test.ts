/**
 * The process of a seed as the command starts it, looked at from outside: its memory, its limits, its environment, its
 * sockets and its end. The sandbox, which knows every seed, is in the process of the test, which is not looked at.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { RemoteSeedPhase } from '../../../runbook/seed-phase/remote-seed-phase';
import { seedProgramBeside, startSeedProcess } from '../../../runbook/seed-phase/start';
import { Sandbox } from '../../sandbox/sandbox';
import {
  canSeeProcesses,
  descendantsOf,
  findSeedInMemory,
  holdsInMemory,
  isAlive,
  isGoneWithin,
  listeningSockets,
  procFile,
} from '../../support/processes';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { type Bundles, bundle } from './bundle';
import { serveReaders } from './reader-line';

const SAY_TIMEOUT_MS = 60_000;

let bundles: Bundles;
let sandbox: Sandbox;
let endpoint: string;
let seeds: Uint8Array[];
const started: ChildProcess[] = [];
const hasSetpriv = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;

beforeAll(async () => {
  bundles = await bundle('parent.ts', 'child.ts', '../../../runbook/seed-phase/program.ts');
});
afterAll(() => bundles.remove());
beforeEach(async () => {
  seeds = [];
  sandbox = Sandbox.create({
    newSeed: () => {
      const seed = crypto.getRandomValues(new Uint8Array(40));
      seeds.push(Uint8Array.from(seed));
      return seed;
    },
  });
  endpoint = await sandbox.listen();
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    child.kill('SIGKILL');
  }
  await sandbox.close();
});

/** A command with an open phase. */
interface Run {
  readonly parent: ChildProcess;
  /** The command's. */
  readonly pid: number;
  /** Of the process of the seed. */
  readonly phasePid: number;
  readonly seed: Uint8Array;
  /** Goes one step on, and waits until it was done. */
  next(word: string): Promise<void>;
}

const SURROUNDINGS = {
  NODE_OPTIONS: '--no-warnings',
  NODE_DEBUG: 'net',
  AWS_SECRET_ACCESS_KEY: 'of-the-surroundings',
  HOME: process.env.HOME,
};

/**
 * @param path where programs are looked for
 * @param program that holds the seed, and its arguments
 */
async function open(
  path = process.env.PATH,
  program: readonly string[] = [bundles.of('program.ts')],
): Promise<Run> {
  const { accessKeyId, secretAccessKey } = sandbox.administrator;
  const args = [bundles.of('parent.ts'), endpoint, accessKeyId, ...program];
  const parent = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...SURROUNDINGS, PATH: path },
  });
  started.push(parent);
  const lines: string[] = [];
  createInterface({ input: parent.stdout }).on('line', (line) => lines.push(line));
  async function hears(word: string): Promise<void> {
    const deadline = performance.now() + SAY_TIMEOUT_MS;
    while (!lines.some((line) => line.startsWith(word))) {
      if (performance.now() > deadline) {
        throw new Error(`the parent did not say "${word}", but ${JSON.stringify(lines)}`);
      }
      if (parent.exitCode !== null) {
        throw new Error(`the parent ended with ${parent.exitCode}`);
      }
      await sleep(10);
    }
  }
  parent.stdin.write(`${secretAccessKey}\n`);
  await hears('open');
  const { pid } = parent;
  const [seed] = seeds;
  const [phasePid, ...others] = pid === undefined ? [] : descendantsOf(pid);
  if (pid === undefined || seed === undefined || phasePid === undefined || others.length > 0) {
    throw new Error(`the parent ${pid} has the processes ${[phasePid, ...others]} and ${seeds.length} seeds`);
  }
  async function next(word: string): Promise<void> {
    parent.stdin.write('\n');
    await hears(word);
  }
  return { parent, pid, phasePid, seed, next };
}

(canSeeProcesses ? describe : describe.skip)('the process of a seed', () => {
  test('is the only one that holds the seed, and is gone after the end', async () => {
    const { pid, phasePid, seed, next } = await open();
    expect(findSeedInMemory(phasePid, seed)).toBeDefined();
    expect(findSeedInMemory(pid, seed)).toBeUndefined();
    await next('ended');
    expect(isAlive(phasePid)).toBe(false);
    expect(descendantsOf(pid)).toEqual([]);
    expect(findSeedInMemory(pid, seed)).toBeUndefined();
    // It would be found: what the parent does hold is.
    expect(holdsInMemory(pid, Buffer.from(sandbox.administrator.secretAccessKey))).toBe(true);
  });

  test('cannot dump its memory, neither to a file nor to a collector', async () => {
    const { pid, phasePid } = await open();
    expect(procFile(phasePid, 'limits')).toMatch(/^Max core file size +0 +0 /m);
    expect(procFile(phasePid, 'coredump_filter')).toBe('00000000\n');
    expect(procFile(pid, 'limits')).toMatch(/^Max core file size/m);
    expect(procFile(pid, 'coredump_filter')).not.toBe('00000000\n');
  });

  test('has nothing of its parent’s environment that it does not need, and no secret among its arguments', async () => {
    const { pid, phasePid } = await open();
    const environment = procFile(phasePid, 'environ');
    expect(environment).toContain('NODE_CHANNEL_FD=');
    expect(environment).toContain(`HOME=${SURROUNDINGS.HOME}`);
    expect(procFile(pid, 'environ')).toContain('NODE_OPTIONS=');
    for (const name of ['NODE_OPTIONS', 'NODE_DEBUG', 'AWS_']) {
      expect(environment).not.toContain(name);
    }
    const { secretAccessKey } = sandbox.administrator;
    expect(environment + procFile(phasePid, 'cmdline')).not.toContain(secretAccessKey);
    expect(procFile(phasePid, 'cmdline')).toContain('program.js');
  });

  test('opens no debugger when it is told to by a signal, as a plain Node does', async () => {
    const plain = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000); console.log("up")'], {
      env: { PATH: process.env.PATH },
    });
    started.push(plain);
    await once(plain.stdout, 'data');
    const { phasePid } = await open();
    process.kill(phasePid, 'SIGUSR1');
    plain.kill('SIGUSR1');
    while (listeningSockets(plain.pid ?? 0) === 0) {
      await sleep(10);
    }
    expect(isAlive(phasePid)).toBe(true);
    expect(listeningSockets(phasePid)).toBe(0);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('leaves %s to its parent', async (signal) => {
    const { phasePid, next } = await open();
    process.kill(phasePid, signal);
    await sleep(50);
    expect(isAlive(phasePid)).toBe(true);
    await next('ended');
    expect(isAlive(phasePid)).toBe(false);
  });

  test('is not in the group of processes that the terminal’s Ctrl-C goes to', async () => {
    const { pid, phasePid } = await open();
    function groupOf(id: number) {
      return procFile(id, 'stat').split(') ')[1]?.split(' ')[2];
    }
    expect(groupOf(pid)).toBeDefined();
    expect(groupOf(phasePid)).toBe(String(phasePid));
  });

  test('is gone after its parent’s death', async () => {
    const { parent, phasePid } = await open();
    parent.kill('SIGKILL');
    expect(await isGoneWithin(phasePid, SAY_TIMEOUT_MS)).toBe(true);
  });

  test('ends itself when its channel closes, although it has still something to do', async () => {
    const served = await serveReaders(new VirtualReaders());
    try {
      // Without setpriv, which would end it; and connected to readers, as nfc-pcsc is.
      const { parent, phasePid } = await open('/nowhere', [bundles.of('child.ts'), String(served.port)]);
      parent.kill('SIGKILL');
      expect(await isGoneWithin(phasePid, SAY_TIMEOUT_MS)).toBe(true);
    } finally {
      await served.close();
    }
  });

  (hasSetpriv ? test : test.skip)('is gone after its parent’s death even while it is stopped', async () => {
    const { parent, phasePid } = await open();
    process.kill(phasePid, 'SIGSTOP');
    parent.kill('SIGKILL');
    expect(await isGoneWithin(phasePid, SAY_TIMEOUT_MS)).toBe(true);
  });

  test('is gone after the end also while it is stopped', async () => {
    const { phasePid, next } = await open();
    process.kill(phasePid, 'SIGSTOP');
    await next('ended');
    expect(isAlive(phasePid)).toBe(false);
  });
});

/** A phase of this process, in a process of the program given. */
function phaseOf(program: Parameters<typeof startSeedProcess>[0]): RemoteSeedPhase {
  const session = { ...sandbox.administrator, region: 'eu-central-1', endpoint };
  const settings = { aws: { session: async () => session }, onCall: () => undefined };
  return new RemoteSeedPhase(settings, () => startSeedProcess(program));
}

const DEVICE = { path: '/p/', name: 'n', tags: {} };

test('with a debugger it receives no seed', async () => {
  const args = ['--inspect=127.0.0.1:0', bundles.of('program.ts')];
  const phase = phaseOf({ node: process.execPath, args, env: process.env, platform: process.platform });
  try {
    await expect(phase.createDevice(DEVICE)).rejects.toMatchObject({
      code: 'seed-phase/inspected',
      message: expect.stringContaining('ws://127.0.0.1:'),
    });
    expect(seeds).toEqual([]);
  } finally {
    await phase.end();
  }
});

test('the built program creates a device with its own part of the SDK', async () => {
  const phase = phaseOf(seedProgramBeside(join(__dirname, '../../../runbook/build/command.js'), process));
  try {
    expect(await phase.createDevice(DEVICE)).toMatchObject({ seedBytes: 40 });
    expect(seeds).toHaveLength(1);
  } finally {
    await phase.end();
  }
});

test('from a clone the source is run', async () => {
  const phase = phaseOf(seedProgramBeside(require.resolve('../../../runbook/main.ts'), process));
  try {
    expect(await phase.createDevice(DEVICE)).toMatchObject({ seedBytes: 40 });
    expect(seeds).toHaveLength(1);
  } finally {
    await phase.end();
  }
});

test('a program that is not there is a process that ended at once', async () => {
  const missing = { args: ['/nowhere/seed-phase.js'], env: process.env, platform: process.platform };
  expect(await startSeedProcess({ ...missing, node: process.execPath }).ended).toBe('ended with exit code 1');
  expect(await startSeedProcess({ ...missing, node: '/nowhere/node' }).ended).toMatch(
    /^ended with exit code 12\d$/,
  );
  const windows = { ...missing, platform: 'win32', node: '/nowhere/node' };
  expect(await startSeedProcess(windows).ended).toMatch(/^could not be started: .*ENOENT/);
});

test('a process that was told something after its end does not mind', async () => {
  const gone = startSeedProcess({
    node: process.execPath,
    args: ['-e', ''],
    env: {},
    platform: process.platform,
  });
  expect(await gone.ended).toBe('ended with exit code 0');
  gone.send({ kind: 'end' });
  gone.kill();
});

describe('the program', () => {
  const node = {
    execPath: '/usr/bin/node',
    execArgv: [],
    platform: 'linux' as const,
    env: { PATH: '/bin' },
    allowedNodeEnvironmentFlags: new Set<string>(),
  };

  test('of a built command is in the same folder', () => {
    expect(seedProgramBeside('/opt/mfa/build/mfa-runbook.js', node)).toEqual({
      node: '/usr/bin/node',
      args: ['/opt/mfa/build/seed-phase.js'],
      env: { PATH: '/bin' },
      platform: 'linux',
    });
  });

  test('of a clone is the source, loaded as the command’s own', () => {
    const { args } = seedProgramBeside(require.resolve('../../../runbook/main.ts'), node);
    expect(args[0]).toMatch(/^--import=file:.*\/tsx\//);
    expect(args[1]).toMatch(/runbook\/seed-phase\/program\.ts$/);
  });

  test('trusts the certificates that the command’s Node trusts, and gets no other flag of it', () => {
    const given = {
      ...node,
      execArgv: ['--inspect', '--use-openssl-ca'],
      env: { NODE_OPTIONS: '--use-system-ca --require ./x.js' },
    };
    expect(seedProgramBeside('/opt/mfa-runbook.js', given).args).toEqual([
      '--use-system-ca',
      '--use-openssl-ca',
      '/opt/seed-phase.js',
    ]);
  });

  test('of a Node that can do without the debugger’s signal does without', () => {
    const newer = { ...node, allowedNodeEnvironmentFlags: new Set(['--disable-sigusr1']) };
    expect(seedProgramBeside('/opt/mfa-runbook.js', newer).args).toEqual([
      '--disable-sigusr1',
      '/opt/seed-phase.js',
    ]);
  });
});
