/** The help of the built command is the help that commander prints. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { program, run } from '../../../runbook/cli';
import type { Host } from '../../../runbook/commands/host';
import { wrapHelpPage } from '../../../runbook/start-up/help-page';
import { helpPages } from '../../../runbook/start-up/write-help';
import { CommandLine } from '../../../runbook/terminal/command-line';

const BUILT = join(__dirname, '../../../runbook/build');
const PAGES = Object.entries(helpPages());

/** The help that commander prints for a terminal of this width. */
function printed(name: string, width: number): string {
  let text = '';
  let command = program([], { host: {} as Host, line: CommandLine.of([]), exitWith: () => undefined });
  for (const word of name.split(' ').slice(0, -1)) {
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) {
      throw new Error(`there is no command ${word}`);
    }
    command = next;
  }
  command.configureOutput({
    getOutHelpWidth: () => width,
    writeOut: (piece) => {
      text += piece;
    },
  });
  command.outputHelp();
  return text;
}

const OF_COMMANDS = PAGES.filter(([name]) => name.endsWith('--help'));

test('every command has a page', () => {
  const names = OF_COMMANDS.map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(['--help', 'token --help', 'token info --help', 'exec --help']),
  );
  expect(names.length).toBeGreaterThan(15);
});

test.each(OF_COMMANDS)('%s is what commander prints, at any width', (name, page) => {
  for (const width of [20, 40, 60, 79, 80, 100, 132, 200]) {
    expect(wrapHelpPage(page, width)).toBe(printed(name, width));
  }
});

function built(file: string, ...args: readonly string[]): string {
  return execFileSync(process.execPath, [join(BUILT, file), ...args], { encoding: 'utf8' });
}

test('the built pages are those of the sources', () => {
  expect(require(join(BUILT, 'help.json'))).toEqual(Object.fromEntries(PAGES));
});

test.each([['--help'], ['--version'], ['-V'], ['token', 'info', '-h']])(
  'the built command answers %s %s %s as commander does',
  (...args) => {
    expect(built('mfa-runbook.js', ...args)).toBe(built('command.js', ...args));
  },
);

test('what is more than a request for help is left to the command', async () => {
  let text = '';
  const host = {
    writeData: (piece: string) => {
      text += piece;
    },
    dataLost: async () => undefined,
  } as unknown as Host;
  expect(await run(['plan', '--json', '--help'], host)).toBe(0);
  expect(built('mfa-runbook.js', 'plan', '--json', '--help')).toBe(text);
});
