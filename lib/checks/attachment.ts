/** The identities that have the policies of a template. */
import { elementsOf, nameOfHole, textOf } from './template-text';

/** A way in which the templates give a policy to identities. One that nobody has yet, as far as they show, may be anybody's. */
export type Attachment = 'people' | 'roles' | 'boundary of people' | 'boundary of roles';

/** Tells whether people have the permissions of an identity policy, or may get them. */
export function mayBeOfPeople(attached: ReadonlySet<Attachment>): boolean {
  return attached.size === 0 || attached.has('people');
}

/** Tells whether roles have an identity policy, as permissions or as a boundary, or may get it. */
export function mayBeOfRoles(attached: ReadonlySet<Attachment>): boolean {
  return attached.size === 0 || attached.has('roles') || attached.has('boundary of roles');
}

/** Tells whether roles have an identity policy, and nobody else. */
export function isOfRolesAlone(attached: ReadonlySet<Attachment>): boolean {
  return mayBeOfRoles(attached) && attached.size > 0 && !isOfAnyPeople(attached);
}

function isOfAnyPeople(attached: ReadonlySet<Attachment>): boolean {
  return attached.has('people') || attached.has('boundary of people');
}

/** A resource of a template. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The policies that resources refer to, by their logical id in the same template or by the export of another. */
export interface Attachments {
  readonly byLogicalId: ReadonlyMap<string, ReadonlySet<Attachment>>;
  readonly byExport: ReadonlyMap<string, ReadonlySet<Attachment>>;
}

const PEOPLE = ['AWS::IAM::User', 'AWS::IAM::Group', 'AWS::IAM::UserPolicy', 'AWS::IAM::GroupPolicy'];
const ROLES = [
  'AWS::IAM::Role',
  'AWS::IAM::RolePolicy',
  'AWS::SSO::PermissionSet',
  'AWS::Serverless::Function',
  'AWS::Serverless::StateMachine',
];

/** Finds the managed policies that users, groups and roles among the resources refer to, and how they use them. */
export function attachmentsOf(resources: readonly Resource[]): Attachments {
  const byLogicalId = new Map<string, Set<Attachment>>();
  const byExport = new Map<string, Set<Attachment>>();
  for (const { arn, as } of resources.flatMap(namedBy)) {
    const { 'Fn::ImportValue': imported } = Object(arn);
    const [map, name] =
      imported === undefined
        ? [byLogicalId, nameOfHole(textOf(arn) ?? '')?.replace(/\..*$/, '')]
        : [byExport, textOf(imported)];
    if (name !== undefined) {
      map.set(name, (map.get(name) ?? new Set()).add(as));
    }
  }
  return { byLogicalId, byExport };
}

function namedBy({
  type,
  properties,
}: Resource): readonly { readonly arn: unknown; readonly as: Attachment }[] {
  const holder = PEOPLE.includes(type) ? 'people' : ROLES.includes(type) ? 'roles' : undefined;
  if (holder === undefined) {
    return [];
  }
  return [
    ...elementsOf(properties.ManagedPolicyArns).map((arn) => ({ arn, as: holder }) as const),
    ...elementsOf(properties.PermissionsBoundary).map(
      (arn) => ({ arn, as: `boundary of ${holder}` }) as const,
    ),
  ];
}

/**
 * Returns the identities that have the policies in a resource.
 *
 * @param named the ways in which other resources refer to it
 */
export function attachmentOf(
  { type, properties }: Resource,
  named: ReadonlySet<Attachment>,
): ReadonlySet<Attachment> {
  function names(list: string): boolean {
    return elementsOf(properties[list]).length > 0;
  }
  const attached = new Set(named);
  if (PEOPLE.includes(type) || names('Users') || names('Groups')) {
    attached.add('people');
  }
  if (ROLES.includes(type) || names('Roles')) {
    attached.add('roles');
  }
  return attached;
}

/** Maps logical ids of a template to the names they are exported under. */
export function exportsOf(outputs: unknown): ReadonlyMap<string, readonly string[]> {
  const exported = new Map<string, readonly string[]>();
  for (const output of Object.values(Object(outputs))) {
    const { Value: value, Export: exporting } = Object(output);
    const logicalId = nameOfHole(textOf(value) ?? '')?.replace(/\..*$/, '');
    const name = textOf(Object(exporting).Name);
    if (logicalId !== undefined && name !== undefined) {
      exported.set(logicalId, [...(exported.get(logicalId) ?? []), name]);
    }
  }
  return exported;
}
