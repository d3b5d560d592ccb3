/**
 * A person at a machine: lays on the token that the screen asks for, if they have it, and types what its display shows.
 */

import { cancelled } from '../../runbook/runbook-error';
import type { SeedInput } from '../../runbook/seed-source/read-seed';
import type { Prompter } from '../../runbook/terminal/line-prompter';
import type { Question } from '../../runbook/terminal/terminal';
import { type Card, ReaderError, type Readers } from '../../runbook/token/readers';
import { CardGoneError } from '../../runbook/token/transport';
import { NO_INPUT } from '../support/local-seed-phases';
import { VirtualReaders } from '../tokens/virtual-readers';
import type { Fault } from './fault';
import type { WayOut } from './outside';
import type { Random } from './random';
import type { WorldToken } from './world-tokens';

/** As the cast has them. */
const SERIAL = /\b(8659\d{10}|8266\d{11}|1234567\d|3141592\d|GA[HK]T\d{8})\b/g;

const READER = 'Virtual Reader 00 00';

/** Questions about what somebody saw in the console. A person who is not attentive says no. */
const IN_THE_CONSOLE: ReadonlySet<string> = new Set(['added', 'removed', 'codes-taken', 'saw-sign-in']);

/** Every token serial in a text, in order. */
function serialsIn(text: string): readonly string[] {
  return text.match(SERIAL) ?? [];
}

/** The tokens of a person, and their decisions. */
interface PersonParts {
  readonly tokens: readonly WorldToken[];
  readonly random: Random;
  /** They say yes when asked to delete a device that is in the way. */
  readonly deletesLeftovers: boolean;
  /** Told of every device they agreed to give up. */
  readonly onConsent: (message: string) => void;
  /** A command went to a token: what it holds may have changed. */
  readonly onTokenTouched: () => void;
  /** Who has a token in their hands: nobody else's reader can have it. */
  readonly whereabouts: Map<WorldToken, Person>;
  /** Place of the token that a text means by holder and slot, as the label in the safe says. */
  readonly labelled: (text: string) => string | undefined;
  /** They do in a browser what the screen says. */
  readonly browse: (text: string, codes: readonly string[]) => void;
  /** Shows the code of a new device of root. @returns the text of it */
  readonly showSecret: (place: string) => Promise<string>;
  /** Tells whether what a question asks about is so in the console. */
  readonly sees: (message: string) => boolean;
  /** Reads in the console the identifier of the key that a question is about. */
  readonly keyArn: (message: string) => string | undefined;
  /** Reads in the console the name of the device that the record has for root. */
  readonly nameOfRootDevice: () => string;
}

/** Somebody with tokens, a reader and a keyboard. */
export class Person {
  readonly #parts: PersonParts;
  readonly #readers = new VirtualReaders();
  /** Tokens that are done with in this sitting, as far as the person can tell. */
  readonly #served = new Set<WorldToken>();
  #lastLaid: WorldToken | undefined;
  #onReader: WorldToken | undefined;
  #lastCode = '000000';
  /** The last two that were typed. */
  #codes: readonly string[] = [];
  /** The last lines on the screen. */
  #screen = '';
  /** Errors of whoever asks for a card next: the reader is in a drawer, or the service is down. */
  #obstacles: ReaderError[] = [];

  public constructor(parts: PersonParts) {
    this.#parts = parts;
  }

  public reads(text: string): void {
    if (/take the next one|not enrolled/.test(text) && this.#lastLaid) {
      this.#served.add(this.#lastLaid);
    }
    this.#screen = (this.#screen + text).slice(-600);
    this.#parts.browse(text, this.#codes);
  }

  public readersFor(outside: WayOut): Readers {
    return {
      list: () => this.#readers.list(),
      card: async (reader, signal) => {
        const card = await outside.call('lay', 'card', (fault) => {
          signal.throwIfAborted();
          this.#meetObstacle();
          this.#layWanted(fault);
          return { waiting: this.#readers.card(reader, signal) };
        });
        return this.#watched(await card.waiting, outside);
      },
      close: () => this.#readers.close(),
    };
  }

  public prompterFor(outside: WayOut): Prompter {
    return {
      ask: (question, signal) =>
        outside.call('prompt', question.name, (fault) => {
          signal.throwIfAborted();
          return this.#answer(question, fault);
        }),
      askHidden: (question, signal) =>
        outside.call('prompt', question.name, (fault) => {
          signal.throwIfAborted();
          return this.#answer(question, fault);
        }),
      confirm: (question, signal) =>
        outside.call('prompt', question.name, (fault) => {
          signal.throwIfAborted();
          return this.#decide(question, fault);
        }),
    };
  }

  /** The secret key of a code in the console is pasted. */
  public inputFor(outside: WayOut): SeedInput {
    return {
      ...NO_INPUT,
      typed: (signal) =>
        outside.call('prompt', 'secret', async (fault) => {
          signal.throwIfAborted();
          const [token] = this.#parts.tokens;
          const named = serialsIn(this.#screen).at(-1) ?? token?.serial;
          const meant = this.#parts.tokens.find(({ serial }) => serial === named);
          if (fault === 'hang-up') {
            throw cancelled();
          }
          const text = await this.#parts.showSecret(meant?.place ?? named ?? '');
          return new TextEncoder().encode(fault === undefined ? text : 'not what the page shows');
        }),
    };
  }

  #watched(card: Card, outside: WayOut): Card {
    return {
      reader: card.reader,
      atr: card.atr,
      removed: card.removed,
      transmit: (command) =>
        outside.call('card', command.name, async (fault) => {
          if (fault === 'pulled-before' || fault === 'unplugged' || fault === 'service-stopped') {
            this.#pull();
          }
          if (fault === 'unplugged') {
            this.#obstacles = [new ReaderError('unplugged', [READER]), new ReaderError('no-reader')];
          }
          if (fault === 'service-stopped') {
            this.#obstacles = Array.from({ length: 10 }, () => new ReaderError('no-service'));
          }
          const answer = card.transmit(command);
          if (fault === 'pulled-after') {
            await answer.catch(() => undefined);
            this.#pull();
          }
          this.#parts.onTokenTouched();
          if (fault === 'pulled-after') {
            throw new CardGoneError(command.name);
          }
          return answer;
        }),
    };
  }

  /** @throws ReaderError while something is in the way */
  #meetObstacle(): void {
    const obstacle = this.#obstacles.shift();
    if (obstacle !== undefined) {
      throw obstacle;
    }
  }

