/** AWS Identity and Access Management, API version 2010-05-08: the operations by subject. */

import type { DeclaredService } from './declared-operation';
import { accessKeyOperations } from './iam-access-keys';
import { accountOperations } from './iam-account';
import { attachmentOperations } from './iam-attachments';
import { groupOperations } from './iam-groups';
import { inlinePolicyOperations } from './iam-inline-policies';
import { loginProfileOperations } from './iam-login-profiles';
import { mfaOperations } from './iam-mfa';
import { mfaListOperations } from './iam-mfa-lists';
import { policyOperations } from './iam-policies';
import { policyVersionOperations } from './iam-policy-versions';
import { roleOperations } from './iam-roles';
import { tagOperations } from './iam-tags';
import { userOperations } from './iam-users';

export const iam: DeclaredService = {
  name: 'iam',
  protocol: 'awsQuery',
  xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  declared: {
    ...userOperations,
    ...loginProfileOperations,
    ...accessKeyOperations,
    ...groupOperations,
    ...roleOperations,
    ...policyOperations,
    ...policyVersionOperations,
    ...inlinePolicyOperations,
    ...attachmentOperations,
    ...tagOperations,
    ...mfaOperations,
    ...mfaListOperations,
    ...accountOperations,
  },
};
