/** Steps 4, 7 and 8: the device is created, enabled and confirmed, and deleted again when it must not stay. */
import { setTimeout as pause } from 'node:timers/promises';
import { type DeviceName, devicePath, formatDeviceArn, formatDeviceName } from '../../lib/record/names';
import { isUncertain } from '../aws/faults';
import { AwsFault, type CallerIdentity, type CreatedDevice } from '../aws/ports';
import { RunbookError } from '../runbook-error';
import type { Ports } from './ports';
import type { World } from './world';

/** Whose device, for which token, under which record. */
export interface DeviceRequest {
  readonly fleet: string;
  readonly name: DeviceName;
  readonly generation: string;
  readonly identity: CallerIdentity;
  readonly command: string;
}

const RUN_TAG = 'mfa-guardrails:run';

const tagsOf = (request: DeviceRequest, world: World): Readonly<Record<string, string>> => ({
  'mfa-guardrails:fleet': request.fleet,
  'mfa-guardrails:holder': request.name.holder,
  'mfa-guardrails:slot': request.name.slot,
  'mfa-guardrails:token-serial': request.name.serial,
  'mfa-guardrails:generation': request.generation,
  [RUN_TAG]: world.runId,
});

const arnOf = ({ identity, fleet, name }: DeviceRequest): string =>
  formatDeviceArn(identity.partition, identity.account, fleet, name);

