/**
 * The actions that a team may leave open without MFA. The rules, so that a password alone never gains permissions:
 *
 * - of `iam`, only actions that read: every other one can enroll a device, remove one or escalate permissions;
 * - of `sts`, only actions that issue no credentials: no MFA rule reaches the session of a role;
 * - of any other service, actions by their name or a part of it, but never the whole service.
 */
import { Token } from 'aws-cdk-lib';

/** A service, a colon, and an action that may contain wildcards. */
const ACTION = /^([a-z0-9-]+):([a-z0-9*-]+)$/i;

/** The least length of the literal part of a pattern: `*e*` matches most of a service. */
const FEWEST_CHARACTERS = 3;

/** Prefixes of the `iam` actions that AWS classifies as reading or listing. */
const READING = ['get', 'list', 'simulate', 'generate'];

/** The actions of `sts` that issue no credentials, or only those that are always open. */
const ISSUING_NOTHING = [
  'sts:DecodeAuthorizationMessage',
  'sts:GetAccessKeyInfo',
  'sts:GetCallerIdentity',
  'sts:GetSessionToken',
];

/** Actions that people ask for, each with the reason for its refusal and an alternative. */
const ELSEWHERE: readonly (readonly [action: string, why: string])[] = [
  [
    'iam:DeleteVirtualMFADevice',
    'is never open without MFA: a stolen password could strip its owner of a device; let an operator remove it',
  ],
  [
    'iam:DeactivateMFADevice',
    'is never open without MFA: a stolen password could strip its owner of a device; let an operator remove it',
  ],
  ['iam:CreateVirtualMFADevice', 'follows selfService; use MfaSelfService.ALL_DEVICES'],
  ['iam:EnableMFADevice', 'follows selfService; use MfaSelfService.ALL_DEVICES'],
  ['iam:ResyncMFADevice', 'follows selfService; use MfaSelfService.ALL_DEVICES'],
  ['iam:ChangePassword', 'has a property of its own; use allowPasswordChange: true'],
];

/**
 * Refuses actions that must not be open without MFA. Tokens are not judged.
 *
 * @throws for the first action that is malformed, too wide or too strong, with the reason
 */
export function requireOpenActions(actions: readonly string[]): void {
  if (Token.isUnresolved(actions)) {
    return;
  }
  for (const action of actions) {
    const refusal = Token.isUnresolved(action) ? undefined : refusalOfOpenAction(action);
    if (refusal !== undefined) {
      throw new Error(`openActions names '${action}', which ${refusal}`);
    }
  }
}

/** Returns the reason why an action must not be open without MFA; `undefined` if it may be. */
export function refusalOfOpenAction(action: string): string | undefined {
  if (action === '*') {
    return 'is every action there is, which would leave nothing to deny; name the actions, such as s3:ListAllMyBuckets';
  }
  const [, service = '', name = ''] = ACTION.exec(action) ?? [];
  if (service === '') {
    return (
      'is not an action, must be a service, a colon and an action, with * for any characters of the action; write one such ' +
      'as s3:ListAllMyBuckets or s3:List*'
    );
  }
  if (/^\*+$/.test(name)) {
    return `is the whole service ${service}, must be an action of it; name the actions, such as ${service}:List*`;
  }
  switch (service.toLowerCase()) {
    case 'iam':
      return refusalOfIam(action, name);
    case 'sts':
      return refusalOfSts(action);
    default:
      return name.replaceAll('*', '').length < FEWEST_CHARACTERS
        ? `is nearly the whole service ${service}, must have ${FEWEST_CHARACTERS} characters other than wildcards; name the actions, such as ${service}:List*`
        : undefined;
  }
}

function refusalOfIam(pattern: string, name: string): string | undefined {
  // IAM ignores the case of actions. A pattern that begins with a reading verb can only match actions that read.
  if (READING.some((verb) => name.toLowerCase().startsWith(verb))) {
    return undefined;
  }
  const [action, why] = ELSEWHERE.find(([elsewhere]) => matches(pattern, elsewhere)) ?? [];
  if (action !== undefined) {
    return pattern.includes('*') ? `would open ${action}, which ${why}` : why;
  }
  return (
    'may change who can do what, and of iam only actions that read can be open without MFA: those that begin with Get, ' +
    'List, Simulate or Generate; let people sign in with MFA for it'
  );
}

function refusalOfSts(action: string): string | undefined {
  return ISSUING_NOTHING.some((safe) => safe.toLowerCase() === action.toLowerCase())
    ? undefined
    : `may issue credentials that no MFA rule holds for, and of sts only ${ISSUING_NOTHING.join(', ')} can be open without ` +
        'MFA; give the code with the call (SerialNumber and TokenCode of AssumeRole), or get a session first';
}

/** Tells whether an action matches a pattern with wildcards. */
function matches(pattern: string, action: string): boolean {
  return new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(action);
}

/** The fix for a policy that the open actions made too large. */
export const FEWER_OPEN_ACTIONS =
  'open fewer actions without MFA, or several by one wildcard such as s3:List*';

/** Counts the actions that a team has opened, for an error. */
export function describeOpenActions(actions: readonly string[] | undefined): string {
  return `open actions: ${Token.isUnresolved(actions) ? 'known at deployment' : (actions?.length ?? 0)}`;
}
