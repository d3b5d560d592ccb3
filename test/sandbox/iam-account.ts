/** Operations of IAM about the account as a whole. */

import { type Operations, operation } from './declared-operation';
import { noSuchEntity } from './iam-entities';
import { pageParameters } from './pagination';

export const accountOperations: Operations = {
  GetAccountSummary: operation({
    parameters: {},
    permissions: () => [{ action: 'iam:GetAccountSummary', resource: '*' }],
    run: (_, { state }) => {
      const devices = [...state.devices.values()];
      const { usersQuota } = state.settings;
      return {
        SummaryMap: {
          Users: state.users.size,
          UsersQuota: usersQuota,
          Groups: state.groups.size,
          GroupsQuota: 300,
          GroupsPerUserQuota: 10,
          Roles: state.roles.size,
          RolesQuota: 1000,
          MFADevices: devices.length,
          MFADevicesInUse: devices.filter((device) => device.assignment).length,
          AccountMFAEnabled: devices.some(({ assignment }) => assignment?.userId === state.settings.account)
            ? 1
            : 0,
          AccountAccessKeysPresent: 0,
          AccountPasswordPresent: 0,
          AccessKeysPerUserQuota: 2,
          AttachedPoliciesPerUserQuota: 10,
          AttachedPoliciesPerGroupQuota: 10,
          AttachedPoliciesPerRoleQuota: 10,
          UserPolicySizeQuota: 2048,
          GroupPolicySizeQuota: 5120,
          PolicySizeQuota: 6144,
          VersionsPerPolicyQuota: 5,
          AssumeRolePolicySizeQuota: 2048,
          GlobalEndpointTokenVersion: 1,
        },
      };
    },
  }),

  GetAccountPasswordPolicy: operation({
    parameters: {},
    permissions: () => [{ action: 'iam:GetAccountPasswordPolicy', resource: '*' }],
    run: (_, { state }) => {
      throw noSuchEntity(`The Password Policy with domain name ${state.settings.account} cannot be found.`);
    },
  }),

  ListAccountAliases: operation({
    parameters: pageParameters,
    permissions: () => [{ action: 'iam:ListAccountAliases', resource: '*' }],
    run: (_, { state: { settings } }) => ({
      AccountAliases: settings.alias === undefined ? [] : [settings.alias],
      IsTruncated: false,
    }),
  }),
};
