/**
 * The certificate of one ceremony: its evidence on one page, in words, for people who were not there.
 *
 * Rules: it states what it proves and what it does not prove, and claims no more than the evidence and the record say.
 * This file decides the content; `runbook/report` decides the layout.
 */
import { formatPlace, isSamePlace, type Place } from '../../lib/record/place';
import { callerName, type Evidence, placeOfEvidence, type ReplaceReason } from './evidence';

export interface CertificateFacts {
  readonly evidence: Evidence;
  /** The parameter that holds the evidence. */
  readonly parameter: string;
  /** The current record of this slot; absent if the record could not be read. */
  readonly record:
    | {
        readonly generation: string;
        /** The place that it declares for the slot; absent if it no longer declares the slot. */
        readonly token: Place | undefined;
        readonly custody: string | undefined;
      }
    | undefined;
  /** ISO 8601, UTC. */
  readonly printedAt: string;
  /** Program and version. */
  readonly printedBy: string;
}

/** One line of a certificate's table. */
export interface CertificateRow {
  readonly label: string;
  readonly value: string;
  /** An identifier, shown in a fixed-width typeface. */
  readonly isCode: boolean;
}

/** A certificate, ready for layout. All texts are plain and unescaped. */
export interface Certificate {
  readonly title: string;
  readonly statement: string;
  readonly rows: readonly CertificateRow[];
  readonly checks: readonly string[];
  readonly proves: string;
  readonly provesNot: string;
  /** The role and name of each person who signs. */
  readonly signatures: readonly { readonly role: string; readonly name: string }[];
  readonly footer: string;
}

/** The title, and the end of the sentence "on {time} the token {serial} was … {holder}". */
const WORDS: Readonly<Record<Evidence['ceremony'], readonly [title: string, deed: string]>> = {
  enroll: ['Enrollment', 'enrolled as an MFA device of'],
  prove: ['Drill', 'proven to work as the MFA device of'],
  resync: ['Resynchronization', 'brought back in step with AWS as the MFA device of'],
  replace: ['Replacement', 'enrolled, in place of another, as an MFA device of'],
  retire: ['Retirement', 'retired as an MFA device of'],
};

const REASONS: Readonly<Record<ReplaceReason, string>> = {
  lost: 'it was lost',
  stolen: 'it was stolen',
  broken: 'it was broken',
  expired: 'it had reached the end of its life',
};

/** The checks in words; an unknown check is shown by its name. */
const CHECKS: Readonly<Record<string, string>> = {
  record: 'the deployed record declared this token for this holder and slot',
  'record:spare': 'the deployed record declared this token as a spare of the fleet',
  'record:none':
    'no record was deployed: the device was found by the fleet’s path in IAM, and the operator typed the fleet’s name',
  clock: 'the clock of the operator’s machine agreed with that of AWS',
  serial: 'the token on the reader had the serial that the record declares',
  burn: 'the token accepted the seed',
  'codes:1': 'one code read from the token’s display was right, judged against the seed before AWS saw it',
  'codes:2':
    'two codes read from the token’s display were right, judged against the seed before AWS saw them',
  'codes:by-key':
    'two consecutive codes that the key computed were right, judged against the seed before AWS saw them',
  'codes:by-aws': 'AWS accepted two consecutive codes of the token',
  listed: 'IAM listed the device as assigned to the holder',
  'listed:auditor': 'a role of an auditor in the account saw that IAM listed the device for its root user',
  'listed:assume-root':
    'an auditor’s session of the root user (sts:AssumeRoot) saw that IAM listed the device for the root user',
  'listed:second-person':
    'a second person said that the console showed the device; nothing that this program read confirms it',
  'proof:console-sign-in':
    'CloudTrail recorded a sign-in to the console with this very device after the ceremony had begun',
  'proof:second-person':
    'a second person said that the token was used to sign in; nothing that this program read confirms it',
  'serial:typed': 'the serial that somebody typed from the token was the one that the record declares',
  deactivated: 'IAM deactivated the device',
  deleted: 'IAM deleted the device',
  'not-listed': 'IAM no longer listed the device for the holder',
  'old-deactivated': 'IAM deactivated the device of the token that was replaced',
  'old-deleted': 'IAM deleted the device of the token that was replaced',
  'sessions:may-be-open':
    'the operator was told that sessions opened with the old token may still be open, and how an administrator ends them',
  'old-not-listed': 'IAM no longer listed the device of the token that was replaced for the holder',
};

