/**
 * The built command as a child process, through nfc-pcsc, pcscd and vpcd to a virtual token, against a sandbox to
 * which the real `cdk deploy` deployed the stack. Clocks are real: an enrollment with two typed codes takes up to a
 * minute.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessKey } from '../../runbook/aws/aws';
import { Sandbox } from '../sandbox/sandbox';
import { runCdk } from '../support/cdk-cli';
import { signInOperator } from '../support/operator';
import { type RunningPcscd, startPcscd, VIRTUAL_READER, whyNoPcscd } from '../support/pcscd';
import { descendantsOf, findSeedInMemory, holdsInMemory, isGoneWithin, procFile } from '../support/processes';
import { findSeed } from '../support/seed-forms';
import { VirtualToken2Single } from '../tokens/token2-single';
import { VpcdSlot } from '../tokens/vpcd';
import { within } from './within';

const ROOT = join(__dirname, '..', '..');
const COMMAND = join(ROOT, 'runbook', 'build', 'mfa-runbook.js');
const HOLDER = 'alice.breakglass';
const PRIMARY = '86596220000001';
const BACKUP = '86596100000002';
/** Shorter than any test's timeout: a command that hangs is killed, and the test shows its output until then. */
const COMMAND_TIMEOUT_MS = 90_000;
const TWO_CODES_TIMEOUT_MS = 150_000;
/** pcscd polls its readers every 0.4 s, and a reader is opened again for each pcscd. */
const LAY_TIMEOUT_MS = 60_000;
/** INS of "write seed". */
const WRITE_SEED = 0xc5;
const SEED_BYTES = 40;
const DEVICES = 'arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/';

const missing = whyNoPcscd();
if (missing !== undefined) {
  throw new Error(`npm run test:pcsc needs the PC/SC stack: ${missing}`);
}

const slot = new VpcdSlot();
/** All seeds of devices that AWS created. */
const seeds: Uint8Array[] = [];
let pcscd: RunningPcscd;
let sandbox: Sandbox;
let endpoint: string;
let operator: AccessKey;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mfa-pcsc-'));
  pcscd = await startPcscd();
  sandbox = Sandbox.create({
    newSeed: () => {
      const seed = randomBytes(40);
      seeds.push(Uint8Array.from(seed));
      return seed;
    },
  });
  endpoint = await sandbox.listen();
  const { code, stdout, stderr } = await runCdk(
    ['deploy', '--require-approval', 'never', '--output', join(home, 'cdk.out')],
    // This is the one test that starts `cdk` with CDK's own validator.
    { endpoint, credentials: sandbox.administrator, cwd: ROOT, validate: true },
  );
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const roleArn = /OperatorRoleArn = (\S+)/.exec(stdout + stderr)?.[1] ?? '';
  operator = await signInOperator(sandbox, 'olga', roleArn);
  // The operator's sign-in moved the sandbox's clock; from here on it is this machine's.
  sandbox.clock.advance(Date.now() - sandbox.clock.now());
  seeds.length = 0;
});

afterAll(async () => {
  await slot.pull();
  await sandbox?.close();
  await pcscd?.stop();
  await rm(home, { recursive: true, force: true });
});

afterEach(() => within(LAY_TIMEOUT_MS, 'taking the token off the reader', slot.pull()));

function layOn(token: VirtualToken2Single): Promise<void> {
  return within(LAY_TIMEOUT_MS, 'putting the token on the reader', slot.layOn(token));
}

/** The end of the child process, and all that is visible of it from outside. */
interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** `/proc/{pid}/cmdline` and `environ` while it was running. */
  readonly process: string;
}

/** Starts the built command. */
function start(args: readonly string[], timeout = COMMAND_TIMEOUT_MS): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [COMMAND, ...args, '--reader', VIRTUAL_READER], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      XDG_STATE_HOME: join(home, 'state'),
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: operator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
      AWS_SESSION_TOKEN: operator.sessionToken,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
  });
}

/** Finds the seed's process of a running command. */
function phaseOf(command: ChildProcess): number | undefined {
  return descendantsOf(command.pid ?? 0).find((pid) => procFile(pid, 'cmdline').includes('seed-phase.js'));
}

/** Runs the built command; `answer` types a line for each prompt on stderr. */
function runCommand(
  args: readonly string[],
  answer: (prompt: string, command: ChildProcess) => string | undefined,
  timeout = COMMAND_TIMEOUT_MS,
): Promise<Run> {
  const child = start(args, timeout);
  const seen = { stdout: '', stderr: '', process: '' };
  let answered = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    seen.stderr += text;
    const prompts = seen.stderr.match(/^\? .*$/gm) ?? [];
    for (const prompt of prompts.slice(answered)) {
      answered++;
      for (const file of ['cmdline', 'environ']) {
        seen.process += readFileSync(`/proc/${child.pid}/${file}`, 'latin1');
      }
      const line = answer(prompt, child);
      if (line === undefined) {
        child.stdin.end();
      } else {
        child.stdin.write(`${line}\n`);
      }
    }
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...seen }));
  });
}

