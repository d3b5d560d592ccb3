/** Steps 4, 7 and 8: the device is created, enabled and confirmed. */
import { devicePath, formatDeviceArn, formatDeviceName } from '../../lib/record/names';
import { AwsFault } from '../aws/aws';
import type { Ports } from '../ceremony/ports';
import type { World } from '../ceremony/world';
import { RunbookError } from '../runbook-error';
import type { NewDevice, SeedPhase } from '../seed-phase/seed-phase';
import { settle } from './compensate';
import { deleteIfThere, removeLeftover } from './leftover';
import { type DeviceRequest, isOwn, patiently, tagsOf } from './own-device';

/** Creates the device; an unassigned one of the same name, left by an earlier run, is deleted first. */
export async function createDevice(
  request: DeviceRequest,
  phase: SeedPhase,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<NewDevice> {
  const { identity, fleet, name } = request;
  world.deviceArn = formatDeviceArn(identity.partition, identity.account, fleet, name);
  try {
    return await createOnce(request, phase, ports, world, signal);
  } catch (error) {
    if (!(error instanceof AwsFault) || error.code !== 'EntityAlreadyExists') {
      throw limitReached(error);
    }
    await removeLeftover(request, ports, world, signal);
  }
  return createAfterDeletion(request, phase, ports, world, signal);
}

async function createOnce(
  request: DeviceRequest,
  phase: SeedPhase,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<NewDevice> {
  signal.throwIfAborted();
  const device = {
    path: devicePath(request.fleet),
    name: formatDeviceName(request.name),
    tags: tagsOf(request, world),
  };
  // An answer may be lost after its effect, and a later attempt fail for another reason.
  world.device = 'unknown';
  try {
    const created = await patiently(ports, signal, () => phase.createDevice(device));
    world.device = 'created';
    return created;
  } catch (error) {
    if (error instanceof AwsFault && provesNothingMade(error)) {
      world.device = 'none';
    }
    throw error;
  }
}

/**
 * What has the name already may be this run's own, made by an attempt whose answer was lost; its tag will tell. An
 * account without room had none for an earlier attempt either.
 */
function provesNothingMade(fault: AwsFault): boolean {
  return (fault.wasRefused && fault.code !== 'EntityAlreadyExists') || fault.code === 'LimitExceeded';
}

/** IAM may go on saying "already exists" for some seconds after a deletion. */
const RECREATION_PAUSES_SECONDS = [0, 1, 2, 4, 8, 16, 32];

async function createAfterDeletion(
  request: DeviceRequest,
  phase: SeedPhase,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<NewDevice> {
  for (const seconds of RECREATION_PAUSES_SECONDS) {
    if (seconds > 0) {
      const pausing = ports.clock.sleep(seconds * 1000, signal);
      await ports.terminal.during('waiting for IAM to forget the deleted device', pausing);
    }
    try {
      return await createOnce(request, phase, ports, world, signal);
    } catch (error) {
      if (!(error instanceof AwsFault) || error.code !== 'EntityAlreadyExists') {
        throw limitReached(error);
      }
      await deleteOwnUnanswered(ports, world);
    }
  }
  throw new RunbookError(
    'iam/leftover',
    `IAM still lists ${world.deviceArn}: the deleted device, or one that somebody made since`,
    {
      hints: [`wait a minute, then run \`${request.command}\` again`],
      exitCode: 3,
    },
  );
}

async function deleteOwnUnanswered(ports: Ports, world: World): Promise<void> {
  const own = await isOwn(ports, world);
  if (own === false) {
    world.device = 'none';
  }
  if (own !== true) {
    return;
  }
  await deleteIfThere(ports, world.deviceArn);
  world.device = 'none';
}

function limitReached(error: unknown): unknown {
  if (!(error instanceof AwsFault) || error.code !== 'LimitExceeded') {
    return error;
  }
  return new RunbookError('iam/account-limit', 'the account has no room for another virtual MFA device', {
    hints: [
      'every virtual device counts, assigned or not: `aws iam list-virtual-mfa-devices --assignment-status Unassigned` shows those of nobody',
      'or ask for a higher IAM user quota, which is also the quota of virtual devices',
    ],
    cause: error,
  });
}

/**
 * Enables the device with two consecutive codes. Where AWS's answer was lost, IAM is asked what happened: the call is
 * not simply repeated, because AWS takes a pair of codes once.
 */
export async function enableDevice(
  request: DeviceRequest,
  codes: readonly [string, string],
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { holder } = request.name;
  world.device = 'unknown';
  try {
    await patiently(ports, signal, () => ports.aws.enableDevice(holder, world.deviceArn, codes));
    world.device = 'enabled';
  } catch (error) {
    await settle(holder, ports, world);
    if (!isSettledAs(world, 'enabled')) {
      throw await rejected(error, request, ports, world);
    }
  }
}

/** Reads the state anew: it changes inside the calls before. */
function isSettledAs(world: World, state: World['device']): boolean {
  return world.device === state;
}

async function rejected(
  error: unknown,
  request: DeviceRequest,
  ports: Ports,
  world: World,
): Promise<unknown> {
  if (!(error instanceof AwsFault)) {
    return error;
  }
  const { holder } = request.name;
  if (error.code === 'InvalidAuthenticationCode') {
    return new RunbookError('iam/codes-rejected', 'AWS refused the two codes, though they are right here', {
      hints: [
        `check this machine's clock with \`mfa-runbook doctor\`, then run \`${request.command}\` again`,
      ],
      cause: error,
    });
  }
  if (error.code !== 'NoSuchEntity') {
    return error;
  }
  if (await isUser(holder, ports)) {
    return deviceGone(world.deviceArn, { holder, command: request.command }, error);
  }
  return new RunbookError('iam/no-user', `the user ${holder} is gone from IAM`, {
    hints: [`deploy the stack again (\`cdk deploy\`), then run \`${request.command}\` again`],
    cause: error,
  });
}

/** Somebody else deleted or replaced the device of this run. */
export function deviceGone(
  arn: string,
  { holder, command }: { readonly holder: string; readonly command: string },
  cause?: unknown,
): RunbookError {
  return new RunbookError('iam/device-gone', `the device ${arn} was deleted by somebody else`, {
    hints: [`find out who enrols ${holder} beside you, then run \`${command}\` again`],
    cause,
    exitCode: 3,
  });
}

async function isUser(holder: string, ports: Ports): Promise<boolean> {
  try {
    await ports.aws.devicesOf(holder);
    return true;
  } catch (error) {
    return !(error instanceof AwsFault) || error.code !== 'NoSuchEntity';
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
    if (devices.some((device) => device.arn === world.deviceArn)) {
      return;
    }
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
