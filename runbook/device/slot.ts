/** Looks at a slot in IAM before anything is changed: what is enrolled in it, and whether a token is free for it. */
import { deviceKind, deviceKindOf, placeOfDevice } from '../../lib/record/devices';
import { isDeviceOf, isSameUser, parseDeviceArn } from '../../lib/record/names';
import { formatPlace, isSamePlace, type Place, placeOf } from '../../lib/record/place';
import type { Token } from '../../lib/record/record';
import { MAX_TOKENS_PER_HOLDER } from '../../lib/record/rules';
import { countOf } from '../../lib/record/text';
import type { AssignedDevice, VirtualDevice } from '../aws/aws';
import { type Ceremony, deviceArn } from '../ceremony/ceremony';
import { isSpare, moveSpare } from '../record/declared-token';
import { RunbookError } from '../runbook-error';
import { findConsoleDevice } from './console-device';
import { devicesOfHolder, poll } from './iam';
import { seedPlaceOf } from './seed-place';

/** A device of ours that is enrolled in a slot. */
export interface InSlot extends Place {
  readonly arn: string;
}

/** Selects the devices of the ceremony's slot from those of its holder. */
export function devicesInSlot(
  { request: { fleet, holder, slot }, token }: Ceremony,
  devices: readonly { readonly arn: string }[],
): readonly InSlot[] {
  return devices.flatMap(({ arn }) => {
    const place = placeOfDevice({ arn, holder }, [token]);
    const isOfFleet = deviceKind(arn) !== 'virtual' || isDeviceOf(arn, { fleet, holder, slot });
    return place?.slot === slot && isOfFleet ? [{ arn, ...placeOf(place) }] : [];
  });
}

/** Finds the device of the ceremony's token: a key by the name that a person typed, any other by its ARN or serial. */
export function deviceOfToken(c: Ceremony, devices: readonly AssignedDevice[]): AssignedDevice | undefined {
  const { request, token } = c;
  return deviceKindOf(token.type) === 'fido'
    ? findConsoleDevice({ holder: request.holder, token }, devices)
    : devices.find(({ arn }) => arn === deviceArn(c, token));
}

/**
 * Does step 2 of an enrollment: checks that the slot is free, and that the token is in use nowhere else.
 *
 * @param listed the account's virtual devices, if they were listed already
 * @returns the slot's device, if this very token is enabled in it already
 * @throws RunbookError `iam/slot-taken`, `iam/device-limit`, `iam/self-without-mfa`, `iam/token-in-use`, `iam/no-user`
 */
export async function lookAtSlot(
  c: Ceremony,
  listed?: readonly VirtualDevice[],
): Promise<AssignedDevice | undefined> {
  const { ports, request, token } = c;
  const devices =
    listed
      ?.filter(({ user }) => isSameUser(user, request.holder))
      .map(({ arn, enabledAt }) => ({ arn, enabledAt })) ?? (await devicesOfHolder(ports, request.holder));
  const enrolled = deviceOfToken(c, devices);
  if (enrolled !== undefined) {
    return enrolled;
  }
  const [rival] = devicesInSlot(c, devices);
  if (rival !== undefined) {
    throw slotTaken(c, rival, [
      ...(deviceKind(rival.arn) === 'fido'
        ? [`if a wrong serial was typed in the console: remove the key there, and register it again`]
        : []),
      `if ${rival.serial} is out of use: \`mfa-runbook replace ${request.holder} --slot ${request.slot} --reason REASON{options}\`, for lost, stolen, broken or expired`,
      'if it is not, correct tokens.yaml and run `cdk deploy`',
    ]);
  }
  if (devices.length >= MAX_TOKENS_PER_HOLDER) {
    throw new RunbookError(
      'iam/device-limit',
      `${request.holder} has ${devices.length} MFA devices, and IAM allows ${MAX_TOKENS_PER_HOLDER}`,
      {
        hints: [`deactivate one that is out of use: ${devices.map(({ arn }) => arn).join(', ')}`],
        exitCode: 3,
      },
    );
  }
  const kind = deviceKindOf(token.type);
  // A key is registered in a browser, by whoever signed in there.
  if (kind === 'fido') {
    return undefined;
  }
  await checkSelf(c, devices.length);
  // Only AWS knows where a printed serial is in use.
  if (kind !== 'hardware') {
    checkUnused(c, token, listed ?? (await ports.aws.virtualDevices()));
  }
  return undefined;
}

function slotTaken(
  { request, token, deployed }: Ceremony,
  rival: Place,
  hints: readonly string[],
): RunbookError {
  const { holder, slot } = request;
  return new RunbookError(
    'iam/slot-taken',
    `${slot} of ${holder} is enrolled with the token ${formatPlace(rival)}, but the record declares ${formatPlace(token)}`,
    {
      hints: isSpare(deployed.record, rival) ? [moveSpare(rival, holder, slot)] : hints,
      exitCode: 3,
    },
  );
}

