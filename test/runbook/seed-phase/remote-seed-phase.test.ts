/** The command's side of the channel, when the process on the other side misbehaves. */
import { AwsFault } from '../../../runbook/aws/aws';
import { explain } from '../../../runbook/ceremony/explain';
import { RemoteSeedPhase, type SeedProcess } from '../../../runbook/seed-phase/remote-seed-phase';
import { encodeError, type FromPhase, type ToPhase } from '../../../runbook/seed-phase/wire';
import { CommandLine } from '../../../runbook/terminal/command-line';
import { CardGoneError } from '../../../runbook/token/transport';

const TARGET = { label: 'AWS 123456789012:alice.primary' };

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

function dies(how: string) {
  return (_message: ToPhase, self: ScriptedProcess): void => self.die(how);
}

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
  await expect(phase.burn(TARGET, () => told++, never)).rejects.toMatchObject({ code: 'seed-phase/died' });
  expect(told).toBe(1);
});

test('a process that dies after it said that it writes is not said to write again', async () => {
  const { phase } = openWith((message, self) => {
    if (message.kind === 'call') {
      self.say({ kind: 'writing', id: message.id });
    }
    self.die('ended with SIGKILL');
  });
  let told = 0;
  await expect(phase.burn(TARGET, () => told++, never)).rejects.toMatchObject({ code: 'seed-phase/died' });
  expect(told).toBe(1);
});

test('a token that waits to be touched is told of each time, and the code comes out', async () => {
  const { phase } = openWith((message, self) => {
    if (message.kind === 'call') {
      self.say({ kind: 'touch', id: message.id });
      self.say({ kind: 'touch', id: message.id });
      self.say({ kind: 'answer', id: message.id, value: '123456' });
    }
  });
  let touches = 0;
  expect(await phase.code(TARGET, 7, () => touches++)).toBe('123456');
  expect(touches).toBe(2);
});

test('a burn that fails before it writes is not said to write', async () => {
  const { phase } = openWith((message, self) => {
    if (message.kind !== 'call') {
      return;
    }
    self.say({ kind: 'failure', id: message.id, error: encodeError(new CardGoneError('get challenge')) });
  });
  let told = 0;
  await expect(phase.burn(TARGET, () => told++, never)).rejects.toMatchObject({ name: 'CardGoneError' });
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
  expect(explain(failure, CommandLine.of(['enroll'])).code).toBe('seed-phase/died');
});

test('without credentials nothing is asked of the process', async () => {
  const child = new ScriptedProcess(() => undefined);
  const fault = new AwsFault('sts:AssumeRole', 'no-credentials', 'none');
  const aws = { session: async () => Promise.reject(fault) };
  const phase = new RemoteSeedPhase({ aws, onCall: () => undefined }, () => child);
  await expect(phase.createDevice(DEVICE)).rejects.toBe(fault);
  expect(child.heard).toEqual([]);
});

test('a process that does not answer the burn is ended after a minute', async () => {
  jest.useFakeTimers();
  try {
    const { phase, child } = openWith(() => undefined);
    const burn = expect(phase.burn(TARGET, () => undefined, never)).rejects.toMatchObject({
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

test('a wait for a token ends with its signal, even where the process hangs', async () => {
  jest.useFakeTimers();
  try {
    const { phase, child } = openWith(() => undefined);
    const stop = new AbortController();
    const reason = new Error('the operator cancelled');
    const laid = expect(phase.layToken(undefined, stop.signal)).rejects.toBe(reason);
    stop.abort(reason);
    await jest.advanceTimersByTimeAsync(1_000);
    await laid;
    expect(child.heard.map(({ kind }) => kind)).toEqual(['call', 'abort']);
  } finally {
    jest.useRealTimers();
  }
});

test('a process that does not end on its own is killed within a second', async () => {
  jest.useFakeTimers();
  try {
    const { phase, child } = openWith(() => undefined);
    phase.warm();
    const ended = phase.end();
    await jest.advanceTimersByTimeAsync(1_000);
    await ended;
    expect(child.isKilled).toBe(true);
  } finally {
    jest.useRealTimers();
  }
});

test('what is pending when the phase is ended fails as ended, not as died', async () => {
  const { phase } = openWith((message, self) => message.kind === 'end' && self.die('ended with SIGKILL'));
  const judged = expect(phase.judge('123456', 0)).rejects.toThrow('this seed phase was ended');
  await phase.end();
  await judged;
  await expect(phase.pair(1)).rejects.toThrow('this seed phase was ended');
});
