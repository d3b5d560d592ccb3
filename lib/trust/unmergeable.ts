/** A condition that CDK cannot merge with another of the same operator. */
import { type IResolvable, Token } from 'aws-cdk-lib';

/**
 * The keys and values of an operator, and a token at the same time. When principals are put around each other, the last
 * value of a key wins, so that `new PrincipalWithConditions(requireMfa(…), …)` could raise the age; what may be a token CDK
 * refuses to merge there. Statements copy the keys and values, which are properties of their own.
 */
export class Unmergeable implements IResolvable {
  public constructor(condition: Readonly<Record<string, unknown>>) {
    Object.assign(this, condition);
  }

  /** Empty: not a property of its own, because it would be copied as well. */
  public get creationStack(): string[] {
    return [];
  }

  public resolve(): unknown {
    return { ...this };
  }

  public toString(): string {
    return Token.asString(this);
  }
}
