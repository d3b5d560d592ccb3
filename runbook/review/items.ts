/** A plan as a list of things to do, each with the command that does it. */
import { moveSpare } from '../record/declared-token';
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
  /** As it is typed; absent where only a person can tell, and where no command does it. */
  readonly command?: string | undefined;
  /** What is to be done by hand, in words; where no command does it. */
  readonly byHand?: string | undefined;
}

/** What a plan's items are made with. */
export interface ItemOptions {
  /** The common options as the person gave them, with a leading blank. */
  readonly suffix: string;
  /** Name of the inventory's file when it is not what is deployed. */
  readonly undeployed?: string;
}

/** Everything to do, by kind, then as the plan has it. Tokens that are fine are none of it. */
export function itemsOf(plan: FleetPlan, { suffix, undeployed }: ItemOptions): readonly PlanItem[] {
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
  return {
    kind: 'finish',
    place,
    holder,
    slot,
    serial,
    why,
    command: resume,
  };
}

function deployItem(file: string): PlanItem {
  return {
    kind: 'deploy',
    why: `${file} is not what is deployed, and the plan is by what is deployed`,
    command: 'cdk deploy',
  };
}

function tokenItem(token: PlannedToken, commands: Commands): readonly PlanItem[] {
  const { verdict: kind, holder, slot, serial, custody, deviceArn, why } = token;
  if (kind === 'fine') {
    return [];
  }
  const command = commands.ofToken(token);
  const byHand = command === undefined ? followSpare(token) : undefined;
  return [{ kind, holder, slot, serial, custody, deviceArn, why, command, byHand }];
}

/** In the words in which `replace` said it. */
function followSpare({ spareInUse, holder, slot }: PlannedToken): string | undefined {
  return spareInUse === undefined ? undefined : moveSpare(spareInUse, holder, slot);
}

function strayItem(stray: StrayDevice, commands: Commands): PlanItem {
  const { kind, holder, slot, serial, deviceArn, why } = stray;
  return { kind, holder, slot, serial, deviceArn, why, command: commands.ofStray(stray) };
}

/** The command lines of one plan. */
class Commands {
  public readonly resume: string;
  readonly #suffix: string;
  /** The slots of which this machine has begun something. */
  readonly #begun: ReadonlySet<string>;
  readonly #tokens: ReadonlyMap<string, PlannedToken>;

  public constructor(plan: FleetPlan, suffix: string) {
    this.#suffix = suffix;
    this.resume = `mfa-runbook resume${suffix}`;
    const begun = plan.unfinished.filter(({ isHere }) => isHere);
    this.#begun = new Set(begun.map(({ holder = '', slot = '' }) => slotKey(holder, slot)));
    // Looked up for strays only, which most fleets have none of.
    const tokens = plan.strays.length === 0 ? [] : plan.tokens;
    this.#tokens = new Map(tokens.map((token) => [slotKey(token.holder, token.slot), token]));
  }

  /** Does what a token needs. Only programmable tokens can be laid on the reader. */
  public ofToken({ verdict, cause, type, holder, slot }: PlannedToken): string | undefined {
    if (type !== 'programmable') {
      return undefined;
    }
    if (this.#begun.has(slotKey(holder, slot))) {
      return this.resume;
    }
    const subject = `${holder} --slot ${slot}`;
    switch (verdict) {
      case 'enrol':
        return `mfa-runbook enroll ${subject}${this.#suffix}`;
      case 'prove':
        return `mfa-runbook prove ${subject}${this.#suffix}`;
      case 'replace': {
        // Why another token is declared than is enrolled, only the person knows who declared it.
        const reason = cause === 'end-of-service' ? 'expired' : 'REASON';
        return `mfa-runbook replace ${subject} --reason ${reason}${this.#suffix}`;
      }
      case 'fine':
      case 'deploy':
      case 'not-checked':
        return undefined;
    }
  }

  /** Takes a stray device away; `undefined` where a person must look first. */
  public ofStray(stray: StrayDevice): string | undefined {
    const { kind, isDeclared, deviceArn, holder = '', slot = '' } = stray;
    const key = slotKey(holder, slot);
    if (this.#begun.has(key)) {
      return this.resume;
    }
    if (kind === 'inspect') {
      return undefined;
    }
    if (kind === 'retire') {
      return `mfa-runbook retire ${holder} --slot ${slot}${this.#suffix}`;
    }
    // A ceremony of its token deletes it first, after a yes.
    const token = isDeclared ? this.#tokens.get(key) : undefined;
    const ceremony = token === undefined ? undefined : this.ofToken(token);
    return ceremony ?? `aws iam delete-virtual-mfa-device --serial-number ${deviceArn}`;
  }
}
