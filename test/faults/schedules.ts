/** Random schedules: each of them is its seed. */
import { CEREMONIES, type Ceremony, fitTogether } from './ceremonies';
import { type Episode, type Part, playEpisode, type Script } from './episode';
import { type Fault, type FaultPlan, faultsOf } from './fault';
import { Random } from './random';

/** About how many external calls two operators make: faults are spread over them. */
const CALLS_OF_A_RUN = 45;

/** A machine's clock, mostly right, is off by up to this much. */
const SKEW_AT_MOST_MS = 600_000;

const LAG_AT_MOST_MS = 120_000;

/** Plays the run of a seed. */
export async function playSchedule(
  seed: number,
  ceremonies: readonly Ceremony[] = CEREMONIES,
): Promise<Episode> {
  const random = new Random(seed);
  return playEpisode(scriptOf(random, ceremonies), random);
}

function scriptOf(random: Random, ceremonies: readonly Ceremony[]): Script {
  const first = random.pick(ceremonies);
  const others = ceremonies.filter((each) => fitTogether(first, each));
  const second = random.chance(0.85) ? random.pick(others) : undefined;
  function part(ceremony: Ceremony, isRival: boolean): Part {
    return {
      ceremony,
      // There is one token: who has it not can only wait for it.
      ...(isRival && random.chance(0.7) ? { serials: [] } : {}),
      skewMs: skew(random),
      deletesLeftovers: random.chance(0.5),
    };
  }
  const isRace = second?.slots.some((slot) =>
    first.slots.some(({ holder, slot: name }) => holder === slot.holder && name === slot.slot),
  );
  return {
    parts: [part(first, false), ...(second === undefined ? [] : [part(second, isRace === true)])],
    oneMachine: random.chance(0.3),
    visibilityLagMs: random.chance(0.5) ? 0 : random.between(1_000, LAG_AT_MOST_MS),
    plan: randomPlan(random),
    again: random.chance(0.3),
    ...(random.chance(0.3) ? { resumePlan: randomPlan(random) } : {}),
  };
}

function skew(random: Random): number {
  if (random.chance(0.7)) {
    return 0;
  }
  if (random.chance(0.5)) {
    return random.between(-4_000, 4_000);
  }
  return random.between(-SKEW_AT_MOST_MS, SKEW_AT_MOST_MS);
}

/** None to five faults, at random calls. */
function randomPlan(random: Random): FaultPlan {
  let left = random.between(0, 5);
  const probability = left / CALLS_OF_A_RUN;
  return ({ kind }): Fault | undefined => {
    if (left === 0 || !random.chance(probability)) {
      return undefined;
    }
    left--;
    return random.pick(faultsOf(kind));
  };
}
