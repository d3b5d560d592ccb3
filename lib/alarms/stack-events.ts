/** The deployment and the deletion of the stacks of the guardrails and of the alarms, as patterns for their bus. */
import { apiCall, type EventPattern, SUCCEEDED } from './watched-events';

/** The name of a stack, or how the names of some begin. */
interface StackName {
  readonly name: string;
  readonly isPrefix: boolean;
}

/** The beginnings of the names of the change sets that the CDK's command line makes to look at, and deletes. */
const LOOKED_AT = ['cdk-diff-', 'cdk-validate-'];

/**
 * Matches the deployment or the deletion of one of the stacks, which calls name by its name or its ARN. A change of
 * several stacks names none.
 *
 * A change set by its ARN belongs to its own stack, whichever the call names, and the CDK executes all by ARN. So a
 * change set is matched when it is made for one of the stacks. One to look at is not, but then its execution by ARN is.
 */
export function stackChanged(stacks: readonly StackName[]): EventPattern {
  const stackName = [
    { exists: false },
    ...stacks.flatMap(({ name, isPrefix }) => [
      isPrefix ? { prefix: name } : name,
      { wildcard: `*:stack/${name}${isPrefix ? '' : '/'}*` },
    ]),
  ];
  function ofOurs(actions: readonly string[], others: readonly string[]): EventPattern {
    const changeSetName = [{ exists: false }, { 'anything-but': { prefix: others } }];
    return { eventName: actions, requestParameters: { stackName, changeSetName } };
  }
  return apiCall('aws.cloudformation', {
    ...SUCCEEDED,
    $or: [
      ofOurs(CHANGES_OF_STACKS, LOOKED_AT),
      ofOurs(['ExecuteChangeSet'], ['arn:']),
      {
        eventName: ['ExecuteChangeSet'],
        requestParameters: {
          changeSetName: LOOKED_AT.map((prefix) => ({ wildcard: `arn:*:changeSet/${prefix}*` })),
        },
      },
    ],
  });
}

const CHANGES_OF_STACKS = [
  'ContinueUpdateRollback',
  'CreateChangeSet',
  'DeleteStack',
  'ExecuteStackRefactor',
  'RollbackStack',
  'UpdateStack',
];
