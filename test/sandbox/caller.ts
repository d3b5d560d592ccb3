/** Who makes a call, and what a handler of the core services may know of it. */

import type { OperationContext } from './operation';
import type { State } from './state';

/** Credentials as a client holds them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** An authenticated principal. */
export interface Caller {
  /**
   * `user-key`: an IAM user's long-term key · `user-session`: GetSessionToken's · `role-session`:
   * AssumeRole's. They differ in the MFA condition keys and in what STS and IAM let them do.
   */
  readonly kind: 'user-key' | 'user-session' | 'role-session';
  /** What GetCallerIdentity says: the user's ARN or `arn:aws:sts::…:assumed-role/ROLE/SESSION`. */
  readonly arn: string;
  /** `AIDA…` of a user, `AROA…:SESSION` of a role session. */
  readonly userId: string;
  /** The IAM user's or role's own ARN, whose policies decide. */
  readonly principalArn: string;
  /** The user's or role's name. */
  readonly name: string;
  /** When this session gave a code, unix milliseconds; only ever of a `user-session`. */
  readonly mfaAt?: number;
  /** Principal tags of the session itself. */
  readonly sessionTags?: ReadonlyMap<string, string>;
}

/** One question to the policies. */
export interface Permission {
  /** `iam:EnableMFADevice` */
  readonly action: string;
  /** The resource's ARN, or `*` for actions that have none. */
  readonly resource: string;
  /**
   * A concrete ARN to match in its place, where the resource is a pattern or a stub that the policy engine
   * cannot match.
   */
  readonly judgedAs?: string;
  /** Condition keys of this request beside those every request has. */
  readonly contextKeys?: Readonly<Record<string, string | readonly string[]>>;
  /** A role's trust policy (a JSON document), where the resource has one. */
  readonly trustPolicy?: string;
  /** Only an explicit deny refuses (sts:GetSessionToken needs no allow). */
  readonly unlessDenied?: true;
}

/** What a handler of IAM, STS and SSM may use. */
export interface CallContext extends OperationContext {
  readonly caller: Caller;
  readonly state: State;
}
