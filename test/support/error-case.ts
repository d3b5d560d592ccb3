/** The smallest way to an error code: a world, a command line, and everything that must be true afterwards. */
import type { RunbookErrorCode } from '../../runbook/runbook-error';
import type { Question } from '../../runbook/terminal/terminal';
import { AttentiveOperator } from '../transcripts/attentive-operator';
import { follow } from '../transcripts/directions';
import { Discretion } from '../transcripts/discretion';
import { findLeaks, placesOf } from '../transcripts/leaks';
import { type Setting, Stage } from '../transcripts/stage';
import { splitWords } from '../transcripts/transcript-file';
import { describeChanges, describeWorld } from '../transcripts/world-state';
import { parseEvents } from './json-events';
import { atStep, killCommand } from './kill-command';
import { withoutHttp } from './without-http';

/** Something that happens: a direction of the transcripts, or a function. */
export type Event = string | ((stage: Stage) => unknown);

/** An answer to a prompt; `undefined` ends the input. */
type Typed = string | undefined | ((stage: Stage, question: Question) => unknown);

export interface Case {
  readonly setting?: Setting;
  /** The SDK and HTTP, where they are the subject. @default false */
  readonly http?: true;
  readonly world?: readonly Event[];
  /** The command line, without the name of the program. */
  readonly run: string;
  /** Answers by the name of the prompt. @default the right ones */
  readonly types?: Readonly<Record<string, Typed>>;
  /** @default 1 */
  readonly exit?: 1 | 2 | 3 | 130;
  /** `false` if no state of the world is printed, because nothing was started. @default true */
  readonly state?: false;
  /** Differences afterwards in IAM, Parameter Store, this machine and the tokens. @default nothing */
  readonly leaves?: readonly string[];
  /** A token may get a command that writes to it. @default only if something is left behind */
  readonly writes?: true;
}

/** The end of a case. */
interface Outcome {
  readonly code: RunbookErrorCode | undefined;
  readonly exit: number;
  readonly hints: readonly string[];
  readonly hasHints: boolean;
  readonly hasState: boolean;
  readonly changes: readonly string[];
  readonly leaks: readonly string[];
  /** A token got a command that writes its configuration or its seed. */
  readonly writes: boolean;
}

const WRITE = /^84(D4|C5)/;

function writeCount({ bench }: Stage): number {
  return bench.tokens.flatMap(({ received }) => received).filter((header) => WRITE.test(header)).length;
}

/** Answers as it should be answered, but for some prompts; keeps what is said. */
class CaseOperator extends AttentiveOperator {
  public readonly data: string[] = [];

  public constructor(
    private readonly world: Stage,
    private readonly types: NonNullable<Case['types']>,
  ) {
    super(world);
  }

  public override onData(line: string): void {
    super.onData(line);
    this.data.push(line);
  }

  public override async onQuestion(question: Question): Promise<string | undefined> {
    if (!(question.name in this.types)) {
      return super.onQuestion(question);
    }
    const typed = this.types[question.name];
    const text = typeof typed === 'function' ? await typed(this.world, question) : typed;
    // A function that only does something leaves the answer to the operator.
    return typeof typed === 'function' && text === undefined
      ? super.onQuestion(question)
      : (text as string | undefined);
  }
}

/** Plays a case and reports how it ended. */
export async function playCase({ setting, http, world = [], run, types = {} }: Case): Promise<Outcome> {
  const stage = await Stage.open({ ...(http ? {} : { connect: withoutHttp }), ...setting });
  try {
    for (const event of world) {
      await happens(stage, event);
    }
    const discretion = new Discretion(stage);
    async function look(): Promise<readonly string[]> {
      return (await describeWorld(stage)).map((line) => discretion.hide(line));
    }
    const before = await look();
    const writesBefore = writeCount(stage);
    const operator = new CaseOperator(stage, types);
    stage.audience = operator;
    const [own, program] = (await discretion.reveal(run)).split(' -- ');
    const words = [...splitWords(own ?? ''), '--json'];
    const exit = await runWords(
      stage,
      program === undefined ? words : [...words, '--', ...splitWords(program)],
    );
    const error = parseEvents(operator.data.join('\n')).findLast(({ event }) => event === 'error');
    stage.faults.clear();
    const hints = (error?.hints ?? []) as readonly string[];
    return {
      code: error?.code as RunbookErrorCode | undefined,
      exit,
      hints,
      hasHints: hints.length > 0,
      hasState: typeof error?.state === 'string' && error.state !== '',
      changes: describeChanges(before, await look()),
      leaks: findLeaks(placesOf(stage, operator.lines), { seeds: stage.devices, codes: new Set() }),
      writes: writeCount(stage) > writesBefore,
    };
  } finally {
    await stage.close();
  }
}

async function happens(stage: Stage, event: Event): Promise<void> {
  if (typeof event === 'string') {
    const [text = '', ...block] = event.split('\n');
    await follow(stage, { text, block: block.map((line) => `    ${line}`).join('\n') });
  } else {
    await event(stage);
  }
}

async function runWords(stage: Stage, words: readonly string[]): Promise<number> {
  stage.bench.stop = new AbortController();
  return (await stage.bench.run(...words)).exitCode;
}

/** A command that was killed when its journal said this of its last step: `burn done`. */
export function killed(at: string, command: string): Event {
  return async (stage) => {
    stage.audience = new AttentiveOperator(stage);
    const [step = '', state] = at.split(' ');
    if (!(await killCommand(stage.bench, atStep(step, state), ...splitWords(command)))) {
      throw new Error(`"${command}" ended before "${at}"`);
    }
  };
}

/** A command that does its work. */
export function did(command: string): Event {
  return async (stage) => {
    const operator = new AttentiveOperator(stage);
    stage.audience = operator;
    const exit = await runWords(stage, splitWords(command));
    if (exit !== 0) {
      throw new Error(`"${command}" ended with ${exit}:\n${operator.lines.join('\n')}`);
    }
  };
}
