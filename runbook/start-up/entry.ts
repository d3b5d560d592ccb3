/**
 * The start of the built command. Help and version are printed from pages that the build wrote, because describing the
 * commands takes longer than starting Node; for everything else the command itself is loaded.
 */
import { fstatSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isReaderGone, lostOutputText, READER_GONE } from '../terminal/data-output';
import { type HelpPage, wrapHelpPage } from './help-page';

/** Commander's own width, if the output is not a terminal. */
const DEFAULT_WIDTH = 80;

const STDOUT = 1;
const LONG: Readonly<Record<string, string>> = { '-h': '--help', '-V': '--version' };

/** Finds the page, if the arguments ask for one and for nothing else. */
function askedPage(args: readonly string[]): HelpPage | undefined {
  const last = args.at(-1) ?? '';
  const flag = LONG[last] ?? last;
  if (flag !== '--help' && flag !== '--version') {
    return undefined;
  }
  const pages: Record<string, HelpPage> = JSON.parse(readFileSync(join(__dirname, 'help.json'), 'utf8'));
  const name = [...args.slice(0, -1), flag].join(' ');
  return Object.hasOwn(pages, name) ? pages[name] : undefined;
}

/** Ends the process as the command would, if its output is lost. */
function failWith(error: NodeJS.ErrnoException): void {
  if (isReaderGone(error)) {
    process.exitCode = READER_GONE;
    return;
  }
  process.stderr.write(`mfa-runbook: error: ${lostOutputText(error)}\n`);
  process.exitCode = 1;
}

/** Prints a page. Opening `process.stdout` costs Node a sixth of a start, so only terminals, which have a width, pay it. */
function print(page: HelpPage): void {
  if (fstatSync(STDOUT).isCharacterDevice()) {
    process.stdout.on('error', failWith).write(wrapHelpPage(page, process.stdout.columns ?? DEFAULT_WIDTH));
    return;
  }
  let rest: Uint8Array = Buffer.from(wrapHelpPage(page, DEFAULT_WIDTH));
  try {
    while (rest.length > 0) {
      rest = rest.subarray(writeSync(STDOUT, rest));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
      failWith(error as NodeJS.ErrnoException);
      return;
    }
    // A pipe that is full and does not block.
    process.stdout.on('error', failWith).write(rest);
  }
}

const page = askedPage(process.argv.slice(2));
if (page === undefined) {
  require('../main');
} else {
  print(page);
}
