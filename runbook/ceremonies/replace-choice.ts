/** Step 2 of a replacement: the device that is taken out, and the token that takes its place. Changes nothing. */
import { deviceKind } from '../../lib/record/devices';
import { isSameUser } from '../../lib/record/names';
import { formatPlace, isSamePlace, placeOf } from '../../lib/record/place';
import type { SlotToken, TokenType } from '../../lib/record/record';
import { MAX_TOKENS_PER_HOLDER } from '../../lib/record/rules';
import type { AssignedDevice, VirtualDevice } from '../aws/aws';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import { checkClock } from '../ceremony/machine-clock';
import { devicesOfHolder, runTagOf } from '../device/iam';
import { OldDevice } from '../device/old-device';
import { checkUnused, deviceOfToken, devicesInSlot } from '../device/slot';
import { awaitToken, checkToken, layRequest } from '../operator/token-on-reader';
import { tokenLabel } from '../operator/typed-code';
import { isBurned } from '../record/token-kinds';
import { RunbookError } from '../runbook-error';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import type { ReplaceRequest, ReplaceState } from './replace-state';
import { newTokens, oldDeviceOf, type SlotSituation } from './replacement-token';

/** Finds the device that is taken out. Changes nothing. */
export async function findOldDevice(c: Ceremony<ReplaceRequest>, state: ReplaceState): Promise<OldDevice> {
  const { ports, request } = c;
  const { holder, slot, reason } = request;
  const devices = await devicesOfHolder(ports, holder);
  state.others = devices.length - 1;
  const situation = situationOf(c, state, devices);
  const { arn, ...place } = oldDeviceOf(situation);
  const { serial } = place;
  // Nothing is cut off if there is no token that could take its place.
  newTokens(situation, place, await ports.aws.virtualDevices());
  if (reason !== 'stolen' && situation.inSlot.length === 1) {
    checkRoom(request, devices);
  }
  const run = deviceKind(arn) === 'virtual' ? ((await runTagOf(ports, arn)) ?? '') : '';
  const text = `${slot} of ${holder} is enrolled with ${serial}, which is ${reason}`;
  tellStep(ports, 'find', text, { serial, deviceArn: arn });
  return new OldDevice(holder, { arn, serial, run, isAssigned: true });
}

/** Collects what the record, the request and IAM say about the slot. */
function situationOf(
  c: Ceremony<ReplaceRequest>,
  state: ReplaceState,
  devices: readonly { readonly arn: string }[],
): SlotSituation {
  const { holder, slot, spare } = c.request;
  // The holder's last device cannot be retired by its slot.
  const which = state.others === 0 ? ['--all-devices'] : ['--slot', slot];
  return {
    record: c.deployed.record,
    holder,
    declared: c.token,
    spare,
    cutOff:
      state.old?.isTouched === true ? undefined : String(c.ports.line.other('retire', holder, ...which)),
    inSlot: devicesInSlot(c, devices),
  };
}

/**
 * Chooses the new token; of several spares, the one that is laid on the reader.
 *
 * @returns the token, as read on the reader if there were several candidates, and the account's virtual devices
 */
export async function chooseToken(
  c: Ceremony<ReplaceRequest>,
  state: ReplaceState,
  phase: SeedPhase,
): Promise<{ token: SlotToken; laid?: LaidToken; listed?: readonly VirtualDevice[] }> {
  const { ports, request } = c;
  const listed = await ports.aws.virtualDevices();
  const others = listed.filter(({ arn, user }) => isSameUser(user, request.holder) && arn !== state.old?.arn);
  state.others ??= others.length;
  const situation = situationOf(c, state, others);
  const old = state.old?.place ?? { serial: '' };
  const candidates = newTokens(situation, old, listed);
  const [first] = candidates;
  const isEnrolled = situation.inSlot.some((each) => first !== undefined && isSamePlace(each, first));
  if (first !== undefined && (!isBurned(first.type) || isEnrolled || isSamePlace(first, c.token))) {
    return { token: first, listed };
  }
  checkClock(c.identity); // before the person is asked for a token that would be refused
  const names = [...new Set(candidates.map(({ serial }) => serial))].join(' or ');
  const laid = await awaitToken(ports, `${layRequest('a spare', kindOf(candidates))}: ${names}`, (signal) =>
    phase.layToken(request.reader, signal),
  );
  const { serial } = laid.info;
  const [token, ...more] = candidates.filter((candidate) => candidate.serial === serial);
  if (token === undefined) {
    const why =
      serial === old.serial ? 'the one that is to be replaced' : 'which is not one that was asked for';
    throw new RunbookError('token/wrong-serial', `the token on the reader is ${serial}, ${why}`, {
      hints: [`lay ${names} on the reader and run \`{command}\``],
    });
  }
  checkToken(laid, token);
  if (more.length > 0) {
    const rest = more.map((each) => `--spare ${formatPlace(each)}`).join(' or ');
    ports.terminal.note(
      `${formatPlace(token)} is taken, the first of its spare profiles; stop now and pass ${rest} for another`,
    );
    ports.terminal.event('spare-chosen', { ...placeOf(token) });
  }
  return { token, laid, listed };
}

/** Of several types, the one whose request names no switch and no port. */
function kindOf(candidates: readonly SlotToken[]): TokenType {
  const [type = 'programmable', ...others] = new Set(candidates.map((each) => each.type));
  return others.length === 0 ? type : 'oath';
}

/**
 * Checks that there is room for the new device, and that its token is in use nowhere else. Changes nothing.
 *
 * @returns the new token's device, if it is enabled already
 */
export async function lookAtPlace(
  c: Ceremony<ReplaceRequest>,
  { old }: ReplaceState,
  listed: readonly VirtualDevice[] | undefined,
): Promise<AssignedDevice | undefined> {
  const { ports, request, identity, token } = c;
  const devices = await devicesOfHolder(ports, request.holder);
  const enrolled = deviceOfToken(c, devices);
  if (enrolled !== undefined) {
    return enrolled;
  }
  checkRoom(request, old?.isTouched === true ? devices.filter(({ arn }) => arn !== old.arn) : devices);
  checkUnused(c, token, listed ?? (await ports.aws.virtualDevices()));
  const text = `${identity.arn} may start; the clocks agree; ${tokenLabel(request.holder, token)} replaces the old token`;
  tellStep(ports, 'preflight', text, { caller: identity.arn, serial: token.serial });
  return undefined;
}

function checkRoom({ holder, slot }: ReplaceRequest, devices: readonly AssignedDevice[]): void {
  if (devices.length >= MAX_TOKENS_PER_HOLDER) {
    throw new RunbookError(
      'iam/device-limit',
      `${holder} has ${devices.length} MFA devices, and IAM allows ${MAX_TOKENS_PER_HOLDER}: there is no room for the new one`,
      {
        hints: [
          `make room with \`mfa-runbook retire ${holder} --slot SLOT{options}\`; the devices are ${devices.map(({ arn }) => arn).join(', ')}`,
          `or have the old one cut off first: \`mfa-runbook replace ${holder} --slot ${slot} --reason stolen{options}\``,
        ],
        exitCode: 3,
      },
    );
  }
}
