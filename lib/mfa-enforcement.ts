/**
 * Deny without MFA. The rules this file keeps:
 *
 * - the deny is `BoolIfExists … false`, because the key is absent from requests signed with a long-term key;
 * - what stays open without MFA is open on the caller's own user only, whatever else allows it;
 * - `iam:DeleteVirtualMFADevice` is never open without MFA;
 * - the fleet's own device path (`mfa/mfa-guardrails/`) belongs to the operator, never to self-service.
 */
import { Aws } from 'aws-cdk-lib';
import {
  Effect,
  Group,
  type IGroupRef,
  type IRole,
  type IUser,
  ManagedPolicy,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ROOT } from './record/names';

/** What users may do about their own MFA devices. */
export class MfaSelfService {
  /**
   * Users enrol, resynchronise and (with MFA) remove their own devices, virtual or FIDO, under any name.
   *
   * For people who look after themselves: the way from a new user to an enrolled device is open without MFA.
   */
  public static readonly ALL_DEVICES = new MfaSelfService('ALL_DEVICES');

  /**
   * Users can only look at their own devices; enrolling and every change is the operator's, with MFA or without.
   *
   * For break-glass users. Resynchronising is closed too: it accepts codes that are hours old, so somebody with the
   * password and a few codes seen long ago could shift the device's clock back to them.
   */
  public static readonly NONE = new MfaSelfService('NONE');

  /** The name of the constant. */
  public readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** The name of the constant. */
  public toString(): string {
    return this.name;
  }
}

/** Properties of an MfaEnforcementPolicy. */
export interface MfaEnforcementPolicyProps {
  /**
   * What users may do about their own MFA devices.
   *
   * @default MfaSelfService.ALL_DEVICES - users enrol their own devices
   */
  readonly selfService?: MfaSelfService;

  /**
   * Whether users may change their own password before they have MFA.
   *
   * Users who were given a password that must be changed at first sign-in cannot enrol a device before they changed
   * it: without this they are locked out. With it, somebody who learnt a password can change it.
   *
   * @default false - changing the password needs MFA, and a permission from another policy
   */
  readonly allowPasswordChange?: boolean;

  /**
   * The name of the policy.
   *
   * @default - CloudFormation generates a name
   */
  readonly managedPolicyName?: string;

  /**
   * The groups to attach the policy to.
   *
   * @default - attached to no group; use `attachToGroup` or an MfaEnforcedGroup
   */
  readonly groups?: IGroupRef[];

  /**
   * The users to attach the policy to.
   *
   * @default - attached to no user; use `attachToUser`
   */
  readonly users?: IUser[];
}

/**
 * A managed policy that denies everything but MFA self-service until MFA is present.
 *
 * It allows what it leaves open, and nothing else: what users may do with MFA comes from other policies. It works for
 * users at any IAM path, for any device name, for virtual and FIDO devices, in every partition, in the console and on
 * the command line (`sts:GetSessionToken` stays open, so that a long-term key and a code become a session with MFA).
 *
 * Attach it to groups or users. A role is refused: the session of a role never carries MFA.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 * @example
 * declare const developers: iam.Group;
 *
 * new MfaEnforcementPolicy(this, 'Enforcement', {
 *   groups: [developers],
 *   allowPasswordChange: true, // new developers must change their first password
 * });
 */
export class MfaEnforcementPolicy extends ManagedPolicy {
  /** What users may do about their own MFA devices. */
  public readonly selfService: MfaSelfService;

  public constructor(scope: Construct, id: string, props: MfaEnforcementPolicyProps = {}) {
    const selfService = props.selfService ?? MfaSelfService.ALL_DEVICES;
    super(scope, id, {
      description: `Denies everything but MFA self-service (${selfService.name}) until MFA is present`,
      statements: statementsFor(selfService, props.allowPasswordChange ?? false),
      ...(props.managedPolicyName === undefined ? {} : { managedPolicyName: props.managedPolicyName }),
      ...(props.groups === undefined ? {} : { groups: props.groups }),
      ...(props.users === undefined ? {} : { users: props.users }),
    });
    this.selfService = selfService;
  }

  /**
   * Always refused: the session of a role never carries MFA, so the role would be denied everything.
   *
   * @param role the role
   * @throws always
   */
  public override attachToRole(role: IRole): void {
    throw new Error(
      `MfaEnforcementPolicy '${this.node.path}' cannot be attached to role '${role.node.path}': the session of a role ` +
        'never carries MFA, so the role would be denied everything; attach the policy to a group or a user, and ask ' +
        'for MFA in the trust of the role with MfaRole',
    );
  }
}

