/**
 * The fleet in one sitting: tokens in any order, each tells by its serial whose it is. While the operator swaps tokens,
 * AWS enables the last one.
 */
import { formatDeviceArn } from '../../lib/record/names';
import type { SlotToken } from '../../lib/record/record';
import type { VirtualDevice } from '../aws/aws';
import { type Preamble, readPreamble } from '../ceremony/ceremony';
import { explain } from '../ceremony/explain';
import type { Ports } from '../ceremony/ports';
import { checkClock } from '../device/preflight';
import type { TypedCodes } from '../operator/prove-codes';
import { CARD_WAIT_SECONDS, isMute, layInTime } from '../operator/token-on-reader';
import { tokenLabel } from '../operator/typed-code';
import { cancelled, RunbookError } from '../runbook-error';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import { type Enrolment, enroll } from './enroll';
import { handedOver } from './handed-over';

/** What to enrol in one sitting. */
export interface EnrollAllRequest {
  readonly fleet: string;
  readonly reader: string | undefined;
  readonly codes: TypedCodes;
  readonly witness: string | undefined;
  /** The command line, for hints. */
  readonly command: string;
  /** The common options as they were given, for hints that name another command. */
  readonly options: string;
}

/** A token of the record, and whose it is. */
interface Declared {
  readonly holder: string;
  readonly token: SlotToken;
}

/** One that did not go well. */
interface FailedEnrolment extends Declared {
  readonly error: RunbookError;
}

/** What is known during a sitting. */
class Table {
  public readonly enrolled: Enrolment[] = [];
  public readonly failed: FailedEnrolment[] = [];
  public readonly background: Promise<void>[] = [];
  /** Serials that were said to be of no use here, so that it is said once. */
  public readonly passedOver = new Set<string>();
  /** When this machine's clock was compared with AWS's; unix milliseconds. */
  public clockCheckedAt: number;
  /** How many enrolments are not over. */
  public running = 0;
  /** The person left at a question. */
  public cancelled: RunbookError | undefined;

  public constructor(
    public readonly request: EnrollAllRequest,
    public readonly ports: Ports,
    public readonly signal: AbortSignal,
    public readonly preamble: Preamble,
    public readonly listed: readonly VirtualDevice[],
    /** By serial. */
    public readonly pending: Map<string, Declared>,
  ) {
    this.clockCheckedAt = ports.clock.now();
  }
}

/**
 * Enrols every programmable token of the record that is not enrolled yet, and prints the ARNs of their devices, however
 * the sitting ends.
 *
 * @throws RunbookError after the summary, when tokens are left or failed
 */
export async function enrollAll(request: EnrollAllRequest, ports: Ports, signal: AbortSignal): Promise<void> {
  const table = await open(request, ports, signal);
  let phase: SeedPhase | undefined;
  try {
    while (table.pending.size > 0) {
      phase ??= ports.openSeedPhase();
      const laid = await nextToken(table, phase);
      const mine = phase;
      // The next one's process loads while the operator is busy with this token.
      phase = table.pending.size > 1 ? ports.openSeedPhase() : undefined;
      phase?.warm();
      await enrollLaid(table, laid, mine);
    }
  } catch (error) {
    await finish(table, phase);
    const reason = signal.aborted && error === signal.reason ? cancelled(error) : error;
    throw explain(reason, request).withState(describe(table));
  }
  await finish(table, phase);
  if (table.failed.length > 0) {
    throw someFailed(table);
  }
}

async function open(request: EnrollAllRequest, ports: Ports, signal: AbortSignal): Promise<Table> {
  try {
    const preamble = await readPreamble(request.fleet, ports);
    const listed = await ports.terminal.during('listing the devices', ports.aws.virtualDevices());
    const declared = programmableTokens(preamble);
    const pending = new Map(
      declared.filter((each) => !isEnabled(each, preamble, listed)).map((each) => [each.token.serial, each]),
    );
    ports.terminal.heading(
      `${pending.size} of ${declared.length} programmable tokens of ${request.fleet} are to be enrolled`,
    );
    ports.terminal.event('sitting', { toEnrol: pending.size, declared: declared.length });
    return new Table(request, ports, signal, preamble, listed, pending);
  } catch (error) {
    const reason = signal.aborted && error === signal.reason ? cancelled(error) : error;
    throw explain(reason, request).withState('nothing was created in IAM, no token was written');
  }
}

function programmableTokens({ deployed }: Preamble): readonly Declared[] {
  return deployed.record.holders.flatMap(({ name: holder, tokens }) =>
    tokens.filter(({ type }) => type === 'programmable').map((token) => ({ holder, token })),
  );
}

function isEnabled(
  { holder, token }: Declared,
  { identity, deployed }: Preamble,
  listed: readonly VirtualDevice[],
): boolean {
  const name = { holder, slot: token.slot, serial: token.serial };
  const arn = formatDeviceArn(identity.partition, identity.account, deployed.record.fleet, name);
  return listed.some((device) => device.arn === arn && device.user === holder);
}

/** A token that stays on the reader is looked at this often. */
const LOOK_AGAIN_MS = 1000;
/** One that nobody takes away ends the sitting after as long as an empty reader does. */
const LOOKS_AT_MOST = CARD_WAIT_SECONDS;

/** Waits for a token that is still to be enrolled; passes over any other. */
async function nextToken(table: Table, phase: SeedPhase): Promise<LaidToken> {
  const message = `lay the next token on the reader, switched on (${table.pending.size} left, in any order)`;
  return table.ports.terminal.during(message, lookForNext(table, phase));
}

