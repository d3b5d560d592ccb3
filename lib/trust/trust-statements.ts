/** The statements that a principal puts into a trust policy. */
import {
  type AddToPrincipalPolicyResult,
  ComparablePrincipal,
  type IAssumeRolePrincipal,
  type IPrincipal,
  PolicyDocument,
  PolicyStatement,
  PrincipalBase,
  type PrincipalPolicyFragment,
} from 'aws-cdk-lib/aws-iam';

/**
 * Returns the statements that a principal would add to a trust policy. Users and accounts of one list share a statement, so
 * that the conditions are written only once.
 */
export function trustOf(principal: IPrincipal): readonly PolicyStatement[] {
  const statements: PolicyStatement[] = [];
  const document = new EachStatement((statement) => statements.push(statement));
  if (isAssumeRolePrincipal(principal)) {
    principal.addToAssumeRolePolicy(document);
  } else {
    document.addStatements(
      new PolicyStatement({ actions: [principal.assumeRoleAction], principals: [principal] }),
    );
  }
  const plain = statements.filter(isPlain);
  if (plain.length < 2) {
    return statements;
  }
  const principals = plain.flatMap((statement) => statement.principals);
  return [
    new PolicyStatement({ actions: [ASSUME], principals }),
    ...statements.filter((statement) => !plain.includes(statement)),
  ];
}

/** A principal that adds as few statements to a trust policy as it can. */
export class GatheredPrincipal extends PrincipalBase {
  public override readonly assumeRoleAction: string;
  public override readonly principalAccount: string | undefined;

  public constructor(private readonly inner: IPrincipal) {
    super();
    this.assumeRoleAction = inner.assumeRoleAction;
    this.principalAccount = inner.principalAccount;
  }

  public get policyFragment(): PrincipalPolicyFragment {
    return this.inner.policyFragment;
  }

  public override addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    return this.inner.addToPrincipalPolicy(statement);
  }

  public override addToAssumeRolePolicy(document: PolicyDocument): void {
    document.addStatements(...trustOf(this.inner));
  }

  public dedupeString(): string | undefined {
    return ComparablePrincipal.dedupeStringFor(this.inner);
  }
}

const ASSUME = 'sts:AssumeRole';

/** Tells whether the statement contains nothing except the principals that may assume the role. */
function isPlain(statement: PolicyStatement): boolean {
  const { Action: action, Effect: effect, Principal: principal, ...more } = statement.toJSON();
  return (
    action === ASSUME &&
    effect === 'Allow' &&
    Object.keys(Object(principal)).join() === 'AWS' &&
    Object.values(more).every((value) => value === undefined)
  );
}

function isAssumeRolePrincipal(principal: IPrincipal): principal is IAssumeRolePrincipal {
  return 'addToAssumeRolePolicy' in principal;
}

/** Hands over each statement that a principal would add to a trust policy. */
class EachStatement extends PolicyDocument {
  public constructor(private readonly visit: (statement: PolicyStatement) => void) {
    super();
  }

  public override addStatements(...statements: PolicyStatement[]): void {
    for (const statement of statements) {
      this.visit(statement);
    }
  }
}
