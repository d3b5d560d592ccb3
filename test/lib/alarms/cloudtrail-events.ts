/**
 * Events as EventBridge delivers them from CloudTrail, of made-up people. Their shapes are those of the CloudTrail user
 * guide (console sign-ins, device events of root) and of records people published (SwitchRole, CreateVirtualMFADevice).
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
 */

export const ACCOUNT = '111122223333';

type Json = Readonly<Record<string, unknown>>;

/** An event of EventBridge. */
export interface DeliveredEvent extends Json {
  readonly source: string;
  readonly region: string;
  readonly detail: Json;
}

/** Wraps a record of CloudTrail into the envelope of EventBridge. */
export function delivered(record: Json): DeliveredEvent {
  const detail: Json = {
    eventVersion: '1.09',
    eventTime: '2026-03-01T09:30:00Z',
    awsRegion: 'us-east-1',
    sourceIPAddress: '192.0.2.7',
    userAgent: 'Mozilla/5.0 "quoted"',
    eventID: 'd38ce1b3-4575-4cb8-a632-611b8243bfc3',
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    ...record,
  };
  const isSignIn = detail.eventType === 'AwsConsoleSignIn';
  return {
    version: '0',
    id: '8a2d1b7e-3f0c-4a44-af00-f61f0e0a1c2d',
    'detail-type': isSignIn ? 'AWS Console Sign In via CloudTrail' : 'AWS API Call via CloudTrail',
    source: `aws.${String(detail.eventSource).split('.')[0]}`,
    account: ACCOUNT,
    time: '2026-03-01T09:30:00Z',
    region: String(detail.awsRegion),
    resources: [],
    detail,
  };
}

/** An IAM user as CloudTrail writes them. `path` begins and ends with a slash. */
export function iamUser(userName: string, path = '/'): Json {
  return {
    type: 'IAMUser',
    principalId: 'AIDACKCEVSQ6C2EXAMPLE',
    arn: `arn:aws:iam::${ACCOUNT}:user${path}${userName}`,
    accountId: ACCOUNT,
    userName,
  };
}

export const ROOT = {
  type: 'Root',
  principalId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  accountId: ACCOUNT,
};

/** The session of a role, named after its user. */
export function roleSession(role: string, session: string): Json {
  return {
    type: 'AssumedRole',
    principalId: `AROACKCEVSQ6C2EXAMPLE:${session}`,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${session}`,
    accountId: ACCOUNT,
  };
}

/** A console sign-in that succeeded. */
export function signIn(userIdentity: Json, mfaUsed: 'Yes' | 'YES' | 'No', device?: string): Json {
  return {
    userIdentity,
    eventSource: 'signin.amazonaws.com',
    eventName: 'ConsoleLogin',
    eventType: 'AwsConsoleSignIn',
    awsRegion: 'eu-north-1',
    requestParameters: null,
    responseElements: { ConsoleLogin: 'Success' },
    additionalEventData: {
      LoginTo: 'https://console.aws.amazon.com/console/home',
      MobileVersion: 'No',
      MFAUsed: mfaUsed,
      ...(device === undefined ? {} : { MFAIdentifier: device }),
    },
  };
}

/** One that failed: CloudTrail writes the name of a user, and no ARN. */
export function failedSignIn(userName: string): Json {
  return {
    ...signIn(
      {
        type: 'IAMUser',
        principalId: 'AIDACKCEVSQ6C2EXAMPLE',
        accountId: ACCOUNT,
        accessKeyId: '',
        userName,
      },
      'No',
    ),
    errorMessage: 'Failed authentication',
    responseElements: { ConsoleLogin: 'Failure' },
  };
}

/** Somebody switched to a role in the console. */
export function switchRole(role: string, userName: string): Json {
  return {
    userIdentity: roleSession(role, userName),
    eventSource: 'signin.amazonaws.com',
    eventName: 'SwitchRole',
    eventType: 'AwsConsoleSignIn',
    awsRegion: 'ap-northeast-1',
    requestParameters: null,
    responseElements: { SwitchRole: 'Success' },
    additionalEventData: {
      SwitchFrom: `arn:aws:iam::${ACCOUNT}:user/${userName}`,
      RedirectTo: 'https://console.aws.amazon.com/console/home',
    },
    readOnly: false,
  };
}

/** A call of an API; IAM's are in us-east-1. */
export function call(userIdentity: Json, service: string, eventName: string, more: Json = {}): Json {
  return {
    userIdentity,
    eventSource: `${service}.amazonaws.com`,
    eventName,
    eventType: 'AwsApiCall',
    requestParameters: null,
    responseElements: null,
    requestID: '61f0e0a1-2cf7-4a44-af00-f61f0e0a1c2d',
    readOnly: /^(Get|List|Describe|AssumeRole)/.test(eventName),
    ...more,
  };
}

/** AssumeRole, in the Region of the endpoint. */
export function assumeRole(userIdentity: Json, role: string, more: Json = {}): Json {
  return call(userIdentity, 'sts', 'AssumeRole', {
    awsRegion: 'sa-east-1',
    requestParameters: {
      roleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
      roleSessionName: 'emergency',
      serialNumber: `arn:aws:iam::${ACCOUNT}:mfa/mfa-guardrails/break-glass/alice.breakglass.primary.86596220000001`,
    },
    responseElements: {
      assumedRoleUser: { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/emergency` },
    },
    ...more,
  });
}

/**
 * An AssumeRole that was denied, as CloudTrail may write it: without parameters, so that the message alone names the role.
 *
 * @param reason what follows the ARN in the message, with its leading blank
 */
export function deniedAssumeRole(userIdentity: Json, role: string, reason = ''): Json {
  return assumeRole(userIdentity, role, {
    requestParameters: null,
    responseElements: null,
    errorCode: 'AccessDenied',
    errorMessage:
      `User: ${userIdentity.arn} is not authorized to perform: sts:AssumeRole on resource: ` +
      `arn:aws:iam::${ACCOUNT}:role/${role}${reason}`,
  });
}

/** A change of a device by somebody. Creating names the device in its response, all else in its request. */
export function deviceCall(userIdentity: Json, eventName: string, device: string, userName?: string): Json {
  if (eventName === 'CreateVirtualMFADevice') {
    return call(userIdentity, 'iam', eventName, {
      requestParameters: {
        virtualMFADeviceName: device.split('/').at(-1),
        path: '/mfa-guardrails/break-glass/',
      },
      responseElements: { virtualMFADevice: { serialNumber: device } },
    });
  }
  return call(userIdentity, 'iam', eventName, {
    requestParameters: { serialNumber: device, ...(userName === undefined ? {} : { userName }) },
  });
}