async function lookForNext(table: Table, phase: SeedPhase): Promise<LaidToken> {
  const { ports, request, signal, pending } = table;
  for (let looks = 0; looks < LOOKS_AT_MOST; looks++) {
    const laid = await look(table, phase);
    if (laid !== undefined && pending.has(laid.info.serial)) {
      return laid;
    }
    if (laid !== undefined && passOver(table, laid.info.serial)) {
      looks = 0;
    }
    await ports.clock.sleep(LOOK_AGAIN_MS, signal);
  }
  throw new RunbookError('token/absent', `no other token was laid on the reader for ${LOOKS_AT_MOST} s`, {
    hints: [`run \`${request.command}\` again when the next token is at hand`],
  });
}

/** What lies on the reader; nothing where that is dark: one that is done and went out, or one that is not on yet. */
async function look({ ports, request, signal }: Table, phase: SeedPhase): Promise<LaidToken | undefined> {
  try {
    return await layInTime(ports, async (either) => phase.layToken(request.reader, either), signal);
  } catch (error) {
    if (!isMute(error)) {
      throw error;
    }
    return undefined;
  }
}

/** @returns whether it was seen for the first time */
function passOver({ ports, passedOver, preamble }: Table, serial: string): boolean {
  if (passedOver.has(serial)) {
    return false;
  }
  passedOver.add(serial);
  const isDeclared = programmableTokens(preamble).some(({ token }) => token.serial === serial);
  ports.terminal.note(
    isDeclared
      ? `${serial} is enrolled already: take the next one`
      : `${serial} is not in the record of any holder: put it aside, take the next one`,
  );
  return true;
}

/** A sitting takes hours, and this machine's clock becomes the tokens'. */
const CLOCK_CHECK_MS = 15 * 60_000;

async function checkClockAgain(table: Table): Promise<void> {
  const now = table.ports.clock.now();
  if (now - table.clockCheckedAt < CLOCK_CHECK_MS) {
    return;
  }
  checkClock(await table.ports.aws.identity());
  table.clockCheckedAt = now;
}

/** Enrols the token on the reader; returns when the operator may take the next one. */
async function enrollLaid(table: Table, laid: LaidToken, phase: SeedPhase): Promise<void> {
  const { request, ports, preamble, listed, pending, signal } = table;
  const declared = pending.get(laid.info.serial);
  if (declared === undefined) {
    return;
  }
  const { holder, token } = declared;
  await checkClockAgain(table);
  pending.delete(token.serial);
  // It may lie there for a while yet.
  table.passedOver.add(token.serial);
  const command = `mfa-runbook enroll ${holder} --slot ${token.slot}${request.options}`;
  const one = { ...request, holder, slot: token.slot, command };
  const seat = handedOver(ports.terminal, tokenLabel(holder, token), signal);
  const atHand = { preamble, listed, laid, phase, onHandedOver: seat.handOver };
  table.running++;
  const running = enroll(one, { ...ports, terminal: seat.terminal }, seat.signal, atHand)
    .finally(() => {
      table.running--;
    })
    .then(
      (enrolment) => {
        table.enrolled.push(enrolment);
      },
      (error: unknown) => {
        const failure = explain(error, one);
        table.failed.push({ ...declared, error: failure });
        if (failure.code === 'cancelled') {
          table.cancelled = failure;
        }
        seat.terminal.note(`not enrolled: ${failure.message}`);
        seat.terminal.event('not-enrolled', { holder, slot: token.slot, code: failure.code });
      },
    )
    // One that failed at the table would listen for Ctrl-C as long as the sitting lasts.
    .finally(seat.handOver);
  table.background.push(running);
  await Promise.race([running, seat.isHandedOver]);
  signal.throwIfAborted();
  // At a prompt of a terminal Ctrl-C is a key, and no signal.
  if (table.cancelled !== undefined) {
    throw cancelled(table.cancelled);
  }
}

async function finish(table: Table, phase: SeedPhase | undefined): Promise<void> {
  await phase?.end();
  const running = Promise.all(table.background);
  if (table.running > 0) {
    await table.ports.terminal.during('waiting for AWS to enable the last ones', running);
  } else {
    await running;
  }
  summarise(table);
}

function summarise({ ports, enrolled, failed, pending }: Table): void {
  const { terminal } = ports;
  terminal.heading(`${enrolled.length} enrolled, ${failed.length} failed, ${pending.size} left`);
  for (const { token, deviceArn } of enrolled) {
    terminal.say(`${token.serial}: ${deviceArn}`);
  }
  for (const { holder, token, error } of failed) {
    terminal.note(`${tokenLabel(holder, token)}: ${error.message}; ${error.state ?? ''}`);
  }
  for (const { holder, token } of pending.values()) {
    terminal.note(`left: ${tokenLabel(holder, token)}`);
  }
  terminal.event('summary', {
    enrolled: enrolled.map(({ deviceArn }) => deviceArn),
    failed: failed.map(({ error: { code, message, state }, ...declared }) => ({
      ...named(declared),
      code,
      message,
      state,
    })),
    left: [...pending.values()].map(named),
  });
  for (const { deviceArn } of enrolled) {
    terminal.data(deviceArn);
  }
}

function named({ holder, token: { slot, serial } }: Declared) {
  return { holder, slot, serial };
}

function describe({ enrolled, failed, pending }: Table): string {
  return `${enrolled.length} enrolled with evidence, ${failed.length} not, ${pending.size} not begun`;
}

function someFailed(table: Table): RunbookError {
  const { failed, request } = table;
  const tokens = failed.map(({ token }) => token.serial).join(', ');
  return new RunbookError('enroll/some-failed', `not enrolled: ${tokens}`, {
    hints: [
      ...failed.flatMap(({ error }) => error.hints.slice(0, 1)),
      `then run \`${request.command}\` again: it takes only what is left`,
    ],
    state: describe(table),
  });
}
