/** The policy documents of a template, wherever they are. */
import {
  type Attachment,
  type Attachments,
  attachmentOf,
  attachmentsOf,
  exportsOf,
  type Resource,
} from './attachment';
import type { TemplateFacts } from './principal';
import { type Statement, statementsOf } from './statement';
import { elementsOf, isIntrinsic, textOf } from './template-text';

/** The kind of decision that a policy document makes. */
type PolicyKind = 'trust' | 'identity' | 'organization' | 'resource';

/** A policy document of a resource. */
export interface Policy {
  readonly kind: PolicyKind;
  readonly attachedTo: Attachment;
  readonly logicalId: string;
  readonly resourceType: string;
  readonly statements: readonly Statement[];
}

/** A template, as far as policies go. */
export interface Template {
  readonly Resources?: unknown;
  readonly Outputs?: unknown;
}

const NO_IMPORTS: Attachments['byExport'] = new Map();

/** Maps each exported policy to the ways in which the resources of all templates of an app refer to it. */
export function importsOf(templates: readonly Template[]): Attachments['byExport'] {
  return attachmentsOf(templates.flatMap(resourcesOf)).byExport;
}

/**
 * Every policy document of a template: any object, or JSON text, with statements that have an effect. Those in the
 * template of a StackSet are the StackSet's.
 *
 * @param account the account of the stack, where it is known
 * @param imports what `importsOf` says of the templates around it
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
      statements: statementsOf(document, location, facts),
    })),
    ...policiesInBody(resource),
  ]);
}

/**
 * Those that a StackSet deploys, at their place in the template it carries. Text that the deployment puts together is not
 * searched: its references are of the outer template, and would be taken for those of the inner one.
 */
function policiesInBody({ logicalId, type, properties }: Resource): readonly Policy[] {
  const { TemplateBody: body } = properties;
  if (type !== 'AWS::CloudFormation::StackSet' || typeof body !== 'string') {
    return [];
  }
  // In accounts of their own, whichever those are.
  return policiesOf(Object(parsed(body))).map((policy) => ({
    ...policy,
    logicalId,
    statements: policy.statements.map((statement) => ({
      ...statement,
      location: `Properties.TemplateBody.Resources.${policy.logicalId}.${statement.location}`,
    })),
  }));
}

function resourcesOf({ Resources }: Template): readonly Resource[] {
  return Object.entries(Object(Resources)).flatMap(([logicalId, value]) => {
    const { Type: type, Properties: properties } = Object(value);
    return typeof type === 'string' ? [{ logicalId, type, properties: Object(properties) }] : [];
  });
}

interface Document {
  readonly document: object;
  readonly location: string;
}

function documentsIn(value: unknown, location: string): readonly Document[] {
  const document = isPolicyText(value) ? parsed(value) : value;
  if (typeof document !== 'object' || document === null) {
    return [];
  }
  if (isDocument(document)) {
    return [{ document, location }];
  }
  // Other text, such as a state machine's, is not searched: only policies are kept as JSON text.
  if (document !== value) {
    return [];
  }
  return Object.entries(document).flatMap(([key, inner]) => documentsIn(inner, `${location}.${key}`));
}

function isDocument(value: object): boolean {
  const { Statement: statements } = value as { readonly Statement?: unknown };
  return elementsOf(statements).some(
    (statement) => typeof statement === 'object' && statement !== null && 'Effect' in statement,
  );
}

/** JSON text, maybe put together by the deployment. */
function isPolicyText(value: unknown): boolean {
  if (typeof value !== 'string' && !isIntrinsic(value)) {
    return false;
  }
  const text = textOf(value) ?? '';
  return text.trimStart().startsWith('{') && text.includes('"Statement"');
}

function parsed(value: unknown): unknown {
  try {
    return JSON.parse(textOf(value) ?? '');
  } catch {
    // Text that only the deployment makes into JSON; it cannot be judged.
    return undefined;
  }
}

const IDENTITY_TYPES =
  /^AWS::(IAM::(Role|User|Group|Policy|ManagedPolicy|RolePolicy|UserPolicy|GroupPolicy)|SSO::PermissionSet)$/;

function kindOf(type: string, location: string): PolicyKind {
  if (type === 'AWS::IAM::Role' && location.startsWith('Properties.AssumeRolePolicyDocument')) {
    return 'trust';
  }
  if (type === 'AWS::Organizations::Policy') {
    return 'organization';
  }
  return IDENTITY_TYPES.test(type) ? 'identity' : 'resource';
}
