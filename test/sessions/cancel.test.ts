/**
 * Every prompt of every command, answered by leaving: by the end of input, and by Ctrl-C. What must hold: it ends with
 * 130 and says what the world is like; nothing of ours is left over; nothing else was touched; and the same command
 * does its work the next time.
 */
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { ClackPrompter } from '../../runbook/clack-prompter';
import type { Question } from '../../runbook/terminal';
import { ALICE_BACKUP, ALICE_PRIMARY, BOB_PRIMARY } from '../support/bench';
import { findSeed } from '../support/seed-forms';
import { AttentiveOperator } from './attentive-operator';
import { follow } from './directions';
import { killAt } from './kill-process';
import { splitWords } from './session-file';
import { type Setting, Stage } from './stage';

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

/** A command with prompts. */
interface Case {
  readonly command: string;
  /** The prompts that a healthy run asks, in order. */
  readonly prompts: readonly string[];
  readonly world: readonly string[];
  readonly setting?: Setting;
  /** The token that is to be enrolled, if any; it must not be, after a cancel. */
  readonly comes?: string;
  /** From this prompt on a cancel leaves the journal open, for who was cut off is owed a new token. */
  readonly openFrom?: number;
  /** What is on the reader is swapped for the next of these after each code. */
  readonly then?: readonly string[];
  /** Killed here before; the command is to go on. */
  readonly killed?: { readonly command: string; readonly step: string };
  /** What does the work after a cancel, where that is another command. */
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
    then: [ALICE_BACKUP],
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
    world: [...BOTH, `lays ${SPARE} on the reader`],
    setting: WITH_SPARE,
    comes: SPARE,
    openFrom: 1,
  },
  { command: 'retire alice.breakglass --slot backup', prompts: ['consent'], world: BOTH },
  { command: 'retire alice.breakglass --all-devices', prompts: ['consent'], world: BOTH },
  { command: 'session --output none', prompts: ['code'], world: OWN_KEY },
  {
    command: `assume ${ROLE} --output none`,
    prompts: ['code'],
    world: [...OWN_KEY, 'a role asks for MFA: break-glass, trusts alice.breakglass'],
  },
  { command: 'exec -- true', prompts: ['code'], world: [...OWN_KEY, 'sits at a terminal'] },
];

/** How somebody leaves. */
type Leaving = 'the end of input' | 'Ctrl-C';

/** Answers as it should be answered, until the prompt at which it leaves. */
class Leaver extends AttentiveOperator {
  public readonly asked: string[] = [];
  readonly #at: number;
  readonly #by: Leaving;
  readonly #then: string[];

  public constructor(
    private readonly world: Stage,
    { then = [] }: Case,
    at = Number.POSITIVE_INFINITY,
    by: Leaving = 'Ctrl-C',
  ) {
    super(world);
    this.#at = at;
    this.#by = by;
    this.#then = [...then];
  }

