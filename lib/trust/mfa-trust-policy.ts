/** The trust policy of an MfaRole: its every statement is given the MFA conditions when the template is written. */
import { type IResolvable, type IResolveContext, Token } from 'aws-cdk-lib';
import type { CfnRole, PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { addMfaConditions, refusalOf, statementsOf, type TrustStatement } from './trust-conditions';

/** A trust policy as it will be in the template. */
export class MfaTrustPolicy implements IResolvable {
  public readonly creationStack: string[] = [];

  /** @param maxAge seconds as text, or a token */
  public constructor(
    private readonly policy: PolicyDocument,
    private readonly maxAge: string,
  ) {}

  public resolve(context: IResolveContext): unknown {
    if (context.preparing) {
      // Only references are looked for now; problems are reported by the validation that comes next.
      return [this.policy, this.maxAge];
    }
    const document = context.resolve(this.policy);
    const maxAge = context.resolve(this.maxAge);
    const [problem] = this.problems(document, maxAge);
    if (problem !== undefined) {
      throw new Error(problem);
    }
    return document === undefined
      ? undefined
      : { ...document, Statement: statementsOf(document).map((statement) => withMfa(statement, maxAge)) };
  }

  /** What is wrong with the resolved document: one line for each statement that cannot be guarded. */
  public problems(document: unknown, maxAge: unknown): string[] {
    return statementsOf(document).flatMap((statement, index) => {
      const problem = problemOf(statement, maxAge);
      return problem === undefined ? [] : [`statement ${index + 1} of the trust policy: ${problem}`];
    });
  }

  public toString(): string {
    return Token.asString(this);
  }
}

/**
 * Makes every override of the trust policy an error where it is written: CDK merges overrides into the template after all
 * that could check them.
 *
 * @param resource the resource of the role; its `addPropertyOverride` and the two deletions come through `addOverride`
 */
export function refuseTrustOverrides(resource: CfnRole): void {
  const addOverride = resource.addOverride.bind(resource);
  resource.addOverride = (path: string, value: unknown): void => {
    if (reachesTrust(path, value)) {
      throw new Error(
        `the trust policy of the MfaRole of '${resource.node.path}' cannot be overridden (${path}): MFA could not be put ` +
          'into it; use assumeRolePolicy.addStatements',
      );
    }
    addOverride(path, value);
  };
}

const TRUST = 'AssumeRolePolicyDocument';

function reachesTrust(path: string, value: unknown): boolean {
  const [section, property] = path.split('.');
  if (section !== 'Properties') {
    return false;
  }
  return property === undefined
    ? typeof value !== 'object' || value === null || TRUST in value
    : property === TRUST;
}

function withMfa(statement: TrustStatement, maxAge: unknown): TrustStatement {
  return statement.Effect === 'Deny'
    ? statement
    : { ...statement, Condition: addMfaConditions({ ...Object(statement.Condition) }, maxAge) };
}

function problemOf(statement: TrustStatement, maxAge: unknown): string | undefined {
  const refusal = refusalOf(statement);
  if (refusal !== undefined) {
    return refusal;
  }
  try {
    withMfa(statement, maxAge);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
