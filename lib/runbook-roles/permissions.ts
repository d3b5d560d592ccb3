/** The permissions of the roles of the runbook: on a fleet's devices, its holders, its record and its evidence. */
import { Aws, Token } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { arnsBelow, parameterArn } from '../fleet/parameter-arns';
import type { TokenRecord } from '../fleet/token-record';
import type { Wildcard } from '../policy/acknowledgements';
import { isListToken } from '../policy/aws-ids';
import { devicePath, evidencePath } from '../record/names';
import { HOLDER_RULE, textProblem } from '../record/rules';

/** The users whose devices the operator assigns: all at the fleet's path, and those who are named. */
export class HolderUsers {
  public readonly arns: string[];
  /** Those that a holder of the record has elsewhere than at the fleet's path, or after somebody moved them. */
  public readonly movedArns: string[];
  private readonly fleetArn: string;

  /**
   * @param names user names of holders elsewhere than at the fleet's path
   * @param others user names of the other holders
   * @throws for a name that IAM would not accept
   */
  public constructor(fleet: string, names: readonly string[], others: readonly string[]) {
    requireUserNames(names);
    this.fleetArn = iamArn('user', devicePath(fleet), '*');
    this.arns = [this.fleetArn, ...atAnyPath(names)];
    this.movedArns = atAnyPath(others);
  }

  /** Returns the trust statement that denies every user at the fleet's path. */
  public denialByPath(): PolicyStatement {
    return new PolicyStatement({
      ...DENY_ASSUMING,
      sid: 'DenyHolders',
      principals: [new AnyPrincipal()],
      conditions: { ArnLike: { 'aws:PrincipalArn': this.fleetArn } },
    });
  }
}

/** A user name is unique in its account, so "at any path" is still that one user. */
function atAnyPath(names: readonly string[]): string[] {
  return names.flatMap((name) => [iamArn('user', '/', name), iamArn('user', '/*/', name)]);
}

const DENY_ASSUMING = { effect: Effect.DENY, actions: ['sts:AssumeRole'] };

/**
 * Returns the trust statement that denies holders by their names, at any path: who may call iam:UpdateUser can move a user.
 *
 * @param names at least one
 */
export function denialByName(names: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    ...DENY_ASSUMING,
    sid: 'DenyNamedHolders',
    principals: [new AnyPrincipal()],
    // As isSameUser: the inventory may not spell a name as IAM does.
    conditions: {
      StringEqualsIgnoreCase: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID, 'aws:username': [...names] },
    },
  });
}

/** Returns the statement that denies a holder, by their own policies, to assume the operator's role. */
export function denialOfOperating(roleArn: string): PolicyStatement {
  return new PolicyStatement({ ...DENY_ASSUMING, sid: 'DenyOperatorRole', resources: [roleArn] });
}

/** Returns the ARN pattern of the devices of a fleet. */
export function fleetDeviceArn(fleet: string): string {
  return iamArn('mfa', devicePath(fleet), '*');
}

/**
 * Allows reading what has no narrower form than the account: its virtual devices, its alias (by which AWS labels a
 * QR code), the sign-ins that prove a security key or a token of root, and the users, counts and password policy by
 * which `plan` finds what will lock a holder out.
 */
export function listDevices(): PolicyStatement {
  return new PolicyStatement({
    sid: 'Listings',
    actions: [
      'cloudtrail:LookupEvents',
      'iam:GetAccountPasswordPolicy',
      'iam:GetAccountSummary',
      'iam:ListAccountAliases',
      'iam:ListUsers',
      'iam:ListVirtualMFADevices',
    ],
    resources: ['*'],
  });
}

/** Every user of the account. */
export const EVERY_USER = iamArn('user', '/', '*');

/** Allows listing the devices of every user, which alone shows FIDO and hardware devices. */
export function listUserDevices(): PolicyStatement {
  return new PolicyStatement({
    sid: 'UserDevices',
    actions: ['iam:ListMFADevices'],
    resources: [EVERY_USER],
  });
}

