/** Formats a plan for people: a section for each kind of task, in aligned columns, with the command that does it. */
import { formatPlace } from '../../lib/record/place';
import { formatMoney } from '../../lib/record/supply';
import { countOf, listOf } from '../../lib/record/text';
import { ITEM_KINDS, type ItemKind, type PlanItem } from '../review/items';
import type { MadePlan } from '../review/make-plan';
import type { Order } from '../review/order';
import { formatDay } from '../review/proof';
import type { Row } from '../terminal/table';

const TITLES: Readonly<Record<ItemKind, string>> = {
  finish: 'to finish first',
  deploy: 'to deploy',
  enroll: 'to enroll',
  replace: 'to replace',
  prove: 'to prove',
  retire: 'to retire',
  leftover: 'left over',
  inspect: 'to investigate',
  'not-checked': 'not checked',
};

/** A section shows at most this many rows; `--json` has all. */
const SHOWN_ROWS = 20;
/** A line of the order shows at most this many names. */
const SHOWN_NAMES = 5;

/** A line, or the rows below one. */
type PlanPart = string | readonly Row[];

/** Formats a plan. */
export function formatPlan(plan: MadePlan): readonly PlanPart[] {
  const sections = ITEM_KINDS.map((kind) => formatSection(kind, plan));
  const ordered = plan.order.count === 0 ? [] : [formatOrder(plan)];
  return [
    formatHeading(plan.heading),
    ...[...sections, ...ordered].filter((parts) => parts.length > 0).flatMap((parts) => ['', ...parts]),
    '',
    // The last line: the tokens that need nothing.
    `${plan.toDo === undefined ? 'nothing to do' : 'fine'}: ${countOf(plan.counts.fine, 'token')} enrolled and proven`,
  ];
}

function formatHeading({ fleet, account, generation, nowMs, inventory }: MadePlan['heading']): string {
  const supply =
    inventory === undefined ? 'no inventory: default intervals, no prices' : `supply of ${inventory}`;
  return `fleet ${fleet}, account ${account}, record ${generation.slice(0, 12)}, ${formatDay(nowMs)}, ${supply}`;
}

function formatSection(kind: ItemKind, { items, line }: MadePlan): readonly PlanPart[] {
  const ofKind = items.filter((item) => item.kind === kind);
  if (ofKind.length === 0) {
    return [];
  }
  const more = ofKind.length - SHOWN_ROWS;
  return [
    `${TITLES[kind]} (${ofKind.length})${advice(kind, ofKind, line)}`,
    ofKind.slice(0, SHOWN_ROWS).map(rowOf),
    ...(more > 0 ? [`  … ${more} more; \`${line.other('plan', '--json')}\` lists all`] : []),
  ];
}

/** Returns advice that follows the title of a section. */
function advice(kind: ItemKind, items: readonly PlanItem[], line: MadePlan['line']): string {
  const enrollable = items.filter(({ command }) => command !== undefined).length;
  if (kind === 'enroll' && enrollable > 1) {
    return `: all in one run with \`${line.other('enroll', '--all')}\``;
  }
  if (kind === 'replace' && items.some(({ command = '' }) => command.includes(' REASON'))) {
    return ': REASON is lost, stolen, broken or expired';
  }
  if (kind === 'not-checked') {
    return `: \`${line.other('plan', '--assume-root')}\` looks into the accounts of an organization`;
  }
  return '';
}

function rowOf(item: PlanItem): Row {
  const { holder, slot = '', serial, profile, deviceArn, place, why, command, byHand } = item;
  const token =
    serial === undefined ? '' : formatPlace({ serial, ...(profile !== undefined && { profile }) });
  const subject = holder === undefined ? [deviceArn ?? place ?? '', '', ''] : [holder, slot, token];
  const deed = command ?? byHand;
  return { cells: [...subject, why], ...(deed !== undefined && { command: deed }) };
}

function formatOrder({ order, tokensPerHolder }: MadePlan): readonly PlanPart[] {
  const { shortHolders, endingSerials, sparesWanted, sparesInStock, dueBeforeMs } = order;
  const lacking = shortHolders.reduce((sum, { lacks }) => sum + lacks, 0);
  const wanting = shortHolders.map(({ holder, has }) => `${holder} (has ${has})`);
  const reasons: readonly (readonly [number, string])[] = [
    [
      lacking,
      `for holders with fewer than ${countOf(tokensPerHolder, 'token')}: ${listOf(wanting, SHOWN_NAMES)}`,
    ],
    [
      endingSerials.length,
      `for tokens whose service ends by ${formatDay(dueBeforeMs)}: ${listOf(endingSerials, SHOWN_NAMES)}`,
    ],
    [sparesWanted, 'to hold in stock'],
    [-sparesInStock, 'in stock'],
  ];
  return [
    `to order (${order.count})`,
    [
      ...reasons.filter(([number]) => number !== 0).map(([number, why]) => [signed(number), why]),
      [`= ${order.count}`, formatCost(order)],
    ].map(([number = '', why = '']) => ({ cells: [number.padStart(6), why] })),
  ];
}

function signed(number: number): string {
  return number < 0 ? `- ${-number}` : `+ ${number}`;
}

function formatCost({ model, cost, multiProfile }: Order): string {
  const what = model ?? 'of any model (none is named in the supply section of the inventory)';
  if (cost === undefined) {
    return what;
  }
  const { eachCents, totalCents, currency } = cost;
  const priced = `${what} at ${formatMoney(eachCents, currency)}: ${formatMoney(totalCents, currency)}`;
  return multiProfile === 0 ? priced : `${priced}, and ${countOf(multiProfile, 'multi-profile token')}`;
}
