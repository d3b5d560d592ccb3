/**
 * Finds the program that a name means on Windows, as a shell does: `npx` is `npx.cmd` there, which only `cmd.exe` can run.
 *
 * `cmd.exe` reads its line twice for a batch file, so every character that means something to it is escaped twice.
 */
import { posix, win32 } from 'node:path';

/** A program as it is spawned. */
interface Spawnable {
  readonly command: string;
  readonly args: readonly string[];
  /** The arguments are quoted already. */
  readonly windowsVerbatimArguments?: true;
}

const DEFAULT_EXTENSIONS = '.COM;.EXE;.BAT;.CMD';

/**
 * Makes a batch file runnable; leaves every other program to the system.
 *
 * @param exists tells whether a file is there
 */
export function windowsProgram(
  { command, args }: Spawnable,
  env: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean,
): Spawnable {
  const found = findProgram(command, env, exists);
  if (found === undefined || !/\.(cmd|bat)$/i.test(found)) {
    return { command: found ?? command, args };
  }
  const line = [escaped(win32.normalize(found)), ...args.map((each) => escapedTwice(quoted(each)))].join(' ');
  return {
    command: variable(env, 'ComSpec') ?? 'cmd.exe',
    args: ['/d', '/s', '/c', `"${line}"`],
    windowsVerbatimArguments: true,
  };
}

function findProgram(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean,
): string | undefined {
  const extensions = (variable(env, 'PATHEXT') ?? DEFAULT_EXTENSIONS).split(';').filter(Boolean);
  const names = win32.extname(command) === '' ? extensions.map((each) => `${command}${each}`) : [command];
  const isPath = win32.basename(command) !== command || posix.basename(command) !== command;
  const folders = isPath ? [''] : (variable(env, 'Path') ?? '').split(';').filter(Boolean);
  const paths = folders.flatMap((folder) => names.map((name) => (isPath ? name : win32.join(folder, name))));
  return paths.find(exists);
}

/** Names of variables have no case on Windows. */
function variable(env: Readonly<Record<string, string | undefined>>, wanted: string): string | undefined {
  return Object.entries(env).find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1];
}

/** Quotes an argument as programs of Windows take it apart: backslashes count only before a quote. */
function quoted(argument: string): string {
  return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

function escaped(text: string): string {
  return text.replace(/[()\][%!^"`<>&|;, *?]/g, '^$&');
}

function escapedTwice(text: string): string {
  return escaped(escaped(text));
}
