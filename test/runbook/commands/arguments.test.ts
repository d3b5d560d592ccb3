/** Arguments of every command: each is judged before a reader is opened or AWS is called. */
import { run } from '../../../runbook/cli';
import type { Host } from '../../../runbook/commands/host';
import { parseEvents } from '../../support/json-events';

const HOLDER = 'alice.breakglass';
const ROLE = 'arn:aws:iam::111122223333:role/audit';

/** Every command with the least that it can be given. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  doctor: [],
  'token list': [],
  'token info': [],
  'token erase': ['12345678', '--credential', 'mail'],
  plan: [],
  enroll: [HOLDER, '--slot', 'primary'],
  burn: ['--qr', 'code.png'],
  resume: [],
  prove: [HOLDER, '--slot', 'primary'],
  resync: [HOLDER, '--slot', 'primary'],
  replace: [HOLDER, '--slot', 'primary', '--reason', 'lost'],
  retire: [HOLDER, '--slot', 'primary'],
  session: [],
  assume: [ROLE],
  exec: ['true'],
  'evidence list': [],
  'evidence verify': [],
  'evidence certificate': [HOLDER, '--slot', 'primary'],
};

/** A value that is refused, and the one that is suggested instead. */
type Wrong = readonly [value: string, meant?: string];

/** Arguments that become part of a path, a name or a host are judged before anything else. */
const JUDGED: Readonly<Record<string, readonly Wrong[]>> = {
  '--slot <slot>': [['Primary', 'primary'], ['primary!', 'primary'], ['../x'], ['']],
  '--fleet <name>': [
    ['Break-Glass', 'break-glass'],
    ['break_glas', 'break-glass'],
    ['PAYMENTS', 'payments'],
    ['../x'],
  ],
  '--view-role-name <name>': [['a/b']],
  '--region <name>': [['EU-Central-1', 'eu-central-1'], ['evil.example/'], ['eu-central']],
  '--profile <name>': [['ops ', 'ops'], ['a]\n[b'], ['']],
  '--spare <serial>': [['8659622 0000009', '86596220000009'], ['a/b']],
  '--unrecorded <serial>': [['8659622 0000009', '86596220000009'], ['a/b']],
  '--token-profile <number>': [['100'], ['-1'], ['seven'], ['']],
  '--device <device>': [[ROLE], ['a b'], ['']],
  '--role <arn>': [['audit'], [ROLE.replace('role', 'user')]],
  '--view-role <arn>': [['audit'], [ROLE.replace('role', 'user')]],
  '--external-id <id>': [['x y'], ['x']],
  '--session-name <name>': [['x/y'], ['x']],
  '--write-profile <name>': [['a b'], ['a]']],
};

/** Choices, files, and what is judged later or only compared. */
const OTHERS = [
  '--reader <name>',
  '--codes <number>',
  '--witness <name>',
  '--reason <reason>',
  '--confirm <holder>',
  '--inventory <file>',
  '--duration <time>',
  '--output <format>',
  '--output <file>',
  '--qr <file>',
  '--record <file>',
  '--credential <label>',
  '--format <format>',
];

async function start(...args: readonly string[]) {
  let data = '';
  function reached(): never {
    throw new Error('reached');
  }
  const host = {
    env: {},
    live: false,
    signal: new AbortController().signal,
    writePeople: () => undefined,
    writeData: (text: string) => {
      data += text;
    },
    dataLost: async () => undefined,
    files: { read: async () => undefined, stateFolder: '/state', cacheFolder: '/cache' },
    openReaders: reached,
    connectAws: reached,
    connectSessions: reached,
  } as unknown as Host;
  const exitCode = await run(args, host);
  return { exitCode, data };
}

/** Runs a command and returns its error. */
async function refusal(...args: readonly string[]) {
  const [first = '', ...rest] = args;
  const { exitCode, data } = await start(first, ...rest, '--json');
  const { code, hints } = parseEvents(data).at(-1) ?? {};
  return { exitCode, code, hints };
}

async function helpOf(command: string): Promise<string> {
  return (await start(...command.split(' ').filter(Boolean), '--help')).data;
}

