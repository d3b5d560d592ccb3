/** The one way to resolve tokens as a template does, except for some of them. */
import {
  DefaultTokenResolver,
  type IPostProcessor,
  type IResolvable,
  type IResolveContext,
  Tokenization,
} from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Resolves a value as for a template, except for the tokens that `replace` has a value for.
 *
 * Texts that hold a token become `Fn::Join`, so that what is not known before deployment stays visible.
 *
 * @param replace returns the value for a token, or `undefined` to resolve it as usual
 */
export function resolveReplacing(
  scope: IConstruct,
  value: unknown,
  replace: (token: IResolvable) => unknown,
): unknown {
  return Tokenization.resolve(value, { scope, resolver: new TokenReplacer(replace), preparing: false });
}

class TokenReplacer extends DefaultTokenResolver {
  public constructor(private readonly replace: (token: IResolvable) => unknown) {
    super({ join: (left: unknown, right: unknown) => ({ 'Fn::Join': ['', [left, right]] }) });
  }

  public override resolveToken(
    token: IResolvable,
    context: IResolveContext,
    postProcessor: IPostProcessor,
  ): unknown {
    return this.replace(token) ?? super.resolveToken(token, context, postProcessor);
  }
}
