/** Step 2: who is calling, whether the clocks agree, and what the holder has already. Changes nothing. */
import { type DeviceName, formatDeviceArn, parseDeviceArn } from '../../lib/record/names';
import type { FleetRecord } from '../../lib/record/record';
import { MAX_TOKENS_PER_HOLDER } from '../../lib/record/rules';
import { type AssignedDevice, type Aws, AwsFault, type CallerIdentity, type VirtualDevice } from '../aws/aws';
import { isSpare, moveSpare } from '../record/spares';
import { RunbookError } from '../runbook-error';

/** How far this machine's clock may be from AWS's before it must not set a token's clock: seconds. */
export const CLOCK_TOLERANCE_SECONDS = 5;

/** Refuses a machine whose clock is off: it would be written to the token. */
export function checkClock(identity: CallerIdentity): void {
  if (identity.clockOffsetMs === undefined) {
    throw new RunbookError(
      'clock/off',
      'AWS answered without telling the time, so this clock cannot be checked',
      {
        hints: ['look for a proxy that takes the Date header away, then run `{command}` again'],
      },
    );
  }
  const offsetSeconds = identity.clockOffsetMs / 1000;
  if (Math.abs(offsetSeconds) <= CLOCK_TOLERANCE_SECONDS) {
    return;
  }
  const direction = offsetSeconds > 0 ? 'ahead of' : 'behind';
  throw new RunbookError(
    'clock/off',
    `this machine's clock is ${Math.abs(offsetSeconds).toFixed(0)} s ${direction} AWS's`,
    {
      hints: [
        'set it by NTP first (Linux: `sudo timedatectl set-ntp true`), because it becomes the clock of the token, then run `{command}` again',
      ],
    },
  );
}

/** The holder's devices; refuses a holder who is no IAM user. */
export async function holderDevices(aws: Aws, holder: string): Promise<readonly AssignedDevice[]> {
  try {
    return await aws.devicesOf(holder);
  } catch (error) {
    if (!(error instanceof AwsFault) || error.code !== 'NoSuchEntity') {
      throw error;
    }
    throw new RunbookError('iam/no-user', `the record declares ${holder}, but IAM has no such user`, {
      hints: ['deploy the stack (`cdk deploy`), or create the user, then run `{command}` again'],
      cause: error,
    });
  }
}

/** What the holder's devices mean for a slot. */
export type SlotFinding =
  | { readonly found: 'free' }
  /** The very token is enabled already. */
  | { readonly found: 'enrolled'; readonly device: AssignedDevice };

/** Looks for the slot among the holder's devices; refuses a slot held by another token, and a ninth device. */
export function findSlot(
  identity: CallerIdentity,
  record: FleetRecord,
  name: DeviceName,
  devices: readonly AssignedDevice[],
): SlotFinding {
  const { fleet } = record;
  const arn = formatDeviceArn(identity.partition, identity.account, fleet, name);
  const enrolled = devices.find((device) => device.arn === arn);
  if (enrolled !== undefined) {
    return { found: 'enrolled', device: enrolled };
  }

  const rival = devices.find((device) => {
    const parsed = parseDeviceArn(device.arn);
    return parsed?.fleet === fleet && parsed.holder === name.holder && parsed.slot === name.slot;
  });
  if (rival !== undefined) {
    const serial = parseDeviceArn(rival.arn)?.serial ?? rival.arn;
    throw new RunbookError(
      'iam/slot-taken',
      `${name.slot} of ${name.holder} is enrolled with the token ${serial}, the record now says ${name.serial}`,
      {
        hints: isSpare(record, serial)
          ? [moveSpare(serial, name.holder, name.slot)]
          : [
              `if ${serial} is out of use: \`mfa-runbook replace ${name.holder} --slot ${name.slot} --reason REASON{options}\`, for lost, stolen, broken or expired`,
              'if it is not, correct tokens.yaml and run `cdk deploy`',
            ],
        exitCode: 3,
      },
    );
  }
  if (devices.length >= MAX_TOKENS_PER_HOLDER) {
    throw new RunbookError(
      'iam/device-limit',
      `${name.holder} has ${devices.length} MFA devices, and IAM allows ${MAX_TOKENS_PER_HOLDER}`,
      {
        hints: [`deactivate one that is out of use: ${devices.map((device) => device.arn).join(', ')}`],
        exitCode: 3,
      },
    );
  }
  return { found: 'free' };
}

/** Refuses a token whose seed an enabled device still needs: burning it anew would kill that device silently. */
export function checkUnused(
  fleet: string,
  name: DeviceName,
  command: string,
  devices: readonly VirtualDevice[],
): void {
  const other = devices.find((device) => {
    const parsed = device.user === undefined ? undefined : parseDeviceArn(device.arn);
    const isSame = parsed?.holder === name.holder && parsed.slot === name.slot;
    return parsed?.fleet === fleet && parsed.serial === name.serial && !isSame;
  });
  if (other === undefined) {
    return;
  }
  throw new RunbookError('iam/token-in-use', `the token ${name.serial} is still enrolled as ${other.arn}`, {
    hints: [
      `if that device is to go: ${removal(other.arn, other.user)}, then run \`${command}\``,
      'if it is not, correct tokens.yaml and run `cdk deploy`',
    ],
    exitCode: 3,
  });
}

/** How a device of ours goes, as its name tells. */
function removal(arn: string, user: string | undefined): string {
  const parsed = parseDeviceArn(arn);
  return parsed !== undefined && parsed.holder === user
    ? `\`mfa-runbook retire ${parsed.holder} --slot ${parsed.slot}{options}\``
    : `\`aws iam deactivate-mfa-device --user-name ${user} --serial-number ${arn}\` and \`aws iam delete-virtual-mfa-device --serial-number ${arn}\``;
}

/**
 * Refuses a holder who enrols a token of their own without MFA while they have a device: AWS lets them neither enable
 * nor deactivate one (AWS-2023-001), and would say so only after the token was burned.
 */
export async function checkSelf(
  aws: Aws,
  identity: CallerIdentity,
  holder: string,
  deviceCount: number,
): Promise<void> {
  if (deviceCount === 0 || !isUser(identity.arn, holder)) {
    return;
  }
  // A session of a user that may call IAM was opened with MFA; a long-term key says nothing of it.
  if ((await aws.session()).sessionToken !== undefined) {
    return;
  }
  throw new RunbookError(
    'iam/self-without-mfa',
    `${holder} has ${deviceCount} MFA ${deviceCount === 1 ? 'device' : 'devices'}, and AWS lets nobody who has one enable another without it`,
    {
      hints: [
        'open a session with a code of a device you have: `mfa-runbook exec -- {command}`',
        'or have an operator enrol the token',
      ],
    },
  );
}

function isUser(arn: string, name: string): boolean {
  return /:user\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1] === name;
}
