/**
 * The service control policies over the account, as deployed by CloudFormation. They hold for every user and
 * role of it; only in an organisation's management account they would not, which this account is taken not
 * to be.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 */

import { toDocument, toTexts } from './cloudformation/json';
import {
  organizationPolicyType,
  serviceControlPolicy,
} from './cloudformation/resources/organizations-policy';
import type { State } from './state';

/** One level of the organisation: the root, an organizational unit or the account. */
export interface ControlLevel {
  readonly id: string;
  readonly documents: readonly (readonly [name: string, document: string])[];
}

/** AWS attaches it to every level by itself, and what no policy of a level allows is denied. */
const fullAccess = [
  'FullAWSAccess',
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }),
] as const;

/** Outermost first; none while no policy is attached to any of them. */
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
