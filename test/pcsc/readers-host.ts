/**
 * Runs `PcscReaders` in a process of its own, which `RemoteReaders` calls over the IPC channel.
 *
 * When the channel closes, the process must end without help if the readers were closed before. If they were not, the
 * caller has died, and the process exits at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PcscReaders } from '../../runbook/token/pcsc';
import { type Card, ReaderError, type ReaderFault } from '../../runbook/token/readers';
import { CardGoneError, type CommandApdu } from '../../runbook/token/transport';

export type HostCall =
  | { readonly name: 'list' }
  /** `reason`: the signal was already aborted. */
  | { readonly name: 'card'; readonly reader: string | undefined; readonly reason: string | undefined }
  | { readonly name: 'abort'; readonly request: number; readonly reason: string }
  | { readonly name: 'transmit'; readonly card: number; readonly command: CommandApdu }
  | { readonly name: 'close' };

interface HostRequest {
  readonly id: number;
  readonly call: HostCall;
}

/** A card keeps its number while it is the same object. */
export interface HostCard {
  readonly card: number;
  readonly reader: string;
  readonly atr: Uint8Array;
}

export interface HostExchange {
  readonly answer: Uint8Array;
  /** The bytes of the command after it was sent. */
  readonly command: Uint8Array;
}

export interface HostError {
  readonly message: string;
  readonly reader?: { readonly fault: ReaderFault; readonly readers: readonly string[] };
  readonly gone?: { readonly command: string; readonly cause: string };
}

export type HostMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: HostError }
  | { readonly removed: number };

/** The exit code when the process is still running this long after it was closed. */
const STILL_ALIVE_EXIT_CODE = 3;
const STILL_ALIVE_MS = 10_000;

const readers = new PcscReaders({
  transmitTimeoutMs: 1_000,
  exclusive: process.argv.includes('exclusive'),
});
const cards: Card[] = [];
const waits = new Map<number, AbortController>();
let isClosed = false;

function describeCard(card: Card): HostCard {
  let number = cards.indexOf(card);
  if (number < 0) {
    number = cards.push(card) - 1;
    void card.removed.then(() => say({ removed: number }));
  }
  return { card: number, reader: card.reader, atr: card.atr };
}

async function waitForCard(id: number, reader: string | undefined, reason?: string): Promise<HostCard> {
  const stop = new AbortController();
  if (reason !== undefined) {
    stop.abort(new Error(reason));
  }
  waits.set(id, stop);
  try {
    return describeCard(await readers.card(reader, stop.signal));
  } finally {
    waits.delete(id);
  }
}

async function transmit(number: number, command: CommandApdu): Promise<HostExchange> {
  const card = cards[number];
  if (!card) {
    throw new Error(`there is no card ${number}`);
  }
  return { answer: await card.transmit(command), command: command.bytes };
}

async function answer({ id, call }: HostRequest): Promise<unknown> {
  switch (call.name) {
    case 'list':
      return readers.list();
    case 'card':
      return waitForCard(id, call.reader, call.reason);
    case 'abort':
      return waits.get(call.request)?.abort(new Error(call.reason));
    case 'transmit':
      return transmit(call.card, call.command);
    case 'close':
      await readers.close();
      isClosed = true;
      return undefined;
  }
}

function describeError(error: unknown): HostError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ReaderError) {
    return { message, reader: { fault: error.fault, readers: error.readers } };
  }
  if (error instanceof CardGoneError) {
    return { message, gone: { command: error.command, cause: String(error.cause) } };
  }
  return { message };
}

function say(message: HostMessage): void {
  if (process.connected) {
    process.send?.(message);
  }
}

process.on('message', (request: HostRequest) => {
  answer(request).then(
    (value) => say({ id: request.id, value }),
    (error: unknown) => say({ id: request.id, error: describeError(error) }),
  );
});
process.on('disconnect', () => {
  if (!isClosed) {
    process.exit(1);
  }
  void sleep(STILL_ALIVE_MS, undefined, { ref: false }).then(() => process.exit(STILL_ALIVE_EXIT_CODE));
});
