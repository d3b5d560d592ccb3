import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type App,
  type IPolicyValidationContext,
  NestedStack,
  type PolicyValidationPluginReport,
  Stack,
  Stage,
  Validations,
} from 'aws-cdk-lib';
import {
  AccountPrincipal,
  AccountRootPrincipal,
  AnyPrincipal,
  CfnRole,
  CompositePrincipal,
  Effect,
  Group,
  ManagedPolicy,
  PolicyStatement,
  Role,
  SamlConsolePrincipal,
  SamlMetadataDocument,
  SamlProvider,
  ServicePrincipal,
  User,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { MfaChecks } from '../../../lib/checks/mfa-checks';
import { GuardrailsStack, MfaEnforcementPolicy, MfaRole, requireMfa } from '../../../lib/index';
import { emptyStack, newApp, smallFleet, withoutBootstrap } from '../fixtures';

/** What CDK hands to a plugin, remembered, and what the plugin under test says. */
class Spy extends MfaChecks {
  public report?: PolicyValidationPluginReport;
  public context?: IPolicyValidationContext;

  public override validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    this.context = context;
    this.report = super.validate(context);
    return this.report;
  }
}

/** The report on an app; that it fails the synthesis is tested once, below. */
function check(scope: App | Stack): PolicyValidationPluginReport {
  const spy = new Spy();
  const app = scope.node.root as App;
  Validations.of(app).addPlugins(spy);
  try {
    app.synth();
  } catch (error) {
    if (spy.report === undefined) throw error;
  }
  return spy.report ?? { success: false, violations: [] };
}

/** Each violation as severity, rule and the constructs it is about. */
function summary({ violations }: PolicyValidationPluginReport): readonly string[] {
  return violations.map(({ ruleName, severity, violatingResources }) =>
    [severity, ruleName, ...violatingResources.map(({ constructPath }) => constructPath)].join(' '),
  );
}

function openRole(scope: Stack, id = 'Open'): Role {
  return new Role(scope, id, { assumedBy: new AccountPrincipal('111122223333') });
}

describe('it is silent', () => {
  test('about the guardrails themselves', () => {
    const app = newApp();
    const stack = new GuardrailsStack(app, 'Guardrails', {
      inventory: smallFleet(),
      synthesizer: withoutBootstrap(),
    });
    new MfaEnforcementPolicy(stack, 'People', { allowPasswordChange: true });
    new MfaRole(stack, 'Admin', { assumedBy: new AccountRootPrincipal() });
    new Role(stack, 'Deployer', {
      assumedBy: requireMfa(new AccountPrincipal('444455556666')),
      externalIds: ['x'],
    });

    expect(check(app)).toMatchObject({ success: true, violations: [] });
  });

  test('about an ordinary app', () => {
    const stack = new Stack(newApp(), 'App');
    const key = new Key(stack, 'Key', { enableKeyRotation: true });
    const bucket = new Bucket(stack, 'Bucket', { enforceSSL: true, encryptionKey: key });
    const worker = new LambdaFunction(stack, 'Worker', {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => {};'),
    });
    bucket.grantReadWrite(worker);
    new Topic(stack, 'Topic', { enforceSSL: true }).grantPublish(worker);
    new Queue(stack, 'Queue', { enforceSSL: true }).grantConsumeMessages(worker);
    const provider = new SamlProvider(stack, 'Saml', {
      metadataDocument: SamlMetadataDocument.fromXml('x'.repeat(1000)),
    });
    new Role(stack, 'Console', { assumedBy: new SamlConsolePrincipal(provider) });
    new Role(stack, 'Pipeline', {
      assumedBy: new CompositePrincipal(
        new ServicePrincipal('codebuild.amazonaws.com'),
        new WebIdentityPrincipal(
          'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com',
          {
            StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:org/repo:*' },
          },
        ),
      ),
    });

    expect(check(stack)).toMatchObject({ success: true, violations: [] });
  });
});

