/**
 * `Readers` in a process of their own; see `readers-host.ts`.
 *
 * The native part of nfc-pcsc must not share a process with the virtual card. It blocks the main thread, in callbacks
 * and when a reader is garbage collected, until pcscd answers; pcscd may be waiting for the card; and the card runs on
 * the main thread. A separate process that hangs can also be killed: every call here has a deadline.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Card, ReaderError, type Readers } from '../../runbook/token/readers';
import { CardGoneError, type CommandApdu } from '../../runbook/token/transport';
import type { HostCall, HostCard, HostError, HostExchange, HostMessage } from './readers-host';

/** Longer than any wait in a call. */
const CALL_TIMEOUT_MS = 60_000;
/** The time from the end of `close` until the process must have ended without help. */
const END_TIMEOUT_MS = 30_000;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class RemoteReaders implements Readers {
  readonly #host: ChildProcess;
  readonly #ended: Promise<string>;
  readonly #pending = new Map<number, Pending>();
  readonly #cards = new Map<number, RemoteCard>();
  #lastId = 0;

  /** @param options of the readers in the other process */
  public constructor(...options: readonly 'exclusive'[]) {
    this.#host = fork(join(__dirname, 'readers-host.ts'), options, {
      execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href],
      serialization: 'advanced',
    });
    this.#host.on('message', (message) => this.#heard(message as HostMessage));
    this.#ended = new Promise((resolve) => {
      this.#host.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
    });
    void this.#ended.then((how) => this.#failAll(new Error(`the process with the readers ${how}`)));
  }

  public async list(): Promise<readonly string[]> {
    return (await this.#ask({ name: 'list' })) as readonly string[];
  }

  public async card(reader: string | undefined, signal: AbortSignal): Promise<Card> {
    function reasonOf() {
      return (signal.reason as Error).message;
    }
    const request = this.#lastId + 1;
    const asked = this.#ask({ name: 'card', reader, reason: signal.aborted ? reasonOf() : undefined });
    const abort = () => void this.#ask({ name: 'abort', request, reason: reasonOf() }).catch(() => undefined);
    signal.addEventListener('abort', abort);
    try {
      return this.#cardOf((await asked) as HostCard);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Suspends the process, as Ctrl-Z does. */
  public suspend(): void {
    this.#host.kill('SIGSTOP');
  }

  public resume(): void {
    this.#host.kill('SIGCONT');
  }

  /** @throws Error when the process does not end without help afterwards, or with an error */
  public async close(): Promise<void> {
    await this.#ask({ name: 'close' });
    this.#host.disconnect();
    const timer = setTimeout(() => this.#host.kill('SIGKILL'), END_TIMEOUT_MS);
    const how = await this.#ended;
    clearTimeout(timer);
    if (how !== 'ended with code 0') {
      throw new Error(`after closing, the process with the readers ${how}`);
    }
  }

  async #ask(call: HostCall): Promise<unknown> {
    const id = ++this.#lastId;
    const timer = setTimeout(() => {
      this.#failAll(new Error(`no answer to "${call.name}" within ${CALL_TIMEOUT_MS} ms`));
      this.#host.kill('SIGKILL');
    }, CALL_TIMEOUT_MS);
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        this.#host.send({ id, call }, (error) => error && reject(error));
      });
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  #heard(message: HostMessage): void {
    if ('removed' in message) {
      this.#cards.get(message.removed)?.leave();
      return;
    }
    const pending = this.#pending.get(message.id);
    if ('error' in message) {
      pending?.reject(remade(message.error));
    } else {
      pending?.resolve(message.value);
    }
  }

  #cardOf(found: HostCard): RemoteCard {
    let card = this.#cards.get(found.card);
    if (!card) {
      card = new RemoteCard(found, (command) => this.#transmit(found.card, command));
      this.#cards.set(found.card, card);
    }
    return card;
  }

  async #transmit(card: number, command: CommandApdu): Promise<Uint8Array> {
    const exchange = (await this.#ask({ name: 'transmit', card, command })) as HostExchange;
    command.bytes.set(exchange.command);
    return exchange.answer;
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#pending.values()) {
      reject(error);
    }
  }
}

class RemoteCard implements Card {
  public readonly reader: string;
  public readonly atr: Uint8Array;
  public readonly removed: Promise<void>;
  public readonly transmit: (command: CommandApdu) => Promise<Uint8Array>;
  #resolveRemoved: () => void = () => {};

  public constructor({ reader, atr }: HostCard, transmit: RemoteCard['transmit']) {
    this.reader = reader;
    this.atr = atr;
    this.transmit = transmit;
    this.removed = new Promise((resolve) => {
      this.#resolveRemoved = resolve;
    });
  }

  public leave(): void {
    this.#resolveRemoved();
  }
}

/** Restores an error of the other process. */
function remade({ message, reader, gone }: HostError): Error {
  if (reader) {
    return new ReaderError(reader.fault, reader.readers);
  }
  if (gone) {
    return new CardGoneError(gone.command, { cause: new Error(gone.cause) });
  }
  return new Error(message);
}
