/** AwsSolutions of cdk-nag and CDK's own validator judge the constructs for Config and for an organization. */
import { type CfnStackSet, Duration, Stack, Validations } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { MfaConformance } from '../../../lib/conformance/mfa-conformance';
import {
  MfaConformancePack,
  OrganizationMfaConformancePack,
} from '../../../lib/conformance/mfa-conformance-pack';
import { OrganizationGuardrails } from '../../../lib/organization/organization-guardrails';
import { newApp, withoutBootstrap } from '../fixtures';

/** Synthesizes under both, every finding an error. */
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

function build(stack: Stack): OrganizationGuardrails {
  new MfaConformance(stack, 'Conformance', { rootHardware: true });
  new MfaConformancePack(stack, 'Pack', { deliveryBucketName: 'awsconfigconforms-111122223333' });
  new OrganizationMfaConformancePack(stack, 'OrganizationPack', { excludedAccounts: ['444455556666'] });
  return new OrganizationGuardrails(stack, 'Guardrails', {
    organizationalUnitIds: ['r-ab12'],
    boundaryName: 'mfa-boundary',
    maxAge: Duration.hours(12),
    exemptUsers: ['arn:aws:iam::*:user/ci/*'],
    conformance: { rootHardware: true },
  });
}

test('nothing is found', () => {
  expect(() => check(build)).not.toThrow();
});

test('a StackSet without its template would be found, by CDK', () => {
  function flawed() {
    return check((stack) => {
      const stackSet = build(stack).node.findChild('StackSet');
      (stackSet as CfnStackSet).addPropertyDeletionOverride('TemplateBody');
    });
  }

  expect(flawed).toThrow(/TemplateBody/);
});

test('a policy that allows everything would be found, by AwsSolutions', () => {
  function flawed() {
    return check((stack) => {
      new ManagedPolicy(build(stack), 'Policy', {
        statements: [new PolicyStatement({ actions: ['*'], resources: ['*'] })],
      });
    });
  }

  expect(flawed).toThrow(/AwsSolutions-IAM5/);
});
