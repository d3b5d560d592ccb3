/** Step 7 of a drill: AWS checks two codes, and new ones as long as it rejects them. */
import { countOf } from '../../lib/record/text';
import { type Ceremony, deviceArn, tellStep } from '../ceremony/ceremony';
import { type CodesState, type Refusal, resyncDevice } from '../device/resync';
import type { CodeSource } from '../operator/code-source';
import { RunbookError } from '../runbook-error';
import type { CodePair } from '../token/codes';
import { isTooLate, TOO_LATE } from './newer-pair';

/** Tells how far the codes got. */
interface DrillCodesState extends CodesState {
  /** Whatever happened, a later run can add nothing. */
  isOver: boolean;
}

/** The number of pairs that a person may type. */
const PAIRS_AT_MOST = 3;

/** Has AWS check the codes; asks for new ones if it rejects them. @throws RunbookError `iam/codes-rejected`, `aws/no-answer` */
export async function submitCodes(
  c: Ceremony,
  state: DrillCodesState,
  codes: CodeSource,
  first: CodePair,
): Promise<void> {
  const { ports, request, token } = c;
  const device = { holder: request.holder, arn: deviceArn(c, token) };
  let pair = first;
  for (let left = PAIRS_AT_MOST - 1; ; left--) {
    const refusal = await resyncDevice(ports, device, pair, state).catch((error: unknown) => {
      state.isOver ||= error instanceof RunbookError && error.code === 'iam/device-gone';
      throw error;
    });
    if (refusal === undefined) {
      const text =
        "AWS accepted both codes and knows the token's clock; sign-in works within about ten seconds";
      tellStep(ports, 'resynced', text, { deviceArn: device.arn });
      return;
    }
    if (left === 0) {
      state.isOver = !refusal.mayBeTaken;
      throw outOfPairs(c, refusal, codes.isClockKnown);
    }
    const { mayBeTaken, isLate } = refusal;
    ports.terminal.event('codes-refused', { mayBeTaken, ...(isLate ? { isLate } : {}), pairsLeft: left });
    ports.terminal.note(`${whyRefused(refusal)}; ${countOf(left, 'pair')} left`);
    await codes.waitForNext();
    pair = await codes.takePair();
  }
}

function whyRefused({ mayBeTaken, isLate }: Refusal): string {
  if (isLate) {
    return TOO_LATE;
  }
  return mayBeTaken
    ? "AWS's answer was lost: it may have accepted these two codes, and it accepts none twice, so type two new ones"
    : 'AWS rejected these two codes: type two in a row, each while the token shows it';
}

function outOfPairs(c: Ceremony, refusal: Refusal, isClockKnown: boolean): RunbookError {
  const { mayBeTaken, isLate, cause } = refusal;
  const { request, token } = c;
  const arn = deviceArn(c, token);
  if (isLate) {
    return isTooLate(arn);
  }
  if (mayBeTaken) {
    return new RunbookError(
      'aws/no-answer',
      `AWS's answer was lost ${PAIRS_AT_MOST} times, so it is not known whether it accepted codes for ${arn}`,
      { hints: ['check the network, then run `{command}` again'], cause },
    );
  }
  const orClock = isClockKnown ? '' : ', or its clock is more than eight hours off';
  return new RunbookError(
    'iam/codes-rejected',
    `AWS rejected ${PAIRS_AT_MOST} pairs of codes: if they were typed as the token showed them, ${token.serial} does not hold the seed of ${arn}${orClock}`,
    {
      hints: [
        `if they were: \`mfa-runbook replace ${request.holder} --slot ${request.slot} --reason broken{options}\``,
        'if one was skipped or mistyped: run `{command}` again',
      ],
      cause,
      exitCode: 3,
    },
  );
}
