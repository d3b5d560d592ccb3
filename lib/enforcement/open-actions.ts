/**
 * The actions that a team may leave open without MFA. The rules, so that a password alone never becomes another session,
 * permissions or code:
 *
 * - of `iam`, only actions that read: every other one can enroll a device, remove one or escalate permissions;
 * - of `sts`, only actions that issue no credentials: no MFA rule reaches the session of a role;
 * - of any other service, only actions that AWS classifies as reading or listing, and of those none whose name says that
 *   it hands out what somebody can act with;
 * - a pattern is judged by every action that it matches, and one that AWS does not document is a mistake.
 */
import { Token } from 'aws-cdk-lib';
import { actionsOf, actionVerb, isReading, services } from '../policy/iam-actions';
import { matchesPattern } from '../policy/wildcards';
import { nearestWord } from '../record/nearest-word';

/** A service, a colon, and an action that may contain wildcards. */
const ACTION = /^([a-z0-9-]+):([a-z0-9*-]+)$/i;

/** The least length of the literal part of a pattern: `*e*` matches most of a service. */
const FEWEST_CHARACTERS = 3;

/** With more wrong letters, an action is more likely another one than a mistyped one. */
const MISTYPED_LETTERS = 2;

/** Prefixes of the `iam` actions that AWS classifies as reading or listing. */
const READING = ['get', 'list', 'simulate', 'generate'];

/** The actions of `sts` that issue no credentials, or only those that are always open. */
const ISSUING_NOTHING = [
  'sts:DecodeAuthorizationMessage',
  'sts:GetAccessKeyInfo',
  'sts:GetCallerIdentity',
  'sts:GetSessionToken',
];

/** Verbs of actions that act, although AWS classifies some of them as reading: a call of a model, a query, a handshake. */
const ACTING = [
  'Access',
  'Approve',
  'Assume',
  'Authenticate',
  'Authorize',
  'Call',
  'Complete',
  'Connect',
  'Create',
  'Execute',
  'Invoke',
  'Pass',
  'Register',
  'Request',
  'Reveal',
  'Run',
  'Start',
  'Use',
];

/** Verbs of actions that show what there is, and not its content. */
const LISTING = ['Describe', 'List', 'Search'];

/**
 * Matches the names of the actions that hand out something to act with: `s3:GetDataAccess` credentials of a role,
 * `acm:ExportCertificate` a private key, which IAM Roles Anywhere takes for one.
 */
const HANDED_OUT =
  /credential|token|password|secret|federation|api_?key|accesskey|keypair|streamkey|authcode|unlockcode|accessdetails|connectionstring|^get(data|compute|instance)access$|^getsessionendpoint$|^exportcertificate$|(presigned|signed|embed|session|websocket|authorization|webapp|dashboard)\w*url/i;

/** Matches those of them that even list it. */
const SHOWN_BY_LISTING = /api_?key|^describe.*credential/i;

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
  ['signin:AuthorizeOAuth2Access', 'is open on the console and on public clients; leave it out'],
  ['signin:CreateOAuth2Token', 'is open on the console and on public clients; leave it out'],
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
  const elsewhere = refusalOfElsewhere(action);
  if (elsewhere !== undefined) {
    return elsewhere;
  }
  switch (service.toLowerCase()) {
    case 'iam':
      return refusalOfIam(name) ?? refusalOfUnknown(service, name);
    case 'sts':
      return refusalOfSts(action);
    default:
      return name.replaceAll('*', '').length < FEWEST_CHARACTERS
        ? `is nearly the whole service ${service}, must have ${FEWEST_CHARACTERS} characters other than wildcards; name the actions, such as ${service}:List*`
        : (refusalOfUnknown(service, name) ?? refusalOfUse(service, name));
  }
}

function refusalOfElsewhere(pattern: string): string | undefined {
  const [action, why] = ELSEWHERE.find(([elsewhere]) => matchesPattern(pattern, elsewhere)) ?? [];
  return action !== undefined && pattern.includes('*') ? `would open ${action}, which ${why}` : why;
}

/** Returns the documented actions that a name, or a pattern, means. */
function meantBy(service: string, name: string): readonly string[] {
  const actions = actionsOf(service);
  const found = actions.get(name.toLowerCase());
  return found === undefined ? [...actions.values()].filter((each) => matchesPattern(name, each)) : [found];
}

/** Refuses a mistyped action: the statement would leave something else open than it says. */
function refusalOfUnknown(service: string, name: string): string | undefined {
  if (meantBy(service, name).length > 0) {
    return undefined;
  }
  const known = services().has(service.toLowerCase());
  // Another first letter is mostly another verb: Create for Head, Get for Set.
  const similar = [...actionsOf(service).keys()].filter((one) => one[0] === name[0]?.toLowerCase());
  const nearest = nearestWord(name, similar, MISTYPED_LETTERS);
  const meant = actionsOf(service).get(nearest ?? '');
  const fix = meant === undefined ? 'correct it' : `did you mean ${service}:${meant}?`;
  return `is ${name.includes('*') ? 'like ' : ''}no action that AWS documents${known ? '' : `, nor is '${service}' a service`}; ${fix}`;
}

/** Refuses what does more than read, and what hands out something to act with. */
function refusalOfUse(service: string, name: string): string | undefined {
  for (const action of meantBy(service, name)) {
    const why = isReading(service, action) ? reasonOf(action) : 'does more than read';
    if (why !== undefined) {
      const which = name.includes('*') ? `would open ${service}:${action}, which ` : '';
      return `${which}${why}, and only actions that read can be open without MFA; name such actions, or let people sign in with MFA for it`;
    }
  }
  return undefined;
}

function reasonOf(action: string): string | undefined {
  const verb = actionVerb(action);
  if (ACTING.includes(verb)) {
    return 'acts by its name';
  }
  const what = LISTING.includes(verb) ? SHOWN_BY_LISTING : HANDED_OUT;
  return what.test(action) ? 'hands out something to act with, by its name' : undefined;
}

function refusalOfIam(name: string): string | undefined {
  // IAM ignores the case of actions. A pattern that begins with a reading verb can only match actions that read.
  if (READING.some((verb) => name.toLowerCase().startsWith(verb))) {
    return undefined;
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

/** The fix for a policy that the open actions made too large. */
export const FEWER_OPEN_ACTIONS =
  'open fewer actions without MFA, or several by one wildcard such as s3:List*';

/** Counts the actions that a team has opened, for an error. */
export function describeOpenActions(actions: readonly string[] | undefined): string {
  return `open actions: ${Token.isUnresolved(actions) ? 'known at deployment' : (actions?.length ?? 0)}`;
}
