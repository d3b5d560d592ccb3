/**
 * `npm run virtual-token`: runs a virtual token on the virtual reader of vpcd, with its button and display in this
 * terminal.
 *
 * On a terminal it prints help and prompts; otherwise it prints one answer for each line of input, so that a script can
 * be the operator.
 */
import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  consoleHelp,
  type Operated,
  obey,
  obeyPrinted,
  operateMolto2,
  operateOath,
  operateSingle,
  PRINTED_HELP,
  type Reader,
} from './console';
import { PrintedFob } from './printed-fob';
import { VirtualMolto2 } from './token2-molto2';
import { VirtualToken2Single } from './token2-single';
import { VPCD_PORT, VpcdSlot } from './vpcd';
import { VirtualYkOath } from './ykoath';

interface Options {
  readonly kind: string;
  readonly serial?: string;
  readonly clockOffset: number;
  readonly port: number;
}

/** A token of AWS's suppliers has a display, and no reader reads it. */
const PRINTED = 'hardware-totp';

/** One kind of token: its serial unless another is given, and the way to make it. */
interface Kind {
  readonly serial: string;
  make(options: { readonly serial: string; readonly clockOffsetSeconds: number }): Operated;
}

/** By the type that the inventory has for them. */
const KINDS: Readonly<Record<string, Kind>> = {
  programmable: {
    serial: '86596220000001',
    make: (options) => {
      const token = new VirtualToken2Single({ ...options, clock: Date.now });
      token.press();
      return operateSingle(token);
    },
  },
  molto2: {
    serial: '826658719844499',
    make: (options) => operateMolto2(new VirtualMolto2({ ...options, clock: Date.now })),
  },
  oath: {
    serial: '12345678',
    make: ({ serial }) => operateOath(new VirtualYkOath({ serial: wholeNumber(serial) })),
  },
};

const program = new Command('virtual-token')
  .description('A virtual token on the virtual reader of vsmartcard-vpcd.')
  .addOption(
    new Option('--kind <kind>', 'the kind of token')
      .choices([...Object.keys(KINDS), PRINTED])
      .default('programmable'),
  )
  .option('--serial <serial>', 'the serial; its first digits decide the model')
  .option('--clock-offset <seconds>', 'seconds by which its clock is ahead until it is set', wholeNumber, 0)
  .option('--port <port>', 'the port of vpcd; the second slot is one higher', wholeNumber, VPCD_PORT)
  .addHelpText('after', '\nOn its standard input it takes commands, one per line; `help` lists them.')
  .action((options: Options) => (options.kind === PRINTED ? runPrinted(options.serial) : run(options)));

/** A printed token of the sandbox's samples: its seed follows from its serial. */
async function runPrinted(serial = 'GAHT12345678'): Promise<void> {
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

async function run({ kind, serial, clockOffset, port }: Options): Promise<void> {
  const chosen = KINDS[kind];
  if (!chosen) {
    throw new Error(`there is no kind "${kind}"`);
  }
  const token = chosen.make({ serial: serial ?? chosen.serial, clockOffsetSeconds: clockOffset });
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
