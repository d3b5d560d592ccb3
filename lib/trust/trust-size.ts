/** How large a trust policy is once its MFA conditions are in it: IAM refuses one that is too large. */
import { Stack } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import type { SizeLimit } from '../policy/policy-size';
import type { MfaRole } from './mfa-trust';

/** The quota of an account that has not asked for more: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const TRUST_POLICY: SizeLimit = { characters: 2048, setBy: 'IAM' };

/** The trust policy of a role as it will be in the template, with the MFA conditions. */
export function deployedTrust(role: MfaRole): unknown {
  const resource = role.node.defaultChild;
  return resource instanceof CfnRole ? Stack.of(role).resolve(resource.assumeRolePolicyDocument) : undefined;
}
