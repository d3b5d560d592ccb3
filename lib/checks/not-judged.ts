/** The places of a template that nobody can judge before deployment, each with the reason. */
import { isJsonObject } from '../record/text';
import { leavesNoUsers } from './callers';
import { canParseTemplate } from './parse-template';
import { isDocument, isLongerThanAny, type Policy } from './policy';
import { usersOf } from './principal';
import { demandsMfa, mfaConditionsOf } from './requests-without-mfa';
import { isAboutAction } from './scope';
import type { Condition, Statement } from './statement';
import { resourcesOf, type Template } from './template';
import { isIntrinsic, isKnown, nameOfHole, show, textOf } from './template-text';
import { typeOfArn } from './user-pattern';

/** A place that is not judged. */
export interface NotJudged {
  readonly logicalId: string;
  readonly location: string;
  /** The reason: one sentence, without a final period. */
  readonly reason: string;
}

/** Lists what the rules could not judge in the policies of a template, and what they could not read. */
export function notJudgedIn(template: Template, policies: readonly Policy[]): readonly NotJudged[] {
  const roles = new Set(
    resourcesOf(template)
      .filter(({ type }) => type === 'AWS::IAM::Role')
      .map(({ logicalId }) => logicalId),
  );
  return [
    ...policies.flatMap((policy) => inPolicy(policy, roles)),
    ...Object.entries(Object(template.Resources)).flatMap(inResource),
  ];
}

function inPolicy(policy: Policy, roles: ReadonlySet<string>): readonly NotJudged[] {
  return policy.statements.flatMap((statement) => {
    const reason = reasonIn(statement, policy, roles);
    return reason === undefined
      ? []
      : [{ logicalId: policy.logicalId, location: statement.location, reason }];
  });
}

function reasonIn(statement: Statement, { kind }: Policy, roles: ReadonlySet<string>): string | undefined {
  if (!statement.effectKnown) {
    return 'its effect is decided at deployment';
  }
  return kind === 'trust' ? reasonInTrust(statement, roles) : reasonInConditions(statement);
}

/**
 * Returns the reason why it is not known who may assume a role without MFA.
 *
 * @param roles the logical ids of the template's roles
 */
function reasonInTrust(statement: Statement, roles: ReadonlySet<string>): string | undefined {
  if (statement.effect !== 'Allow' || !mayAssume(statement)) {
    return undefined;
  }
  if (statement.principals.length === 0 && !statement.hasNotPrincipal) {
    return 'its principals are known only at deployment';
  }
  if (!statement.conditionsKnown) {
    return 'its conditions are decided at deployment';
  }
  return demandsMfa(statement)
    ? reasonInConditions(statement)
    : (reasonInPrincipals(statement) ?? reasonInCallers(statement, roles) ?? reasonInConditions(statement));
}

function reasonInPrincipals({ principals }: Statement): string | undefined {
  const unknown = principals.filter(({ kind }) => kind === 'unknown');
  if (unknown.length === 0) {
    return undefined;
  }
  const names = unknown.map(({ name }) => show(name)).join(', ');
  return unknown.every(({ name }) => isKnown(name))
    ? `the form of ${names} is no principal's: it may stand for people, who need MFA`
    : `${names} is known only at deployment: it may be people, who need MFA`;
}

/** Returns the reason if a condition admits callers of whom only the deployment knows whether they are roles. */
function reasonInCallers(statement: Statement, roles: ReadonlySet<string>): string | undefined {
  function mayBeAnybody(keyName: string, value: string): boolean {
    const known = keyName === 'aws:principalarn' ? typeOfArn(value) : value;
    const name = nameOfHole(value.split(':')[0] ?? '')?.replace(/\.(Arn|RoleId)$/, '');
    return !isKnown(known) && (name === undefined || !roles.has(name));
  }
  const open = statement.conditions.filter(
    ({ keyName, values }) =>
      CALLERS.includes(keyName) && values.some((value) => mayBeAnybody(keyName, value)),
  );
  const others = { ...statement, conditions: statement.conditions.filter((one) => !open.includes(one)) };
  return usersOf(statement).length > 0 && leavesNoUsers(statement) && !leavesNoUsers(others)
    ? reasonOf(open)
    : undefined;
}

/** The condition keys by which a statement is limited to roles. */
const CALLERS = ['aws:principalarn', 'aws:principaltype', 'aws:userid'];

function mayAssume(statement: Statement): boolean {
  return (
    isAboutAction(statement, 'sts:AssumeRole') ||
    (statement.actions?.some((action) => !isKnown(action)) ?? false)
  );
}

