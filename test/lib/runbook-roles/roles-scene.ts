/** The operator and the auditor of a small fleet as they are deployed, and the people around them. */
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import {
  RunbookAuditor,
  type RunbookAuditorProps,
  RunbookOperator,
  type RunbookOperatorProps,
  TokenRecord,
} from '../../../lib/index';
import { ACCOUNT, rendered, user } from '../../support/policy-simulation';
import { emptyStack, onlyResource, smallFleet } from '../fixtures';

export const OLGA = new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:user/olga`);
export const FLEET_PATH = '/mfa-guardrails/break-glass/';
export const HOLDER = user('alice.breakglass', FLEET_PATH);

/** The policies of a role, rendered. */
interface DeployedRole {
  readonly policy: unknown;
  readonly trust: unknown;
}

export function deployedOperator(props: Omit<RunbookOperatorProps, 'record'> = {}): DeployedRole {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  new RunbookOperator(stack, 'Operator', { record, ...props });
  return policiesIn(stack);
}

export function deployedAuditor(props: Omit<RunbookAuditorProps, 'record'> = {}): DeployedRole {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  new RunbookAuditor(stack, 'Auditor', { record, ...props });
  return policiesIn(stack);
}

function policiesIn(stack: ReturnType<typeof emptyStack>): DeployedRole {
  return {
    policy: rendered(onlyResource(stack, 'AWS::IAM::ManagedPolicy').PolicyDocument),
    trust: rendered(onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument),
  };
}
