/**
 * The template that StackSets deploys in each account, as text.
 *
 * The text is made from the constructs people use by themselves, in a stack that is below no app: it resolves their
 * documents and names, and is never synthesized. So there is no second copy of a policy to keep in step, no phantom stack
 * in `cdk ls`, no file, and nothing of the outer stack or its feature flags gets in. The price is to name the
 * properties of two kinds of resource here, as CDK renders a resource in a synthesis only; a test compares with that.
 */
import { CfnParameter, CfnResource, Duration, Fn, Stack, Token, Tokenization } from 'aws-cdk-lib';
import { CfnGroup, CfnManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { RootConstruct } from 'constructs';
import type { MfaConformanceProps } from '../conformance/mfa-conformance';
import { managedRules, ruleResource } from '../conformance/mfa-conformance-rules';
import { MfaEnforcementBoundary } from '../enforcement/mfa-enforcement-boundary';
import { MfaEnforcedGroup, MfaEnforcementPolicy } from '../enforcement/mfa-enforcement-policy';
import { type MfaEnforcementRules, sharedRules } from '../enforcement/mfa-enforcement-rules';

/** CloudFormation's limit on a template in the text of another, in bytes. */
const MAX_TEMPLATE_BODY = 51_200;

/** The guardrails of each account. */
interface AccountGuardrails extends MfaEnforcementRules {
  readonly policyName: string;
  readonly groupName: string;
  readonly boundaryName?: string;
  readonly conformance?: MfaConformanceProps;
}

/** A template and what it wants to know. */
export interface AccountTemplate {
  /** JSON. */
  readonly body: string;
  /** The values that are known only when the outer stack is deployed, by parameter of the template. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The template of an account.
 *
 * @throws when a policy in it, or itself, is too large to deploy
 */
export function accountTemplate(guardrails: AccountGuardrails): AccountTemplate {
  const account = new Stack(new RootConstruct(), 'Account');
  const crossing = new Crossing(account);
  const rules = crossing.rules(guardrails);
  const enforcement = new MfaEnforcementPolicy(account, 'Enforcement', {
    ...rules,
    managedPolicyName: crossing.text('PolicyName', guardrails.policyName),
  });
  new MfaEnforcedGroup(account, 'Group', {
    enforcement,
    groupName: crossing.text('GroupName', guardrails.groupName),
  });
  if (guardrails.boundaryName !== undefined) {
    new MfaEnforcementBoundary(account, 'Boundary', {
      ...rules,
      managedPolicyName: crossing.text('BoundaryName', guardrails.boundaryName),
    });
  }
  requireValid(account);

  const body = JSON.stringify(
    account.resolve({
      Description: 'MFA guardrails of the organization; what is changed here by hand its StackSet may undo',
      ...crossing.declarations(),
      Resources: { ...iamResources(account), ...configRules(guardrails.conformance) },
    }),
  );
  const bytes = new TextEncoder().encode(body).length;
  if (bytes > MAX_TEMPLATE_BODY) {
    throw new Error(
      `the template of an account has ${bytes} bytes, must be at most ${MAX_TEMPLATE_BODY}; name fewer openActions`,
    );
  }
  return { body, parameters: crossing.values };
}

/** Asks what a synthesis would ask: nobody else does in a stack that has none. */
function requireValid(account: Stack): void {
  const problems = account.node.findAll().flatMap((construct) => construct.node.validate());
  if (problems.length > 0) {
    throw new Error(`the guardrails of an account cannot be deployed: ${problems.join('; ')}`);
  }
}

/** The IAM resources below the stack as they are in a template, by logical id. */
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
  throw new Error(`the template of an account knows no ${resource.cfnResourceType}; add its properties here`);
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

/** Carries values into the account: what is known is written there, what is a token of the outer stack is a parameter. */
class Crossing {
  private readonly parameters: CfnParameter[] = [];
  /** The values that the outer stack passes, by parameter. */
  public readonly values: Record<string, string> = {};

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

  /** The parameters as they are in a template. */
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
    this.values[id] = value;
    return parameter;
  }
}
