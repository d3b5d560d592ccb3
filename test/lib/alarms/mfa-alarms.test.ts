import { Stack } from 'aws-cdk-lib';
import type { CfnRole } from 'aws-cdk-lib/aws-iam';
import type { MfaAlarms } from '../../../lib/alarms/mfa-alarms';
import { SIGN_IN_WITHOUT_MFA } from '../../../lib/alarms/watched-events';
import { AlarmScene, HOME, makeAlarms } from './alarm-scene';
import {
  ACCOUNT,
  assumeRole,
  call,
  delivered,
  deniedAssumeRole,
  deviceCall,
  failedSignIn,
  iamUser,
  ROOT,
  roleSession,
  signIn,
  switchRole,
} from './cloudtrail-events';
import { matches } from './event-pattern';

const FLEET_PATH = '/mfa-guardrails/break-glass/';
const ALICE = iamUser('alice.breakglass', FLEET_PATH);
const ZOE = iamUser('zoe', '/people/');
const OLGA = iamUser('olga');
const OPERATOR = roleSession('OperatorRole', 'olga');
const DEVICE = `arn:aws:iam::${ACCOUNT}:mfa/mfa-guardrails/break-glass/alice.breakglass.primary.86596220000001`;
const FEDERATED = roleSession('AWSReservedSSO_Admin_0123456789abcdef', 'olga@example.com');
const STRANGER = { type: 'AWSAccount', principalId: 'AIDACKCEVSQ6C2EXAMPLE:x', accountId: '444455556666' };

const alarms = makeAlarms();
const scene = new AlarmScene(alarms);

type Row = readonly [string, Readonly<Record<string, unknown>>, readonly string[]];

