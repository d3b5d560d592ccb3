/** Plans a fleet from the inventory on this machine, the record, IAM and the evidence. */
import { evidenceName, evidencePath } from '../../lib/record/names';
import { type FleetRecord, generationOf, type TokenType } from '../../lib/record/record';
import { DEFAULT_SUPPLY } from '../../lib/record/supply';
import { countOf } from '../../lib/record/text';
import type { AssignedDevice, VirtualDevice } from '../aws/aws';
import { isGone } from '../aws/faults';
import type { Ports } from '../ceremony/ports';
import type { Files } from '../files/files';
import { readRecord } from '../record/declared-token';
import type { CommandLine } from '../terminal/command-line';
import { type FleetPlan, planFleet } from './fleet-plan';
import { inParallel } from './in-parallel';
import { readInventory } from './inventory-file';
import { ITEM_KINDS, type ItemKind, itemsOf, type PlanItem } from './items';
import type { Order } from './order';
import { type Proofs, parseProofs } from './proof';
import { type RootAccess, readRoots } from './read-roots';

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
  ports: Pick<Ports, 'aws' | 'journals' | 'clock' | 'terminal' | 'line' | 'signal'>,
  files: Pick<Files, 'read'>,
  request: { readonly fleet: string; readonly inventory?: string | undefined } & RootAccess,
): Promise<MadePlan> {
  const { fleet } = request;
  const { line } = ports;
  const inventory = await readInventory(files, fleet, request.inventory);
  const supply = inventory?.supply ?? DEFAULT_SUPPLY;
  const { generation, ...state } = await readFleet(ports, fleet, request);
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

/** The ports that reading needs. */
type ReadPorts = Pick<Ports, 'aws' | 'journals' | 'clock' | 'terminal' | 'signal'>;

/**
 * Reads what AWS and this machine hold about a fleet: one call to STS, one to IAM for each 1,000 devices in the account
 * and one for each holder of a token that is no virtual device, two or more for each root user that is looked into,
 * and one to SSM for each 10 pages of the record and each 10 tokens with evidence. The listings are read in parallel.
 */
async function readFleet(ports: ReadPorts, fleet: string, access: RootAccess) {
  const { aws, terminal, journals, clock } = ports;
  // Before the others: it may ask for the operator's own code.
  const identity = await terminal.during('signing in', aws.identity());
  const { account } = identity;
  const [{ record, manifest }, devices, evidence, unfinished] = await terminal.during(
    'reading the record, IAM and the evidence',
    Promise.all([
      readRecord(aws, fleet),
      aws.virtualDevices(),
      aws.parametersBelow(evidencePath(fleet)),
      journals.list(fleet),
    ]),
  );
  const proofs = parseProofs(fleet, evidence);
  const listed = await listOthers(ports, othersOf(record, proofs));
  const roots = await readRoots(ports, { record, identity, devices }, access);
  const { generation } = manifest;
  const nowMs = clock.now();
  return { generation, record, devices, listed, roots, proofs, journals: unfinished, account, nowMs };
}

/** The types whose devices IAM lists for one user at a time only. */
const NOT_VIRTUAL: ReadonlySet<TokenType> = new Set(['hardware-totp', 'fido2']);

/** Names the holders who have devices that are not virtual, by the record or by the evidence of a replacement. */
function othersOf({ fleet, holders }: FleetRecord, proofs: Proofs): readonly string[] {
  return holders
    .filter(({ name, tokens }) =>
      tokens.some(({ type, slot }) => {
        const enabled = proofs.get(evidenceName(fleet, name, slot))?.evidence?.deviceArn;
        return NOT_VIRTUAL.has(type) || (enabled !== undefined && !enabled.includes(':mfa/'));
      }),
    )
    .map(({ name }) => name);
}

/** Lists the devices of some users that are not virtual. */
async function listOthers(
  { aws, terminal, signal }: Pick<ReadPorts, 'aws' | 'terminal' | 'signal'>,
  holders: readonly string[],
): Promise<readonly VirtualDevice[]> {
  async function listOne(user: string): Promise<readonly VirtualDevice[]> {
    const devices = await aws.devicesOf(user).catch(noneIfGone);
    return devices
      .filter(({ arn }) => !arn.includes(':mfa/'))
      .map(({ arn, enabledAt }) => ({ arn, user, ...(enabledAt === undefined ? {} : { enabledAt }) }));
  }
  if (holders.length === 0) {
    return [];
  }
  const listing = inParallel(holders, listOne, signal);
  const noun = countOf(holders.length, 'holder');
  return (await terminal.during(`listing the FIDO keys and hardware TOTP tokens of ${noun}`, listing)).flat();
}

/** Returns no devices for a user who was deleted; throws any other error again. */
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