/** Properties of an MfaEnforcedGroup. */
export interface MfaEnforcedGroupProps {
  /** The policy every member of the group is under. */
  readonly enforcement: MfaEnforcementPolicy;

  /**
   * The name of the group.
   *
   * @default - CloudFormation generates a name
   */
  readonly groupName?: string;
}

/**
 * A group whose members are under an MfaEnforcementPolicy.
 *
 * @example
 * const enforcement = new MfaEnforcementPolicy(this, 'Enforcement', { selfService: MfaSelfService.NONE });
 * const group = new MfaEnforcedGroup(this, 'Group', { enforcement });
 */
export class MfaEnforcedGroup extends Group {
  /** The policy every member of the group is under. */
  public readonly enforcement: MfaEnforcementPolicy;

  public constructor(scope: Construct, id: string, props: MfaEnforcedGroupProps) {
    super(scope, id, {
      managedPolicies: [props.enforcement],
      ...(props.groupName === undefined ? {} : { groupName: props.groupName }),
    });
    this.enforcement = props.enforcement;
  }
}

/** The actions open without MFA, by the resource they are authorised on. */
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

/** The caller's own user, at the root path and under any other: a user name is unique in its account. */
const OWN_USER = ['', '*/'].map(
  (path) => `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:user/${path}\${aws:username}`,
);

/** Every device at the path of this package, which only operators may use. */
const FLEET_DEVICES = [`arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:mfa/${ROOT}/*`];

const WITHOUT_MFA = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } };
const WITH_MFA = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };

function statementsFor(selfService: MfaSelfService, allowPasswordChange: boolean): PolicyStatement[] {
  const enrols = selfService === MfaSelfService.ALL_DEVICES;
  const parts = [LOOKING, ...(enrols ? [ENROLLING] : []), ...(allowPasswordChange ? [PASSWORD] : [])];
  const open: OpenActions = {
    ownUser: parts.flatMap((part) => part.ownUser),
    devices: parts.flatMap((part) => part.devices),
    anywhere: parts.flatMap((part) => part.anywhere),
  };
  return [
    new PolicyStatement({ sid: 'AllowOwnUser', actions: [...open.ownUser], resources: OWN_USER }),
    new PolicyStatement({ sid: 'AllowSignIn', actions: [...open.anywhere], resources: ['*'] }),
    ...(enrols ? allowOwnDevices(open) : [denySelfEnrolment()]),
    ...denyWithoutMfa(open),
  ];
}

/** Creating a device is open; removing one needs MFA, so that a stolen password cannot strip its owner of a device. */
function allowOwnDevices(open: OpenActions): PolicyStatement[] {
  return [
    // The action is authorised on devices alone, so "everywhere but there" opens nothing else.
    new PolicyStatement({ sid: 'AllowNewDevice', actions: [...open.devices], notResources: FLEET_DEVICES }),
    new PolicyStatement({
      sid: 'AllowDeactivationWithMfa',
      actions: ['iam:DeactivateMFADevice'],
      resources: OWN_USER,
      conditions: WITH_MFA,
    }),
    new PolicyStatement({
      sid: 'AllowDeletionWithMfa',
      actions: ['iam:DeleteVirtualMFADevice'],
      notResources: FLEET_DEVICES,
      conditions: WITH_MFA,
    }),
  ];
}

/** With MFA or without, and whatever another policy allows: only an operator changes the devices of these users. */
function denySelfEnrolment(): PolicyStatement {
  return new PolicyStatement({
    sid: 'DenySelfEnrolment',
    effect: Effect.DENY,
    actions: ['iam:DeactivateMFADevice', 'iam:EnableMFADevice', 'iam:ResyncMFADevice'],
    resources: OWN_USER,
  });
}

/**
 * The deny itself, and its edges: an open action stays open on the caller's own user only. Without them a user
 * whose other policies allow more (an administrator's, say) could enrol a device for somebody else without MFA.
 */
function denyWithoutMfa(open: OpenActions): PolicyStatement[] {
  const deny = { effect: Effect.DENY, conditions: WITHOUT_MFA };
  return [
    new PolicyStatement({
      ...deny,
      sid: 'DenyAllWithoutMfa',
      notActions: [...open.ownUser, ...open.devices, ...open.anywhere],
      resources: ['*'],
    }),
    new PolicyStatement({
      ...deny,
      sid: 'DenyOtherUsersWithoutMfa',
      actions: [...open.ownUser],
      notResources: OWN_USER,
    }),
    ...(open.devices.length === 0
      ? []
      : [
          new PolicyStatement({
            ...deny,
            sid: 'DenyFleetDevicesWithoutMfa',
            actions: [...open.devices],
            resources: FLEET_DEVICES,
          }),
        ]),
  ];
}
