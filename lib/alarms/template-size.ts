/** The warning at synthesis about a template that is too large for an account that is not bootstrapped. */
import { Annotations, CfnElement, LegacyStackSynthesizer, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** CloudFormation's limit for a template that is not read from a bucket, in bytes. */
const MAX_TEMPLATE = 51_200;

/**
 * Warns when the stack of a construct needs no bootstrapped account, but will be too large to be deployed without one.
 *
 * Runs when the app is validated, because only then the stack is complete.
 */
export function warnOfSize(scope: Construct): void {
  const stack = Stack.of(scope);
  if (!(stack.synthesizer instanceof LegacyStackSynthesizer)) {
    return;
  }
  function validate() {
    const size = templateSize(stack);
    if (size > MAX_TEMPLATE) {
      Annotations.of(scope).addWarningV2(
        'cdk-mfa-guardrails:alarms-template-size',
        `the template of stack '${stack.stackName}' has about ${size} bytes, CloudFormation takes ${MAX_TEMPLATE} without a ` +
          'bucket; give the alarms a stack of their own, "pathMetadata": false in cdk.json, and fewer breakGlassUsers, ' +
          'breakGlassRoles or emailAddresses, or run `cdk bootstrap`',
      );
    }
    return [];
  }
  scope.node.addValidation({ validate });
}

function templateSize(stack: Stack): number {
  const elements = stack.node
    .findAll()
    .filter((child) => CfnElement.isCfnElement(child))
    .filter((element) => element.stack === stack);
  return elements.reduce((sum, element) => sum + yamlSize(stack.resolve(element._toCloudFormation()), 0), 0);
}

/** Estimates the bytes of a value as the CDK's command line writes it, in YAML below a key. */
function yamlSize(value: unknown, indent: number): number {
  if (Array.isArray(value)) {
    // The first line of an item follows its dash.
    return value.reduce(
      (sum: number, item) => sum + yamlSize(item, indent + 2) + (isNested(item) ? 0 : indent),
      0,
    );
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .reduce((sum, [key, item]) => sum + indent + key.length + 2 + yamlSize(item, indent + 2), 0);
  }
  const lines = String(value).split('\n');
  return lines.length === 1
    ? String(value).length + 1
    : lines.reduce((sum, line) => sum + indent + line.length + 1, 3);
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
