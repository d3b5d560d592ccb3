/** Operations of IAM about the account as a whole. */

import { type Operations, operation } from './declared-operation';
import { noSuchEntity, userArn, userNameOrOwn } from './iam-entities';
import { pageParameters } from './pagination';
import { flag, integer, optional, withDefault } from './parameters';
import { isOwnOfRoot } from './root-access';

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
          AccountAccessKeysPresent: state.rootCredentials.has('access-key') ? 1 : 0,
          AccountPasswordPresent: state.rootCredentials.has('password') ? 1 : 0,
          AccountSigningCertificatesPresent: state.rootCredentials.has('signing-certificate') ? 1 : 0,
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
      const { settings, passwordPolicy } = state;
      if (passwordPolicy === undefined) {
        throw noSuchEntity(`The Password Policy with domain name ${settings.account} cannot be found.`);
      }
      const { maxAgeDays, hardExpiry, usersMayChange } = passwordPolicy;
      return {
        PasswordPolicy: {
          MinimumPasswordLength: 6,
          RequireSymbols: false,
          RequireNumbers: false,
          RequireUppercaseCharacters: false,
          RequireLowercaseCharacters: false,
          AllowUsersToChangePassword: usersMayChange,
          ExpirePasswords: maxAgeDays !== undefined,
          ...(maxAgeDays === undefined ? {} : { MaxPasswordAge: maxAgeDays }),
          HardExpiry: hardExpiry,
        },
      };
    },
  }),

  UpdateAccountPasswordPolicy: operation({
    parameters: {
      AllowUsersToChangePassword: withDefault(flag, false),
      MaxPasswordAge: optional(integer(1, 1095)),
      HardExpiry: withDefault(flag, false),
    },
    permissions: () => [{ action: 'iam:UpdateAccountPasswordPolicy', resource: '*' }],
    run: ({ AllowUsersToChangePassword, MaxPasswordAge, HardExpiry }, { state }) => {
      state.passwordPolicy = {
        ...(MaxPasswordAge === undefined ? {} : { maxAgeDays: MaxPasswordAge }),
        hardExpiry: HardExpiry,
        usersMayChange: AllowUsersToChangePassword,
      };
      return {};
    },
  }),

  ListSigningCertificates: operation({
    parameters: pageParameters,
    permissions: (_, context) => [
      {
        action: 'iam:ListSigningCertificates',
        resource: isOwnOfRoot(undefined, context)
          ? context.state.rootArn
          : userArn(context.state, userNameOrOwn(undefined, context)),
      },
    ],
    // Users have none here.
    run: (_, context) => ({
      Certificates:
        isOwnOfRoot(undefined, context) && context.state.rootCredentials.has('signing-certificate')
          ? [
              {
                UserName: 'root',
                CertificateId: 'TA7SMP42TDN5Z26OBPJE7EXAMPLE',
                CertificateBody: '-----BEGIN CERTIFICATE-----',
                Status: 'Active',
              },
            ]
          : [],
      IsTruncated: false,
    }),
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