describe.each<readonly [string, readonly Row[]]>([
  [
    'a console sign-in',
    [
      ['of a user without MFA', signIn(OLGA, 'No'), ['SignInWithoutMfa']],
      ['of a user with MFA', signIn(OLGA, 'Yes'), []],
      ['of root without MFA', { ...signIn(ROOT, 'No'), awsRegion: 'us-east-1' }, ['SignInWithoutMfa']],
      ['of root with MFA', { ...signIn(ROOT, 'YES'), awsRegion: 'us-east-1' }, []],
      ['of a federated user, which says No whatever happened', signIn(FEDERATED, 'No'), []],
      ['of a user of the fleet without MFA', signIn(ALICE, 'No'), ['SignInWithoutMfa', 'BreakGlassSignIn']],
      ['of a user of the fleet with MFA', signIn(ALICE, 'Yes', DEVICE), ['BreakGlassSignIn']],
      ['of a named user, at any path', signIn(ZOE, 'Yes'), ['BreakGlassSignIn2']],
      ['of a named user who is only referred to', signIn(iamUser('yan'), 'Yes'), ['BreakGlassSignIn2']],
      ['of a user named alike', signIn(iamUser('zoey'), 'Yes'), []],
      [
        'of a user at the path of another fleet',
        signIn(iamUser('alice.breakglass', '/mfa-guardrails/break-glass-2/'), 'Yes'),
        [],
      ],
      [
        'of another account’s user at the same path',
        signIn({ ...ALICE, arn: `arn:aws:iam::444455556666:user${FLEET_PATH}alice` }, 'Yes'),
        [],
      ],
    ],
  ],
  [
    'a failed console sign-in',
    [
      ['of a user of the fleet, of whom the function knows', failedSignIn('alice.breakglass'), ['Compared']],
      ['of a named user', failedSignIn('zoe'), ['BreakGlassSignIn2', 'Compared']],
      ['of a named user, as typed', failedSignIn('ZOE'), ['BreakGlassSignIn2', 'Compared']],
      ['of anybody else', failedSignIn('olga'), ['Compared']],
      ['of root', { ...failedSignIn('x'), userIdentity: ROOT }, []],
      ['of a name that is nobody’s', failedSignIn('HIDDEN_DUE_TO_SECURITY_REASONS'), []],
    ],
  ],
  [
    'a call',
    [
      [
        'of the fleet that changes',
        call(ALICE, 'ec2', 'RunInstances', { awsRegion: 'us-west-2' }),
        ['BreakGlassCall'],
      ],
      [
        'of the fleet that changes IAM',
        call(ALICE, 'iam', 'CreateAccessKey'),
        ['BreakGlassCall', 'Compared'],
      ],
      [
        'of the fleet that is refused',
        call(ALICE, 'iam', 'CreateUser', { errorCode: 'AccessDenied' }),
        ['BreakGlassCall', 'Compared'],
      ],
      ...(
        [
          ['lambda', 'CreateFunction20150331'],
          ['kms', 'CreateKey'],
          ['kms', 'DisableKey'],
          ['ssm', 'PutParameter'],
          ['ssm', 'SendCommand'],
          ['sns', 'CreateTopic'],
        ] as const
      ).map(
        ([service, action]): Row => [
          `of the fleet to ${service}, ${action}, once`,
          call(ALICE, service, action, { requestParameters: { name: '/x', keyId: 'x' } }),
          ['BreakGlassCall'],
        ],
      ),
      ['of the fleet that reads', call(ALICE, 'ec2', 'DescribeInstances'), []],
      [
        'of the fleet to STS that reads',
        call(ALICE, 'sts', 'GetCallerIdentity', { awsRegion: 'sa-east-1' }),
        ['BreakGlassCall'],
      ],
      [
        'of the fleet for a session',
        call(ALICE, 'sts', 'GetSessionToken', { readOnly: true }),
        ['BreakGlassCall'],
      ],
      ['of a named user', call(ZOE, 's3', 'DeleteBucket'), ['BreakGlassCall2']],
      ['of a named user to STS', call(ZOE, 'sts', 'GetCallerIdentity'), ['BreakGlassCall2']],
      ['of anybody else', call(OLGA, 's3', 'DeleteBucket'), []],
      ['of anybody else to STS', call(OLGA, 'sts', 'GetCallerIdentity'), []],
      ['of a role named like a user', call(roleSession('zoe', 'zoe'), 's3', 'DeleteBucket'), []],
    ],
  ],
  [
    'AssumeRole of the break-glass role',
    [
      ['by a user', assumeRole(OLGA, 'break-glass'), ['BreakGlassRole']],
      ['by another account', assumeRole(STRANGER, 'break-glass'), ['BreakGlassRole']],
      ['by another role', assumeRole(OPERATOR, 'break-glass'), ['BreakGlassRole']],
      [
        'by a web identity',
        { ...assumeRole({ type: 'WebIdentityUser' }, 'break-glass'), eventName: 'AssumeRoleWithWebIdentity' },
        ['BreakGlassRole'],
      ],
      ['by a break-glass user', assumeRole(ZOE, 'break-glass'), ['BreakGlassCall2', 'BreakGlassRole']],
      ['in the console', switchRole('break-glass', 'olga'), ['BreakGlassSwitch']],
      ['denied to a user, without parameters', deniedAssumeRole(OLGA, 'break-glass'), ['BreakGlassRole']],
      [
        'denied to a user, with the reason',
        deniedAssumeRole(OLGA, 'break-glass', ' with an explicit deny in an identity-based policy'),
        ['BreakGlassRole'],
      ],
      ['denied to another role', deniedAssumeRole(OPERATOR, 'break-glass'), ['BreakGlassRole']],
      [
        'denied to another role, with the reason',
        deniedAssumeRole(OPERATOR, 'break-glass', ' because no resource-based policy allows it'),
        ['BreakGlassRole'],
      ],
      [
        'denied to somebody, with parameters',
        assumeRole(OPERATOR, 'break-glass', { errorCode: 'AccessDenied' }),
        ['BreakGlassRole'],
      ],
    ],
  ],
  [
    'another role',
    [
      ['assumed by a user', assumeRole(OLGA, 'deployer'), []],
      ['of a like name', assumeRole(OLGA, 'not-break-glass'), []],
      [
        'of the same name in another account',
        assumeRole(OLGA, 'x', {
          requestParameters: { roleArn: 'arn:aws:iam::444455556666:role/break-glass' },
        }),
        [],
      ],
      ['assumed by a service', assumeRole({ type: 'AWSService', invokedBy: 'ec2.amazonaws.com' }, 'x'), []],
      ['assumed by a break-glass user', assumeRole(ZOE, 'deployer'), ['BreakGlassCall2']],
      ['switched to', switchRole('break-glass-2', 'olga'), []],
      ['denied to a user', deniedAssumeRole(OLGA, 'break-glass-2'), []],
      ['denied to a user, with the reason', deniedAssumeRole(OLGA, 'break-glass-2', ' with a reason'), []],
      ['of a like name denied to a role', deniedAssumeRole(OPERATOR, 'not/break-glass'), []],
    ],
  ],
  [
    'a device is',
    [
      ['created', deviceCall(OPERATOR, 'CreateVirtualMFADevice', DEVICE), ['CreateVirtualMFADevice']],
      [
        'enabled',
        deviceCall(OPERATOR, 'EnableMFADevice', DEVICE, 'alice.breakglass'),
        ['EnableMFADevice', 'Compared'],
      ],
      [
        'deactivated',
        deviceCall(OPERATOR, 'DeactivateMFADevice', DEVICE, 'alice.breakglass'),
        ['DeactivateMFADevice'],
      ],
      ['deleted', deviceCall(OPERATOR, 'DeleteVirtualMFADevice', DEVICE), ['DeleteVirtualMFADevice']],
      [
        'resynchronized',
        deviceCall(OPERATOR, 'ResyncMFADevice', DEVICE, 'alice.breakglass'),
        ['ResyncMFADevice'],
      ],
      [
        'deactivated by its own holder, once',
        deviceCall(ALICE, 'DeactivateMFADevice', DEVICE, 'alice.breakglass'),
        ['DeactivateMFADevice'],
      ],
      [
        'refused to be deactivated',
        { ...deviceCall(OLGA, 'DeactivateMFADevice', DEVICE, 'alice.breakglass'), errorCode: 'AccessDenied' },
        ['DeviceChangeRefused'],
      ],
      [
        'not enabled, for want of right codes',
        {
          ...deviceCall(OPERATOR, 'EnableMFADevice', DEVICE, 'alice.breakglass'),
          errorCode: 'InvalidAuthenticationCodeException',
        },
        [],
      ],
      ['listed', call(OPERATOR, 'iam', 'ListMFADevices'), []],
      ...['InvalidAuthenticationCodeException', 'EntityAlreadyExistsException'].map(
        (errorCode): Row => [
          `not enabled by a break-glass user, for ${errorCode}`,
          { ...deviceCall(ALICE, 'EnableMFADevice', DEVICE, 'alice.breakglass'), errorCode },
          ['BreakGlassCall'],
        ],
      ),
      [
        'refused to a break-glass user, once',
        { ...deviceCall(ZOE, 'ResyncMFADevice', DEVICE, 'alice.breakglass'), errorCode: 'AccessDenied' },
        ['DeviceChangeRefused'],
      ],
    ],
  ],
])('%s', (_, rows) => {
  test.each(rows)('%s', (_name, record, alarms) => {
    expect(scene.heard(delivered(record))).toEqual(alarms);
  });
});

