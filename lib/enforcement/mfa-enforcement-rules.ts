/**
 * The rules that all forms of the guardrail share: the managed policy, the permissions boundary, the service control
 * policy.
 */
import type { Duration } from 'aws-cdk-lib';

/** The actions that users may take on their own MFA devices. */
export class MfaSelfService {
  /**
   * Users enroll, resynchronize and (with MFA) remove their own devices, virtual or FIDO, under any name.
   *
   * For people who manage their own devices: the way from a new user to an enrolled device is open without MFA.
   */
  public static readonly ALL_DEVICES = new MfaSelfService('ALL_DEVICES');

  /**
   * Users can only look at their own devices; only the operator enrolls and changes them, with MFA or without.
   *
   * For break-glass users. Resynchronizing is denied too: it accepts codes that are hours old, so somebody with the
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

/** The actions that stay open without MFA, and the age up to which MFA counts: the same for every form of the guardrail. */
export interface MfaEnforcementRules {
  /**
   * The actions that users may take on their own MFA devices.
   *
   * @default MfaSelfService.ALL_DEVICES - users enroll their own devices
   */
  readonly selfService?: MfaSelfService;

  /**
   * Allows users to change their own password before they have MFA.
   *
   * Users who were given a password that must be changed at first sign-in cannot enroll a device before they change
   * it: without this they are locked out. With it, somebody who learned a password can change it.
   *
   * @default false - changing the password needs MFA, and a permission from another policy
   */
  readonly allowPasswordChange?: boolean;

  /**
   * More actions that stay open without MFA, such as `s3:ListAllMyBuckets` or `ec2:Describe*`.
   *
   * They are exempt from the denial but not allowed: the permission comes from other policies. Only actions that AWS
   * classifies as reading or listing are accepted, of `sts` only those that issue no credentials, and none whose name says
   * that it acts or hands out credentials, tokens, passwords, secrets or keys; whole services are refused. Actions that this
   * package opens only on the caller's own user, such as `iam:GetUser`, stay limited to it. An action known only at deployment is not judged.
   *
   * @default - none
   */
  readonly openActions?: string[];

  /**
   * The age up to which MFA counts, 1 minute to 36 hours: a sign-in with MFA that is this old, or older, counts as one
   * without.
   *
   * Nobody is locked out: the actions that are open without MFA stay open, so users can get a new session.
   *
   * @default - as long as the session lasts, at most 36 hours
   */
  readonly maxAge?: Duration;

  /**
   * Exempts the requests that a service makes for a user (forward access sessions, `aws:ViaAWSService`).
   *
   * AWS does not say which services carry the caller's MFA into such requests; without this, one that does not carry it is
   * denied. The cost: whoever reaches such a service without MFA acts through it without MFA, and a service that was
   * started continues when the caller's MFA has become too old. Starting one needs MFA, unless `openActions` opens it. The own
   * devices of a user without self-service stay closed to services as well.
   *
   * @default false - services act for a user only with MFA
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
   */
  readonly exemptServices?: boolean;

  /**
   * Leaves federated sessions of users (`sts:GetFederationToken`) alone.
   *
   * Such a session never carries MFA, and lasts up to 36 hours. A service control policy cannot tell those of exempt
   * users from others.
   *
   * @default false - a federated session is denied everything
   */
  readonly allowFederatedUsers?: boolean;
}

/**
 * Returns the rules without the other props of a form, for giving two forms the same rules: then neither denies what the other
 * opens.
 */
export function sharedRules(props: MfaEnforcementRules): MfaEnforcementRules {
  const { selfService, allowPasswordChange, openActions, maxAge, exemptServices, allowFederatedUsers } =
    props;
  return {
    ...(selfService === undefined ? {} : { selfService }),
    ...(allowPasswordChange === undefined ? {} : { allowPasswordChange }),
    ...(openActions === undefined ? {} : { openActions }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(exemptServices === undefined ? {} : { exemptServices }),
    ...(allowFederatedUsers === undefined ? {} : { allowFederatedUsers }),
  };
}
