/** Every recorded session, to the letter; every command of the program has one. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Played, playSession } from './play-session';
import { parseSession } from './session-file';
import { Stage } from './stage';

const SUFFIX = '.session';
const UPDATES = process.env.UPDATE_SESSIONS === '1';
const REWRITE =
  'if this is as it should be: UPDATE_SESSIONS=1 npx jest test/sessions, and read the difference';

const files = readdirSync(__dirname).filter((name) => !name.endsWith('.ts'));
const played = new Map<string, Played>();

test.each(files.filter((name) => name.endsWith(SUFFIX)))('%s', async (name) => {
  const path = join(__dirname, name);
  const recorded = readFileSync(path, 'utf8');
  const session = await playSession(parseSession(recorded));
  played.set(name, session);
  expect(session.leaks).toEqual([]);
  if (UPDATES) writeFileSync(path, session.text);
  else if (session.text !== recorded) expect(`${session.text}\n${REWRITE}`).toBe(recorded);
});

test('nothing lies here that is neither a session nor a part of its player', () => {
  expect(files.filter((name) => !name.endsWith(SUFFIX))).toEqual([]);
});

/** What the program itself lists, groups opened: `token info`. */
async function commandsOfTheProgram(): Promise<readonly string[]> {
  const stage = await Stage.open();
  const lines: string[] = [];
  stage.audience = {
    onPeople: () => undefined,
    onData: (line) => lines.push(line),
    onQuestion: async () => undefined,
  };
  /** Below "Commands:", each begins a line that is indented by two. */
  const listed = async (...group: readonly string[]): Promise<readonly string[]> => {
    lines.length = 0;
    await stage.bench.run(...group, '--help');
    const begin = lines.indexOf('Commands:');
    const names =
      begin < 0 ? [] : lines.slice(begin).flatMap((line) => /^ {2}([a-z]\S*)/.exec(line)?.[1] ?? []);
    return names.filter((name) => name !== 'help').map((name) => [...group, name].join(' '));
  };
  try {
    const found: string[] = [];
    for (const name of await listed()) {
      const below = await listed(name);
      found.push(...(below.length === 0 ? [name] : below));
    }
    return found;
  } finally {
    await stage.close();
  }
}

test('every command has a session in which it does what it is for, and one in which it refuses', async () => {
  const commands = await commandsOfTheProgram();
  expect(commands).toContain('token info');
  expect(commands.length).toBeGreaterThan(12);
  const runs = [...played.values()].flatMap((session) => session.commands);
  const has = (command: string, isWanted: (exitCode: number | undefined) => boolean): boolean =>
    runs.some(({ words, exitCode }) => `${words.join(' ')} `.startsWith(`${command} `) && isWanted(exitCode));
  expect(commands.filter((command) => !has(command, (exitCode) => exitCode === 0))).toEqual([]);
  expect(commands.filter((command) => !has(command, (exitCode) => exitCode !== 0))).toEqual([]);
});
