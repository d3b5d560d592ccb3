/** The actions that a Deny without MFA may leave open, and those that people need before they have MFA. */
import { refusalOfOpenAction } from '../enforcement/open-actions';
import { matchesPattern } from '../policy/wildcards';

/**
 * The actions by which people find, enroll and use a device of their own, as AWS's example leaves them open.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 */
export const ENROLLING: readonly string[] = [
  'iam:CreateVirtualMFADevice',
  'iam:EnableMFADevice',
  'iam:GetMFADevice',
  'iam:GetUser',
  'iam:ListMFADevices',
  'iam:ListVirtualMFADevices',
  'iam:ResyncMFADevice',
  'sts:GetSessionToken',
];

/** Other actions of a user's own that give nobody permissions, and the two of the console's sign-in. */
const HARMLESS = [
  ...ENROLLING,
  'iam:ChangePassword',
  'signin:AuthorizeOAuth2Access',
  'signin:CreateOAuth2Token',
];

/** The deletion of a device: IAM refuses it while the device is in use, so alone it takes no second factor off. */
export const DELETION = 'iam:DeleteVirtualMFADevice';

/** The actions on a user that can give a thief permissions, or take the second factor off. */
export const POWERFUL_ON_USERS: readonly string[] = [
  'iam:AttachUserPolicy',
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:CreateServiceSpecificCredential',
  'iam:DeactivateMFADevice',
  'iam:DeleteUserPermissionsBoundary',
  'iam:DeleteUserPolicy',
  'iam:DetachUserPolicy',
  'iam:PutUserPermissionsBoundary',
  'iam:PutUserPolicy',
  'iam:ResetServiceSpecificCredential',
  'iam:UpdateAccessKey',
  'iam:UpdateLoginProfile',
  'iam:UpdateUser',
  'iam:UploadSSHPublicKey',
  'iam:UploadSigningCertificate',
];

/** Tells whether an action, or every action that a pattern opens, may be open without MFA. */
export function mayBeOpen(action: string): boolean {
  return HARMLESS.some((one) => matchesPattern(one, action)) || refusalOfOpenAction(action) === undefined;
}
