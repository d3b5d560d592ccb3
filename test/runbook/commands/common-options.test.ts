/** Options of every command: those that its help shows change what it does, and the others change nothing. */
import type { Host } from '../../../runbook/commands/host';
import { ALICE_PRIMARY, Bench, INVENTORY } from '../../support/bench';
import { MovableClock } from '../../support/clock';
import { atStep, killCommand } from '../../support/kill-command';
import { VirtualYkOath } from '../../tokens/ykoath';

const HOLDER = 'alice.breakglass';
const SLOT = [HOLDER, '--slot', 'primary'] as const;
const SPARE = '86596220000009';
const KEY = '12345678';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const READER = 'Virtual Reader 00 00';

/** Each common option, with a value that is not the default. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  '--fleet': ['--fleet', 'payments'],
  '--profile': ['--profile', 'other'],
  '--region': ['--region', 'us-west-2'],
  '--reader': ['--reader', 'nobody'],
  '--json': ['--json'],
  '--yes': ['--yes'],
  '--verbose': ['--verbose'],
  '--trace-apdu': ['--trace-apdu'],
};

const BEGINNING_MS = Date.parse('2026-03-02T09:00:00Z');

/** A command in a world in which it has something to do. */
interface Scene {
  readonly least: readonly string[];
  /** The options that its help shows. */
  readonly shown: string;
  prepare?(bench: Bench): Promise<void>;
}

async function enrollFirst(bench: Bench): Promise<void> {
  expect((await bench.run('enroll', ...SLOT, '--yes')).exitCode).toBe(0);
  bench.clock.advance(120_000);
  const [token] = bench.tokens;
  if (token?.isOn === false) {
    token.press();
  }
}

/** A device with the name of the slot, which nobody uses: the command asks whether to delete it. */
async function leaveDevice(bench: Bench): Promise<void> {
  await bench.admin('iam', 'CreateVirtualMFADevice', {
    VirtualMFADeviceName: `${HOLDER}.primary.${ALICE_PRIMARY}`,
    Path: '/mfa-guardrails/break-glass/',
  });
}

const REVIEW = '--fleet --profile --region --json --verbose';
const SESSION = '--profile --region --json --verbose';
const ALL = '--fleet --profile --region --reader --json --yes --verbose --trace-apdu';

const SCENES: Readonly<Record<string, Scene>> = {
  doctor: { least: [], shown: '--fleet --profile --region --reader --json --verbose' },
  'token list': { least: [], shown: '--reader --json --trace-apdu' },
  'token info': {
    least: ['--fleet', 'break-glass'],
    shown: '--fleet --profile --region --reader --json --verbose --trace-apdu',
  },
  'token erase': {
    least: [KEY, '--credential', 'GitHub:alice'],
    shown: ALL,
    prepare: async (bench) => {
      const credentials = [{ name: 'GitHub:alice', secret: Uint8Array.of(1) }];
      bench.readers.lay(new VirtualYkOath({ serial: Number(KEY), connection: 'nfc', credentials }));
      bench.answer = () => 'yes';
    },
  },
  plan: { least: [], shown: REVIEW },
  enroll: { least: [...SLOT], shown: ALL, prepare: leaveDevice },
  burn: {
    least: ['--secret'],
    shown: ALL,
    prepare: async (bench) => {
      bench.handedOver.secret = SECRET;
    },
  },
  resume: {
    least: [],
    shown: ALL,
    prepare: async (bench) => {
      expect(await killCommand(bench, atStep('device', 'begun'), 'enroll', ...SLOT)).toBe(true);
      await leaveDevice(bench);
    },
  },
  prove: {
    least: [...SLOT],
    shown: '--fleet --profile --region --reader --json --verbose --trace-apdu',
    prepare: enrollFirst,
  },
  resync: { least: [...SLOT], shown: REVIEW, prepare: enrollFirst },
  replace: {
    least: [...SLOT, '--reason', 'stolen'],
    shown: ALL,
    prepare: async (bench) => {
      await enrollFirst(bench);
      const spare = bench.token(SPARE);
      bench.readers.lay(spare);
      bench.answer = ({ name }) => (name.includes('code') ? spare.readCode() : 'yes');
    },
  },
  retire: {
    least: [...SLOT],
    shown: REVIEW,
    prepare: async (bench) => {
      await enrollFirst(bench);
      await bench.assignDevice(HOLDER, `${HOLDER}.backup.86596100000002`);
      bench.answer = () => HOLDER;
    },
  },
  'evidence list': { least: [], shown: REVIEW, prepare: enrollFirst },
  'evidence verify': { least: [], shown: REVIEW, prepare: enrollFirst },
  'evidence certificate': { least: [...SLOT], shown: REVIEW, prepare: enrollFirst },
};

/** A fleet that is not there is what these say, and no failure. */
const CALM: ReadonlySet<string> = new Set(['token info', 'resume', 'evidence list']);

/** Commands that this workbench has no AWS for. */
const OF_SESSIONS: Readonly<Record<string, readonly string[]>> = {
  session: [],
  assume: ['arn:aws:iam::111122223333:role/audit'],
  exec: ['true'],
};

