/** The operator: the role that enrols the fleet's tokens and can do nothing else. */
import { Aws, type Duration, Stack, Token } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  CfnRole,
  CompositePrincipal,
  Effect,
  type IGrantable,
  type IPrincipal,
  ManagedPolicy,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { statementsOf } from './mfa-conditions';
import { MfaRole } from './mfa-trust';
import { deployedSize } from './policy-size';
import { devicePath, evidencePath } from './record/names';
import { HOLDER_RULE, textProblem } from './record/rules';
import type { TokenRecord } from './token-record';

/** IAM's limits, in characters without white space: a managed policy, and a trust policy at the default quota. */
const MAX_MANAGED_POLICY = 6144;
const MAX_TRUST_POLICY = 2048;

/** Properties of a RunbookOperator. */
export interface RunbookOperatorProps {
  /** The record of the fleet to operate. */
  readonly record: TokenRecord;

  /**
   * Who may assume the role, always with MFA: IAM users, accounts or organisations.
   *
   * A holder of the fleet can not, whoever is named here: nobody enrols their own token.
   *
   * @default - the account: every IAM user in it whose own policies allow sts:AssumeRole on the role
   */
  readonly operators?: IPrincipal[];

  /**
   * The user names of holders who live elsewhere than at the fleet's own IAM path, `/mfa-guardrails/{fleet}/`.
   *
   * @default - none: every holder is at the fleet's path
   */
  readonly existingHolders?: string[];

  /**
   * The greatest age of the operator's MFA sign-in when the role is assumed.
   *
   * @default Duration.hours(1) - MFA was given within the last hour
   */
  readonly maxAge?: Duration;

  /**
   * How long a session of the operator may last, 1 to 12 hours.
   *
   * @default Duration.hours(1)
   */
  readonly maxSessionDuration?: Duration;
}

/**
 * The role of the person who enrols tokens with `mfa-runbook`, assumed with MFA only.
 *
 * It creates and deletes devices at the fleet's own path, assigns them to the fleet's holders, reads the record, and
 * writes evidence. It reaches no other user's devices, and no holder can assume it.
 *
 * @example
 * declare const record: TokenRecord;
 *
 * new RunbookOperator(this, 'Operator', {
 *   record,
 *   operators: [new iam.ArnPrincipal('arn:aws:iam::111122223333:user/olga')],
 * });
 */
export class RunbookOperator extends Construct implements IGrantable {
  /** The role to assume. */
  public readonly role: MfaRole;
  /** What the role may do, as a policy that a permission set of Identity Center can carry as well. */
  public readonly policy: ManagedPolicy;
  /** The role, to grant it more. */
  public readonly grantPrincipal: IPrincipal;

  public constructor(scope: Construct, id: string, props: RunbookOperatorProps) {
    super(scope, id);
    const { fleet } = props.record;
    requireUserNames(props.existingHolders ?? []);
    const holders = new HolderUsers(fleet, props.existingHolders ?? []);
    const operators = props.operators ?? [new AccountRootPrincipal()];
    if (operators.length === 0) {
      throw new Error(
        'operators is empty, must name at least one principal; leave it out to let the IAM users of the account in whose ' +
          'own policies allow it',
      );
    }

    this.policy = new ManagedPolicy(this, 'Policy', {
      description: `Enrol the MFA tokens of fleet ${fleet} with mfa-runbook`,
      statements: [...deviceStatements(fleet, holders), evidenceStatement(this, fleet)],
    });
    props.record.grantRead(this.policy);

    this.role = new MfaRole(this, 'Role', {
      description: `Enrols the MFA tokens of fleet ${fleet} with mfa-runbook`,
      assumedBy: new CompositePrincipal(...operators),
      managedPolicies: [this.policy],
      ...(props.maxAge === undefined ? {} : { maxAge: props.maxAge }),
      ...(props.maxSessionDuration === undefined ? {} : { maxSessionDuration: props.maxSessionDuration }),
    });
    this.role.assumeRolePolicy?.addStatements(...holders.denials());
    this.grantPrincipal = this.role;

    const trust = this.deployedTrust();
    requireOtherOperators(trust, fleet);
    const counts = `operators: ${operators.length}, existing holders: ${props.existingHolders?.length ?? 0}`;
    this.requireSize('policy', Stack.of(this).resolve(this.policy.document), MAX_MANAGED_POLICY, counts);
    this.requireSize('trust policy', trust, MAX_TRUST_POLICY, counts);
  }

