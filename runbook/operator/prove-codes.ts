/** Step 6: the operator types the codes that the token shows, and each is judged here before AWS sees it. */
import { countOf } from '../../lib/record/text';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import type { SeedPhase } from '../seed-phase/seed-phase';
import { type CodeJudgement, type CodePair, endOfStepMs, STEP_SECONDS } from '../token/codes';
import {
  askTokenCode,
  awaitNextCode,
  DISPLAY_LAG_MS,
  type HeldToken,
  type LooseToken,
  serialOf,
} from './typed-code';

/** The number of codes that the operator types; with one, its predecessor is computed from the seed. */
export type TypedCodes = 1 | 2;

/** The number of wrong codes after which the run ends. */
const WRONG_CODES_AT_MOST = 3;

/** Takes two consecutive codes that the token has shown, in the order that EnableMFADevice requires. */
export async function proveCodes(
  ports: Ports,
  phase: Pick<SeedPhase, 'judge' | 'pair'>,
  {
    typed,
    onRight,
    ...about
  }: (HeldToken | LooseToken) & {
    readonly typed: TypedCodes;
    /** Called for each code of the pair, when it is right. */
    readonly onRight?: (which: 1 | 2) => void;
  },
): Promise<CodePair> {
  async function pairOf(counter: number): Promise<CodePair> {
    return { codes: await phase.pair(counter), endsAtMs: endOfStepMs(counter) };
  }
  const take = codeTaker(ports, phase, about);
  let previous = await take(undefined);
  onRight?.(1);
  if (typed === 1) {
    return pairOf(previous);
  }
  ports.terminal.say('that code is right; now type the next one that the token shows');
  for (;;) {
    await awaitNextCode(ports, (previous + 1) * STEP_SECONDS * 1000 + DISPLAY_LAG_MS);
    const next = await take(previous);
    if (next === previous + 1) {
      onRight?.(2);
      return pairOf(next);
    }
    ports.terminal.note('that code is right, but one was skipped in between: type the one that comes next');
    onRight?.(1);
    previous = next;
  }
}

/** Makes a function that asks until a code is right and newer than the previous one; it returns the code's counter. */
function codeTaker(
  ports: Ports,
  phase: Pick<SeedPhase, 'judge'>,
  about: HeldToken | LooseToken,
): (previous: number | undefined) => Promise<number> {
  const serial = serialOf(about);
  let wrongLeft = WRONG_CODES_AT_MOST;
  return async (previous) => {
    for (;;) {
      const typed = await askTokenCode(ports, previous === undefined ? 'code' : 'next-code', about);
      const judgement = await phase.judge(typed, ports.clock.now() / 1000);
      const objection = objectionTo(judgement, previous, serial);
      if (judgement.verdict === 'right' && objection === undefined) {
        return judgement.counter;
      }
      const [wrong, instead] = objection ?? ['that code may not be used', 'type the next'];
      wrongLeft--;
      ports.terminal.event('code-refused', { verdict: judgement.verdict, reason: wrong });
      if (wrongLeft === 0) {
        throw new RunbookError(
          'code/wrong',
          `${WRONG_CODES_AT_MOST} wrong codes; the last was refused because ${wrong}`,
          {
            hints: [
              `switch ${serial} off and on, then run \`{command}\` again`,
              'if it happens again, the token does not keep what is written to it: use another one, declared in tokens.yaml',
            ],
          },
        );
      }
      ports.terminal.note(`${wrong}: ${instead}; ${countOf(wrongLeft, 'try', 'tries')} left`);
    }
  };
}

/** Says why a code is refused, and which one to type instead; nothing when the code may be used. */
function objectionTo(
  judgement: CodeJudgement,
  previous: number | undefined,
  serial: string,
): readonly [wrong: string, instead: string] | undefined {
  if (judgement.verdict === 'stranger') {
    return [
      `that is not a code of ${serial}`,
      'switch it off and on, so that it does not show an old code, and read it again',
    ];
  }
  if (previous !== undefined && judgement.counter === previous) {
    return ['that is the same code again', 'wait until the display changes'];
  }
  if (previous !== undefined && judgement.counter < previous) {
    return ['that code is older than the first one', 'type the one that comes after it'];
  }
  if (judgement.verdict === 'right') {
    return undefined;
  }
  const seconds = Math.abs(judgement.steps) * STEP_SECONDS;
  return judgement.steps < 0
    ? [
        `that code of ${serial} is ${seconds} s old`,
        'type the one it shows now; if it shows this one now, its clock is behind',
      ]
    : [`that code of ${serial} is ${seconds} s early`, "the token's clock is ahead"];
}
