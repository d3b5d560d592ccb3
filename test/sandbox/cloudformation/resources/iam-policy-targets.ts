/** Compares the principals that a policy resource names in its Users, Groups and Roles. */

import type { JsonObject } from '../../operation';
import { toTexts } from '../json';
import type { Principal } from './iam-principal';

/** @returns principals only in `before`, only in `after`, and in both */
export function compareTargets(
  before: JsonObject,
  after: JsonObject,
): {
  readonly left: readonly Principal[];
  readonly joined: readonly Principal[];
  readonly kept: readonly Principal[];
} {
  const [old, wanted] = [targetsOf(before), targetsOf(after)];
  return {
    left: old.filter((target) => !includes(wanted, target)),
    joined: wanted.filter((target) => !includes(old, target)),
    kept: wanted.filter((target) => includes(old, target)),
  };
}

function targetsOf(properties: JsonObject): readonly Principal[] {
  const kinds = ['User', 'Group', 'Role'] as const;
  return kinds.flatMap((kind) => toTexts(properties[`${kind}s`]).map((name) => ({ kind, name })));
}

function includes(targets: readonly Principal[], { kind, name }: Principal): boolean {
  return targets.some((target) => target.kind === kind && target.name === name);
}
