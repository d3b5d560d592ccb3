/** The report of a finding of MfaChecks, and the ways to acknowledge it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  AnyPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
  User,
} from 'aws-cdk-lib/aws-iam';
import { version } from 'aws-cdk-lib/package.json';
import { MfaChecks } from '../../../lib/checks/mfa-checks';
import { emptyStack } from '../fixtures';
import { check, openRole, Spy, summary } from './checked-apps';

test('a violation names the resource, the place, the template, the value and the fix', () => {
  const stack = emptyStack();
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  role.assumeRolePolicy?.addStatements(
    new PolicyStatement({ actions: ['sts:AssumeRole'], principals: [new AccountPrincipal('111122223333')] }),
  );
  const spy = new Spy();
  Validations.of(stack.node.root).addPlugins(spy);
  expect(() => (stack.node.root as App).synth()).toThrow();

  const [violation, ...others] = spy.report?.violations ?? [];
  expect(others).toEqual([]);
  expect(violation).toEqual({
    ruleName: 'RoleWithoutMfa',
    severity: 'error',
    description: expect.stringMatching(
      /^AssumeRolePolicyDocument\.Statement\.1: lets arn:\$\{AWS::Partition\}:iam::111122223333:root assume the role without MFA/,
    ),
    fix: expect.stringContaining('MfaRole'),
    violatingResources: [
      {
        resourceLogicalId: 'Role1ABCC5F0',
        constructPath: 'Test/Role/Resource',
        templatePath: expect.stringMatching(/\/Test\.template\.json$/),
        locations: ['Properties.AssumeRolePolicyDocument.Statement.1'],
      },
    ],
  });
});

describe('an acknowledged finding', () => {
  const reason = 'only the build system’s roles use that account';

  test('disappears below the construct, and its reason is kept', () => {
    const stack = emptyStack();
    Validations.of(openRole(stack)).acknowledge({ id: 'MfaChecks::RoleWithoutMfa', reason });
    const app = stack.node.root as App;
    Validations.of(app).addPlugins(new MfaChecks());
    const { directory } = app.synth();

    const { pluginReports } = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8'));
    expect(pluginReports).toMatchObject([
      {
        pluginName: 'MfaChecks',
        conclusion: 'success',
        violations: [],
        suppressedViolations: [{ ruleName: 'RoleWithoutMfa', reason }],
      },
    ]);
  });

  // An older CDK acknowledges for the whole app, as docs/constructs/languages.md says.
  const isByPath = Number(version.split('.')[1]) >= 271;
  (isByPath ? test : test.skip)('leaves the same finding elsewhere', () => {
    const stack = emptyStack();
    Validations.of(openRole(stack)).acknowledge({ id: 'MfaChecks::RoleWithoutMfa', reason });
    openRole(stack, 'Other');
    Validations.of(stack.node.root).addPlugins(new MfaChecks());

    expect(() => (stack.node.root as App).synth()).toThrow('Test/Other/Resource (Other34654A52)');
  });
});

describe('an acknowledged word', () => {
  const words = ['sts:NewerThanTheData', 's3:GetSignedUrl'];
  function unknownWords(acknowledged: string) {
    const stack = emptyStack();
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ actions: words, resources: ['*'] }));
    Validations.of(role).acknowledge({ id: `MfaChecks::${acknowledged}`, reason: 'it is new' });
    Validations.of(stack.node.root).addPlugins(new MfaChecks());
    const shown = jest.spyOn(console, 'error').mockImplementation();
    const { directory } = (stack.node.root as App).synth();
    shown.mockRestore();
    const { pluginReports } = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8'));
    return pluginReports[0].violations.map(({ ruleName }: { ruleName: string }) => ruleName);
  }

  test('hides that word alone', () => {
    expect(unknownWords('UnknownAction[s3:GetSignedUrl]')).toEqual(['UnknownAction[sts:NewerThanTheData]']);
  });
});

test('the synthesis fails with a report that says what, why, how to mend it and how to acknowledge it', () => {
  const stack = emptyStack();
  new Role(stack, 'Open', { assumedBy: new AnyPrincipal() });
  Validations.of(stack.node.root).addPlugins(new MfaChecks());

  let message = '';
  try {
    (stack.node.root as App).synth();
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain(
    'ERROR AssumeRolePolicyDocument.Statement.0: lets anybody (*) assume the role without MFA: a stolen password or access key is enough (MfaChecks)\n' +
      '   Test/Open/Resource (Open2F4367FD) aws-cdk-lib.aws_iam.CfnRole\n' +
      '   Suggested fix: add the condition { "Bool": { "aws:MultiFactorAuthPresent": "true" } }',
  );
  expect(message).toContain("Acknowledge with 'MfaChecks::RoleWithoutMfa'");
});

test('a warning alone fails nothing', () => {
  const stack = emptyStack();
  new User(stack, 'Olga').addToPolicy(
    new PolicyStatement({ actions: ['iam:GetUser'], resources: [`arn:aws:iam::*:user/\${aws:username}`] }),
  );
  const shown = jest.spyOn(console, 'error').mockImplementation();
  const report = check(stack);

  expect(shown).toHaveBeenCalledWith(expect.stringContaining('WARNING PolicyDocument.Statement.0: names'));
  shown.mockRestore();
  expect(report.success).toBe(true);
  expect(summary(report)).toEqual(['warning UserUnderPath Test/Olga/DefaultPolicy/Resource']);
});

test('the same finding in several resources is one violation', () => {
  const stack = emptyStack();
  openRole(stack, 'One');
  openRole(stack, 'Two');

  expect(check(stack).violations.map(({ violatingResources }) => violatingResources.length)).toEqual([2]);
});

test('its name, version and rules are those of the library', () => {
  const checks = new MfaChecks();
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../../lib/package.json'), 'utf8'));
  expect(checks.name).toBe('MfaChecks');
  expect(checks.version).toBe(version);
  // People acknowledge by these: they never change.
  expect(checks.ruleIds).toEqual([
    'PeopleWithoutMfa',
    'RoleWithoutMfa',
    'AlternativeWithoutMfa',
    'DenyPassesWithoutMfa',
    'DenyLeavesOpen',
    'AllowPassesWithoutMfa',
    'DeviceDeletionWithoutMfa',
    'DeviceNamedAfterUser',
    'UserUnderPath',
    'MaximumAgeInDeny',
    'OrganizationDenyStopsRoles',
    'MfaRequiredOfMachines',
    'MfaConditionMistaken',
    'UnknownAction',
    'UnknownConditionKey',
    'NotJudged',
  ]);
});
