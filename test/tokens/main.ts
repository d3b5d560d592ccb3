/**
 * `npm run virtual-token`: runs a virtual token on the virtual reader of vpcd, with its button and display in this
 * terminal.
 *
 * On a terminal it prints help and prompts; otherwise it prints one answer for each line of input, so that a script can
 * be the operator.
 */
import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError } from 'commander';
import { CONSOLE_HELP, obey, obeyPrinted, PRINTED_HELP, type Reader } from './console';
import { PrintedFob } from './printed-fob';
import { VirtualToken2Single } from './token2-single';
import { VPCD_PORT, VpcdSlot } from './vpcd';

interface Options {
  readonly serial: string;
  readonly clockOffset: number;
  readonly port: number;
  readonly printed?: string;
}

const program = new Command('virtual-token')
  .description('A virtual token on the virtual reader of vsmartcard-vpcd.')
  .option('--serial <serial>', 'the serial; its first digits decide the model', '86596220000001')
  .option('--clock-offset <seconds>', 'seconds by which its clock is ahead until it is set', wholeNumber, 0)
  .option('--port <port>', 'the port of vpcd; the second slot is one higher', wholeNumber, VPCD_PORT)
  .option('--printed <serial>', "a token of AWS's suppliers instead, with a display and without NFC")
  .addHelpText('after', `\nCommands, one per line:\n${CONSOLE_HELP}`)
  .action((options: Options) => (options.printed === undefined ? run(options) : runPrinted(options.printed)));

/** A printed token of the sandbox's samples: its seed follows from its serial. */
async function runPrinted(serial: string): Promise<void> {
  const fob = new PrintedFob({ serial, seed: PrintedFob.sampleSeed(serial), clock: Date.now });
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) {
    process.stdout.write(`token ${serial}\n${PRINTED_HELP}\n`);
  }
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    const seen = obeyPrinted(line, fob);
    if (seen === undefined) {
      break;
    }
    process.stdout.write(`${seen}\n`);
  }
  lines.close();
}

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
