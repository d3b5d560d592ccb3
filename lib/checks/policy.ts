/** The policy documents of a template, wherever they are. */
import { isJsonObject, parseJson } from '../record/text';
import {
  type Attachment,
  type Attachments,
  attachmentOf,
  attachmentsOf,
  exportsOf,
  type Resource,
} from './attachment';
import { expandTemplate } from './expand-template';
import { canParseTemplate, parseTemplate } from './parse-template';
import type { TemplateFacts } from './principal';
import { type Statement, statementsOf } from './statement';
import { resourcesOf, type Template } from './template';
import { elementsOf, isIntrinsic, textOf } from './template-text';

/** The kind of decision that a policy document makes. */
type PolicyKind = 'trust' | 'identity' | 'organization' | 'resource';

/** A policy document of a resource. */
export interface Policy {
  readonly kind: PolicyKind;
  /** The identities that have it; none if the templates do not show any. */
  readonly attachedTo: ReadonlySet<Attachment>;
  readonly logicalId: string;
  readonly resourceType: string;
  /** The name of its role, with holes, if the template gives one. */
  readonly name: string | undefined;
  readonly statements: readonly Statement[];
}

const NO_IMPORTS: Attachments['byExport'] = new Map();

/** Maps each exported policy to the ways in which the resources of all templates of an app refer to it. */
export function importsOf(templates: readonly Template[]): Attachments['byExport'] {
  return attachmentsOf(templates.flatMap(resourcesOf)).byExport;
}

/**
 * Returns every policy document of a template: any object, or JSON text, with statements that have an effect. Documents in
 * the template of a StackSet belong to the StackSet.
 *
 * @param account the account of the stack, if it is known
 * @param imports the result of `importsOf` for all templates of the app
 */
export function policiesOf(
  template: Template,
  account?: string,
  imports: Attachments['byExport'] = NO_IMPORTS,
): readonly Policy[] {
  const resources = resourcesOf(template);
  const types = new Map(resources.map(({ logicalId, type }) => [logicalId, type]));
  const facts: TemplateFacts = { account, typeOf: (logicalId) => types.get(logicalId) };
  const { byLogicalId } = attachmentsOf(resources);
  const exported = exportsOf(template.Outputs);
  function namedAs({ logicalId }: Resource): ReadonlySet<Attachment> {
    return new Set([
      ...(byLogicalId.get(logicalId) ?? []),
      ...(exported.get(logicalId) ?? []).flatMap((name) => [...(imports.get(name) ?? [])]),
    ]);
  }
  return resources.flatMap((resource) => [
    ...documentsIn(resource.properties, 'Properties').map(({ document, location }) => ({
      kind: kindOf(resource.type, location),
      attachedTo: attachmentOf(resource, namedAs(resource)),
      logicalId: resource.logicalId,
      resourceType: resource.type,
      name: textOf(resource.properties.RoleName),
      statements: statementsOf(document, location, facts),
    })),
    ...policiesInBody(resource),
  ]);
}

/** Returns the policies that a StackSet deploys, in accounts that are not known, located in the template it carries. */
function policiesInBody(resource: Resource): readonly Policy[] {
  return policiesOf(bodyOf(resource)).map((policy) => ({
    ...policy,
    logicalId: resource.logicalId,
    statements: policy.statements.map((statement) => ({
      ...statement,
      location: locationInBody(policy.logicalId, statement.location),
    })),
  }));
}

/**
 * Returns the template that a StackSet carries; an empty one of any other resource. A body that is assembled at deployment
 * is not read: its references are to the outer template, and would be mistaken for the inner one's.
 */
export function bodyOf({ type, properties }: Resource): Template {
  const { TemplateBody: body } = properties;
  return type === 'AWS::CloudFormation::StackSet' && typeof body === 'string' && canParseTemplate(body)
    ? expandTemplate(Object(parseTemplate(body)))
    : {};
}

/** Returns the location in a StackSet of a place in the template it carries. */
export function locationInBody(logicalId: string, location: string): string {
  return `Properties.TemplateBody.Resources.${logicalId}.${location}`;
}

interface Document {
  readonly document: object;
  readonly location: string;
}

function documentsIn(value: unknown, location: string): readonly Document[] {
  // Text that becomes JSON only at deployment cannot be judged.
  const document = isPolicyText(value) ? parseJson(textOf(value) ?? '') : value;
  if (typeof document !== 'object' || document === null) {
    return [];
  }
  if (isDocument(document)) {
    return isLongerThanAny(document) ? [] : [{ document, location }];
  }
  // Other JSON text, such as a state machine's, is not searched.
  if (document !== value) {
    return [];
  }
  return Object.entries(document).flatMap(([key, inner]) => documentsIn(inner, `${location}.${key}`));
}

/** More values than any policy may have: the longest that a service takes, of 100 KB, has some 10,000 words. */
const MAX_VALUES = 20_000;

/** Tells whether a policy document has more values than AWS takes. It is not judged: that may take hours. */
export function isLongerThanAny(document: object): boolean {
  let count = 0;
  for (let level: unknown[] = [document]; level.length > 0 && count <= MAX_VALUES; count += level.length) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return count > MAX_VALUES;
}

/** Tells whether a value is a policy document. */
export function isDocument(value: object): boolean {
  const { Statement: statements } = value as { readonly Statement?: unknown };
  return elementsOf(statements).some((statement) => isJsonObject(statement) && 'Effect' in statement);
}

/** Tells whether a value is a policy as JSON text, possibly assembled at deployment. */
function isPolicyText(value: unknown): boolean {
  if (typeof value !== 'string' && !isIntrinsic(value)) {
    return false;
  }
  const text = textOf(value) ?? '';
  return text.trimStart().startsWith('{') && text.includes('"Statement"');
}

const IDENTITY_TYPES =
  /^AWS::(IAM::(Role|User|Group|Policy|ManagedPolicy|RolePolicy|UserPolicy|GroupPolicy)|SSO::PermissionSet|Serverless::(Function|StateMachine))$/;

function kindOf(type: string, location: string): PolicyKind {
  if (
    (type === 'AWS::IAM::Role' || type === 'AWS::Serverless::Function') &&
    location.startsWith('Properties.AssumeRolePolicyDocument')
  ) {
    return 'trust';
  }
  if (type === 'AWS::Organizations::Policy') {
    return 'organization';
  }
  return IDENTITY_TYPES.test(type) ? 'identity' : 'resource';
}
