/** Steps 7 and 8: the device is enabled with two codes, and IAM lists it for its holder. */
import { AwsFault } from '../aws/aws';
import { isGone } from '../aws/faults';
import type { Ceremony } from '../ceremony/ceremony';
import { RunbookError } from '../runbook-error';
import type { CodePair } from '../token/codes';
import { devicesOfUser, poll, SHOWN_AFTER_SECONDS, UNTIL_SHOWN } from './iam';
import { type NewDevice, settleEnable } from './new-device';
import { isBelievable, sendPair } from './pair-age';

/**
 * Enables the device with two consecutive codes. Where AWS's answer was lost, IAM is asked what happened: the call is
 * not simply repeated, because AWS accepts a pair of codes once.
 *
 * @returns whether AWS took the codes while they were new enough; if not, it needs newer ones
 */
export async function enableDevice(c: Ceremony, device: NewDevice, pair: CodePair): Promise<boolean> {
  const { ports, request } = c;
  ports.signal.throwIfAborted();
  device.stage = 'unknown';
  try {
    await sendPair(ports, pair, (codes) => ports.aws.enableDevice(request.holder, device.arn, codes));
    device.stage = 'enabled';
    return isBelievable(pair, ports.clock.now());
  } catch (error) {
    await settleEnable(c, device);
    if (!device.isEnabled) {
      throw await refusal(c, device, error);
    }
    return isBelievable(pair, device.enabledAt?.getTime() ?? ports.clock.now());
  }
}

async function refusal(
  { ports, request: { holder } }: Ceremony,
  device: NewDevice,
  cause: unknown,
): Promise<unknown> {
  if (cause instanceof AwsFault && cause.code === 'InvalidAuthenticationCode') {
    return new RunbookError('iam/codes-rejected', 'AWS rejected both codes', {
      hints: ["check this machine's clock with `mfa-runbook doctor{options}`, then run `{command}` again"],
      cause,
    });
  }
  if (!isGone(cause)) {
    return cause;
  }
  // A listing that fails says nothing about the user.
  const devices = await devicesOfUser(ports, holder).catch(() => []);
  if (devices !== undefined) {
    return deviceGone(holder, device.arn, cause);
  }
  return new RunbookError('iam/no-user', `the user ${holder} was deleted from IAM`, {
    hints: ['deploy the stack again (`cdk deploy`), then run `{command}` again'],
    cause,
  });
}

/** Somebody else deleted or replaced the device of this ceremony. */
export function deviceGone(holder: string, arn: string, cause?: unknown): RunbookError {
  return new RunbookError('iam/device-gone', `somebody else deleted the device ${arn}`, {
    hints: [`find out who else is enrolling ${holder}, then run \`{command}\` again`],
    cause,
    exitCode: 3,
  });
}

/** Waits until IAM lists the device for the holder. */
export async function confirmDevice({ ports, request: { holder } }: Ceremony, arn: string): Promise<void> {
  const waiting = { pauses: UNTIL_SHOWN, saying: 'waiting for IAM to list the device' };
  const listed = await poll(ports, waiting, async () =>
    (await ports.aws.devicesOf(holder)).find((device) => device.arn === arn),
  );
  if (listed === undefined) {
    throw new RunbookError(
      'iam/not-confirmed',
      `IAM accepted ${arn} but does not list it for ${holder} after ${SHOWN_AFTER_SECONDS} s`,
      {
        hints: ['run `{command}` again: it looks once more and completes the evidence'],
        exitCode: 3,
      },
    );
  }
}
