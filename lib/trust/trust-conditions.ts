/**
 * What a trust policy has to look like for "only with MFA" to hold, as functions over its JSON. Values may be CDK
 * tokens or CloudFormation intrinsics: what cannot be compared is refused, never assumed.
 */
import { Token } from 'aws-cdk-lib';
import { ACCOUNT_ID } from '../policy/aws-ids';
import { MFA_AGE, MFA_PRESENT } from '../policy/mfa-keys';
import { refusalOfArn } from './principal-arn';

/** A condition block: operator → key → value. */
export type ConditionBlock = Readonly<Record<string, unknown>>;

/** A statement of a trust policy, as JSON. */
export interface TrustStatement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Condition?: unknown;
}

/** The statements of a trust policy, as JSON. */
export function trustStatementsOf(document: unknown): readonly TrustStatement[] {
  return [Object(document).Statement ?? []].flat();
}

/** Keys that narrow the principal `*` to an organisation, a part of it, or an account. */
const NARROWING_KEYS = ['aws:principalorgid', 'aws:principalorgpaths', 'aws:principalaccount'];

/**
 * Adds "MFA is present, and no older than `maxAge`" to a statement's conditions. A stronger age that is already there
 * stays; nothing that is there is dropped.
 *
 * @param maxAge seconds as text, or a token or intrinsic
 * @throws when a condition in the same place is weaker or cannot be compared
 */
export function addMfaConditions(conditions: ConditionBlock, maxAge: unknown): ConditionBlock {
  const bool = operatorOf(conditions, 'Bool');
  const presentKeys = keysLike(bool, MFA_PRESENT);
  for (const key of presentKeys) {
    requireTrue(key, bool[key]);
  }
  const lessThan = operatorOf(conditions, 'NumericLessThan');
  const ageKeys = keysLike(lessThan, MFA_AGE);
  for (const key of ageKeys) {
    requireNoOlder(key, lessThan[key], maxAge);
  }
  return {
    ...conditions,
    Bool: presentKeys.length === 0 ? { ...bool, [MFA_PRESENT]: 'true' } : bool,
    NumericLessThan: ageKeys.length === 0 ? { ...lessThan, [MFA_AGE]: maxAge } : lessThan,
  };
}

function requireTrue(key: string, existing: unknown): void {
  const values = listOf(existing);
  if (values.length === 0 || values.some((value) => String(value) !== 'true')) {
    throw new Error(
      `condition Bool ${key} is ${JSON.stringify(existing)}, must be "true"; remove the condition, it is added for you`,
    );
  }
}

function requireNoOlder(key: string, existing: unknown, maxAge: unknown): void {
  if (JSON.stringify(existing) === JSON.stringify(maxAge)) {
    return;
  }
  // Several values of one key are alternatives, so the greatest counts; what none at all would mean is IAM's affair.
  const ages = listOf(existing).map(literalNumber);
  const age = ages.length === 0 ? Number.NaN : Math.max(...ages);
  const limit = literalNumber(maxAge);
  // NaN, a value unknown until deployment, compares false.
  if (!(age <= limit)) {
    const what =
      Number.isNaN(age) || Number.isNaN(limit)
        ? `cannot be compared with the maximum of ${JSON.stringify(maxAge)} before deployment`
        : `must be at most ${limit}`;
    throw new Error(
      `condition NumericLessThan ${key} is ${JSON.stringify(existing)}, ${what}; give the age in one place only`,
    );
  }
}

/**
 * Why a statement can not be one that people pass with MFA, or `undefined` when it can. Statements that deny are left
 * alone.
 */
export function refusalOf(statement: TrustStatement): string | undefined {
  if (statement.Effect === 'Deny') {
    return undefined;
  }
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
        'ask for MFA at the provider and use iam.Role'
      );
    default:
      return `trusts a principal of type ${type}${shown}, which cannot assume a role; use an IAM user or an account`;
  }
}

function refusalOfIdentity(value: unknown, conditions: unknown): string | undefined {
  if (value === '*') {
    return isNarrowed(conditions)
      ? undefined
      : "trusts '*': anybody in any account who has an MFA device of their own; name an account, a user or an organisation";
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

/** In StringLike only what begins with one whole organisation or account: `o-*` is every organisation there is. */
function narrows(operator: string, values: readonly unknown[]): boolean {
  function isOne(value: unknown): boolean {
    return operator.endsWith('Like')
      ? typeof value === 'string' && (ACCOUNT_ID.test(value) || /^o-[a-z0-9]+(\/.*)?$/.test(value))
      : value !== '*';
  }
  return values.length > 0 && values.every(isOne);
}

function operatorOf(conditions: ConditionBlock, operator: string): ConditionBlock {
  const block = conditions[operator] ?? {};
  for (const part of [conditions, block]) {
    if (typeof part !== 'object' || Token.isUnresolved(part) || Object.keys(part).some(isIntrinsic)) {
      throw new Error(
        `the ${operator} conditions are ${JSON.stringify(part)}, not known before deployment; write them as a plain object`,
      );
    }
  }
  return asBlock(block);
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

/** A number or its text; NaN for a token, an intrinsic or a blank. */
function literalNumber(value: unknown): number {
  const isLiteral = (typeof value === 'string' || typeof value === 'number') && !Token.isUnresolved(value);
  return isLiteral && String(value).trim() !== '' ? Number(value) : Number.NaN;
}
