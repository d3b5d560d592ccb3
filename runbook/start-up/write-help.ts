/** Makes the help pages. The build calls it; the command only reads what it made. */
import type { Command } from 'commander';
import { program } from '../cli';
import type { Host } from '../commands/host';
import { CommandLine } from '../terminal/command-line';
import type { HelpPage } from './help-page';

/** Wider than any paragraph. */
const UNWRAPPED = 100_000;

/** Makes the page of each command, by the arguments that ask for it, such as `token info --help`, and the version. */
export function helpPages(): Readonly<Record<string, HelpPage>> {
  // Describing a command asks nothing of the machine.
  const root = program([], { host: {} as Host, line: CommandLine.of([]), exitWith: () => undefined });
  const version: HelpPage = { body: `${root.version()}\n`, column: 0, after: '' };
  return { '--version': version, ...pagesOf(root, []) };
}

function pagesOf(command: Command, path: readonly string[]): Readonly<Record<string, HelpPage>> {
  return Object.assign(
    { [[...path, '--help'].join(' ')]: pageOf(command) },
    ...command.commands.map((each) => pagesOf(each, [...path, each.name()])),
  );
}

function pageOf(command: Command): HelpPage {
  let text = '';
  command.configureOutput({
    writeOut: (piece) => {
      text += piece;
    },
    getOutHelpWidth: () => UNWRAPPED,
  });
  command.outputHelp();
  const body = command.helpInformation();
  const help = command.createHelp();
  // A list's items are indented by two, and two spaces come before a description.
  return { body, column: 2 + help.padWidth(command, help) + 2, after: text.slice(body.length) };
}
