/** Every recorded session, to the letter; every command of the program has one. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Played, playSession } from './play-transcript';
import { Stage } from './stage';
import { parseSession } from './transcript-file';

const SUFFIX = '.transcript';
const UPDATES = process.env.UPDATE_TRANSCRIPTS === '1';
const REWRITE =
  'if this is as it should be: UPDATE_TRANSCRIPTS=1 npx jest test/transcripts, and read the difference';

const files = readdirSync(__dirname).filter((name) => !name.endsWith('.ts'));
const played = new Map<string, Played>();

test.each(files.filter((name) => name.endsWith(SUFFIX)))('%s', async (name) => {
  const path = join(__dirname, name);
  const recorded = readFileSync(path, 'utf8');
  const session = await playSession(parseSession(recorded));
  played.set(name, session);
  expect(session.leaks).toEqual([]);
  // Never recorded, whoever updates.
  expect(session.text).not.toContain('a defect of mfa-runbook');
  if (UPDATES) {
    writeFileSync(path, session.text);
  } else if (session.text !== recorded) {
    expect(`${session.text}\n${REWRITE}`).toBe(recorded);
  }
});

test('nothing lies here that is neither a session nor a part of its player', () => {
  expect(files.filter((name) => !name.endsWith(SUFFIX))).toEqual([]);
});

/** What the program itself lists, groups opened (`token info`), each with its help. */
async function commandsOfTheProgram(): Promise<ReadonlyMap<string, string>> {
  const stage = await Stage.open();
  const lines: string[] = [];
  stage.audience = {
    onPeople: () => undefined,
    onData: (line) => lines.push(line),
    onQuestion: async () => undefined,
  };
  async function help(...words: readonly string[]): Promise<readonly string[]> {
    lines.length = 0;
    await stage.bench.run(...words, '--help');
    return [...lines];
  }
  /** Below "Commands:", each begins a line that is indented by two. */
  function listed(text: readonly string[]): readonly string[] {
    const begin = text.indexOf('Commands:');
    const names = text.slice(begin).flatMap((line) => /^ {2}([a-z]\S*)/.exec(line)?.[1] ?? []);
    return begin < 0 ? [] : names.filter((name) => name !== 'help');
  }
  try {
    const found = new Map<string, string>();
    for (const name of listed(await help())) {
      const own = await help(name);
      const below = listed(own);
      if (below.length === 0) {
        found.set(name, own.join('\n'));
      }
      for (const each of below) {
        found.set(`${name} ${each}`, (await help(name, each)).join('\n'));
      }
    }
    return found;
  } finally {
    await stage.close();
  }
}

test('every command has a session in which it does what it is for, and one in which it does not', async () => {
  const commands = [...(await commandsOfTheProgram()).keys()];
  expect(commands).toContain('token info');
  expect(commands.length).toBeGreaterThan(12);
  const runs = [...played.values()]
    .flatMap((session) => session.commands)
    .filter(({ words }) => !words.includes('--help'));
  function has(command: string, isWanted: (exitCode: number | undefined) => boolean): boolean {
    return runs.some(
      ({ words, exitCode }) => `${words.join(' ')} `.startsWith(`${command} `) && isWanted(exitCode),
    );
  }
  expect(commands.filter((command) => !has(command, (exitCode) => exitCode === 0))).toEqual([]);
  expect(commands.filter((command) => !has(command, (exitCode) => exitCode !== 0))).toEqual([]);
});

/** What is wrong with a command line that somebody is told to run; nothing when it can be run. */
function whatIsWrong(line: string, commands: ReadonlyMap<string, string>): string | undefined {
  const [own = ''] = line.split(' -- ');
  const [name, help] = [...commands].find(([each]) => `${own} `.startsWith(`${each} `)) ?? [];
  if (name === undefined || help === undefined) {
    return own === '--help' ? undefined : `no command: ${line}`;
  }
  const missing = (own.match(/--[a-z-]+/g) ?? []).filter((option) => !help.includes(option));
  return missing.length === 0 ? undefined : `${name} has no ${missing.join(', ')}: ${line}`;
}

test('every command that people are told to run exists, with the options it is named with', async () => {
  const commands = await commandsOfTheProgram();
  expect(whatIsWrong('enroll alice --slot primary -- --foo', commands)).toBeUndefined();
  expect(whatIsWrong('enrol alice', commands)).toBe('no command: enrol alice');
  expect(whatIsWrong('enroll alice --foo', commands)).toBe('enroll has no --foo: enroll alice --foo');
  const told = [...played.values()].flatMap(({ text }) =>
    [...text.matchAll(/`mfa-runbook ([^`]+)`/g)].map(([, line = '']) => line),
  );
  expect(told.length).toBeGreaterThan(50);
  expect([...new Set(told.flatMap((line) => whatIsWrong(line, commands) ?? []))]).toEqual([]);
});
