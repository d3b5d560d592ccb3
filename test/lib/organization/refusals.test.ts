import type { OrganizationGuardrailsProps } from '../../../lib/organization/organization-guardrails';
import { ACCOUNT } from '../../support/policy-simulation';
import { onlyResource } from '../fixtures';
import { guarded, SCP, stackSetOf, UNIT } from './organization-fixtures';

describe('refuses, with the reason', () => {
  test.each<readonly [string, Partial<OrganizationGuardrailsProps>, string]>([
    ['no units', { organizationalUnitIds: [] }, 'organizationalUnitIds is empty, must name at least one'],
    [
      'an account among the units',
      { organizationalUnitIds: [ACCOUNT] },
      `names '${ACCOUNT}', must be an organizational unit such as ou-ab12-11112222, or a root such as r-ab12; StackSets deploys to no account by itself`,
    ],
    [
      'the name of a unit',
      { organizationalUnitIds: ['Workloads'] },
      "names 'Workloads', must be an organizational unit such as ou-ab12-11112222, or a root such as r-ab12; copy the id",
    ],
    [
      'the organisation itself',
      { organizationalUnitIds: ['o-exampleorgid'] },
      "names 'o-exampleorgid', must be an organizational unit",
    ],
    ['an empty id', { organizationalUnitIds: [''] }, "names '', must be an organizational unit"],
    [
      'a unit twice',
      { organizationalUnitIds: [UNIT, 'r-ab12', UNIT] },
      `organizationalUnitIds names '${UNIT}' twice, must name each once`,
    ],
    [
      'a short account',
      { accountIds: ['1111'] },
      "accountIds names '1111', must be the 12 digits of an account",
    ],
    [
      'a unit among the accounts',
      { accountIds: [UNIT] },
      `accountIds names '${UNIT}', must be the 12 digits of an account, such as 111122223333; organizational units and roots belong`,
    ],
    ['an account twice', { accountIds: [ACCOUNT, ACCOUNT] }, `accountIds names '${ACCOUNT}' twice`],
    [
      'no Region',
      { region: '' },
      "region is '', must be the name of one Region; write one such as eu-central-1",
    ],
    [
      'a list of Regions',
      { region: 'eu-central-1,us-east-1' },
      "region is 'eu-central-1,us-east-1', must be",
    ],
    ['a policy name with a slash', { policyName: 'a/b' }, "policyName is 'a/b', must be 1 to 128 letters"],
    ['an empty group name', { groupName: '' }, "groupName is '', must be 1 to 128 letters"],
    ['a long boundary name', { boundaryName: 'b'.repeat(129) }, 'must be 1 to 128 letters, digits and'],
    [
      'a StackSet’s name with a dot',
      { stackSetName: 'a.b' },
      "stackSetName is 'a.b', must be a letter, then",
    ],
    [
      'more than all',
      { failureTolerancePercentage: 101 },
      'failureTolerancePercentage is 101, must be a whole',
    ],
    [
      'less than none',
      { failureTolerancePercentage: -1 },
      'failureTolerancePercentage is -1, must be a whole',
    ],
    ['a fraction', { failureTolerancePercentage: 0.1 }, 'failureTolerancePercentage is 0.1, must be a whole'],
    [
      'an open action too strong',
      { openActions: ['iam:CreateUser'] },
      "openActions: 'iam:CreateUser' may change",
    ],
    ['an exempt user that is no ARN', { exemptUsers: ['ci'] }, "exemptUsers: 'ci' is not an ARN pattern"],
  ])('%s', (_what, props, message) => {
    expect(() => guarded(props)).toThrow(message);
  });

  test.each(['r-ab12', UNIT, 'ou-examplerootid111-exampleouid111'])('but not %s', (id) => {
    expect(onlyResource(guarded({ organizationalUnitIds: [id] }), SCP).TargetIds).toEqual([id]);
  });

  test.each(['us-gov-west-1', 'cn-north-1', 'ap-southeast-2', 'eusc-de-east-1'])(
    'but not Region %s',
    (region) => {
      expect(stackSetOf({ region }).StackInstancesGroup).toMatchObject([{ Regions: [region] }]);
    },
  );
});
