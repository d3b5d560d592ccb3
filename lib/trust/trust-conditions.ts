/**
 * The rules by which a trust policy allows nobody without MFA, as functions over its JSON. Values may be CDK
 * tokens or CloudFormation intrinsics: what cannot be compared is refused, never assumed.
 */
import { Token } from 'aws-cdk-lib';
import { ACCOUNT_ID } from '../policy/aws-ids';
import { MFA_AGE, MFA_PRESENT } from '../policy/mfa-keys';
import { refusalOfArn } from './principal-arn';

/** A condition block: operator → key → value. */
type ConditionBlock = Readonly<Record<string, unknown>>;

/** A statement of a trust policy, as JSON. */
export interface TrustStatement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Condition?: unknown;
}

/** Returns the statements of a trust policy, as JSON. */
export function trustStatementsOf(document: unknown): readonly TrustStatement[] {
  return [Object(document).Statement ?? []].flat();
}

/** Keys that narrow the principal `*` to an organization, a part of it, or an account. */
const NARROWING_KEYS = ['aws:principalorgid', 'aws:principalorgpaths', 'aws:principalaccount'];

/** The reason why a statement cannot be guarded by MFA. */
export class Refusal {
  public constructor(
    /** The part of the statement that is refused. */
    public readonly part: 'principal' | 'conditions',
    public readonly reason: string,
  ) {}
}

/**
 * Guards a statement of a trust policy: it then allows only people whose MFA is present and no older than `maxAge`.
 *
 * A statement that denies stays as it is. A stronger age that the statement already has stays, and so does every other
 * condition.
 *
 * @param maxAge seconds as text, or a token or intrinsic
 * @returns the statement with the MFA conditions; a refusal when its principal can never have MFA, or when a condition in
 * the same place is weaker or cannot be compared
 */
export function guarded(statement: TrustStatement, maxAge: unknown): TrustStatement | Refusal {
  if (statement.Effect === 'Deny') {
    return statement;
  }
  const principal = refusalOfPrincipals(statement);
  if (principal !== undefined) {
    return new Refusal('principal', principal);
  }
  const written = statement.Condition ?? {};
  const unreadable = refusalOfOperator(written, 'Bool') ?? refusalOfOperator(written, 'NumericLessThan');
  if (unreadable !== undefined) {
    return new Refusal('conditions', unreadable);
  }
  const conditions = asBlock(written);
  const bool = asBlock(conditions.Bool);
  const presentKeys = keysLike(bool, MFA_PRESENT);
  const lessThan = asBlock(conditions.NumericLessThan);
  const ageKeys = keysLike(lessThan, MFA_AGE);
  const [weakness] = [
    ...presentKeys.map((key) => refusalOfPresence(key, bool[key])),
    ...ageKeys.map((key) => refusalOfAge(key, lessThan[key], maxAge)),
  ].filter((reason) => reason !== undefined);
  if (weakness !== undefined) {
    return new Refusal('conditions', weakness);
  }
  return {
    ...statement,
    Condition: {
      ...conditions,
      Bool: presentKeys.length === 0 ? { ...bool, [MFA_PRESENT]: 'true' } : bool,
      NumericLessThan: ageKeys.length === 0 ? { ...lessThan, [MFA_AGE]: maxAge } : lessThan,
    },
  };
}

function refusalOfPresence(key: string, existing: unknown): string | undefined {
  const values = listOf(existing);
  return values.length > 0 && values.every((value) => String(value) === 'true')
    ? undefined
    : `condition Bool ${key} is ${JSON.stringify(existing)}, must be "true"; remove the condition, it is added for you`;
}

function refusalOfAge(key: string, existing: unknown, maxAge: unknown): string | undefined {
  if (JSON.stringify(existing) === JSON.stringify(maxAge)) {
    return undefined;
  }
  // Several values of one key are alternatives, so the greatest counts. IAM alone knows what an empty list would mean.
  const ages = listOf(existing).map(literalNumber);
  const age = ages.length === 0 ? Number.NaN : Math.max(...ages);
  const limit = literalNumber(maxAge);
  if (age <= limit) {
    return undefined;
  }
  const problem =
    Number.isNaN(age) || Number.isNaN(limit)
      ? `cannot be compared with the maximum of ${JSON.stringify(maxAge)} before deployment`
      : `must be at most ${limit}`;
  return `condition NumericLessThan ${key} is ${JSON.stringify(existing)}, ${problem}; give the age in one place only`;
}

