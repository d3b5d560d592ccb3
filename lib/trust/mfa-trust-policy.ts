/** The trust policy of an MfaRole: each of its statements gets the MFA conditions when the template is written. */
import { type IResolvable, type IResolveContext, Reference, Token } from 'aws-cdk-lib';
import { CfnGroup, CfnRole, type PolicyDocument, type Role } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { refuseOverrides } from '../policy/overrides';
import { refuseAt } from '../policy/refusal';
import { resolveReplacing } from '../policy/token-replacer';
import { guarded, Refusal, trustStatementsOf } from './trust-conditions';

/** A trust policy as it will be in the template. */
export class MfaTrustPolicy implements IResolvable {
  public readonly creationStack: string[] = [];

  /**
   * @param maxAge seconds as text, or a token
   * @param path of the role
   */
  public constructor(
    private readonly policy: PolicyDocument,
    private readonly maxAge: string,
    private readonly path: string,
  ) {}

  public resolve(context: IResolveContext): unknown {
    if (context.preparing) {
      // CDK looks only for references here; the validation that comes next reports problems.
      return [this.policy, this.maxAge];
    }
    const document = context.resolve(this.policy);
    const statements = judge(document, context.resolve(this.maxAge));
    refuseAt(this.path, () => requireNone(problemsOf(statements)));
    return document === undefined ? undefined : { ...document, Statement: statements };
  }

  /** Lists the statements that cannot be guarded as they are now, one line for each. */
  public problems(scope: IConstruct): string[] {
    return problemsOf(
      judge(
        resolveReplacing(scope, this.policy, keepReference),
        resolveReplacing(scope, this.maxAge, keepReference),
      ),
    );
  }

  public toString(): string {
    return Token.asString(this);
  }
}

function requireNone([problem]: readonly string[]): void {
  if (problem !== undefined) {
    throw new Error(problem);
  }
}

/** Keeps a reference to a role or a group, which cannot be a principal: its ARN alone would not show what it is. */
function keepReference(token: IResolvable): string | undefined {
  const isKept =
    Reference.isReference(token) && (CfnRole.isCfnRole(token.target) || CfnGroup.isCfnGroup(token.target));
  return isKept ? Token.asString(token) : undefined;
}

function judge(document: unknown, maxAge: unknown): ReturnType<typeof guarded>[] {
  return trustStatementsOf(document).map((statement) => guarded(statement, maxAge));
}

function problemsOf(judged: ReturnType<typeof judge>): string[] {
  return judged.flatMap((outcome, index) =>
    outcome instanceof Refusal ? [`statement ${index + 1} of the trust policy: ${outcome.reason}`] : [],
  );
}

/** Returns the trust policy of an MfaRole as it will be in the template, with the MFA conditions: a token. */
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
