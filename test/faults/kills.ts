/**
 * Real kills: real processes, their journals on a real disk, ended by SIGKILL before and after each operation on the
 * disk, and at random; killed again while they resume; then a healthy resume, and the same invariants as everywhere.
 */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskFiles } from '../../runbook/files/disk-files';
import { fileEvidenceLog } from '../../runbook/files/file-evidence-log';
import { fileJournals } from '../../runbook/files/file-journals';
import { FLEET } from './cast';
import { CEREMONIES, type Ceremony } from './ceremonies';
import { Watch } from './invariants';
import { type Ended, type KillPoint, runChild } from './killed-process';
import { type Disk, Machine } from './machine';
import { Random } from './random';
import type { Result } from './report';
import { World } from './world';

/** The most times that one ceremony is killed. */
const KILLS_OF_A_CHAIN = 4;

/** The number of attempts at a healthy run. */
const MEASUREMENTS_AT_MOST = 3;

/** About how much a resume says before it is done. */
const MESSAGES_OF_A_RESUME = 25;

/** A ceremony, and the first kill it meets; the later ones are random. */
interface Chain {
  readonly ceremony: Ceremony;
  readonly first: KillPoint;
  readonly seed: number;
  readonly name: string;
}

/** The totals of all kills. */
interface KillTotals {
  readonly kills: number;
  /** Children that were to be killed and were done before. */
  readonly escaped: number;
  readonly [name: string]: number;
}

/**
 * Kills until so many kills are done, and every operation on the disk of every ceremony has had its two.
 *
 * @param kills at least; 0 for the systematic ones only
 */
export async function playKills(
  { seed, kills }: { readonly seed: number; readonly kills: number },
  onResult: (result: Result) => void,
  ceremonies: readonly Ceremony[] = CEREMONIES,
): Promise<KillTotals> {
  const totals = { kills: 0, escaped: 0 };
  const chains = chainsOf(ceremonies, new Random(seed), () => totals.kills < kills);
  async function work(): Promise<void> {
    for await (const chain of chains) {
      onResult(await playChain(chain, totals));
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
  return totals;
}

/** First every operation on the disk, before and after it; then random chains as long as more are wanted. */
async function* chainsOf(
  ceremonies: readonly Ceremony[],
  random: Random,
  wantsMore: () => boolean,
): AsyncGenerator<Chain> {
  const messages = new Map<Ceremony, number>();
  for (const ceremony of ceremonies) {
    const healthy = await measurePatiently(ceremony);
    messages.set(ceremony, healthy.messages);
    for (let operation = 1; operation <= healthy.diskOperations; operation++) {
      for (const when of ['before', 'after'] as const) {
        const name = `${ceremony.name}, ${when} operation ${operation} of ${healthy.diskOperations} on the disk`;
        yield { ceremony, first: { disk: { operation, when } }, seed: random.next(), name };
      }
    }
  }
  while (wantsMore()) {
    const seed = random.next();
    const ceremony = random.pick(ceremonies);
    const first = randomKill(random, messages.get(ceremony) ?? 1);
    yield { ceremony, first, seed, name: `${ceremony.name}, chain ${seed}` };
  }
}

function randomKill(random: Random, messages: number): KillPoint {
  return { messages: random.between(1, messages), delayMs: random.chance(0.5) ? 0 : random.between(0, 8) };
}

/** A machine that is very busy may make a healthy run look like one that nobody answers. */
async function measurePatiently(ceremony: Ceremony): Promise<Ended> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await measure(ceremony);
    } catch (error) {
      if (attempt === MEASUREMENTS_AT_MOST) {
        throw error;
      }
    }
  }
}

/** A healthy run in a child: how much there is to kill. @throws Error when it is not healthy */
async function measure(ceremony: Ceremony): Promise<Ended> {
  const scene = await Scene.open(ceremony, 1);
  try {
    const ended = await scene.child(ceremony.args, undefined);
    if (ended.exitCode === 0 && ceremony.isDone(scene.world)) {
      return ended;
    }
    throw new Error(
      `a healthy ${ceremony.name} ended with ${ended.exitCode}: ${scene.world.output.join('')}`,
    );
  } finally {
    await scene.close();
  }
}

