/** The principal EventBridge, limited to this account's rules on one bus. */
import { Aws, Stack } from 'aws-cdk-lib';
import { type IPrincipal, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/**
 * Makes the principal of a role that rules on a bus of this stack's Region use.
 *
 * @param bus the name of the bus; rules on `default` do not carry it in their ARNs
 */
export function eventBridgePrincipal(scope: IConstruct, bus: string): IPrincipal {
  const rules = Stack.of(scope).formatArn({
    service: 'events',
    resource: 'rule',
    resourceName: bus === 'default' ? '*' : `${bus}/*`,
  });
  return new ServicePrincipal('events.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      ArnLike: { 'aws:SourceArn': rules },
    },
  });
}
