/** A plan as a list of things to do, each with the command that does it. */
import type { FleetPlan, PlannedToken, Unfinished } from './fleet-plan';
import { type StrayDevice, slotKey } from './stray';

/** What is to be done, in the order in which it should be. */
export const ITEM_KINDS = [
  'finish',
  'deploy',
  'enrol',
  'replace',
  'prove',
  'retire',
  'leftover',
  'inspect',
  'not-checked',
] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

/** One thing to do; `not-checked` is only to be known. */
export interface PlanItem {
  readonly kind: ItemKind;
  readonly holder?: string | undefined;
  readonly slot?: string | undefined;
  readonly serial?: string | undefined;
  readonly custody?: string | undefined;
  readonly deviceArn?: string | undefined;
  /** The journal of an unfinished ceremony. */
  readonly place?: string | undefined;
  /** One clause. */
  readonly why: string;
  /** As it is typed; absent where only a person can tell. */
  readonly command?: string | undefined;
}

/** What a plan's items are made with. */
export interface ItemOptions {
  /** The common options as the person gave them, with a leading blank. */
  readonly suffix: string;
  /** Name of the inventory's file when it is not what is deployed. */
  readonly undeployed?: string;
}

/** Everything to do, by kind, then as the plan has it. Tokens that are fine are none of it. */
export function itemsOf(plan: FleetPlan, options: ItemOptions): readonly PlanItem[] {
  const { suffix, undeployed } = options;
  const unordered: readonly PlanItem[] = [
    ...plan.unfinished.map((each) => finishItem(each, suffix)),
    ...(undeployed === undefined ? [] : [deployItem(undeployed)]),
    ...plan.tokens.flatMap((token) => tokenItem(token, suffix)),
    ...strayItems(plan, suffix),
  ];
  const byKind = new Map<ItemKind, PlanItem[]>(ITEM_KINDS.map((kind) => [kind, []]));
  for (const item of unordered) byKind.get(item.kind)?.push(item);
  return [...byKind.values()].flat();
}

const finishItem = ({ ceremony: _, ...unfinished }: Unfinished, suffix: string): PlanItem => ({
  kind: 'finish',
  ...unfinished,
  command: `mfa-runbook resume${suffix}`,
});

const deployItem = (file: string): PlanItem => ({
  kind: 'deploy',
  why: `${file} is not what is deployed, and the plan is by what is deployed`,
  command: 'cdk deploy',
});

function tokenItem(token: PlannedToken, suffix: string): readonly PlanItem[] {
  const { verdict: kind, holder, slot, serial, custody, deviceArn, why } = token;
  if (kind === 'fine') return [];
  return [{ kind, holder, slot, serial, custody, deviceArn, why, command: tokenCommand(token, suffix) }];
}

/** The command that does what a token needs; only programmable tokens can be laid on the reader. */
function tokenCommand(
  { verdict, cause, type, holder, slot }: PlannedToken,
  suffix: string,
): string | undefined {
  if (type !== 'programmable') return undefined;
  const subject = `${holder} --slot ${slot}`;
  switch (verdict) {
    case 'enrol':
      return `mfa-runbook enroll ${subject}${suffix}`;
    case 'prove':
      return `mfa-runbook prove ${subject}${suffix}`;
    case 'replace':
      // Why another token is declared than is enrolled, only the person knows who declared it.
      return `mfa-runbook replace ${subject} --reason ${cause === 'end-of-service' ? 'expired' : 'REASON'}${suffix}`;
    case 'fine':
    case 'not-checked':
      return undefined;
  }
}

function strayItems(plan: FleetPlan, suffix: string): readonly PlanItem[] {
  if (plan.strays.length === 0) return [];
  const tokens = new Map(plan.tokens.map((token) => [slotKey(token.holder, token.slot), token]));
  const begun = new Set(plan.unfinished.map(({ holder = '', slot = '' }) => slotKey(holder, slot)));
  return plan.strays.map((stray) => {
    const { isDeclared: _, user: __, ...rest } = stray;
    const key = slotKey(stray.holder ?? '', stray.slot ?? '');
    const command = begun.has(key)
      ? `mfa-runbook resume${suffix}`
      : strayCommand(stray, tokens.get(key), suffix);
    return { ...rest, ...(command === undefined ? {} : { command }) };
  });
}

function strayCommand(
  { kind, isDeclared, deviceArn, holder, slot }: StrayDevice,
  token: PlannedToken | undefined,
  suffix: string,
): string | undefined {
  if (kind === 'retire') return `mfa-runbook retire ${holder} --slot ${slot}${suffix}`;
  if (kind === 'inspect') return undefined;
  // A ceremony of its token deletes it first, after a yes.
  const ceremony = isDeclared && token !== undefined ? tokenCommand(token, suffix) : undefined;
  return ceremony ?? `aws iam delete-virtual-mfa-device --serial-number ${deviceArn}`;
}
