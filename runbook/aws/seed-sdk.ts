/**
 * The part of the AWS SDK that the process of a seed needs. The build gives it to that process in place of `sdk.ts`, and
 * leaves out the credential chain: the process makes one call, with credentials that came over its channel.
 */
import { CreateVirtualMFADeviceCommand, IAMClient } from '@aws-sdk/client-iam';
import type { Sdk } from './session';

export { NodeHttpHandler } from '@smithy/node-http-handler';

export const iam = { CreateVirtualMFADeviceCommand, IAMClient } satisfies Partial<Sdk['iam']>;
