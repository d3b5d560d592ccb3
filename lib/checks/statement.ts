/** One statement of a policy document, read from a template. */
import { meantMfaKey } from './mfa-key';
import { type Principal, principalsOf, type TemplateFacts } from './principal';
import { elementsOf, holeOf, isIntrinsic, textsOf } from './template-text';

/** A condition: one operator on one key. */
export interface Condition {
  /** The operator as written, such as `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  /** The operator on its own, such as `StringLike`. */
  readonly test: string;
  readonly ifExists: boolean;
  readonly quantifier: 'ForAnyValue' | 'ForAllValues' | undefined;
  /** The key as written. */
  readonly key: string;
  /** The key in lower case, because IAM ignores its case. A misspelled MFA key is the one that was meant. */
  readonly keyName: string;
  /** Texts with holes; they are alternatives. */
  readonly values: readonly string[];
}

/** A statement. Texts may have holes; an absent list is `undefined`. */
export interface Statement {
  /** The place in the resource, such as `Properties.AssumeRolePolicyDocument.Statement.1`. */
  readonly location: string;
  readonly effect: 'Allow' | 'Deny' | undefined;
  /** False if the effect is decided at deployment. */
  readonly effectKnown: boolean;
  readonly actions: readonly string[] | undefined;
  readonly notActions: readonly string[] | undefined;
  readonly resources: readonly string[] | undefined;
  readonly notResources: readonly string[] | undefined;
  readonly principals: readonly Principal[];
  readonly hasNotPrincipal: boolean;
  /** Empty if they cannot all be read. */
  readonly conditions: readonly Condition[];
  /** True if all of its conditions can be read before deployment. */
  readonly conditionsKnown: boolean;
  /** The account of the stack, if it is known. */
  readonly ownAccount: string | undefined;
}

/** Tells whether a condition asks if the key is present at all. */
export function isNull({ test }: Condition): boolean {
  return test.toLowerCase() === 'null';
}

/** Tells whether a condition matches values other than its own, and therefore also an absent key. */
export function isNegated({ test }: Condition): boolean {
  return /not/i.test(test);
}

/** Tells whether a request without the key fails the condition. */
export function requiresKey(condition: Condition): boolean {
  return isNull(condition)
    ? condition.values.includes('false')
    : !condition.ifExists && !isNegated(condition) && condition.quantifier !== 'ForAllValues';
}

/** Reads the statements of a policy document; of an `Fn::If`, those of both branches. */
export function statementsOf(document: object, location: string, facts: TemplateFacts): readonly Statement[] {
  const { Statement: written } = document as { readonly Statement?: unknown };
  const at = `${location}.Statement`;
  return (Array.isArray(written) ? written : [written]).flatMap((value: unknown, index) =>
    elementsOf(value)
      .filter((element): element is object => typeof element === 'object' && !isIntrinsic(element))
      .map((element) => readStatement(element, Array.isArray(written) ? `${at}.${index}` : at, facts)),
  );
}

function readStatement(json: object, location: string, facts: TemplateFacts): Statement {
  const written = json as Readonly<Record<string, unknown>>;
  function list(name: string) {
    return written[name] === undefined ? undefined : textsOf(written[name]);
  }
  const conditions = readConditions(written.Condition);
  return {
    location,
    effect: written.Effect === 'Allow' || written.Effect === 'Deny' ? written.Effect : undefined,
    effectKnown: !isIntrinsic(written.Effect),
    actions: list('Action'),
    notActions: list('NotAction'),
    resources: list('Resource'),
    notResources: list('NotResource'),
    principals: principalsOf(written.Principal, facts),
    hasNotPrincipal: written.NotPrincipal !== undefined,
    conditions: conditions ?? [],
    conditionsKnown: conditions !== undefined,
    ownAccount: facts.account,
  };
}

/** Reads the conditions; `undefined` if a part of them is decided at deployment. */
function readConditions(block: unknown): readonly Condition[] | undefined {
  if (elementsOf(block).length === 0) {
    return [];
  }
  const operators = entriesOf(block);
  const read = operators?.map(([operator, keys]) =>
    entriesOf(keys)?.map(([key, values]) => readCondition(operator, key, values)),
  );
  return read?.every((conditions) => conditions !== undefined) ? read.flat() : undefined;
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  return typeof value === 'object' && value !== null && !isIntrinsic(value)
    ? Object.entries(value)
    : undefined;
}

function readCondition(operator: string, key: string, values: unknown): Condition {
  const [, quantifier, test = operator, ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?(.*?)(IfExists)?$/i.exec(operator) ?? [];
  const known = { foranyvalue: 'ForAnyValue', forallvalues: 'ForAllValues' } as const;
  const keyName = key.toLowerCase();
  return {
    operator,
    test,
    ifExists: ifExists !== undefined,
    quantifier: known[quantifier?.toLowerCase() as keyof typeof known],
    key,
    keyName: meantMfaKey(keyName) ?? keyName,
    // An Fn::If has one of its values, decided at deployment.
    values: isIntrinsic(values) && elementsOf(values).length > 1 ? [holeOf('Fn::If')] : textsOf(values),
  };
}
