/**
 * Central access to the root user of member accounts, for audits only.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
 */

import type { CallContext, Caller, Permission } from './caller';
import { accessDenied } from './common-errors';

/** The name of the task policy that the sandbox knows; AWS has four others, which change things. */
export const auditTask = 'IAMAuditRootUserCredentials';

/** The reads that an audit of root's credentials needs. */
const auditActions: ReadonlySet<string> = new Set([
  'iam:GetAccessKeyLastUsed',
  'iam:GetAccountSummary',
  'iam:GetLoginProfile',
  'iam:GetUser',
  'iam:ListAccessKeys',
  'iam:ListMFADevices',
  'iam:ListSigningCertificates',
]);

/** Tells whether a call without a user name is about the root user itself. */
export function isOwnOfRoot(userName: string | undefined, { caller }: Pick<CallContext, 'caller'>): boolean {
  return userName === undefined && caller.kind === 'root-session';
}

/** @throws AwsError AccessDenied */
export function refuseBeyondAudit(caller: Caller, { action, resource }: Permission): void {
  if (!auditActions.has(action)) {
    throw accessDenied(
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} because no session policy allows the ${action} action`,
    );
  }
}
