/** Plays the script of a transcript on a stage, and records the result. */
import type { Question } from '../../runbook/terminal/terminal';
import type { Readers } from '../../runbook/token/readers';
import { isFullExtent } from '../support/extent';
import { atStep, killCommand } from '../support/kill-command';
import { withoutHttp } from '../support/without-http';
import { VirtualReaders } from '../tokens/virtual-readers';
import { follow, tokenOf } from './directions';
import { Discretion } from './discretion';
import { findLeaks, placesOf } from './leaks';
import { tokenNamed } from './prompted-token';
import { type Audience, Stage } from './stage';
import {
  type Direction,
  formatDirection,
  formatOutput,
  type Scene,
  splitWords,
  type Transcript,
} from './transcript-file';
import { describeChanges, describeWorld } from './world-state';

const PROGRAM = 'mfa-runbook';

/** The result of playing a transcript. */
export interface Played {
  /** The whole file as it should read. */
  readonly text: string;
  /** The exit codes, by the words of the command. */
  readonly commands: readonly { readonly words: readonly string[]; readonly exitCode: number | undefined }[];
  /** The places where a seed or a code showed. */
  readonly leaks: readonly string[];
}

/**
 * Plays a transcript.
 *
 * @throws Error on a direction that nobody understands or that never came to be, or an answer that nobody asked for
 */
export async function playTranscript({ header, scenes }: Transcript): Promise<Played> {
  const setting = settingOf(scenes[0]);
  const stage = await Stage.open({ ...(isFullExtent ? {} : { connect: withoutHttp }), ...setting.stage });
  try {
    const show = new Show(stage);
    show.written.push(...header, '');
    for (const [index, scene] of scenes.entries()) {
      await show.play(index === 0 ? { ...scene, before: setting.rest } : scene, setting.told);
      setting.told.length = 0;
    }
    show.written.push(
      'left behind:',
      ...(await describeWorld(stage)).map((line) => `  ${show.discretion.hide(line)}`),
    );
    return {
      text: `${show.written.join('\n')}\n`,
      commands: show.commands,
      leaks: findLeaks(placesOf(stage, show.said), { seeds: stage.devices, codes: show.typed }),
    };
  } finally {
    await stage.close();
  }
}

/** Directions that say what the world is like from its beginning. */
function settingOf(first: Scene | undefined) {
  const told: Direction[] = [];
  const rest: Direction[] = [];
  let inventory: string | undefined;
  let readers: Readers | undefined;
  for (const direction of first?.before ?? []) {
    if (direction.text === 'no card reader is plugged in') {
      readers = new VirtualReaders({ names: [] });
    } else if (direction.text === 'the record declares:') {
      inventory = direction.block;
    } else {
      rest.push(direction);
      continue;
    }
    told.push(direction);
  }
  return {
    told,
    rest,
    stage: {
      ...(readers === undefined ? {} : { readers }),
      ...(inventory === undefined ? {} : { inventory }),
    },
  };
}

/** One transcript as it goes on. */
class Show implements Audience {
  public readonly written: string[] = [];
  public readonly commands: { words: readonly string[]; exitCode: number | undefined }[] = [];
  /** All that the program said, as it said it. */
  public readonly said: string[] = [];
  /** Codes that were typed. */
  public readonly typed = new Set<string>();
  public readonly discretion: Discretion;
  #scene: Scene = { before: [], command: '', answers: [], during: [] };
  #answered = 0;
  /** Directions of this scene that are still to be followed. */
  #ahead: Direction[] = [];
  #acting: Promise<void>[] = [];

  public constructor(public readonly stage: Stage) {
    this.discretion = new Discretion(stage);
    stage.audience = this;
  }

