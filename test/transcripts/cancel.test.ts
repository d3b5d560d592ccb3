/**
 * Every prompt of every command, answered by leaving: by the end of input, and by Ctrl-C. What must hold: it ends with
 * 130 and says what the world is like; nothing of ours is left over; nothing else was touched; and the same command
 * does its work the next time.
 */
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { ClackPrompter } from '../../runbook/terminal/clack-prompter';
import type { Question } from '../../runbook/terminal/terminal';
import { ALICE_BACKUP, ALICE_PRIMARY, BOB_PRIMARY } from '../support/bench';
import { atStep, killCommand } from '../support/kill-command';
import { withoutHttp } from '../support/without-http';
import { AttentiveOperator } from './attentive-operator';
import { follow } from './directions';
import { findLeaks, placesOf } from './leaks';
import { type Setting, Stage } from './stage';
import { splitWords } from './transcript-file';

const SPARE = '86596220000009';
const WITH_SPARE: Setting = {
  inventory: `
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "${ALICE_PRIMARY}", custody: "HQ fireproof safe" }
    - { slot: backup, serial: "${ALICE_BACKUP}" }
spares:
  - { serial: "${SPARE}" }
`,
};

const WITH_KEY: Setting = {
  inventory: `
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "${ALICE_PRIMARY}", type: fido2 }
`,
};

/** A command with prompts. */
interface Case {
  readonly command: string;
  /** The prompts that a healthy run asks, in order. */
  readonly prompts: readonly string[];
  readonly world: readonly string[];
  readonly setting?: Setting;
  /** The token that is to be enrolled, if any; it must not be, after a cancel. */
  readonly comes?: string;
  /** From this prompt on a cancel leaves the journal open, because the holder is owed a new token. */
  readonly openFrom?: number;
  /** After each code, the token on the reader is swapped for the next of these. */
  readonly swaps?: readonly string[];
  /** Killed here before; the command is to go on. */
  readonly killed?: { readonly command: string; readonly step: string };
  /** The command that does the work after a cancel, if it is another one. */
  readonly again?: string;
}

const ENROLLED = [`was enrolled before: alice.breakglass primary, token ${ALICE_PRIMARY}`];
const BOTH = [...ENROLLED, `was enrolled before: alice.breakglass backup, token ${ALICE_BACKUP}`];
const OWN_KEY = [...ENROLLED, "works with a key of alice.breakglass's own"];
const ROLE = 'arn:aws:iam::123456789012:role/break-glass';

const CASES: readonly Case[] = [
  {
    command: 'enroll alice.breakglass --slot primary',
    prompts: ['code', 'next-code'],
    world: [`lays ${ALICE_PRIMARY} on the reader`],
    comes: ALICE_PRIMARY,
  },
  {
    command: 'enroll alice.breakglass --slot primary --codes 1 --witness "Wanda Witt"',
    prompts: ['witness', 'delete-leftover', 'code'],
    world: [
      `another tool left an unassigned device: alice.breakglass.primary.${ALICE_PRIMARY}`,
      `lays ${ALICE_PRIMARY} on the reader`,
    ],
    comes: ALICE_PRIMARY,
  },
  {
    command: 'enroll --all',
    prompts: ['code', 'code'],
    world: [...ENROLLED, `lays ${BOB_PRIMARY} on the reader`],
    swaps: [ALICE_BACKUP],
    comes: ALICE_BACKUP,
  },
  {
    command: 'resume',
    prompts: ['code', 'next-code'],
    world: [`lays ${ALICE_PRIMARY} on the reader`],
    killed: { command: 'enroll alice.breakglass --slot primary', step: 'burn' },
    again: 'enroll alice.breakglass --slot primary',
    comes: ALICE_PRIMARY,
  },
  {
    command: 'prove alice.breakglass --slot primary --witness "Wanda Witt"',
    prompts: ['witness', 'code', 'next-code'],
    world: [...ENROLLED, `lays ${ALICE_PRIMARY} on the reader`],
  },
  {
    command: 'resync alice.breakglass --slot primary',
    prompts: ['serial', 'code', 'next-code'],
    world: [...ENROLLED, '12 s go by'],
  },
  {
    command: 'replace alice.breakglass --slot primary --reason broken --witness "Wanda Witt"',
    prompts: ['witness', 'code', 'next-code'],
    world: [...ENROLLED, `lays ${SPARE} on the reader`],
    setting: WITH_SPARE,
    comes: SPARE,
  },
  {
    command: 'replace alice.breakglass --slot primary --reason stolen --codes 1',
    prompts: ['cut-off', 'code'],
    world: [...ENROLLED, `lays ${SPARE} on the reader`],
    setting: WITH_SPARE,
    comes: SPARE,
    openFrom: 1,
  },
  {
    command: 'prove alice.breakglass --slot primary --witness "Wanda Witt"',
    prompts: ['witness', 'saw-sign-in'],
    world: [
      `registers the key primary.${ALICE_PRIMARY} of alice.breakglass in the console`,
      `lays ${ALICE_PRIMARY} on the reader`,
    ],
    setting: WITH_KEY,
  },
  { command: 'retire alice.breakglass --slot backup', prompts: ['consent'], world: BOTH },
  { command: 'retire alice.breakglass --all-devices', prompts: ['consent'], world: ENROLLED },
  {
    command: 'retire alice.breakglass --all-devices',
    prompts: ['no-record', 'consent'],
    world: [...ENROLLED, 'the record is gone with the stack'],
  },
  { command: 'session --output none', prompts: ['code'], world: OWN_KEY },
  {
    command: `assume ${ROLE} --output none`,
    prompts: ['code'],
    world: [...OWN_KEY, 'a role asks for MFA: break-glass, trusts alice.breakglass'],
  },
  { command: 'exec -- true', prompts: ['code'], world: [...OWN_KEY, 'sits at a terminal'] },
];