  /** The trust policy as it will be in the template, with the MFA conditions. */
  private deployedTrust(): unknown {
    const resource = this.role.node.defaultChild;
    return resource instanceof CfnRole
      ? Stack.of(this).resolve(resource.assumeRolePolicyDocument)
      : undefined;
  }

  private requireSize(what: string, document: unknown, limit: number, counts: string): void {
    const size = deployedSize(document);
    if (size > limit) {
      throw new Error(
        `the ${what} of operator '${this.node.path}' has about ${size} characters (${counts}), IAM allows ${limit}; name ` +
          "an account in place of its users, let the stack create the holders at the fleet's own path, or split the " +
          'inventory into several fleets',
      );
    }
  }
}

/** The users whose devices the operator assigns: all at the fleet's path, and those named beside it. */
class HolderUsers {
  public readonly arns: string[];
  private readonly fleetArn: string;

  public constructor(
    fleet: string,
    private readonly names: readonly string[],
  ) {
    this.fleetArn = iamArn('user', devicePath(fleet), '*');
    // A user name is unique in its account, so "at any path" is still that one user.
    this.arns = [
      this.fleetArn,
      ...names.flatMap((name) => [iamArn('user', '/', name), iamArn('user', '/*/', name)]),
    ];
  }

  /** Trust statements that keep every holder out: a holder who is an operator could enrol a token for themselves. */
  public denials(): PolicyStatement[] {
    const deny = { effect: Effect.DENY, principals: [new AnyPrincipal()], actions: ['sts:AssumeRole'] };
    return [
      new PolicyStatement({
        ...deny,
        sid: 'DenyHolders',
        conditions: { ArnLike: { 'aws:PrincipalArn': this.fleetArn } },
      }),
      ...(this.names.length === 0
        ? []
        : [
            new PolicyStatement({
              ...deny,
              sid: 'DenyNamedHolders',
              // IAM does not tell the case of user names apart, and the inventory may not spell one as IAM does.
              conditions: {
                StringEqualsIgnoreCase: {
                  'aws:PrincipalAccount': Aws.ACCOUNT_ID,
                  'aws:username': [...this.names],
                },
              },
            }),
          ]),
    ];
  }
}

function deviceStatements(fleet: string, holders: HolderUsers): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'FleetDevices',
      actions: [
        'iam:CreateVirtualMFADevice',
        'iam:DeleteVirtualMFADevice',
        'iam:ListMFADeviceTags',
        'iam:TagMFADevice',
      ],
      resources: [iamArn('mfa', devicePath(fleet), '*')],
    }),
    new PolicyStatement({
      sid: 'Holders',
      actions: [
        'iam:DeactivateMFADevice',
        'iam:EnableMFADevice',
        'iam:GetUser',
        'iam:ListMFADevices',
        'iam:ResyncMFADevice',
      ],
      resources: holders.arns,
    }),
    new PolicyStatement({
      sid: 'Listings',
      actions: ['iam:GetAccountSummary', 'iam:ListVirtualMFADevices'],
      resources: ['*'],
    }),
  ];
}

function evidenceStatement(scope: Construct, fleet: string): PolicyStatement {
  const arn = Stack.of(scope).formatArn({
    service: 'ssm',
    resource: 'parameter',
    resourceName: evidencePath(fleet).slice(1),
  });
  return new PolicyStatement({
    sid: 'Evidence',
    actions: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath', 'ssm:PutParameter'],
    // A listing is authorised on the path itself, with or without its last slash; a value on its own name.
    resources: [arn, `${arn}/*`],
  });
}

/** `path` begins and ends with a slash. */
function iamArn(resource: string, path: string, name: string): string {
  return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:${resource}${path}${name}`;
}

function requireUserNames(names: readonly string[]): void {
  for (const name of names) {
    // A wildcard in a name would reach every user.
    const problem = Token.isUnresolved(name) ? undefined : textProblem(HOLDER_RULE, name);
    if (problem !== undefined) {
      throw new Error(`existingHolders: ${problem.message}; ${problem.fix}, without a path or an ARN`);
    }
  }
}

/** Says early what the trust policy would refuse at every attempt. */
function requireOtherOperators(trust: unknown, fleet: string): void {
  const allowed = statementsOf(trust).filter(({ Effect: effect }) => effect === 'Allow');
  const arns = allowed.flatMap(({ Principal: principal }) => Object(principal).AWS ?? []);
  const holder = arns.find((arn) => String(arn).includes(`:user${devicePath(fleet)}`));
  if (holder !== undefined) {
    throw new Error(
      `operator '${String(holder)}' is a holder of fleet '${fleet}', must be somebody else: an operator who holds a token ` +
        'could enrol one for themselves; give the operator a user of their own',
    );
  }
}
