/** The resource types the sandbox deploys; every other type is refused. */

import type { ResourceType } from './resource-type';
import { cdkMetadata } from './resources/cdk-metadata';
import { iamAccessKey } from './resources/iam-access-key';
import { iamGroup } from './resources/iam-group';
import { iamManagedPolicy } from './resources/iam-managed-policy';
import { iamPolicy } from './resources/iam-policy';
import { iamRole } from './resources/iam-role';
import { iamUser } from './resources/iam-user';
import { iamUserToGroupAddition } from './resources/iam-user-to-group-addition';
import { ssmParameter } from './resources/ssm-parameter';

export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  'AWS::CDK::Metadata': cdkMetadata,
  'AWS::IAM::AccessKey': iamAccessKey,
  'AWS::IAM::Group': iamGroup,
  'AWS::IAM::ManagedPolicy': iamManagedPolicy,
  'AWS::IAM::Policy': iamPolicy,
  'AWS::IAM::Role': iamRole,
  'AWS::IAM::User': iamUser,
  'AWS::IAM::UserToGroupAddition': iamUserToGroupAddition,
  'AWS::SSM::Parameter': ssmParameter,
};