export function composeCertificate(facts: CertificateFacts): Certificate {
  const { evidence, printedAt, printedBy } = facts;
  return {
    title: `${WORDS[evidence.ceremony][0]} of an MFA token`,
    statement: statementOf(evidence),
    rows: rowsOf(facts),
    checks: evidence.checks.map((check) => describeCheck(check, evidence)),
    proves:
      'Somebody with the credentials of the caller named above ran this ceremony with mfa-runbook, which made each check ' +
      `listed and then wrote this evidence to Parameter Store${evidence.log === undefined ? '' : ' and to the hash-chained log named above'}.`,
    provesNot: provesNotOf(evidence),
    signatures: [
      { role: 'Operator', name: callerName(evidence.by) },
      { role: 'Witness', name: evidence.witness ?? '' },
    ],
    footer: `Printed ${formatTime(printedAt)} by ${printedBy} from ${facts.parameter}`,
  };
}

/** A key has no clock: the evidence of one says nothing about it. */
function describeCheck(check: string, { clockOffsetSeconds }: Evidence): string {
  const words = CHECKS[check] ?? check;
  return check === 'burn' && clockOffsetSeconds !== undefined
    ? `${words}, and its clock was right afterwards`
    : words;
}

function statementOf(evidence: Evidence): string {
  const { ceremony, at, tokenSerial, profile, holder, slot, replaces, reason } = evidence;
  const token =
    profile === undefined ? `the token ${tokenSerial}` : `profile ${profile} of the token ${tokenSerial}`;
  const because = reason === undefined ? '' : `, because ${REASONS[reason]}`;
  const instead = replaces === undefined ? because : `. It took the place of ${replaces}${because}`;
  const [, deed] = WORDS[ceremony];
  return `On ${formatTime(at)} ${token} was ${deed} ${holder} (${slot})${instead}.`;
}

function rowsOf(facts: CertificateFacts): readonly CertificateRow[] {
  const { evidence } = facts;
  const { log, clockOffsetSeconds: offset } = evidence;
  function plain(label: string, value: string): CertificateRow {
    return { label, value, isCode: false };
  }
  function code(label: string, value: string): CertificateRow {
    return { label, value, isCode: true };
  }
  return [
    plain('Fleet', evidence.fleet),
    plain('Holder and slot', `${evidence.holder}, ${evidence.slot}`),
    plain('Token serial', evidence.tokenSerial),
    ...(evidence.profile === undefined ? [] : [plain('Profile', String(evidence.profile))]),
    plain('Token model', evidence.tokenModel ?? 'not recorded: no reader read the token'),
    plain('Custody', custodyOf(facts)),
    code('Device in IAM', evidence.deviceArn),
    code('Done by', evidence.by),
    plain('Witness', evidence.witness ?? 'none'),
    plain('When', formatTime(evidence.at)),
    ...(offset === undefined ? [] : [plain('Token clock', describeOffset(offset))]),
    code('Record generation', evidence.generation),
    plain('Record today', recordTodayOf(facts)),
    code('Ceremony id', evidence.id),
    ...(log === undefined
      ? [plain('Log', 'no log line is named, because the log could not be read when this was written')]
      : [code('Log', log.id), code(`SHA-256 of line ${log.line}`, log.hash)]),
    plain('Written by', evidence.tool),
  ];
}

function declaresToken(evidence: Evidence, token: Place | undefined): boolean {
  return token !== undefined && isSamePlace(token, placeOfEvidence(evidence));
}

/** Describes the custody, which only the record holds, and which may have changed since. */
function custodyOf({ evidence, record }: CertificateFacts): string {
  if (record === undefined) {
    return 'unknown: the record could not be read';
  }
  if (!declaresToken(evidence, record.token)) {
    return 'unknown: the record declares the token elsewhere or no longer';
  }
  return record.custody === undefined
    ? 'the record names none'
    : `${record.custody} (according to today’s record)`;
}

function recordTodayOf({ evidence, record }: CertificateFacts): string {
  if (record === undefined) {
    return 'could not be read when this page was printed';
  }
  if (record.token === undefined) {
    return 'declares no such slot';
  }
  if (!declaresToken(evidence, record.token)) {
    return `declares another token here: ${formatPlace(record.token)}`;
  }
  return record.generation === evidence.generation
    ? 'unchanged'
    : `changed since, and still declares this token (generation ${record.generation.slice(0, 12)}…)`;
}

function provesNotOf({ ceremony, witness }: Evidence): string {
  const person =
    witness === undefined
      ? 'who sat at the keyboard (only whose credentials were used), or that a second person was there'
      : 'who sat at the keyboard (only whose credentials were used), or that the witness was somebody else (their signature confirms that)';
  const since =
    ceremony === 'retire'
      ? 'that the token was destroyed'
      : 'that the token is still in custody or still works today (a drill, mfa-runbook prove, shows that)';
  return (
    `It does not prove ${person}; nor ${since}. Anyone who can write to the parameter and the log could write other evidence: ` +
    'compare it with CloudTrail and check the log with mfa-runbook evidence verify.'
  );
}

/** Formats a time to the second; evidence is always in UTC. */
function formatTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

function describeOffset(seconds: number): string {
  if (seconds === 0) {
    return 'the same as the operator’s machine';
  }
  return `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the operator’s machine`;
}