function tokenOnReader(serial: string): VirtualToken2Single {
  const token = new VirtualToken2Single({ serial, clock: Date.now });
  token.press();
  return token;
}

/** Reads all files below the run's home and working folder. */
async function filesLeft(): Promise<string> {
  const names = await readdir(home, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

async function admin<Output>(
  service: 'iam' | 'ssm',
  operation: string,
  input: Record<string, string>,
): Promise<Output> {
  return (await sandbox.call(sandbox.administrator, service, operation, input)) as Output;
}

async function devices(): Promise<readonly string[]> {
  const { MFADevices } = await admin<{ MFADevices: readonly { SerialNumber: string }[] }>(
    'iam',
    'ListMFADevices',
    {
      UserName: HOLDER,
    },
  );
  return MFADevices.map((device) => device.SerialNumber);
}

test('doctor finds the reader, the operator and the record', async () => {
  const { code, stdout } = await runCommand(['doctor'], () => undefined);
  expect(stdout).toMatch(/^ok +reader +Virtual PCD 00 00$/m);
  expect(stdout).toMatch(/^ok +credentials +.*assumed-role.*\/olga$/m);
  expect(stdout).toMatch(/^ok +record +break-glass: 2 holders, 4 tokens/m);
  expect(code).toBe(0);
});

test('token info reads the token on the reader', async () => {
  await layOn(tokenOnReader(PRIMARY));
  const { code, stdout } = await runCommand(['token', 'info'], () => undefined);
  expect(stdout).toMatch(/^serial {2}86596220000001$/m);
  expect(code).toBe(0);
});

test('a token of another slot is refused, and nothing is created', async () => {
  const token = tokenOnReader(BACKUP);
  await layOn(token);
  const { code, stderr } = await runCommand(['enroll', HOLDER, '--slot', 'primary'], () => undefined);
  expect(stderr).toMatch(new RegExp(`error: .*${BACKUP}.*${PRIMARY}`));
  expect(stderr).toContain('state: nothing was created in IAM, the token was not written');
  expect(code).toBe(1);
  expect(await devices()).toEqual([]);
  expect(token.holdsSeed).toBe(false);
});

test('the primary token is enrolled with two typed codes, and its seed is nowhere', async () => {
  const token = tokenOnReader(PRIMARY);
  await layOn(token);
  const run = await runCommand(
    ['enroll', HOLDER, '--slot', 'primary', '--verbose', '--trace-apdu'],
    () => token.readCode(),
    TWO_CODES_TIMEOUT_MS,
  );
  expect({ code: run.code, stderr: run.stderr }).toMatchObject({ code: 0 });
  const arn = `${DEVICES}${HOLDER}.primary.${PRIMARY}`;
  expect(run.stdout).toBe(`${arn}\n`);
  expect(await devices()).toEqual([arn]);

  const { Parameter } = await admin<{ Parameter: { Value: string } }>('ssm', 'GetParameter', {
    Name: `/mfa-guardrails/break-glass/evidence/${HOLDER}/primary`,
  });
  expect(JSON.parse(Parameter.Value)).toMatchObject({ deviceArn: arn, tokenSerial: PRIMARY });

  const [seed] = seeds;
  if (seed === undefined || seeds.length !== 1) {
    throw new Error(`${seeds.length} seeds were given out, not one`);
  }
  expect(token.holds(seed)).toBe(true);
  const left = await filesLeft();
  expect(left).toContain('"ceremony":"enroll"');
  expect(run.process).toContain('AWS_ENDPOINT_URL');
  expect(run.stderr).toMatch(/=> 84C5010034 \[52 bytes withheld\]/);
  const places = {
    stdout: run.stdout,
    stderr: run.stderr,
    process: run.process,
    files: left,
    evidence: Parameter.Value,
  };
  for (const [place, text] of Object.entries(places)) {
    expect({ place, seed: findSeed(Buffer.from(text, 'latin1'), seed) }).toEqual({ place, seed: undefined });
  }
});

test('the backup token is enrolled with one typed code', async () => {
  const token = tokenOnReader(BACKUP);
  await layOn(token);
  const prompts: string[] = [];
  const { code, stderr } = await runCommand(
    ['enroll', HOLDER, '--slot', 'backup', '--codes', '1'],
    (prompt) => {
      prompts.push(prompt);
      return token.readCode();
    },
  );
  expect({ code, stderr, prompts: prompts.length }).toMatchObject({ code: 0, prompts: 1 });
  expect([...(await devices())].sort()).toEqual([
    `${DEVICES}${HOLDER}.backup.${BACKUP}`,
    `${DEVICES}${HOLDER}.primary.${PRIMARY}`,
  ]);
});

test('an enrollment that is interrupted at the prompt leaves no device', async () => {
  const before = await admin<{ VirtualMFADevices: readonly object[] }>('iam', 'ListVirtualMFADevices', {});
  const token = tokenOnReader('86596220000003');
  await layOn(token);
  const { code, stderr } = await runCommand(
    ['enroll', 'bob.breakglass', '--slot', 'primary'],
    () => undefined,
  );
  expect(stderr).toContain('state: the device that was created was deleted again, IAM is as before');
  expect(code).toBe(130);
  expect(await admin('iam', 'ListVirtualMFADevices', {})).toEqual(before);
});

/** Records the commands that the token receives from now on. */
function overhear(token: VirtualToken2Single): Uint8Array[] {
  const heard: Uint8Array[] = [];
  const receive = token.receive.bind(token);
  token.receive = (command) => {
    heard.push(Uint8Array.from(command));
    return receive(command);
  };
  return heard;
}

/**
 * Searches every process below this one for the seed, from outside.
 *
 * @param encrypted the seed as it was sent to the token: the token's key is public, so this is the seed, too
 * @returns by the name of the process, whether it has the seed in its memory
 */
function whereIs(seed: Uint8Array, encrypted: Uint8Array, command: ChildProcess): Record<string, boolean> {
  const phase = phaseOf(command);
  return Object.fromEntries(
    descendantsOf(process.pid).map((pid) => [
      pid === phase ? 'phase' : procFile(pid, 'comm').trim(),
      findSeedInMemory(pid, seed) !== undefined || holdsInMemory(pid, encrypted),
    ]),
  );
}

test('while a code is asked for the seed is in its own process and in no other, and then in none', async () => {
  const token = tokenOnReader('86596220000003');
  await layOn(token);
  const heard = overhear(token);
  const seen: Record<string, boolean>[] = [];
  let phase: number | undefined;
  let libraries = { command: '', phase: '' };
  seeds.length = 0;
  const run = await runCommand(
    ['enroll', 'bob.breakglass', '--slot', 'primary', '--codes', '1'],
    (_prompt, command) => {
      const [seed] = seeds;
      phase = phaseOf(command);
      const encrypted = heard
        .find(([, instruction]) => instruction === WRITE_SEED)
        ?.subarray(5, 5 + SEED_BYTES);
      if (seed === undefined || phase === undefined || encrypted === undefined) {
        return undefined;
      }
      seen.push(whereIs(seed, encrypted, command));
      libraries = { command: procFile(command.pid ?? 0, 'maps'), phase: procFile(phase, 'maps') };
      return token.readCode();
    },
  );
  expect({ code: run.code, stderr: run.stderr }).toMatchObject({ code: 0 });
  expect(seen).toEqual([{ phase: true, node: false, ...(pcscd.wasRunning ? {} : { pcscd: false }) }]);
  // Only the seed's process uses the card.
  expect(libraries.phase).toContain('pcsclite.node');
  expect(libraries.command).not.toContain('pcsclite.node');
  expect(await isGoneWithin(phase ?? 0, 0)).toBe(true);
});

test.each(['SIGKILL', 'SIGINT'] as const)(
  'a command that %s ends while it waits for a token takes the process of the seed along',
  async (signal) => {
    const command = start(['enroll', 'bob.breakglass', '--slot', 'backup']);
    const closed = once(command, 'close');
    let stderr = '';
    command.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    async function waiting(): Promise<number> {
      while (command.exitCode === null) {
        const phase = phaseOf(command);
        if (phase !== undefined && procFile(phase, 'maps').includes('pcsclite.node')) {
          return phase;
        }
        await sleep(20);
      }
      throw new Error(`the command ended before it waited for a token: ${stderr}`);
    }
    const phase = await within(COMMAND_TIMEOUT_MS, 'waiting for a token', waiting());
    command.kill(signal);
    await within(60_000, `the end of the command after ${signal}`, closed);
    expect(await isGoneWithin(phase, 30_000)).toBe(true);
    await layOn(tokenOnReader(PRIMARY));
    expect((await runCommand(['token', 'info'], () => undefined)).stdout).toContain(PRIMARY);
  },
);
