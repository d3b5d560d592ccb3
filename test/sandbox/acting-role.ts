/**
 * Service roles: with a RoleARN, CloudFormation makes its calls as that role.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
 */

import type { CallContext, Caller } from './caller';
import { AwsError, type ServiceName } from './operation';
import { listOf, principalsOf, type Statement } from './policy-grammar';
import type { Role } from './records';

/** @throws AwsError ValidationError when the service cannot assume the role */
export function actAs(
  { state, partition, account }: CallContext,
  service: ServiceName,
  roleArn: string,
): Caller {
  const servicePrincipal = `${service}.amazonaws.com`;
  const role = [...state.roles.values()].find(({ arn }) => arn === roleArn);
  if (!role || !trusts(role, servicePrincipal)) {
    throw new AwsError('ValidationError', 400, `Role ${roleArn} is invalid or cannot be assumed`);
  }
  const sessionName = 'AWSCloudFormation';
  return {
    kind: 'role-session',
    arn: `arn:${partition}:sts::${account}:assumed-role/${role.name}/${sessionName}`,
    userId: `${role.id}:${sessionName}`,
    principalArn: role.arn,
    name: role.name,
  };
}

function trusts(role: Role, servicePrincipal: string): boolean {
  const { Statement: statements } = JSON.parse(role.trustPolicy) as { readonly Statement?: unknown };
  return (listOf(statements) as readonly Statement[]).some(
    (statement) =>
      statement.Effect === 'Allow' && principalsOf(statement, 'Service').includes(servicePrincipal),
  );
}
