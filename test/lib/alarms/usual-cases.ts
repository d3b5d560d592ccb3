/** The events of people and operators at work, as CloudTrail writes them, each of which is an alarm. */
import { DEVICE_EVENTS } from '../../../lib/alarms/watched-events';
import * as events from './cloudtrail-events';

const ALICE = events.iamUser('alice.breakglass', '/mfa-guardrails/break-glass/');
const OLGA = events.iamUser('olga');
const OPERATOR = events.roleSession('OperatorRole', 'olga');
const DEVICE = `arn:aws:iam::${events.ACCOUNT}:mfa/mfa-guardrails/break-glass/alice.breakglass.primary.86596220000001`;

/** The events that have always been alarms: sign-ins, break-glass users and roles, and devices. */
export const USUAL_CASES: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['a user signs in without MFA', events.signIn(OLGA, 'No')],
  ['a user of the fleet signs in', events.signIn(ALICE, 'Yes', DEVICE)],
  ['a named user fails to sign in', events.failedSignIn('zoe')],
  ['a user of the fleet is refused', events.call(ALICE, 'iam', 'CreateUser', { errorCode: 'AccessDenied' })],
  ['a user of the fleet asks who they are', events.call(ALICE, 'sts', 'GetCallerIdentity')],
  ['a user assumes the break-glass role', events.assumeRole(OLGA, 'break-glass')],
  [
    'another account assumes the break-glass role',
    events.assumeRole({ type: 'AWSAccount', accountId: '444455556666' }, 'break-glass'),
  ],
  ['a user switches to the break-glass role', events.switchRole('break-glass', 'zoe')],
  ...DEVICE_EVENTS.map(
    (name) =>
      [
        `the operator calls ${name}`,
        events.deviceCall(
          OPERATOR,
          name,
          DEVICE,
          name === 'DeleteVirtualMFADevice' ? undefined : 'alice.breakglass',
        ),
      ] as const,
  ),
  [
    'a break-glass user types a wrong code',
    {
      ...events.deviceCall(ALICE, 'ResyncMFADevice', DEVICE, 'alice.breakglass'),
      errorCode: 'InvalidAuthenticationCodeException',
    },
  ],
  ['the break-glass role is denied', events.deniedAssumeRole(OLGA, 'break-glass')],
  [
    'somebody may not deactivate a device',
    {
      ...events.deviceCall(OLGA, 'DeactivateMFADevice', DEVICE, 'alice.breakglass'),
      errorCode: 'AccessDenied',
    },
  ],
];
