/** Judges one declared token by the devices that are in its slot and by its evidence. */
import { deviceKind, deviceKindOf } from '../../lib/record/devices';
import { evidenceName, isSameUser, normalizePrintedSerial } from '../../lib/record/names';
import { formatPlace, isSamePlace, type Place, placeOf } from '../../lib/record/place';
import type { SlotToken, Token } from '../../lib/record/record';
import type { Supply } from '../../lib/record/supply';
import type { VirtualDevice } from '../aws/aws';
import { TOKEN_KINDS } from '../record/token-kinds';
import { formatDay, type Proofs, whyProve } from './proof';
import { endOfService } from './service-life';
import type { NamedDevice } from './stray';

/** A token, and the IAM user or `root@ACCOUNT` that the record declares it for. */
export interface HeldToken extends SlotToken {
  readonly holder: string;
}

/** The verdict on a declared token, and the reasons for it. */
export interface Judgement {
  readonly verdict:
    | 'fine'
    /** No device in IAM. */
    | 'enroll'
    /** The slot's device belongs to a spare, as after a replacement: the record needs to be changed accordingly. */
    | 'deploy'
    /** The slot's device belongs to a token that is not a spare, or the token's service has ended. */
    | 'replace'
    /** There is no proof, or none that is recent enough. */
    | 'prove'
    /** Its holder is no IAM user. */
    | 'inspect'
    /** Its root user has neither a password nor keys: it is right without a device. */
    | 'no-credentials'
    /** Its devices cannot be listed from here. */
    | 'not-checked';
  /** The spare in use, with the verdict `deploy`. */
  readonly spareInUse?: Place;
  readonly cause?: 'other-token' | 'end-of-service';
  /** One clause; empty if the token is fine. */
  readonly why: string;
  /** Instructions for a person, if no command does it. */
  readonly byHand?: string;
  /** The device that the verdict is about, if there is one. */
  readonly deviceArn?: string;
  /**
   * End of service of the token in use, which may be a spare, in Unix milliseconds. Absent if none is in use, or it has
   * no battery.
   */
  readonly endsAtMs?: number | undefined;
}

/** Everything that verdicts depend on, apart from the devices. */
export interface Grounds {
  readonly fleet: string;
  readonly proofs: Proofs;
  readonly supply: Supply;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** The record's spares, by formatPlace. */
  readonly spares: ReadonlyMap<string, Token>;
}

/** The devices that matter to one token. */
interface Seen {
  /** Devices whose names say that they are of the token's slot. */
  readonly inSlot: readonly NamedDevice[];
  /** Devices of its holder that are not virtual. */
  readonly listed: readonly VirtualDevice[];
  /** Devices of the token's kind were listed. */
  readonly isListed: boolean;
}

const UNLISTED = 'only --assume-root lists the FIDO keys and hardware TOTP tokens of a root user';

export function judgeToken(grounds: Grounds, token: HeldToken, seen: Seen): Judgement {
  const printedSpare = findPrintedSpare(grounds, token, seen.listed);
  if (printedSpare !== undefined) {
    return judgeSpare(grounds, token, printedSpare);
  }
  const enabled = [
    ...seen.inSlot.filter(({ user }) => isSameUser(user, token.holder)),
    ...printedDevices(token, seen.listed),
  ];
  const own = enabled.find((device) => isDeviceOf(device, token));
  if (own !== undefined) {
    return judgeEnrolled(grounds, token, own);
  }
  const spare = enabled.find((device) => grounds.spares.has(formatPlace(device)));
  if (spare !== undefined) {
    return judgeSpare(grounds, token, spare);
  }
  const [other] = enabled;
  if (other !== undefined) {
    const whose = isSamePlace(other, token)
      ? `is no device of ${TOKEN_KINDS[token.type].noun}`
      : `belongs to token ${formatPlace(other)}`;
    return {
      verdict: 'replace',
      cause: 'other-token',
      why: `the slot's device ${whose}${since(other)}`,
      deviceArn: other.arn,
    };
  }
  return seen.isListed ? judgeMissing(grounds, token) : { verdict: 'not-checked', why: UNLISTED };
}