test('what sets off an alarm in one Region does so in every Region that an account has by default', () => {
  const regions = [HOME, ...alarms.forwardingStacks.map(({ region }) => region)];

  expect(regions).toHaveLength(17);
  for (const awsRegion of regions) {
    const event = delivered(assumeRole(OLGA, 'break-glass', { awsRegion }));
    expect([awsRegion, scene.heard(event)]).toEqual([awsRegion, ['BreakGlassRole']]);
  }
  expect(scene.heard(delivered(assumeRole(OLGA, 'break-glass', { awsRegion: 'eu-south-1' })))).toEqual([]);
});

test('what is not about an alarm is not even forwarded', () => {
  expect(scene.forwardedBy(delivered(assumeRole(STRANGER, 'break-glass')))).toEqual(['Sts']);
  expect(scene.forwardedBy(delivered(assumeRole(STRANGER, 'not-break-glass')))).toEqual([]);
  expect(scene.forwardedBy(delivered(signIn(OLGA, 'Yes')))).toEqual(['SignIns']);
  expect(scene.forwardedBy(delivered(signIn(FEDERATED, 'No')))).toEqual([]);
  expect(scene.forwardedBy(delivered(call(ALICE, 's3', 'DeleteBucket')))).toEqual(['Calls']);
  expect(scene.forwardedBy(delivered(call(OLGA, 's3', 'DeleteBucket')))).toEqual([]);
});

