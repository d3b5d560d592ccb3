/** Decides which token is taken out of a slot, and which takes its place. Pure. */
import { formatPlace, isSamePlace, type Place } from '../../lib/record/place';
import type { FleetRecord, SlotToken, Token } from '../../lib/record/record';
import type { VirtualDevice } from '../aws/aws';
import { seedPlaceOf } from '../device/seed-place';
import type { InSlot } from '../device/slot';
import { isSpare, moveSpare } from '../record/declared-token';
import { isBurned } from '../record/token-kinds';
import { RunbookError } from '../runbook-error';

/** A slot, and what the record says of it. */
export interface SlotSituation {
  readonly record: FleetRecord;
  readonly holder: string;
  /** The token that the record declares for the slot. */
  readonly declared: SlotToken;
  /** The token given by `--spare`: a serial, for one profile with `+` and its two digits. */
  readonly spare: string | undefined;
  /** The command that takes the slot's device out at once, for hints; none if it is out already. */
  readonly cutOff: string | undefined;
  /** The devices that are enrolled in the slot, without the old one if that is known. */
  readonly inSlot: readonly InSlot[];
}

/**
 * Finds the device that is taken out. If an earlier run enrolled the new token already, the slot has both.
 *
 * @throws RunbookError `iam/not-enrolled`, `iam/same-token`, `iam/several-in-slot`, `record/spare-in-use`
 */
export function oldDeviceOf(situation: SlotSituation): InSlot {
  const { holder, declared, inSlot } = situation;
  const { slot } = declared;
  const [first, second] = inSlot;
  if (first === undefined) {
    throw new RunbookError('iam/not-enrolled', `${slot} of ${holder} has no device that could be replaced`, {
      hints: [`enroll its token: \`mfa-runbook enroll ${holder} --slot ${slot}{options}\``],
    });
  }
  if (second === undefined) {
    return onlyDevice(situation, first);
  }
  const others = inSlot.filter((each) => !isSamePlace(each, newestOf(situation)));
  const [old] = others;
  if (inSlot.length === 2 && others.length === 1 && old !== undefined) {
    return old;
  }
  throw new RunbookError(
    'iam/several-in-slot',
    `${slot} of ${holder} has ${inSlot.length} devices: ${inSlot.map(({ arn }) => arn).join(', ')}`,
    {
      hints: [
        'find out which of them is in use, and deactivate and delete the others: ' +
          `\`aws iam deactivate-mfa-device --user-name ${holder} --serial-number ARN\` and \`aws iam delete-virtual-mfa-device --serial-number ARN\``,
      ],
      exitCode: 3,
    },
  );
}

/** Picks the newer of two tokens in a slot: the one asked for, a spare, or the declared one. */
function newestOf({ spare, inSlot, record, declared }: SlotSituation): Place {
  function isNew(place: Place): boolean {
    return spare === undefined ? isSpare(record, place) : isNamed(place, spare);
  }
  return inSlot.find(isNew) ?? declared;
}

/** Tells whether `--spare` names a place: a serial alone names any profile of its token. */
function isNamed(place: Place, spare: string | undefined): boolean {
  return spare === formatPlace(place) || spare === place.serial;
}

function onlyDevice({ record, holder, declared, spare, cutOff }: SlotSituation, only: InSlot): InSlot {
  const { slot } = declared;
  if (isNamed(only, spare)) {
    throw new RunbookError(
      'iam/same-token',
      `${slot} of ${holder} is already enrolled with ${formatPlace(only)}`,
      {
        hints: [
          `if its codes are rejected: \`mfa-runbook resync ${holder} --slot ${slot}{options}\``,
          `to burn it again: \`${cutOff ?? ''}\`, then \`mfa-runbook enroll ${holder} --slot ${slot}{options}\``,
        ],
        exitCode: 2,
      },
    );
  }
  if (spare === undefined && isSpare(record, only) && !isSamePlace(only, declared)) {
    throw new RunbookError(
      'record/spare-in-use',
      `${slot} of ${holder} is enrolled with the spare ${formatPlace(only)}, but the record still declares ${formatPlace(declared)}`,
      {
        hints: [
          moveSpare(only, holder, slot),
          `or, if ${formatPlace(only)} is out of use as well, name another spare with --spare`,
        ],
        exitCode: 3,
      },
    );
  }
  return only;
}

/**
 * Lists the tokens that may take the place of the old one: a single one, or every spare that is free.
 *
 * @param old the token that is taken out
 * @param listed the account's virtual devices
 * @throws RunbookError `record/no-spare`
 */
export function newTokens(
  situation: SlotSituation,
  old: Place,
  listed: readonly VirtualDevice[],
): readonly SlotToken[] {
  const { record, declared, spare, inSlot } = situation;
  function inPlace(token: Token): SlotToken {
    return { ...token, slot: declared.slot };
  }
  if (spare !== undefined) {
    return [inPlace(namedSpare(situation, spare))];
  }
  if (!isSamePlace(declared, old)) {
    return [declared];
  }
  const spares = record.spares.map(inPlace);
  const enrolled = spares.filter((spareToken) => inSlot.some((each) => isSamePlace(each, spareToken)));
  if (enrolled.length > 0) {
    return enrolled;
  }
  const free = spares.filter((each) => !isEnrolled(each, listed));
  // A hardware TOTP token or a FIDO key cannot be recognized on the reader: it is taken if it is named, or if there is no other.
  const [laid, byItself] = [true, false].map((is) => free.filter(({ type }) => isBurned(type) === is));
  const choice = laid?.length ? laid : (byItself ?? []).slice(0, 1);
  if (choice.length > 0) {
    return choice;
  }
  throw noSpare(situation, `the record has no spare that is free to replace ${formatPlace(old)}`);
}

function namedSpare(situation: SlotSituation, serial: string): Token {
  const { declared, record } = situation;
  const named = [declared, ...record.spares].filter((each) => isNamed(each, serial));
  const token = named.length > 1 ? named.find((each) => formatPlace(each) === serial) : named[0];
  if (token === undefined && named.length > 1) {
    const [one] = named;
    throw noSpare(
      situation,
      `--spare ${serial} names ${named.length} profiles; name one, such as --spare ${one && formatPlace(one)}`,
    );
  }
  if (token === undefined) {
    throw noSpare(situation, `${serial} is not a spare in the record of ${record.fleet}`);
  }
  return token;
}

function isEnrolled(place: Place, devices: readonly VirtualDevice[]): boolean {
  return devices.some((device) => {
    const other = device.user === undefined && !device.isRoot ? undefined : seedPlaceOf(device);
    return other !== undefined && isSamePlace(other, place);
  });
}

function noSpare({ record, holder, declared, cutOff }: SlotSituation, message: string): RunbookError {
  const spares = record.spares.map(formatPlace);
  return new RunbookError('record/no-spare', message, {
    hints: [
      ...(spares.length === 0 ? [] : [`spares in the record: ${spares.join(', ')}`]),
      `declare another token for ${declared.slot} of ${holder}, or a spare, in tokens.yaml and run \`cdk deploy\`, then \`{command}\``,
      ...(cutOff === undefined
        ? []
        : [`if it is stolen and there is no other: \`${cutOff}\` deactivates it now`]),
    ],
    exitCode: 3,
  });
}
