/** Formats a plan for people: a section for each kind of task, in aligned columns, with the command that does it. */
import { printable } from '../../lib/record/rules';
import { formatMoney } from '../../lib/record/supply';
import { countOf, listOf } from '../../lib/record/text';
import { ITEM_KINDS, type ItemKind, type PlanItem } from '../review/items';
import type { PlanTable } from '../review/make-plan';
import type { Order } from '../review/order';
import { formatDay } from '../review/proof';

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

/** Formats the lines of a plan, without line ends and without characters that control a terminal. */
export function formatPlan(table: PlanTable): readonly string[] {
  const { items, order, fine } = table;
  const sections = ITEM_KINDS.map((kind) => formatSection(kind, items, table.suffix));
  const ordered = order.count === 0 ? [] : [formatOrder(table)];
  return [
    formatHeading(table.heading),
    ...[...sections, ...ordered].filter((lines) => lines.length > 0).flatMap((lines) => ['', ...lines]),
    '',
    closing(items, order, fine),
  ].map(printable);
}

function formatHeading({ fleet, account, generation, nowMs, inventory }: PlanTable['heading']): string {
  const supply =
    inventory === undefined ? 'no inventory: default intervals, no prices' : `supply of ${inventory}`;
  return `fleet ${fleet}, account ${account}, record ${generation.slice(0, 12)}, ${formatDay(nowMs)}, ${supply}`;
}

/** Formats the last line: the tokens that need nothing. */
function closing(items: readonly PlanItem[], order: Order, fine: number): string {
  const isIdle = order.count === 0 && items.every(({ kind }) => kind === 'not-checked');
  const enrolled = `${countOf(fine, 'token')} enrolled and proven`;
  return isIdle ? `nothing to do: ${enrolled}` : `fine: ${enrolled}`;
}

function formatSection(kind: ItemKind, items: readonly PlanItem[], suffix: string): readonly string[] {
  const ofKind = items.filter((item) => item.kind === kind);
  if (ofKind.length === 0) {
    return [];
  }
  const more = ofKind.length - SHOWN_ROWS;
  return [
    `${TITLES[kind]} (${ofKind.length})${advice(kind, ofKind, suffix)}`,
    ...align(ofKind.slice(0, SHOWN_ROWS).map(cells)),
    ...(more > 0 ? [`  … ${more} more; \`mfa-runbook plan --json${suffix}\` lists all`] : []),
  ];
}

/** Returns advice that follows the title of a section. */
function advice(kind: ItemKind, items: readonly PlanItem[], suffix: string): string {
  const enrollable = items.filter(({ command }) => command !== undefined).length;
  if (kind === 'enroll' && enrollable > 1) {
    return `: all in one run with \`mfa-runbook enroll --all${suffix}\``;
  }
  if (kind === 'replace' && items.some(({ command = '' }) => command.includes(' REASON'))) {
    return ': REASON is lost, stolen, broken or expired';
  }
  if (kind === 'not-checked') {
    return ': see `aws iam list-mfa-devices --user-name HOLDER`';
  }
  return '';
}

function cells(item: PlanItem): readonly string[] {
  const { holder, slot, serial, deviceArn, place, why, command, byHand } = item;
  const subject =
    holder === undefined ? [deviceArn ?? place ?? '', '', ''] : [holder, slot ?? '', serial ?? ''];
  return [...subject, why, command ?? byHand ?? ''];
}

/** Pads each column to its widest cell, leaves out empty columns, and indents each row. */
export function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => ((widths[column] ?? 0) === 0 ? '' : `  ${cell.padEnd(widths[column] ?? 0)}`))
      .join('')
      .trimEnd(),
  );
}

function formatOrder({ order, tokensPerHolder }: PlanTable): readonly string[] {
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
    ...reasons
      .filter(([number]) => number !== 0)
      .map(([number, why]) => `  ${signed(number).padStart(6)}  ${why}`),
    `  ${`= ${order.count}`.padStart(6)}  ${formatCost(order)}`,
  ];
}

function signed(number: number): string {
  return number < 0 ? `- ${-number}` : `+ ${number}`;
}

function formatCost({ model, cost }: Order): string {
  const what = model ?? 'of any model (none is named in the supply section of the inventory)';
  if (cost === undefined) {
    return what;
  }
  const { eachCents, totalCents, currency } = cost;
  return `${what} at ${formatMoney(eachCents, currency)}: ${formatMoney(totalCents, currency)}`;
}
