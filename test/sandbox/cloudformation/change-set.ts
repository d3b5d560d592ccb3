/** A change set: a desired state, and what deploying it would change. */

import type { Tag } from '../parameters';
import type { PlannedChange, PropertyProblem } from './change-plan';
import type { DesiredState } from './desired-state';
import type { Template } from './template';
import type { ParameterValues } from './template-parameters';

export interface ChangeSet {
  /** Its ARN. */
  readonly id: string;
  readonly name: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly description?: string;
  readonly clientToken?: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly template: Template;
  readonly parameters: ParameterValues;
  readonly tags: readonly Tag[];
  readonly capabilities: readonly string[];
  readonly changes: readonly PlannedChange[];
  readonly problems: readonly PropertyProblem[];
  readonly desired: DesiredState;
  readonly roleArn?: string;
  readonly includesNestedStacks: boolean;
  /** The reason why it cannot be executed. */
  readonly failure?: string;
}

/** CloudFormation's text for a change set without changes. The CDK CLI looks for exactly these words. */
export const noChanges =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

export const earlyValidationFailed =
  'The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. ' +
  'To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.';