/** Creates the device; an unassigned one of the same name, left by an earlier run, is deleted first. */
export async function createDevice(
  request: DeviceRequest,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<CreatedDevice> {
  world.deviceArn = arnOf(request);
  try {
    return await createOnce(request, ports, world);
  } catch (error) {
    if (!(error instanceof AwsFault) || error.code !== 'EntityAlreadyExists') throw limitReached(error);
    await removeLeftover(request, ports, world, signal);
  }
  return createAfterDeletion(request, ports, world, signal);
}

async function createOnce(request: DeviceRequest, ports: Ports, world: World): Promise<CreatedDevice> {
  try {
    const created = await ports.aws.createDevice({
      path: devicePath(request.fleet),
      name: formatDeviceName(request.name),
      tags: tagsOf(request, world),
    });
    world.device = 'created';
    world.deviceArn = created.arn;
    return created;
  } catch (error) {
    if (error instanceof AwsFault && isUncertain(error)) world.device = 'unknown';
    throw error;
  }
}

/** IAM may go on saying "already exists" for some seconds after a deletion. */
async function createAfterDeletion(
  request: DeviceRequest,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<CreatedDevice> {
  for (const seconds of [0, 1, 2, 4, 8, 16, 32]) {
    await ports.clock.sleep(seconds * 1000, signal);
    try {
      return await createOnce(request, ports, world);
    } catch (error) {
      if (!(error instanceof AwsFault) || error.code !== 'EntityAlreadyExists') throw limitReached(error);
    }
  }
  throw new RunbookError('iam/leftover', `IAM still lists the deleted device ${world.deviceArn}`, {
    hints: [`wait a minute, then run \`${request.command}\` again`],
  });
}

function limitReached(error: unknown): unknown {
  if (!(error instanceof AwsFault) || error.code !== 'LimitExceeded') return error;
  return new RunbookError('iam/account-limit', 'the account has no room for another virtual MFA device', {
    hints: [
      'every virtual device counts, assigned or not: `aws iam list-virtual-mfa-devices --assignment-status Unassigned` shows orphans',
      'or ask for a higher IAM user quota, which is also the quota of virtual devices',
    ],
    cause: error,
  });
}

async function removeLeftover(
  request: DeviceRequest,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const { arn, user } = await occupant(request, ports);
  if (arn !== arnOf(request)) throw nameTaken(request, arn, user);
  if (user !== undefined) {
    if (user !== request.name.holder) throw nameTaken(request, arn, user);
    throw new RunbookError('iam/slot-taken', `${arn} became enabled for ${user} just now`, {
      hints: [`another run was faster; see what it did with \`${request.command}\``],
    });
  }
  const tags = await ports.aws.deviceTags(arn);
  if (tags[RUN_TAG] !== world.runId) {
    const question = {
      name: 'delete-leftover',
      message: `an unfinished enrolment left the unassigned device ${arn}; delete it and make it anew?`,
    };
    if (!(await ports.terminal.confirm(question, signal))) {
      throw new RunbookError('iam/leftover', `the unassigned device ${arn} is in the way`, {
        hints: [
          `if nobody else is enrolling it just now, run \`${request.command} --yes\`, which deletes it first`,
        ],
        exitCode: 3,
      });
    }
  }
  world.device = 'unknown';
  await ports.aws.deleteDevice(arn);
  world.device = 'deleted';
  ports.terminal.say(`deleted the unassigned device ${arn}`);
}

/** Who has the name: the device of that ARN or, since names are unique in an account, one at another path. */
async function occupant(request: DeviceRequest, ports: Ports): Promise<{ arn: string; user?: string }> {
  const devices = await ports.aws.virtualDevices();
  const suffix = `/${formatDeviceName(request.name)}`;
  const found =
    devices.find((device) => device.arn === arnOf(request)) ??
    devices.find((device) => device.arn.endsWith(suffix));
  // IAM may list a device some time after it was created.
  return found ?? { arn: arnOf(request) };
}

const nameTaken = (request: DeviceRequest, arn: string, user: string | undefined): RunbookError =>
  new RunbookError(
    'iam/name-taken',
    `the device name ${formatDeviceName(request.name)} is taken by ${arn}, ${user === undefined ? 'assigned to nobody' : `assigned to ${user}`}`,
    {
      hints: [
        `this device was not made by mfa-runbook for ${request.name.holder}: find out whose it is (CloudTrail, CreateVirtualMFADevice) before anything is deleted`,
      ],
      exitCode: 3,
    },
  );

/**
 * Enables the device with two consecutive codes. Where AWS's answer was lost, IAM is asked what happened: the call is
 * not simply repeated, because AWS takes a pair of codes once.
 */
export async function enableDevice(
  request: DeviceRequest,
  codes: readonly [string, string],
  ports: Ports,
  world: World,
): Promise<void> {
  world.device = 'unknown';
  try {
    await ports.aws.enableDevice(request.name.holder, world.deviceArn, codes);
  } catch (error) {
    if (!(await isEnabled(request, ports, world))) {
      world.device = 'created';
      throw rejected(error, request);
    }
  }
  world.device = 'enabled';
}

/** Whether the device is enabled after all. IAM lists with a delay, but never deletes an enabled device. */
async function isEnabled(request: DeviceRequest, ports: Ports, world: World): Promise<boolean> {
  const devices = await ports.aws.devicesOf(request.name.holder);
  if (devices.some((device) => device.arn === world.deviceArn)) return true;
  const outcome = await tryDelete(ports, world.deviceArn);
  if (outcome === 'deleted') world.device = 'deleted';
  return outcome === 'assigned';
}

function rejected(error: unknown, request: DeviceRequest): unknown {
  if (!(error instanceof AwsFault)) return error;
  if (error.code === 'InvalidAuthenticationCode') {
    return new RunbookError('iam/codes-rejected', 'AWS refused the two codes, though they are right here', {
      hints: [`check this machine's clock (\`mfa-runbook doctor\`), then run \`${request.command}\` again`],
      cause: error,
    });
  }
  if (error.code === 'NoSuchEntity') {
    return new RunbookError('iam/no-user', `the user ${request.name.holder} is gone from IAM`, {
      hints: ['deploy the stack again (`cdk deploy`), then run this again'],
      cause: error,
    });
  }
  return error;
}

type DeleteOutcome = 'deleted' | 'assigned' | 'unknown';

async function tryDelete(ports: Ports, arn: string): Promise<DeleteOutcome> {
  try {
    await ports.aws.deleteDevice(arn);
    return 'deleted';
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error;
    if (error.code === 'NoSuchEntity') return 'deleted';
    return error.code === 'DeleteConflict' ? 'assigned' : 'unknown';
  }
}

const COMPENSATION_PAUSES_MS = [0, 200, 1000];

/**
 * Deletes the device of a run that failed before it was enabled, whatever made it fail. A device that another run made
 * under the same name is left alone. Never throws.
 */
export async function compensate(ports: Ports, world: World): Promise<void> {
  for (const pauseMs of COMPENSATION_PAUSES_MS) {
    if (world.device !== 'created' && world.device !== 'unknown') return;
    await pause(pauseMs);
    try {
      await deleteOwn(ports, world);
    } catch {
      // Tried again; what remains unknown is said in the state line.
    }
  }
}

async function deleteOwn(ports: Ports, world: World): Promise<void> {
  if (world.device === 'unknown' && !(await isOwn(ports, world))) {
    world.device = 'none';
    return;
  }
  const outcome = await tryDelete(ports, world.deviceArn);
  if (outcome === 'deleted') world.device = 'deleted';
  if (outcome === 'assigned') world.device = 'enabled';
}

/** Whether the device exists and was made by this run. */
async function isOwn(ports: Ports, world: World): Promise<boolean> {
  try {
    return (await ports.aws.deviceTags(world.deviceArn))[RUN_TAG] === world.runId;
  } catch (error) {
    if (error instanceof AwsFault && error.code === 'NoSuchEntity') return false;
    throw error;
  }
}

/** IAM has no deadline for showing a change; its own tools wait up to two minutes. */
const CONFIRM_PAUSES_SECONDS = [0, 1, 2, 4, 8, 15, 15, 15, 20, 20, 20];

/** Waits until IAM lists the device for the holder. */
export async function confirmDevice(
  request: DeviceRequest,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<void> {
  for (const seconds of CONFIRM_PAUSES_SECONDS) {
    if (seconds > 0) {
      const pausing = ports.clock.sleep(seconds * 1000, signal);
      await ports.terminal.during('waiting for IAM to list the device', pausing);
    }
    const devices = await ports.aws.devicesOf(request.name.holder);
    if (devices.some((device) => device.arn === world.deviceArn)) return;
  }
  throw new RunbookError(
    'iam/not-confirmed',
    `IAM accepted ${world.deviceArn} but does not list it for ${request.name.holder} after two minutes`,
    {
      hints: [`run \`${request.command}\` again: it looks once more and completes the evidence`],
      exitCode: 3,
    },
  );
}