function refusalOfPrincipals(statement: TrustStatement): string | undefined {
  if (statement.NotPrincipal !== undefined) {
    return "allows everybody but the principals of NotPrincipal, in every account; name the principals in 'Principal'";
  }
  const principal = statement.Principal ?? {};
  const byType = Object.entries(typeof principal === 'object' ? principal : { AWS: principal });
  if (byType.length === 0) {
    return 'trusts nobody: its ARN is empty; write an ARN such as arn:aws:iam::111122223333:user/olga, or leave it out';
  }
  for (const [type, value] of byType) {
    for (const one of listOf(value)) {
      const refusal = refusalOfPrincipal(type, one, statement.Condition);
      if (refusal !== undefined) {
        return refusal;
      }
    }
  }
  return undefined;
}

function refusalOfPrincipal(type: string, value: unknown, conditions: unknown): string | undefined {
  const shown = typeof value === 'string' && !Token.isUnresolved(value) ? ` '${value}'` : '';
  switch (type) {
    case 'AWS':
      return refusalOfIdentity(value, conditions);
    case 'Service':
      return `trusts the service${shown}, which never has MFA and so could never assume the role; use a role of its own (iam.Role) for the service`;
    case 'Federated':
      return (
        `trusts the SAML or OIDC provider${shown}, whose sessions never carry AWS's MFA keys and so could never assume the role; ` +
        'require MFA at the provider and use iam.Role'
      );
    default:
      return `trusts a principal of type ${type}${shown}, which cannot assume a role; use an IAM user or an account`;
  }
}

function refusalOfIdentity(value: unknown, conditions: unknown): string | undefined {
  if (value === '*') {
    return isNarrowed(conditions)
      ? undefined
      : "trusts '*': anybody in any account who has an MFA device of their own; name an account, a user or an organization";
  }
  return refusalOfArn(value);
}

function isNarrowed(conditions: unknown): boolean {
  return Object.entries(asBlock(conditions)).some(
    ([operator, block]) =>
      /^(ForAnyValue:)?String(Equals|Like)$/.test(operator) &&
      Object.entries(asBlock(block)).some(
        ([key, value]) => NARROWING_KEYS.includes(key.toLowerCase()) && narrows(operator, listOf(value)),
      ),
  );
}

/** Tells whether the values name one organization or account. In StringLike, `o-*` would be every organization. */
function narrows(operator: string, values: readonly unknown[]): boolean {
  function isOne(value: unknown): boolean {
    return operator.endsWith('Like')
      ? typeof value === 'string' && (ACCOUNT_ID.test(value) || /^o-[a-z0-9]+(\/.*)?$/.test(value))
      : value !== '*';
  }
  return values.length > 0 && values.every(isOne);
}

/** Refuses conditions that cannot be read: a token or an intrinsic in place of an object. */
function refusalOfOperator(conditions: unknown, operator: string): string | undefined {
  const unreadable = [conditions, asBlock(conditions)[operator] ?? {}].find(
    (part) =>
      typeof part !== 'object' || Token.isUnresolved(part) || Object.keys(Object(part)).some(isIntrinsic),
  );
  return unreadable === undefined
    ? undefined
    : `the ${operator} conditions are ${JSON.stringify(unreadable)}, not known before deployment; write them as a plain object`;
}

function isIntrinsic(key: string): boolean {
  return key === 'Ref' || key.startsWith('Fn::');
}

function asBlock(value: unknown): ConditionBlock {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Condition keys are case-insensitive, so one may be there in several spellings. */
function keysLike(block: ConditionBlock, wanted: string): readonly string[] {
  return Object.keys(block).filter((key) => key.toLowerCase() === wanted.toLowerCase());
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Reads a number or its text; NaN for a token, an intrinsic or a blank. */
function literalNumber(value: unknown): number {
  const isLiteral = (typeof value === 'string' || typeof value === 'number') && !Token.isUnresolved(value);
  return isLiteral && String(value).trim() !== '' ? Number(value) : Number.NaN;
}
