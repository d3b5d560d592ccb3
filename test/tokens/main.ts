/**
 * `npm run virtual-token`: a virtual token in the virtual reader of vpcd, with its button and display in this
 * terminal.
 *
 * On a terminal it greets and prompts; without one it answers each line of its input with what is to be seen
 * then, so that a script can be the operator.
 */
import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError } from 'commander';
import { CONSOLE_HELP, obey, type Reader } from './console';
import { VirtualToken2Single } from './token2-single';
import { VPCD_PORT, VpcdSlot } from './vpcd';

interface Options {
  readonly serial: string;
  readonly clockOffset: number;
  readonly port: number;
}

const program = new Command('virtual-token')
  .description('a virtual token in the virtual reader of vsmartcard-vpcd')
  .option('--serial <serial>', 'its serial; the first digits are its model', '86596220000001')
  .option('--clock-offset <seconds>', 'how far its clock is ahead until it is set', wholeNumber, 0)
  .option('--port <port>', 'where vpcd listens; the second slot is one higher', wholeNumber, VPCD_PORT)
  .addHelpText('after', `\nCommands, one a line:\n${CONSOLE_HELP}`)
  .action((options: Options) => run(options));

async function run({ serial, clockOffset, port }: Options): Promise<void> {
  const token = new VirtualToken2Single({ serial, clock: Date.now, clockOffsetSeconds: clockOffset });
  const slot = new VpcdSlot({ port });
  const reader: Reader = {
    get isLaid() {
      return slot.isLaid;
    },
    lay: () => slot.layOn(token),
    pull: () => slot.pull(),
  };
  const isTerminal = process.stdin.isTTY === true;
  function say(text: string) {
    return process.stdout.write(`${text}\n`);
  }
  if (isTerminal) {
    say(`token ${serial} waits for vpcd on port ${port} …`);
  }
  token.press();
  await reader.lay();
  say('on the reader, switched on');
  if (isTerminal) {
    say(CONSOLE_HELP);
  }
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal && { output: process.stdout, prompt: '> ' }),
  });
  if (isTerminal) {
    lines.prompt();
  }
  for await (const line of lines) {
    const seen = await obey(line, token, reader);
    if (seen === undefined) {
      break;
    }
    say(seen);
    if (isTerminal) {
      lines.prompt();
    }
  }
  lines.close();
  await reader.pull();
}

function wholeNumber(text: string): number {
  if (!/^-?\d+$/.test(text)) {
    throw new InvalidArgumentError(`"${text}" is not a whole number`);
  }
  return Number(text);
}

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`virtual-token: error: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