async function playChain(
  { ceremony, first, seed, name }: Chain,
  totals: { kills: number; escaped: number },
): Promise<Result> {
  const random = new Random(seed);
  const scene = await Scene.open(ceremony, seed);
  const { watch } = scene;
  try {
    let args = ceremony.args;
    let kill: KillPoint | undefined = first;
    for (let kills = 0; kill !== undefined && kills < KILLS_OF_A_CHAIN; kills++) {
      const ended = await scene.child(args, kill);
      if (ended.wasKilled) {
        totals.kills++;
      } else {
        totals.escaped++;
      }
      if (!ended.wasKilled) {
        break;
      }
      args = ['resume'];
      kill = random.chance(0.65) ? randomKill(random, MESSAGES_OF_A_RESUME) : undefined;
    }
    await scene.settle();
  } catch (error) {
    watch.report('no-defect', error instanceof Error ? error.message : String(error));
  } finally {
    await scene.close();
  }
  return { part: 'kills', run: name, seed, violations: watch.violations };
}

/** A world with one machine whose disk is real. */
class Scene {
  private constructor(
    public readonly world: World,
    private readonly machine: Machine,
    public readonly watch: Watch,
    private readonly folder: string,
  ) {}

  public static async open(ceremony: Ceremony, seed: number): Promise<Scene> {
    const { enrolled, inventory, mayLose = {} } = ceremony;
    const stage = { enrolled, visibilityLagMs: 0, ...(inventory === undefined ? {} : { inventory }) };
    const world = await World.open(stage, new Random(seed));
    const machine = new Machine('machine');
    const watch = new Watch(world, [machine], { mayLose, skewMs: {} });
    return new Scene(world, machine, watch, await mkdtemp(join(tmpdir(), 'kills-')));
  }

  /** The command in a process of its own. */
  public child(args: readonly string[], kill: KillPoint | undefined): Promise<Ended> {
    const person = this.world.person([...this.world.tokens.keys()]);
    return runChild(this.world, { args, stateFolder: this.folder, person, kill });
  }

  /** A healthy resume in this process, and another that must change nothing. */
  public async settle(): Promise<void> {
    const { world, watch } = this;
    world.heal();
    await this.#resume('resume');
    await this.#see();
    watch.checkSettled();
    const before = await this.#marks();
    await this.#resume('second resume');
    const after = await this.#marks();
    if (before !== after) {
      watch.report('resume-idempotent', `${before}\nbecame\n${after}`);
    }
    await this.#see();
    watch.checkEnd();
  }

  public async close(): Promise<void> {
    // A run that was reported as stuck may still write; that must not hide the report behind an error about this folder.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  async #resume(name: string): Promise<void> {
    const { world } = this;
    const person = world.person([...world.tokens.keys()]);
    const process = world.start({
      name,
      args: ['resume'],
      machine: realDisk(this.folder),
      person,
      skewMs: 0,
    });
    await world.play([process]);
  }

  /** Takes what is on the disk for the invariants. */
  async #see(): Promise<void> {
    const { journals, evidence, written } = this.machine;
    journals.clear();
    for (const { path, text } of await filesIn(this.folder)) {
      written.push(text);
      if (path.endsWith('.journal')) {
        journals.set(path, text);
      }
      if (path.endsWith('evidence.jsonl')) {
        evidence.set(FLEET, text);
      }
    }
  }

  async #marks(): Promise<string> {
    const files = await filesIn(this.folder);
    const effects = this.world.effects.map(({ operation }) => operation);
    return [
      effects.length,
      ...effects.slice(-3),
      ...files.map(({ path, mtimeMs }) => `${path} ${mtimeMs}`),
    ].join(' ');
  }
}

/** This process's own disk. */
function realDisk(folder: string): Disk {
  return {
    journalsFor: () => fileJournals(folder),
    evidenceLogFor: (_outside, fleet) => fileEvidenceLog(join(folder, fleet, 'evidence.jsonl')),
    filesFor: () => diskFiles({ stateFolder: folder, cacheFolder: join(folder, 'cache') }),
    dropLocks: () => undefined,
  };
}

async function filesIn(folder: string): Promise<readonly { path: string; text: string; mtimeMs: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (path) => ({
      path,
      text: await readFile(path, 'latin1'),
      mtimeMs: (await stat(path)).mtimeMs,
    })),
  );
}
