/** Step 2 of a root user's replacement: the device that is taken out, and the token that takes its place. */
import { rootDeviceName } from '../../lib/record/names';
import { formatPlace, isSamePlace, parsePlace, placeOf } from '../../lib/record/place';
import type { SlotToken } from '../../lib/record/record';
import type { VirtualDevice } from '../aws/aws';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import {
  devicesInRootSlot,
  isWithoutSuffix,
  parseListedName,
  type RootView,
  rootDeviceArn,
} from '../device/root-view';
import type { InSlot } from '../device/slot';
import type { ReplaceReason } from '../evidence/evidence';
import { isBurned } from '../record/token-kinds';
import { RunbookError } from '../runbook-error';
import { newTokens, oldDeviceOf, type SlotSituation } from './replacement-token';
import type { EnrollRootRequest } from './root-state';

/** Options of the replacement of a root user's token. */
export interface ReplaceRootRequest extends EnrollRootRequest {
  readonly reason: ReplaceReason;
  /** The spare to take; without it the token that the record declares, or its only spare. */
  readonly spare: string | undefined;
}

/** The device that is taken out, as the journal keeps it. */
export interface OldRootDevice {
  readonly arn: string;
  /** The serial, of a profile with `+` and its two digits. */
  readonly serial: string;
  /** AWS's listing shows it, so that it also shows when it is gone. */
  readonly isListed: 'yes' | 'no';
}

/**
 * Chooses both. The old device is chosen once; the new token stays open until something was done with it.
 *
 * @throws RunbookError `iam/not-enrolled`, `iam/same-token`, `record/no-spare`, `record/changed`
 */
export async function chooseRootToken(
  c: Ceremony<ReplaceRootRequest>,
  view: RootView | undefined,
): Promise<{ readonly token: SlotToken; readonly old: OldRootDevice }> {
  const { effects, ports } = c;
  const devices =
    view === undefined ? [] : await ports.terminal.during('looking for its devices', view.devices());
  const old = keptOld(c) ?? (await findOld(c, view, devices));
  const isChosen = ['burn', 'asked', 'added'].some((name) => effects.find(name) !== undefined);
  const token = isChosen ? tokenOfJournal(c) : await chooseNew(c, old, devices);
  return { token, old };
}

/** Returns the device that an earlier run chose. */
export function keptOld({ effects }: Ceremony): OldRootDevice | undefined {
  const { arn, serial, isListed } = effects.facts('old');
  return arn === undefined || serial === undefined
    ? undefined
    : { arn, serial, isListed: isListed === 'yes' ? 'yes' : 'no' };
}

async function findOld(
  c: Ceremony<ReplaceRootRequest>,
  view: RootView | undefined,
  devices: readonly VirtualDevice[],
): Promise<OldRootDevice> {
  const { ports, request, token } = c;
  const { holder, slot, reason } = request;
  const listed = devicesInRootSlot(c, devices);
  // A listing of virtual devices does not show the others.
  const isTyped =
    view === undefined || (listed.length === 0 && view.by !== 'assume-root' && !isBurned(token.type));
  const inSlot = isTyped ? [await typedOld(c)] : listed;
  const situation = situationOf(c, inSlot);
  const found = oldDeviceOf(situation);
  // Nobody is sent to the console if there is no token that could take its place.
  newTokens(situation, found, devices);
  const serial = formatPlace(placeOf(found));
  tellStep(ports, 'find', `${slot} of ${holder} is enrolled with ${serial}, which is ${reason}`, {
    serial,
    deviceArn: found.arn,
  });
  return { arn: found.arn, serial, isListed: isTyped ? 'no' : 'yes' };
}

/** Nobody lists the devices, so a person says which one is taken out. */
async function typedOld(c: Ceremony<ReplaceRootRequest>): Promise<InSlot> {
  const { ports, request, token, deployed } = c;
  const { slot, holder } = request;
  const declared = [token, ...deployed.record.spares];
  function read(answer: string): InSlot | undefined {
    const name = answer.trim().replace(/^.*\//, '');
    const named = parseListedName(name);
    if (named?.slot !== slot) {
      return undefined;
    }
    const place = placeOf(named);
    const known = declared.find((each) => isSamePlace(each, place));
    // Only the name of a security key ends with more than its place.
    const type = name === rootDeviceName(named) ? 'programmable' : 'fido2';
    return { ...place, arn: rootDeviceArn({ ...c, token: { type, ...known, ...place, slot } }, name) };
  }
  function check(text: string): string | undefined {
    const arn = read(text)?.arn;
    if (arn === undefined) {
      return `"${text.trim()}" is not a device of slot ${slot}: the name of one is root.${slot}. followed by the serial of its token`;
    }
    return isWithoutSuffix(arn)
      ? 'AWS ends the name of a security key with 26 capital letters and digits: copy the whole identifier'
      : undefined;
  }
  const answer = await ports.terminal.ask(
    {
      name: 'old-device',
      message: `the name of the device of ${holder} that is replaced, as the console lists it`,
      check,
    },
    ports.signal,
  );
  return read(answer) ?? { ...placeOf(token), arn: rootDeviceArn(c) };
}

function situationOf(c: Ceremony<ReplaceRootRequest>, inSlot: readonly InSlot[]): SlotSituation {
  const { holder, slot, spare } = c.request;
  return {
    record: c.deployed.record,
    holder,
    declared: c.token,
    spare,
    cutOff: String(c.ports.line.other('retire', holder, '--slot', slot)),
    inSlot,
  };
}

async function chooseNew(
  c: Ceremony<ReplaceRootRequest>,
  old: OldRootDevice,
  devices: readonly VirtualDevice[],
): Promise<SlotToken> {
  const place = parsePlace(old.serial) ?? { serial: old.serial };
  const others = devicesInRootSlot(c, devices).filter(({ arn }) => arn !== old.arn);
  const all = [...devices, ...(await c.ports.aws.virtualDevices())];
  const candidates = newTokens(situationOf(c, others), place, all);
  const [first] = candidates;
  if (first !== undefined && candidates.length === 1) {
    return first;
  }
  const names = candidates.map(formatPlace);
  throw new RunbookError('record/no-spare', `the record has ${names.length} spares that are free`, {
    hints: [`run \`{command}\` with one of them, such as \`--spare ${names[0] ?? ''}\`: ${names.join(', ')}`],
    exitCode: 3,
  });
}

/** Something was done with the new token already: no other is taken. */
function tokenOfJournal(c: Ceremony<ReplaceRootRequest>): SlotToken {
  const { serial } = c.effects.journal;
  const { holder, slot } = c.request;
  const known = [c.token, ...c.deployed.record.spares].find((token) => formatPlace(token) === serial);
  if (known === undefined) {
    throw new RunbookError(
      'record/changed',
      `the token ${serial} was being enrolled for ${slot} of ${holder}, and the record no longer declares it, not even as a spare`,
      {
        hints: [
          `declare ${serial} for ${slot} of ${holder} in tokens.yaml, run \`cdk deploy\`, then \`mfa-runbook resume{options}\``,
        ],
        exitCode: 3,
      },
    );
  }
  return { ...known, slot };
}
