/**
 * The intent of the guardrails: what they allow and deny. It was written before the policies and apart from them: nothing
 * here is read from them.
 *
 * One line is one intent: actions, the places they aim at, and a verdict for each way to sign in, in the order of
 * SIGN_INS:
 *
 *     +  granted: allowed by the policy alone
 *     o  left to others: neither granted nor denied; who has another policy that allows it, may
 *     -  denied, whatever other policies allow
 *
 * The first line that fits a request decides. What fits no line has the verdict of `otherwise`.
 *
 * Sources: facts of AWS are from
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 * and https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 */
import type { SignIn } from '../../support/policy-simulation';
import type { CallerName } from './callers';
import type { PlaceName } from './places';

export const SIGN_INS = [
  'a long-term key',
  'a session without MFA',
  'fresh MFA',
  'MFA of yesterday',
] as const satisfies readonly SignIn[];

export type Verdict = '+' | 'o' | '-';

/** One verdict for each of SIGN_INS. */
export type Verdicts = `${Verdict}${Verdict}${Verdict}${Verdict}`;

export interface IntentLine {
  readonly verdicts: Verdicts;
  readonly actions: readonly string[];
  readonly on: readonly PlaceName[];
  /** Whose requests the line is about; everybody's if absent. */
  readonly by?: readonly CallerName[];
}

export interface Intent {
  readonly otherwise: Verdicts;
  readonly lines: readonly IntentLine[];
  /** Callers whom the policy leaves alone: `o` for everything. */
  readonly untouched?: readonly CallerName[];
  /** Callers who are denied everything. */
  readonly barred?: readonly CallerName[];
  /** Callers from whom no MFA is asked for: they are denied only what is denied with MFA as well. */
  readonly unasked?: readonly CallerName[];
}

function on(verdicts: Verdicts, places: readonly PlaceName[], actions: readonly string[]): IntentLine {
  return {
    verdicts,
    on: places,
    actions,
  };
}

const OWN = ['the own user'] as const;
const ACCOUNT = ['the account'] as const;
/** Device names are free since 2022. Below mfa/mfa-guardrails/ the devices are the operators'. */
const FREE_DEVICES = [
  'a device of any name',
  'a device under a path',
  'a device of the own name',
  "a device of somebody else's name",
  'a device whose path begins like ours',
  'a device whose name begins like our path',
  'a device of the name of the fleet elsewhere',
] as const;

/** STS answers this to whoever signs the request, even where a policy denies it. */
const IDENTITY = on('++++', ACCOUNT, ['sts:GetCallerIdentity']);

/** Not on a service that gets tokens: those let their bearer act elsewhere. */
const SIGN_IN = ['signin:AuthorizeOAuth2Access', 'signin:CreateOAuth2Token'];
const CONSOLE = ['the console'] as const;
const PUBLIC_CLIENTS = ['a client on this machine', 'a client on another machine'] as const;

/** Sign-In asks after the password, before anybody could enroll. `aws login` is open, and granted by other policies. */
const SIGN_IN_ITSELF = [on('++++', CONSOLE, SIGN_IN), on('oooo', PUBLIC_CLIENTS, SIGN_IN)];
const AWS_LOGIN = on('++++', PUBLIC_CLIENTS, SIGN_IN);

const LOOK_AT_ONESELF = ['iam:GetUser', 'iam:GetMFADevice', 'iam:ListMFADevices'];

/** Without MFA: enroll, and turn a key and a code into a session. With MFA: other policies decide, and tidy up. */
const SELF_SERVICE: readonly IntentLine[] = [
  IDENTITY,
  on('++++', ACCOUNT, ['sts:GetSessionToken', 'iam:ListVirtualMFADevices']),
  on('++++', OWN, [...LOOK_AT_ONESELF, 'iam:EnableMFADevice', 'iam:ResyncMFADevice']),
  on('++++', FREE_DEVICES, ['iam:CreateVirtualMFADevice']),
  on('--++', OWN, ['iam:DeactivateMFADevice']),
  on('--++', FREE_DEVICES, ['iam:DeleteVirtualMFADevice']),
  ...SIGN_IN_ITSELF,
];

/** Only the operator enrolls: not even with MFA does the user touch what is enrolled. */
const NO_SELF_SERVICE: readonly IntentLine[] = [
  IDENTITY,
  on('++++', ACCOUNT, ['sts:GetSessionToken']),
  on('++++', OWN, LOOK_AT_ONESELF),
  on('----', OWN, ['iam:EnableMFADevice', 'iam:ResyncMFADevice', 'iam:DeactivateMFADevice']),
  // Holders have no access key: this is their way to the command line.
  AWS_LOGIN,
  ...SIGN_IN_ITSELF,
];

/** Who must change the password at the first sign-in can enroll only afterwards. */
const FIRST_PASSWORD: readonly IntentLine[] = [
  on('++++', OWN, ['iam:ChangePassword']),
  on('++++', ACCOUNT, ['iam:GetAccountPasswordPolicy']),
];

