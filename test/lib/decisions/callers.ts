/** Who asks, by names that an intent is written in. */
import { ACCOUNT, type Caller, federatedUser, roleSession, user } from '../../support/policy-simulation';

export const OTHER_ACCOUNT = '444455556666';

const FLEET_PATH = '/mfa-guardrails/break-glass/';

/** A service that makes a request with the permissions of its caller. */
function via(caller: Caller): Caller {
  return { ...caller, context: { ...caller.context, 'aws:ViaAWSService': 'true' } };
}

const CALLERS = {
  olga: (partition: string) => user('olga', '/', ACCOUNT, partition),
  'olga under a path': (partition: string) => user('olga', '/people/eu/', ACCOUNT, partition),
  'a service acting for olga': (partition: string) => via(user('olga', '/', ACCOUNT, partition)),
  'a federated user': (partition: string) => federatedUser('olga', ACCOUNT, partition),
  'a machine user': (partition: string) => user('ci-deploy', '/machines/', ACCOUNT, partition),
  'a holder': (partition: string) => user('alice.breakglass', FLEET_PATH, ACCOUNT, partition),
  'a holder who was moved to another path': (partition: string) =>
    user('Alice.BreakGlass', '/', ACCOUNT, partition),
  'another holder who was moved': (partition: string) =>
    user('bob.breakglass', '/people/', ACCOUNT, partition),
  'a user at the path of the fleet whom no record names': (partition: string) =>
    user('dora', FLEET_PATH, ACCOUNT, partition),
  'a holder from elsewhere': (partition: string) => user('carol', '/', ACCOUNT, partition),
  'a holder from elsewhere under a path': (partition: string) =>
    user('carol', '/people/eu/', ACCOUNT, partition),
  'a user of another account': (partition: string) => user('otto', '/', OTHER_ACCOUNT, partition),
  "another account's user named like a holder": (partition: string) =>
    user('carol', '/', OTHER_ACCOUNT, partition),
  "another account's user at the path of the fleet": (partition: string) =>
    user('alice.breakglass', FLEET_PATH, OTHER_ACCOUNT, partition),
  'a user of a third account': (partition: string) => user('trudy', '/', '777788889999', partition),
  'the session of a role': (partition: string) => roleSession('Deployer', ACCOUNT, partition),
  "the session of another account's role": (partition: string) =>
    roleSession('Deployer', OTHER_ACCOUNT, partition),
  'an Identity Center session': (partition: string) =>
    roleSession('aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef', ACCOUNT, partition),
} as const satisfies Record<string, (partition: string) => Caller>;

export type CallerName = keyof typeof CALLERS;

export const CALLER_NAMES = Object.keys(CALLERS) as readonly CallerName[];

/**
 * IAM users alone can have given MFA: neither the session of a role nor a federated one carries an MFA key, whoever
 * asked for it. A service that acts for a user may carry the user's.
 */
export function isUser(name: CallerName): boolean {
  return !name.includes('session') && name !== 'a federated user';
}

export function callerNamed(name: CallerName, partition = 'aws'): Caller {
  return CALLERS[name](partition);
}
