/**
 * What the function of the alarms decides: is the device that was just enabled the one the record declares, and is the
 * user whose sign-in failed a holder? Pure: an event and a reader of parameters go in, a notice or nothing comes out.
 *
 * Silence means "compared, and all is well". Whatever prevents the comparison is a notice of its own.
 */
import { recordPath } from '../record/names';
import { parseRecord, RecordError, type RecordParameter } from '../record/pages';
import type { FleetRecord } from '../record/record';
import { printable } from '../record/rules';
import { isSameUser, judgeDevice, namedFleet } from './device-judgement';

/** Reads every parameter below a path of SSM. */
export type ReadParameters = (path: string) => Promise<readonly RecordParameter[]>;

/** A message to publish. The subject is ASCII and at most 100 characters, as SNS wants it. */
export interface Notice {
  readonly subject: string;
  readonly message: string;
}

type Json = Readonly<Record<string, unknown>>;

const objectIn = (json: Json, key: string): Json => {
  const value = json[key];
  return typeof value === 'object' && value !== null ? (value as Json) : {};
};

/** A text of the event; empty where there is none. */
const textIn = (json: Json, key: string): string => {
  const value = json[key];
  return typeof value === 'string' ? printable(value) : '';
};

/** A record that was verified, or why it was not. */
type Reading =
  | { readonly fleet: string; readonly record: FleetRecord }
  | { readonly fleet: string; readonly problem: string };

async function readFleet(fleet: string, read: ReadParameters): Promise<Reading> {
  try {
    return { fleet, record: parseRecord(fleet, await read(recordPath(fleet))).record };
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return {
      fleet,
      problem: printable(error instanceof RecordError ? `${error.message}; ${error.hint}` : why),
    };
  }
}

/**
 * Examines one event of EventBridge: an EnableMFADevice that succeeded, or a ConsoleLogin that failed.
 *
 * @param fleets the fleets whose records are known
 * @returns what to publish; `undefined` when the device is declared, or the user no holder
 */
export async function examine(
  event: unknown,
  fleets: readonly string[],
  read: ReadParameters,
): Promise<Notice | undefined> {
  const detail = objectIn(typeof event === 'object' && event !== null ? (event as Json) : {}, 'detail');
  const name = textIn(detail, 'eventName');
  if (name === 'EnableMFADevice') return examineDevice(detail, fleets, read);
  if (name === 'ConsoleLogin') return examineSignIn(detail, fleets, read);
  return notice(
    'an event could not be compared',
    [`Event: ${name === '' ? 'without a name' : name}`],
    detail,
    [
      'this is neither EnableMFADevice nor ConsoleLogin: the rules of the alarms were changed; deploy them anew.',
    ],
  );
}

async function examineDevice(
  detail: Json,
  fleets: readonly string[],
  read: ReadParameters,
): Promise<Notice | undefined> {
  const request = objectIn(detail, 'requestParameters');
  const device = { user: textIn(request, 'userName'), arn: textIn(request, 'serialNumber') };
  const what = [`Device: ${device.arn}`, `Enabled for: ${device.user}`];
  // The name of a device says whose record declares it; anything else may be in any record.
  const fleet = namedFleet(device.arn);
  const relevant = fleet === undefined ? fleets : fleets.filter((known) => known === fleet);
  const readings = await Promise.all(relevant.map((one) => readFleet(one, read)));
  const judgement = judgeDevice(
    device,
    textIn(detail, 'recipientAccountId'),
    readings.flatMap((reading) => ('record' in reading ? [reading.record] : [])),
  );
  if (judgement === undefined) return undefined;
  const problems = problemsOf(readings);
  if (problems.length > 0) {
    return notice(
      'an enabled MFA device could not be compared with the record',
      [...what, ...problems],
      detail,
      ['restore the record, then run mfa-runbook plan: it compares every device of the fleet.'],
    );
  }
  return notice(judgement.headline, [...what, `Why: ${judgement.why}`], detail, judgement.next);
}

async function examineSignIn(
  detail: Json,
  fleets: readonly string[],
  read: ReadParameters,
): Promise<Notice | undefined> {
  const user = textIn(objectIn(detail, 'userIdentity'), 'userName');
  const readings = await Promise.all(fleets.map((fleet) => readFleet(fleet, read)));
  const fleet = readings.find(
    (reading) =>
      'record' in reading && reading.record.holders.some((holder) => isSameUser(holder.name, user)),
  )?.fleet;
  const problems = problemsOf(readings);
  if (fleet === undefined && problems.length === 0) return undefined;
  const what = [
    `User: ${user}`,
    fleet === undefined ? 'Holder: not known' : `Holder: yes, of fleet ${fleet}`,
    ...(fleet === undefined ? problems : []),
    `MFA used: ${textIn(objectIn(detail, 'additionalEventData'), 'MFAUsed')}`,
  ];
  return notice(
    fleet === undefined
      ? 'a failed console sign-in could not be compared with the record'
      : 'failed console sign-in of a break-glass user',
    what,
    detail,
    [
      'ask the holder. If it was not them, somebody knows the name and tries passwords or codes.',
      'if the holder cannot sign in, run: mfa-runbook resync USER --slot SLOT',
    ],
  );
}

const problemsOf = (readings: readonly Reading[]): readonly string[] =>
  readings.flatMap((reading) =>
    'problem' in reading ? [`Record of fleet ${reading.fleet}: ${reading.problem}`] : [],
  );

function notice(headline: string, what: readonly string[], detail: Json, next: readonly string[]): Notice {
  const identity = objectIn(detail, 'userIdentity');
  const lines = [
    `MFA alarm: ${headline}`,
    ...what,
    `Who: ${textIn(identity, 'arn') || textIn(identity, 'userName')} (${textIn(identity, 'type')})`,
    `From: ${textIn(detail, 'sourceIPAddress')}`,
    `When: ${textIn(detail, 'eventTime')} (UTC)`,
    `Where: account ${textIn(detail, 'recipientAccountId')}, Region ${textIn(detail, 'awsRegion')}`,
    `CloudTrail event: ${textIn(detail, 'eventID')}`,
    ...next.map((line) => `Next: ${line}`),
  ];
  return { subject: `MFA alarm: ${headline}`.slice(0, 100), message: lines.join('\n') };
}