  #pull(): void {
    this.#onReader = undefined;
    this.#readers.pull();
  }

  #layWanted(fault: Fault | undefined): void {
    const wanted = this.#wanted();
    const token = fault === 'other-token' ? this.#otherThan(wanted) : wanted;
    if (token?.card === undefined || fault === 'no-token') {
      this.#pull();
      return;
    }
    this.#take(token);
    token.wake();
    this.#lastLaid = token;
    if (this.#onReader === token) {
      return;
    }
    this.#onReader = token;
    this.#readers.lay(token.card);
  }

  /** There is one of each token: whoever needs it takes it from whoever has it. */
  #take(token: WorldToken): void {
    const { whereabouts } = this.#parts;
    const other = whereabouts.get(token);
    if (other !== undefined && other !== this && other.#onReader === token) {
      other.#pull();
    }
    whereabouts.set(token, this);
  }

  /** The token the screen named last; of a screen that takes any, the next. */
  #wanted(): WorldToken | undefined {
    const { tokens } = this.#parts;
    // Enrollments in the background tell of theirs between; what counts is the last line that asks for something.
    const lines = this.#screen.trimEnd().split('\n');
    const line = lines.filter((each) => /reader|waiting for|take the next one/.test(each)).at(-1) ?? '';
    const named = /in any order|take the next one/.test(line) ? undefined : serialsIn(this.#screen).at(-1);
    if (named !== undefined) {
      return tokens.find(({ serial }) => serial === named);
    }
    // Asked for the next one while one lies there: it is of no use, or done.
    if (this.#onReader !== undefined) {
      this.#served.add(this.#onReader);
    }
    return tokens.find((token) => !this.#served.has(token));
  }

  #otherThan(token: WorldToken | undefined): WorldToken | undefined {
    return this.#parts.tokens.find((each) => each !== token) ?? token;
  }

  #answer(question: Question, fault: Fault | undefined): string {
    if (fault === 'hang-up') {
      throw cancelled();
    }
    const asked = this.#meantBy(question.message);
    const token = fault === 'other-token' ? this.#otherThan(asked) : asked;
    if (question.name === 'source') {
      return '';
    }
    if (question.name === 'replace-filled') {
      return this.#replaceFilled(question, fault);
    }
    if (question.name === 'old-device') {
      return this.#parts.nameOfRootDevice();
    }
    if (question.name === 'key-arn') {
      return (fault === undefined ? this.#parts.keyArn(question.message) : undefined) ?? 'no';
    }
    if (IN_THE_CONSOLE.has(question.name)) {
      return fault === undefined && this.#parts.sees(question.message) ? 'yes' : 'no';
    }
    if (!/code/.test(question.name)) {
      return this.#write(question, token);
    }
    // Nobody types a code of a token they do not have.
    if (token === undefined) {
      throw cancelled();
    }
    if (this.#onReader !== undefined) {
      this.#pull();
    }
    this.#take(token);
    if (fault === 'wrong-code') {
      return String(this.#parts.random.below(1_000_000)).padStart(6, '0');
    }
    if (fault === 'old-code') {
      return this.#lastCode;
    }
    this.#served.add(token);
    const code = token.readCode();
    this.#lastCode = /^\d{6}$/.test(code) ? code : '000000';
    this.#codes = [...this.#codes, this.#lastCode].slice(-2);
    return this.#lastCode;
  }

  #meantBy(message: string): WorldToken | undefined {
    const named = serialsIn(message).at(-1);
    const labelled = this.#parts.labelled(message);
    return this.#parts.tokens.find(({ serial, place }) =>
      named === undefined ? place === labelled : serial === named,
    );
  }

  /** They know that what is there is of an attempt before. A person who is not attentive says no. */
  #replaceFilled({ message }: Question, fault: Fault | undefined): string {
    if (fault !== undefined) {
      return 'no';
    }
    this.#parts.onConsent(message);
    return 'yes';
  }

  /** Something that is not a code: the serial on the back of the token. */
  #write(question: Question, token: WorldToken | undefined): string {
    if (token === undefined || question.check?.(token.serial) !== undefined) {
      throw cancelled();
    }
    return token.serial;
  }

  #decide(question: Question, fault: Fault | undefined): boolean {
    if (fault === 'hang-up') {
      throw cancelled();
    }
    const yes = question.name !== 'delete-leftover' || this.#parts.deletesLeftovers;
    if (yes) {
      this.#parts.onConsent(question.message);
    }
    return yes;
  }
}
