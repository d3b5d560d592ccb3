/**
 * Finds what a plan of tokens does not show: second factors that are not the fleet's, and what will lock a holder out.
 *
 * What is not known of the account is reported as not known, and never taken for "there is none".
 */
import { deviceKind } from '../../lib/record/devices';
import { devicePath, evidenceName, parseDeviceArn } from '../../lib/record/names';
import type { FleetRecord, Holder } from '../../lib/record/record';
import { countOf } from '../../lib/record/text';
import type { IamUser, VirtualDevice } from '../aws/aws';
import type { AccountFacts } from './account-facts';
import { formatDay, type Proofs } from './proof';

/** Something about a holder, or about the whole account, that no token of the record stands for. */
export interface Finding {
  readonly kind: /** A second factor of a holder that is not of this fleet. */
    | 'foreign'
    /** It will keep a holder from signing in, or from assuming a role. */
    | 'lockout'
    /** The holder's IAM user is not at the fleet's path. */
    | 'elsewhere'
    /** It could not be looked at. */
    | 'not-checked';
  readonly holder?: string;
  readonly deviceArn?: string;
  /** One clause. */
  readonly why: string;
  readonly byHand?: string;
  /** Options of the `plan` that would know. */
  readonly askWith?: string;
}

/** A device and its holder: an IAM user of the record, or `root@{account}`. */
export interface HeldDevice extends VirtualDevice {
  readonly holder: string;
}

interface Subject {
  readonly record: FleetRecord;
  readonly facts: AccountFacts;
  readonly proofs: Proofs;
  /** The devices of holders and root users that no slot of the record accounts for. */
  readonly others: readonly HeldDevice[];
  /** Devices in use whose users IAM lists one by one, and that were not asked for; `undefined` if nobody counted them. */
  readonly unlisted: number | undefined;
}

/** Finds everything, in the order of the record. */
export function findAroundTokens(subject: Subject): readonly Finding[] {
  const { record, facts, others } = subject;
  return [
    ...others.map((device) => foreign(device, record.fleet)),
    ...expiringPasswords(facts),
    ...record.holders.flatMap((holder) => [...findAboutUser(holder, subject)]),
    ...notKnown(subject),
  ];
}

function foreign({ arn, holder, user, enabledAt }: HeldDevice, fleet: string): Finding {
  const since = enabledAt === undefined ? '' : `, enabled ${formatDay(enabledAt.getTime())}`;
  const byHand =
    user === undefined
      ? 'if it does not belong there, sign in as root and remove it in the console'
      : `if it does not belong there: \`aws iam deactivate-mfa-device --user-name ${user} --serial-number ${arn}\``;
  return { kind: 'foreign', holder, deviceArn: arn, why: `${kindOf(arn, fleet)}${since}`, byHand };
}

function kindOf(arn: string, fleet: string): string {
  const other = parseDeviceArn(arn)?.fleet;
  if (other !== undefined && other !== fleet) {
    return `a device of the fleet ${other}`;
  }
  switch (deviceKind(arn)) {
    case 'fido':
      return 'a security key or passkey';
    case 'hardware':
      return 'a hardware TOTP token';
    default:
      return 'an authenticator app, or another virtual device';
  }
}

function* expiringPasswords({ passwords }: AccountFacts): Iterable<Finding> {
  if (passwords === undefined || passwords === 'never') {
    return;
  }
  const { maxAgeDays, isHard, usersMayChange } = passwords;
  const expire = `the account's passwords expire after ${countOf(maxAgeDays, 'day')}`;
  if (isHard) {
    yield {
      kind: 'lockout',
      why: `${expire}, and a holder whose password has expired can neither sign in nor set a new one`,
      byHand:
        'switch "Password expiration requires administrator reset" off in the password policy, or give the holders new passwords in time',
    };
  } else if (!usersMayChange) {
    yield {
      kind: 'lockout',
      why: `${expire}, and a holder whose policies do not allow iam:ChangePassword cannot set the new one that the console then requires`,
      byHand: 'switch "Allow users to change their own password" on in the password policy',
    };
  }
}

function* findAboutUser({ name: holder, tokens }: Holder, subject: Subject): Iterable<Finding> {
  const { facts, proofs } = subject;
  const { fleet } = subject.record;
  const user = facts.users?.get(holder.toLowerCase());
  if (user === undefined) {
    return;
  }
  const proven = tokens.flatMap(({ slot }) => proofs.get(evidenceName(fleet, holder, slot))?.evidence ?? []);
  const madeAgain = proven.find(({ ceremony, at }) => ceremony !== 'retire' && isBefore(at, user));
  if (madeAgain !== undefined) {
    yield {
      kind: 'lockout',
      holder,
      why: `its IAM user was created ${formatDay(user.createdAt?.getTime() ?? 0)}, after its evidence of ${madeAgain.at.slice(0, 10)}: trust policies that name it hold the id of the former user, and deploying them again changes nothing`,
      byHand: 'write the trust policies that name it again: `aws iam update-assume-role-policy`',
    };
  }
  if (user.path !== devicePath(fleet)) {
    yield {
      kind: 'elsewhere',
      holder,
      why: `its IAM user is at ${user.path}, so the operator's role reaches it only where \`existingHolders\` names it`,
    };
  }
}

function isBefore(at: string, { createdAt }: IamUser): boolean {
  // This machine dates evidence, and AWS dates users: a day is more than any clock is off.
  return createdAt !== undefined && Date.parse(at) + 86_400_000 < createdAt.getTime();
}

function* notKnown({ record, facts, unlisted }: Subject): Iterable<Finding> {
  if (record.holders.length === 0) {
    return;
  }
  if (facts.users === undefined) {
    yield denied('iam:ListUsers', 'whether each holder is an IAM user, and at which path');
  }
  if (facts.passwords === undefined) {
    yield denied('iam:GetAccountPasswordPolicy', 'whether passwords expire');
  }
  if (unlisted === undefined) {
    const what = 'whether holders have security keys or hardware tokens of their own';
    const finding: Finding =
      facts.summary === undefined
        ? denied('iam:GetAccountSummary', what)
        : {
            kind: 'not-checked',
            why: `the account's summary counts no MFA devices: it is not known ${what}`,
          };
    yield { ...finding, askWith: '--thorough' };
  } else if (unlisted > 0) {
    yield {
      kind: 'not-checked',
      why: `${countOf(unlisted, 'MFA device')} of the account can only be found by asking for each user`,
      askWith: '--thorough',
    };
  }
}

function denied(action: string, what: string): Finding {
  return { kind: 'not-checked', why: `${action} is denied: it is not known ${what}` };
}
