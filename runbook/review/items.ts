/** Turns a plan into a list of tasks, each with the command that does it. */
import { parseRootHolder } from '../../lib/record/names';
import { moveSpare } from '../record/declared-token';
import { isBurned } from '../record/token-kinds';
import type { CommandLine } from '../terminal/command-line';
import type { FleetPlan, PlannedToken } from './fleet-plan';
import { type StrayDevice, slotKey } from './stray';

/** The kinds of tasks, in the order in which they should be done. */
export const ITEM_KINDS = [
  'finish',
  'deploy',
  'enroll',
  'replace',
  'prove',
  'retire',
  'leftover',
  'inspect',
  'foreign',
  'lockout',
  'elsewhere',
  'no-credentials',
  'not-checked',
] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

/** The kinds that are for information only. */
export const INFORMATION = [
  'elsewhere',
  'no-credentials',
  'not-checked',
] as const satisfies readonly ItemKind[];

/** One task, or one piece of information. */
export interface PlanItem {
  readonly kind: ItemKind;
  readonly holder?: string | undefined;
  readonly slot?: string | undefined;
  readonly serial?: string | undefined;
  /** Profile of a multi-profile token. */
  readonly profile?: number | undefined;
  readonly custody?: string | undefined;
  readonly deviceArn?: string | undefined;
  /** Path of the journal of an unfinished ceremony. */
  readonly place?: string | undefined;
  /** One clause. */
  readonly why: string;
  /** The command line; absent if a person must decide first, or no command does the task. */
  readonly command?: string | undefined;
  /** One run of `enroll --all` enrolls it, among others. */
  readonly isInOneRun?: true;
  /** Instructions for a person, if no command does the task. */
  readonly byHand?: string | undefined;
}

/**
 * Lists all tasks, sorted by kind, then in the order of the plan. Tokens that are fine are left out.
 *
 * @param line the command line, for those that do the tasks
 * @param about undeployed: name of the inventory's file if it differs from what is deployed
 */
export function itemsOf(plan: FleetPlan, line: CommandLine, about: About = {}): readonly PlanItem[] {
  const { undeployed } = about;
  const commands = new Commands(plan, line, about);
  const started = startedSlots(plan);
  // Its ceremony does what the slot needs, and a stolen token must not be offered for enrollment in the meantime.
  function isElsewhere({
    holder = '',
    slot = '',
  }: {
    readonly holder?: string;
    readonly slot?: string;
  }): boolean {
    return !started.has(slotKey(holder, slot));
  }
  const unordered: readonly PlanItem[] = [
    ...plan.unfinished.map(
      ({ place, holder, slot, serial, why }): PlanItem => ({
        kind: 'finish',
        place,
        holder,
        slot,
        serial,
        why,
        command: commands.resume,
      }),
    ),
    ...(undeployed === undefined ? [] : [deployItem(undeployed)]),
    ...plan.tokens.filter(isElsewhere).flatMap((token) => tokenItem(token, commands)),
    ...plan.strays.filter(isElsewhere).map((stray): PlanItem => {
      const { kind, holder, slot, serial, profile, deviceArn, why } = stray;
      const command = commands.ofStray(stray);
      const byHand = kind === 'retire' && command === undefined ? BY_ROOT : undefined;
      return { kind, holder, slot, serial, profile, deviceArn, why, command, byHand };
    }),
    ...plan.findings.map(({ askWith, ...finding }): PlanItem => {
      const command = askWith === undefined ? undefined : String(line.other('plan', askWith));
      return { ...finding, command };
    }),
  ];
  return ITEM_KINDS.flatMap((kind) => unordered.filter((item) => item.kind === kind));
}

/** Only root removes a device of root that the record does not declare. */
const BY_ROOT = 'sign in as root and remove it in the console';

function deployItem(file: string): PlanItem {
  return {
    kind: 'deploy',
    why: `${file} differs from what is deployed, and this plan follows what is deployed`,
    command: 'cdk deploy',
  };
}

function tokenItem(token: PlannedToken, commands: Commands): readonly PlanItem[] {
  const { verdict: kind, holder, slot, serial, type, profile, custody, deviceArn, spareInUse, why } = token;
  if (kind === 'fine') {
    return [];
  }
  const command = commands.ofToken(token);
  const move = spareInUse === undefined ? undefined : moveSpare(spareInUse, holder, slot);
  const byHand = command === undefined ? (move ?? token.byHand) : undefined;
  const isInOneRun = kind === 'enroll' && isBurned(type) && parseRootHolder(holder) === undefined;
  const item = { kind, holder, slot, serial, profile, custody, deviceArn, why, command, byHand };
  return [isInOneRun ? { ...item, isInOneRun } : item];
}

/** The slots in which this machine has started a ceremony in this account. */
function startedSlots({ unfinished }: FleetPlan): ReadonlySet<string> {
  return new Set(
    unfinished.filter(({ isHere }) => isHere).map(({ holder = '', slot = '' }) => slotKey(holder, slot)),
  );
}

interface About {
  readonly undeployed?: string | undefined;
  /** Options of the commands of a root user, by which they see its devices. */
  readonly wayOptions?: (holder: string) => readonly string[];
}

class Commands {
  public readonly resume: string;
  readonly #line: CommandLine;
  readonly #wayOptions: (holder: string) => readonly string[];
  readonly #tokens: ReadonlyMap<string, PlannedToken>;

  public constructor(plan: FleetPlan, line: CommandLine, { wayOptions = () => [] }: About) {
    this.#line = line;
    this.#wayOptions = wayOptions;
    this.resume = String(line.other('resume'));
    // Only strays need this, and most fleets have none.
    const tokens = plan.strays.length === 0 ? [] : plan.tokens;
    this.#tokens = new Map(tokens.map((token) => [slotKey(token.holder, token.slot), token]));
  }

  /** Returns the command for a token; none if a person has to do something else first. */
  public ofToken({ verdict, cause, holder, slot }: PlannedToken): string | undefined {
    switch (verdict) {
      case 'enroll':
      case 'prove':
        return this.#on(verdict, holder, slot);
      case 'replace': {
        // Only the person who declared another token than the enrolled one knows the reason.
        const reason = cause === 'end-of-service' ? 'expired' : 'REASON';
        return this.#on('replace', holder, slot, '--reason', reason);
      }
      case 'fine':
      case 'deploy':
      case 'inspect':
      case 'no-credentials':
      case 'not-checked':
        return undefined;
    }
  }

  /** Returns the command that removes a stray device; `undefined` if a person must investigate first. */
  public ofStray(stray: StrayDevice): string | undefined {
    const { kind, isDeclared, deviceArn, holder = '', slot = '' } = stray;
    if (kind === 'inspect') {
      return undefined;
    }
    const isOfRoot = parseRootHolder(holder) !== undefined;
    if (kind === 'retire') {
      // A device of root is retired for a declared slot only, because a person removes it.
      return isOfRoot ? undefined : this.#on('retire', holder, slot);
    }
    // A ceremony of a user's token deletes it first, after a confirmation.
    const token = isDeclared && !isOfRoot ? this.#tokens.get(slotKey(holder, slot)) : undefined;
    const ceremony = token === undefined ? undefined : this.ofToken(token);
    return ceremony ?? `aws iam delete-virtual-mfa-device --serial-number ${deviceArn}`;
  }

  #on(command: string, holder: string, slot: string, ...rest: readonly string[]): string {
    return String(this.#line.other(command, holder, '--slot', slot, ...rest, ...this.#wayOptions(holder)));
  }
}
