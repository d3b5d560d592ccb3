/** The frame of every ceremony: its beginning, its end, and the state that its parts share. */
import { randomUUID } from 'node:crypto';
import { type DeviceName, formatDeviceArn } from '../../lib/record/names';
import type { DeployedRecord } from '../../lib/record/pages';
import { formatPlace, type Place, placeOf } from '../../lib/record/place';
import type { SlotToken } from '../../lib/record/record';
import type { CallerIdentity } from '../aws/aws';
import type { CeremonyKind } from '../evidence/evidence';
import { declaredToken, readRecord, readRecordIfAny } from '../record/declared-token';
import { asCancelled, RunbookError } from '../runbook-error';
import { Effects } from './effects';
import { explain } from './explain';
import { CEREMONY_NOUNS, type Facts, facts, type Journal, type OpenJournal } from './journal';
import { checkClock, noteClock, rightClock } from './machine-clock';
import type { Ports } from './ports';

/** The options that every ceremony takes. */
export interface CeremonyRequest {
  readonly fleet: string;
  readonly holder: string;
  readonly slot: string;
  readonly reader: string | undefined;
  /** Name of the second person, who types the token's serial. */
  readonly witness: string | undefined;
  /** The ceremony to continue; without it a new one may start. One that is over is never started again. */
  readonly id?: string;
  /** Looks whether a person has done their part in the console, and tells nobody to do it: the same run waits for it later. */
  readonly isLookOnly?: boolean;
}

/** Who is calling, and what the record says. */
export interface Preamble {
  readonly identity: CallerIdentity;
  readonly deployed: DeployedRecord;
}

/** A running ceremony. */
export interface Ceremony<Request extends CeremonyRequest = CeremonyRequest> extends Preamble {
  readonly request: Request;
  readonly ports: Ports;
  /** The token that the record declares for the slot. */
  readonly token: SlotToken;
  readonly effects: Effects;
}

/** A ceremony's effect on the world so far: the `state:` line, and whether a later run must finish it. */
export interface CeremonyState {
  describe(): string;
  isOpen(ceremony: Ceremony): boolean;
  /** After a success: a person has something to do before a later run can finish it. */
  readonly isPaused?: boolean;
  /** After a failure: leaves the world in order as far as it can. Never throws. */
  undo?(ceremony: Ceremony): Promise<void>;
}

/** One kind of ceremony. */
interface CeremonyPlan<Request extends CeremonyRequest, Result> {
  readonly kind: CeremonyKind;
  readonly request: Request;
  /** The part of the request that the journal keeps, in addition to the witness. */
  readonly facts?: Facts;
  readonly state: CeremonyState;
  /**
   * The token that the record declares; refuses what it does not.
   *
   * @default that of an IAM user
   */
  declared?(preamble: Preamble): SlotToken;
  perform(ceremony: Ceremony<Request>): Promise<Result>;
}

/** Conditions under which a ceremony begins. */
interface Beginning {
  /** Refuses a caller before anything else is done. */
  readonly check?: (identity: CallerIdentity) => void;
  /** It takes a device out of IAM, which needs no clock: nobody waits for one while a stolen token can sign in. */
  readonly needsNoClock?: boolean;
  /** It goes by what IAM lists, also after the stack was deleted. */
  readonly needsNoRecord?: boolean;
}

/** Begins step 1: finds out who is calling, reads the verified record, and checks that the clocks agree. */
export async function readPreamble(
  fleet: string,
  { terminal, aws }: Ports,
  { check, needsNoClock = false, needsNoRecord = false }: Beginning = {},
): Promise<Preamble> {
  // One after the other: the first may ask for the operator's own code.
  const identity = await terminal.during('signing in', aws.identity());
  check?.(identity);
  const reading = needsNoRecord ? readRecordIfAny(aws, fleet) : readRecord(aws, fleet);
  const deployed = await terminal.during('reading the record', reading);
  if (needsNoClock) {
    noteClock(identity, terminal);
  } else {
    checkClock(identity);
  }
  return { identity, deployed };
}

/** Ceremonies that take a device out of IAM need less. A replacement checks the clock before it enrolls the new token. */
const NEEDS: Readonly<Partial<Record<CeremonyKind, Beginning>>> = {
  replace: { needsNoClock: true },
  retire: { needsNoClock: true, needsNoRecord: true },
};

/**
 * Holds a ceremony: takes the journal of its slot, continues where an earlier run stopped, and closes the journal when
 * nothing is left to do.
 *
 * @throws RunbookError with the state of the world
 */
