/** Plans a fleet from the inventory on this machine, the record, IAM and the evidence. */
import { generationOf } from '../../lib/record/record';
import { DEFAULT_SUPPLY } from '../../lib/record/supply';
import { countOf } from '../../lib/record/text';
import type { Ports } from '../ceremony/ports';
import type { Files } from '../files/files';
import { type FleetPlan, planFleet } from './fleet-plan';
import { readInventory } from './inventory-file';
import { ITEM_KINDS, type ItemKind, itemsOf, type PlanItem } from './items';
import type { Order } from './order';
import { readFleet } from './read-fleet';

/** The request for a plan. */
interface PlanRequest {
  readonly fleet: string;
  /** The inventory that the person named. */
  readonly inventory: string | undefined;
  /** The common options as the person gave them, with a leading blank. */
  readonly suffix: string;
  /** The command line, for hints. */
  readonly command: string;
}

/** The content of a plan for people. */
export interface PlanTable {
  readonly heading: {
    readonly fleet: string;
    readonly account: string;
    readonly generation: string;
    readonly nowMs: number;
    /** The file whose supply section applies; without it the defaults do. */
    readonly inventory: string | undefined;
  };
  readonly items: readonly PlanItem[];
  readonly order: Order;
  readonly tokensPerHolder: number;
  /** Number of tokens that need nothing. */
  readonly fine: number;
  /** The common options as the person gave them, with a leading blank. */
  readonly suffix: string;
}

/** A plan and its content for people. */
export interface MadePlan {
  readonly table: PlanTable;
  readonly plan: FleetPlan;
  /** Number of tasks of each kind; `order` counts tokens. */
  readonly counts: Readonly<Record<ItemKind | 'fine' | 'order', number>>;
  /** A summary of what needs doing; `undefined` if nothing does. */
  readonly toDo: string | undefined;
}

/** Reads everything and plans; changes nothing. Throws RunbookError, AwsFault and RecordError. */
export async function makePlan(
  request: PlanRequest,
  ports: Pick<Ports, 'aws' | 'journals' | 'clock' | 'terminal'>,
  files: Pick<Files, 'read'>,
): Promise<MadePlan> {
  const { fleet, suffix, command } = request;
  const inventory = await readInventory({ named: request.inventory, fleet, command }, files);
  const { identity, deployed, state } = await readFleet(fleet, ports);
  const supply = inventory?.supply ?? DEFAULT_SUPPLY;
  const plan = planFleet({ ...state, supply });
  const { generation } = deployed.manifest;
  const isDeployed = inventory === undefined || generationOf(inventory.record) === generation;
  const items = itemsOf(plan, { suffix, ...(isDeployed ? {} : { undeployed: inventory.file }) });
  const counts = countKinds(plan, items);
  const { account } = identity;
  const heading = { fleet, account, generation, nowMs: state.nowMs, inventory: inventory?.file };
  const { fine } = counts;
  const { tokensPerHolder } = supply;
  return {
    plan,
    counts,
    toDo: describeToDo(counts),
    table: { heading, items, order: plan.order, tokensPerHolder, fine, suffix },
  };
}

function countKinds(plan: FleetPlan, items: readonly PlanItem[]): MadePlan['counts'] {
  const counts = Object.fromEntries(ITEM_KINDS.map((kind) => [kind, 0])) as Record<ItemKind, number>;
  for (const { kind } of items) {
    counts[kind]++;
  }
  const fine = plan.tokens.filter(({ verdict }) => verdict === 'fine').length;
  return { ...counts, fine, order: plan.order.count };
}

const PHRASES: Readonly<Record<ItemKind | 'order', ((n: number) => string) | undefined>> = {
  finish: (n) => `${n} to finish`,
  deploy: () => 'the inventory to deploy',
  enroll: (n) => `${n} to enroll`,
  replace: (n) => `${n} to replace`,
  prove: (n) => `${n} to prove`,
  retire: (n) => `${n} to retire`,
  leftover: (n) => `${n} left over`,
  inspect: (n) => `${n} to investigate`,
  // Nobody can act on these.
  'not-checked': undefined,
  order: (n) => `${countOf(n, 'token')} to order`,
};

function describeToDo(counts: MadePlan['counts']): string | undefined {
  const phrases = [...ITEM_KINDS, 'order' as const].flatMap((kind) => {
    const phrase = PHRASES[kind];
    return phrase === undefined || counts[kind] === 0 ? [] : [phrase(counts[kind])];
  });
  return phrases.length === 0 ? undefined : phrases.join(', ');
}
