/** Step 6: the operator types what the token shows, and each code is judged here before AWS sees it. */

import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import type { SeedPhase } from '../seed-phase/seed-phase';
import { type CodeJudgement, STEP_SECONDS } from '../token/codes';
import { askCode, type CodesOf, waitForStep } from './typed-code';

/** How many codes the operator types; with one, its predecessor is computed from the seed. */
export type TypedCodes = 1 | 2;

/** Whose codes, and what judges them. */
export interface CodesRequest extends CodesOf {
  readonly phase: Pick<SeedPhase, 'judge' | 'pair'>;
  readonly typed: TypedCodes;
}

/** How many wrong codes are explained before the run ends. */
const WRONG_CODES_AT_MOST = 3;

/** Two consecutive codes that the token has shown to hold, in the order EnableMFADevice takes them. */
export async function proveCodes(
  request: CodesRequest,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly [string, string]> {
  const { phase } = request;
  const budget = { wrongLeft: WRONG_CODES_AT_MOST };
  const first = await takeCode(request, undefined, budget, ports, signal);
  if (request.typed === 1) {
    return phase.pair(first);
  }
  ports.terminal.say('that code is right; one more, the next it shows');
  let previous = first;
  for (;;) {
    await waitForStep(previous + 1, ports, signal);
    const next = await takeCode(request, previous, budget, ports, signal);
    if (next === previous + 1) {
      return phase.pair(next);
    }
    ports.terminal.note('that code is right but one was skipped between; type the one that comes next');
    previous = next;
  }
}

/** Asks until a code is right and newer than the previous one; returns its counter. */
async function takeCode(
  request: CodesRequest,
  previous: number | undefined,
  budget: { wrongLeft: number },
  ports: Ports,
  signal: AbortSignal,
): Promise<number> {
  for (;;) {
    const name = previous === undefined ? 'code' : 'next-code';
    const typed = await askCode(name, request, ports, signal);
    const judgement = await request.phase.judge(typed, ports.clock.now() / 1000);
    const objection = objectionTo(judgement, previous, request.token.serial);
    if (judgement.verdict === 'right' && objection === undefined) {
      return judgement.counter;
    }
    const { wrong, instead } = objection ?? { wrong: 'that code may not be used', instead: 'type the next' };
    budget.wrongLeft--;
    ports.terminal.event('code-refused', { verdict: judgement.verdict, reason: wrong });
    if (budget.wrongLeft === 0) {
      throw new RunbookError('code/wrong', `${WRONG_CODES_AT_MOST} wrong codes; of the last: ${wrong}`, {
        hints: [
          `switch ${request.token.serial} off and on, then run \`${request.command}\` again`,
          'if it repeats, the token does not keep what is written to it: use another one, declared in tokens.yaml',
        ],
      });
    }
    ports.terminal.note(
      `${wrong}: ${instead}; ${budget.wrongLeft} ${budget.wrongLeft === 1 ? 'try' : 'tries'} left`,
    );
  }
}

/** What is wrong with a code, and what to type instead. */
interface Objection {
  readonly wrong: string;
  readonly instead: string;
}

/** Nothing when the code may be used. */
function objectionTo(
  judgement: CodeJudgement,
  previous: number | undefined,
  serial: string,
): Objection | undefined {
  if (judgement.verdict === 'stranger') {
    return {
      wrong: `that is no code of ${serial}`,
      instead: 'switch it off and on, so that it does not show an old code, and read it again',
    };
  }
  if (previous !== undefined && judgement.counter === previous) {
    return { wrong: 'that is the same code again', instead: 'wait until the display changes' };
  }
  if (previous !== undefined && judgement.counter < previous) {
    return { wrong: 'that code is older than the first one', instead: 'type the one that comes after it' };
  }
  if (judgement.verdict === 'right') {
    return undefined;
  }
  const seconds = Math.abs(judgement.steps) * STEP_SECONDS;
  return judgement.steps < 0
    ? {
        wrong: `that code of ${serial} is ${seconds} s old`,
        instead: 'type what it shows now; if it shows this now, its clock is behind',
      }
    : { wrong: `that code of ${serial} is ${seconds} s early`, instead: "the token's clock is ahead" };
}
