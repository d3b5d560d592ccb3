/** The IAM users of a template who can sign in, each with all policies that the template gives them. */
import type { Resource } from './attachment';
import { bodyOf, locationInBody, type Policy, policiesOf } from './policy';
import type { Statement } from './statement';
import { resourcesOf, type Template } from './template';
import { elementsOf, isKnown, nameOfHole, show, textOf } from './template-text';

/** A user who can sign in, or a group with members whom the template only names. */
export interface Person {
  readonly logicalId: string;
  /** The place in that resource. */
  readonly location: string;
  /** Their password or access key, or the names of the members. */
  readonly credential: string;
  /** The statements of all their policies, those of their groups and what a boundary denies included, as one policy. */
  readonly policy: Policy;
  /** The statements that allow something in their boundary; absent if they have none, or it is not known. */
  readonly boundary: readonly Statement[] | undefined;
  /** The policies and groups that are not in the template, and may deny without MFA. */
  readonly elsewhere: readonly string[];
}

/** Permissions that AWS's own policies give; any other one is something, and is known to deny nothing. */
const OF_AWS: Readonly<Record<string, Partial<Statement>>> = {
  AdministratorAccess: { actions: ['*'] },
  IAMFullAccess: { actions: ['iam:*'] },
  PowerUserAccess: { notActions: ['iam:*', 'organizations:*', 'account:*'] },
  IAMUserChangePassword: { actions: ['iam:ChangePassword'] },
};

/** The action that stands for what another policy of AWS allows. */
const SOMETHING = "what AWS's policy allows";

/** Finds the people of a template. @param policies all policies of the template */
export function peopleIn(template: Template, policies: readonly Policy[]): readonly Person[] {
  const resources = resourcesOf(template);
  const keys = resources
    .filter(({ type }) => type === 'AWS::IAM::AccessKey')
    .map(({ properties }) => properties.UserName);
  const own = resources.flatMap((resource): readonly Person[] => {
    const credential = credentialOf(resource, keys, resources);
    if (credential === undefined) {
      return [];
    }
    const groups = resource.type === 'AWS::IAM::User' ? groupsOf(resource, resources) : [];
    const holders = [resource, ...groups.flatMap((name) => named(name, resources) ?? [])];
    const attached = attachedTo(holders, resources);
    const limiting = referredBy([resource], 'PermissionsBoundary', resources);
    const boundary = statementsIn(limiting, policies);
    const permissionsElsewhere = [
      ...attached.elsewhere,
      ...groups
        .filter((name) => named(name, resources) === undefined)
        .map((name) => `the group ${showName(name)}`),
    ];
    return [
      {
        logicalId: resource.logicalId,
        location: 'Properties',
        credential,
        policy: {
          kind: 'identity',
          attachedTo: new Set(['people'] as const),
          logicalId: resource.logicalId,
          resourceType: resource.type,
          name: undefined,
          statements: [
            ...statementsIn(attached, policies),
            ...boundary.filter(({ effect }) => effect === 'Deny'),
            // A policy that is not in the template may allow anything.
            ...permissionsElsewhere.map(() => statementOfAws('AdministratorAccess')),
          ],
        },
        boundary:
          limiting.ids.size + limiting.ofAws.length === 0 || limiting.ofAws.some((name) => !(name in OF_AWS))
            ? undefined
            : boundary.filter(({ effect }) => effect === 'Allow'),
        elsewhere: [...permissionsElsewhere, ...limiting.elsewhere],
      },
    ];
  });
  return [...own, ...resources.flatMap(peopleInBody)];
}

/** Returns the people in the template that a StackSet carries. */
function peopleInBody(resource: Resource): readonly Person[] {
  const body = bodyOf(resource);
  return peopleIn(body, policiesOf(body)).map((person) => ({
    ...person,
    logicalId: resource.logicalId,
    location: locationInBody(person.logicalId, person.location),
  }));
}

function credentialOf(
  resource: Resource,
  keys: readonly unknown[],
  resources: readonly Resource[],
): string | undefined {
  const { type, properties } = resource;
  if (type === 'AWS::IAM::Group') {
    const strangers = membersOf(resource, resources).filter((name) => named(name, resources) === undefined);
    return strangers.length === 0 ? undefined : `has the members ${strangers.map(showName).join(', ')}`;
  }
  if (type !== 'AWS::IAM::User') {
    return undefined;
  }
  if (elementsOf(properties.LoginProfile).length > 0) {
    return 'has a password';
  }
  return keys.some((name) => isOf(name, resource)) ? 'has an access key' : undefined;
}