  public override async onQuestion(question: Question): Promise<string | undefined> {
    const index = this.asked.push(question.name) - 1;
    if (index === this.#at) {
      if (this.#by === 'Ctrl-C') this.world.interrupt();
      return undefined;
    }
    const answer = await super.onQuestion(question);
    const next = question.name === 'code' ? this.#then.shift() : undefined;
    if (next !== undefined) await follow(this.world, { text: `lays ${next} on the reader`, block: '' });
    return answer;
  }
}

let stage: Stage;
afterEach(() => stage.close());

async function prepare({ setting, world, killed }: Case): Promise<void> {
  stage = await Stage.open(setting);
  // A device that is nobody's business here.
  await follow(stage, { text: 'has a phone, too: platform-admin', block: '' });
  for (const text of world) await follow(stage, { text, block: '' });
  if (killed === undefined) return;
  await killAt(stage, splitWords(killed.command), { step: killed.step, state: 'done' });
  await layAgain(world);
}

/** What lay on the reader is laid there again, switched on. */
async function layAgain(world: readonly string[]): Promise<void> {
  const [text] = world.filter((each) => each.startsWith('lays ')).slice(-1);
  if (text !== undefined) await follow(stage, { text, block: '' });
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
  const arns = (isEnabled: boolean): readonly string[] =>
    devices.filter(({ user }) => (user !== undefined) === isEnabled).map(({ arn }) => arn).sort();
  return { enabled: arns(true), unassigned: arns(false) };
}

const isOf = (serial: string | undefined) => (arn: string) =>
  serial !== undefined && arn.endsWith(`.${serial}`);

const serialIn = (arn: string): string => arn.slice(arn.lastIndexOf('.') + 1);

/** Nothing that was said or kept holds a seed. */
function expectNoSeed(lines: readonly string[]): void {
  const { bench, devices } = stage;
  const kept = [...bench.journals.files.values(), bench.log, ...[...bench.files.texts.values()].map(({ text }) => text)];
  const leaks = [...devices].filter(([, seed]) => findSeed([...lines, ...kept].join('\n'), seed) !== undefined);
  expect(leaks).toEqual([]);
}

test.each(CASES)('mfa-runbook $command asks $prompts, and does its work', async (given) => {
  await prepare(given);
  const operator = new Leaver(stage, given);
  expect({ exitCode: await run(given.command, operator), lines: operator.lines }).toEqual({ exitCode: 0, lines: expect.anything() });
  expect(operator.asked).toEqual(given.prompts);
  const { enabled, unassigned } = await look();
  expect(unassigned).toEqual([]);
  expect(enabled.filter(isOf(given.comes))).toHaveLength(given.comes === undefined ? 0 : 1);
});

const CELLS = CASES.flatMap((given) =>
  given.prompts.flatMap((prompt, index) =>
    (['the end of input', 'Ctrl-C'] as const).map((by) => ({ ...given, prompt, index, by })),
  ),
);

test.each(CELLS)('mfa-runbook $command, left at prompt $index ($prompt) by $by', async (cell) => {
  const { command, index, by, comes, openFrom, again = command } = cell;
  await prepare(cell);
  const before = await look();
  const operator = new Leaver(stage, cell, index, by);
  const exitCode = await run(command, operator);
  const { lines } = operator;
  expect({ exitCode, lines }).toEqual({ exitCode: 130, lines: expect.anything() });
  expect(operator.asked).toEqual(cell.prompts.slice(0, index + 1));
  expect(lines).toContain('mfa-runbook: error: cancelled');
  expect(lines).toContainEqual(expect.stringMatching(/^mfa-runbook: hint: run `mfa-runbook /));
  expect(lines).toContainEqual(expect.stringMatching(/^mfa-runbook: state: ./));

  const after = await look();
  // What another tool, or a run that was killed, had left may stay; what this run made may not.
  expect(before.unassigned).toEqual(expect.arrayContaining([...after.unassigned]));
  expect(after.enabled.filter(isOf(comes))).toEqual([]);
  const isCutOff = openFrom !== undefined && index >= openFrom;
  const gone = before.enabled.filter((arn) => !after.enabled.includes(arn));
  expect(gone.map(serialIn)).toEqual(isCutOff ? [ALICE_PRIMARY] : []);
  expect([...stage.bench.journals.files.keys()]).toHaveLength(isCutOff ? 1 : 0);
  expect([...stage.bench.files.texts.keys()].filter((path) => path.startsWith('/cache/'))).toEqual([]);
  expectNoSeed(lines);

  await layAgain([`lays ${comes ?? ALICE_PRIMARY} on the reader`]);
  const second = new Leaver(stage, { ...cell, then: cell.then === undefined ? [] : [BOB_PRIMARY] });
  expect({ exitCode: await run(again, second), lines: second.lines }).toEqual({ exitCode: 0, lines: expect.anything() });
  expect((await look()).unassigned).toEqual([]);
  expect([...stage.bench.journals.files.keys()]).toEqual([]);
  expectNoSeed(second.lines);
});