/**
 * Allows looking at the devices of root users in other accounts, and nothing else there.
 *
 * @param auditRoleArns roles of those accounts
 * @param allowAssumeRoot in an organization with centralized root access, sessions of the audit task alone
 */
export function lookAtRoots(auditRoleArns: readonly string[], allowAssumeRoot: boolean): PolicyStatement[] {
  requireRoleArns(auditRoleArns);
  return [
    ...(auditRoleArns.length === 0
      ? []
      : [
          new PolicyStatement({
            sid: 'RootAuditRoles',
            actions: ['sts:AssumeRole'],
            resources: [...auditRoleArns],
          }),
        ]),
    ...(allowAssumeRoot
      ? [
          new PolicyStatement({
            sid: 'RootAuditSessions',
            actions: ['sts:AssumeRoot'],
            resources: [EVERY_ROOT],
            conditions: { ArnEquals: { 'sts:TaskPolicyArn': AUDIT_TASK } },
          }),
        ]
      : []),
  ];
}

/** The root users of the organization's accounts. */
export const EVERY_ROOT = `arn:${Aws.PARTITION}:iam::*:root`;

/** The one task policy of AssumeRoot that only reads. */
const AUDIT_TASK = `arn:${Aws.PARTITION}:iam::aws:policy/root-task/IAMAuditRootUserCredentials`;

function requireRoleArns(arns: readonly string[]): void {
  for (const arn of arns) {
    // A wildcard, or a variable such as ${aws:username}, would reach roles that do more than audit.
    if (!Token.isUnresolved(arn) && !/^arn:aws[a-z0-9-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(arn)) {
      throw new Error(
        `rootAuditRoleArns has '${arn}', must be the ARNs of roles without wildcards, such as ` +
          "'arn:aws:iam::444455556666:role/mfa-audit'",
      );
    }
  }
}

/** Allows reading the record and the evidence, and no other parameter. */
export function readParameters(record: TokenRecord): PolicyStatement {
  return new PolicyStatement({
    sid: 'RecordAndEvidence',
    actions: ['ssm:GetParameter', 'ssm:GetParametersByPath'],
    resources: [...arnsBelow(record, record.path), ...arnsBelow(record, evidencePath(record.fleet))],
  });
}

/** Lists the resources with wildcards that both roles of the runbook name, with the reason of each. */
export function sharedWildcards(record: TokenRecord): readonly Wildcard[] {
  return [
    ['*', 'Listing virtual devices and looking up events have no form narrower than the account.'],
    [
      `${parameterArn(record, record.path)}/*`,
      'The pages of this fleet’s record, read only; their number varies.',
    ],
    [
      `${parameterArn(record, evidencePath(record.fleet))}/*`,
      'The evidence of this fleet; one parameter for each enrolled slot.',
    ],
  ];
}

/** Allows writing evidence: only CloudFormation writes the record. */
export function writeEvidence(record: TokenRecord): PolicyStatement {
  return new PolicyStatement({
    sid: 'Evidence',
    actions: ['ssm:PutParameter'],
    resources: [`${parameterArn(record, evidencePath(record.fleet))}/*`],
  });
}

/** @param path begins and ends with a slash */
function iamArn(resource: string, path: string, name: string): string {
  return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:${resource}${path}${name}`;
}

function requireUserNames(names: readonly string[]): void {
  if (isListToken(names)) {
    throw new Error(
      'existingHolders is a list known only at deployment, must be names one by one, each of which may be a token; write ' +
        "['carol', parameter.valueAsString]",
    );
  }
  for (const name of names) {
    // A wildcard in a name would reach every user.
    const problem = Token.isUnresolved(name) ? undefined : textProblem(HOLDER_RULE, name);
    if (problem !== undefined) {
      throw new Error(`existingHolders: ${problem.message}; ${problem.fix}, without a path or an ARN`);
    }
  }
}
