/**
 * The template that StackSets deploys in each account, as text.
 *
 * The text is made from the public constructs, in a stack outside any app that resolves their documents and names and is
 * never synthesized. So there is no second copy of a policy, no extra stack in `cdk ls`, no file, and no influence of the
 * outer stack or its feature flags. The price: the properties of two resource types are listed here, because CDK renders
 * resources only in a synthesis. A test compares the list with a synthesis.
 */
import { CfnParameter, CfnResource, Duration, Fn, Stack, Token, Tokenization } from 'aws-cdk-lib';
import { CfnGroup, CfnManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { RootConstruct } from 'constructs';
import type { MfaConformanceProps } from '../conformance/mfa-conformance';
import { managedRules, ruleResource } from '../conformance/mfa-conformance-rules';
import { MfaEnforcementBoundary } from '../enforcement/mfa-enforcement-boundary';
import { MfaEnforcedGroup, MfaEnforcementPolicy } from '../enforcement/mfa-enforcement-policy';
import { type MfaEnforcementRules, sharedRules } from '../enforcement/mfa-enforcement-rules';

/** CloudFormation's limit on a template inside another, in bytes. */
const MAX_TEMPLATE_BODY = 51_200;

/** The guardrails of each account. */
interface AccountGuardrails extends MfaEnforcementRules {
  readonly policyName: string;
  readonly groupName: string;
  readonly boundaryName?: string;
  readonly conformance?: MfaConformanceProps;
}

/** A template and the values of its parameters. */
export interface AccountTemplate {
  /** The template as JSON. */
  readonly body: string;
  /** The values that are known only when the outer stack is deployed, by the name of the parameter. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Makes the template of an account.
 *
 * @throws when the template, or a policy in it, is too large to deploy
 */
export function accountTemplate(guardrails: AccountGuardrails): AccountTemplate {
  const account = new Stack(new RootConstruct(), 'Account');
  const values = new OuterValues(account);
  const rules = values.rules(guardrails);
  const enforcement = new MfaEnforcementPolicy(account, 'Enforcement', {
    ...rules,
    managedPolicyName: values.text('PolicyName', guardrails.policyName),
  });
  new MfaEnforcedGroup(account, 'Group', {
    enforcement,
    groupName: values.text('GroupName', guardrails.groupName),
  });
  if (guardrails.boundaryName !== undefined) {
    new MfaEnforcementBoundary(account, 'Boundary', {
      ...rules,
      managedPolicyName: values.text('BoundaryName', guardrails.boundaryName),
    });
  }
  requireValid(account);

  const body = JSON.stringify(
    account.resolve({
      Description: 'MFA guardrails of the organization; the StackSet may undo manual changes',
      ...values.declarations(),
      Resources: { ...iamResources(account), ...configRules(guardrails.conformance) },
    }),
  );
  const bytes = new TextEncoder().encode(body).length;
  if (bytes > MAX_TEMPLATE_BODY) {
    throw new Error(
      `the template of an account has ${bytes} bytes, must be at most ${MAX_TEMPLATE_BODY}; name fewer openActions`,
    );
  }
  return { body, parameters: values.byParameter };
}

/** Runs the validation of the constructs, which a synthesis would otherwise run. */
function requireValid(account: Stack): void {
  const problems = account.node.findAll().flatMap((construct) => construct.node.validate());
  if (problems.length > 0) {
    throw new Error(`the guardrails of an account cannot be deployed: ${problems.join('; ')}`);
  }
}

/** Renders the IAM resources below the stack as in a template, by logical id. */
function iamResources(account: Stack): Record<string, unknown> {
  const resources = account.node.findAll().filter((construct) => CfnResource.isCfnResource(construct));
  return Object.fromEntries(
    resources.map((resource) => [
      account.resolve(resource.logicalId),
      { Type: resource.cfnResourceType, Properties: propertiesOf(resource) },
    ]),
  );
}

function propertiesOf(resource: CfnResource): unknown {
  if (resource instanceof CfnManagedPolicy) {
    return {
      ManagedPolicyName: resource.managedPolicyName,
      Description: resource.description,
      Path: resource.path,
      PolicyDocument: resource.policyDocument,
    };
  }
  if (resource instanceof CfnGroup) {
    return {
      GroupName: resource.groupName,
      Path: resource.path,
      ManagedPolicyArns: resource.managedPolicyArns,
    };
  }
  throw new Error(
    `the template of an account cannot render ${resource.cfnResourceType}; add its properties to propertiesOf`,
  );
}

function configRules(conformance: MfaConformanceProps | undefined): Record<string, unknown> {
  const rules = conformance === undefined ? [] : managedRules(conformance);
  return Object.fromEntries(
    rules.map((rule) => [
      `Conformance${rule.id}`,
      ruleResource(rule, conformance?.maximumExecutionFrequency),
    ]),
  );
}

/** Passes values into the account's template: known ones as they are, tokens of the outer stack as parameters. */
class OuterValues {
  private readonly parameters: CfnParameter[] = [];
  /** The values that the outer stack passes, by the name of the parameter. */
  public readonly byParameter: Record<string, string> = {};

  public constructor(private readonly account: Stack) {}

  public text(id: string, value: string): string {
    return Token.isUnresolved(value) ? this.parameter(id, 'String', value).valueAsString : value;
  }

  public rules(rules: MfaEnforcementRules): MfaEnforcementRules {
    const { openActions, maxAge } = rules;
    return {
      ...sharedRules(rules),
      ...(openActions === undefined ? {} : { openActions: this.actions(openActions) }),
      ...(maxAge === undefined ? {} : { maxAge: this.age(maxAge) }),
    };
  }

  /** Renders the parameters as in a template. */
  public declarations(): { readonly Parameters?: unknown } {
    const declared = this.parameters.map((parameter) => [parameter.node.id, { Type: parameter.type }]);
    return declared.length === 0 ? {} : { Parameters: Object.fromEntries(declared) };
  }

  private actions(actions: string[]): string[] {
    return Token.isUnresolved(actions)
      ? this.parameter('OpenActions', 'CommaDelimitedList', Fn.join(',', actions)).valueAsList
      : actions.map((action, index) => this.text(`OpenAction${index}`, action));
  }

  private age(maxAge: Duration): Duration {
    if (!maxAge.isUnresolved()) {
      return maxAge;
    }
    const seconds = Tokenization.stringifyNumber(maxAge.toSeconds());
    return Duration.seconds(this.parameter('MaxAgeSeconds', 'Number', seconds).valueAsNumber);
  }

  private parameter(id: string, type: string, value: string): CfnParameter {
    const parameter = new CfnParameter(this.account, id, { type });
    this.parameters.push(parameter);
    this.byParameter[id] = value;
    return parameter;
  }
}