/** The ways to leave a prompt. */
type Leaving = 'the end of input' | 'Ctrl-C';

/** Answers as it should be answered, until the prompt at which it leaves. */
class Leaver extends AttentiveOperator {
  public readonly asked: string[] = [];
  readonly #at: number;
  readonly #by: Leaving;
  readonly #swaps: string[];

  public constructor(
    private readonly world: Stage,
    { swaps = [] }: Case,
    at = Number.POSITIVE_INFINITY,
    by: Leaving = 'Ctrl-C',
  ) {
    super(world);
    this.#at = at;
    this.#by = by;
    this.#swaps = [...swaps];
  }

  public override async onQuestion(question: Question): Promise<string | undefined> {
    const index = this.asked.push(question.name) - 1;
    if (index === this.#at) {
      if (this.#by === 'Ctrl-C') {
        this.world.interrupt();
      }
      return undefined;
    }
    const answer = await super.onQuestion(question);
    const next = question.name === 'code' ? this.#swaps.shift() : undefined;
    if (next !== undefined) {
      await follow(this.world, { text: `lays ${next} on the reader`, block: '' });
    }
    return answer;
  }
}

let stage: Stage;
afterEach(() => stage.close());

async function prepare({ setting, world, killed }: Case): Promise<void> {
  stage = await Stage.open({ ...setting, connect: withoutHttp });
  // A device that is nobody's business here.
  await follow(stage, { text: 'has a phone, too: platform-admin', block: '' });
  for (const text of world) {
    await follow(stage, { text, block: '' });
  }
  if (killed === undefined) {
    return;
  }
  expect(await killCommand(stage.bench, atStep(killed.step, 'done'), ...splitWords(killed.command))).toBe(
    true,
  );
  await layAgain(world);
}

/** Lays the token back on the reader, switched on. */
async function layAgain(world: readonly string[]): Promise<void> {
  const [text] = world.filter((each) => each.startsWith('lays ')).slice(-1);
  if (text !== undefined) {
    await follow(stage, { text, block: '' });
  }
}

async function run(command: string, operator: Leaver): Promise<number> {
  stage.audience = operator;
  stage.bench.stop = new AbortController();
  return (await stage.bench.run(...splitWords(command))).exitCode;
}

interface Seen {
  readonly enabled: readonly string[];
  readonly unassigned: readonly string[];
}

async function look(): Promise<Seen> {
  const devices = await stage.bench.devices();
  function arns(isEnabled: boolean): readonly string[] {
    return devices
      .filter(({ user }) => (user !== undefined) === isEnabled)
      .map(({ arn }) => arn)
      .sort();
  }
  return { enabled: arns(true), unassigned: arns(false) };
}

function isOf(serial: string | undefined) {
  return (arn: string) => serial !== undefined && arn.endsWith(`.${serial}`);
}

function serialIn(arn: string): string {
  return arn.slice(arn.lastIndexOf('.') + 1);
}

/** Nothing that was said or kept holds a seed. */
function expectNoSeed(lines: readonly string[]): void {
  expect(findLeaks(placesOf(stage, lines), { seeds: stage.devices, codes: new Set() })).toEqual([]);
}

/** So that a failure shows what was said. */
function ending(exitCode: number, lines: readonly string[]): string {
  return `exit ${exitCode}\n${lines.join('\n')}`;
}

const CELLS = CASES.flatMap((given) =>
  given.prompts.flatMap((prompt, index) =>
    (['the end of input', 'Ctrl-C'] as const).map((by) => ({ ...given, prompt, index, by })),
  ),
);
type Cell = (typeof CELLS)[number];