test('an alarm is about users and root alone, even if more were forwarded', () => {
  expect(matches(SIGN_IN_WITHOUT_MFA, delivered(signIn(OLGA, 'No')))).toBe(true);
  expect(matches(SIGN_IN_WITHOUT_MFA, delivered(signIn(ROOT, 'No')))).toBe(true);
  expect(matches(SIGN_IN_WITHOUT_MFA, delivered(signIn(FEDERATED, 'No')))).toBe(false);
});

test('an event that somebody made up sets off nothing: its source cannot be one of AWS', () => {
  const event = delivered(call(ALICE, 'ec2', 'RunInstances'));

  expect(scene.heard(event)).toEqual(['BreakGlassCall']);
  expect(scene.heard({ ...event, source: 'my.ec2' })).toEqual([]);
});

test('a role whose name CloudFormation makes is heard of in every Region as well', () => {
  const unnamedRole = makeAlarms({ roleName: '' });
  const unnamed = new AlarmScene(unnamedRole);
  const name = roleNameIn(unnamedRole);

  expect(unnamed.heard(delivered(assumeRole(STRANGER, name)))).toEqual(['BreakGlassRole']);
  expect(unnamed.heard(delivered(assumeRole(OPERATOR, name)))).toEqual(['BreakGlassRole']);
  expect(unnamed.heard(delivered(switchRole(name, 'olga')))).toEqual(['BreakGlassSwitch']);
  expect(unnamed.heard(delivered(assumeRole(STRANGER, 'another')))).toEqual([]);
});

/** As the scene names a role that has no name. */
function roleNameIn(scope: MfaAlarms): string {
  const stack = Stack.of(scope);
  const resource = stack.node.findChild('Emergency').node.defaultChild;
  return `Home-${stack.resolve((resource as CfnRole).logicalId)}`;
}

test('a role whose name is not known is heard of when it is denied as well', () => {
  const unnamedRole = makeAlarms({ roleName: '' });
  const unnamed = new AlarmScene(unnamedRole);
  const name = roleNameIn(unnamedRole);

  expect(unnamed.heard(delivered(deniedAssumeRole(OPERATOR, name)))).toEqual(['BreakGlassRole']);
  expect(unnamed.heard(delivered(deniedAssumeRole(OPERATOR, 'another')))).toEqual([]);
});

test('without break-glass roles their alarms are not there, the others are', () => {
  const without = new AlarmScene(makeAlarms({ breakGlassRoles: [] }));

  expect(without.heard(delivered(assumeRole(OLGA, 'break-glass')))).toEqual([]);
  expect(without.forwardedBy(delivered(assumeRole(STRANGER, 'break-glass')))).toEqual([]);
  expect(without.heard(delivered(signIn(OLGA, 'No')))).toEqual(['SignInWithoutMfa']);
});
