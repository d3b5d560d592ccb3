/**
 * Judges calls to services other than IAM by the names in them: denied attempts on a part of the guardrails, requests to
 * Cloud Control API, and changes of StackSets.
 *
 * Cloud Control API changes a resource with CloudFormation's address and hides the properties that it sets. So the request is
 * judged: by the name of the resource or, where it has none, by the type.
 *
 * @see https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_CreateResource.html
 * @see https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-identifier.html
 */
import { devicePath } from '../record/names';
import { isJsonObject, type JsonObject } from '../record/text';
import { partNamed } from './guardrail-part';
import { findHolder, type Guarded } from './iam-change';
import { hiddenChange, isHidden, partChange } from './iam-change-words';
import { isOmitted, type Notice, notice, objectIn, textIn } from './notice';

/** Types whose new resources can change an existing resource, which only the hidden properties name. */
const ADDED_TO_OTHERS =
  /^AWS::(IAM::(User|UserToGroupAddition|\w*Policy)|SSM::Parameter|Events::(Rule|EventBusPolicy)|Lambda::(Permission|EventInvokeConfig|Url|Alias)|SNS::(Subscription|Topic\w*Policy)|SQS::Queue\w*Policy|CloudWatch::AlarmMuteRule)$/;

/** Judges a request to Cloud Control API, whether it was accepted or denied. */
export async function judgeCloudControl(detail: JsonObject, guarded: Guarded): Promise<Notice | undefined> {
  const action = textIn(detail, 'eventName');
  if (!/^(Create|Update|Delete)Resource$/.test(action)) {
    return undefined;
  }
  const request = objectIn(detail, 'requestParameters');
  const type = textIn(request, 'typeName');
  const names = wordsOf([request, detail.responseElements, detail.errorMessage]);
  const found = names.find((name) => isOurs(name, guarded)) ?? (await holderNamed(names, type, guarded));
  const isStateHidden = !/[{[]/.test(textIn(request, 'desiredState'));
  const isHiddenAddition =
    isOmitted(request) || (action === 'CreateResource' && isStateHidden && ADDED_TO_OTHERS.test(type));
  if (found === undefined && !isHiddenAddition) {
    return undefined;
  }
  return notice(
    headlineOf(detail, 'through Cloud Control API'),
    [
      `Type: ${type}`,
      ...partLine(found),
      ...errorLine(detail),
      found === undefined
        ? 'Why it matters: it may change a holder, a guardrail, the record or these alarms; the event hides what it names.'
        : 'Why it matters: it looks like a deployment, and may cause no other message.',
    ],
    detail,
    ['ask whoever did it. If nobody had a reason, deploy guardrails and alarms again.'],
  );
}

async function holderNamed(
  names: readonly string[],
  type: string,
  guarded: Guarded,
): Promise<string | undefined> {
  const { holder } = type.startsWith('AWS::IAM::User') ? await findHolder(names, guarded) : {};
  return holder?.name;
}

/** Returns the name of a StackSet, which a call may name by its id, `{name}:{uuid}`. */
function stackSetOf(detail: JsonObject): string {
  const [name = ''] = textIn(objectIn(detail, 'requestParameters'), 'stackSetName').split(':');
  return name;
}

/** Tells whether a call was denied, changes a StackSet, or hides what it changes: no other is judged by its names. */
export function isNamedCall(detail: JsonObject): boolean {
  return textIn(detail, 'errorCode') !== '' || stackSetOf(detail) !== '' || isHidden(detail);
}

/** Judges a call that was denied, or that changes a StackSet of the app. */
export function judgeNamed(detail: JsonObject, guarded: Guarded): Notice | undefined {
  const stackSet = partNamed(stackSetOf(detail), guarded.parts);
  if (stackSet !== undefined) {
    return partChange(detail, stackSet);
  }
  if (isHidden(detail)) {
    return hiddenChange(detail, 'of a StackSet');
  }
  const words = wordsOf([detail.requestParameters, detail.errorMessage]);
  const found = words.find((name) => isOurs(name, guarded));
  if (found === undefined || textIn(detail, 'errorCode') === '') {
    return undefined;
  }
  return notice(
    headlineOf(detail, 'on a part of the guardrails'),
    [
      `Service: ${textIn(detail, 'eventSource')}`,
      ...partLine(found),
      ...errorLine(detail),
      'Why it matters: somebody tried to change the record, evidence, stacks or these alarms.',
    ],
    detail,
    ['ask whoever did it. If nobody had a reason, revoke their credentials and look at what else they did.'],
  );
}

function headlineOf(detail: JsonObject, where: string): string {
  const denied = textIn(detail, 'errorCode') === '' ? '' : 'denied: ';
  return `${denied}${textIn(detail, 'eventName')} ${where}`;
}

function partLine(name: string | undefined): readonly string[] {
  return name === undefined ? [] : [`Part: ${name}`];
}

function errorLine(detail: JsonObject): readonly string[] {
  const error = textIn(detail, 'errorCode');
  return error === '' ? [] : [`Error: ${error}`];
}

/** Lists the words of all texts in a value. Cloud Control API writes a name of several parts with bars between them. */
function wordsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    return value.split(/[\s"'|,]+/).filter((word) => word !== '');
  }
  const members = isJsonObject(value) ? Object.values(value) : value;
  return Array.isArray(members) ? members.flatMap(wordsOf) : [];
}

/** Tells whether a name, an ARN or an address is of a part: of a fleet's path, the bus, the key, or one of the stacks. */
function isOurs(word: string, { fleets, parts, bus, keyId }: Guarded): boolean {
  const segments = word.split(/[/:]/);
  const stacks = parts.map(({ stack }) => stack.replace(/-$/, ''));
  return (
    fleets.some((fleet) => word.includes(devicePath(fleet))) ||
    word === bus ||
    new RegExp(`:(event-bus|rule)/${escaped(bus)}(/|$)`).test(word) ||
    partNamed(segments.at(-1) ?? '', parts) !== undefined ||
    segments.some((segment) => segment === keyId || segment.startsWith(`${bus}.`)) ||
    stacks.some(
      (name) =>
        word === name ||
        word.includes(`:stack/${name}/`) ||
        segments.some((segment) => segment.startsWith(`${name}-`)),
    )
  );
}

/** Escapes the dot, the only character of a bus's name that has a meaning in a regular expression. */
function escaped(name: string): string {
  return name.replaceAll('.', '\\.');
}
