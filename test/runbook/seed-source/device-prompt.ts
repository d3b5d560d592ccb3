/** Asks on the terminal, and then reads standard input, which is something else. */
import { linesOf } from '../../../runbook/terminal/byte-input';
import { openTerminalDevice } from '../../../runbook/terminal/terminal-device';

async function main(): Promise<void> {
  const never = new AbortController().signal;
  const answer = await openTerminalDevice()?.ask({ name: 'code', message: 'which code' }, never);
  const line = await linesOf(0)({ name: 'piped', message: 'piped' }, never);
  process.stdout.write(`answered ${answer}, piped ${line}\n`);
}

void main().then(() => process.exit(0));