/** Returns the members that the template adds to a group. */
function membersOf(group: Resource, resources: readonly Resource[]): readonly unknown[] {
  return resources
    .filter(
      ({ type, properties }) => type === 'AWS::IAM::UserToGroupAddition' && isOf(properties.GroupName, group),
    )
    .flatMap(({ properties }) => elementsOf(properties.Users));
}

function groupsOf(user: Resource, resources: readonly Resource[]): readonly unknown[] {
  const added = resources.filter(
    ({ type, properties }) =>
      type === 'AWS::IAM::UserToGroupAddition' &&
      elementsOf(properties.Users).some((name) => isOf(name, user)),
  );
  return [...elementsOf(user.properties.Groups), ...added.map(({ properties }) => properties.GroupName)];
}

interface Attached {
  /** The resources whose policies the holders have. */
  readonly ids: ReadonlySet<string>;
  readonly ofAws: readonly string[];
  readonly elsewhere: readonly string[];
}

function attachedTo(holders: readonly Resource[], resources: readonly Resource[]): Attached {
  const { ids: referred, ...others } = referredBy(holders, 'ManagedPolicyArns', resources);
  const ids = new Set([...holders.map(({ logicalId }) => logicalId), ...referred]);
  for (const { logicalId, properties } of resources) {
    const names = ['Users', 'Groups', 'UserName', 'GroupName'].flatMap((list) =>
      elementsOf(properties[list]),
    );
    if (
      properties.PolicyDocument !== undefined &&
      names.some((name) => holders.some((holder) => isOf(name, holder)))
    ) {
      ids.add(logicalId);
    }
  }
  return { ...others, ids };
}

/** Returns the policies that a property of resources refers to. */
function referredBy(
  holders: readonly Resource[],
  property: 'ManagedPolicyArns' | 'PermissionsBoundary',
  resources: readonly Resource[],
): Attached {
  const ids = new Set<string>();
  const ofAws: string[] = [];
  const elsewhere: string[] = [];
  for (const arn of holders.flatMap(({ properties }) => elementsOf(properties[property]))) {
    const local = named(arn, resources);
    const [, name] = /:iam::aws:policy\/(?:.*\/)?([^/]+)$/.exec(textOf(arn) ?? '') ?? [];
    if (local !== undefined) {
      ids.add(local.logicalId);
    } else if (name !== undefined) {
      ofAws.push(name);
    } else {
      elsewhere.push(`the policy ${showName(arn)}`);
    }
  }
  return { ids, ofAws, elsewhere };
}

function statementsIn({ ids, ofAws }: Attached, policies: readonly Policy[]): readonly Statement[] {
  return [
    ...policies.filter(({ logicalId }) => ids.has(logicalId)).flatMap(({ statements }) => statements),
    ...ofAws.map(statementOfAws),
  ];
}

function statementOfAws(name: string): Statement {
  return {
    location: 'Properties.ManagedPolicyArns',
    effect: 'Allow',
    effectKnown: true,
    actions: OF_AWS[name]?.notActions === undefined ? [SOMETHING] : undefined,
    notActions: undefined,
    resources: ['*'],
    notResources: undefined,
    principals: [],
    hasNotPrincipal: false,
    conditions: [],
    conditionsKnown: true,
    ownAccount: undefined,
    ...OF_AWS[name],
  };
}

/** Returns the resource that a reference or a name means. */
function named(reference: unknown, resources: readonly Resource[]): Resource | undefined {
  return resources.find((resource) => isOf(reference, resource));
}

function isOf(reference: unknown, { logicalId, properties, type }: Resource): boolean {
  const text = textOf(reference);
  const own = type === 'AWS::IAM::User' ? properties.UserName : properties.GroupName;
  const isReferred = nameOfHole(text ?? '')?.replace(/\..*$/, '') === logicalId;
  return (
    isReferred || (text !== undefined && isKnown(text) && text === textOf(own) && /User$|Group$/.test(type))
  );
}

function showName(name: unknown): string {
  return show(textOf(name) ?? JSON.stringify(name));
}
