/** One child process in a world: answers what it asks, kills it when its time has come, and says how it ended. */
import { type ChildProcess, fork } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { RunbookError } from '../../runbook/runbook-error';
import type { Card } from '../../runbook/token/readers';
import { CardGoneError } from '../../runbook/token/transport';
import { AwsError } from '../sandbox/operation';
import type { WayOut } from './outside';
import type { Person } from './person';
import type { DiskKill, Failure, FromChild, Question, Reply, Start } from './remote-messages';
import { Process } from './scheduler';
import type { World } from './world';

/** When a child dies. */
export type KillPoint =
  | { readonly disk: DiskKill }
  /** After so many of its messages, and so many milliseconds. */
  | { readonly messages: number; readonly delayMs: number };

/** The end of a child. */
export interface Ended {
  readonly wasKilled: boolean;
  readonly exitCode: number | undefined;
  readonly diskOperations: number;
  readonly messages: number;
}

/** The parts that a child is started with. */
interface ChildOrder {
  readonly args: readonly string[];
  readonly stateFolder: string;
  readonly person: Person;
  readonly kill: KillPoint | undefined;
}

/** A child that runs longer than this, in real time, hangs. */
const HANGS_MS = 120_000;

/** A reader shows the token that was laid on it within this many turns of the event loop. */
const TURNS_OF_A_READER = 10;

/** The bundle of `kill-child.ts`, next to this one. */
const CHILD = `${__dirname}/kill-child.js`;

/** A question of the child, with the id that its answer must have. */
interface Asked {
  readonly id: number;
  readonly question: Question;
}

/** Somebody who waits for a time. */
interface Sleeper {
  readonly id: number;
  readonly wakeAtMs: number;
}

/** Runs a child to its end, or to its death. */
export function runChild(world: World, order: ChildOrder): Promise<Ended> {
  return new Attendant(world, order).attend();
}

class Attendant {
  readonly #child: ChildProcess;
  readonly #process = new Process('child', () => undefined);
  readonly #readers;
  readonly #prompter;
  #card: Card | undefined;
  #messages = 0;
  #sleepers: Sleeper[] = [];
  /** Requests for a card, which wait until the person has read the screen. */
  #cardQuestions: Asked[] = [];
  /** Questions other than for a card that are being answered. */
  #answering = 0;
  #sent = 0;
  /** The number of answers that the child had heard when it last had nothing to do. */
  #idleAfter: number | undefined;
  #exit: Extract<FromChild, { exitCode: number }> | undefined;

  public constructor(
    private readonly world: World,
    private readonly order: ChildOrder,
  ) {
    this.#child = fork(CHILD, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const way = freeWay(world, this.#process);
    this.#readers = order.person.readersFor(way);
    this.#prompter = order.person.prompterFor(way);
  }

