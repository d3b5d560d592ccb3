/**
 * Burns that went wrong on the token: a bit of the seed turned over, another hash, another step, a clock that is off.
 * None of them may get as far as EnableMFADevice.
 */
import type { Faults } from '../tokens/token2-single';
import { CEREMONIES } from './ceremonies';
import { NO_FAULTS } from './fault';
import { Watch } from './invariants';
import { Machine } from './machine';
import { Random } from './random';
import type { Violation } from './violation';
import { World } from './world';
import { WorldSingle } from './world-tokens';

const SEED_BITS = 320;

/** One way in which a burn goes wrong. */
interface WrongBurn {
  readonly name: string;
  readonly faults: Faults;
  /** The token is right all the same, or so little off that it passes as right: it must be enabled. */
  readonly isRight: boolean;
}

/** A code this many steps off is still right: it was typed across the end of a step. */
const TOLERATED_SECONDS = 30;

function clockOff(seconds: number): WrongBurn {
  return {
    name: `clock ${seconds} s`,
    faults: { codesAheadSeconds: seconds },
    isRight: seconds === 0,
  };
}

/** Every wrong burn, and as many right ones as it takes to know that the others are not refused for another reason. */
export const WRONG_BURNS: readonly WrongBurn[] = [
  { name: 'nothing wrong', faults: {}, isRight: true },
  ...Array.from({ length: SEED_BITS }, (_, bit) => ({
    name: `seed bit ${bit}`,
    faults: { flipSeedBit: bit },
    isRight: false,
  })),
  { name: 'SHA-256', faults: { wrongHash: true }, isRight: false },
  { name: '60 s steps', faults: { wrongStep: true }, isRight: false },
  { name: 'SHA-256 and 60 s steps', faults: { wrongHash: true, wrongStep: true }, isRight: false },
  // Half steps too; what is tolerated of a person who types late cannot be told from a clock that is off as much.
  ...Array.from({ length: 81 }, (_, i) => (i - 40) * 15)
    .filter((seconds) => seconds === 0 || Math.abs(seconds) > TOLERATED_SECONDS + 30)
    .map(clockOff),
];

/** Enrolls a token whose burn goes wrong, with as many codes as the option says. */
export async function playWrongBurn(
  burn: WrongBurn,
  codes: '1' | '2',
  seed: number,
): Promise<readonly Violation[]> {
  const [ceremony] = CEREMONIES;
  if (ceremony === undefined) {
    throw new Error('there is no ceremony');
  }
  const world = await World.open({ enrolled: [], visibilityLagMs: 0 }, new Random(seed));
  const machine = new Machine('machine');
  const watch = new Watch(world, [machine], { mayLose: {}, skewMs: {} });
  const [serial = ''] = ceremony.serials;
  const token = world.token(serial);
  if (!(token instanceof WorldSingle)) {
    throw new Error(`${serial} is no single-profile token`);
  }
  token.fail(burn.faults);
  world.course.plan = NO_FAULTS;
  const args = [...ceremony.args, '--codes', codes];
  const process = world.start({ name: 'A', args, machine, person: world.person([serial]), skewMs: 0 });
  await world.play([process]);
  const enabled = world.effects.some(({ operation }) => operation === 'EnableMFADevice');
  if (burn.isRight && process.exitCode !== 0) {
    watch.report('done-is-done', `a right burn was refused`);
  }
  if (!burn.isRight && enabled) {
    watch.report('proven-before-enable', 'EnableMFADevice was called');
  }
  if (!burn.isRight && process.exitCode === 0) {
    watch.report('done-is-done', 'the enrollment says it is done');
  }
  watch.checkSettled();
  watch.checkEnd();
  return watch.violations;
}