function namesIn(help: string): readonly string[] {
  const [, list = ''] = help.split('Commands:\n');
  return [...list.matchAll(/^ {2}([a-z]\S*)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
}

test('the table has every command', async () => {
  const names = await Promise.all(
    namesIn(await helpOf('')).map(async (name) => {
      const own = namesIn(await helpOf(name));
      return own.length === 0 ? [name] : own.map((each) => `${name} ${each}`);
    }),
  );
  expect(names.flat()).toEqual(Object.keys(COMMANDS));
});

describe.each(Object.entries(COMMANDS))('%s', (command, least) => {
  const words = command.split(' ');

  test('takes the least, and every option with a value is judged or known not to be', async () => {
    expect(await refusal(...words, ...least)).toMatchObject({ exitCode: 1, code: 'internal' });
    const help = await helpOf(command);
    expect(help).toContain('  --json');
    const options = [...help.matchAll(/^ {2}(--\S+ <\S+>)/gm)].map(([, option]) => option);
    expect(options.filter((option = '') => !(option in JUDGED || OTHERS.includes(option)))).toEqual([]);
  });

  test('refuses values that are wrong, and suggests the one that was meant', async () => {
    const help = await helpOf(command);
    const options = Object.entries(JUDGED).filter(([option]) => help.includes(`  ${option}`));
    const cases = options.flatMap(([option, wrong]) =>
      wrong.map(([value, meant]) => [[`${option.split(' ')[0]}=${value}`], meant] as const),
    );
    for (const [given, meant] of cases) {
      const { exitCode, code, hints } = await refusal(...words, ...given, ...least);
      expect({ given, exitCode, code }).toEqual({ given, exitCode: 2, code: 'usage' });
      const suggested = meant === undefined ? [] : [expect.stringContaining(`\`${meant}\``)];
      expect({ given, hints }).toEqual({ given, hints: [...suggested, expect.any(String)] });
    }
  });
});

const OF_HOLDERS = Object.entries(COMMANDS).filter(([, [first]]) => first === HOLDER);

test.each(OF_HOLDERS)('%s refuses a holder that is no IAM user name', async (command, [, ...rest]) => {
  for (const holder of ['alice/../x', '', 'a b', 'x'.repeat(65)]) {
    expect(await refusal(...command.split(' '), holder, ...rest)).toMatchObject({
      exitCode: 2,
      code: 'usage',
    });
  }
  const { hints } = await refusal(...command.split(' '), ` ${HOLDER}`, ...rest);
  expect(hints).toEqual([expect.stringContaining(`\`${HOLDER}\``), expect.any(String)]);
});

test.each<readonly [string, ...(readonly string[])]>([
  ['enroll'],
  ['enroll', HOLDER],
  ['enroll', '--all', '--slot', 'primary'],
  ['enroll', '--all', HOLDER],
  ['enroll', HOLDER, '--slot', 'primary', '--codes', '3'],
  ['prove', '--slot', 'primary'],
  ['prove', HOLDER],
  ['resync', HOLDER],
  ['replace', HOLDER, '--slot', 'primary'],
  ['replace', HOLDER, '--reason', 'lost'],
  ['replace', HOLDER, '--slot', 'primary', '--reason', 'bored'],
  ['retire', '--all-devices'],
  ['retire', HOLDER],
  ['retire', HOLDER, '--slot', 'primary', '--all-devices'],
  ['retire', HOLDER, '--all-devices', '--confirm', 'bob.breakglass'],
  ['resume', '--list', '--abandon'],
  ['assume', 'audit'],
  ['session', '--duration', 'tomorrow'],
  ['exec'],
  ['evidence', 'certificate', HOLDER],
])('%s %s %s %s %s %s is a usage error', async (...args) => {
  const { exitCode, code, hints } = await refusal(...args);
  expect({ exitCode, code }).toEqual({ exitCode: 2, code: 'usage' });
  expect(hints).not.toEqual([]);
});

test.each(['enroll', 'prove', 'resync', 'replace'])(
  '%s refuses a witness without a name',
  async (command) => {
    expect(await refusal(command, '--witness', ' ', ...(COMMANDS[command] ?? []))).toMatchObject({
      exitCode: 2,
      code: 'witness/not-a-name',
    });
  },
);

test.each([
  ['--region', 'eusc-de-east-1'],
  ['--region', 'us-gov-west-1'],
  ['--profile', 'two words'],
  ['--profile', 'Ünïcode@example.com'],
  ['--fleet', 'payments-2'],
])('%s %s is accepted', async (option, value) => {
  expect(await refusal('doctor', option, value)).toMatchObject({ exitCode: 1, code: 'internal' });
});

test.each([['GAHT 1234 5678'], ['gaht-1234-5678'], ['backup-2'], ['GAHT12345678']])(
  'a session takes the device "%s"',
  async (device) => {
    expect((await refusal('session', '--device', device)).code).not.toBe('usage');
    expect((await refusal('session', '--device', `${device} !`)).code).toBe('usage');
  },
);
