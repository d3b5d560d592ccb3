/** Checks that every drill begins with, whatever its proof is. */
import { formatPlace } from '../../lib/record/place';
import type { AssignedDevice } from '../aws/aws';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import { checkEnrolled } from '../device/slot';
import { RunbookError, type RunbookErrorCode } from '../runbook-error';

/**
 * Refuses to continue a drill with another token than the one it began with.
 *
 * @param state becomes over: the journal holds nothing to finish
 */
export function checkTarget(
  { effects, token, request: { holder, slot } }: Ceremony,
  state: { isOver: boolean },
): void {
  const { serial, ceremony } = effects.journal;
  if (serial === formatPlace(token)) {
    return;
  }
  state.isOver = true;
  throw new RunbookError(
    'record/changed',
    `the interrupted run was about the token ${serial}, but the record now declares ${formatPlace(token)} for ${slot} of ${holder}`,
    {
      hints: [
        `that run is abandoned; start again with ${token.serial}: \`mfa-runbook ${ceremony} ${holder} --slot ${slot}{options}\``,
      ],
      exitCode: 3,
    },
  );
}

/** After these nothing is left to finish, and the journal must not stand in the way of enrolling or replacing. */
const CANNOT_BE_PROVED: ReadonlySet<RunbookErrorCode> = new Set([
  'iam/not-enrolled',
  'iam/slot-taken',
  'iam/no-user',
]);

/**
 * Does step 2: checks that IAM lists the device of the declared token for its holder.
 *
 * @param state becomes over where no later run could prove the token
 */
export async function checkListed(c: Ceremony, state: { isOver: boolean }): Promise<AssignedDevice> {
  const { ports, identity } = c;
  try {
    const device = await checkEnrolled(c);
    // Without the ARN: it holds the serial, which a person may still be asked for.
    const text = `${identity.arn} may list devices; the clocks agree; IAM lists the slot's device for the holder`;
    tellStep(ports, 'listed', text, { caller: identity.arn });
    return device;
  } catch (error) {
    state.isOver ||= error instanceof RunbookError && CANNOT_BE_PROVED.has(error.code);
    throw error;
  }
}
