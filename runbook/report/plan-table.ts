/** Formats a plan for people: a section for each kind of task, in aligned columns, with the command that does it. */
import { parseRootHolder } from '../../lib/record/names';
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
  foreign: 'second factors that are not of this fleet',
  lockout: 'what will lock holders out',
  elsewhere: "holders who are not at the fleet's path",
  'no-credentials': 'root users without credentials, where nothing needs enrolling',
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

function formatSection(kind: ItemKind, { items, line, heading }: MadePlan): readonly PlanPart[] {
  const ofKind = items.filter((item) => item.kind === kind);
  if (ofKind.length === 0) {
    return [];
  }
  const more = ofKind.length - SHOWN_ROWS;
  return [
    `${TITLES[kind]} (${ofKind.length})${advice(kind, ofKind, line)}`,
    ofKind.slice(0, SHOWN_ROWS).map((item) => rowOf(item, heading.account)),
    ...(more > 0 ? [`  … ${more} more; \`${line.other('plan', '--json')}\` lists all`] : []),
  ];
}

/** Returns advice that follows the title of a section. */
function advice(kind: ItemKind, items: readonly PlanItem[], line: MadePlan['line']): string {
  if (kind === 'enroll') {
    return adviceToEnroll(items, line);
  }
  if (kind === 'replace' && items.some(({ command = '' }) => command.includes(' REASON'))) {
    return ': REASON is lost, stolen, broken or expired';
  }
  if (kind === 'prove' && items.some(({ holder = '' }) => parseRootHolder(holder) !== undefined)) {
    return ': add --witness NAME for a token of root whose sign-ins these credentials do not see';
  }
  if (kind === 'not-checked' && items.some(({ holder }) => holder !== undefined)) {
    return `: \`${line.other('plan', '--assume-root')}\` looks into the accounts of an organization`;
  }
  return '';
}

/** Names the command that enrolls several; a token of another kind, or of root, has a command of its own. */
function adviceToEnroll(items: readonly PlanItem[], line: MadePlan['line']): string {
  const inOneRun = items.filter(({ isInOneRun }) => isInOneRun === true).length;
  const which = inOneRun === items.length ? 'all' : `${inOneRun} of them`;
  return inOneRun < 2 ? '' : `: ${which} in one run with \`${line.other('enroll', '--all')}\``;
}

function rowOf(item: PlanItem, account: string): Row {
  const { holder, slot = '', serial, profile, deviceArn, place, command, byHand } = item;
  const why = shortened(item.why, account);
  const token =
    serial === undefined ? '' : formatPlace({ serial, ...(profile !== undefined && { profile }) });
  const named = token === '' && slot === '' ? shortened(deviceArn ?? '', account) : token;
  const subject =
    holder === undefined ? [shortened(deviceArn ?? place ?? '', account), '', ''] : [holder, slot, named];
  return { cells: [...subject, why], command, advice: command === undefined ? byHand : undefined };
}

/** Leaves out of ARNs what the heading says; commands and `--json` keep them whole. */
function shortened(text: string, account: string): string {
  return text.replace(new RegExp(`arn:aws[a-z-]*:(?:iam|sts)::${account}:`, 'g'), '');
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