test.each(CELLS)('mfa-runbook $command, left at prompt $index ($prompt) by $by', leave);

async function leave(cell: Cell): Promise<void> {
  const { command, index, by, comes, openFrom, again = command } = cell;
  await prepare(cell);
  const before = await look();
  const operator = new Leaver(stage, cell, index, by);
  const exitCode = await run(command, operator);
  const { lines } = operator;
  expect(ending(exitCode, lines)).toMatch(/^exit 130\n/);
  expect(operator.asked).toEqual(cell.prompts.slice(0, index + 1));
  expect(lines.filter((line) => line.startsWith('mfa-runbook: error: cancelled'))).toHaveLength(1);
  expect(lines).toContainEqual(expect.stringMatching(/^mfa-runbook: hint: run `mfa-runbook /));
  expect(lines).toContainEqual(expect.stringMatching(/^mfa-runbook: state: ./));

  const after = await look();
  function isOurs(arn: string): boolean {
    return stage.devices.has(arn);
  }
  expect(after.unassigned.filter(isOurs)).toEqual([]);
  // The device of another tool is deleted only with consent.
  const mayGo = cell.prompts.slice(0, index).includes('delete-leftover');
  const foreign = before.unassigned.filter((arn) => !isOurs(arn));
  expect(after.unassigned).toEqual(mayGo ? [] : foreign);
  expect(after.enabled.filter(isOf(comes))).toEqual([]);
  const isCutOff = openFrom !== undefined && index >= openFrom;
  const gone = before.enabled.filter((arn) => !after.enabled.includes(arn));
  expect(gone.map(serialIn)).toEqual(isCutOff ? [ALICE_PRIMARY] : []);
  // Of a sitting, what was finished before stays.
  const come = after.enabled.filter((arn) => !before.enabled.includes(arn));
  expect(come.map(serialIn)).toEqual(cell.swaps !== undefined && index > 0 ? [BOB_PRIMARY] : []);
  expect([...stage.bench.journals.files.keys()]).toHaveLength(isCutOff ? 1 : 0);
  expect([...stage.bench.files.texts.keys()].filter((path) => path.startsWith('/cache/'))).toEqual([]);
  expectNoSeed(lines);

  await layAgain([`lays ${comes ?? ALICE_PRIMARY} on the reader`]);
  const second = new Leaver(stage, { ...cell, swaps: cell.swaps === undefined ? [] : [BOB_PRIMARY] });
  expect(ending(await run(again, second), second.lines)).toMatch(/^exit 0\n/);
  // Nothing was done yet when the first prompt was left: all of them come again, and these are all.
  if (index === 0) {
    expect(second.asked).toEqual(cell.prompts);
  }
  const done = await look();
  expect(done.unassigned).toEqual([]);
  expect(done.enabled.filter(isOf(comes))).toHaveLength(comes === undefined ? 0 : 1);
  expect([...stage.bench.journals.files.keys()]).toEqual([]);
  expectNoSeed(second.lines);
}

describe('on a real terminal', () => {
  test.each([
    ['Ctrl-C', '\u0003'],
    ['Escape', '\u001B'],
  ])('%s at the prompt of a code leaves, and the device goes again', async (_name, key) => {
    const given = CASES[0];
    if (given === undefined) {
      throw new Error('there is no case');
    }
    await prepare(given);
    const input = new PassThrough();
    const output = new PassThrough();
    const clack = new ClackPrompter(input, output);
    let screen = '';
    output.on('data', (chunk: Buffer) => {
      screen += chunk.toString();
    });
    stage.prompter = {
      ask: async (question, signal) => {
        const answer = clack.ask(question, signal);
        await pause(10);
        input.write(key);
        return answer;
      },
      askHidden: (question, signal) => clack.askHidden(question, signal),
      confirm: (question, signal) => clack.confirm(question, signal),
    };
    const operator = new Leaver(stage, given);
    const exitCode = await run(given.command, operator);
    expect(ending(exitCode, operator.lines)).toMatch(/^exit 130\n/);
    expect(screen).toContain(`code of alice.breakglass primary, token ${ALICE_PRIMARY}`);
    expect(operator.lines).toContainEqual(expect.stringMatching(/^✓ created the device /));
    expect(operator.lines.at(-1)).toMatch(
      /^mfa-runbook: state: the device that was created was deleted again/,
    );
    const after = await look();
    expect(after.unassigned).toEqual([]);
    expect(after.enabled.filter(isOf(ALICE_PRIMARY))).toEqual([]);
    expectNoSeed([...operator.lines, screen]);
  });
});
