/**
 * One run: a world, one or two operators and their commands, faults; then the world heals, every machine resumes, and
 * resumes once more; and all the while somebody watches.
 */
import type { EnrolledSlot } from './cast';
import type { Ceremony } from './ceremonies';
import type { FaultPlan } from './fault';
import { Watch } from './invariants';
import { Machine } from './machine';
import type { TracedCall } from './outside';
import type { Random } from './random';
import type { Process } from './scheduler';
import { FrontDesk, INTERCEPTIONS, type Interception } from './sdk-aws';
import { problemOfState } from './told-state';
import type { Violation } from './violation';
import { World } from './world';

/** One operator's part. */
export interface Part {
  readonly ceremony: Ceremony;
  /** @default the ceremony's */
  readonly serials?: readonly string[];
  readonly skewMs: number;
  readonly deletesLeftovers: boolean;
}

/** The script of a run. */
export interface Script {
  /** The first is played by A, the second by B. */
  readonly parts: readonly Part[];
  /** Both operators sit at one machine. */
  readonly oneMachine: boolean;
  readonly visibilityLagMs: number;
  readonly plan: FaultPlan;
  /** Makes the machines; a test may give some that misbehave. */
  readonly newMachine?: (name: string) => Machine;
  /** Every process calls AWS through the real SDK, over loopback. @default in this process */
  readonly sdk?: boolean;
  /** Answers the SDK where the plan has an intermediary. @default a page with 200 */
  readonly interception?: Interception;
  /** Operators type once more what is not done after the resume. */
  readonly again: boolean;
  /** Faults of a resume of every machine before the world heals; without it there is none. */
  readonly resumePlan?: FaultPlan;
}

/** The result of a run. */
export interface Episode {
  readonly violations: readonly Violation[];
  readonly trace: readonly TracedCall[];
  /** The output of every process. */
  readonly output: string;
  /** Exit code of each process by its name; nothing for one that was killed. */
  readonly exitCodes: Readonly<Record<string, number | undefined>>;
}

/** Plays a run to its end. */
export async function playEpisode(script: Script, random: Random): Promise<Episode> {
  const world = await World.open(stageOf(script), random);
  const { sdk = false, interception = 'a page with 200' } = script;
  const desk = sdk ? await FrontDesk.open(world, INTERCEPTIONS[interception]) : undefined;
  if (desk !== undefined) {
    world.connect = desk.connect.bind(desk);
  }
  const machines = machinesOf(script);
  const watch = new Watch(world, machines, allowanceOf(script));
  const episode = new Playing(world, machines, watch, script);
  try {
    await episode.play();
  } catch (error) {
    watch.report('no-defect', error instanceof Error ? error.message : String(error));
  }
  await desk?.close();
  watch.checkEnd();
  return {
    violations: watch.violations,
    trace: world.course.trace,
    output: world.output.join(''),
    exitCodes: Object.fromEntries(episode.processes.map(({ name, exitCode }) => [name, exitCode])),
  };
}

function machinesOf({
  parts,
  oneMachine,
  newMachine = (name) => new Machine(name),
}: Script): readonly Machine[] {
  return (oneMachine ? parts.slice(0, 1) : parts).map((_, i) => newMachine(`machine ${i + 1}`));
}

const A_PERSON_MUST_DECIDE = 3;

const OPERATORS = ['A', 'B', 'C', 'D'] as const;

function stageOf({ parts, visibilityLagMs }: Script) {
  const enrolled = new Map<string, EnrolledSlot>();
  for (const { ceremony } of parts) {
    for (const slot of ceremony.enrolled) {
      enrolled.set(`${slot.holder} ${slot.slot}`, slot);
    }
  }
  const inventory = parts[0]?.ceremony.inventory;
  return {
    ...(inventory === undefined ? {} : { inventory }),
    enrolled: [...enrolled.values()],
    visibilityLagMs,
  };
}

function allowanceOf({ parts }: Script) {
  const mayLose: Record<string, number> = {};
  const skewMs: Record<string, number> = {};
  parts.forEach(({ ceremony, skewMs: skew }, i) => {
    for (const [holder, count] of Object.entries(ceremony.mayLose ?? {})) {
      mayLose[holder] = Math.max(mayLose[holder] ?? 0, count);
    }
    skewMs[OPERATORS[i] ?? ''] = skew;
  });
  return { mayLose, skewMs };
}

class Playing {
  public readonly processes: Process[] = [];
  /** Machines on which something was open. */
  readonly #resumed = new Set<Machine>();

  public constructor(
    private readonly world: World,
    private readonly machines: readonly Machine[],
    private readonly watch: Watch,
    private readonly script: Script,
  ) {}

  public async play(): Promise<void> {
    await this.#perform();
    await this.#resumeRoughly();
    this.world.heal();
    await this.#resume();
    this.watch.checkSettled();
    if (this.script.parts.length > 1) {
      this.#checkDone();
    }
    await this.#resumeAgain();
    if (!this.script.again) {
      return;
    }
    for (const [i, { ceremony }] of this.script.parts.entries()) {
      await this.#again(ceremony, i);
    }
  }

