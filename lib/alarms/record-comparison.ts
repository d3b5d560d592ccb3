/**
 * The decisions of the alarms' function: is the device that was just enabled the one the record declares, is the user
 * whose sign-in failed a holder, and does a change in IAM, a denied call or a request to Cloud Control API concern a holder, a
 * guardrail, the record or the alarms? The functions are pure: they take an event and a reader of parameters, and return
 * notices.
 *
 * No notice means that the comparison succeeded and found nothing. A problem that prevents the comparison is a notice
 * of its own, or an error if another attempt may succeed: Lambda retries after one minute and after two more, and then
 * sends the event to its on-failure destination.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import { isJsonObject, type JsonObject } from '../record/text';
import { judgeDevice, NOT_COMPARED, namedFleet } from './device-judgment';
import { problemsOf, readFleet } from './fleet-reading';
import { findHolder, type Guarded, judgeIamChange } from './iam-change';
import { type EvidencePorts, missingEvidence } from './missing-evidence';
import { isNamedCall, judgeCloudControl, judgeNamed } from './named-change';
import { type Notice, notice, objectIn, textIn } from './notice';

/** The fleets to compare an event with, and the way to read them. */
type Comparison = Guarded & EvidencePorts;

/**
 * Examines one event of EventBridge: a change in IAM, a ConsoleLogin that failed, a call that is judged by the names in it, or
 * the schedule, which asks for the devices without evidence.
 *
 * @returns the notices to publish
 * @throws an error that may not occur again: a record that is being deployed, a throttle, a broken connection
 */
export async function examine(event: unknown, comparison: Comparison): Promise<readonly Notice[]> {
  if (isJsonObject(event) && textIn(event, 'detail-type') === 'Scheduled Event') {
    return missingEvidence(textIn(event, 'time'), comparison);
  }
  const found = await examineEvent(objectIn(event, 'detail'), comparison);
  return found === undefined ? [] : [found];
}

async function examineEvent(detail: JsonObject, comparison: Comparison): Promise<Notice | undefined> {
  const name = textIn(detail, 'eventName');
  if (name === 'EnableMFADevice') {
    return examineDevice(detail, comparison);
  }
  if (name === 'ConsoleLogin') {
    return examineSignIn(detail, comparison);
  }
  const source = textIn(detail, 'eventSource');
  if (source === 'iam.amazonaws.com') {
    return judgeIamChange(detail, comparison);
  }
  if (source === 'cloudcontrolapi.amazonaws.com') {
    return judgeCloudControl(detail, comparison);
  }
  if (isNamedCall(detail)) {
    return judgeNamed(detail, comparison);
  }
  return notice(
    'the rules of the alarms were changed',
    [`Event: ${name === '' ? 'without a name' : name}`],
    detail,
    ['ask whoever did it, and deploy the alarms again.'],
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
async function examineSignIn(detail: JsonObject, comparison: Comparison): Promise<Notice | undefined> {
  const user = textIn(objectIn(detail, 'userIdentity'), 'userName');
  const mfaUsed = `MFA used: ${textIn(objectIn(detail, 'additionalEventData'), 'MFAUsed')}`;
  const { holder: found, readings } = await findHolder([user], comparison);
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
