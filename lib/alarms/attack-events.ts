/**
 * The events of an attack on the guardrails, as patterns for the bus of the alarms: the operator's role is used, root gets
 * credentials, the record or the alarms themselves are changed. Changes in IAM go to a function, which knows the holders.
 *
 * A call that CloudFormation makes has its name in place of an address, which nobody else can send. No event says which
 * stack the call is for, and any stack can add something to a part of the alarms: a permission, a rule on the bus, a place
 * for events that could not be delivered. So calls of CloudFormation are left out only where the name of a resource is
 * enough: CloudFormation refuses to give one name to two stacks. Cloud Control API changes any resource, with the same
 * address; the function judges its requests.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 * @see https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations.html
 */
import { evidencePath, manifestName, recordPath } from '../record/names';
import {
  ACCESS_DENIED,
  API_CALL,
  ASSUME_ROLE,
  apiCall,
  DEVICE_EVENTS,
  type EventPattern,
  NOT_CLOUD_FORMATION,
  ROOT_SIGN_IN_CHANGED,
  SIGN_IN,
  SUCCEEDED,
  type WatchedRole,
} from './watched-events';

/** Matches a change of one of the users by anybody. */
export function userChanged(names: readonly string[]): EventPattern {
  return apiCall('aws.iam', {
    ...SUCCEEDED,
    eventName: [{ 'anything-but': [...DEVICE_EVENTS] }],
    requestParameters: { userName: names.map((name) => ({ 'equals-ignore-case': name })) },
  });
}

function textOf({ arn }: WatchedRole): string {
  return typeof arn === 'string' ? arn : arn.wildcard;
}

/** Matches the text of a message about a role. EventBridge refuses two asterisks in a row. */
function deniedOn(role: WatchedRole): { readonly wildcard: string } {
  return { wildcard: `*is not authorized*${textOf(role).replace(/\*$/, '')}*` };
}

/**
 * Matches a session of a role, begun or denied to somebody who may not; a mistyped code is neither. A session that is
 * begun in the console is an event of its own, of the session.
 */
export function operatorUsed(roles: readonly WatchedRole[]): EventPattern {
  return {
    source: ['aws.sts', 'aws.signin'],
    'detail-type': [API_CALL, SIGN_IN],
    detail: {
      $or: [
        { ...ASSUME_ROLE, ...SUCCEEDED, requestParameters: { roleArn: roles.map(({ arn }) => arn) } },
        { ...ASSUME_ROLE, errorCode: [{ prefix: ACCESS_DENIED }], errorMessage: roles.map(deniedOn) },
        { eventName: ['SwitchRole'], userIdentity: { arn: roles.map(({ session }) => session) } },
      ],
    },
  };
}

/** The policy of a session that looks at root's credentials and changes nothing. */
const AUDIT_TASK = '/IAMAuditRootUserCredentials';

/** Matches a session of root in a member account, except those in which an operator looks at root's devices. */
export function rootAssumed(operators: readonly WatchedRole[]): EventPattern {
  const audit = { taskPolicyArn: { arn: [{ suffix: AUDIT_TASK }] } };
  return apiCall('aws.sts', {
    eventName: ['AssumeRoot'],
    ...(operators.length === 0
      ? {}
      : {
          $or: [
            { requestParameters: { taskPolicyArn: { arn: [{ 'anything-but': { suffix: AUDIT_TASK } }] } } },
            { requestParameters: { taskPolicyArn: { arn: [{ exists: false }] } } },
            { requestParameters: audit, ...notOf(operators) },
            { requestParameters: audit, ...ofNoRole },
          ],
        }),
  });
}

function notOf(roles: readonly WatchedRole[]): EventPattern {
  const arn = [{ 'anything-but': { wildcard: roles.map(textOf) } }];
  return { userIdentity: { sessionContext: { sessionIssuer: { arn } } } };
}

const ofNoRole: EventPattern = {
  userIdentity: { sessionContext: { sessionIssuer: { arn: [{ exists: false }] } } },
};

/**
 * The address of root, to which a new password is sent, was changed from the management account, or the telephone number of
 * the account, which stands in for a lost MFA device of root.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_lost-or-broken.html
 */
