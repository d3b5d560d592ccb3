/** The messages of the alarms' functions, each about one event of CloudTrail. */
import { printable } from '../record/rules';
import { isJsonObject, type JsonObject } from '../record/text';

/** A message to publish. The subject is ASCII and at most 100 characters, as SNS requires. */
export interface Notice {
  readonly subject: string;
  readonly message: string;
}

/** Returns an object of the event; empty if there is none. */
export function objectIn(json: unknown, key: string): JsonObject {
  const value = isJsonObject(json) ? json[key] : undefined;
  return isJsonObject(value) ? value : {};
}

/** Returns a text of the event; empty if there is none. */
export function textIn(json: JsonObject, key: string): string {
  const value = json[key];
  return typeof value === 'string' ? printable(value) : '';
}

/**
 * Tells whether CloudTrail left out the parameters of a call because they are larger than 100 KB. IAM takes a policy
 * padded with white space to that size, so an attacker can hide the name of what they change.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function isOmitted(request: JsonObject): boolean {
  return 'omitted' in request;
}

/** Makes a message: a headline, the facts, who did it from where and when, and the next steps. */
export function notice(
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
  // The values of a record are not judged here, only its generation. What a caller wrote may be of any length.
  const message = lines.map((line) => printable(line).slice(0, 1000)).join('\n');
  return { subject: `MFA alarm: ${headline}`.slice(0, 100), message };
}