  public async play(scene: Scene, told: readonly Direction[]): Promise<void> {
    this.written.push(...told.flatMap(formatDirection));
    for (const direction of scene.before.filter(({ text }) => !DEATH.test(text))) {
      this.written.push(...formatDirection(direction));
      await follow(this.stage, direction);
      this.stage.audience = this;
    }
    const before = await this.#look();
    this.written.push(...scene.before.filter(({ text }) => DEATH.test(text)).flatMap(formatDirection));
    this.written.push(`$ ${scene.command}`);
    await this.#run(scene);
    this.written.push(...describeChanges(before, await this.#look()), '');
    const [direction] = this.#ahead;
    if (direction !== undefined) {
      throw new Error(
        `"* ${direction.text}" never came to be in "$ ${scene.command}": the line before it was not said\n${this.written.join('\n')}`,
      );
    }
    if (this.#answered < scene.answers.length) {
      throw new Error(
        `nobody asked for "> ${scene.answers[this.#answered]}" in "$ ${scene.command}"\n${this.written.join('\n')}`,
      );
    }
  }

  async #look(): Promise<readonly string[]> {
    return (await describeWorld(this.stage)).map((line) => this.discretion.hide(line));
  }

  async #run(scene: Scene): Promise<void> {
    const [program, ...words] = splitWords(await this.discretion.reveal(scene.command));
    if (program !== PROGRAM) {
      throw new Error(`a transcript runs ${PROGRAM}, not "${program}"`);
    }
    this.#scene = scene;
    this.#answered = 0;
    this.#ahead = [...scene.during];
    this.#acting = [];
    this.stage.bench.stop = new AbortController();
    const death = scene.before.map(({ text }) => DEATH.exec(text)).find((found) => found !== null);
    if (death) {
      const isDead = await killCommand(this.stage.bench, atStep(death[1] ?? '', death[2]), ...words);
      if (!isDead) {
        throw new Error(`"$ ${scene.command}" ended before ${death[0]}`);
      }
      this.written.push('killed');
      this.commands.push({ words, exitCode: undefined });
      return;
    }
    const { exitCode } = await this.stage.bench.run(...words);
    await Promise.all(this.#acting);
    this.written.push(`exit ${exitCode}`);
    this.commands.push({ words, exitCode });
  }

  public onPeople(line: string): void {
    this.said.push(line);
    this.#write(formatOutput(this.discretion.hide(line)));
  }

  public onData(line: string): void {
    this.said.push(line);
    this.#write(`[stdout] ${this.discretion.hide(line)}`.trimEnd());
  }

  #write(line: string): void {
    this.written.push(line);
    const [next] = this.#ahead;
    if (next?.after === undefined || !('line' in next.after) || next.after.line !== line) {
      return;
    }
    this.#act(next.after);
  }

  /** Follows the directions that come after something. */
  #act(after: NonNullable<Direction['after']>): void {
    const same = JSON.stringify(after);
    for (let [next] = this.#ahead; JSON.stringify(next?.after) === same; [next] = this.#ahead) {
      if (next === undefined) {
        return;
      }
      this.#ahead.shift();
      this.written.push(...formatDirection(next));
      this.#acting.push(Promise.resolve(follow(this.stage, next)));
    }
  }

  public async onQuestion(question: Question): Promise<string | undefined> {
    await Promise.all(this.#acting);
    const index = this.#answered++;
    const answer = this.#scene.answers[index] ?? '^D';
    this.written.push(`> ${answer}`);
    const typed = await this.#typed(answer, question);
    this.#act({ answer: index });
    await Promise.all(this.#acting);
    return typed;
  }

  async #typed(answer: string, { message }: Question): Promise<string | undefined> {
    if (answer === '^D') {
      return undefined;
    }
    if (answer === '^C') {
      this.stage.interrupt();
      return undefined;
    }
    const [, ofSerial] = /^<code of (\d+)>$/.exec(answer) ?? [];
    if (answer === '<same code>') {
      return [...this.typed].at(-1);
    }
    if (answer !== '<code>' && ofSerial === undefined) {
      return answer;
    }
    const token = ofSerial === undefined ? tokenNamed(this.stage, message) : tokenOf(this.stage, ofSerial);
    const code = token.readCode();
    if (/^\d{6}$/.test(code)) {
      this.typed.add(code);
    }
    return code;
  }
}

/** A direction about the process itself. */
const DEATH = /^the process is killed when the journal says "(\S+) (begun|done)"$/;
