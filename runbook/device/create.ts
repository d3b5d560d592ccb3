/** Step 4: the device is created in IAM, assigned to nobody, tagged with the ceremony's id. */
import { devicePath, formatDeviceName, holderTag, isSameUser } from '../../lib/record/names';
import { AwsFault } from '../aws/aws';
import { type Ceremony, deviceArn, deviceName } from '../ceremony/ceremony';
import { RunbookError } from '../runbook-error';
import type { MadeDevice, SeedPhase } from '../seed-phase/seed-phase';
import { deleteIfThere, identityOf, patiently, poll, RUN_TAG, UNTIL_ACCEPTED } from './iam';
import type { NewDevice } from './new-device';

/** Creates the device of a token; an unassigned one that has the name already is deleted first, after a yes. */
export async function createDevice(c: Ceremony, device: NewDevice, phase: SeedPhase): Promise<MadeDevice> {
  device.arn = deviceArn(c, c.token);
  async function create(): Promise<MadeDevice | undefined> {
    try {
      return await createOnce(c, device, phase);
    } catch (error) {
      if (error instanceof AwsFault && error.code === 'EntityAlreadyExists') {
        return undefined;
      }
      throw limitReached(error);
    }
  }
  const first = await create();
  if (first !== undefined) {
    return first;
  }
  await removeLeftover(c, device);
  // IAM may go on saying "already exists" for some seconds after a deletion.
  const waiting = { pauses: UNTIL_ACCEPTED, saying: 'waiting for IAM to forget the deleted device' };
  const later = await poll(c.ports, waiting, async () => {
    const created = await create();
    if (created === undefined) {
      await deleteOwn(c, device);
    }
    return created;
  });
  if (later !== undefined) {
    return later;
  }
  throw new RunbookError(
    'iam/leftover',
    `IAM still lists ${device.arn}: the deleted device, or one that somebody has made since`,
    { hints: ['wait a minute, then run `{command}` again'], exitCode: 3 },
  );
}

async function createOnce(c: Ceremony, device: NewDevice, phase: SeedPhase): Promise<MadeDevice> {
  const { ports, request, deployed, effects, token } = c;
  ports.signal.throwIfAborted();
  const specification = {
    path: devicePath(request.fleet),
    name: formatDeviceName(deviceName(c, token)),
    tags: {
      'mfa-guardrails:fleet': request.fleet,
      'mfa-guardrails:holder': holderTag(request.holder),
      'mfa-guardrails:slot': request.slot,
      'mfa-guardrails:token-serial': token.serial,
      'mfa-guardrails:generation': deployed.manifest.generation,
      [RUN_TAG]: effects.journal.id,
    },
  };
  // An answer may be lost after its effect, and a later attempt fail for another reason.
  device.stage = 'unknown';
  try {
    const created = await patiently(ports, () => phase.createDevice(specification));
    device.stage = 'created';
    return created;
  } catch (error) {
    if (error instanceof AwsFault && provesNothingMade(error)) {
      device.stage = 'none';
    }
    throw error;
  }
}

/**
 * The device that has the name may be this ceremony's own, made by an attempt whose answer was lost; its tag will tell.
 * An account without room had none for an earlier attempt either.
 */
function provesNothingMade(fault: AwsFault): boolean {
  return (fault.wasRefused && fault.code !== 'EntityAlreadyExists') || fault.code === 'LimitExceeded';
}

/** Deletes this ceremony's own device, made by an attempt whose answer was lost. */
async function deleteOwn({ ports, effects }: Ceremony, device: NewDevice): Promise<void> {
  const identity = await identityOf(ports, device.arn, effects.journal.id);
  if (identity === 'same') {
    await deleteIfThere(ports, device.arn);
  }
  if (identity !== 'gone') {
    device.stage = 'none';
  }
}

/** Deletes the unassigned device that has the name; only this ceremony's own is deleted without asking. */
async function removeLeftover(c: Ceremony, device: NewDevice): Promise<void> {
  const { ports, effects } = c;
  await refuseAssigned(c, device);
  const isOwn = (await identityOf(ports, device.arn, effects.journal.id)) === 'same';
  if (!isOwn) {
    // Nothing of this ceremony exists: whatever the answer is, there is nothing of ours to undo.
    device.stage = 'none';
    await askToDelete(c, device);
  }
  ports.signal.throwIfAborted();
  await patiently(ports, () => deleteIfThere(ports, device.arn));
  device.stage = 'none';
  if (!isOwn) {
    device.leftoverDeleted = true;
    ports.terminal.event('leftover-deleted', { deviceArn: device.arn });
    ports.terminal.say(`deleted the unassigned device ${device.arn}`);
  }
}

async function refuseAssigned({ ports, request: { holder } }: Ceremony, device: NewDevice): Promise<void> {
  const devices = await ports.aws.virtualDevices();
  const user = devices.find(({ arn }) => arn === device.arn)?.user;
  if (user === undefined) {
    return;
  }
  device.stage = 'none';
  if (isSameUser(user, holder)) {
    throw new RunbookError('iam/slot-taken', `another run just enabled ${device.arn} for ${user}`, {
      hints: ['see what it did: `{command}`'],
      exitCode: 3,
    });
  }
  throw new RunbookError('iam/name-taken', `the device ${device.arn} is assigned to ${user}`, {
    hints: [
      `it was not made for ${holder}: find out whose it is (CloudTrail, EnableMFADevice) before you delete anything`,
    ],
    exitCode: 3,
  });
}

async function askToDelete({ ports: { terminal, signal } }: Ceremony, { arn }: NewDevice): Promise<void> {
  const question = {
    name: 'delete-leftover',
    message: `the device ${arn} exists and is assigned to nobody; delete it and create it again?`,
  };
  if (await terminal.confirm(question, signal)) {
    return;
  }
  throw new RunbookError('iam/leftover', `the unassigned device ${arn} is in the way`, {
    hints: ['if nobody else is enrolling it right now, run `{command} --yes`, which deletes it first'],
    exitCode: 3,
  });
}

function limitReached(error: unknown): unknown {
  if (!(error instanceof AwsFault) || error.code !== 'LimitExceeded') {
    return error;
  }
  return new RunbookError('iam/account-limit', 'the account has no room for another virtual MFA device', {
    hints: [
      'assigned or not, every virtual device counts: `aws iam list-virtual-mfa-devices --assignment-status Unassigned` lists those that nobody uses',
      'or ask AWS for a higher quota of IAM users, which is also the quota of virtual devices',
    ],
    cause: error,
  });
}
