/**
 * The statements of the guardrail, in its three forms. The rules this file keeps:
 *
 * - the deny is `BoolIfExists … false`, because the key is absent from requests signed with a long-term key;
 * - a deny by age is added to it and never replaces it: the age is absent without MFA;
 * - actions on users that stay open without MFA are open on the caller's own user only, whatever else allows them;
 * - signing in stays open on the console and on public clients (`aws login`) only, never on what gets tokens for a service;
 * - `iam:DeleteVirtualMFADevice` is never open without MFA;
 * - the fleet's own device path (`mfa/mfa-guardrails/`) belongs to the operator, never to self-service;
 * - a federated session of a user never carries MFA, so it is denied everything;
 * - where the policy may meet roles, every deny is limited to IAM users and their federated sessions: no role ever
 *   carries MFA.
 */
import { Aws } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { formatMfaAge, MFA_AGE, MFA_PRESENT } from '../policy/mfa-keys';
import { ROOT } from '../record/names';
import type { MfaEnforcementRules } from './mfa-enforcement-rules';
import { exemptActions, isSelfService, type OpenActions, openWithoutMfa } from './open-without-mfa';

/**
 * Makes the managed policy for users and groups, which grants what it leaves open and denies everything else.
 *
 * @param allowAwsLogin grants signing in from the command line (`aws login`) as well, which is open in any case
 */
export function identityStatements(rules: MfaEnforcementRules, allowAwsLogin: boolean): PolicyStatement[] {
  const open = openWithoutMfa(rules);
  const places = placesIn(Aws.ACCOUNT_ID);
  const federated = { ArnNotLike: { [PRINCIPAL]: places.federatedUsers } };
  return [
    new PolicyStatement({ sid: 'AllowOwnUser', actions: [...open.ownUser], resources: places.ownUser }),
    new PolicyStatement({ sid: 'AllowSignIn', actions: [...open.anywhere], resources: ['*'] }),
    new PolicyStatement({
      sid: 'AllowConsole',
      actions: [...open.signIn],
      resources: allowAwsLogin ? [places.consoles, places.publicClients] : [places.consoles],
    }),
    ...(isSelfService(rules) ? allowOwnDevices(rules, open, places) : []),
    ...denials(rules, places, rules.allowFederatedUsers ? federated : {}),
  ];
}

/** Makes the permissions boundary, which allows everything, as a boundary must, and denies IAM users what lacks MFA. */
export function boundaryStatements(rules: MfaEnforcementRules): PolicyStatement[] {
  const places = placesIn(Aws.ACCOUNT_ID);
  return [
    new PolicyStatement({ sid: 'AllowAll', actions: ['*'], resources: ['*'] }),
    ...denials(rules, places, usersOnly(places)),
  ];
}

/**
 * Makes the service control policy, which denies the IAM users of any account what lacks MFA.
 *
 * @param exemptUsers ARN patterns of the users it leaves alone
 */
export function serviceControlStatements(
  rules: MfaEnforcementRules,
  exemptUsers: readonly string[],
): PolicyStatement[] {
  // One policy for every account below its targets; an organization lies within one partition.
  const places = placesIn('*');
  const callers =
    exemptUsers.length === 0
      ? usersOnly(places)
      : { ...usersOnly(places), ArnNotLike: { [PRINCIPAL]: exemptUsers } };
  return denials(rules, places, callers);
}

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const PRINCIPAL = 'aws:PrincipalArn';

/** True where a service makes the request for the caller, with the caller's own permissions. */
const VIA_SERVICE = 'aws:ViaAWSService';

/** The ARNs in the statements. */
interface Places {
  readonly everyUser: string;
  /** The caller's own user, at the root path and under any other: a user name is unique in its account. */
  readonly ownUser: string[];
  /** Every device at the path of this package, which only operators may use. */
  readonly fleetDevices: string[];
  /** The sessions of GetFederationToken. */
  readonly federatedUsers: string;
  /** The AWS Management Console, and the applications that share its sign-in. */
  readonly consoles: string;
  /** The clients that a browser signs in for, such as the AWS CLI. */
  readonly publicClients: string;
}

function placesIn(account: string): Places {
  function arn(resource: string): string {
    return `arn:${Aws.PARTITION}:iam::${account}:${resource}`;
  }
  return {
    everyUser: arn('user/*'),
    ownUser: ['', '*/'].map((path) => arn(`user/${path}\${aws:username}`)),
    fleetDevices: [arn(`mfa/${ROOT}/*`)],
    federatedUsers: `arn:${Aws.PARTITION}:sts::${account}:federated-user/*`,
    consoles: `arn:${Aws.PARTITION}:signin:::console/*`,
    publicClients: `arn:${Aws.PARTITION}:signin:*:*:oauth2/public-client/*`,
  };
}