/**
 * Refuses a token whose seed an enabled device still needs: another burn would silently break that device, whether it is
 * root's, or of another fleet of the account.
 */
export function checkUnused(c: Ceremony, place: Token, listed: readonly VirtualDevice[]): void {
  const { fleet, holder, slot } = c.request;
  const other = listed.find((device) => {
    const { arn, user, isRoot } = device;
    const name = user === undefined && !isRoot ? undefined : seedPlaceOf(device);
    const isThisSlot = isDeviceOf(arn, { fleet, holder, slot });
    return name !== undefined && isSamePlace(name, place) && !isThisSlot && !isApart(place, c.request, arn);
  });
  if (other !== undefined) {
    throw new RunbookError(
      'iam/token-in-use',
      `the token ${formatPlace(place)} is still enrolled as ${other.arn}`,
      {
        hints: [
          `if that device is out of use: ${removal(fleet, other)}, then run \`{command}\``,
          'if it is not, correct tokens.yaml and run `cdk deploy`',
        ],
        exitCode: 3,
      },
    );
  }
}

/**
 * An OATH key holds many credentials, each with a label of its own, and a record allows it one place in its fleet. The
 * label names account, holder and slot: two fleets with the same holder and slot would share one credential.
 */
function isApart(
  { type }: Token,
  { fleet, holder, slot }: { readonly fleet: string; readonly holder: string; readonly slot: string },
  arn: string,
): boolean {
  const name = parseDeviceArn(arn);
  const isShared = name?.holder === holder && name.slot === slot;
  return type === 'oath' && name?.fleet !== fleet && !isShared;
}

/** Formats the commands that delete one of our devices, as far as its name can be trusted. */
function removal(fleet: string, { arn, user, isRoot }: VirtualDevice): string {
  const name = parseDeviceArn(arn);
  if (isRoot) {
    return 'sign in as root and remove it in the console';
  }
  return name?.fleet === fleet && isSameUser(user, name.holder)
    ? `\`mfa-runbook retire ${name.holder} --slot ${name.slot}{options}\``
    : `\`aws iam deactivate-mfa-device --user-name ${user} --serial-number ${arn}\` and \`aws iam delete-virtual-mfa-device --serial-number ${arn}\``;
}

/**
 * Refuses a holder who has a device and enrolls a token of their own without MFA: AWS lets them neither enable nor
 * delete one (AWS-2023-001), and would say so only after the token was burned.
 */
async function checkSelf(
  { ports, identity, request: { holder } }: Ceremony,
  deviceCount: number,
): Promise<void> {
  const isCaller = /:user\/(?:.*\/)?([^/]+)$/.exec(identity.arn)?.[1] === holder;
  // A session of a user that may call IAM was opened with MFA; a long-term key says nothing of it.
  if (deviceCount === 0 || !isCaller || (await ports.aws.session()).sessionToken !== undefined) {
    return;
  }
  throw new RunbookError(
    'iam/self-without-mfa',
    `${holder} has ${countOf(deviceCount, 'MFA device')}, and AWS does not let a user who has one enable another without MFA`,
    {
      hints: [
        'open a session with a code of a device you have: `mfa-runbook exec -- {command}`',
        'or have an operator enroll the token',
      ],
    },
  );
}

/**
 * Refuses a slot whose declared token is not enrolled.
 *
 * @returns its device
 * @throws RunbookError `iam/not-enrolled`, `iam/slot-taken`, `iam/no-user`
 */
export async function checkEnrolled(c: Ceremony): Promise<AssignedDevice> {
  const { ports, request, token } = c;
  const { holder, slot } = request;
  let devices: readonly AssignedDevice[] = [];
  // The device is older than IAM's delay in showing it, so a short wait is enough.
  const waiting = { pauses: [0, 1, 2, 4], saying: 'looking for the device in IAM' };
  const enrolled = await poll(ports, waiting, async () => {
    devices = await devicesOfHolder(ports, holder);
    return deviceOfToken(c, devices);
  });
  if (enrolled !== undefined) {
    return enrolled;
  }
  const [rival] = devicesInSlot(c, devices);
  if (rival !== undefined) {
    throw slotTaken(c, rival, [
      `to enroll ${token.serial} instead: \`mfa-runbook replace ${holder} --slot ${slot} --reason broken{options}\``,
      `if ${rival.serial} is the right one: put it into tokens.yaml and run \`cdk deploy\``,
    ]);
  }
  throw new RunbookError('iam/not-enrolled', `${token.serial} is not enrolled as ${slot} of ${holder}`, {
    hints: [`run \`mfa-runbook enroll ${holder} --slot ${slot}{options}\``],
    exitCode: 3,
  });
}