  public attend(): Promise<Ended> {
    const { args, stateFolder, kill } = this.order;
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const watchdog = setTimeout(() => child.kill('SIGKILL'), HANGS_MS);
      let errors = '';
      child.stderr?.on('data', (text: Buffer) => {
        errors += text.toString();
      });
      child.on('message', (message: FromChild) => this.#hear(message));
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        clearTimeout(watchdog);
        const wasKilled = signal === 'SIGKILL';
        if (!wasKilled && this.#exit === undefined) {
          reject(new Error(`a child ended with ${code ?? signal}: ${errors}`));
          return;
        }
        if (wasKilled && kill === undefined) {
          reject(new Error(`a child that nobody wanted to kill hangs: ${args.join(' ')}`));
          return;
        }
        const diskOperations = this.#exit?.diskOperations ?? 0;
        resolve({ wasKilled, exitCode: this.#exit?.exitCode, diskOperations, messages: this.#messages });
      });
      child.send({
        args,
        stateFolder,
        now: this.world.clock.now(),
        kill: kill !== undefined && 'disk' in kill ? kill.disk : undefined,
        credentials: this.world.credentials,
      } satisfies Start);
    });
  }

  #hear(message: FromChild): void {
    if ('idleAfter' in message) {
      this.#idleAfter = message.idleAfter;
      this.#goOn();
      return;
    }
    this.#messages++;
    this.#killInTime();
    if ('people' in message) {
      this.world.output.push(message.people);
      this.order.person.reads(message.people);
    } else if ('exitCode' in message) {
      this.#exit = message;
    } else if ('dropped' in message) {
      this.#sleepers = this.#sleepers.filter(({ id }) => id !== message.dropped);
      this.#cardQuestions = this.#cardQuestions.filter(({ id }) => id !== message.dropped);
    } else if (message.question.ask === 'sleep') {
      this.#sleepers.push({ id: message.id, wakeAtMs: this.world.clock.now() + message.question.ms });
    } else if (message.question.ask === 'card') {
      this.#cardQuestions.push(message);
    } else {
      this.#answering++;
      void this.#reply(message).finally(() => this.#answering--);
    }
  }

  /** Continues when the child only waits: the person, who has read the screen by then, lays a token on, or else time passes. */
  #goOn(): void {
    if (this.#idleAfter !== this.#sent || this.#answering > 0) {
      return;
    }
    const question = this.#cardQuestions.shift();
    if (question === undefined) {
      this.#wake();
      return;
    }
    void this.#reply(question);
    void this.#afterTurns(() => this.#goOn());
  }

  async #afterTurns(work: () => void): Promise<void> {
    for (let i = 0; i < TURNS_OF_A_READER; i++) {
      await turn();
    }
    work();
  }

  #killInTime(): void {
    const { kill } = this.order;
    if (kill === undefined || !('messages' in kill) || this.#messages !== kill.messages) {
      return;
    }
    setTimeout(() => this.#child.kill('SIGKILL'), kill.delayMs);
  }

  /** Nobody does anything but sleep: time passes. */
  #wake(): void {
    const first = this.#sleepers.reduce<Sleeper | undefined>(
      (least, each) => (least === undefined || each.wakeAtMs < least.wakeAtMs ? each : least),
      undefined,
    );
    if (first === undefined) {
      return;
    }
    this.#sleepers = this.#sleepers.filter((each) => each !== first);
    this.world.clock.advance(Math.max(0, first.wakeAtMs - this.world.clock.now()));
    this.#send({ id: first.id, now: this.world.clock.now() });
  }

  #reply({ id, question }: Asked): Promise<void> {
    return this.#answer(question).then(
      (value) => this.#send({ id, now: this.world.clock.now(), value }),
      (error: unknown) => this.#send({ id, now: this.world.clock.now(), failure: toFailure(error) }),
    );
  }

  #send(reply: Reply): void {
    this.#sent++;
    if (this.#child.connected) {
      this.#child.send(reply, () => undefined);
    }
  }

  async #answer(question: Question): Promise<unknown> {
    const never = new AbortController().signal;
    switch (question.ask) {
      case 'aws':
        return this.world.serve(this.#process, question.service, question.operation, question.input);
      case 'card':
        this.#card = await this.#readers.card(question.reader, never);
        return true;
      case 'transmit': {
        if (this.#card === undefined) {
          throw new CardGoneError(question.name);
        }
        const bytes = Uint8Array.from(Buffer.from(question.bytes, 'base64'));
        const answer = await this.#card.transmit({ name: question.name, bytes, secret: question.secret });
        return Buffer.from(answer).toString('base64');
      }
      case 'answer':
        return this.#prompter.ask(question, never);
      case 'decision':
        return this.#prompter.confirm(question, never);
      case 'sleep':
        return undefined;
    }
  }
}

/** Everything takes a little time, and nothing fails. */
function freeWay(world: World, process: Process): WayOut {
  return {
    process,
    call: async (kind, _name, effect) => {
      world.clock.advance(kind === 'prompt' || kind === 'lay' ? 3_000 : 50);
      return effect(undefined);
    },
    again: async (_kind, effect) => effect(),
    sleep: async (ms) => world.clock.advance(ms),
  };
}

function toFailure(error: unknown): Failure {
  if (error instanceof AwsError) {
    return { type: 'aws', code: error.code, status: error.status, message: error.message };
  }
  if (error instanceof CardGoneError) {
    return { type: 'gone', command: error.command };
  }
  if (error instanceof RunbookError && error.code === 'cancelled') {
    return { type: 'cancelled' };
  }
  return { type: 'other', message: String(error) };
}
