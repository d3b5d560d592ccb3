/**
 * The decisions of the alarms' function: is the device that was just enabled the one the record declares, and is the
 * user whose sign-in failed a holder? The functions are pure: they take an event and a reader of parameters and return
 * a notice, or nothing.
 *
 * No notice means that the comparison succeeded and found nothing. A problem that prevents the comparison is a notice
 * of its own, or an error if another attempt may succeed: Lambda retries after one minute and after two more, and then
 * sends the event to its on-failure destination.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import { isSameUser, recordPath } from '../record/names';
import { parseIntact, RecordError, type RecordFault, type RecordParameter } from '../record/pages';
import type { FleetRecord } from '../record/record';
import { printable } from '../record/rules';
import { isJsonObject, type JsonObject } from '../record/text';
import { judgeDevice, NOT_COMPARED, namedFleet } from './device-judgment';

/** Reads every parameter below a path of SSM. */
type ReadParameters = (path: string) => Promise<readonly RecordParameter[]>;

/** A message to publish. The subject is ASCII and at most 100 characters, as SNS requires. */
export interface Notice {
  readonly subject: string;
  readonly message: string;
}

function objectIn(json: unknown, key: string): JsonObject {
  const value = isJsonObject(json) ? json[key] : undefined;
  return isJsonObject(value) ? value : {};
}

/** Returns a text of the event; empty if there is none. */
function textIn(json: JsonObject, key: string): string {
  const value = json[key];
  return typeof value === 'string' ? printable(value) : '';
}

/** A record that was verified, or the reason why it was not. */
type Reading =
  | { readonly fleet: string; readonly record: FleetRecord }
  | { readonly fleet: string; readonly problem: string };

/** The faults of a record during a deployment, which writes the parameters one after the other. */
const TORN: readonly RecordFault[] = ['missing', 'incomplete', 'digest'];

/** @throws an error that may not occur again, such as a throttle */
async function readFleet(fleet: string, read: ReadParameters, isRetry: boolean): Promise<Reading> {
  try {
    return { fleet, record: parseIntact(fleet, await read(recordPath(fleet))).record };
  } catch (error) {
    if (error instanceof RecordError && (isRetry || !TORN.includes(error.fault))) {
      return { fleet, problem: printable(`${error.message}; ${error.hint}`) };
    }
    if (isRefusal(error)) {
      const fix = 'find out who denies it, or deploy the alarms again';
      return { fleet, problem: printable(`${error.name}: ${error.message}; ${fix}`) };
    }
    throw error;
  }
}

/**
 * Tells whether SSM would answer the same tomorrow: the fault is the caller's, and not a throttle or a timeout. Any other
 * error, such as a broken connection or a defect in this code, may not repeat.
 */
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error as { readonly $fault?: unknown }).$fault === 'client' &&
    !/throttl|toomany|limitexceeded|timeout/i.test(error.name)
  );
}

/** The fleets to compare an event with, and the way to read them. */
interface Comparison {
  /** The fleets whose records are known. */
  readonly fleets: readonly string[];
  readonly read: ReadParameters;
  /** True if Lambda retries this event: a record that is still incomplete then is reported instead of waited for. */
  readonly isRetry: boolean;
}

/**
 * Examines one event of EventBridge: an EnableMFADevice that succeeded, or a ConsoleLogin that failed.
 *
 * @returns the notice to publish; `undefined` if the device is declared, or the user is not a holder
 * @throws an error that may not occur again: a record that is being deployed, a throttle, a broken connection
 */
export async function examine(event: unknown, comparison: Comparison): Promise<Notice | undefined> {
  const detail = objectIn(event, 'detail');
  const name = textIn(detail, 'eventName');
  if (name === 'EnableMFADevice') {
    return examineDevice(detail, comparison);
  }
  if (name === 'ConsoleLogin') {
    return examineSignIn(detail, comparison);
  }
  return notice(
    'an event could not be compared',
    [`Event: ${name === '' ? 'without a name' : name}`],
    detail,
    ['somebody changed the rules of the alarms. Deploy the alarms again.'],
  );
}

