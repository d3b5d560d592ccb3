/**
 * Declares operations of IAM, STS and SSM: parameters, required permissions, and effect. To add one, write one
 * `operation({...})` in the file of its subject; the dispatcher, both wire protocols and the policy engine need no
 * change.
 */

import type { CallContext, Permission } from './caller';
import type { JsonObject, Service } from './operation';
import { type Parameters, readInput } from './parameters';

/** A request whose parameters were read, before the policies are evaluated. */
export interface PreparedCall {
  /** All of them must be allowed. */
  readonly permissions: readonly Permission[];
  run(): JsonObject | Promise<JsonObject>;
}

export interface DeclaredOperation {
  /** @throws AwsError ValidationError */
  prepare(input: JsonObject, context: CallContext): PreparedCall;
}

/** Operations by their names. */
export type Operations = Readonly<Record<string, DeclaredOperation>>;

interface Declaration<T> {
  readonly parameters: Parameters<T>;
  /**
   * The required permissions; none when everyone may call it (sts:GetCallerIdentity) or when the operation asks
   * itself.
   */
  permissions(input: Readonly<T>, context: CallContext): readonly Permission[];
  run(input: Readonly<T>, context: CallContext): JsonObject | Promise<JsonObject>;
}

export function operation<T>(declaration: Declaration<T>): DeclaredOperation {
  return {
    prepare(input, context) {
      const values = readInput(declaration.parameters, input);
      return {
        permissions: declaration.permissions(values, context),
        run: () => declaration.run(values, context),
      };
    },
  };
}

/** A service with declared operations; CloudFormation is a plain `Service` instead. */
export interface DeclaredService {
  readonly name: 'iam' | 'sts' | 'ssm' | 's3' | 'sns' | 'cloudtrail';
  readonly protocol: Service['protocol'];
  readonly xmlNamespace?: string;
  readonly declared: Operations;
}
