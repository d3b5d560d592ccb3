/**
 * The output of `aws iam get-account-authorization-details`, made into a template. The logical id of a resource is its place
 * in the file, such as `UserDetailList/0`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
import type { Template } from '../checks/template';
import { isJsonObject, type JsonObject, parseJson } from '../record/text';

const LISTS = ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'] as const;

/** Tells whether a value is such an output. */
export function isAuthorizationDetails(value: JsonObject): boolean {
  return (
    LISTS.filter((list) => Array.isArray(value[list])).length >= 2 || Array.isArray(value.UserDetailList)
  );
}

/** Makes a template of the users, groups, roles and managed policies. */
export function templateOfDetails(details: JsonObject): {
  readonly template: Template;
  readonly account: string | undefined;
  readonly owners: ReadonlyMap<string, string>;
} {
  const found = LISTS.flatMap((list) =>
    [details[list] ?? []]
      .flat()
      .map((entry, index) => ({ list, id: `${list}/${index}`, entry: Object(entry) })),
  );
  const idOf = new Map<unknown, string>(found.map(({ id, entry }) => [entry.Arn, id]));
  const groups = new Map<unknown, string>(
    found.filter(({ list }) => list === 'GroupDetailList').map(({ id, entry }) => [entry.GroupName, id]),
  );
  function refer(arn: unknown): unknown {
    const id = idOf.get(arn);
    return id === undefined ? arn : { Ref: id };
  }
  const resources = found.map(
    ({ list, id, entry }) => [id, resourceOf(list, entry, { refer, groups })] as const,
  );
  const arn = found.map(({ entry }) => String(entry.Arn)).find((one) => /:\d{12}:/.test(one));
  return {
    template: { Resources: Object.fromEntries(resources) },
    account: /:(\d{12}):/.exec(arn ?? '')?.[1],
    owners: new Map(found.map(({ id, entry }) => [id, String(entry.Arn)])),
  };
}

interface References {
  refer(arn: unknown): unknown;
  readonly groups: ReadonlyMap<unknown, string>;
}

function resourceOf(
  list: (typeof LISTS)[number],
  entry: JsonObject,
  { refer, groups }: References,
): JsonObject {
  const shared = {
    ManagedPolicyArns: arrayOf(entry.AttachedManagedPolicies).map(({ PolicyArn }) => refer(PolicyArn)),
    ...boundaryOf(entry, refer),
  };
  switch (list) {
    case 'UserDetailList':
      return {
        Type: 'AWS::IAM::User',
        Properties: {
          UserName: entry.UserName,
          ...shared,
          UserPolicyList: arrayOf(entry.UserPolicyList).map(decoded),
          Groups: [entry.GroupList ?? []].flat().map((name) => {
            const id = groups.get(name);
            return id === undefined ? name : { Ref: id };
          }),
          // The output says neither whether a user has a password nor whether it has a key.
          LoginProfile: {},
        },
      };
    case 'GroupDetailList':
      return {
        Type: 'AWS::IAM::Group',
        Properties: { ...shared, GroupPolicyList: arrayOf(entry.GroupPolicyList).map(decoded) },
      };
    case 'RoleDetailList':
      return {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: entry.RoleName,
          ...shared,
          AssumeRolePolicyDocument: documentOf(entry.AssumeRolePolicyDocument),
          RolePolicyList: arrayOf(entry.RolePolicyList).map(decoded),
        },
      };
    case 'Policies':
      return { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyVersionList: versionsOf(entry) } };
  }
}

function boundaryOf(
  { PermissionsBoundary: boundary }: JsonObject,
  refer: (arn: unknown) => unknown,
): JsonObject {
  return boundary === undefined
    ? {}
    : { PermissionsBoundary: refer(Object(boundary).PermissionsBoundaryArn) };
}

/** Keeps the place of each version, and the document of the default one alone. */
function versionsOf({ PolicyVersionList: versions }: JsonObject): readonly unknown[] {
  return arrayOf(versions).map((version) => (version.IsDefaultVersion === false ? {} : decoded(version)));
}

function decoded({ Document, PolicyDocument, ...rest }: JsonObject): JsonObject {
  return {
    ...rest,
    ...(Document === undefined ? {} : { Document: documentOf(Document) }),
    ...(PolicyDocument === undefined ? {} : { PolicyDocument: documentOf(PolicyDocument) }),
  };
}

/** Returns a document as JSON; the API, unlike the AWS CLI, returns it as text, encoded for URLs. */
function documentOf(written: unknown): unknown {
  return typeof written === 'string' ? (parseJson(decodeUrl(written)) ?? written) : written;
}

function decodeUrl(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function arrayOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