async function examineDevice(
  detail: JsonObject,
  { fleets, read, isRetry }: Comparison,
): Promise<Notice | undefined> {
  const request = objectIn(detail, 'requestParameters');
  const device = { user: textIn(request, 'userName'), arn: textIn(request, 'serialNumber') };
  const facts = [`Device: ${device.arn}`, `Enabled for: ${device.user}`];
  // The name of a device names its fleet; any other device may be in any record.
  const fleet = namedFleet(device.arn);
  const relevant = fleet === undefined ? fleets : fleets.filter((known) => known === fleet);
  const readings = await Promise.all(relevant.map((one) => readFleet(one, read, isRetry)));
  const judgment = judgeDevice(
    device,
    textIn(detail, 'recipientAccountId'),
    readings.flatMap((reading) => ('record' in reading ? [reading.record] : [])),
  );
  if (judgment === undefined) {
    return undefined;
  }
  const problems = problemsOf(readings);
  if (problems.length > 0) {
    return notice(NOT_COMPARED, [...facts, ...problems], detail, [
      'fix that, then run mfa-runbook plan: it compares every device of the fleet.',
    ]);
  }
  return notice(judgment.headline, [...facts, `Why: ${judgment.why}`], detail, judgment.next);
}

/**
 * Reads every record completely, although a holder is on one page of one record: the page follows from the name as it is
 * declared, and a failed sign-in may carry the name in other case.
 */
async function examineSignIn(
  detail: JsonObject,
  { fleets, read, isRetry }: Comparison,
): Promise<Notice | undefined> {
  const user = textIn(objectIn(detail, 'userIdentity'), 'userName');
  const mfaUsed = `MFA used: ${textIn(objectIn(detail, 'additionalEventData'), 'MFAUsed')}`;
  const readings = await Promise.all(fleets.map((fleet) => readFleet(fleet, read, isRetry)));
  const [found] = readings.flatMap((reading) =>
    'record' in reading
      ? reading.record.holders
          .filter(({ name }) => isSameUser(name, user))
          .map(({ name }) => ({ name, fleet: reading.fleet }))
      : [],
  );
  if (found !== undefined) {
    return notice(
      'failed console sign-in of a break-glass user',
      [`User: ${user}`, `Holder: yes, of fleet ${found.fleet}`, mfaUsed],
      detail,
      [
        'ask the holder. If it was not them, somebody knows the name and is trying passwords or codes.',
        `if the holder cannot sign in, run: mfa-runbook resync ${found.name} --slot SLOT`,
      ],
    );
  }
  const problems = problemsOf(readings);
  return problems.length === 0
    ? undefined
    : notice(
        'a failed console sign-in could not be compared with the record',
        [`User: ${user}`, 'Holder: not known', ...problems, mfaUsed],
        detail,
        [`fix that. If ${user} is a break-glass user, ask them: somebody may be trying passwords or codes.`],
      );
}

function problemsOf(readings: readonly Reading[]): readonly string[] {
  return readings.flatMap((reading) =>
    'problem' in reading ? [`Record of fleet ${reading.fleet}: ${reading.problem}`] : [],
  );
}

function notice(
  headline: string,
  what: readonly string[],
  detail: JsonObject,
  next: readonly string[],
): Notice {
  const identity = objectIn(detail, 'userIdentity');
  const lines = [
    `MFA alarm: ${headline}`,
    ...what,
    `Who: ${textIn(identity, 'arn') || textIn(identity, 'userName')} (${textIn(identity, 'type')})`,
    `From: ${textIn(detail, 'sourceIPAddress')}`,
    `When: ${textIn(detail, 'eventTime')} in account ${textIn(detail, 'recipientAccountId')}, ${textIn(detail, 'awsRegion')}`,
    `CloudTrail event: ${textIn(detail, 'eventID')}`,
    ...next.map((line) => `Next: ${line}`),
  ];
  // The values of a record are not judged here, only its generation.
  const message = lines.map((line) => printable(line)).join('\n');
  return { subject: `MFA alarm: ${headline}`.slice(0, 100), message };
}
