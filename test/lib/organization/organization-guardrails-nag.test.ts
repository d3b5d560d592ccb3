/** What AwsSolutions of cdk-nag, and CDK's own validator, say of the constructs for Config and for an organisation. */
import { CfnStackSet, Duration, Stack, Validations } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { MfaConformance } from '../../../lib/conformance/mfa-conformance';
import {
  MfaConformancePack,
  OrganizationMfaConformancePack,
} from '../../../lib/conformance/mfa-conformance-pack';
import { OrganizationGuardrails } from '../../../lib/organization/organization-guardrails';
import { newApp, withoutBootstrap } from '../fixtures';

// Both read every template with some hundred rules.
jest.setTimeout(60_000);

/** Synthesises under both, every finding an error. */
function check(build: (stack: Stack) => void): void {
  const app = newApp();
  app.node.setContext('@aws-cdk/core:validateAgainstDefaultRules', true);
  const stack = new Stack(app, 'Test', { synthesizer: withoutBootstrap() });
  build(stack);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const before = process.env.CDK_VALIDATION;
  const report = jest.spyOn(console, 'error').mockImplementation();
  try {
    process.env.CDK_VALIDATION = 'true';
    app.synth();
  } finally {
    process.env.CDK_VALIDATION = before;
    report.mockRestore();
  }
}

test('nothing is found', () => {
  check((stack) => {
    new OrganizationGuardrails(stack, 'Guardrails', {
      organizationalUnitIds: ['r-ab12'],
      boundaryName: 'mfa-boundary',
      maxAge: Duration.hours(12),
      exemptUsers: ['arn:aws:iam::*:user/ci/*'],
      conformance: { rootHardware: true },
    });
    new MfaConformance(stack, 'Conformance', { rootHardware: true });
    new MfaConformancePack(stack, 'Pack', { deliveryBucketName: 'awsconfigconforms-111122223333' });
    new OrganizationMfaConformancePack(stack, 'OrganizationPack', { excludedAccounts: ['444455556666'] });
  });
});

test('what is wrong would be found, by either', () => {
  const flawed = () =>
    check((stack) => {
      new ManagedPolicy(stack, 'Policy', {
        statements: [new PolicyStatement({ actions: ['*'], resources: ['*'] })],
      });
      // With no template.
      new CfnStackSet(stack, 'StackSet', { stackSetName: 'a', permissionModel: 'SELF_MANAGED' });
    });

  expect(flawed).toThrow(/AwsSolutions-IAM5[\s\S]*TemplateBody|TemplateBody[\s\S]*AwsSolutions-IAM5/);
});
