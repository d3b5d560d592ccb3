import { Duration } from 'aws-cdk-lib';
import {
  type MfaEnforcementRules,
  MfaSelfService,
  sharedRules,
} from '../../../lib/enforcement/mfa-enforcement-rules';

test('the shared rules are all the rules that were given, and nothing else', () => {
  const rules: Required<MfaEnforcementRules> = {
    selfService: MfaSelfService.NONE,
    allowPasswordChange: false,
    openActions: [],
    maxAge: Duration.hours(1),
    exemptServices: true,
    allowFederatedUsers: true,
  };
  const props: MfaEnforcementRules & { readonly managedPolicyName: string } = {
    ...rules,
    managedPolicyName: 'mfa',
  };

  expect(sharedRules(props)).toStrictEqual(rules);
  expect(sharedRules({})).toStrictEqual({});
});
