/** A plan for people: a section for each kind of thing to do, its columns aligned, with the command that does it. */
import { printable } from '../../lib/record/rules';
import { formatMoney } from '../../lib/record/supply';
import { ITEM_KINDS, type ItemKind, type PlanItem } from '../review/items';
import type { Order } from '../review/order';
import { formatDay } from '../review/proof';

/** What stands above the sections. */
export interface PlanHeading {
  readonly fleet: string;
  readonly account: string;
  readonly generation: string;
  readonly nowMs: number;
  /** The file whose supply is used; without it the defaults are. */
  readonly inventory: string | undefined;
}

/** What a table shows. */
export interface PlanTable {
  readonly heading: PlanHeading;
  readonly items: readonly PlanItem[];
  readonly order: Order;
  readonly tokensPerHolder: number;
  /** How many tokens are fine. */
  readonly fine: number;
  /** The common options as the person gave them, with a leading blank. */
  readonly suffix: string;
}

const TITLES: Readonly<Record<ItemKind, string>> = {
  finish: 'to finish first',
  deploy: 'to deploy',
  enrol: 'to enrol',
  replace: 'to replace',
  prove: 'to prove',
  retire: 'to retire',
  leftover: 'left over',
  inspect: 'to look into',
  'not-checked': 'not checked',
};

/** Rows of a section; what is beyond is counted, and in `--json`. */
const SHOWN_ROWS = 20;
/** Names in a line of the order. */
const SHOWN_NAMES = 5;

/** The lines of a plan, without line ends. Nothing in them steers a terminal. */
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

function formatHeading({ fleet, account, generation, nowMs, inventory }: PlanHeading): string {
  const supply =
    inventory === undefined ? 'no inventory: default intervals, no prices' : `supply of ${inventory}`;
  return `fleet ${fleet}, account ${account}, record ${generation.slice(0, 12)}, ${formatDay(nowMs)}, ${supply}`;
}

/** The last line: what needs nothing. */
function closing(items: readonly PlanItem[], order: Order, fine: number): string {
  const isIdle = order.count === 0 && items.every(({ kind }) => kind === 'not-checked');
  const enrolled = `${count(fine, 'token')} enrolled and proven`;
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

/** What a section's title adds. */
function advice(kind: ItemKind, items: readonly PlanItem[], suffix: string): string {
  const enrolable = items.filter(({ command }) => command !== undefined).length;
  if (kind === 'enrol' && enrolable > 1) {
    return `: all in one sitting with \`mfa-runbook enroll --all${suffix}\``;
  }
  if (kind === 'replace' && items.some(({ command = '' }) => command.includes(' REASON'))) {
    return ': REASON is lost, stolen, broken or expired';
  }
  if (kind === 'not-checked') {
    return ': see `aws iam list-mfa-devices --user-name HOLDER`';
  }
  return '';
}

function cells({
  holder,
  slot,
  serial,
  deviceArn,
  place,
  why,
  command,
  byHand,
}: PlanItem): readonly string[] {
  const subject =
    holder === undefined ? [deviceArn ?? place ?? '', '', ''] : [holder, slot ?? '', serial ?? ''];
  return [...subject, why, command ?? byHand ?? ''];
}

/** Columns as wide as their widest cell; empty ones are left out. */
function align(rows: readonly (readonly string[])[]): readonly string[] {
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
    [lacking, `for holders with fewer than ${count(tokensPerHolder, 'token')}: ${listed(wanting)}`],
    [
      endingSerials.length,
      `for tokens whose service ends by ${formatDay(dueBeforeMs)}: ${listed(endingSerials)}`,
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

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).join(', ');
  return names.length > SHOWN_NAMES ? `${shown} and ${names.length - SHOWN_NAMES} more` : shown;
}

/** A number and its noun. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
