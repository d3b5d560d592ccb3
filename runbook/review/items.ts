/** Turns a plan into a list of tasks, each with the command that does it. */
import { moveSpare } from '../record/declared-token';
import type { FleetPlan, PlannedToken, Unfinished } from './fleet-plan';
import { type StrayDevice, slotKey } from './stray';

/** The kinds of tasks, in the order in which they should be done. */
export const ITEM_KINDS = [
  'finish',
  'deploy',
  'enroll',
  'replace',
  'prove',
  'retire',
  'leftover',
  'inspect',
  'not-checked',
] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

/** One task; `not-checked` is for information only. */
export interface PlanItem {
  readonly kind: ItemKind;
  readonly holder?: string | undefined;
  readonly slot?: string | undefined;
  readonly serial?: string | undefined;
  readonly custody?: string | undefined;
  readonly deviceArn?: string | undefined;
  /** Path of the journal of an unfinished ceremony. */
  readonly place?: string | undefined;
  /** One clause. */
  readonly why: string;
  /** The command line; absent if a person must decide first, or no command does the task. */
  readonly command?: string | undefined;
  /** Instructions for a person, if no command does the task. */
  readonly byHand?: string | undefined;
}

/**
 * Lists all tasks, sorted by kind, then in the order of the plan. Tokens that are fine are left out.
 *
 * @param options.suffix the common options as the person gave them, with a leading blank
 * @param options.undeployed name of the inventory's file if it differs from what is deployed
 */
export function itemsOf(
  plan: FleetPlan,
  { suffix, undeployed }: { readonly suffix: string; readonly undeployed?: string },
): readonly PlanItem[] {
  const commands = new Commands(plan, suffix);
  const unordered: readonly PlanItem[] = [
    ...plan.unfinished.map((each) => finishItem(each, commands)),
    ...(undeployed === undefined ? [] : [deployItem(undeployed)]),
    ...plan.tokens.flatMap((token) => tokenItem(token, commands)),
    ...plan.strays.map((stray) => strayItem(stray, commands)),
  ];
  const byKind = new Map<ItemKind, PlanItem[]>(ITEM_KINDS.map((kind) => [kind, []]));
  for (const item of unordered) {
    byKind.get(item.kind)?.push(item);
  }
  return [...byKind.values()].flat();
}

function finishItem({ place, holder, slot, serial, why }: Unfinished, { resume }: Commands): PlanItem {
  return { kind: 'finish', place, holder, slot, serial, why, command: resume };
}

function deployItem(file: string): PlanItem {
  return {
    kind: 'deploy',
    why: `${file} differs from what is deployed, and this plan follows what is deployed`,
    command: 'cdk deploy',
  };
}

function tokenItem(token: PlannedToken, commands: Commands): readonly PlanItem[] {
  const { verdict: kind, holder, slot, serial, custody, deviceArn, why } = token;
  if (kind === 'fine') {
    return [];
  }
  const command = commands.ofToken(token);
  const { spareInUse } = token;
  const byHand =
    command === undefined && spareInUse !== undefined ? moveSpare(spareInUse, holder, slot) : undefined;
  return [{ kind, holder, slot, serial, custody, deviceArn, why, command, byHand }];
}

function strayItem(stray: StrayDevice, commands: Commands): PlanItem {
  const { kind, holder, slot, serial, deviceArn, why } = stray;
  return { kind, holder, slot, serial, deviceArn, why, command: commands.ofStray(stray) };
}

/** The command lines of one plan. */
class Commands {
  public readonly resume: string;
  readonly #suffix: string;
  /** The slots in which this machine has started a ceremony. */
  readonly #started: ReadonlySet<string>;
  readonly #tokens: ReadonlyMap<string, PlannedToken>;

  public constructor(plan: FleetPlan, suffix: string) {
    this.#suffix = suffix;
    this.resume = `mfa-runbook resume${suffix}`;
    const started = plan.unfinished.filter(({ isHere }) => isHere);
    this.#started = new Set(started.map(({ holder = '', slot = '' }) => slotKey(holder, slot)));
    // Only strays need this, and most fleets have none.
    const tokens = plan.strays.length === 0 ? [] : plan.tokens;
    this.#tokens = new Map(tokens.map((token) => [slotKey(token.holder, token.slot), token]));
  }

  /** Returns the command for a token. Only programmable tokens can be laid on the reader. */
  public ofToken({ verdict, cause, type, holder, slot }: PlannedToken): string | undefined {
    if (type !== 'programmable') {
      return undefined;
    }
    if (this.#started.has(slotKey(holder, slot))) {
      return this.resume;
    }
    const subject = `${holder} --slot ${slot}`;
    switch (verdict) {
      case 'enroll':
        return `mfa-runbook enroll ${subject}${this.#suffix}`;
      case 'prove':
        return `mfa-runbook prove ${subject}${this.#suffix}`;
      case 'replace': {
        // Only the person who declared another token than the enrolled one knows the reason.
        const reason = cause === 'end-of-service' ? 'expired' : 'REASON';
        return `mfa-runbook replace ${subject} --reason ${reason}${this.#suffix}`;
      }
      case 'fine':
      case 'deploy':
      case 'not-checked':
        return undefined;
    }
  }

  /** Returns the command that removes a stray device; `undefined` if a person must investigate first. */
  public ofStray(stray: StrayDevice): string | undefined {
    const { kind, isDeclared, deviceArn, holder = '', slot = '' } = stray;
    const key = slotKey(holder, slot);
    if (this.#started.has(key)) {
      return this.resume;
    }
    if (kind === 'inspect') {
      return undefined;
    }
    if (kind === 'retire') {
      return `mfa-runbook retire ${holder} --slot ${slot}${this.#suffix}`;
    }
    // A ceremony of its token deletes it first, after a confirmation.
    const token = isDeclared ? this.#tokens.get(key) : undefined;
    const ceremony = token === undefined ? undefined : this.ofToken(token);
    return ceremony ?? `aws iam delete-virtual-mfa-device --serial-number ${deviceArn}`;
  }
}
