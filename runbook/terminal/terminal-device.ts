/** Asks on the terminal itself, for a command whose standard input is data. */
import { closeSync, openSync } from 'node:fs';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { ClackPrompter, type OnSignal } from './clack-prompter';
import type { Prompter } from './line-prompter';

/** The terminal that the process was started from; Windows has none by a name that Node can read keys from. */
const DEVICE = '/dev/tty';

/** Opens the terminal. @param onSignal as ClackPrompter takes it @returns nothing if the process has none */
export function openTerminalDevice(onSignal?: OnSignal, path = DEVICE): Prompter | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r+');
  } catch {
    return undefined;
  }
  if (!isatty(fd)) {
    closeSync(fd);
    return undefined;
  }
  return new ClackPrompter(new ReadStream(fd), new WriteStream(fd), onSignal);
}
