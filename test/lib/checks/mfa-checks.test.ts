import {
  type App,
  CfnOutput,
  CfnStackSet,
  Duration,
  NestedStack,
  Stack,
  Stage,
  Validations,
} from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AccountPrincipal,
  AccountRootPrincipal,
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
import { CloudFormationProduct, CloudFormationTemplate, ProductStack } from 'aws-cdk-lib/aws-servicecatalog';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  GuardrailsStack,
  MfaEnforcementPolicy,
  MfaRole,
  OrganizationGuardrails,
  requireMfa,
} from '../../../lib/index';
import { emptyStack, newApp, smallFleet, withoutBootstrap } from '../fixtures';
import { check, openRole, Spy, summary } from './checked-apps';

/** A product that people launch from Service Catalog. */
class Product extends ProductStack {}

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

  test('about the guardrails of an organization, and what they deploy in each account', () => {
    const stack = emptyStack();
    new OrganizationGuardrails(stack, 'Organization', {
      organizationalUnitIds: ['r-ab12'],
      boundaryName: 'mfa-boundary',
      allowPasswordChange: true,
      openActions: ['s3:List*'],
      maxAge: Duration.hours(12),
      exemptUsers: ['arn:aws:iam::*:user/ci/*'],
      conformance: { rootHardware: true },
    });
    expect(check(stack)).toMatchObject({ success: true, violations: [] });
    // Its policies are looked at: were the Deny without its condition on the absent key, it would be found.
    const [deployed] = Object.values(
      Template.fromStack(stack).findResources('AWS::CloudFormation::StackSet'),
    );
    const { TemplateBody: body } = deployed?.Properties ?? {};
    const weakened = emptyStack();
    deployInAccounts(weakened, String(body).replaceAll('BoolIfExists', 'Bool'));
    expect(summary(check(weakened))).toContain('error DenyPassesWithoutMfa Test/Accounts');
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

describe('a managed policy of another stack', () => {
  function policyIn(app: App, id = 'Policies'): ManagedPolicy {
    return new ManagedPolicy(new Stack(app, id), 'Cleaner', {
      statements: [new PolicyStatement({ actions: ['iam:DeactivateMFADevice'], resources: ['*'] })],
    });
  }
  const FOUND = ['error DeviceDeletionWithoutMfa Policies/Cleaner/Resource'];

  test('is a role’s when only roles there have it', () => {
    const app = newApp();
    const policy = policyIn(app);
    const roles = new Stack(app, 'Roles');
    const cleaner = new Role(roles, 'Cleaner', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    cleaner.addManagedPolicy(policy);
    expect(summary(check(app))).toEqual([]);
  });

  test('is judged when people there have it, with roles or without', () => {
    const app = newApp();
    const policy = policyIn(app);
    const others = new Stack(app, 'Others');
    new Role(others, 'Cleaner', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [policy],
    });
    new User(others, 'Olga', { managedPolicies: [policy] });
    expect(summary(check(app))).toEqual(FOUND);
  });

  test('gives nothing as a permissions boundary there', () => {
    const app = newApp();
    const policy = policyIn(app);
    new User(new Stack(app, 'Others'), 'Olga', { permissionsBoundary: policy });
    expect(summary(check(app))).toEqual([]);
  });

  test('may be anybody’s when it is exported for nobody', () => {
    const app = newApp();
    const policy = policyIn(app);
    new CfnOutput(Stack.of(policy), 'Arn', { value: policy.managedPolicyArn, exportName: 'Cleaner' });
    expect(summary(check(app))).toEqual(FOUND);
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
          BoolIfExists: { 'aws:MultifactorAuthPresnt': 'true', 'aws:MultiFactorPresent': 'true' },
        },
      }),
    ],
  });

  expect(summary(check(stack))).toEqual([
    'error DenyPassesWithoutMfa Test/SelfService/Resource',
    'warning DenyLeavesOpen Test/SelfService/Resource',
    'warning DeviceDeletionWithoutMfa Test/SelfService/Resource',
    'error DeviceNamedAfterUser Test/SelfService/Resource',
    'warning UserUnderPath Test/SelfService/Resource',
    'error UnknownAction[iam:ListMFADevice] Test/SelfService/Resource',
    'error UnknownConditionKey[aws:MultifactorAuthPresnt] Test/SelfService/Resource',
    'warning UnknownConditionKey[aws:MultiFactorPresent] Test/SelfService/Resource',
  ]);
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

  test('in nested stacks as in the account of the stack they are deployed with', () => {
    const around = new Stack(newApp(), 'Around', { env: { account: '444455556666', region: 'eu-west-1' } });
    const stack = new Stack(around, 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
    // An external id is right for the software of another account, and for that only.
    for (const account of ['111122223333', '444455556666']) {
      new Role(new NestedStack(stack, `Trusts${account}`), 'Role', {
        assumedBy: new AccountPrincipal(account),
        externalIds: ['x'],
      });
    }

    expect(summary(check(stack))).toEqual([
      'error RoleWithoutMfa Around/Stack/Trusts111122223333/Role/Resource',
    ]);
  });

  test('in the products of Service Catalog', () => {
    const stack = emptyStack();
    const product = new Product(stack, 'Product');
    openRole(product);
    new CloudFormationProduct(stack, 'Catalog', {
      productName: 'team',
      owner: 'platform',
      productVersions: [{ cloudFormationTemplate: CloudFormationTemplate.fromProductStack(product) }],
    });

    expect(summary(check(stack))).toEqual(['error RoleWithoutMfa Test/Product/Open/Resource']);
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

  test('in the accounts of a StackSet', () => {
    const stack = emptyStack();
    const accounts = deployInAccounts(
      stack,
      JSON.stringify({
        Resources: {
          Open: {
            Type: 'AWS::IAM::Role',
            Properties: {
              AssumeRolePolicyDocument: {
                Statement: [
                  { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '111122223333' } },
                ],
              },
            },
          },
        },
      }),
    );
    const [violation, ...others] = check(stack).violations;

    expect(others).toEqual([]);
    expect(violation).toMatchObject({
      ruleName: 'RoleWithoutMfa',
      description: expect.stringMatching(
        /^TemplateBody\.Resources\.Open\.Properties\.AssumeRolePolicyDocument\.Statement\.0: lets 111122223333/,
      ),
      violatingResources: [
        {
          constructPath: 'Test/Accounts',
          resourceLogicalId: stack.getLogicalId(accounts),
          locations: [
            'Properties.TemplateBody.Resources.Open.Properties.AssumeRolePolicyDocument.Statement.0',
          ],
        },
      ],
    });
  });
});

/** A StackSet with such a template. */
function deployInAccounts(stack: Stack, templateBody: string): CfnStackSet {
  return new CfnStackSet(stack, 'Accounts', {
    stackSetName: 'accounts',
    permissionModel: 'SERVICE_MANAGED',
    templateBody,
  });
}
