import { type App, CfnParameter, Stack, Stage } from 'aws-cdk-lib';
import {
  OrganizationGuardrails,
  type OrganizationGuardrailsProps,
} from '../../../lib/organization/organization-guardrails';
import { ACCOUNT } from '../../support/policy-simulation';
import { emptyStack, newApp, onlyResource } from '../fixtures';
import { guarded, SCP, stackSetOf, UNIT } from './organization-fixtures';

describe('refuses, with the reason', () => {
  test.each<readonly [string, Partial<OrganizationGuardrailsProps>, string]>([
    ['no units', { organizationalUnitIds: [] }, 'organizationalUnitIds is empty, must name at least one'],
    [
      'an account among the units',
      { organizationalUnitIds: [ACCOUNT] },
      `names '${ACCOUNT}', must be an organizational unit such as ou-ab12-11112222, or a root such as r-ab12; StackSets does not deploy to single accounts`,
    ],
    [
      'the name of a unit',
      { organizationalUnitIds: ['Workloads'] },
      "names 'Workloads', must be an organizational unit such as ou-ab12-11112222, or a root such as r-ab12; copy the id",
    ],
    [
      'the organization itself',
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
      'a boundary of the policy’s name',
      { policyName: 'mfa', boundaryName: 'mfa' },
      "boundaryName is 'mfa', must differ from policyName 'mfa'",
    ],
    [
      'a boundary of the policy’s name but for case',
      { boundaryName: 'MFA-enforcement' },
      "boundaryName is 'MFA-enforcement', must differ from policyName 'mfa-enforcement'",
    ],
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
      "openActions names 'iam:CreateUser', which may change",
    ],
    [
      'an exempt user that is no ARN',
      { exemptUsers: ['ci'] },
      "exemptUsers names 'ci', must be an ARN pattern",
    ],
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

test('a boundary whose name, or the policy’s, is known only at deployment is not judged', () => {
  function build() {
    return guarded((stack) => ({ boundaryName: new CfnParameter(stack, 'Name').valueAsString }));
  }
  expect(() => build()).not.toThrow();
});

describe('two StackSets of one name', () => {
  const env = { account: ACCOUNT, region: 'eu-central-1' };
  function added(stack: Stack, id: string, stackSetName?: string) {
    return new OrganizationGuardrails(stack, id, {
      organizationalUnitIds: [UNIT],
      ...(stackSetName === undefined ? {} : { stackSetName }),
    });
  }

  test('are refused in a stack, once', () => {
    const stack = emptyStack();
    added(stack, 'One');
    added(stack, 'Two');

    expect(() => (stack.node.root as App).synth()).toThrow(
      /^Validation failed with the following errors:\n\s+\[Test\/Two\] stackSetName is 'mfa-guardrails', the same as that of 'Test\/One', must be unique in an account and Region; write another stackSetName[^\n]*$/,
    );
  });

  test.each([
    ['in two stacks of one environment', () => [env, env]],
    ['in two stacks of environments that only the deployment knows', () => [{}, {}]],
  ])('are refused %s', (_where, environments) => {
    const app = newApp();
    environments().forEach((environment, index) => {
      added(new Stack(app, `Stack${index}`, { env: environment }), 'Guardrails', 'ours');
    });
    expect(() => app.synth()).toThrow("stackSetName is 'ours', the same as that of 'Stack0/Guardrails'");
  });

  test('are refused in two stages of one environment', () => {
    const app = newApp();
    for (const id of ['Blue', 'Green']) {
      added(new Stack(new Stage(app, id, { env }), 'Stack'), 'Guardrails');
    }
    expect(() => app.synth()).toThrow("the same as that of 'Blue/Stack/Guardrails'");
  });

  test.each<readonly [string, (app: App) => void]>([
    [
      'under another name',
      (app) => {
        const stack = new Stack(app, 'Stack');
        added(stack, 'One');
        added(stack, 'Two', 'others');
      },
    ],
    [
      'in another account',
      (app) => {
        added(new Stack(app, 'One', { env }), 'Guardrails');
        added(new Stack(app, 'Two', { env: { ...env, account: '444455556666' } }), 'Guardrails');
      },
    ],
    [
      'in another stage, which may be another organization',
      (app) => {
        for (const id of ['Test', 'Prod']) {
          added(new Stack(new Stage(app, id), 'Stack'), 'Guardrails');
        }
      },
    ],
    [
      'under names that only the deployment knows',
      (app) => {
        const stack = new Stack(app, 'Stack');
        const name = new CfnParameter(stack, 'Name').valueAsString;
        added(stack, 'One', name);
        added(stack, 'Two', name);
      },
    ],
  ])('may be there %s', (_where, build) => {
    const app = newApp();
    build(app);
    expect(() => app.synth()).not.toThrow();
  });
});
