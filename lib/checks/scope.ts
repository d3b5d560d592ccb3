/**
 * The scope of a statement: the actions and resources it covers, and whether it covers everything that another one
 * does.
 */
import type { Principal } from './principal';
import type { Statement } from './statement';
import { isKnown } from './template-text';

/** Actions, resources and principals of a statement. */
export type Scope = Pick<
  Statement,
  'actions' | 'notActions' | 'resources' | 'notResources' | 'principals' | 'hasNotPrincipal'
>;

/** Tells whether a pattern with `*` and `?` matches the text, ignoring case. */
export function matchesPattern(pattern: string, text: string): boolean {
  return matchesFolded(pattern.toLowerCase(), text.toLowerCase());
}

/**
 * Matches a pattern in lower case with a text in lower case. After a mismatch it goes back to the last `*` alone, so that no
 * pattern takes longer than its length times the text's; a regular expression with six stars would.
 */
export function matchesFolded(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  for (let i = 0; i < text.length; ) {
    const one = pattern[at];
    if (one === '*') {
      star = at++;
      resumeAt = i;
    } else if (one === '?' || one === text[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resumeAt;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, text));
}

/** Tells whether a statement covers an action. Values that are known only at deployment cover nothing. */
export function isAboutAction({ actions, notActions }: Scope, action: string): boolean {
  if (actions !== undefined) {
    return matchesAny(actions, action);
  }
  return notActions?.every(isKnown) === true && !matchesAny(notActions, action);
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
