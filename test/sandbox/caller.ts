/** Callers, and the context of a call for handlers of the core services. */

import type { OperationContext } from './operation';
import type { State } from './state';

/** The credentials of a client. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** An authenticated principal. */
export interface Caller {
  /**
   * `user-key`: an IAM user's long-term key · `user-session`: GetSessionToken's · `role-session`:
   * AssumeRole's · `root-session`: AssumeRoot's. They differ in the MFA condition keys and in what STS and IAM permit.
   */
  readonly kind: 'user-key' | 'user-session' | 'role-session' | 'root-session';
  /** The ARN from GetCallerIdentity: the user's, or `arn:aws:sts::…:assumed-role/ROLE/SESSION`. */
  readonly arn: string;
  /** `AIDA…` of a user, `AROA…:SESSION` of a role session. */
  readonly userId: string;
  /** The IAM user's or role's own ARN, whose policies decide. */
  readonly principalArn: string;
  /** The user's or role's name. */
  readonly name: string;
  /** The time when this session gave a code, unix milliseconds; only for a `user-session`. */
  readonly mfaAt?: number;
  /** The time when this session was opened, unix milliseconds; absent for a long-term key. */
  readonly issuedAt?: number;
  /** Principal tags of the session itself. */
  readonly sessionTags?: ReadonlyMap<string, string>;
}

/** One permission to evaluate. */
export interface Permission {
  /** `iam:EnableMFADevice` */
  readonly action: string;
  /** The resource's ARN, or `*` for actions that have none. */
  readonly resource: string;
  /**
   * A concrete ARN to evaluate instead, where the resource is a pattern that the policy engine cannot match.
   */
  readonly judgedAs?: string;
  /** Condition keys of this request in addition to those of every request. */
  readonly contextKeys?: Readonly<Record<string, string | readonly string[]>>;
  /** The account of the resource, if it is another one than the caller's. */
  readonly account?: string;
  /** A role's trust policy (a JSON document), where the resource has one. */
  readonly trustPolicy?: string;
  /** Only an explicit deny refuses (sts:GetSessionToken needs no allow). */
  readonly unlessDenied?: true;
}

/** The context of a handler of IAM, STS and SSM. */
export interface CallContext extends OperationContext {
  readonly caller: Caller;
  readonly state: State;
}
