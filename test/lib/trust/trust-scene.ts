/** Roles with the trust policies that the tests ask about. */
import type { Stack } from 'aws-cdk-lib';
import { AccountPrincipal, ArnPrincipal, type IPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { MfaRole, type MfaRoleProps } from '../../../lib/index';
import { ACCOUNT } from '../../support/policy-simulation';
import { emptyStack, onlyResource } from '../fixtures';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Principal: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

export const HOUR = {
  Bool: { 'aws:MultiFactorAuthPresent': 'true' },
  NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
};
export const OLGA = new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:user/olga`);
export const OTHER_ACCOUNT = new AccountPrincipal('444455556666');

export function statementsOf(stack: Stack): readonly Statement[] {
  const document = onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument;
  return (document as { Statement: Statement[] }).Statement;
}

/** The trust of an MfaRole after `change`. */
export function trustAfter(
  change: (role: MfaRole) => void,
  props: Partial<MfaRoleProps> = {},
): readonly Statement[] {
  const stack = emptyStack();
  change(new MfaRole(stack, 'Role', { assumedBy: OLGA, ...props }));
  return statementsOf(stack);
}

/** The trust of an ordinary role with this principal. */
export function trustOf(
  principal: IPrincipal | ((scope: Stack) => IPrincipal),
  wrapped = (inner: IPrincipal): IPrincipal => inner,
): readonly Statement[] {
  const stack = emptyStack();
  new Role(stack, 'Role', {
    assumedBy: wrapped(typeof principal === 'function' ? principal(stack) : principal),
  });
  return statementsOf(stack);
}

export function addTrust(role: Role, statement: PolicyStatement): void {
  role.assumeRolePolicy?.addStatements(statement);
}

export function assume(principal: IPrincipal, conditions: Record<string, unknown> = {}): PolicyStatement {
  return new PolicyStatement({ actions: ['sts:AssumeRole'], principals: [principal], conditions });
}
