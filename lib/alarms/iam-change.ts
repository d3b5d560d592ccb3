/**
 * The judgment of a change in IAM by anybody: it concerns a holder, a part of the guardrails, or neither.
 *
 * Events name users without their path, so the record tells who is a holder.
 */
import { devicePath, isSameUser } from '../record/names';
import type { JsonObject } from '../record/text';
import { ROOT_USER } from './device-judgment';
import { problemsOf, type Reading, type ReadParameters, readFleet } from './fleet-reading';
import { type GuardrailPart, partNamed } from './guardrail-part';
import { hiddenChange, holderChange, isHidden, partChange } from './iam-change-words';
import { isOmitted, type Notice, notice, objectIn, textIn } from './notice';

/** The holders and the guardrails of an account. */
export interface Guarded {
  readonly fleets: readonly string[];
  readonly parts: readonly GuardrailPart[];
  readonly read: ReadParameters;
  /** True if Lambda retries this event: a record that is still incomplete then is reported instead of waited for. */
  readonly isRetry: boolean;
  /** The name of the bus, and the id of the key of the messages. */
  readonly bus: string;
  readonly keyId: string;
}

/** Actions that change nothing, and are delivered nevertheless. */
const READS = /^(Get|List|Generate|Simulate)/;

/** Actions without a user name change what the caller has. */
const OWN =
  /^(ChangePassword|[A-Z][a-z]+(AccessKey|LoginProfile|SigningCertificate|SSHPublicKey|ServiceSpecificCredential))$/;

const CLOUD_FORMATION = 'cloudformation.amazonaws.com';

/**
 * Judges an event of aws.iam that succeeded or was denied.
 *
 * @returns the notice to publish; `undefined` if nothing of ours was changed
 * @throws an error that may not occur again: a record that is being deployed, a throttle, a broken connection
 */
export async function judgeIamChange(detail: JsonObject, guarded: Guarded): Promise<Notice | undefined> {
  const action = textIn(detail, 'eventName');
  if (READS.test(action)) {
    return undefined;
  }
  const part = changedPart(requestOf(detail), guarded.parts);
  if (isHidden(detail)) {
    return hiddenChange(detail, 'in IAM');
  }
  if (part !== undefined) {
    // Whoever is put into the group that requires MFA gains nothing.
    return action === 'AddUserToGroup' ? undefined : partChange(detail, part);
  }
  const user = userOf(detail);
  if (user === '' || user === ROOT_USER) {
    return undefined;
  }
  return (await judgeUser(detail, user, guarded)) ?? judgeBoundary(detail, user, guarded.parts);
}

/** The parameters of IAM's actions, by the word that stands for a resource in an error message or in an ARN. */
const PARAMETERS: Readonly<Record<string, string>> = {
  user: 'userName',
  role: 'roleName',
  group: 'groupName',
  policy: 'policyArn',
};

/**
 * Returns the parameters of a call. CloudTrail leaves them out of a call that was denied; then the message names the
 * resource, as `user alice` or by its ARN.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
function requestOf(detail: JsonObject): JsonObject {
  const request = objectIn(detail, 'requestParameters');
  const message = textIn(detail, 'errorMessage');
  const [, word, arnWord, name] =
    /on resource: (?:(user|role|group|policy) |arn:[^:]*:iam::\d*:(user|role|group|policy)\/)(\S+)/.exec(
      message,
    ) ?? [];
  const parameter = PARAMETERS[word ?? arnWord ?? ''];
  const isEmpty = Object.keys(request).length === 0 || isOmitted(request);
  const isLeftOut = isEmpty && parameter !== undefined && name !== undefined;
  return isLeftOut ? { [parameter]: nameInArn(name) } : request;
}

function nameInArn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** The parameters that name a part, or give somebody else's group or policy a name that passes for one. */
const PART_NAMES = ['roleName', 'groupName', 'newGroupName', 'policyName', 'policyArn'];

