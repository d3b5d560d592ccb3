/** The table of what stays open without MFA, which all forms of the guardrail are made from. */
import { Fn, Token } from 'aws-cdk-lib';
import { type MfaEnforcementRules, MfaSelfService } from './mfa-enforcement-rules';
import { requireOpenActions } from './open-actions';

/** The actions open without MFA, by the resource they are authorized on. */
export interface OpenActions {
  /** On the caller's own user. */
  readonly ownUser: readonly string[];
  /** On virtual devices. */
  readonly devices: readonly string[];
  /** On no resource in particular. */
  readonly anywhere: readonly string[];
  /** On what signs a person in: the console, and clients such as the AWS CLI. */
  readonly signIn: readonly string[];
}

/**
 * Where an account authorizes console access, Sign-In asks the policies of a user after the password, before anybody
 * could enroll a device.
 *
 * @see https://docs.aws.amazon.com/signin/latest/userguide/console-access-control.html
 */
const LOOKING: OpenActions = {
  ownUser: ['iam:GetMFADevice', 'iam:GetUser', 'iam:ListMFADevices'],
  devices: [],
  anywhere: ['sts:GetSessionToken'],
  signIn: ['signin:AuthorizeOAuth2Access', 'signin:CreateOAuth2Token'],
};

/** A FIDO key or passkey needs no more: the console registers it with EnableMFADevice. */
const ENROLLING: OpenActions = {
  ownUser: ['iam:EnableMFADevice', 'iam:ResyncMFADevice'],
  devices: ['iam:CreateVirtualMFADevice'],
  anywhere: ['iam:ListVirtualMFADevices'],
  signIn: [],
};

const PASSWORD: OpenActions = {
  ownUser: ['iam:ChangePassword'],
  devices: [],
  anywhere: ['iam:GetAccountPasswordPolicy'],
  signIn: [],
};

/** Tells whether users enroll their own devices. */
export function isSelfService(rules: MfaEnforcementRules): boolean {
  return (rules.selfService ?? MfaSelfService.ALL_DEVICES) === MfaSelfService.ALL_DEVICES;
}

/** Lists the actions that rules leave open without MFA, except those that a team adds. */
export function openWithoutMfa(rules: MfaEnforcementRules): OpenActions {
  const parts = [
    LOOKING,
    ...(isSelfService(rules) ? [ENROLLING] : []),
    ...(rules.allowPasswordChange ? [PASSWORD] : []),
  ];
  return {
    ownUser: parts.flatMap((part) => part.ownUser),
    devices: parts.flatMap((part) => part.devices),
    anywhere: parts.flatMap((part) => part.anywhere),
    signIn: parts.flatMap((part) => part.signIn),
  };
}

/**
 * Lists the actions that the denial of everything leaves out. A list that is known only at deployment is joined to ours
 * in the template.
 */
export function exemptActions(open: OpenActions, openActions: string[]): string[] {
  requireOpenActions(openActions);
  const ours = [...open.ownUser, ...open.devices, ...open.anywhere, ...open.signIn];
  if (!Token.isUnresolved(openActions)) {
    return [...ours, ...openActions];
  }
  const list = Fn.join(',', [...ours, Fn.join(',', openActions)]);
  // A statement takes a list token for the text of an action, and judges it; as a text it is left alone.
  return [Token.asString({ 'Fn::Split': [',', list] })];
}