test('it is loud about self-management as it used to be written', () => {
  const stack = emptyStack();
  new ManagedPolicy(stack, 'SelfService', {
    groups: [new Group(stack, 'People')],
    statements: [
      new PolicyStatement({
        actions: ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice', 'iam:EnableMFADevice'],
        resources: [`arn:aws:iam::*:mfa/\${aws:username}`, `arn:aws:iam::*:user/\${aws:username}`],
      }),
      new PolicyStatement({
        effect: Effect.DENY,
        notActions: ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice', 'iam:ListMFADevice'],
        resources: ['*'],
        conditions: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } },
      }),
      new PolicyStatement({
        actions: ['s3:*'],
        resources: ['*'],
        conditions: {
          BoolIfExists: { 'aws:MultifactorAuthPresent': 'true', 'aws:MultiFactorPresent': 'true' },
        },
      }),
    ],
  });

  expect(summary(check(stack))).toEqual([
    'error DenyPassesWithoutMfa Test/SelfService/Resource',
    'error AllowPassesWithoutMfa Test/SelfService/Resource',
    'error DeviceDeletionWithoutMfa Test/SelfService/Resource',
    'error DeviceNamedAfterUser Test/SelfService/Resource',
    'warning UserUnderPath Test/SelfService/Resource',
    'error UnknownAction Test/SelfService/Resource',
    'error UnknownConditionKey Test/SelfService/Resource',
  ]);
});

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
        // CDK adds the path of the construct, and makes the template's relative, after the plugin.
        constructPath: 'Test/Role/Resource',
        templatePath: 'Test.template.json',
        locations: ['Properties.AssumeRolePolicyDocument.Statement.1'],
      },
    ],
  });
});

describe('it judges what is deployed', () => {
  test('with property overrides', () => {
    const stack = emptyStack();
    const role = new Role(stack, 'Role', { assumedBy: requireMfa(new AccountRootPrincipal()) });
    expect(role.node.defaultChild).toBeInstanceOf(CfnRole);
    (role.node.defaultChild as CfnRole).addPropertyDeletionOverride(
      'AssumeRolePolicyDocument.Statement.0.Condition',
    );

    expect(summary(check(stack))).toEqual(['error RoleWithoutMfa Test/Role/Resource']);
  });

  test('in nested stacks, at any depth, and in stages', () => {
    const app = newApp();
    const stack = new Stack(new Stage(app, 'Prod'), 'Stack', {
      env: { account: '111122223333', region: 'eu-west-1' },
    });
    const nested = new NestedStack(new NestedStack(stack, 'Outer'), 'Inner');
    openRole(nested, 'Nested');
    openRole(stack, 'Direct');
    const { violations } = check(app);

    expect(
      violations.flatMap(({ violatingResources }) =>
        violatingResources.map(({ constructPath }) => constructPath),
      ),
    ).toEqual(['Prod/Stack/Direct/Resource', 'Prod/Stack/Outer/Inner/Nested/Resource']);
  });

  test('and only the stages that it was added to', () => {
    const app = newApp();
    const checked = new Stage(app, 'Checked');
    const nested = new NestedStack(new Stack(new Stage(app, 'Unchecked'), 'Stack'), 'Nested');
    openRole(nested);
    openRole(new Stack(checked, 'Stack'), 'Seen');
    const spy = new Spy();
    Validations.of(checked).addPlugins(spy);
    expect(() => app.synth()).toThrow();

    expect(summary(spy.report ?? { success: true, violations: [] })).toEqual([
      'error RoleWithoutMfa Checked/Stack/Seen/Resource',
    ]);
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

  test('leaves the same finding elsewhere', () => {
    const stack = emptyStack();
    Validations.of(openRole(stack)).acknowledge({ id: 'MfaChecks::RoleWithoutMfa', reason });
    openRole(stack, 'Other');
    Validations.of(stack.node.root).addPlugins(new MfaChecks());

    expect(() => (stack.node.root as App).synth()).toThrow('Test/Other/Resource (Other34654A52)');
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
    'RoleWithoutMfa',
    'SecondDoor',
    'DenyPassesWithoutMfa',
    'AllowPassesWithoutMfa',
    'DeviceDeletionWithoutMfa',
    'DeviceNamedAfterUser',
    'UserUnderPath',
    'MaximumAgeInDeny',
    'OrganizationDenyStopsRoles',
    'MfaAskedOfMachines',
    'UnknownAction',
    'UnknownConditionKey',
  ]);
});
