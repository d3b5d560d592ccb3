/** The commands that people are told to run, held against the commands there are. */
import { Stage } from '../transcripts/stage';

/** The help page of every command, by its name: of a group (`token`) those below it. */
export async function helpPages(): Promise<ReadonlyMap<string, string>> {
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
  /** The names in the list below "Commands:". */
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

/** The reason why a command line cannot be run; nothing when it can. */
function whatIsWrong(line: string, commands: ReadonlyMap<string, string>): string | undefined {
  const [own = ''] = line.split(' -- ');
  const [name, help] = [...commands].find(([each]) => `${own} `.startsWith(`${each} `)) ?? [];
  if (name === undefined || help === undefined) {
    return own === '--help' ? undefined : `no command: ${line}`;
  }
  const missing = (own.match(/--[a-z-]+/g) ?? []).filter((option) => !help.includes(option));
  return missing.length === 0 ? undefined : `${name} has no ${missing.join(', ')}: ${line}`;
}

/** The command lines that cannot be run, each with the reason. */
export async function toldWrongly(lines: readonly string[]): Promise<readonly string[]> {
  const commands = await helpPages();
  return [...new Set(lines.flatMap((line) => whatIsWrong(line, commands) ?? []))];
}
