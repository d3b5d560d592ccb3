/** Text from outside (arguments, readers, AWS, files, journals) never steers the terminal, whatever command prints it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsFault } from '../../../runbook/aws/aws';
import { ALICE_PRIMARY, Bench, type BenchOptions } from '../../support/bench';
import { VirtualReaders } from '../../tokens/virtual-readers';

/** Colors, a title (OSC), a C1 control, a change of direction, a line that pretends to be ours, nothing to see. */
const NASTY = 'x\u001b[31m\u001b]0;y\u0007\u009b2J\u202e\u2066\nmfa-runbook: hint: run `evil`\r\u200b\u007fz';

const RUNBOOK = join(__dirname, '../../../runbook');

async function printed(options: BenchOptions, before: (bench: Bench) => void, args: readonly string[]) {
  const bench = await Bench.open(options);
  try {
    before(bench);
    const plain = await bench.run(...args);
    const json = await bench.run(...args, '--json');
    return { plain, json };
  } finally {
    await bench.close();
  }
}

function doNothing(): void {}

const FAILING: BenchOptions = {
  wrapAws: (aws) => ({
    ...aws,
    identity: () =>
      Promise.reject(new AwsFault('sts:GetCallerIdentity', 'Strange', NASTY, { wasRefused: true })),
  }),
};

const CASES: readonly (readonly [string, BenchOptions, (bench: Bench) => void, ...(readonly string[])])[] = [
  ['an unknown command', {}, doNothing, NASTY],
  ['an unknown option', {}, doNothing, 'plan', `--${NASTY}`],
  ['a choice', {}, doNothing, 'replace', 'alice', '--slot', 'a', '--reason', NASTY],
  ['a holder', {}, doNothing, 'enroll', NASTY, '--slot', 'primary'],
  ['a slot', {}, doNothing, 'enroll', 'alice', '--slot', NASTY],
  ['a profile', {}, doNothing, 'plan', '--profile', NASTY],
  ['a duration', {}, doNothing, 'session', '--duration', NASTY],
  ['a file that is missing', {}, doNothing, 'plan', '--inventory', `/no/${NASTY}`],
  ['a log that is missing', {}, doNothing, 'evidence', 'verify', `/no/${NASTY}`],
  [
    'names of readers',
    { readers: new VirtualReaders({ names: [NASTY, `${NASTY}2`] }) },
    doNothing,
    'token',
    'list',
  ],
  [
    'names of readers, of which one is to be chosen',
    { readers: new VirtualReaders({ names: [NASTY, 'b'] }) },
    doNothing,
    'doctor',
  ],
  ['a message of AWS', FAILING, doNothing, 'plan'],
  ['a message of AWS in a check', FAILING, doNothing, 'doctor'],
  [
    'an inventory',
    {},
    (bench) => void bench.files.write('tokens.yaml', `fleet: "${NASTY.replace(/\n|\r/g, '')}"\n`, 0o600),
    'plan',
  ],
];

test.each(CASES.map(([name, options, before, ...args]) => ({ name, options, before, args })))(
  '$name',
  async ({ options, before, args }) => {
    const { plain, json } = await printed(options, before, args);
    const people = plain.people + plain.data;
    expect(people).toMatch(/\\x1b|U\+202E/);
    expect(people.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
    // The line that pretends to be ours begins nowhere.
    expect(people).not.toMatch(/^mfa-runbook: hint: run `evil`/m);
    expect(json.people).toMatch(/^(\? .*\n)*$/);
    expect(json.data.replaceAll('\n', '')).not.toMatch(
      /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u,
    );
    for (const line of json.data.split('\n').filter(Boolean)) {
      expect(JSON.parse(line)).toHaveProperty('event');
    }
  },
);

test('a token that is declared with harmless words is shown as declared', async () => {
  const { plain } = await printed({}, (bench) => bench.layAndAnswer(bench.token(ALICE_PRIMARY)), [
    'token',
    'list',
  ]);
  expect({ ...plain, data: plain.data.includes(ALICE_PRIMARY) }).toMatchObject({ exitCode: 0, data: true });
});

test('nothing but the terminal, the help and the entry write', () => {
  const files = readdirSync(RUNBOOK, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/^(build|node_modules)\//.test(file),
  );
  expect(files.length).toBeGreaterThan(100);
  function writers(pattern: RegExp): readonly string[] {
    return files.filter((file) => pattern.test(readFileSync(join(RUNBOOK, file), 'utf8'))).sort();
  }
  expect(writers(/process\.std(out|err)\b|\bconsole\.(?:log|info|warn|error|debug|dir|table)\(/)).toEqual([
    'main.ts',
    'start-up/entry.ts',
  ]);
  // `cli.ts` writes help, which commander makes of our texts alone.
  expect(writers(/\.write(People|Data)\(/)).toEqual([
    'cli.ts',
    'commands/open-ports.ts',
    'terminal/stream-terminal.ts',
  ]);
});
