/** Which token goes out of a slot, and which takes its place. Pure. */
import { parseDeviceArn } from '../../lib/record/names';
import type { FleetRecord, SlotToken, Token } from '../../lib/record/record';
import type { VirtualDevice } from '../aws/aws';
import { isSpare, moveSpare } from '../record/spares';
import { RunbookError } from '../runbook-error';

/** A slot, and what the record says of it. */
export interface SlotSituation {
  readonly record: FleetRecord;
  readonly holder: string;
  /** What the record declares for the slot. */
  readonly declared: SlotToken;
  /** Serial given by `--spare`. */
  readonly spare: string | undefined;
  /** The command that takes the slot's device out at once, for hints; none where it is out already. */
  readonly cutOff: string | undefined;
}

/** A token of ours that is enrolled in the slot. */
export interface InSlot {
  readonly arn: string;
  readonly serial: string;
}

/** The devices of a slot among those of its holder. */
export function devicesInSlot(
  { record, holder, declared: { slot } }: SlotSituation,
  devices: readonly { readonly arn: string }[],
): readonly InSlot[] {
  return devices.flatMap(({ arn }) => {
    const parsed = parseDeviceArn(arn);
    const isThere = parsed?.fleet === record.fleet && parsed.holder === holder && parsed.slot === slot;
    return isThere ? [{ arn, serial: parsed.serial }] : [];
  });
}

/**
 * The device that goes. Where an earlier run got as far as enrolling the new token, both are there.
 *
 * @throws RunbookError `iam/not-enrolled`, `iam/same-token`, `iam/several-in-slot`, `record/spare-in-use`
 */
export function outgoingDevice(situation: SlotSituation, inSlot: readonly InSlot[]): InSlot {
  const [first, second] = inSlot;
  if (first === undefined) {
    throw notEnrolled(situation);
  }
  if (second === undefined) {
    return onlyDevice(situation, first);
  }
  const goes = inSlot.filter(({ serial }) => serial !== incomingOf(situation, inSlot));
  const [only] = goes;
  if (inSlot.length === 2 && goes.length === 1 && only !== undefined) {
    return only;
  }
  const { holder, declared } = situation;
  throw new RunbookError(
    'iam/several-in-slot',
    `${declared.slot} of ${holder} has ${inSlot.length} devices: ${inSlot.map(({ arn }) => arn).join(', ')}`,
    {
      hints: [
        'find out which of them is in use, and deactivate and delete the others: ' +
          `\`aws iam deactivate-mfa-device --user-name ${holder} --serial-number ARN\` and \`aws iam delete-virtual-mfa-device --serial-number ARN\``,
      ],
      exitCode: 3,
    },
  );
}

/** Of two tokens in a slot, the one that came last: the one asked for, a spare, or the one declared. */
function incomingOf(situation: SlotSituation, inSlot: readonly InSlot[]): string {
  if (situation.spare !== undefined) {
    return situation.spare;
  }
  return inSlot.find(({ serial }) => isSpare(situation.record, serial))?.serial ?? situation.declared.serial;
}

function onlyDevice(situation: SlotSituation, only: InSlot): InSlot {
  const { holder, declared, spare, cutOff } = situation;
  if (only.serial === spare) {
    throw new RunbookError(
      'iam/same-token',
      `${only.serial} is what ${declared.slot} of ${holder} is enrolled with`,
      {
        hints: [
          `if its codes are refused: \`mfa-runbook resync ${holder} --slot ${declared.slot}{options}\``,
          `to burn it anew: \`${cutOff ?? ''}\`, then \`mfa-runbook enroll ${holder} --slot ${declared.slot}{options}\``,
        ],
        exitCode: 2,
      },
    );
  }
  if (spare === undefined && isSpare(situation.record, only.serial) && only.serial !== declared.serial) {
    throw new RunbookError(
      'record/spare-in-use',
      `${declared.slot} of ${holder} is enrolled with the spare ${only.serial}, and the record still declares ${declared.serial}`,
      {
        hints: [
          moveSpare(only.serial, holder, declared.slot),
          `or, if ${only.serial} is out of use as well, name another spare with --spare`,
        ],
        exitCode: 3,
      },
    );
  }
  return only;
}

function notEnrolled({ holder, declared: { slot } }: SlotSituation): RunbookError {
  return new RunbookError('iam/not-enrolled', `${slot} of ${holder} has no device that could be replaced`, {
    hints: [`enrol its token: \`mfa-runbook enroll ${holder} --slot ${slot}{options}\``],
  });
}

/**
 * The tokens that may take the place of the one that goes: one, or whichever spare is laid on the reader.
 *
 * @param inUse the account's devices
 * @throws RunbookError `record/no-spare`, `record/not-burnable`
 */
export function incomingTokens(
  situation: SlotSituation,
  outgoing: string,
  inSlot: readonly InSlot[],
  inUse: readonly VirtualDevice[],
): readonly SlotToken[] {
  const { declared, spare } = situation;
  function inPlace(token: Token): SlotToken {
    return { ...token, slot: declared.slot };
  }
  if (spare !== undefined) {
    return [inPlace(namedSpare(situation, spare))];
  }
  if (declared.serial !== outgoing) {
    return [declared];
  }
  const spares = situation.record.spares.filter(({ type }) => type === 'programmable').map(inPlace);
  const enrolled = spares.filter(({ serial }) => inSlot.some((each) => each.serial === serial));
  if (enrolled.length > 0) {
    return enrolled;
  }
  const free = spares.filter(({ serial }) => !isEnrolled(situation.record.fleet, serial, inUse));
  if (free.length > 0) {
    return free;
  }
  throw noSpare(situation, `the record has no spare that is free to take the place of ${outgoing}`);
}

function namedSpare(situation: SlotSituation, serial: string): Token {
  const { declared, record } = situation;
  const token = [declared, ...record.spares].find((each) => each.serial === serial);
  if (token === undefined) {
    throw noSpare(situation, `${serial} is no spare of the record of ${record.fleet}`);
  }
  if (token.type === 'programmable') {
    return token;
  }
  throw new RunbookError(
    'record/not-burnable',
    `the record declares ${serial} as ${token.type}, and only programmable tokens can be enrolled by this version`,
    {
      hints: [
        'name a programmable spare with --spare, or correct the type in tokens.yaml and run `cdk deploy`',
      ],
    },
  );
}

/** The new token of an earlier run, if the record still knows it. */
export function tokenOfRecord({ record, declared }: SlotSituation, serial: string): SlotToken | undefined {
  const token = [declared, ...record.spares].find((each) => each.serial === serial);
  return token === undefined ? undefined : { ...token, slot: declared.slot };
}

function isEnrolled(fleet: string, serial: string, devices: readonly VirtualDevice[]): boolean {
  return devices.some(({ arn, user }) => {
    const parsed = user === undefined ? undefined : parseDeviceArn(arn);
    return parsed?.fleet === fleet && parsed.serial === serial;
  });
}

function noSpare(
  { record, holder, declared: { slot }, cutOff }: SlotSituation,
  message: string,
): RunbookError {
  const spares = record.spares.map(({ serial }) => serial);
  return new RunbookError('record/no-spare', message, {
    hints: [
      ...(spares.length === 0 ? [] : [`spares it has: ${spares.join(', ')}`]),
      `declare another token for ${slot} of ${holder}, or a spare, in tokens.yaml and run \`cdk deploy\`, then \`{command}\``,
      ...(cutOff === undefined
        ? []
        : [`if it is stolen and there is no other: \`${cutOff}\` cuts it off now`]),
    ],
    exitCode: 3,
  });
}