function reasonInConditions(statement: Statement): string | undefined {
  return reasonOf(mfaConditionsOf(statement).filter(({ values }) => !values.every(isKnown)));
}

function reasonOf([open]: readonly Condition[]): string | undefined {
  return open === undefined
    ? undefined
    : `the value of ${open.key} is known only at deployment: ${open.values.map(show).join(', ')}`;
}

/** The properties that hold a template by its address. */
const TEMPLATES: Readonly<Record<string, string>> = {
  'AWS::CloudFormation::Stack': 'TemplateURL',
  'AWS::CloudFormation::StackSet': 'TemplateURL',
  'AWS::Serverless::Application': 'Location',
};

/** The names of properties that hold a policy document. */
const DOCUMENT = /^(AssumeRolePolicyDocument|PolicyDocument|KeyPolicy|InlinePolicy|ResourcePolicy|Content)$/;

/** The function that calls a macro, such as `AWS::Include`, whose output takes its place. */
const TRANSFORM = 'Fn::Transform';

function inResource([logicalId, resource]: readonly [string, unknown]): readonly NotJudged[] {
  const { Type: type, Properties: properties, Metadata: metadata } = Object(resource);
  const { [TEMPLATES[type] ?? '']: address, TemplateBody: body } = Object(properties);
  if (logicalId === TRANSFORM || TRANSFORM in Object(resource)) {
    return [
      {
        logicalId,
        location: logicalId === TRANSFORM ? 'Name' : TRANSFORM,
        reason: 'a macro writes it at deployment',
      },
    ];
  }
  const found: (readonly [location: string, reason: string])[] = documentsIn(type, properties, 'Properties');
  // CDK writes the template of a nested stack next to its parent's, where it is read.
  if (address !== undefined && Object(metadata)['aws:asset:path'] === undefined && !isAsset(address)) {
    found.push([`Properties.${TEMPLATES[type]}`, `its template is at ${showValue(address)}`]);
  }
  if (type === 'AWS::CloudFormation::StackSet' && body !== undefined && !isReadable(body)) {
    found.push(['Properties.TemplateBody', 'its template is assembled at deployment, or is not a template']);
  }
  if (type === 'AWS::ServiceCatalog::CloudFormationProduct') {
    found.push(...productsIn(properties));
  }
  return found.map(([location, reason]) => ({ logicalId, location, reason }));
}

/** Tells whether an address is in the assets of CDK, which writes such a template next to the one that refers to it. */
function isAsset(address: unknown): boolean {
  return /\bcdk-.*-assets-|AssetParameters/.test(showValue(address));
}

/** Lists the templates of a product that are behind a URL. */
function productsIn(properties: unknown): readonly (readonly [location: string, reason: string])[] {
  const versions = Object(properties).ProvisioningArtifactParameters;
  return (Array.isArray(versions) ? versions : []).flatMap((version: unknown, index) => {
    const { LoadTemplateFromURL: url } = Object(Object(version).Info);
    return url === undefined || isAsset(url)
      ? []
      : [
          [
            `Properties.ProvisioningArtifactParameters.${index}.Info.LoadTemplateFromURL`,
            `its template is at ${showValue(url)}`,
          ] as const,
        ];
  });
}

function isReadable(body: unknown): boolean {
  return typeof body === 'string' && canParseTemplate(body);
}

/** Finds policy documents and parts of resources that are assembled at deployment. */
function documentsIn(type: unknown, value: unknown, location: string): [location: string, reason: string][] {
  if (!isJsonObject(value) && !Array.isArray(value)) {
    return [];
  }
  if (isJsonObject(value) && TRANSFORM in value) {
    return [[location, 'a macro writes it at deployment']];
  }
  if (isDocument(value) && isLongerThanAny(value)) {
    return [[location, 'the policy document is longer than AWS accepts']];
  }
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = `${location}.${key}`;
    const isOfPolicy = DOCUMENT.test(key) && (key !== 'Content' || type === 'AWS::Organizations::Policy');
    return isOfPolicy && isAssembled(inner)
      ? [[at, 'the policy document is assembled at deployment'] as [string, string]]
      : documentsIn(type, inner, at);
  });
}

/** Tells whether a document is neither an object nor text that is known, such as a reference to a parameter. */
function isAssembled(value: unknown): boolean {
  // The branches of the one and the argument of the other are read as they are.
  if (!isIntrinsic(value) || (isJsonObject(value) && ('Fn::If' in value || 'Fn::ToJsonString' in value))) {
    return false;
  }
  const text = textOf(value) ?? '';
  return !text.trimStart().startsWith('{') || !canParseTemplate(text);
}

function showValue(value: unknown): string {
  return show(textOf(value) ?? JSON.stringify(value));
}
