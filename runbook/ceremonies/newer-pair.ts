/**
 * Newer codes for a device that was enabled with codes that were too old: AWS may have stored a wrong clock for the token,
 * and would refuse the codes that it shows.
 */
import type { Ceremony } from '../ceremony/ceremony';
import type { NewDevice } from '../device/new-device';
import { BELIEVED_SECONDS } from '../device/pair-age';
import { type CodesState, resyncDevice } from '../device/resync';
import type { CodeSource } from '../operator/code-source';
import { FreshCodes } from '../operator/fresh-codes';
import { KeyCodes } from '../operator/key-codes';
import { readToken } from '../operator/read-token';
import { RunbookError } from '../runbook-error';

/** The number of pairs that are asked for. */
const PAIRS_AT_MOST = 3;

/** The reason, for people. */
export const TOO_LATE = `AWS answered more than ${BELIEVED_SECONDS} s after the second code's time was over, and may now assume a wrong clock for the token: two newer codes correct that`;

/** The error after the last pair. */
export function isTooLate(arn: string): RunbookError {
  return new RunbookError(
    'aws/too-late',
    `AWS answered too late to believe that it knows the clock of ${arn}: sign-in may refuse its codes`,
    {
      hints: [
        'check the network (a proxy that answers slowly?), then run `{command}` again: it takes newer codes',
      ],
      exitCode: 3,
    },
  );
}

/** Has AWS take newer codes for an enabled device. @throws RunbookError `aws/too-late`, `iam/codes-rejected` */
export async function takeNewerPair(c: Ceremony, device: NewDevice): Promise<void> {
  const { ports, request } = c;
  ports.terminal.event('codes-too-late', { deviceArn: device.arn });
  ports.terminal.note(TOO_LATE);
  const codes = await sourceOf(c);
  const state: CodesState = { codes: 'unknown' };
  for (let left = PAIRS_AT_MOST - 1; ; left--) {
    const pair = await codes.takePair();
    const refusal = await resyncDevice(ports, { holder: request.holder, arn: device.arn }, pair, state);
    if (refusal === undefined) {
      return;
    }
    if (left > 0) {
      const { mayBeTaken, isLate } = refusal;
      ports.terminal.event('codes-refused', { mayBeTaken, isLate, pairsLeft: left });
      ports.terminal.note(
        refusal.isLate
          ? TOO_LATE
          : 'AWS rejected these two codes: type two in a row, each while the token shows it',
      );
      await codes.waitForNext();
      continue;
    }
    if (refusal.isLate) {
      throw isTooLate(device.arn);
    }
    throw new RunbookError('iam/codes-rejected', `AWS rejected ${PAIRS_AT_MOST} pairs of codes`, {
      hints: ['run `{command}` again, and type each code while the token shows it'],
      cause: refusal.cause,
      exitCode: 3,
    });
  }
}

async function sourceOf(c: Ceremony): Promise<CodeSource> {
  const { ports, request, token } = c;
  const compute = token.type === 'oath' ? (await readToken(c)).compute : undefined;
  return compute === undefined
    ? new FreshCodes(ports, { holder: request.holder, token, tokenOffsetSeconds: undefined })
    : new KeyCodes(ports, compute, token);
}
