/** `mfa-runbook token list` */
import type { Command } from 'commander';
import { explain } from '../ceremony/explain';
import type { Ports } from '../ceremony/ports';
import { refusedItsKey } from '../operator/locked-token';
import { layToLook } from '../operator/token-on-reader';
import { ForeignCardError } from '../token/driver';
import { ReaderError } from '../token/readers';
import { CardGoneError } from '../token/transport';
import { withPorts } from './open-ports';
import { type CommonOptions, type Run, recordOption, withCommonOptions, withExamples } from './options';

/** A card that lies there is seen within this time: pcscd polls most readers every 0.4 s. */
const LOOK_MS = 1_500;

/** One reader, and what is on it. */
interface Seen {
  readonly reader: string;
  readonly card: 'token' | 'other' | 'mute' | 'in-use' | 'none';
  readonly serial?: string;
  readonly model?: string;
  readonly driver?: string;
  readonly detail?: string;
  /** The day since which it is not tried again, because it refused its key on this machine. */
  readonly lockedSince?: string;
}

export function addTokenList(token: Command, run: Run): void {
  const command = token
    .command('list')
    .summary('list the readers and what is on each')
    .description(
      'Lists every card reader, and kind, serial and model of the token on it. Needs no AWS account and writes nothing.',
    )
    .addOption(recordOption());
  withExamples(command, 'mfa-runbook token list', 'mfa-runbook token list --json');
  withCommonOptions(command, '--fleet', '--profile', '--region', '--yes', '--verbose').action(
    async (options: CommonOptions) => {
      await withPorts(run, options, async (ports) => {
        try {
          await list(options, ports);
        } catch (error) {
          throw explain(error, run.line).withState('no token was written, AWS was not called');
        }
      });
    },
  );
}

async function list({ reader }: CommonOptions, ports: Ports): Promise<void> {
  const { readers, terminal, signal } = ports;
  const names = reader === undefined ? await readers.list() : [reader];
  if (names.length === 0) {
    throw new ReaderError('no-reader');
  }
  const seen = await terminal.during(
    'looking at the readers',
    Promise.all(names.map((name) => look(ports, name))),
  );
  signal.throwIfAborted();
  for (const each of seen) {
    terminal.event('reader', { ...each });
  }
  const rows = seen.map(({ reader: name, card, serial, model, driver, detail, lockedSince }) => [
    name,
    card === 'token' ? `${driver} ${serial}` : WORDS[card],
    model ?? detail ?? '',
    lockedSince === undefined ? '' : refusedItsKey(lockedSince),
  ]);
  terminal.table([['reader', 'token', 'model', ''], ...rows].map((cells) => ({ cells })));
}

const WORDS: Readonly<Record<Exclude<Seen['card'], 'token'>, string>> = {
  other: 'not a known token',
  mute: 'does not answer',
  'in-use': 'in use by another program',
  none: 'empty',
};

async function look(ports: Ports, reader: string): Promise<Seen> {
  const over = new AbortController();
  const either = AbortSignal.any([ports.signal, over.signal]);
  const tooLong = ports.clock.sleep(LOOK_MS, either).then(
    () => over.abort(),
    () => undefined,
  );
  try {
    const { card, driver, info } = await layToLook(ports, reader)(either);
    const { serial, model } = info;
    const lockedSince = await ports.lockedTokens.since(serial);
    const token = { reader: card.reader, card: 'token', serial, model, driver: driver.id } as const;
    return { ...token, ...(lockedSince !== undefined && { lockedSince }) };
  } catch (error) {
    ports.signal.throwIfAborted();
    return { reader, ...judge(error, over.signal.aborted) };
  } finally {
    over.abort();
    await tooLong;
  }
}

/** Tells what an error says about the card; another error is thrown on. */
function judge(error: unknown, isOver: boolean): Omit<Seen, 'reader'> {
  if (error instanceof ForeignCardError) {
    return { card: 'other', detail: error.detail };
  }
  if (error instanceof CardGoneError || (error instanceof ReaderError && error.fault === 'mute-card')) {
    return { card: 'mute' };
  }
  if (error instanceof ReaderError && error.fault === 'card-in-use') {
    return { card: 'in-use' };
  }
  if (isOver) {
    return { card: 'none' };
  }
  throw error;
}
