/**
 * `npm run virtual-token`: runs a virtual token on the virtual reader of vpcd, with its button and display in this
 * terminal.
 *
 * On a terminal it prints help and prompts; otherwise it prints a line once it is there and one answer for each line of input,
 * so that a script can be the operator.
 */
import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError, Option } from 'commander';
import { consoleHelp, greetPrinted, obey, obeyPrinted, type Reader } from './console';
import { KINDS, LOCK_SECRET } from './kinds';
import { PrintedFob } from './printed-fob';
import { VPCD_PORT, VpcdSlot } from './vpcd';

interface Options {
  readonly kind: string;
  readonly serial?: string;
  readonly clockOffset: number;
  readonly port: number;
  readonly locked: boolean;
}

/** A token of AWS's suppliers has a display, and no reader reads it. */
const PRINTED = 'hardware-totp';

const program = new Command('virtual-token')
  .description('A virtual token on the virtual reader of vsmartcard-vpcd.')
  .addOption(
    new Option('--kind <kind>', 'the kind of token')
      .choices([...Object.keys(KINDS), PRINTED])
      .default('programmable'),
  )
  .option('--serial <serial>', 'the serial; its first digits decide the model')
  .option('--clock-offset <seconds>', 'seconds by which its clock is ahead until it is set', wholeNumber, 0)
  .option(
    '--locked',
    `an OATH key with a password, a Molto2 with a changed customer key: both are "${LOCK_SECRET}"`,
    false,
  )
  .option('--port <port>', 'the port of vpcd; the second slot is one higher', wholeNumber, VPCD_PORT)
  .addHelpText('after', '\nOn its standard input it takes commands, one per line; `help` lists them.')
  .action(start);

async function start(options: Options): Promise<void> {
  const { kind, locked, serial } = options;
  if (locked && KINDS[kind]?.hasLock !== true) {
    throw new Error(`a ${kind} token has no lock: leave --locked out`);
  }
  await (kind === PRINTED ? runPrinted(serial) : run(options));
}

/** A printed token of the sandbox's samples: its seed follows from its serial. */
async function runPrinted(serial = 'GAHT12345678'): Promise<void> {
  const fob = new PrintedFob({ serial, seed: PrintedFob.sampleSeed(serial), clock: Date.now });
  process.stdout.write(`${greetPrinted(serial, process.stdin.isTTY === true)}\n`);
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

async function run({ kind, serial: given, clockOffset, port, locked }: Options): Promise<void> {
  const chosen = KINDS[kind];
  if (!chosen) {
    throw new Error(`there is no kind "${kind}"`);
  }
  const serial = kind === 'oath' && given !== undefined ? String(wholeNumber(given)) : given;
  const token = chosen.make({
    serial: serial ?? chosen.serial,
    clockOffsetSeconds: clockOffset,
    isLocked: locked,
  });
  const slot = new VpcdSlot({ port });
  const reader: Reader = {
    get isLaid() {
      return slot.isLaid;
    },
    lay: () => slot.layOn(token.card),
    pull: () => slot.pull(),
  };
  const isTerminal = process.stdin.isTTY === true;
  function say(text: string) {
    return process.stdout.write(`${text}\n`);
  }
  if (isTerminal) {
    say(`token ${serial ?? chosen.serial} waits for vpcd on port ${port} …`);
  }
  await reader.lay();
  say('on the reader, switched on');
  if (isTerminal) {
    say(consoleHelp(token));
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
