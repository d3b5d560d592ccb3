/**
 * The virtual readers of one process, used from another over loopback: one JSON object a line. So the card, which
 * holds the seed as a token does, stays in the process of the test.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { decodeError, encodeError } from '../../../runbook/seed-phase/wire';
import { formatHex } from '../../../runbook/token/apdu';
import type { Card, Readers } from '../../../runbook/token/readers';
import type { CommandApdu } from '../../../runbook/token/transport';
import { parseHex } from '../../tokens/parse-hex';

type Question =
  | { readonly id: number; readonly ask: 'card'; readonly reader?: string }
  | { readonly id: number; readonly ask: 'abort' }
  | {
      readonly id: number;
      readonly ask: 'transmit';
      readonly card: number;
      readonly command: Omit<CommandApdu, 'bytes'> & { readonly bytes: string };
    };

interface LineCard {
  readonly card: number;
  readonly reader: string;
  readonly atr: string;
}

type Answer =
  | { readonly id: number; readonly value: LineCard | string }
  | { readonly id: number; readonly error: ReturnType<typeof encodeError> };

/** Readers that other processes may use, by the port. */
interface ServedReaders {
  readonly port: number;
  close(): Promise<void>;
}

export async function serveReaders(readers: Pick<Readers, 'card'>): Promise<ServedReaders> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    answerOn(socket, readers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('the readers have no port');
  }
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) {
          socket.destroy();
        }
        server.close(() => resolve());
      }),
  };
}

function answerOn(socket: Socket, readers: Pick<Readers, 'card'>): void {
  const cards: Card[] = [];
  const waits = new Map<number, AbortController>();
  async function answer(question: Exclude<Question, { ask: 'abort' }>): Promise<LineCard | string> {
    if (question.ask === 'transmit') {
      const { card: number, command } = question;
      const card = cards[number];
      if (card === undefined) {
        throw new Error(`there is no card ${number}`);
      }
      return formatHex(await card.transmit({ ...command, bytes: parseHex(command.bytes) }));
    }
    const stop = new AbortController();
    waits.set(question.id, stop);
    const card = await readers.card(question.reader, stop.signal);
    return { card: cards.push(card) - 1, reader: card.reader, atr: formatHex(card.atr) };
  }
  createInterface({ input: socket }).on('line', (line) => {
    const question = JSON.parse(line) as Question;
    if (question.ask === 'abort') {
      waits.get(question.id)?.abort();
      return;
    }
    function say(said: Answer): void {
      return void (socket.writable && socket.write(`${JSON.stringify(said)}\n`));
    }
    answer(question).then(
      (value) => say({ id: question.id, value }),
      (error: unknown) => {
        const isReason = error === waits.get(question.id)?.signal.reason;
        say({ id: question.id, error: encodeError(error, isReason) });
      },
    );
  });
}

interface Pending {
  readonly resolve: (value: LineCard | string) => void;
  readonly reject: (error: unknown) => void;
}

/** The readers behind a port. */
export class LineReaders implements Pick<Readers, 'card'> {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending & { readonly signal: AbortSignal | undefined }>();
  #lastId = 0;

  public constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    createInterface({ input: this.#socket }).on('line', (line) => {
      const said = JSON.parse(line) as Answer;
      const pending = this.#pending.get(said.id);
      if (pending === undefined) {
        return;
      }
      this.#pending.delete(said.id);
      if ('error' in said) {
        pending.reject(decodeError(said.error, pending.signal?.reason));
      } else {
        pending.resolve(said.value);
      }
    });
  }

  public async card(reader: string | undefined, signal: AbortSignal): Promise<Card> {
    signal.throwIfAborted();
    const id = ++this.#lastId;
    signal.addEventListener('abort', () => this.#say({ id, ask: 'abort' }));
    const found = await this.#ask({ id, ask: 'card', ...(reader === undefined ? {} : { reader }) }, signal);
    const card = found as LineCard;
    return {
      reader: card.reader,
      atr: parseHex(card.atr),
      removed: new Promise(() => undefined),
      transmit: async (command) => {
        const sent = { ...command, bytes: formatHex(command.bytes) };
        const asked = { id: ++this.#lastId, ask: 'transmit', card: card.card, command: sent } as const;
        return parseHex((await this.#ask(asked)) as string);
      },
    };
  }

  #ask(question: Question, signal?: AbortSignal): Promise<LineCard | string> {
    return new Promise((resolve, reject) => {
      this.#pending.set(question.id, { resolve, reject, signal });
      this.#say(question);
    });
  }

  #say(question: Question): void {
    this.#socket.write(`${JSON.stringify(question)}\n`);
  }
}