/** The actions that a team leaves to its other policies by `openActions: OPEN_ACTIONS`. */
export const OPEN_ACTIONS = ['s3:ListAllMyBuckets', 'ec2:DescribeRegion*', 'iam:GetAccountSummary'];
const OPENED: readonly IntentLine[] = [
  on('oooo', ACCOUNT, ['s3:ListAllMyBuckets', 'ec2:DescribeRegions', 'iam:GetAccountSummary']),
];

/** MFA that is too old counts as none: `--+-` where a younger one has `--++`. */
function aged(intent: Intent): Intent {
  return {
    ...intent,
    otherwise: agedVerdicts(intent.otherwise),
    lines: intent.lines.map((line) => ({ ...line, verdicts: agedVerdicts(line.verdicts) })),
  };
}

function agedVerdicts(verdicts: Verdicts): Verdicts {
  const [key, without, fresh] = verdicts;
  return `${key}${without}${fresh}${without}` as Verdicts;
}

/** A federated session never carries MFA. */
const FEDERATED = { barred: ['a federated user'] } as const satisfies Partial<Intent>;
const LOOK_AFTER_THEMSELVES: Intent = { otherwise: '--oo', lines: SELF_SERVICE, ...FEDERATED };
const BREAK_GLASS: Intent = { otherwise: '--oo', lines: NO_SELF_SERVICE, ...FEDERATED };
const SERVICES_ACT = { unasked: ['a service acting for olga'] } as const satisfies Partial<Intent>;

/** IAM users under the enforcing policy, by how it was made. */
export const USER_INTENTS = {
  'a user who looks after themselves': LOOK_AFTER_THEMSELVES,
  'a break-glass user': BREAK_GLASS,
  'a user who may change the password first': {
    otherwise: '--oo',
    lines: [...FIRST_PASSWORD, ...SELF_SERVICE],
    ...FEDERATED,
  },
  'a user with more left open': { otherwise: '--oo', lines: [...OPENED, ...SELF_SERVICE], ...FEDERATED },
  'a user who may sign in from the command line': {
    otherwise: '--oo',
    lines: [AWS_LOGIN, ...SELF_SERVICE],
    ...FEDERATED,
  },
  'a user whose federated sessions are left alone': {
    otherwise: '--oo',
    lines: SELF_SERVICE,
    unasked: ['a federated user'],
  },
  'a user whose MFA may be an hour old': aged(LOOK_AFTER_THEMSELVES),
  'a break-glass user whose MFA may be an hour old': aged(BREAK_GLASS),
  'a break-glass user for whom services act': { ...aged(BREAK_GLASS), ...SERVICES_ACT },
} as const satisfies Record<string, Intent>;

/** A boundary or a service control policy grants nothing: what it leaves open is left to others. */
function ceiling({ otherwise, lines, ...callers }: Intent): Intent {
  return {
    ...callers,
    otherwise: ungranted(otherwise),
    lines: lines.map((line) => ({ ...line, verdicts: ungranted(line.verdicts) })),
    untouched: [
      'the session of a role',
      'an Identity Center session',
      // By `exemptUsers`: machines cannot have MFA.
      'a machine user',
    ],
  };
}

function ungranted(verdicts: Verdicts): Verdicts {
  return verdicts.replaceAll('+', 'o') as Verdicts;
}

/** Administrators under a permissions boundary, and whole accounts under a service control policy. */
export const CEILING_INTENTS = {
  'an administrator under a boundary': ceiling(LOOK_AFTER_THEMSELVES),
  'an administrator under a boundary without self-service': ceiling(aged(BREAK_GLASS)),
  'an account under the service control policy': ceiling(LOOK_AFTER_THEMSELVES),
  'an account under a strict service control policy': ceiling(aged(BREAK_GLASS)),
  'a strict account whose federated users and services are left alone': ceiling({
    ...aged(BREAK_GLASS),
    barred: [],
    unasked: ['a federated user', ...SERVICES_ACT.unasked],
  }),
} as const satisfies Record<string, Intent>;

const EVERY_USER = [
  'the own user',
  'another user',
  'another user under a path',
  'a user whose name ends like the own',
  'a user whose name begins like the own',
  'a user under a path whose name begins like the own',
  'a holder at the path of the fleet',
  'a holder who was moved',
  'a holder who was moved to a path',
  'the same holder, moved to a path',
  'another holder who was moved to the root',
  'a user whose name begins like a moved holder',
  'a user at the root whose name begins like a moved holder',
  'a user whose name begins like another moved holder',
  'a user at the root whose name begins like another moved holder',
  'a user whose name ends like a moved holder',
  'a holder from elsewhere',
  'a holder from elsewhere under a path',
  'a user whose name begins like a holder',
  'a user under a path whose name begins like a holder',
  'a user whose name ends like a holder',
  'a user at the path of all fleets',
  'a holder of another fleet',
  'a holder of a fleet whose name begins like ours',
] as const;
const HOLDERS = [
  'a holder at the path of the fleet',
  'a holder from elsewhere',
  'a holder from elsewhere under a path',
] as const;
/** A name is unique in an account: at whatever path, this is the holder. */
const MOVED_HOLDERS = [
  'a holder who was moved',
  'a holder who was moved to a path',
  'the same holder, moved to a path',
  'another holder who was moved to the root',
] as const;
const RECORD = ['the manifest', 'the path of the record', 'the path of the pages', 'a page'] as const;
const EVIDENCE = ['the path of the evidence', 'evidence of a slot'] as const;
const READ = on('++++', [...RECORD, ...EVIDENCE], ['ssm:GetParameter', 'ssm:GetParametersByPath']);

