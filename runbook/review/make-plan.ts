/** Plans a fleet from the inventory on this machine, the record, IAM and the evidence. */
import { deviceKind } from '../../lib/record/devices';
import { evidenceName, evidencePath } from '../../lib/record/names';
import { type FleetRecord, generationOf } from '../../lib/record/record';
import { DEFAULT_SUPPLY } from '../../lib/record/supply';
import { countOf } from '../../lib/record/text';
import type { AssignedDevice, Aws, VirtualDevice } from '../aws/aws';
import { isGone } from '../aws/faults';
import type { Ports } from '../ceremony/ports';
import type { Files } from '../files/files';
import { readRecord } from '../record/declared-token';
import { isBurned } from '../record/token-kinds';
import type { CommandLine } from '../terminal/command-line';
import { type FleetPlan, planFleet } from './fleet-plan';
import { readInventory } from './inventory-file';
import { ITEM_KINDS, type ItemKind, itemsOf, type PlanItem } from './items';
import type { Order } from './order';
import { type Proofs, parseProofs } from './proof';

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

/** Reads everything and plans; changes nothing. Throws RunbookError, AwsFault and RecordError. */
export async function makePlan(
  ports: Pick<Ports, 'aws' | 'journals' | 'clock' | 'terminal' | 'line'>,
  files: Pick<Files, 'read'>,
  request: { readonly fleet: string; readonly inventory?: string },
): Promise<MadePlan> {
  const { fleet } = request;
  const { line } = ports;
  const inventory = await readInventory(files, fleet, request.inventory);
  const supply = inventory?.supply ?? DEFAULT_SUPPLY;
  const { generation, ...state } = await readFleet(ports, fleet);
  const plan = planFleet({ ...state, supply });
  const isDeployed = inventory === undefined || generationOf(inventory.record) === generation;
  const items = itemsOf(plan, line, isDeployed ? undefined : inventory.file);
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

/**
 * Reads what AWS and this machine hold about a fleet: one call to STS, one to IAM for each 1,000 devices in the account
 * and one for each holder of a hardware TOTP token or a security key, and one to SSM for each 10 pages of the record and each 10 tokens with evidence. The listings are read in parallel.
 */
async function readFleet(
  { aws, terminal, journals, clock }: Pick<Ports, 'aws' | 'journals' | 'clock' | 'terminal'>,
  fleet: string,
) {
  // Before the others: it may ask for the operator's own code.
  const { account } = await terminal.during('signing in', aws.identity());
  const [{ record, manifest }, devices, evidence, listed] = await terminal.during(
    'reading the record, IAM and the evidence',
    Promise.all([
      readRecord(aws, fleet),
      aws.virtualDevices(),
      aws.parametersBelow(evidencePath(fleet)),
      journals.list(fleet),
    ]),
  );
  const proofs = parseProofs(fleet, evidence);
  const printed = await terminal.during('listing printed tokens and keys', readPrinted(aws, record, proofs));
  const { generation } = manifest;
  return { generation, record, devices, printed, proofs, journals: listed, account, nowMs: clock.now() };
}

/**
 * Lists the devices of the holders with hardware TOTP tokens or security keys, by the record or by the evidence of a
 * replacement: IAM has no list of those of all users.
 */
async function readPrinted(
  aws: Pick<Aws, 'devicesOf'>,
  { fleet, holders }: FleetRecord,
  proofs: Proofs,
): Promise<readonly VirtualDevice[]> {
  const printed: VirtualDevice[] = [];
  for (const { name, tokens } of holders) {
    const isUnlisted = tokens.some(({ type, slot }) => {
      const enabled = proofs.get(evidenceName(fleet, name, slot))?.evidence?.deviceArn;
      return !isBurned(type) || (enabled !== undefined && deviceKind(enabled) !== 'virtual');
    });
    if (isUnlisted) {
      for (const { arn, enabledAt } of await aws.devicesOf(name).catch(noneIfGone)) {
        printed.push({ arn, user: name, ...(enabledAt === undefined ? {} : { enabledAt }) });
      }
    }
  }
  return printed;
}

/** A user who is gone has no devices. */
function noneIfGone(error: unknown): readonly AssignedDevice[] {
  if (isGone(error)) {
    return [];
  }
  throw error;
}

function countKinds(plan: FleetPlan, items: readonly PlanItem[]): MadePlan['counts'] {
  const counts = Object.fromEntries(ITEM_KINDS.map((kind) => [kind, 0])) as Record<ItemKind, number>;
  for (const { kind } of items) {
    counts[kind]++;
  }
  const fine = plan.tokens.filter(({ verdict }) => verdict === 'fine').length;
  return { ...counts, fine, order: plan.order.count };
}

/** Each count in words; nobody can act on `not-checked`. */
const PHRASES: Readonly<Record<Exclude<ItemKind, 'not-checked'> | 'order', (n: number) => string>> = {
  finish: (n) => `${n} to finish`,
  deploy: () => 'the inventory to deploy',
  enroll: (n) => `${n} to enroll`,
  replace: (n) => `${n} to replace`,
  prove: (n) => `${n} to prove`,
  retire: (n) => `${n} to retire`,
  leftover: (n) => `${n} left over`,
  inspect: (n) => `${n} to investigate`,
  order: (n) => `${countOf(n, 'token')} to order`,
};

function describeToDo(counts: MadePlan['counts']): string | undefined {
  const kinds = Object.keys(PHRASES) as (keyof typeof PHRASES)[];
  const phrases = kinds.filter((kind) => counts[kind] > 0).map((kind) => PHRASES[kind](counts[kind]));
  return phrases.length === 0 ? undefined : phrases.join(', ');
}
