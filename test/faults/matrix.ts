/**
 * The fault matrix: every external call of a healthy run of each ceremony, met by every fault that can befall it; then
 * the world heals and resumes twice.
 */
import type { TokenType } from '../../lib/record/record';
import { CEREMONIES, type Ceremony } from './ceremonies';
import { type Episode, playEpisode } from './episode';
import { type CallKind, type Fault, type FaultPlan, faultsOf } from './fault';
import { isMutating } from './iam-witness';
import { KIND_CEREMONIES } from './kinds';
import type { TracedCall } from './outside';
import { Random } from './random';
import { ROOT_CEREMONIES } from './root-ceremonies';
import { INTERCEPTIONS, type Interception } from './sdk-aws';

/** IAM's lists show a change this late, in the cells with a lag. */
const LAG_MS = 120_000;

/** Faults that are tried once more in a world whose lists lag by two minutes. */
const LAGGED: ReadonlySet<Fault> = new Set([
  'lost-after',
  'lost-after-all',
  'kill-before',
  'kill-after',
  'slow',
  'intercepted-after',
]);

/** Ceremonies whose calls of AWS meet their faults through the real SDK as well. */
const THROUGH_SDK: ReadonlySet<string> = new Set(['enroll', 'prove', 'retire']);

/** A slow answer takes the SDK twenty seconds of real time. */
const NOT_THROUGH_SDK: ReadonlySet<Fault> = new Set(['slow']);

/** Faults that every call of AWS meets through the real SDK as well: what the answer looks like decides there. */
const ALWAYS_THROUGH_SDK: ReadonlySet<Fault> = new Set(['intercepted-before', 'intercepted-after', 'late']);

/** The ceremonies of every kind of token. */
export const MATRIX: readonly Ceremony[] = [...CEREMONIES, ...KIND_CEREMONIES, ...ROOT_CEREMONIES];

/** One fault at one call of one ceremony. */
export interface Cell {
  readonly ceremony: string;
  /** The type of the token that it is about. */
  readonly driver: TokenType;
  /** Of the external calls, counted from 0. */
  readonly index: number;
  readonly kind: CallKind;
  readonly call: string;
  readonly fault: Fault;
  readonly visibilityLagMs: number;
  /** Over loopback, by the real SDK; otherwise in this process. */
  readonly sdk: boolean;
  /** Answered by an intermediary. */
  readonly interception?: Interception;
}

/** Names a cell, in the report and for `--only`. */
export function nameOfCell({
  ceremony,
  index,
  call,
  fault,
  visibilityLagMs,
  sdk,
  interception,
}: Cell): string {
  return [
    `${ceremony} #${index} ${call}: ${fault}`,
    visibilityLagMs === 0 ? '' : `, seen ${visibilityLagMs / 1000} s late`,
    interception === undefined ? '' : `, ${interception}`,
    sdk ? ', through the SDK' : '',
  ].join('');
}

/** Every cell of a ceremony, in order. @throws Error when its healthy run is not healthy */
export async function cellsOf(ceremony: Ceremony): Promise<readonly Cell[]> {
  const healthy = await playOne(ceremony, () => undefined, { visibilityLagMs: 0 });
  if (healthy.exitCodes.A !== 0 || healthy.violations.length > 0) {
    const found = healthy.violations.map(({ detail }) => detail).join('; ');
    throw new Error(
      `a healthy ${ceremony.name} ended with ${healthy.exitCodes.A}: ${found}\n${healthy.output}`,
    );
  }
  const calls = healthy.trace.filter(({ process }) => process === 'A');
  return calls.flatMap((call) => faultsOf(call.kind).flatMap((fault) => cells(ceremony, call, fault)));
}

function cells(ceremony: Ceremony, { index, kind, name }: TracedCall, fault: Fault): readonly Cell[] {
  const { name: of, driver = 'programmable' } = ceremony;
  const cell: Cell = { ceremony: of, driver, index, kind, call: name, fault, visibilityLagMs: 0, sdk: false };
  if (kind !== 'aws') {
    return [cell];
  }
  const isThroughSdk =
    ALWAYS_THROUGH_SDK.has(fault) || (THROUGH_SDK.has(ceremony.name) && !NOT_THROUGH_SDK.has(fault));
  return [
    cell,
    ...(LAGGED.has(fault) ? [{ ...cell, visibilityLagMs: LAG_MS }] : []),
    ...(isThroughSdk ? interceptionsOf(cell).map((more) => ({ ...cell, ...more, sdk: true })) : []),
  ];
}

/** Every answer of an intermediary. After a call that only reads, it is as if it had answered before. */
function interceptionsOf({ fault, call }: Cell): readonly Pick<Cell, 'interception'>[] {
  if (fault !== 'intercepted-before' && fault !== 'intercepted-after') {
    return [{}];
  }
  const all = Object.keys(INTERCEPTIONS) as Interception[];
  const isSame = fault === 'intercepted-after' && !isMutating(call.replace(/^\w+:/, ''));
  return (isSame ? [] : all).map((interception) => ({ interception }));
}

/** Plays one cell. The run is the same as the healthy one up to its call. */
export async function playCell(cell: Cell, ceremonies: readonly Ceremony[] = MATRIX): Promise<Episode> {
  const ceremony = ceremonies.find(({ name }) => name === cell.ceremony);
  if (ceremony === undefined) {
    throw new Error(`there is no ceremony ${cell.ceremony}`);
  }
  const plan: FaultPlan = ({ process, index }) =>
    process === 'A' && index === cell.index ? cell.fault : undefined;
  return playOne(ceremony, plan, cell);
}

function playOne(
  ceremony: Ceremony,
  plan: FaultPlan,
  { visibilityLagMs, sdk, interception }: Pick<Cell, 'visibilityLagMs' | 'interception'> & Partial<Cell>,
): Promise<Episode> {
  const parts = [{ ceremony, skewMs: 0, deletesLeftovers: false }];
  const script = { parts, oneMachine: true, visibilityLagMs, plan, again: true };
  const way = { ...(sdk ? { sdk } : {}), ...(interception === undefined ? {} : { interception }) };
  return playEpisode({ ...script, ...way }, new Random(1));
}
