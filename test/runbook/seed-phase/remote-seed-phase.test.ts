/** What the command's side does when the process on the other side does what it should not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectSession } from '../../../runbook/aws/connect';
import type { CallReport } from '../../../runbook/aws/ports';
import { systemClock } from '../../../runbook/clock';
import { explain } from '../../../runbook/flow/explain';
import { RunbookError } from '../../../runbook/runbook-error';
import { RemoteSeedPhase, type SeedProcess } from '../../../runbook/seed-phase/remote-seed-phase';
import { serveSeedPhase } from '../../../runbook/seed-phase/serve';
import type { FromPhase, ToPhase } from '../../../runbook/seed-phase/wire';
import { Sandbox } from '../../sandbox/sandbox';
import { findSeed } from '../../support/seed-forms';
import { VirtualToken2Single } from '../../tokens/token2-single';
import { VirtualReaders } from '../../tokens/virtual-readers';

const SESSION = { accessKeyId: 'AKIA', secretAccessKey: 'secret', region: 'eu-central-1' };
const DEVICE = { path: '/p/', name: 'n', tags: {} };
const never = new AbortController().signal;

/** A process that says and does only what the test tells it. */
class ScriptedProcess implements SeedProcess {
  public readonly heard: ToPhase[] = [];
  public readonly ended: Promise<string>;
  public isKilled = false;
  #listener: (message: FromPhase) => void = () => undefined;
  #end: (how: string) => void = () => undefined;

  public constructor(private readonly react: (message: ToPhase, self: ScriptedProcess) => void) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  public send(message: ToPhase): void {
    this.heard.push(message);
    this.react(message, this);
  }

  public onMessage(listener: (message: FromPhase) => void): void {
    this.#listener = listener;
  }

  public say(message: FromPhase): void {
    this.#listener(message);
  }

  public die(how: string): void {
    this.#end(how);
  }

  public kill(): void {
    this.isKilled = true;
    this.die('ended with SIGKILL');
  }
}

function openWith(react: (message: ToPhase, self: ScriptedProcess) => void) {
  const child = new ScriptedProcess(react);
  let started = 0;
  const phase = new RemoteSeedPhase(
    { aws: { session: async () => SESSION }, onCall: () => undefined },
    () => {
      started++;
      return child;
    },
  );
  return { child, phase, started: () => started };
}

const dies =
  (how: string) =>
  (_message: ToPhase, self: ScriptedProcess): void =>
    self.die(how);

test('nothing is started before the first call, unless it is warmed up, and then once', async () => {
  const { phase, started } = openWith((message, self) => message.kind === 'end' && self.die('ended'));
  expect(started()).toBe(0);
  phase.warm();
  phase.warm();
  expect(started()).toBe(1);
  await phase.end();
  expect(started()).toBe(1);
});

test('to warm up a phase that died or was ended does nothing', async () => {
  const { phase, started } = openWith(dies('ended with SIGKILL'));
  await expect(phase.pair(1)).rejects.toMatchObject({ code: 'seed-phase/died' });
  phase.warm();
  await phase.end();
  phase.warm();
  expect(started()).toBe(1);
});

test('a phase that was never used ends without a process', async () => {
  const { phase, started } = openWith(() => undefined);
  await phase.end();
  expect(started()).toBe(0);
});

test('a process that dies fails the call, and every later one, saying how it died', async () => {
  const { phase } = openWith(dies('ended with SIGSEGV'));
  const expected = {
    name: 'RunbookError',
    code: 'seed-phase/died',
    message: 'the process that holds the seed ended with SIGSEGV',
    hints: [expect.stringContaining('mfa-runbook resume')],
  };
  await expect(phase.layToken(undefined, never)).rejects.toMatchObject(expected);
  await expect(phase.judge('123456', 0)).rejects.toMatchObject(expected);
  await phase.end();
});

test('a process that dies within a burn may have written', async () => {
  const { phase } = openWith(dies('ended with SIGKILL'));
  let told = 0;
  await expect(phase.burn(() => told++, never)).rejects.toMatchObject({ code: 'seed-phase/died' });
  expect(told).toBe(1);
});

test('a process that dies after it said that it writes is not said to write again', async () => {
  const { phase } = openWith((message, self) => {
    if (message.kind === 'call') self.say({ kind: 'writing', id: message.id });
    self.die('ended with SIGKILL');
  });
  let told = 0;
  await expect(phase.burn(() => told++, never)).rejects.toMatchObject({ code: 'seed-phase/died' });
  expect(told).toBe(1);
});

test('a burn that fails before it writes is not said to write', async () => {
  const { phase } = openWith((message, self) => {
    if (message.kind !== 'call') return;
    self.say({ kind: 'failure', id: message.id, error: { type: 'card-gone', command: 'get challenge' } });
  });
  let told = 0;
  await expect(phase.burn(() => told++, never)).rejects.toMatchObject({ name: 'CardGoneError' });
  expect(told).toBe(0);
});

test('a process that dies while a device is created leaves the outcome unknown', async () => {
  const { phase } = openWith(dies('ended with exit code 70'));
  const failure = await phase.createDevice(DEVICE).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    name: 'AwsFault',
    action: 'iam:CreateVirtualMFADevice',
    code: 'no-answer',
    wasRefused: false,
  });
  expect(explain(failure, { command: 'mfa-runbook enroll' }).code).toBe('seed-phase/died');
});

