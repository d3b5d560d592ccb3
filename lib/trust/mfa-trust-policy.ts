/** The trust policy of an MfaRole: its every statement is given the MFA conditions when the template is written. */
import {
  DefaultTokenResolver,
  type IPostProcessor,
  type IResolvable,
  type IResolveContext,
  Reference,
  Token,
  Tokenization,
} from 'aws-cdk-lib';
import { CfnGroup, CfnRole, type PolicyDocument, type Role } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { refuseOverrides } from '../policy/overrides';
import { addMfaConditions, refusalOf, type TrustStatement, trustStatementsOf } from './trust-conditions';

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
    const [problem] = problemsOf(document, maxAge);
    if (problem !== undefined) {
      throw new Error(problem);
    }
    return document === undefined
      ? undefined
      : {
          ...document,
          Statement: trustStatementsOf(document).map((statement) => withMfa(statement, maxAge)),
        };
  }

  /** What is wrong with the statements as they are now: one line for each that cannot be guarded. */
  public problems(scope: IConstruct): string[] {
    function judged(value: unknown): unknown {
      return Tokenization.resolve(value, { scope, resolver: new JudgedResolver(), preparing: false });
    }
    return problemsOf(judged(this.policy), judged(this.maxAge));
  }

  public toString(): string {
    return Token.asString(this);
  }
}

/** Resolves as for a template, but leaves references to what is no principal as they are: by its ARN nobody could tell. */
class JudgedResolver extends DefaultTokenResolver {
  public constructor() {
    super({ join: (left: unknown, right: unknown) => ({ 'Fn::Join': ['', [left, right]] }) });
  }

  public override resolveToken(
    token: IResolvable,
    context: IResolveContext,
    postProcessor: IPostProcessor,
  ): unknown {
    const isKept =
      Reference.isReference(token) && (CfnRole.isCfnRole(token.target) || CfnGroup.isCfnGroup(token.target));
    return isKept ? Token.asString(token) : super.resolveToken(token, context, postProcessor);
  }
}

/** The trust policy of an MfaRole as it will be in the template, with the MFA conditions: a token. */
export function deployedTrust(role: Role): unknown {
  const resource = role.node.defaultChild;
  return resource instanceof CfnRole ? resource.assumeRolePolicyDocument : undefined;
}

/** Makes every override of the trust policy an error where it is written. */
export function refuseTrustOverrides(resource: CfnRole): void {
  refuseOverrides(
    resource,
    ['AssumeRolePolicyDocument'],
    (path) =>
      `the trust policy of the MfaRole of '${resource.node.path}' cannot be overridden (${path}): MFA could not be put ` +
      'into it; use assumeRolePolicy.addStatements',
  );
}

function withMfa(statement: TrustStatement, maxAge: unknown): TrustStatement {
  return statement.Effect === 'Deny'
    ? statement
    : { ...statement, Condition: addMfaConditions({ ...Object(statement.Condition) }, maxAge) };
}

function problemsOf(document: unknown, maxAge: unknown): string[] {
  return trustStatementsOf(document).flatMap((statement, index) => {
    const problem = problemOf(statement, maxAge);
    return problem === undefined ? [] : [`statement ${index + 1} of the trust policy: ${problem}`];
  });
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
