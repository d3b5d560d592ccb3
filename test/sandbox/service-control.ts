/**
 * The service control policies above the account, as deployed by CloudFormation. They apply to every user and role
 * in it, because the sandbox is not the management account of its organization.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 */

import { toDocument, toTexts } from './cloudformation/json';
import {
  organizationPolicyType,
  serviceControlPolicy,
} from './cloudformation/resources/organizations-policy';
import type { State } from './state';

/** One level of the organization: the root, an organizational unit or the account. */
export interface ControlLevel {
  readonly id: string;
  readonly documents: readonly (readonly [name: string, document: string])[];
}

/** AWS attaches this policy to every level; an action that no policy of a level allows is denied. */
const fullAccess = [
  'FullAWSAccess',
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }),
] as const;

/** Lists the levels, outermost first; none while no policy is attached to any of them. */
export function controlLevels({ settings, stored }: State): readonly ControlLevel[] {
  const policies = stored
    .ofType(organizationPolicyType)
    .filter(({ properties }) => properties.Type === serviceControlPolicy);
  const levels = [...settings.memberOf, settings.account].map((id) => ({
    id,
    documents: policies
      .filter(({ properties }) => toTexts(properties.TargetIds).includes(id))
      .map(({ physicalId, properties }) => [physicalId, toDocument(properties.Content)] as const),
  }));
  if (levels.every(({ documents }) => documents.length === 0)) {
    return [];
  }
  return levels.map(({ id, documents }) => ({ id, documents: [fullAccess, ...documents] }));
}
