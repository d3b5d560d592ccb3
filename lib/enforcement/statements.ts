/**
 * The statements of the guardrail, in its three forms. The rules this file keeps:
 *
 * - the deny is `BoolIfExists … false`, because the key is absent from requests signed with a long-term key;
 * - a deny by age is added to it and never replaces it: the age is absent without MFA;
 * - actions on users that stay open without MFA are open on the caller's own user only, whatever else allows them;
 * - `iam:DeleteVirtualMFADevice` is never open without MFA;
 * - the fleet's own device path (`mfa/mfa-guardrails/`) belongs to the operator, never to self-service;
 * - where the policy may meet roles, every deny is limited to IAM users: no role ever carries MFA.
 */
import { Aws, Fn, Token } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { formatMfaAge, MFA_AGE, MFA_PRESENT } from '../policy/mfa-keys';
import { ROOT } from '../record/names';
import { type MfaEnforcementRules, MfaSelfService } from './mfa-enforcement-rules';
import { requireOpenActions } from './open-actions';

/** Makes the managed policy for users and groups, which grants what it leaves open and denies everything else. */
export function identityStatements(rules: MfaEnforcementRules): PolicyStatement[] {
  const open = openWithoutMfa(rules);
  const places = placesIn(Aws.ACCOUNT_ID);
  return [
    new PolicyStatement({ sid: 'AllowOwnUser', actions: [...open.ownUser], resources: places.ownUser }),
    new PolicyStatement({ sid: 'AllowSignIn', actions: [...open.anywhere], resources: ['*'] }),
    ...(isSelfService(rules) ? allowOwnDevices(rules, open, places) : []),
    ...denials(rules, open, places, {}),
  ];
}

/** Makes the permissions boundary, which allows everything, as a boundary must, and denies IAM users what lacks MFA. */
export function boundaryStatements(rules: MfaEnforcementRules): PolicyStatement[] {
  const places = placesIn(Aws.ACCOUNT_ID);
  return [
    new PolicyStatement({ sid: 'AllowAll', actions: ['*'], resources: ['*'] }),
    ...denials(rules, openWithoutMfa(rules), places, usersOnly(places)),
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
  return denials(rules, openWithoutMfa(rules), places, callers);
}

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const PRINCIPAL = 'aws:PrincipalArn';

/** The actions open without MFA, by the resource they are authorized on. */
interface OpenActions {
  /** On the caller's own user. */
  readonly ownUser: readonly string[];
  /** On virtual devices. */
  readonly devices: readonly string[];
  /** On no resource in particular. */
  readonly anywhere: readonly string[];
}

const LOOKING: OpenActions = {
  ownUser: ['iam:GetMFADevice', 'iam:GetUser', 'iam:ListMFADevices'],
  devices: [],
  anywhere: ['sts:GetSessionToken'],
};

/** A FIDO key or passkey needs no more: the console registers it with EnableMFADevice. */
const ENROLLING: OpenActions = {
  ownUser: ['iam:EnableMFADevice', 'iam:ResyncMFADevice'],
  devices: ['iam:CreateVirtualMFADevice'],
  anywhere: ['iam:ListVirtualMFADevices'],
};

const PASSWORD: OpenActions = {
  ownUser: ['iam:ChangePassword'],
  devices: [],
  anywhere: ['iam:GetAccountPasswordPolicy'],
};

function isSelfService(rules: MfaEnforcementRules): boolean {
  return (rules.selfService ?? MfaSelfService.ALL_DEVICES) === MfaSelfService.ALL_DEVICES;
}

function openWithoutMfa(rules: MfaEnforcementRules): OpenActions {
  const parts = [
    LOOKING,
    ...(isSelfService(rules) ? [ENROLLING] : []),
    ...(rules.allowPasswordChange ? [PASSWORD] : []),
  ];
  return {
    ownUser: parts.flatMap((part) => part.ownUser),
    devices: parts.flatMap((part) => part.devices),
    anywhere: parts.flatMap((part) => part.anywhere),
  };
}

/** The ARNs in the statements. */
interface Places {
  readonly everyUser: string;
  /** The caller's own user, at the root path and under any other: a user name is unique in its account. */
  readonly ownUser: string[];
  /** Every device at the path of this package, which only operators may use. */
  readonly fleetDevices: string[];
}

function placesIn(account: string): Places {
  function arn(resource: string): string {
    return `arn:${Aws.PARTITION}:iam::${account}:${resource}`;
  }
  return {
    everyUser: arn('user/*'),
    ownUser: ['', '*/'].map((path) => arn(`user/${path}\${aws:username}`)),
    fleetDevices: [arn(`mfa/${ROOT}/*`)],
  };
}

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
function denials(
  rules: MfaEnforcementRules,
  open: OpenActions,
  places: Places,
  callers: Conditions,
): PolicyStatement[] {
  const withoutMfa = { ...callers, BoolIfExists: { [MFA_PRESENT]: 'false' } };
  const exempt = exemptActions(open, rules.openActions ?? []);
  return [
    ...(isSelfService(rules) ? [] : [denySelfEnrollment(places, callers)]),
    ...denyWhen('WithoutMfa', withoutMfa, exempt, open, places),
    ...(rules.maxAge === undefined
      ? []
      : denyWhen(
          'WithOldMfa',
          { ...callers, ...olderThan(formatMfaAge(rules.maxAge)) },
          exempt,
          open,
          places,
        )),
  ];
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
 * The deny itself, and its edges: an open action stays open on the caller's own user only. Without them a user
 * whose other policies allow more (an administrator's, say) could enroll a device for somebody else without MFA.
 *
 * @param when ends the statements' ids: what the conditions mean
 */
function denyWhen(
  when: string,
  conditions: Conditions,
  exempt: string[],
  open: OpenActions,
  places: Places,
): PolicyStatement[] {
  const deny = { effect: Effect.DENY, conditions };
  return [
    new PolicyStatement({ ...deny, sid: `DenyAll${when}`, notActions: exempt, resources: ['*'] }),
    new PolicyStatement({
      ...deny,
      sid: `DenyOtherUsers${when}`,
      actions: [...open.ownUser],
      notResources: places.ownUser,
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

/**
 * Lists the actions that the denial of everything leaves out. A list that is known only at deployment is joined to ours
 * in the template.
 */
function exemptActions(open: OpenActions, openActions: string[]): string[] {
  requireOpenActions(openActions);
  const ours = [...open.ownUser, ...open.devices, ...open.anywhere];
  if (!Token.isUnresolved(openActions)) {
    return [...ours, ...openActions];
  }
  const list = Fn.join(',', [...ours, Fn.join(',', openActions)]);
  // A statement takes a list token for the text of an action, and judges it; as a text it is left alone.
  return [Token.asString({ 'Fn::Split': [',', list] })];
}
