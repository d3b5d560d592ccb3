/** The policy documents of a template, wherever they are. */
import type { TemplateFacts } from './principal';
import { type Statement, statementsOf } from './statement';
import { elementsOf, isIntrinsic, nameOfHole, textOf } from './template-text';

/** What a policy document decides. */
export type PolicyKind = 'trust' | 'identity' | 'organization' | 'resource';

/** Whose permissions an identity policy is, as far as the template tells. */
export type Attachment = 'people' | 'roles' | 'unknown';

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
}

interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * Every policy document of a template: any object, or JSON text, with statements that have an effect.
 *
 * @param account the account of the stack, where it is known
 */
export function policiesOf(template: Template, account?: string): readonly Policy[] {
  const resources = resourcesOf(template);
  const types = new Map(resources.map(({ logicalId, type }) => [logicalId, type]));
  const facts: TemplateFacts = { account, typeOf: (logicalId) => types.get(logicalId) };
  const attached = attachmentsOf(resources);
  return resources.flatMap((resource) =>
    documentsIn(resource.properties, 'Properties').map(({ document, location }) => ({
      kind: kindOf(resource.type, location),
      attachedTo: attachmentOf(resource, attached),
      logicalId: resource.logicalId,
      resourceType: resource.type,
      statements: statementsOf(document, location, facts),
    })),
  );
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
  if (typeof document !== 'object' || document === null) return [];
  if (isDocument(document)) return [{ document, location }];
  // The text of a whole template, or of a state machine, is not searched: only policies are kept as JSON text.
  if (document !== value) return [];
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
  if (typeof value !== 'string' && !isIntrinsic(value)) return false;
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
  if (type === 'AWS::IAM::Role' && location.startsWith('Properties.AssumeRolePolicyDocument')) return 'trust';
  if (type === 'AWS::Organizations::Policy') return 'organization';
  return IDENTITY_TYPES.test(type) ? 'identity' : 'resource';
}

const PEOPLE = ['AWS::IAM::User', 'AWS::IAM::Group', 'AWS::IAM::UserPolicy', 'AWS::IAM::GroupPolicy'];
const ROLES = ['AWS::IAM::Role', 'AWS::IAM::RolePolicy', 'AWS::SSO::PermissionSet'];

/** The managed policies that users and groups, or roles, name themselves. */
function attachmentsOf(resources: readonly Resource[]): ReadonlyMap<string, ReadonlySet<Attachment>> {
  const attached = new Map<string, Set<Attachment>>();
  for (const { type, properties } of resources) {
    const to = PEOPLE.includes(type) ? 'people' : ROLES.includes(type) ? 'roles' : undefined;
    for (const arn of to === undefined ? [] : elementsOf(properties.ManagedPolicyArns)) {
      const logicalId = nameOfHole(textOf(arn) ?? '')?.replace(/\..*$/, '');
      if (to !== undefined && logicalId !== undefined) {
        attached.set(logicalId, (attached.get(logicalId) ?? new Set()).add(to));
      }
    }
  }
  return attached;
}

function attachmentOf(
  { logicalId, type, properties }: Resource,
  attached: ReadonlyMap<string, ReadonlySet<Attachment>>,
): Attachment {
  const named = (list: string): boolean => elementsOf(properties[list]).length > 0;
  const by = attached.get(logicalId);
  if (PEOPLE.includes(type) || named('Users') || named('Groups') || by?.has('people')) return 'people';
  return ROLES.includes(type) || named('Roles') || by?.has('roles') ? 'roles' : 'unknown';
}
