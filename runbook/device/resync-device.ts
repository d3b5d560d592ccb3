/**
 * ResyncMFADevice with codes a person types: AWS proves that the token holds the device's seed, and learns its clock.
 *
 * AWS takes each pair of codes once. So an answer that was lost is settled by asking for newer codes, never by sending
 * the same ones again; sending newer ones is always safe.
 */
import { AwsFault } from '../aws/aws';
import type { Ports } from '../ceremony/ports';
import { type FreshCodesOf, takeFreshPair, waitForNextCode } from '../operator/fresh-pair';
import { RunbookError } from '../runbook-error';
import { patiently } from './own-device';

/** What came of the codes: the `state:` line of a drill. */
export interface DrillState {
  /** `unknown`: an answer was lost. */
  codes: 'none' | 'unknown' | 'taken';
  isEvidenced: boolean;
  /** Whatever came of it, a later run can add nothing. */
  isOver: boolean;
}

/** Whose device, and the first two codes. */
export interface ResyncRequest extends FreshCodesOf {
  readonly slot: string;
  readonly deviceArn: string;
  readonly pair: readonly [string, string];
}

/** How many pairs a person may type. */
const PAIRS_AT_MOST = 3;

/**
 * Has AWS judge the codes; asks for new ones where it refuses them.
 *
 * @throws RunbookError `iam/codes-rejected`, `iam/device-gone`; AwsFault
 */
export async function resyncDevice(
  request: ResyncRequest,
  ports: Ports,
  state: DrillState,
  signal: AbortSignal,
): Promise<void> {
  const used = new Set<string>();
  let { pair } = request;
  for (let left = PAIRS_AT_MOST - 1; ; left--) {
    const refusal = await submit(request, pair, ports, state, signal);
    if (refusal === undefined) {
      return;
    }
    if (left === 0) {
      throw refusal.mayBeTaken
        ? answersLost(request, refusal.cause)
        : rejected(request, state, refusal.cause);
    }
    for (const code of pair) {
      used.add(code);
    }
    ports.terminal.event('codes-refused', { mayBeTaken: refusal.mayBeTaken, pairsLeft: left });
    ports.terminal.note(`${whyRefused(refusal)}; ${left} ${left === 1 ? 'pair' : 'pairs'} left`);
    await waitForNextCode(request, ports, signal);
    pair = await takeFreshPair(request, used, ports, signal);
  }
}

/** AWS says that the codes are wrong. */
interface Refusal {
  /** An earlier attempt, whose answer was lost, may have taken them. */
  readonly mayBeTaken: boolean;
  readonly cause: AwsFault;
}

function whyRefused({ mayBeTaken }: Refusal): string {
  return mayBeTaken
    ? 'an answer of AWS was lost: it may have taken these two codes, and it takes none twice, so type two new ones'
    : 'AWS refused these two codes: type two in a row, each while the token shows it';
}

async function submit(
  { holder, deviceArn }: ResyncRequest,
  pair: readonly [string, string],
  ports: Ports,
  state: DrillState,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  signal.throwIfAborted();
  const before = state.codes;
  let mayBeTaken = false;
  state.codes = 'unknown';
  try {
    const judging = patiently(ports, signal, async () => {
      try {
        await ports.aws.resyncDevice(holder, deviceArn, pair);
      } catch (error) {
        mayBeTaken ||= !(error instanceof AwsFault && error.wasRefused);
        throw error;
      }
    });
    await ports.terminal.during('AWS judges the codes', judging);
    state.codes = 'taken';
    return undefined;
  } catch (error) {
    if (!mayBeTaken) {
      state.codes = before;
    }
    if (!(error instanceof AwsFault)) {
      throw error;
    }
    if (error.code === 'InvalidAuthenticationCode') {
      return { mayBeTaken, cause: error };
    }
    throw error.code === 'NoSuchEntity' ? gone(deviceArn, holder, state, error) : error;
  }
}

function gone(deviceArn: string, holder: string, state: DrillState, cause: AwsFault): RunbookError {
  state.isOver = true;
  return new RunbookError('iam/device-gone', `the device ${deviceArn} was taken from ${holder} just now`, {
    hints: [`find out who else works on the devices of ${holder}, then run \`mfa-runbook plan{options}\``],
    cause,
    exitCode: 3,
  });
}

function answersLost({ deviceArn, command }: ResyncRequest, cause: AwsFault): RunbookError {
  return new RunbookError(
    'aws/no-answer',
    `answers of AWS were lost ${PAIRS_AT_MOST} times, so whether it took codes for ${deviceArn} is not known`,
    { hints: [`check the network, then run \`${command}\` again`], cause },
  );
}

function rejected(request: ResyncRequest, state: DrillState, cause: AwsFault): RunbookError {
  const { token, deviceArn, holder, slot, command, tokenOffsetSeconds } = request;
  state.isOver = true;
  const orClock = tokenOffsetSeconds === undefined ? ', or its clock is more than eight hours off' : '';
  return new RunbookError(
    'iam/codes-rejected',
    `AWS refused ${PAIRS_AT_MOST} pairs of codes: if they were typed as they showed, ${token.serial} does not hold the seed of ${deviceArn}${orClock}`,
    {
      hints: [
        `if they were: \`mfa-runbook replace ${holder} --slot ${slot} --reason broken{options}\``,
        `if one was skipped or mistyped: run \`${command}\` again`,
      ],
      cause,
      exitCode: 3,
    },
  );
}
