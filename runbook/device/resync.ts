/**
 * ResyncMFADevice with codes that a person types: AWS proves that the token holds the device's seed, and learns its
 * clock.
 *
 * AWS accepts each pair of codes once. So a lost answer is settled by newer codes, which are always safe; they are asked
 * for only once AWS answers again.
 */
import { AwsFault } from '../aws/aws';
import { isGone } from '../aws/faults';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import type { CodePair } from '../token/codes';
import { isListed } from './iam';
import { isBelievable, sendPair } from './pair-age';

/** AWS's answer to the codes so far. */
export interface CodesState {
  /** `unknown`: an answer was lost. */
  codes: 'none' | 'unknown' | 'taken';
}

/** Newer codes are needed: AWS says that these are wrong, or they were too old when it took them. */
export interface Refusal {
  /** An earlier attempt, whose answer was lost, may have been accepted; or the codes were, and are too old. */
  readonly mayBeTaken: boolean;
  /** AWS accepted them too late. */
  readonly isLate: boolean;
  readonly cause?: AwsFault;
}

/**
 * Has AWS judge a pair of codes.
 *
 * @returns nothing if AWS accepted them while they were new enough
 * @throws RunbookError `iam/device-gone`; AwsFault
 */
export async function resyncDevice(
  ports: Ports,
  { holder, arn }: { readonly holder: string; readonly arn: string },
  pair: CodePair,
  state: CodesState,
): Promise<Refusal | undefined> {
  ports.signal.throwIfAborted();
  const before = state.codes;
  let mayBeTaken = false;
  state.codes = 'unknown';
  async function submit(codes: readonly [string, string]): Promise<void> {
    try {
      await ports.aws.resyncDevice(holder, arn, codes);
    } catch (error) {
      mayBeTaken ||= !(error instanceof AwsFault && error.wasRefused);
      throw error;
    }
  }
  try {
    await ports.terminal.during('AWS checks the codes', sendPair(ports, pair, submit));
    if (!isBelievable(pair, ports.clock.now())) {
      return { mayBeTaken: true, isLate: true };
    }
    state.codes = 'taken';
    return undefined;
  } catch (error) {
    if (!mayBeTaken) {
      state.codes = before;
    }
    if (error instanceof AwsFault && error.code === 'InvalidAuthenticationCode') {
      return { mayBeTaken, isLate: false, cause: error };
    }
    if (mayBeTaken && isNoAnswer(error) && (await isListed(ports, arn, holder).catch(() => false))) {
      return { mayBeTaken, isLate: false, cause: error };
    }
    if (!isGone(error)) {
      throw error;
    }
    throw new RunbookError('iam/device-gone', `somebody just took the device ${arn} away from ${holder}`, {
      hints: [`find out who else manages the devices of ${holder}, then run \`mfa-runbook plan{options}\``],
      cause: error,
      exitCode: 3,
    });
  }
}

function isNoAnswer(error: unknown): error is AwsFault {
  return error instanceof AwsFault && error.code === 'no-answer';
}
