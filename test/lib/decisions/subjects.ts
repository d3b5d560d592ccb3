/** The subjects of the tables: policies as synthesized, each with the intent that it must fulfill. */
import { Duration, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, AccountRootPrincipal, ArnPrincipal, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import {
  BreakGlassRole,
  BreakGlassUser,
  MfaEnforcedGroup,
  MfaEnforcementBoundary,
  type MfaEnforcementBoundaryProps,
  MfaEnforcementPolicy,
  type MfaEnforcementPolicyProps,
  MfaRole,
  MfaSelfService,
  MfaServiceControlPolicy,
  type MfaServiceControlPolicyProps,
  RunbookAuditor,
  RunbookOperator,
  TokenRecord,
} from '../../../lib/index';
import { ACCOUNT, rendered } from '../../support/policy-simulation';
import { emptyStack, onlyResource, smallFleet } from '../fixtures';
import type { Service } from './actions';
import { CALLER_NAMES, type CallerName, OTHER_ACCOUNT } from './callers';
import {
  CEILING_INTENTS,
  type Intent,
  OPEN_ACTIONS,
  ROLE_INTENTS,
  TRUST_INTENTS,
  USER_INTENTS,
} from './intent';
import { NO_RESOURCE, type PlaceName, placesOf, SAMPLE_RESOURCE } from './places';

/** Where a policy takes effect. */
export type Kind = 'identity' | 'boundary' | 'service control' | 'trust';

export interface Subject {
  readonly name: string;
  readonly kind: Kind;
  readonly intent: Intent;
  /** Who asks. */
  readonly callers: readonly CallerName[];
  /** The places that are told apart for this subject; all if absent. */
  readonly places?: readonly PlaceName[];
  /** The services that are asked about; all if absent. */
  readonly services?: readonly Service[];
  /** True if it is another subject with one property changed, so that most of its table would repeat the other's. */
  readonly isVariant?: boolean;
  /** MFA of at least this age counts as old; none does if absent. */
  readonly maxAgeSeconds?: number;
  /** The policy as deployed in a partition. */
  readonly policy: (partition: string) => unknown;
}

const HOUR = 3600;

const USERS: readonly CallerName[] = ['olga', 'olga under a path'];
/** Who acts with the permissions of a user, and may have none of the user's MFA keys. */
const FOR_USERS: readonly CallerName[] = ['a service acting for olga', 'a federated user'];

/** The places that distinguish users; fleet, parameter and role do not matter to them. */
const USER_PLACES: readonly PlaceName[] = [
  NO_RESOURCE,
  SAMPLE_RESOURCE,
  'the own user',
  'another user',
  'another user under a path',
  'a user whose name ends like the own',
  'a user whose name begins like the own',
  'a user under a path whose name begins like the own',
  'a holder at the path of the fleet',
  ...placesOf('mfa'),
  'a role',
  'the manifest',
  "somebody else's parameter",
  'the console',
  'a client on this machine',
  'a client on another machine',
  'a service that gets tokens',
];

function enforced(
  name: keyof typeof USER_INTENTS,
  props: MfaEnforcementPolicyProps,
  maxAgeSeconds?: number,
): Subject {
  return {
    name,
    kind: 'identity',
    intent: USER_INTENTS[name],
    callers: [...USERS, ...FOR_USERS],
    places: USER_PLACES,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    policy: deployedFrom('AWS::IAM::ManagedPolicy', 'PolicyDocument', (stack) => {
      new MfaEnforcementPolicy(stack, 'Enforcement', props);
    }),
  };
}

const FLEET_PATH = '/mfa-guardrails/break-glass/';
const MACHINES = 'arn:*:iam::*:user/machines/*';
const STRICT = { selfService: MfaSelfService.NONE, maxAge: Duration.hours(1) };

function bounded(
  name: keyof typeof CEILING_INTENTS,
  props: MfaEnforcementBoundaryProps,
  maxAgeSeconds?: number,
): Subject {
  return {
    name,
    kind: 'boundary',
    intent: CEILING_INTENTS[name],
    callers: [...USERS, ...FOR_USERS, 'the session of a role'],
    places: USER_PLACES,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    policy: deployedFrom('AWS::IAM::ManagedPolicy', 'PolicyDocument', (stack) => {
      new MfaEnforcementBoundary(stack, 'Boundary', props);
    }),
  };
}

function controlled(
  name: keyof typeof CEILING_INTENTS,
  props: MfaServiceControlPolicyProps,
  maxAgeSeconds?: number,
): Subject {
  return {
    name,
    kind: 'service control',
    intent: CEILING_INTENTS[name],
    callers: [
      ...USERS,
      ...FOR_USERS,
      'a machine user',
      'the session of a role',
      'an Identity Center session',
    ],
    places: USER_PLACES,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    policy: deployedFrom('AWS::Organizations::Policy', 'Content', (stack) => {
      new MfaServiceControlPolicy(stack, 'Scp', { ...props, exemptUsers: [MACHINES] });
    }),
  };
}

function trusted(
  name: keyof typeof TRUST_INTENTS,
  build: (stack: Stack) => unknown,
  maxAgeSeconds = HOUR,
): Subject {
  return {
    name,
    kind: 'trust',
    intent: TRUST_INTENTS[name],
    callers: CALLER_NAMES,
    places: ['the role itself'],
    services: ['sts'],
    maxAgeSeconds,
    policy: deployedFrom('AWS::IAM::Role', 'AssumeRolePolicyDocument', build),
  };
}

function acting(name: keyof typeof ROLE_INTENTS, build: (stack: Stack) => unknown): Subject {
  return {
    name,
    kind: 'identity',
    intent: ROLE_INTENTS[name],
    callers: ['the session of a role'],
    policy: deployedFrom('AWS::IAM::ManagedPolicy', 'PolicyDocument', build),
  };
}

/**
 * The policy of the only resource of a type in a stack, rendered for any partition. Users that the stack makes are at
 * the path of the fleet.
 */
function deployedFrom(
  type: string,
  property: string,
  build: (stack: Stack) => unknown,
): (partition: string) => unknown {
  const stack = emptyStack();
  build(stack);
  const document = onlyResource(stack, type)[property];
  const users = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::User'));
  return (partition) =>
    rendered(document, {
      'AWS::Partition': partition,
      ...Object.fromEntries(
        users.map(([id, { Properties }]) => [
          `${id}.Arn`,
          `arn:${partition}:iam::${ACCOUNT}:user${FLEET_PATH}${String(Properties.UserName)}`,
        ]),
      ),
    });
}

function recordIn(stack: Stack): TokenRecord {
  return new TokenRecord(stack, 'Record', { inventory: smallFleet() });
}

function operator(stack: Stack, operators: IPrincipal[] = [new AccountRootPrincipal()]): void {
  new RunbookOperator(stack, 'Operator', { record: recordIn(stack), existingHolders: ['carol'], operators });
}

function auditor(stack: Stack): void {
  new RunbookAuditor(stack, 'Auditor', { record: recordIn(stack) });
}

function breakGlassRole(stack: Stack): void {
  const enforcement = new MfaEnforcementPolicy(stack, 'Enforcement', { selfService: MfaSelfService.NONE });
  const group = new MfaEnforcedGroup(stack, 'Group', { enforcement });
  const alice = new BreakGlassUser(stack, 'Alice', { userName: 'alice.breakglass', path: FLEET_PATH, group });
  new BreakGlassRole(stack, 'Emergency', { users: [alice] });
}

function variant(subject: Subject): Subject {
  return { ...subject, isVariant: true };
}

export const USER_SUBJECTS: readonly Subject[] = [
  enforced('a user who looks after themselves', { selfService: MfaSelfService.ALL_DEVICES }),
  enforced('a break-glass user', { selfService: MfaSelfService.NONE }),
  variant(enforced('a user who may change the password first', { allowPasswordChange: true })),
  variant(enforced('a user with more left open', { openActions: OPEN_ACTIONS })),
  variant(enforced('a user who may sign in from the command line', { allowAwsLogin: true })),
  variant(enforced('a user whose federated sessions are left alone', { allowFederatedUsers: true })),
  variant(enforced('a user whose MFA may be an hour old', { maxAge: Duration.hours(1) }, HOUR)),
  variant(enforced('a break-glass user whose MFA may be an hour old', STRICT, HOUR)),
  variant(enforced('a break-glass user for whom services act', { ...STRICT, exemptServices: true }, HOUR)),
];

export const CEILING_SUBJECTS: readonly Subject[] = [
  bounded('an administrator under a boundary', {}),
  variant(bounded('an administrator under a boundary without self-service', STRICT, HOUR)),
  controlled('an account under the service control policy', {}),
  variant(controlled('an account under a strict service control policy', STRICT, HOUR)),
  variant(
    controlled(
      'a strict account whose federated users and services are left alone',
      { ...STRICT, exemptServices: true, allowFederatedUsers: true },
      HOUR,
    ),
  ),
];

export const ROLE_SUBJECTS: readonly Subject[] = [
  acting('the operator', operator),
  acting('the auditor', auditor),
];

export const TRUST_SUBJECTS: readonly Subject[] = [
  trusted('the trust of the operator', operator),
  trusted('the trust of the operator for two accounts', (stack) => {
    operator(stack, [new AccountRootPrincipal(), new AccountPrincipal(OTHER_ACCOUNT)]);
  }),
  trusted('the trust of the auditor', auditor),
  trusted('the trust of the break-glass role', breakGlassRole, 300),
  trusted('the trust of a role for one user', (stack) => {
    const olga = new ArnPrincipal(`arn:${stack.partition}:iam::${ACCOUNT}:user/olga`);
    new MfaRole(stack, 'Role', { assumedBy: olga });
  }),
  trusted('the trust of a role for another account', (stack) => {
    new MfaRole(stack, 'Role', { assumedBy: new AccountPrincipal(OTHER_ACCOUNT) });
  }),
];

export const SUBJECTS: readonly Subject[] = [
  ...USER_SUBJECTS,
  ...CEILING_SUBJECTS,
  ...ROLE_SUBJECTS,
  ...TRUST_SUBJECTS,
];