/** Judges a token without a device. One that was replaced is out of use, and must not be enrolled again. */
function judgeMissing({ fleet, proofs }: Grounds, token: HeldToken): Judgement {
  const { holder, slot, serial } = token;
  const evidence = proofs.get(evidenceName(fleet, holder, slot))?.evidence;
  if (evidence?.replaces !== serial || evidence.tokenSerial === serial) {
    return { verdict: 'enroll', why: 'no device in IAM' };
  }
  const reason = evidence.reason === undefined ? '' : ` as ${evidence.reason}`;
  return {
    verdict: 'deploy',
    why: `it was replaced${reason} on ${evidence.at.slice(0, 10)} and is out of use`,
    byHand: `declare another token for ${holder} ${slot} in tokens.yaml and run \`cdk deploy\``,
  };
}

/** A device of another kind is another token's, even if its name says this one. */
function isDeviceOf(device: NamedDevice, token: HeldToken): boolean {
  return isSamePlace(device, token) && deviceKind(device.arn) === deviceKindOf(token.type);
}

/** Finds the token's device by the serial printed on it, which is all that IAM knows of a hardware TOTP token. */
function printedDevices(token: HeldToken, listed: readonly VirtualDevice[]): readonly NamedDevice[] {
  const { holder, slot, serial } = token;
  if (token.type !== 'hardware-totp') {
    return [];
  }
  const printed = normalizePrintedSerial(serial);
  return listed
    .filter(({ arn }) => !arn.startsWith('arn:') && normalizePrintedSerial(arn) === printed)
    .map((device) => ({ ...device, holder, slot, serial }));
}

/** IAM does not say in which slot a spare hardware TOTP token is: the evidence of its replacement does. */
function findPrintedSpare(
  { fleet, proofs, spares }: Grounds,
  { holder, slot }: HeldToken,
  listed: readonly VirtualDevice[],
): NamedDevice | undefined {
  const serial = proofs.get(evidenceName(fleet, holder, slot))?.evidence?.deviceArn ?? '';
  const device = listed.find(({ arn }) => arn === serial);
  return device !== undefined && spares.has(serial) ? { ...device, holder, slot, serial } : undefined;
}

function since({ enabledAt }: NamedDevice): string {
  return enabledAt === undefined ? '' : `, enabled ${formatDay(enabledAt.getTime())}`;
}

/** Judges a spare in use. Its record must be changed before anything else, so a further reason is only mentioned. */
function judgeSpare(grounds: Grounds, token: HeldToken, device: NamedDevice): Judgement {
  const place = formatPlace(device);
  const inPlace = { ...token, type: grounds.spares.get(place)?.type ?? token.type };
  const { why, endsAtMs } = judgeEnrolled(grounds, inPlace, device);
  return {
    verdict: 'deploy',
    spareInUse: placeOf(device),
    why: `the slot's device belongs to the spare ${place}${since(device)}${why === '' ? '' : `, and ${why}`}`,
    deviceArn: device.arn,
    endsAtMs,
  };
}

function judgeEnrolled(grounds: Grounds, token: HeldToken, device: NamedDevice): Judgement {
  const { fleet, proofs, supply, nowMs } = grounds;
  const endsAtMs = endOfService(token.type, device.enabledAt, supply.serviceYears);
  const known = { deviceArn: device.arn, endsAtMs };
  if (endsAtMs !== undefined && endsAtMs <= nowMs) {
    const why = `its ${supply.serviceYears} years of service ended ${formatDay(endsAtMs)}`;
    return { verdict: 'replace', cause: 'end-of-service', why, ...known };
  }
  const proof = proofs.get(evidenceName(fleet, token.holder, token.slot));
  const why = whyProve(proof, device, { nowMs, everyDays: supply.proveEveryDays });
  return why === undefined ? { verdict: 'fine', why: '', ...known } : { verdict: 'prove', why, ...known };
}