  /** The commands, side by side. */
  async #perform(): Promise<void> {
    const { world, script } = this;
    const writesBefore = world.tokenWrites;
    const processes = script.parts.map(({ ceremony, serials, skewMs, deletesLeftovers }, i) =>
      world.start({
        name: OPERATORS[i] ?? '',
        args: ceremony.args,
        machine: this.#machine(i),
        person: world.person(serials ?? ceremony.serials, deletesLeftovers),
        skewMs,
      }),
    );
    this.processes.push(...processes);
    world.course.plan = script.plan;
    await world.play(processes);
    processes.forEach((process, i) => {
      const ceremony = script.parts[i]?.ceremony;
      const first = world.effects.find((effect) => effect.process === process)?.operation;
      // Of two who cut it off, one comes second.
      if (script.parts.length === 1 && first !== undefined && first !== (ceremony?.firstEffect ?? first)) {
        this.watch.report('stolen-cut-off-first', `${process.name} began with ${first}`);
      }
      if (process.exitCode === 2) {
        this.watch.report('no-defect', `${process.name} was refused its arguments`);
      }
    });
    if (script.parts.length === 1) {
      this.#checkDone();
      for (const process of processes) {
        this.#checkState(process, writesBefore);
      }
    }
  }

  /** A command that failed says in what state everything is, and names a next action. */
  #checkState(process: Process, writesBefore: number): void {
    const { exitCode, name } = process;
    if (exitCode === undefined || exitCode === 0) {
      return;
    }
    const hasWritten = this.world.tokenWrites !== writesBefore;
    const problem = problemOfState(this.world.outputOf.get(process) ?? '', hasWritten);
    if (problem !== undefined) {
      this.watch.report('state-told', `${name} ended with ${exitCode}: ${problem}`);
    }
  }

  /** Who said that it is done told the truth; of two, the one's part may be the other's to resume. */
  #checkDone(): void {
    this.script.parts.forEach(({ ceremony }, i) => {
      const process = this.processes[i];
      if (process?.exitCode !== 0 || ceremony.isDone(this.world)) {
        return;
      }
      this.watch.report('done-is-done', `${process.name} (${ceremony.name}) ended with 0 and is not done`);
    });
  }

  /**
   * One resume of every machine. One that ended with "a person must decide" is told to go once more when the others are
   * through: what was in its way was theirs.
   */
  async #resume(): Promise<void> {
    const waiting: (readonly [number, Machine])[] = [];
    for (const [i, machine] of this.machines.entries()) {
      const before = machine.journals.size > 0 ? undefined : this.#marks();
      const { exitCode } = await this.#run(`resume ${i + 1}`, ['resume'], machine);
      if (exitCode === A_PERSON_MUST_DECIDE) {
        waiting.push([i, machine]);
      }
      if (before === undefined) {
        this.#resumed.add(machine);
      } else {
        this.#checkUnchanged(before);
      }
    }
    if (this.machines.length === 1) {
      return;
    }
    for (const [i, machine] of waiting) {
      await this.#run(`resume ${i + 1} after the others`, ['resume'], machine);
    }
  }

  /** A resume that is met by faults itself. */
  async #resumeRoughly(): Promise<void> {
    const { world, script } = this;
    if (script.resumePlan === undefined) {
      return;
    }
    world.course.plan = script.resumePlan;
    for (const [i, machine] of this.machines.entries()) {
      await this.#run(`rough resume ${i + 1}`, ['resume'], machine);
    }
  }

  /** A second resume, where there was something for the first: elsewhere the first was the same as a second. */
  async #resumeAgain(): Promise<void> {
    for (const [i, machine] of this.machines.entries()) {
      if (!this.#resumed.has(machine)) {
        continue;
      }
      const before = this.#marks();
      await this.#run(`second resume ${i + 1}`, ['resume'], machine);
      this.#checkUnchanged(before);
    }
  }

  #checkUnchanged(before: string): void {
    const after = this.#marks();
    if (after !== before) {
      this.watch.report('resume-idempotent', `${before} became ${after}`);
    }
  }

  #marks(): string {
    const writes = this.machines.map((machine) => machine.writes).join(' ');
    const latest = this.world.effects.slice(-3).map(({ operation }) => operation);
    return `${this.world.effects.length} effects (${latest.join(', ')}), ${writes} writes, ${this.world.tokenWrites} burns`;
  }

  /** The operator tries once more what is not done. */
  async #again(ceremony: Ceremony, index: number): Promise<void> {
    const { world, watch } = this;
    if (!ceremony.again || ceremony.isDone(world)) {
      return;
    }
    const process = await this.#run(`again ${OPERATORS[index]}`, ceremony.args, this.#machine(index));
    if (process.exitCode !== 0 || !ceremony.isDone(world)) {
      watch.report('done-is-done', `${ceremony.name} once more ended with ${process.exitCode}`);
    }
  }

  /** A command in a healthy world, by somebody who has been given every token. */
  async #run(name: string, args: readonly string[], machine: Machine): Promise<Process> {
    const person = this.world.person([...this.world.tokens.keys()]);
    const process = this.world.start({ name, args, machine, person, skewMs: 0 });
    this.processes.push(process);
    await this.world.play([process]);
    return process;
  }

  #machine(index: number): Machine {
    const machine = this.machines[Math.min(index, this.machines.length - 1)];
    if (machine === undefined) {
      throw new Error('a run needs a machine');
    }
    return machine;
  }
}
