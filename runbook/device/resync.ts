/**
 * ResyncMFADevice with codes that a person types: AWS proves that the token holds the device's seed, and learns its
 * clock.
 *
 * AWS accepts each pair of codes once. So a lost answer is settled by asking for newer codes, never by sending the same
 * ones again; newer ones are always safe.
 */
import { AwsFault } from '../aws/aws';
import { isGone } from '../aws/faults';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import { patiently } from './iam';

/** AWS's answer to the codes so far. */
export interface CodesState {
  /** `unknown`: an answer was lost. */
  codes: 'none' | 'unknown' | 'taken';
}

/** AWS says that the codes are wrong. */
export interface Refusal {
  /** An earlier attempt, whose answer was lost, may have been accepted. */
  readonly mayBeTaken: boolean;
  readonly cause: AwsFault;
}

/**
 * Has AWS judge a pair of codes.
 *
 * @returns nothing if AWS accepted them
 * @throws RunbookError `iam/device-gone`; AwsFault
 */
export async function resyncDevice(
  ports: Ports,
  { holder, arn }: { readonly holder: string; readonly arn: string },
  pair: readonly [string, string],
  state: CodesState,
): Promise<Refusal | undefined> {
  ports.signal.throwIfAborted();
  const before = state.codes;
  let mayBeTaken = false;
  state.codes = 'unknown';
  async function submit(): Promise<void> {
    try {
      await ports.aws.resyncDevice(holder, arn, pair);
    } catch (error) {
      mayBeTaken ||= !(error instanceof AwsFault && error.wasRefused);
      throw error;
    }
  }
  try {
    await ports.terminal.during('AWS checks the codes', patiently(ports, submit));
    state.codes = 'taken';
    return undefined;
  } catch (error) {
    if (!mayBeTaken) {
      state.codes = before;
    }
    if (error instanceof AwsFault && error.code === 'InvalidAuthenticationCode') {
      return { mayBeTaken, cause: error };
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