test('a process that does not answer the burn is ended after a minute', async () => {
  jest.useFakeTimers();
  try {
    const { phase, child } = openWith(() => undefined);
    const burn = expect(phase.burn(() => undefined, never)).rejects.toMatchObject({
      code: 'seed-phase/died',
    });
    await jest.advanceTimersByTimeAsync(59_000);
    expect(child.isKilled).toBe(false);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(child.isKilled).toBe(true);
    await burn;
  } finally {
    jest.useRealTimers();
  }
});

test('a wait for a token ends with its signal, even where the process stands still', async () => {
  const { phase, child } = openWith(() => undefined);
  const stop = new AbortController();
  const laid = phase.layToken(undefined, stop.signal);
  const reason = new Error('the operator cancelled');
  stop.abort(reason);
  await expect(laid).rejects.toBe(reason);
  expect(child.heard.map(({ kind }) => kind)).toEqual(['call', 'abort']);
});

test('a process that does not end by itself is killed within a second', async () => {
  const { phase, child } = openWith(() => undefined);
  phase.warm();
  const begun = performance.now();
  await phase.end();
  expect(performance.now() - begun).toBeLessThan(1_000);
  expect(child.isKilled).toBe(true);
});

test('what is pending when the phase is ended fails as ended, not as died', async () => {
  const { phase } = openWith((message, self) => message.kind === 'end' && self.die('ended with SIGKILL'));
  const judged = expect(phase.judge('123456', 0)).rejects.toThrow('this seed phase was ended');
  await phase.end();
  await judged;
  await expect(phase.pair(1)).rejects.toThrow('this seed phase was ended');
});

describe('over a channel that is written down', () => {
  let sandbox: Sandbox;
  let seeds: Uint8Array[];
  beforeEach(() => {
    seeds = [];
    const newSeed = (): Uint8Array => {
      const seed = crypto.getRandomValues(new Uint8Array(40));
      seeds.push(Uint8Array.from(seed));
      return seed;
    };
    sandbox = Sandbox.create({ newSeed });
  });
  afterEach(() => sandbox.close());

  /** Both ends in this process, every message as the JSON that would cross. */
  async function openRecorded(isInspected = false) {
    const crossed: string[] = [];
    const readers = new VirtualReaders();
    const token = new VirtualToken2Single({ serial: '86596220000001', clock: Date.now });
    token.press();
    readers.lay(token);
    const session = { ...sandbox.administrator, region: 'eu-central-1', endpoint: await sandbox.listen() };
    const reports: CallReport[] = [];
    const phase = new RemoteSeedPhase(
      {
        aws: { session: async () => session },
        onCall: (report) => reports.push(report),
        onTrace: () => undefined,
      },
      () => {
        let toPhase: (message: ToPhase) => void = () => undefined;
        let fromPhase: (message: FromPhase) => void = () => undefined;
        let leave: (how: string) => void = () => undefined;
        const ended = new Promise<string>((resolve) => {
          leave = resolve;
        });
        const cross = <Message>(message: Message): Message => {
          const text = JSON.stringify(message);
          crossed.push(text);
          return JSON.parse(text) as Message;
        };
        const defer = (deliver: () => void): void => void sleep(0).then(deliver);
        serveSeedPhase(
          {
            send: (message) => {
              const copy = cross(message);
              defer(() => fromPhase(copy));
            },
            onMessage: (listener) => {
              toPhase = listener;
            },
          },
          {
            connect: (given, onCall) => connectSession(given, { onCall, now: Date.now }),
            readers,
            clock: systemClock,
            checkProcess: () => {
              if (isInspected) throw new RunbookError('seed-phase/inspected', 'a debugger', { hints: [] });
            },
            leave: () => leave('ended'),
          },
        );
        return {
          send: (message) => {
            const copy = cross(message);
            defer(() => toPhase(copy));
          },
          onMessage: (listener) => {
            fromPhase = listener;
          },
          ended,
          kill: () => leave('ended with SIGKILL'),
        };
      },
    );
    return { phase, crossed, token, reports };
  }

  test('no message of a whole enrolment holds the seed in any form', async () => {
    const { phase, crossed, token, reports } = await openRecorded();
    await phase.layToken(undefined, never);
    await phase.createDevice(DEVICE);
    await phase.burn(() => undefined, never);
    const judgement = await phase.judge(token.readCode(), Date.now() / 1000);
    expect(judgement.verdict).toBe('right');
    await phase.pair(1);
    await phase.createDevice(DEVICE).catch(() => undefined);
    await phase.end();
    const [seed] = seeds;
    if (seed === undefined) throw new Error('no seed was given out: the search would prove nothing');
    expect(token.holds(seed)).toBe(true);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['ok', 'EntityAlreadyExists']);
    const said = crossed.join('\n');
    for (const kind of ['call', 'answer', 'failure', 'writing', 'aws-call', 'apdu', 'end']) {
      expect(said).toContain(`"kind":"${kind}"`);
    }
    expect(findSeed(said, seed)).toBeUndefined();
  });

  test('a process with a debugger refuses before a seed exists', async () => {
    const { phase, token } = await openRecorded(true);
    await expect(phase.layToken(undefined, never)).rejects.toMatchObject({ code: 'seed-phase/inspected' });
    await expect(phase.createDevice(DEVICE)).rejects.toMatchObject({ code: 'seed-phase/inspected' });
    expect(seeds).toEqual([]);
    expect(token.received).toEqual([]);
    await phase.end();
  });
});
