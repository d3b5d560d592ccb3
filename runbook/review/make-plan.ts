/** Plans a fleet from the inventory on this machine, the record, IAM and the evidence. */
import { evidencePath } from '../../lib/record/names';
import { generationOf } from '../../lib/record/record';
import { DEFAULT_SUPPLY } from '../../lib/record/supply';
import { countOf } from '../../lib/record/text';
import type { Ports } from '../ceremony/ports';
import type { Files } from '../files/files';
import { readRecord } from '../record/declared-token';
import type { CommandLine } from '../terminal/command-line';
import { readAccount } from './account-facts';
import { type FleetPlan, planFleet } from './fleet-plan';
import { readInventory } from './inventory-file';
import { type INFORMATION, ITEM_KINDS, type ItemKind, itemsOf, type PlanItem } from './items';
import type { Order } from './order';
import { readOthers } from './other-devices';
import { parseProofs } from './proof';
import { type RootAccess, readRoots, wayOptions } from './read-roots';

export interface MadePlan {
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
  /** Number of tasks of each kind; `order` counts tokens, and `fine` those that need nothing. */
  readonly counts: Readonly<Record<ItemKind | 'fine' | 'order', number>>;
  /** A summary of what needs doing; `undefined` if nothing does. */
  readonly toDo: string | undefined;
  /** The command line, for those that do the tasks. */
  readonly line: CommandLine;
}

interface PlanRequest extends RootAccess {
  readonly fleet: string;
  readonly inventory?: string | undefined;
  /** Ask for the devices of each holder, even if the account's summary gives no cause. */
  readonly thorough?: boolean | undefined;
}

/** Reads everything and plans; changes nothing. Throws RunbookError, AwsFault and RecordError. */
export async function makePlan(
  ports: Pick<Ports, 'aws' | 'journals' | 'clock' | 'terminal' | 'line' | 'signal'>,
  files: Pick<Files, 'read'>,
  request: PlanRequest,
): Promise<MadePlan> {
  const { fleet } = request;
  const { line } = ports;
  const inventory = await readInventory(files, fleet, request.inventory);
  const supply = inventory?.supply ?? DEFAULT_SUPPLY;
  const { generation, identity, ...state } = await readFleet(ports, request);
  const plan = planFleet({ ...state, supply });
  const isDeployed = inventory === undefined || generationOf(inventory.record) === generation;
  const items = itemsOf(plan, line, {
    undeployed: isDeployed ? undefined : inventory.file,
    wayOptions: (holder) => wayOptions(holder, identity, request),
  });
  const counts = countKinds(plan, items);
  const { account, nowMs } = state;
  return {
    heading: { fleet, account, generation, nowMs, inventory: inventory?.file },
    items,
    order: plan.order,
    tokensPerHolder: supply.tokensPerHolder,
    counts,
    toDo: describeToDo(counts),
    line,
  };
}

/** The ports that reading needs. */
type ReadPorts = Pick<Ports, 'aws' | 'journals' | 'clock' | 'terminal' | 'signal'>;

/**
 * Reads what AWS and this machine hold about a fleet: one call to STS, one to IAM for each 1,000 devices and each 1,000
 * users in the account, two about the account, one for each holder who may have a device that is not virtual, two or more
 * for each root user that is looked into, and one to SSM for each 10 pages of the record and each 10 tokens with evidence. The listings are read in parallel.
 */
async function readFleet(ports: ReadPorts, request: PlanRequest) {
  const { fleet } = request;
  const { aws, terminal, journals, clock } = ports;
  // Before the others: it may ask for the operator's own code.
  const identity = await terminal.during('signing in', aws.identity());
  const { account } = identity;
  const [{ record, manifest }, devices, evidence, unfinished, facts] = await terminal.during(
    'reading the record, IAM and the evidence',
    Promise.all([
      readRecord(aws, fleet),
      aws.virtualDevices(),
      aws.parametersBelow(evidencePath(fleet)),
      journals.list(fleet),
      readAccount(aws),
    ]),
  );
  const proofs = parseProofs(fleet, evidence);
  const others = await readOthers(ports, { record, proofs, devices, facts }, request.thorough === true);
  const roots = await readRoots(ports, { record, identity, devices, summary: facts.summary }, request);
  const { generation } = manifest;
  const nowMs = clock.now();
  return {
    generation,
    record,
    devices,
    facts,
    ...others,
    roots,
    proofs,
    journals: unfinished,
    identity,
    account,
    nowMs,
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

/** Each count in words; nobody has to act on information. */
const PHRASES: Readonly<
  Record<Exclude<ItemKind, (typeof INFORMATION)[number]> | 'order', (n: number) => string>
> = {
  finish: (n) => `${n} to finish`,
  deploy: () => 'the inventory to deploy',
  enroll: (n) => `${n} to enroll`,
  replace: (n) => `${n} to replace`,
  prove: (n) => `${n} to prove`,
  retire: (n) => `${n} to retire`,
  leftover: (n) => `${n} left over`,
  inspect: (n) => `${n} to investigate`,
  foreign: (n) => `${countOf(n, 'second factor')} that ${n === 1 ? 'is' : 'are'} not of the fleet`,
  lockout: (n) => `${countOf(n, 'trap')} that will lock holders out`,
  order: (n) => `${countOf(n, 'token')} to order`,
};

function describeToDo(counts: MadePlan['counts']): string | undefined {
  const kinds = Object.keys(PHRASES) as (keyof typeof PHRASES)[];
  const phrases = kinds.filter((kind) => counts[kind] > 0).map((kind) => PHRASES[kind](counts[kind]));
  return phrases.length === 0 ? undefined : phrases.join(', ');
}
