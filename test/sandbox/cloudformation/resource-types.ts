/** The resource types the sandbox deploys; every other type is refused. */

import type { ResourceType } from './resource-type';
import { cdkMetadata } from './resources/cdk-metadata';
import { cloudFormationStack } from './resources/cloudformation-stack';
import { cloudFormationStackSet } from './resources/cloudformation-stack-set';
import { cloudWatchAlarm } from './resources/cloudwatch-alarm';
import { configTypes } from './resources/config';
import { eventsTypes } from './resources/events';
import { iamAccessKey } from './resources/iam-access-key';
import { iamGroup } from './resources/iam-group';
import { iamManagedPolicy } from './resources/iam-managed-policy';
import { iamPolicy } from './resources/iam-policy';
import { iamRole } from './resources/iam-role';
import { iamUser } from './resources/iam-user';
import { iamUserToGroupAddition } from './resources/iam-user-to-group-addition';
import { kmsTypes } from './resources/kms';
import { lambdaTypes } from './resources/lambda';
import { logsLogGroup } from './resources/logs-log-group';
import { organizationsPolicy } from './resources/organizations-policy';
import { snsTypes } from './resources/sns';
import { sqsTypes } from './resources/sqs';
import { ssmParameter } from './resources/ssm-parameter';
import type { Template } from './template';
import { validationError } from './validation-error';

export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  'AWS::CDK::Metadata': cdkMetadata,
  'AWS::CloudFormation::Stack': cloudFormationStack,
  'AWS::CloudFormation::StackSet': cloudFormationStackSet,
  'AWS::CloudWatch::Alarm': cloudWatchAlarm,
  'AWS::IAM::AccessKey': iamAccessKey,
  'AWS::IAM::Group': iamGroup,
  'AWS::IAM::ManagedPolicy': iamManagedPolicy,
  'AWS::IAM::Policy': iamPolicy,
  'AWS::IAM::Role': iamRole,
  'AWS::IAM::User': iamUser,
  'AWS::IAM::UserToGroupAddition': iamUserToGroupAddition,
  'AWS::Logs::LogGroup': logsLogGroup,
  'AWS::Organizations::Policy': organizationsPolicy,
  'AWS::SSM::Parameter': ssmParameter,
  ...configTypes,
  ...eventsTypes,
  ...kmsTypes,
  ...lambdaTypes,
  ...snsTypes,
  ...sqsTypes,
};

/** @throws AwsError ValidationError naming the types the sandbox does not have */
export function refuseUnknownTypes({ resources }: Template): void {
  const unknown = new Set(
    Object.values(resources)
      .map(({ type }) => type)
      .filter((type) => !Object.hasOwn(resourceTypes, type)),
  );
  if (unknown.size === 0) {
    return;
  }
  throw validationError(`Template format error: Unrecognized resource types: [${[...unknown].join(', ')}]`);
}
