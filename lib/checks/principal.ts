/** The principals that a statement trusts, and whether they are people. */
import { isJsonObject } from '../record/text';
import { elementsOf, holeOf, isIntrinsic, nameOfHole, textOf, textsOf } from './template-text';

/** The facts about the template around a policy. */
export interface TemplateFacts {
  /** The account of the stack, if it is known. */
  readonly account: string | undefined;
  /** The type of a resource of the template, by its logical id. */
  typeOf(logicalId: string): string | undefined;
}

/** The kind of a principal; `unknown` if it is decided at deployment. */
type PrincipalKind = 'anybody' | 'account' | 'user' | 'role' | 'service' | 'federated' | 'unknown';

/** One principal of a statement. */
export interface Principal {
  readonly kind: PrincipalKind;
  /** The name as written, with holes. */
  readonly name: string;
  /** The account of an account, a user or a role: an id, or a hole. */
  readonly account: string | undefined;
}

/** Reads the principals of a statement's `Principal`. */
export function principalsOf(written: unknown, facts: TemplateFacts): readonly Principal[] {
  if (written === undefined) {
    return [];
  }
  return elementsOf(written).flatMap((element) => {
    const text = textOf(element);
    if (text !== undefined) {
      return [identityOf(text, facts)];
    }
    if (!isJsonObject(element) || isIntrinsic(element)) {
      return [];
    }
    return Object.entries(element).flatMap(([type, values]) =>
      textsOf(values).map((value) => principalOf(type, value, facts)),
    );
  });
}

/** Tells whether people can be behind the principal: a user, or an account, whose users are assumed to be people. */
export function isPeople({ kind }: Principal): boolean {
  return kind === 'anybody' || kind === 'account' || kind === 'user';
}

/** Tells whether one of the two can use a statement that requires MFA of the other. */
export function overlap(one: Principal, other: Principal): boolean {
  if (one.kind === 'anybody' || other.kind === 'anybody') {
    return true;
  }
  if (one.kind === 'account' || other.kind === 'account') {
    return one.account === other.account;
  }
  return one.name === other.name;
}

function principalOf(type: string, name: string, facts: TemplateFacts): Principal {
  switch (type) {
    case 'AWS':
      return identityOf(name, facts);
    case 'Service':
      return { kind: 'service', name, account: undefined };
    case 'Federated':
      return { kind: 'federated', name, account: undefined };
    default:
      return { kind: 'unknown', name, account: undefined };
  }
}

const IDENTITY = /^arn:[^:]*:(?:iam|sts)::([^:]*):(root|user\/|role\/|assumed-role\/|federated-user\/)/;

const KINDS: Readonly<Record<string, PrincipalKind>> = {
  root: 'account',
  'user/': 'user',
  'role/': 'role',
  'assumed-role/': 'role',
  'federated-user/': 'role',
};

/** Types of resources whose reference or ARN is an identity. */
const IDENTITY_TYPES: Readonly<Record<string, PrincipalKind>> = {
  'AWS::IAM::User': 'user',
  'AWS::IAM::Role': 'role',
};

function identityOf(name: string, facts: TemplateFacts): Principal {
  if (name === '*') {
    return { kind: 'anybody', name, account: undefined };
  }
  const resource = nameOfHole(name);
  if (resource === 'AWS::AccountId' || /^\d{12}$/.test(name)) {
    return { kind: 'account', name, account: accountOf(name, facts) };
  }
  if (resource !== undefined) {
    const type = facts.typeOf(resource.replace(/\..*$/, ''));
    const kind = IDENTITY_TYPES[type ?? ''] ?? 'unknown';
    return { kind, name, account: kind === 'unknown' ? undefined : accountOf(OWN_ACCOUNT, facts) };
  }
  if (/^A(IDA|ROA)[A-Z0-9]+$/.test(name)) {
    return { kind: name.startsWith('AIDA') ? 'user' : 'role', name, account: undefined };
  }
  const [, account, kind = ''] = IDENTITY.exec(name) ?? [];
  return account === undefined
    ? { kind: 'unknown', name, account }
    : { kind: KINDS[kind] ?? 'unknown', name, account: accountOf(account, facts) };
}

const OWN_ACCOUNT = holeOf('AWS::AccountId');

/** The principal that stands for everybody, such as `NotPrincipal` may trust. */
export const ANYBODY: Principal = { kind: 'anybody', name: '*', account: undefined };

const OWN_USERS: readonly Principal[] = [{ kind: 'account', name: OWN_ACCOUNT, account: OWN_ACCOUNT }];

/** Returns the people whom a statement is about; without principals, the users of its own account. */
export function usersOf(statement: {
  readonly principals: readonly Principal[];
  readonly hasNotPrincipal: boolean;
}): readonly Principal[] {
  if (statement.hasNotPrincipal) {
    return [ANYBODY];
  }
  return statement.principals.length > 0 ? statement.principals.filter(isPeople) : OWN_USERS;
}

/** Returns one name for the stack's own account, whether its id is written out or referred to. */
function accountOf(account: string, facts: TemplateFacts): string {
  return account === facts.account ? OWN_ACCOUNT : account;
}

/** Tells whether the principal is the stack's own account, or somebody in it. */
export function isOwnAccount({ account }: Principal): boolean {
  return account === OWN_ACCOUNT;
}