/** Finds the part that a request names. A policy that becomes a boundary is not changed by that. */
function changedPart(request: JsonObject, parts: readonly GuardrailPart[]): GuardrailPart | undefined {
  return PART_NAMES.map((key) => partNamed(nameInArn(textIn(request, key)), parts)).find(
    (part) => part !== undefined,
  );
}

function userOf(detail: JsonObject): string {
  const named = textIn(requestOf(detail), 'userName');
  const caller = objectIn(detail, 'userIdentity');
  const isOwn = OWN.test(textIn(detail, 'eventName')) && textIn(caller, 'type') === 'IAMUser';
  return named === '' && isOwn ? textIn(caller, 'userName') : named;
}

/** Finds the holder who has one of the names, and the records that could be read. */
export async function findHolder(
  names: readonly string[],
  { fleets, read, isRetry }: Guarded,
): Promise<{
  readonly holder?: { readonly name: string; readonly fleet: string };
  readonly readings: readonly Reading[];
}> {
  const readings = await Promise.all(fleets.map((fleet) => readFleet(fleet, read, isRetry)));
  const [holder] = readings.flatMap((reading) =>
    'record' in reading
      ? reading.record.holders
          .filter(({ name }) => names.some((one) => isSameUser(name, one)))
          .map(({ name }) => ({ name, fleet: reading.fleet }))
      : [],
  );
  return { ...(holder === undefined ? {} : { holder }), readings };
}

async function judgeUser(detail: JsonObject, user: string, guarded: Guarded): Promise<Notice | undefined> {
  const request = requestOf(detail);
  const paths = [textIn(request, 'path'), textIn(request, 'newPath')];
  const fleet = guarded.fleets.find((one) => paths.some((path) => path.startsWith(devicePath(one))));
  const isDeployed = isDeployment(detail);
  if (isDeployed && fleet === undefined) {
    return undefined;
  }
  const { holder, readings } = await findHolder([user, textIn(request, 'newUserName')], guarded);
  if (holder !== undefined) {
    return isDeployed
      ? undefined
      : holderChange(detail, holder.name, `Holder: yes, of fleet ${holder.fleet}`);
  }
  if (fleet !== undefined) {
    return holderChange(detail, user, `Holder: no, but at the path of fleet ${fleet}`);
  }
  const problems = problemsOf(readings);
  return problems.length === 0
    ? undefined
    : notice(
        'a change of an IAM user could not be compared with the record',
        [`What: ${textIn(detail, 'eventName')}`, `User: ${user}`, 'Holder: not known', ...problems],
        detail,
        [`fix that. If ${user} is a holder, find out who changed them and why.`],
      );
}

/**
 * Tells whether CloudFormation creates or tags a user, as it does for declared holders after their record. Whatever else it does
 * to them may be another stack's.
 */
function isDeployment(detail: JsonObject): boolean {
  const isCloudFormation = textIn(objectIn(detail, 'userIdentity'), 'invokedBy') === CLOUD_FORMATION;
  return isCloudFormation && ['CreateUser', 'TagUser'].includes(textIn(detail, 'eventName'));
}

/** The event says whose boundary was changed, and not which one it was. */
function judgeBoundary(
  detail: JsonObject,
  user: string,
  parts: readonly GuardrailPart[],
): Notice | undefined {
  const boundary = nameInArn(textIn(objectIn(detail, 'requestParameters'), 'permissionsBoundary'));
  const isOurs = partNamed(boundary, parts) !== undefined;
  if (!/^(Put|Delete)UserPermissionsBoundary$/.test(textIn(detail, 'eventName')) || isOurs) {
    return undefined;
  }
  return notice(
    `the permissions boundary of ${user} was changed`,
    [
      `What: ${textIn(detail, 'eventName')}`,
      `User: ${user}`,
      ...(boundary === '' ? [] : [`New boundary: ${boundary}`]),
      'Why it matters: if the old boundary was the one that requires MFA, this user may now act without.',
    ],
    detail,
    [
      'ask whoever did it. If it was the boundary of the guardrails, put it back:',
      `aws iam put-user-permissions-boundary --user-name ${user} --permissions-boundary ARN`,
    ],
  );
}
