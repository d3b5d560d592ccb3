/**
 * Checks the permissions of EventBridge for a rule: as the role that the rule names, or as the service itself
 * where the target's own policy permits it.
 */

import { runSimulation } from '../../support/policy-evaluator';
import { authorize } from '../authorization';
import type { Caller, Permission } from '../caller';
import { accessDenied } from '../common-errors';
import { AwsError } from '../operation';
import type { State } from '../state';

/** The service and the resource for which it acts. */
export interface ServiceCall {
  /** `events.amazonaws.com` */
  readonly service: string;
  /** The ARN of the rule. */
  readonly source: string;
  readonly region: string;
}

/** @throws AwsError AccessDenied when no statement in the policies of a resource permits the service */
async function requireServiceAccess(
  { settings }: State,
  { service, source }: ServiceCall,
  { action, resource }: Pick<Permission, 'action' | 'resource'>,
  policies: readonly string[],
): Promise<void> {
  for (const policy of policies) {
    const outcome = await runSimulation(
      {
        request: {
          principal: service,
          action,
          resource: { resource, accountId: settings.account },
          contextVariables: {
            'aws:SourceArn': source,
            'aws:SourceAccount': settings.account,
            'aws:SecureTransport': 'true',
            'aws:PrincipalIsAWSService': 'true',
            'aws:PrincipalServiceName': service,
          },
        },
        identityPolicies: [],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: JSON.parse(policy),
      },
      {},
    );
    if (outcome.resultType === 'error') {
      throw new Error(`${action}: ${outcome.errors.message}`);
    }
    if (outcome.overallResult === 'Allowed') {
      return;
    }
  }
  throw accessDenied(`${service} is not authorized to perform: ${action} on resource: ${resource}`);
}

/**
 * Assumes a role as the service.
 *
 * @throws AwsError AccessDenied when the role does not trust the service for this source
 */
export async function assumeForService(state: State, call: ServiceCall, roleArn: string): Promise<Caller> {
  const role = [...state.roles.values()].find(({ arn }) => arn === roleArn);
  if (!role) {
    throw new AwsError('ValidationError', 400, `the role ${roleArn} does not exist`);
  }
  await requireServiceAccess(state, call, { action: 'sts:AssumeRole', resource: role.arn }, [
    role.trustPolicy,
  ]);
  const { partition, account } = state.settings;
  return {
    kind: 'role-session',
    arn: `arn:${partition}:sts::${account}:assumed-role/${role.name}/${call.service.split('.')[0]}`,
    userId: `${role.id}:${call.service.split('.')[0]}`,
    principalArn: role.arn,
    name: role.name,
  };
}

/** Checks a permission as the role or, without one, as the service itself with the resource's policies. */
export async function requireAccess(
  state: State,
  call: ServiceCall,
  role: Caller | undefined,
  permission: Permission,
  policies: readonly string[],
): Promise<void> {
  if (role) {
    await authorize(state, role, permission, call.region);
  } else {
    await requireServiceAccess(state, call, permission, policies);
  }
}
