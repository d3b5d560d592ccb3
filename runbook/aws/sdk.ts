/**
 * The AWS SDK: one module that is loaded when the first call is made, because compiling it takes longer than Node takes
 * to start. Clients and commands are imported by name, so that the build leaves out all others.
 */
import {
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetLoginProfileCommand,
  GetMFADeviceCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAccountAliasesCommand,
  ListMFADeviceTagsCommand,
  ListSigningCertificatesCommand,
  paginateListMFADevices,
  paginateListUsers,
  paginateListVirtualMFADevices,
  ResyncMFADeviceCommand,
} from '@aws-sdk/client-iam';
import {
  GetParameterCommand,
  PutParameterCommand,
  paginateGetParametersByPath,
  SSMClient,
} from '@aws-sdk/client-ssm';
import {
  AssumeRoleCommand,
  AssumeRootCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';

export { defaultProvider } from '@aws-sdk/credential-provider-node';
export { externalDataInterceptor, loadConfig, parseKnownFiles } from '@smithy/core/config';
export { NodeHttpHandler } from '@smithy/node-http-handler';

export const iam = {
  IAMClient,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetLoginProfileCommand,
  GetMFADeviceCommand,
  ListAccessKeysCommand,
  ListAccountAliasesCommand,
  ListMFADeviceTagsCommand,
  ListSigningCertificatesCommand,
  ResyncMFADeviceCommand,
  paginateListMFADevices,
  paginateListUsers,
  paginateListVirtualMFADevices,
};
export const ssm = { SSMClient, GetParameterCommand, PutParameterCommand, paginateGetParametersByPath };
export const sts = {
  STSClient,
  AssumeRoleCommand,
  AssumeRootCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
};
