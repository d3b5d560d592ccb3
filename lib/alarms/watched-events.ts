/**
 * The events that cause alarms, as patterns of EventBridge.
 *
 * The shapes are CloudTrail's: a console sign-in is "AWS Console Sign In via CloudTrail" of aws.signin, everything else
 * "AWS API Call via CloudTrail". A failed sign-in carries the user's name but no ARN. Only AWS can send events whose
 * source begins with "aws.", so a pattern that names the source cannot be met by a forged event.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
 */

/** A pattern of EventBridge, as JSON. */
export type EventPattern = Readonly<Record<string, unknown>>;

/** The detail types of CloudTrail's events. */
export const SIGN_IN = 'AWS Console Sign In via CloudTrail';
export const API_CALL = 'AWS API Call via CloudTrail';

/** The prefix of the error codes of calls that were denied. */
export const ACCESS_DENIED = 'AccessDenied';

/** Matches calls that succeeded. */
export const SUCCEEDED = { errorCode: [{ exists: false }] };

/** Matches calls that CloudFormation did not make. */
export const NOT_CLOUD_FORMATION = {
  sourceIPAddress: [{ 'anything-but': ['cloudformation.amazonaws.com'] }],
};

/** Every way of assuming a role. */
export const ASSUME_ROLE = { eventName: [{ prefix: 'AssumeRole' }] };

/** The changes of a device, by the names of IAM's actions. */
export const DEVICE_EVENTS = [
  'CreateVirtualMFADevice',
  'EnableMFADevice',
  'DeactivateMFADevice',
  'DeleteVirtualMFADevice',
  'ResyncMFADevice',
] as const;

/** The name of an action that changes a device. */
export type DeviceEvent = (typeof DEVICE_EVENTS)[number];

/** Matches sign-ins to the console. */
export function signIn(detail: EventPattern): EventPattern {
  return { source: ['aws.signin'], 'detail-type': [SIGN_IN], detail };
}

/** Matches calls of an API. */
export function apiCall(source: string, detail: EventPattern): EventPattern {
  return { source: [source], 'detail-type': [API_CALL], detail };
}

/**
 * A user or the root user signed in to the console without MFA. Sign-ins of federated users and roles say that MFA was
 * not used as well, whatever their identity provider asked for, so they are left out.
 */
export const SIGN_IN_WITHOUT_MFA = signIn({
  eventName: ['ConsoleLogin'],
  userIdentity: { type: ['IAMUser', 'Root'] },
  responseElements: { ConsoleLogin: ['Success'] },
  // CloudTrail writes both "Yes" and "YES".
  additionalEventData: { MFAUsed: [{ 'equals-ignore-case': 'no' }] },
});

/** Matches a console sign-in of some of the users, whether it succeeded or failed. */
export function userSignIn(users: EventPattern): EventPattern {
  return signIn({ eventName: ['ConsoleLogin'], userIdentity: users });
}

/**
 * Matches any API call of some of the users. The home bus has only forwarded calls. A change of a device that
 * succeeded or was denied has an alarm of its own, whoever requested it; one that failed for another reason is matched here.
 */
export function userCall(users: EventPattern): EventPattern {
  return {
    source: [{ prefix: 'aws.' }],
    'detail-type': [API_CALL],
    detail: {
      userIdentity: users,
      $or: [
        { eventName: [{ 'anything-but': [...DEVICE_EVENTS] }] },
        // `anything-but` does not match an absent field, so this never matches a call that succeeded.
        { errorCode: [{ 'anything-but': { prefix: ACCESS_DENIED } }] },
      ],
    },
  };
}

/**
 * Matches attempts to assume a role, whether they succeeded or not: by anybody and in any way, because somebody may
 * have changed its trust policy.
 */
export function roleAssumed(roleArns: readonly string[]): EventPattern {
  return apiCall('aws.sts', { $or: assumptionsOf(roleArns) });
}

/** An ARN of a role, or a wildcard of EventBridge for a role whose name CloudFormation generates. */
export type RoleMatch = string | { readonly wildcard: string };

/** A role, as events name it. */
export interface WatchedRole {
  readonly arn: RoleMatch;
  /** Matches the ARNs of its sessions. */
  readonly session: { readonly prefix: string } | { readonly wildcard: string };
  /** The fleet that it operates; any, if it is not known. */
  readonly fleet?: string;
}

