/**
 * The scope of a statement: the actions and resources it covers, and whether it covers everything that another one
 * does.
 */
import { matchesPattern } from '../policy/wildcards';
import type { Principal } from './principal';
import type { Statement } from './statement';
import { isKnown } from './template-text';

/** Actions, resources and principals of a statement. */
export type Scope = Pick<
  Statement,
  'actions' | 'notActions' | 'resources' | 'notResources' | 'principals' | 'hasNotPrincipal'
>;

function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.includes(text) || patterns.some((pattern) => matchesPattern(pattern, text));
}

/** Tells whether a statement covers an action. Values that are known only at deployment cover nothing. */
export function isAboutAction({ actions, notActions }: Scope, action: string): boolean {
  if (actions !== undefined) {
    return matchesAny(actions, action);
  }
  return notActions?.every(isKnown) === true && !matchesAny(notActions, action);
}

/** Tells whether two statements may cover an action together. */
export function mayShareActions(one: Scope, other: Scope): boolean {
  const { actions } = other;
  return (
    one.actions === undefined ||
    actions === undefined ||
    one.actions.some(
      (action) => matchesAny(actions, action) || actions.some((each) => matchesAny([action], each)),
    )
  );
}

/** Tells whether a pattern may match ARNs of a type of IAM's resources, such as `user`. */
export function mayBeOfIam(pattern: string, type: string): boolean {
  const [, , service = '*', , , resource] = pattern.split(':');
  if (!matchesPattern(service, 'iam')) {
    return false;
  }
  if (resource === undefined) {
    // A wildcard stands for the parts that are not written.
    return pattern.includes('*') || !isKnown(pattern);
  }
  const written = resource.split('/')[0] ?? '';
  return matchesPattern(written, type) || !isKnown(written);
}

/** Tells whether a pattern matches every ARN of a type of IAM's resources. */
export function isAllOfIam(pattern: string, type: string): boolean {
  const [, , service = '*', , account = '*', resource = '*'] = pattern.split(':');
  return (
    matchesPattern(service, 'iam') &&
    (account === '*' || !isKnown(account)) &&
    matchesPattern(resource, `${type}/path/name`) &&
    pattern.endsWith('*')
  );
}

/** Tells whether `outer` covers everything that `inner` covers. */
export function covers(outer: Scope, inner: Scope): boolean {
  return coversActions(outer, inner) && coversResources(outer, inner) && coversPrincipals(outer, inner);
}

function coversActions(outer: Scope, inner: Scope): boolean {
  return coversList(outer.actions, outer.notActions, inner.actions, inner.notActions);
}

function coversResources(outer: Scope, inner: Scope): boolean {
  const isInTrust = outer.resources === undefined && outer.notResources === undefined;
  return isInTrust || coversList(outer.resources, outer.notResources, inner.resources, inner.notResources);
}

function coversPrincipals(outer: Scope, inner: Scope): boolean {
  if (outer.hasNotPrincipal) {
    return false;
  }
  const isEverybody =
    outer.principals.length === 0 || outer.principals.some(({ kind }) => kind === 'anybody');
  return (
    isEverybody ||
    (!inner.hasNotPrincipal && inner.principals.every((one) => isReached(outer.principals, one)))
  );
}

function isReached(by: readonly Principal[], one: Principal): boolean {
  return by.some(
    ({ kind, name, account }) => name === one.name || (kind === 'account' && account === one.account),
  );
}

type List = readonly string[] | undefined;

/** Compares actions or resources: each statement names what it covers, or what it does not cover. */
function coversList(outer: List, notOuter: List, inner: List, notInner: List): boolean {
  if (outer !== undefined) {
    return outer.includes('*') || (inner?.every((text) => matchesAny(outer, text)) ?? false);
  }
  const exempt = notOuter ?? [];
  if (inner !== undefined) {
    return !inner.some(
      (text) => matchesAny(exempt, text) || exempt.some((other) => matchesAny([text], other)),
    );
  }
  return exempt.every((text) => matchesAny(notInner ?? [], text));
}