/** Everything that a run did, but for the option itself, which hints repeat. */
async function observe(scene: Scene, command: string, option: readonly string[]) {
  const used = new Set<string>();
  const bench = await Bench.open({
    clock: new MovableClock(() => BEGINNING_MS),
    inventory: `${INVENTORY}spares:\n  - { serial: "${SPARE}" }\n`,
    wrapHost: (host) => ({ ...host, connectAws: (settings) => watched(host.connectAws(settings), settings) }),
  });
  function watched<T extends object>(port: T, { profile, region }: Parameters<Host['connectAws']>[0]): T {
    return new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        return typeof value !== 'function'
          ? value
          : (...args: readonly unknown[]) => {
              used.add(`${profile} ${region}`);
              return Reflect.apply(value, target, args);
            };
      },
    });
  }
  try {
    const token = bench.token(ALICE_PRIMARY);
    bench.layAndAnswer(token);
    bench.answer = ({ name }) => (/serial|leftover|burn$/.test(name) ? answerTo(name) : token.readCode());
    await scene.prepare?.(bench);
    used.clear();
    bench.questions.length = 0;
    const { exitCode, people, data } = await bench.run(...command.split(' '), ...scene.least, ...option);
    return {
      exitCode,
      people: withoutOption(people, option),
      data: withoutOption(data, option),
      used: [...used],
      asked: bench.questions.length,
    };
  } finally {
    await bench.close();
  }
}

/** Leaves out the option itself, which hints repeat, and what is different in each run. */
function withoutOption(text: string, option: readonly string[]): string {
  return text
    .replaceAll(['', ...option].join(' ') || '\0', '')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f-]{27})?\b|\b[0-9a-f]{64}\b/g, 'ID');
}

function answerTo(name: string): string {
  return name.includes('serial') ? ALICE_PRIMARY : 'yes';
}

describe.each(Object.entries(SCENES))('%s', (command, scene) => {
  const shown = scene.shown.split(' ');

  test('shows the options that it has a use for', async () => {
    const bench = await Bench.open();
    const { data } = await bench.run(...command.split(' '), '--help');
    await bench.close();
    expect(Object.keys(OPTIONS).filter((option) => data.includes(`  ${option}`))).toEqual(shown);
  });

  test('does something else with each of them, and the same with every other', async () => {
    const before = await observe(scene, command, []);
    expect(before).toEqual({ ...before, exitCode: command === 'plan' ? 3 : 0 });
    for (const [name, option] of Object.entries(OPTIONS)) {
      const after = await observe(scene, command, option);
      if (shown.includes(name)) {
        expect({ name, ...after }).not.toEqual({ name, ...before });
      } else {
        expect({ name, ...after }).toEqual({ name, ...before });
      }
    }
  });

  test('prints one JSON value a line with --json, and nothing for people but questions, done or failed', async () => {
    const done = await observe(scene, command, ['--json']);
    const failing = shown.includes('--fleet') ? ['--fleet', 'payments'] : ['--reader', 'nobody'];
    const failed = await observe(scene, command, ['--json', ...failing]);
    for (const { people, data } of [done, failed]) {
      expect(people).toMatch(/^(\? .*\n)*$/);
      const events = data
        .split('\n')
        .filter(Boolean)
        .map((line): unknown => JSON.parse(line));
      expect(events).toEqual(events.map(() => expect.objectContaining({ event: expect.any(String) })));
    }
    const fails = {
      event: 'error',
      code: expect.any(String),
      message: expect.any(String),
      hints: expect.any(Array),
    };
    const { exitCode, data } = failed;
    if (exitCode !== 0) {
      expect(JSON.parse(data.trimEnd().split('\n').at(-1) ?? '')).toMatchObject(fails);
    }
    expect({ command, isFailed: exitCode !== 0 }).toEqual({ command, isFailed: !CALM.has(command) });
  });

  test('takes them before its name, too, and refuses one that nobody knows', async () => {
    const option = ['--json', '--fleet=break-glass', '--reader', READER];
    const behind = await observe(scene, command, option);
    const [group = '', ...rest] = command.split(' ');
    for (const words of [
      [...option, ...command.split(' ')],
      [group, ...option, ...rest],
    ]) {
      const before = await observe(
        { ...scene, least: [...words.slice(1), ...scene.least] },
        words[0] ?? '',
        [],
      );
      expect({ ...before, people: '', data: '' }).toEqual({ ...behind, people: '', data: '' });
    }
    const bench = await Bench.open();
    for (const args of [
      ['--bogus', ...command.split(' ')],
      [...command.split(' '), ...scene.least, '--bogus'],
    ]) {
      expect((await bench.runJson(...args)).exitCode).toBe(2);
    }
    await bench.close();
  });
});

test.each(Object.entries(OF_SESSIONS))('%s shows the options that it has a use for', async (command) => {
  const bench = await Bench.open();
  const { data } = await bench.run(command, '--help');
  await bench.close();
  expect(Object.keys(OPTIONS).filter((option) => data.includes(`  ${option}`))).toEqual(SESSION.split(' '));
});