const CONTACT_CHANGED = {
  eventSource: ['account.amazonaws.com'],
  eventName: [{ suffix: 'PrimaryEmailUpdate' }, 'PutContactInformation'],
};

/** Root's own keys, certificates, password, address or telephone number were changed: by root, in a session of root, or from the management account. */
export const ROOT_CREDENTIAL_CHANGED: EventPattern = {
  source: ['aws.account', 'aws.iam', ...ROOT_SIGN_IN_CHANGED.source],
  detail: {
    $or: [
      ...[{ exists: false }, 'AWS ROOT USER'].map((userName) => ({
        eventSource: ['iam.amazonaws.com'],
        ...SUCCEEDED,
        userIdentity: { type: ['Root'] },
        eventName: ['AccessKey', 'LoginProfile', 'SigningCertificate', 'SpecificCredential'].map(
          (suffix) => ({ suffix }),
        ),
        requestParameters: { userName: [userName] },
      })),
      { eventSource: ['signin.amazonaws.com'], ...ROOT_SIGN_IN_CHANGED.detail },
      CONTACT_CHANGED,
    ],
  },
};

/**
 * Matches a write to the record of one of the fleets. CloudFormation writes a parameter for each page; of its writes only
 * the manifest's is matched, because no page changes without it.
 */
export function recordWritten(fleets: readonly string[]): EventPattern {
  const below = fleets.map((fleet) => ({ prefix: `${recordPath(fleet)}/` }));
  return apiCall('aws.ssm', {
    ...SUCCEEDED,
    $or: [
      { ...NOT_CLOUD_FORMATION, requestParameters: { name: below } },
      { requestParameters: { name: fleets.map(manifestName) } },
      { requestParameters: { names: below } },
    ],
  });
}

/** Matches a write to the evidence of one of the fleets by anybody but its operators, and its deletion by anybody. */
export function evidenceWritten(fleets: readonly string[], operators: readonly WatchedRole[]): EventPattern {
  const below = fleets.map((fleet) => ({ prefix: `${evidencePath(fleet)}/` }));
  return apiCall('aws.ssm', {
    ...SUCCEEDED,
    $or: [
      ...fleets.flatMap((fleet, index) =>
        byOthers(
          { requestParameters: { name: below.slice(index, index + 1) } },
          operators.filter((operator) => operator.fleet === undefined || operator.fleet === fleet),
        ),
      ),
      { eventName: ['DeleteParameter'], requestParameters: { name: below } },
      // A policy of a parameter can let it expire, which is no call.
      { requestParameters: { name: below, policies: [{ exists: true }] } },
      { requestParameters: { names: below } },
    ],
  });
}

function byOthers(written: EventPattern, operators: readonly WatchedRole[]): readonly EventPattern[] {
  return operators.length === 0
    ? [written]
    : [
        { ...written, ...ofNoRole },
        { ...written, ...notOf(operators) },
      ];
}

/** A trail was stopped, deleted or changed: the alarms see only what trails log. */
export const TRAIL_CHANGED = apiCall('aws.cloudtrail', {
  ...SUCCEEDED,
  eventName: ['DeleteTrail', 'PutEventSelectors', 'StopLogging', 'UpdateTrail'],
});

/** A Region was turned on, whose events nobody forwards, or off. */
export const REGION_CHANGED = apiCall('aws.account', {
  ...SUCCEEDED,
  eventName: ['DisableRegion', 'EnableRegion'],
});

/** A policy of the organization was attached, changed, detached or turned off, or an account was taken away from it. */
export const ORGANIZATION_CHANGED = apiCall('aws.organizations', {
  ...SUCCEEDED,
  eventName: [
    // A policy that denies what the alarms need silences them.
    'AttachPolicy',
    'CloseAccount',
    'DeleteOrganization',
    'DeletePolicy',
    'DetachPolicy',
    'DisablePolicyType',
    'LeaveOrganization',
    'MoveAccount',
    // Another account may now attach policies, in a trail of its own.
    'PutResourcePolicy',
    'RemoveAccountFromOrganization',
    'UpdatePolicy',
  ],
});

/** The test, which begins as the schedule of a rule in the Region of IAM's events. Nothing else puts one on this bus. */
export const TEST_MESSAGE: EventPattern = { source: ['aws.events'], 'detail-type': ['Scheduled Event'] };
