/** The slot's device, of exactly the declared token, is enabled for the holder. Changes nothing. */
import { formatDeviceArn, parseDeviceArn } from '../../lib/record/names';
import type { AssignedDevice } from '../aws/aws';
import type { Ceremony } from '../ceremony/ceremony';
import { isSpare, moveSpare } from '../record/spares';
import { RunbookError } from '../runbook-error';
import { holderDevices } from './preflight';

/** IAM's lists may be a little late; a device to be proven is older than that, so it is not waited for long. */
const PAUSES_SECONDS = [0, 1, 2, 4];

/** The ARN of the device that the declared token has in this slot. */
export function declaredDeviceArn({ identity, request, token }: Ceremony): string {
  return formatDeviceArn(identity.partition, identity.account, request.fleet, {
    holder: request.holder,
    slot: request.slot,
    serial: token.serial,
  });
}

/**
 * Refuses a slot whose declared token is not enrolled.
 *
 * @throws RunbookError `iam/not-enrolled`, `iam/slot-taken`, `iam/no-user`
 */
export async function checkEnrolled(ceremony: Ceremony): Promise<void> {
  const { ports, request, signal } = ceremony;
  const arn = declaredDeviceArn(ceremony);
  let devices: readonly AssignedDevice[] = [];
  for (const seconds of PAUSES_SECONDS) {
    if (seconds > 0) {
      const pausing = ports.clock.sleep(seconds * 1000, signal);
      await ports.terminal.during('looking for the device in IAM', pausing);
    }
    devices = await holderDevices(ports.aws, request.holder);
    if (devices.some((device) => device.arn === arn)) {
      return;
    }
  }
  throw notEnrolled(ceremony, devices);
}

function notEnrolled(
  { request, token, deployed }: Ceremony,
  devices: readonly AssignedDevice[],
): RunbookError {
  const { fleet, holder, slot } = request;
  const rival = devices
    .map((device) => parseDeviceArn(device.arn))
    .find((name) => name?.fleet === fleet && name.holder === holder && name.slot === slot);
  if (rival !== undefined) {
    return new RunbookError(
      'iam/slot-taken',
      `${slot} of ${holder} is enrolled with the token ${rival.serial}, the record says ${token.serial}`,
      {
        hints: isSpare(deployed.record, rival.serial)
          ? [moveSpare(rival.serial, holder, slot)]
          : [
              `to enrol ${token.serial} in its place: \`mfa-runbook replace ${holder} --slot ${slot} --reason broken{options}\``,
              `if ${rival.serial} is the right one: put it into tokens.yaml and run \`cdk deploy\``,
            ],
        exitCode: 3,
      },
    );
  }
  return new RunbookError('iam/not-enrolled', `${token.serial} is not enrolled as ${slot} of ${holder}`, {
    hints: [`run \`mfa-runbook enroll ${holder} --slot ${slot}{options}\``],
    exitCode: 3,
  });
}