/** The resources with wildcards that the managed policy allows something on, with the reason of each. */
export const WILDCARDS: readonly (readonly [resource: string, reason: string])[] = [
  ['*', 'sts:GetSessionToken and iam:ListVirtualMFADevices do not support resource-level permissions.'],
  [
    placesIn(Aws.ACCOUNT_ID).ownUser[1] ?? '',
    'Only the caller, at any path: a user name is unique in its account.',
  ],
  [placesIn(Aws.ACCOUNT_ID).consoles, 'Signing in to the console, before anything else.'],
  [placesIn(Aws.ACCOUNT_ID).publicClients, 'Signing in from the command line, in any Region.'],
];

/** The session of a role, of Identity Center or of a service never carries MFA: a deny must not reach it. */
function usersOnly(places: Places): Conditions {
  return { ArnLike: { [PRINCIPAL]: places.everyUser } };
}

/** Creating a device is open; removing one needs MFA, so that a stolen password cannot strip its owner of a device. */
function allowOwnDevices(rules: MfaEnforcementRules, open: OpenActions, places: Places): PolicyStatement[] {
  const age =
    rules.maxAge === undefined ? {} : { NumericLessThan: { [MFA_AGE]: formatMfaAge(rules.maxAge) } };
  const conditions = { Bool: { [MFA_PRESENT]: 'true' }, ...age };
  return [
    // The action is authorized on devices alone, so "everywhere but there" opens nothing else.
    new PolicyStatement({
      sid: 'AllowNewDevice',
      actions: [...open.devices],
      notResources: places.fleetDevices,
    }),
    new PolicyStatement({
      sid: 'AllowDeactivationWithMfa',
      actions: ['iam:DeactivateMFADevice'],
      resources: places.ownUser,
      conditions,
    }),
    new PolicyStatement({
      sid: 'AllowDeletionWithMfa',
      actions: ['iam:DeleteVirtualMFADevice'],
      notResources: places.fleetDevices,
      conditions,
    }),
  ];
}

/** Makes every denial, for the callers who meet the conditions `callers`. */
function denials(rules: MfaEnforcementRules, places: Places, callers: Conditions): PolicyStatement[] {
  const requests: Conditions = rules.exemptServices ? { BoolIfExists: { [VIA_SERVICE]: 'false' } } : {};
  const withoutMfa = { BoolIfExists: { [MFA_PRESENT]: 'false', ...requests.BoolIfExists } };
  return [
    ...(isSelfService(rules) ? [] : [denySelfEnrollment(places, callers)]),
    ...(rules.allowFederatedUsers ? [] : [denyFederatedUsers(places)]),
    ...denyWhen('WithoutMfa', { ...callers, ...withoutMfa }, rules, places),
    ...(rules.maxAge === undefined
      ? []
      : denyWhen(
          'WithOldMfa',
          { ...callers, ...requests, ...olderThan(formatMfaAge(rules.maxAge)) },
          rules,
          places,
        )),
  ];
}

/** Denies everything, because such a session has no user name: in it "the own user" would mean nobody. */
function denyFederatedUsers(places: Places): PolicyStatement {
  return new PolicyStatement({
    sid: 'DenyFederatedUsers',
    effect: Effect.DENY,
    actions: ['*'],
    resources: ['*'],
    conditions: { ArnLike: { [PRINCIPAL]: places.federatedUsers } },
  });
}

/**
 * Matches every age that NumericLessThan in an allow or a trust policy does not match: exactly the maximum is too old
 * as well.
 */
function olderThan(seconds: string): Conditions {
  return { NumericGreaterThanEquals: { [MFA_AGE]: seconds } };
}

/** Only an operator changes the devices of these users: with MFA or without, and whatever another policy allows. */
function denySelfEnrollment(places: Places, callers: Conditions): PolicyStatement {
  return new PolicyStatement({
    sid: 'DenySelfEnrollment',
    effect: Effect.DENY,
    actions: ['iam:DeactivateMFADevice', 'iam:EnableMFADevice', 'iam:ResyncMFADevice'],
    resources: places.ownUser,
    conditions: callers,
  });
}

/**
 * The deny itself, and its edges: an open action stays open on the caller's own user only, or on what signs a person in.
 * Without them a user whose other policies allow more (an administrator's, say) could enroll a device for somebody else
 * without MFA.
 *
 * @param when ends the statements' ids: what the conditions mean
 */
function denyWhen(
  when: string,
  conditions: Conditions,
  rules: MfaEnforcementRules,
  places: Places,
): PolicyStatement[] {
  const open = openWithoutMfa(rules);
  const deny = { effect: Effect.DENY, conditions };
  return [
    new PolicyStatement({
      ...deny,
      sid: `DenyAll${when}`,
      notActions: exemptActions(open, rules.openActions ?? []),
      resources: ['*'],
    }),
    new PolicyStatement({
      ...deny,
      sid: `DenyOtherUsers${when}`,
      actions: [...open.ownUser],
      notResources: places.ownUser,
    }),
    new PolicyStatement({
      ...deny,
      sid: `DenyOtherSignIn${when}`,
      actions: [...open.signIn],
      notResources: [places.consoles, places.publicClients],
    }),
    ...(open.devices.length === 0
      ? []
      : [
          new PolicyStatement({
            ...deny,
            sid: `DenyFleetDevices${when}`,
            actions: [...open.devices],
            resources: places.fleetDevices,
          }),
        ]),
  ];
}
