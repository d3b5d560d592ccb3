/** What every ceremony begins with, what its steps share, and how it ends, well or not. */
import type { DeployedRecord } from '../../lib/record/pages';
import type { SlotToken } from '../../lib/record/record';
import type { CallerIdentity } from '../aws/aws';
import { checkClock } from '../device/preflight';
import type { CeremonyKind } from '../evidence/evidence';
import { readRecord } from '../record/declared-token';
import { cancelled, RunbookError } from '../runbook-error';
import { Progress } from './effects';
import { explain } from './explain';
import { CEREMONY_NOUNS, type Facts, type Journal, type OpenJournal, type Subject } from './journal';
import type { Ports } from './ports';
import type { World } from './world';

/** What a person asks of every ceremony. */
export interface CeremonyRequest {
  readonly fleet: string;
  readonly holder: string;
  readonly slot: string;
  readonly reader: string | undefined;
  /** Name of the second person, who types the token's serial. */
  readonly witness: string | undefined;
  /** The command line, for hints. */
  readonly command: string;
  /** The common options as they were given, for hints that name another command: ` --fleet payments`, or nothing. */
  readonly options: string;
  /** Of the ceremony to go on with; what is over by now is not begun anew. Absent where one may be begun. */
  readonly id?: string;
}

/** Who is calling, and what the record says. */
export interface Preamble {
  readonly identity: CallerIdentity;
  readonly deployed: DeployedRecord;
}

/** What the steps of a ceremony share. */
export interface Ceremony<Request extends CeremonyRequest = CeremonyRequest> extends Preamble {
  readonly request: Request;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  /** What the record declares for the slot. */
  readonly token: SlotToken;
  readonly world: World;
  readonly progress: Progress;
}

/** Step 1, in part: who is calling, whether the clocks agree, and the verified record. */
export async function readPreamble(fleet: string, ports: Ports): Promise<Preamble> {
  const { terminal, aws } = ports;
  // One after the other: the first may ask for the operator's own code.
  const identity = await terminal.during('signing in', aws.identity());
  const deployed = await terminal.during('reading the record', readRecord(aws, fleet));
  checkClock(identity);
  return { identity, deployed };
}

/** One kind of ceremony. */
export interface CeremonyPlan<Request extends CeremonyRequest, Result> {
  readonly kind: CeremonyKind;
  readonly request: Request;
  /** What the journal keeps of the request. */
  readonly facts: Facts;
  /** The token the record declares; refuses what it does not. */
  declared(preamble: Preamble): SlotToken;
  perform(ceremony: Ceremony<Request>): Promise<Result>;
  /** After a failure: leaves the world in order as far as it can. Never throws. */
  undo(ceremony: Ceremony<Request>): Promise<void>;
  /** After a failure and `undo`: whether there is something left that a later run must finish. */
  isOpen(ceremony: Ceremony<Request>): boolean;
}

/**
 * Holds a ceremony: takes the subject's journal, goes on where an earlier run stopped, and closes the journal when
 * nothing is left to do.
 *
 * @throws RunbookError with the state of the world
 */
export async function holdCeremony<Request extends CeremonyRequest, Result>(
  plan: CeremonyPlan<Request, Result>,
  world: World,
  ports: Ports,
  signal: AbortSignal,
  known?: Preamble,
): Promise<Result> {
  try {
    const preamble = known ?? (await readPreamble(plan.request.fleet, ports));
    const open = await ports.journals.open(subjectOf(plan.request, preamble));
    try {
      const token = plan.declared(preamble);
      return await perform(plan, { ...preamble, token, world, ports, signal }, open);
    } finally {
      await letGo(open, ports);
    }
  } catch (error) {
    const reason = signal.aborted && error === signal.reason ? cancelled(error) : error;
    throw explain(reason, plan.request).withState(world.describe());
  }
}

function subjectOf({ fleet, holder, slot }: CeremonyRequest, { identity }: Preamble): Subject {
  return {
    fleet,
    account: identity.account,
    holder,
    slot,
  };
}

async function perform<Request extends CeremonyRequest, Result>(
  plan: CeremonyPlan<Request, Result>,
  shared: Omit<Ceremony<Request>, 'request' | 'progress'>,
  open: OpenJournal,
): Promise<Result> {
  const { ports, world } = shared;
  if (plan.request.id !== undefined && open.found?.id !== plan.request.id) {
    throw closedMeanwhile();
  }
  if (open.found !== undefined) {
    goOn(open.found, plan, world, ports);
  }
  const progress = new Progress(
    open,
    {
      id: world.id,
      ceremony: plan.kind,
      subject: subjectOf(plan.request, shared),
      serial: shared.token.serial,
      request: plan.facts,
      by: shared.identity.arn,
      startedAt: new Date(ports.clock.now()).toISOString(),
      tool: ports.tool,
      steps: [],
    },
    () => ports.clock.now(),
  );
  const ceremony: Ceremony<Request> = { ...shared, request: plan.request, progress };
  try {
    const result = await plan.perform(ceremony);
    await close(open, plan.request, ports);
    return result;
  } catch (error) {
    await plan.undo(ceremony);
    if (!plan.isOpen(ceremony)) {
      await close(open, plan.request, ports);
    }
    throw error;
  }
}

/** A journal that cannot be taken away hides nothing of what was done: the next run finds all of it done. */
async function close(open: OpenJournal, { options }: CeremonyRequest, ports: Ports): Promise<void> {
  try {
    await open.remove();
  } catch (error) {
    ports.terminal.note(
      `the journal could not be taken away (${whyOf(error)}); \`mfa-runbook resume${options}\` does it`,
    );
  }
}

/** A lock that stays does no harm once this process has ended, and must not hide how the ceremony ended. */
async function letGo(open: OpenJournal, ports: Ports): Promise<void> {
  try {
    await open.release();
  } catch (error) {
    ports.terminal.note(`the journal stays locked until this process ends (${whyOf(error)})`);
  }
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function closedMeanwhile(): RunbookError {
  return new RunbookError('journal/closed', 'another run finished it, or gave it up, meanwhile', {
    hints: ['see what is still open with `mfa-runbook resume --list{options}`'],
  });
}

/** Takes over what an earlier run left; refuses when that was another ceremony. */
function goOn(
  found: Journal,
  { kind, request: { options } }: CeremonyPlan<CeremonyRequest, unknown>,
  world: World,
  ports: Ports,
): void {
  const { holder, slot } = found.subject;
  if (found.ceremony !== kind) {
    throw new RunbookError(
      'journal/open',
      `the ${CEREMONY_NOUNS[found.ceremony]} of ${slot} of ${holder}, begun ${found.startedAt}, is not finished`,
      { hints: [`run \`mfa-runbook resume${options}\` first: it finishes it`], exitCode: 3 },
    );
  }
  world.id = found.id;
  ports.terminal.say(`going on with what was begun ${found.startedAt} by ${found.by}`);
  ports.terminal.event('resumed', { id: found.id, ceremony: kind, holder, slot });
}

/** Tells people and machines that a step is done. */
export function tellStep(
  ports: Ports,
  name: string,
  text: string,
  data: Readonly<Record<string, unknown>> = {},
): void {
  ports.terminal.say(text);
  ports.terminal.event('step', { step: name, ...data });
}
