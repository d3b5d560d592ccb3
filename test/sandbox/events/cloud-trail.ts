/**
 * CloudTrail's events as EventBridge delivers them: for the calls that the alarms watch, and for console sign-ins.
 * Delivery is immediate and certain, and needs no trail.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
 */

import { randomUUID } from 'node:crypto';
import type { Caller } from '../caller';
import { isObject } from '../cloudformation/json';
import type { Json, JsonObject, ServiceName } from '../operation';

/** An event of EventBridge. */
export type CloudEvent = JsonObject & { readonly source: string; readonly 'detail-type': string };

/** The place and time of an event. */
export interface Circumstances {
  readonly account: string;
  readonly region: string;
  /** Unix milliseconds. */
  readonly at: number;
}

interface ObservedCall {
  readonly service: ServiceName;
  readonly operation: string;
  readonly caller: Caller;
  readonly input: JsonObject;
  readonly result?: JsonObject;
  readonly errorCode?: string;
  /** The service that made the call on behalf of the caller. */
  readonly via?: ServiceName | undefined;
}

export interface SignIn {
  readonly isRoot: boolean;
  /** The ARN of the user; undefined for a failed sign-in, because CloudTrail then has none. */
  readonly arn: string | undefined;
  readonly userName: string;
  readonly mfa: boolean;
  /** The device that gave the code. */
  readonly device?: string;
  readonly succeeded: boolean;
}

/** Calls to other services make no events here: a test delivers those that the alarms watch. */
const observed: ReadonlySet<ServiceName> = new Set(['iam', 'sts', 'ssm']);
/** Values that CloudTrail never shows. */
const secret = new Set([
  'AuthenticationCode1',
  'AuthenticationCode2',
  'TokenCode',
  'Password',
  'OldPassword',
  'NewPassword',
  'Base32StringSeed',
  'QRCodePNG',
  'SecretAccessKey',
  'SessionToken',
  'ExternalId',
]);
const readOnly = /^(Get|List|Describe)/;

/** @returns undefined for a call that makes no event */
export function callEvent(call: ObservedCall, circumstances: Circumstances): CloudEvent | undefined {
  const { service, operation, caller, input, result, errorCode, via } = call;
  const through = via === undefined ? undefined : `${via}.amazonaws.com`;
  if (!observed.has(service)) {
    return undefined;
  }
  const isRead = readOnly.test(operation);
  return envelope(`aws.${service}`, 'AWS API Call via CloudTrail', circumstances, {
    userIdentity: {
      ...identityOf(caller, circumstances),
      ...(through === undefined ? {} : { invokedBy: through }),
    },
    ...(through === undefined ? {} : { sourceIPAddress: through }),
    eventSource: `${service}.amazonaws.com`,
    eventName: operation,
    eventType: 'AwsApiCall',
    readOnly: isRead,
    requestParameters: Object.keys(input).length === 0 ? null : shown(withoutValue(service, input)),
    // Events of reads do not contain the answer
    responseElements: result && !isRead && Object.keys(result).length > 0 ? shown(result) : null,
    ...(errorCode === undefined ? {} : { errorCode }),
  });
}

export function signInEvent(signIn: SignIn, circumstances: Circumstances): CloudEvent {
  const { isRoot, arn, userName, mfa, device, succeeded } = signIn;
  const { account } = circumstances;
  return envelope('aws.signin', 'AWS Console Sign In via CloudTrail', circumstances, {
    userIdentity: {
      type: isRoot ? 'Root' : 'IAMUser',
      accountId: account,
      ...(isRoot ? { principalId: account } : { userName }),
      ...(arn === undefined ? { accessKeyId: '' } : { arn }),
    },
    eventSource: 'signin.amazonaws.com',
    eventName: 'ConsoleLogin',
    eventType: 'AwsConsoleSignIn',
    requestParameters: null,
    responseElements: { ConsoleLogin: succeeded ? 'Success' : 'Failure' },
    additionalEventData: {
      LoginTo: 'https://console.aws.amazon.com/console/home',
      MobileVersion: 'No',
      MFAUsed: mfa ? 'Yes' : 'No',
      ...(mfa && device !== undefined ? { MFAIdentifier: device } : {}),
    },
    ...(succeeded ? {} : { errorMessage: 'Failed authentication' }),
  });
}

/**
 * Makes the event of a call that was recorded elsewhere.
 *
 * @param detail as CloudTrail writes it, without the time and the account
 */
export function recordedEvent(detail: JsonObject, circumstances: Circumstances): CloudEvent {
  const service = String(detail.eventSource).split('.')[0];
  const isSignIn = detail.eventType === 'AwsConsoleSignIn';
  const detailType = isSignIn ? 'AWS Console Sign In via CloudTrail' : 'AWS API Call via CloudTrail';
  return envelope(`aws.${service}`, detailType, circumstances, detail);
}

/** Makes the event of a rule with a schedule. */
export function scheduledEvent(rule: string, { account, region, at }: Circumstances): CloudEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account,
    time: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [rule],
    detail: {},
  };
}

function envelope(
  source: string,
  detailType: string,
  { account, region, at }: Circumstances,
  detail: JsonObject,
): CloudEvent {
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source,
    account,
    time,
    region,
    resources: [],
    detail: {
      eventVersion: '1.11',
      sourceIPAddress: '127.0.0.1',
      ...detail,
      eventTime: time,
      awsRegion: region,
      userAgent: 'sandbox',
      eventID: randomUUID(),
      recipientAccountId: account,
      managementEvent: true,
      eventCategory: 'Management',
    },
  };
}

function identityOf(caller: Caller, { account }: Circumstances): JsonObject {
  if (caller.kind === 'root-session') {
    return { type: 'Root', principalId: account, arn: caller.arn, accountId: account };
  }
  if (caller.kind !== 'role-session') {
    return {
      type: 'IAMUser',
      principalId: caller.userId,
      arn: caller.arn,
      accountId: account,
      userName: caller.name,
    };
  }
  const [principalId] = caller.userId.split(':');
  return {
    type: 'AssumedRole',
    principalId: caller.userId,
    arn: caller.arn,
    accountId: account,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId,
        arn: caller.principalArn,
        accountId: account,
        userName: caller.name,
      },
    },
  };
}

/** Parameter Store's values are hidden, whatever they are. */
function withoutValue(service: ServiceName, input: JsonObject): JsonObject {
  return service === 'ssm' && 'Value' in input
    ? { ...input, Value: 'HIDDEN_DUE_TO_SECURITY_REASONS' }
    : input;
}

/** Converts names to CloudTrail's form and removes secrets. */
function shown(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !secret.has(name))
      .map(([name, member]) => [camelCase(name), shownValue(member)]),
  );
}

function shownValue(value: Json | undefined): Json {
  if (Array.isArray(value)) {
    return value.map(shownValue);
  }
  return isObject(value) ? shown(value) : (value ?? null);
}

/** Converts `VirtualMFADevice` to `virtualMFADevice`, and `MFADevices` to `mFADevices`. */
function camelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