/**
 * Matches the two ways in which an AssumeRole names its role. CloudTrail leaves out the parameters of a call that was denied;
 * then the ARN is only in the message, at its end or before the reason.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
function assumptionsOf(roleArns: readonly string[]): readonly [EventPattern, EventPattern] {
  return [
    { ...ASSUME_ROLE, requestParameters: { roleArn: [...roleArns] } },
    {
      ...ASSUME_ROLE,
      errorCode: [{ prefix: ACCESS_DENIED }],
      errorMessage: roleArns.flatMap((arn) => [{ suffix: arn }, { wildcard: `*${arn} *` }]),
    },
  ];
}

/** Matches somebody who switched to a role in the console: the event is of the role's own session. */
export function roleSwitched(sessionArnPrefixes: readonly string[]): EventPattern {
  return signIn({
    eventName: ['SwitchRole'],
    userIdentity: { arn: sessionArnPrefixes.map((prefix) => ({ prefix })) },
  });
}

/** Matches a change of a device that succeeded. */
export function deviceChanged(event: DeviceEvent): EventPattern {
  return apiCall('aws.iam', succeeded(event));
}

function succeeded(event: DeviceEvent): EventPattern {
  return { eventName: [event], errorCode: [{ exists: false }] };
}

/** A change in IAM. Those of devices have alarms of their own. */
const IAM_CHANGE = {
  eventSource: ['iam.amazonaws.com'],
  eventName: [{ 'anything-but': [...DEVICE_EVENTS] }],
};

/** The text that CloudTrail writes instead of a name that belongs to no user: people type passwords there. */
const HIDDEN_NAME = 'HIDDEN_DUE_TO_SECURITY_REASONS';

/** Matches a call whose parameters are larger than CloudTrail writes, and name nothing. */
export const OMITTED = { requestParameters: { omitted: [{ exists: true }] } };

/** The services whose denied calls are judged. SNS has an error code of its own for a denial. */
const CHAIN_SERVICES = ['cloudformation', 'events', 'kms', 'lambda', 'monitoring', 'sns', 'sqs', 'ssm'];
const DENIED = [{ prefix: ACCESS_DENIED }, { prefix: 'AuthorizationError' }];

/** The calls that are judged by the names in them. */
const NAMED_CALLS = [
  { eventSource: ['cloudcontrolapi.amazonaws.com'] },
  { eventSource: CHAIN_SERVICES.map((service) => `${service}.amazonaws.com`), errorCode: DENIED },
  {
    eventSource: ['cloudformation.amazonaws.com'],
    eventName: [{ 'anything-but': { prefix: 'Detect' } }],
    errorCode: [{ exists: false }],
    requestParameters: { stackSetName: [{ exists: true }] },
  },
  {
    eventSource: ['cloudformation.amazonaws.com'],
    eventName: ['UpdateStackInstances', 'UpdateStackSet'],
    errorCode: [{ exists: false }],
    ...OMITTED,
  },
];

/**
 * Matches the events to compare with the record: a device that was enabled, any other change in IAM that succeeded or was
 * denied, a call that is judged by the names in it, and an IAM user whose password or code was refused. Names that are
 * nobody's are not looked up, however many of them somebody tries.
 */
export const COMPARED: EventPattern = {
  source: ['iam', 'signin', 'cloudcontrolapi', ...CHAIN_SERVICES].map((service) => `aws.${service}`),
  'detail-type': [API_CALL, SIGN_IN],
  detail: {
    $or: [
      ...NAMED_CALLS,
      succeeded('EnableMFADevice'),
      { ...IAM_CHANGE, errorCode: [{ exists: false }] },
      { ...IAM_CHANGE, errorCode: [{ prefix: ACCESS_DENIED }] },
      {
        eventName: ['ConsoleLogin'],
        userIdentity: { type: ['IAMUser'], userName: [{ 'anything-but': [HIDDEN_NAME] }] },
        responseElements: { ConsoleLogin: ['Failure'] },
      },
    ],
  },
};

/**
 * A change of a device was denied. Other failures, such as a mistyped code or a deleted device, are normal during an
 * enrollment.
 */
export const DEVICE_CHANGE_REFUSED = apiCall('aws.iam', {
  eventName: [...DEVICE_EVENTS],
  errorCode: [{ prefix: ACCESS_DENIED }],
});

/**
 * Root's password or address was changed, or somebody asked for a new password. The events of IAM users' passwords are
 * IAM's.
 */
export const ROOT_SIGN_IN_CHANGED = {
  source: ['aws.signin'],
  detail: { eventName: ['EmailUpdated', 'PasswordUpdated', { prefix: 'PasswordRecovery' }] },
};

/**
 * The states of a rule, of which the first is the default. CloudTrail's management events that only read, which for
 * EventBridge are those that begin with Get, List or Describe, are delivered in the second only.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
 */
export const WITHOUT_READS = 'ENABLED';
export const WITH_READS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** `Calls`, `Calls2`, `Calls3`, …: the first keeps its id when more are added. */
export function numbered(id: string, index: number): string {
  return index === 0 ? id : `${id}${index + 1}`;
}