export async function hold<Request extends CeremonyRequest, Result>(
  plan: CeremonyPlan<Request, Result>,
  given: Ports,
  known?: Preamble,
): Promise<Result> {
  const { fleet, holder, slot } = plan.request;
  try {
    const preamble = known ?? (await readPreamble(fleet, given, NEEDS[plan.kind]));
    const ports = { ...given, clock: rightClock(given.clock, preamble.identity) };
    const open = await ports.journals.open({ fleet, account: preamble.identity.account, holder, slot });
    try {
      const token = plan.declared?.(preamble) ?? declaredToken(preamble.deployed, holder, slot);
      return await perform(plan, { ...preamble, ports, token }, open);
    } finally {
      await letGo(open, ports);
    }
  } catch (error) {
    throw explain(asCancelled(error, given.signal), given.line).withState(plan.state.describe());
  }
}

async function perform<Request extends CeremonyRequest, Result>(
  plan: CeremonyPlan<Request, Result>,
  shared: Omit<Ceremony<Request>, 'request' | 'effects'>,
  open: OpenJournal,
): Promise<Result> {
  const { request, state } = plan;
  const { ports, identity } = shared;
  if (request.id !== undefined && open.found?.id !== request.id) {
    throw new RunbookError('journal/closed', 'another run has already finished or abandoned this ceremony', {
      hints: ['see what is still open with `mfa-runbook resume --list{options}`'],
    });
  }
  if (open.found !== undefined) {
    checkContinues(open.found, plan, ports);
  }
  const { fleet, holder, slot } = request;
  const begun: Journal = {
    id: randomUUID(),
    ceremony: plan.kind,
    subject: { fleet, account: identity.account, holder, slot },
    serial: formatPlace(shared.token),
    request: { ...plan.facts, ...facts({ witness: request.witness }) },
    by: identity.arn,
    startedAt: new Date(ports.clock.now()).toISOString(),
    tool: ports.tool,
    steps: [],
  };
  const ceremony = { ...shared, request, effects: new Effects(open, begun, () => ports.clock.now()) };
  try {
    const result = await plan.perform(ceremony);
    if (state.isPaused !== true) {
      await close(open, ports);
    }
    return result;
  } catch (error) {
    await state.undo?.(ceremony);
    if (!state.isOpen(ceremony)) {
      await close(open, ports);
    }
    throw error;
  }
}

/** Continues what an earlier run left; refuses if that was another kind of ceremony. */
function checkContinues(
  { id, ceremony, subject: { holder, slot }, startedAt, by }: Journal,
  { kind }: CeremonyPlan<CeremonyRequest, unknown>,
  { terminal }: Ports,
): void {
  if (ceremony !== kind) {
    throw new RunbookError(
      'journal/open',
      `the ${CEREMONY_NOUNS[ceremony]} of ${slot} of ${holder}, started ${startedAt}, is not finished`,
      { hints: ['finish it first: `mfa-runbook resume{options}`'], exitCode: 3 },
    );
  }
  terminal.say(`continuing what ${by} started ${startedAt}`);
  terminal.event('resumed', { id, ceremony, holder, slot });
}

/** Makes the command that continues a ceremony, with further words. */
export function continuing(
  { ceremony, subject, request }: Journal,
  { line }: Ports,
  ...more: readonly string[]
) {
  const reason = request.reason === undefined ? [] : ['--reason', request.reason];
  return line.other(ceremony, subject.holder, '--slot', subject.slot, ...reason, ...more);
}

/** A journal that cannot be deleted does no harm: the next run finds everything done. */
async function close(open: OpenJournal, { terminal, line }: Ports): Promise<void> {
  try {
    await open.remove();
  } catch (error) {
    terminal.note(`cannot delete the journal (${whyOf(error)}); \`${line.other('resume')}\` deletes it`);
  }
}

/** A lock that stays does no harm once this process has ended, and must not hide how the ceremony ended. */
async function letGo(open: OpenJournal, { terminal }: Ports): Promise<void> {
  try {
    await open.release();
  } catch (error) {
    terminal.note(`the journal stays locked until this process ends (${whyOf(error)})`);
  }
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Makes the name in IAM of a token's device in this ceremony's slot: the join key between IAM and the record. */
export function deviceName({ request }: Ceremony, place: Place): DeviceName {
  return { holder: request.holder, slot: request.slot, ...placeOf(place) };
}

/** Tells whether the record declares a serial as that of a token that AWS knows by it. */
function isPrinted({ token, deployed: { record } }: Ceremony, serial: string): boolean {
  const declared = [token, ...record.spares, ...record.holders.flatMap(({ tokens }) => tokens)];
  return declared.find((each) => each.serial === serial)?.type === 'hardware-totp';
}

/** Makes the ARN of that device; IAM knows a hardware TOTP token by the serial printed on it. */
export function deviceArn(c: Ceremony, place: Place): string {
  if (isPrinted(c, place.serial)) {
    return place.serial;
  }
  const { partition, account } = c.identity;
  return formatDeviceArn(partition, account, c.request.fleet, deviceName(c, place));
}

/** Tells people and machines that a step is done. */
export function tellStep(
  { terminal }: Ports,
  step: string,
  text: string,
  data: Readonly<Record<string, unknown>> = {},
): void {
  terminal.say(text);
  terminal.event('step', { step, ...data });
}