/** These calls have no narrower form than the account. */
const LISTINGS = on('++++', ACCOUNT, [
  'cloudtrail:LookupEvents',
  'iam:GetAccountPasswordPolicy',
  'iam:GetAccountSummary',
  'iam:ListAccountAliases',
  'iam:ListUsers',
  'iam:ListVirtualMFADevices',
]);

/**
 * The operator and the auditor act in the session of a role, which carries no MFA key: MFA is asked for by the trust
 * policy. They may what the commands of the runbook call; `o` is everything they are not granted.
 */
export const ROLE_INTENTS = {
  'the operator': {
    otherwise: 'oooo',
    lines: [
      IDENTITY,
      LISTINGS,
      on('++++', HOLDERS, [
        'iam:GetMFADevice',
        'iam:EnableMFADevice',
        'iam:ResyncMFADevice',
        'iam:DeactivateMFADevice',
        'iam:ListMFADevices',
      ]),
      // Retired, and nothing more: somebody moved them.
      on('++++', MOVED_HOLDERS, ['iam:DeactivateMFADevice', 'iam:ListMFADevices']),
      on(
        '++++',
        ['a device of the fleet'],
        [
          'iam:CreateVirtualMFADevice',
          'iam:TagMFADevice',
          'iam:DeleteVirtualMFADevice',
          'iam:ListMFADeviceTags',
        ],
      ),
      READ,
      on('++++', ['evidence of a slot'], ['ssm:PutParameter']),
    ],
  },
  'the auditor': {
    otherwise: 'oooo',
    lines: [IDENTITY, LISTINGS, on('++++', EVERY_USER, ['iam:ListMFADevices']), READ],
  },
} as const satisfies Record<string, Intent>;

const ASSUME = ['sts:AssumeRole'];
const ITSELF = ['the role itself'] as const;
function trustedIs(verdicts: Verdicts, by: readonly CallerName[]): IntentLine {
  return {
    ...on(verdicts, ITSELF, ASSUME),
    by,
  };
}

/** A service that carries the MFA of its caller is not told apart from the caller. */
const OLGA = ['olga', 'a service acting for olga'] as const;
const USERS_OF_THE_ACCOUNT = [...OLGA, 'olga under a path', 'a machine user'] as const;

/** A holder is a user of the fleet's account: whoever is named so elsewhere is somebody else. */
const USERS_OF_THE_OTHER = [
  'a user of another account',
  "another account's user named like a holder",
  "another account's user at the path of the fleet",
] as const;

/**
 * Who may assume a role, if their own policies allow it. The default age of MFA is an hour. Nothing but sts:AssumeRole
 * is trusted: no SAML, no web identity, no tags, no source identity.
 */
export const TRUST_INTENTS = {
  'the trust of the operator': {
    otherwise: '----',
    // Nobody enrolls their own token: no holder, wherever they live.
    lines: [trustedIs('--+-', USERS_OF_THE_ACCOUNT)],
  },
  'the trust of the operator for two accounts': {
    otherwise: '----',
    lines: [trustedIs('--+-', [...USERS_OF_THE_ACCOUNT, ...USERS_OF_THE_OTHER])],
  },
  'the trust of the auditor': {
    otherwise: '----',
    // Auditing changes nothing, so a holder may.
    lines: [
      trustedIs('--+-', [
        ...USERS_OF_THE_ACCOUNT,
        'a holder',
        'a holder who was moved to another path',
        'another holder who was moved',
        'a user at the path of the fleet whom no record names',
        'a holder from elsewhere',
        'a holder from elsewhere under a path',
      ]),
    ],
  },
  'the trust of the break-glass role': {
    otherwise: '----',
    lines: [trustedIs('--+-', ['a holder'])],
  },
  'the trust of a role for one user': {
    otherwise: '----',
    lines: [trustedIs('--+-', OLGA)],
  },
  'the trust of a role for another account': {
    otherwise: '----',
    lines: [trustedIs('--+-', USERS_OF_THE_OTHER)],
  },
} as const satisfies Record<string, Intent>;

export const INTENTS: readonly Intent[] = [
  USER_INTENTS,
  CEILING_INTENTS,
  ROLE_INTENTS,
  TRUST_INTENTS,
].flatMap((intents) => Object.values<Intent>(intents));
