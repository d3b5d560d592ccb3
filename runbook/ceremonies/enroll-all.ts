/**
 * Enrolls a whole fleet in one sitting: tokens in any order, each identified by its serial. While the operator swaps
 * tokens, AWS enables the last one.
 */
import { formatDeviceArn, isSameUser, rootHolder } from '../../lib/record/names';
import { formatPlace, placeOf } from '../../lib/record/place';
import { OWN_ACCOUNT } from '../../lib/record/record';
import type { VirtualDevice } from '../aws/aws';
import { type Preamble, readPreamble } from '../ceremony/ceremony';
import { explain } from '../ceremony/explain';
import { checkClock } from '../ceremony/machine-clock';
import type { Ports } from '../ceremony/ports';
import { CARD_WAIT_SECONDS, isMute, layInTime, secondsLeft } from '../operator/token-on-reader';
import { type HeldToken, tokenLabel } from '../operator/typed-code';
import { isBurned } from '../record/token-kinds';
import { asCancelled, cancelled, RunbookError } from '../runbook-error';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import type { Terminal } from '../terminal/terminal';
import { type EnrollRequest, enroll } from './enroll';

/** A request that names no slot. */
type AllRequest = Omit<EnrollRequest, 'holder' | 'slot'>;

/** Everything that is known during one sitting. */
class Sitting {
  public readonly preamble: Preamble;
  public readonly listed: readonly VirtualDevice[];
  /** Tokens and profiles that are still to be enrolled. */
  public readonly pending: Set<HeldToken>;
  public readonly enrolled: (HeldToken & { readonly deviceArn: string })[] = [];
  public readonly failed: (HeldToken & { readonly error: RunbookError })[] = [];
  public readonly background: Promise<void>[] = [];
  /** Serials that need nothing here, so that each is mentioned once. */
  public readonly passedOver = new Set<string>();
  /** When this machine's clock was last compared with AWS's; unix milliseconds. */
  public clockCheckedAt: number;
  /** The number of enrollments that are not over. */
  public running = 0;
  /** Set when the person cancels at a prompt. */
  public cancelled: RunbookError | undefined;

  public constructor(
    public readonly request: AllRequest,
    public readonly ports: Ports,
    { preamble, listed, pending }: Pick<Sitting, 'preamble' | 'listed' | 'pending'>,
  ) {
    this.preamble = preamble;
    this.listed = listed;
    this.pending = pending;
    this.clockCheckedAt = ports.clock.now();
  }

  /** Words the `state:` line. */
  public describe(): string {
    return `${this.enrolled.length} enrolled with evidence, ${this.failed.length} failed, ${this.pending.size} not started`;
  }
}

/**
 * Enrolls every token of the record that a seed is burned onto, unless it is enrolled already, and prints the ARNs of
 * their devices, however the sitting ends.
 *
 * @throws RunbookError after the summary, when tokens are left or failed
 */
export async function enrollAll(request: AllRequest, ports: Ports): Promise<void> {
  const sitting = await open(request, ports);
  let phase: SeedPhase | undefined;
  try {
    while (sitting.pending.size > 0) {
      // Between two tokens a code of the operator's own is in nobody's way.
      await ports.aws.renewSession();
      phase ??= ports.openSeedPhase();
      const laid = await nextToken(sitting, phase);
      const mine = phase;
      // The process for the next token loads while the operator is busy with this one.
      phase = sitting.pending.size > 1 ? ports.openSeedPhase() : undefined;
      phase?.warm();
      await enrollLaid(sitting, laid, mine);
    }
  } catch (error) {
    await finish(sitting, phase);
    throw explain(asCancelled(error, ports.signal), ports.line).withState(sitting.describe());
  }
  await finish(sitting, phase);
  if (sitting.failed.length > 0) {
    throw someFailed(sitting);
  }
}

async function open(request: AllRequest, ports: Ports): Promise<Sitting> {
  const { terminal, aws } = ports;
  try {
    const preamble = await readPreamble(request.fleet, ports);
    const listed = await terminal.during('listing the devices', aws.virtualDevices());
    const declared = burnedTokens(preamble);
    const pending = new Set(declared.filter((each) => !isEnabled(each, preamble, listed)));
    const kind = areProgrammable(declared) ? 'programmable tokens' : 'tokens';
    terminal.heading(`${pending.size} of ${declared.length} ${kind} of ${request.fleet} need enrolling`);
    terminal.event('sitting', { toEnroll: pending.size, declared: declared.length });
    return new Sitting(request, ports, { preamble, listed, pending });
  } catch (error) {
    throw explain(asCancelled(error, ports.signal), ports.line).withState(
      'nothing was created in IAM, no token was written',
    );
  }
}

function burnedTokens({ deployed }: Preamble): readonly HeldToken[] {
  return deployed.record.holders.flatMap(({ name: holder, tokens }) =>
    tokens.filter(({ type }) => isBurned(type)).map((token) => ({ holder, token })),
  );
}

/** Tokens of the other kinds have no switch, and some are plugged in. */
function areProgrammable(tokens: readonly HeldToken[]): boolean {
  return tokens.every(({ token }) => token.type === 'programmable');
}

function isEnabled(
  { holder, token }: HeldToken,
  { identity, deployed }: Preamble,
  listed: readonly VirtualDevice[],
): boolean {
  const { partition, account } = identity;
  const name = { holder, slot: token.slot, ...placeOf(token) };
  const deviceArn = formatDeviceArn(partition, account, deployed.record.fleet, name);
  return listed.some(({ arn, user }) => arn === deviceArn && isSameUser(user, holder));
}

/** A token that stays on the reader is looked at this often. */
const LOOK_AGAIN_MS = 1000;

/** The sitting waits no longer for somebody to take a token away than it waits at an empty reader. */
const LOOKS_AT_MOST = CARD_WAIT_SECONDS;

/** Finds what is still to be enrolled on a token: of several profiles, the first. */
function nextOf(pending: ReadonlySet<HeldToken>, serial: string): HeldToken | undefined {
  return [...pending].find(({ token }) => token.serial === serial);
}

/** Waits for a token that is still to be enrolled; passes over any other. */
async function nextToken(sitting: Sitting, phase: SeedPhase): Promise<LaidToken> {
  const { size } = sitting.pending;
  const deed = areProgrammable(burnedTokens(sitting.preamble))
    ? 'lay the next token on the reader, switched on'
    : 'lay the next token on the reader, switched on if it has a switch, or plug it in';
  const { clock, terminal } = sitting.ports;
  let left = secondsLeft(clock);
  const looking = lookForNext(sitting, phase, () => {
    left = secondsLeft(clock);
  });
  return terminal.during(() => `${deed} (${size} left, in any order; ${left()} s)`, looking);
}

/** @param onPassed told of a token that was passed over: there is time again for the next one */
async function lookForNext(sitting: Sitting, phase: SeedPhase, onPassed: () => void): Promise<LaidToken> {
  const { ports, pending } = sitting;
  for (let looks = 0; looks < LOOKS_AT_MOST; looks++) {
    const laid = await look(sitting, phase);
    if (laid !== undefined && nextOf(pending, laid.info.serial) !== undefined) {
      return laid;
    }
    if (laid !== undefined && passOver(sitting, laid.info.serial)) {
      looks = 0;
      onPassed();
    }
    await ports.clock.sleep(LOOK_AGAIN_MS, ports.signal);
  }
  throw new RunbookError('token/absent', `no other token was on the reader for ${LOOKS_AT_MOST} s`, {
    hints: ['run `{command}` again when you have the next token'],
  });
}

/** Reads the token on the reader. Returns nothing if it is off: done already, or not switched on yet. */
async function look({ ports, request }: Sitting, phase: SeedPhase): Promise<LaidToken | undefined> {
  try {
    return await layInTime(ports, async (signal) => phase.layToken(request.reader, signal));
  } catch (error) {
    if (!isMute(error)) {
      throw error;
    }
    return undefined;
  }
}

/** Passes a token over, and says so once. @returns whether it was seen for the first time */
function passOver({ ports, passedOver, preamble }: Sitting, serial: string): boolean {
  if (passedOver.has(serial)) {
    return false;
  }
  passedOver.add(serial);
  const isDeclared = burnedTokens(preamble).some(({ token }) => token.serial === serial);
  ports.terminal.note(
    isDeclared
      ? `${serial} is enrolled already: take the next one`
      : `the record declares ${serial} for no holder: put it aside, take the next one`,
  );
  return true;
}

/** A sitting takes hours, and the tokens' clocks are set from this machine's. */
const CLOCK_CHECK_MS = 15 * 60_000;

async function checkClockAgain(sitting: Sitting): Promise<void> {
  const { clock, aws } = sitting.ports;
  const now = clock.now();
  if (now - sitting.clockCheckedAt >= CLOCK_CHECK_MS) {
    checkClock(await aws.identity());
    sitting.clockCheckedAt = now;
  }
}

/** Enrolls the token on the reader; returns when the operator may take the next one. */
async function enrollLaid(sitting: Sitting, laid: LaidToken, phase: SeedPhase): Promise<void> {
  const { request, ports, preamble, listed, pending } = sitting;
  const { serial } = laid.info;
  const declared = nextOf(pending, serial);
  if (declared === undefined) {
    return;
  }
  const { holder, token } = declared;
  const { slot } = token;
  await checkClockAgain(sitting);
  pending.delete(declared);
  // It may stay on the reader for a while.
  sitting.passedOver.add(serial);
  const share = shareTerminal(ports, tokenLabel(holder, token));
  const own = { ...ports, ...share.ports, line: ports.line.other('enroll', holder, '--slot', slot) };
  const atHand = { preamble, listed, laid, phase, onHandedOver: share.handOver };
  sitting.running++;
  const running = enroll({ ...request, holder, slot }, own, atHand)
    .finally(() => {
      sitting.running--;
    })
    .then(
      (deviceArn) => {
        sitting.enrolled.push({ ...declared, deviceArn });
      },
      (error: unknown) => {
        const failure = explain(error, own.line);
        sitting.failed.push({ ...declared, error: failure });
        if (failure.code === 'cancelled') {
          sitting.cancelled = failure;
        }
        own.terminal.note(`not enrolled: ${failure.message}`);
        own.terminal.event('not-enrolled', { holder, slot, code: failure.code });
      },
    )
    // One that failed before it was handed over would listen for Ctrl-C as long as the sitting lasts.
    .finally(share.handOver);
  sitting.background.push(running);
  await Promise.race([running, share.isHandedOver]);
  ports.signal.throwIfAborted();
  // At a terminal prompt Ctrl-C is a key press, not a signal.
  if (sitting.cancelled !== undefined) {
    throw cancelled(sitting.cancelled);
  }
}

/**
 * Gives an enrollment its share of the terminal: once handed over, it neither draws on the terminal nor stops with the
 * sitting. Its signal is aborted with the sitting until then, and never after: the rest is between AWS and us.
 *
 * @param label of the token, put before every message once another token is on the reader
 */
function shareTerminal({ terminal, signal: sitting }: Ports, label: string) {
  const own = new AbortController();
  function stop(): void {
    own.abort(sitting.reason);
  }
  if (sitting.aborted) {
    stop();
  }
  sitting.addEventListener('abort', stop, { once: true });
  let resolve: () => void = () => undefined;
  const isHandedOver = new Promise<void>((done) => {
    resolve = done;
  });
  let isAway = false;
  function named(text: string): string {
    return isAway ? `${label}: ${text}` : text;
  }
  const ownTerminal: Terminal = {
    say: (text) => terminal.say(named(text)),
    note: (text) => terminal.note(named(text)),
    heading: (text) => terminal.heading(text),
    command: (line) => terminal.command(line),
    ask: async (question, signal) => terminal.ask(question, signal),
    askHidden: async (question, signal) => terminal.askHidden(question, signal),
    confirm: async (question, signal) => terminal.confirm(question, signal),
    during: async (text, work) => (isAway ? work : terminal.during(text, work)),
    event: (name, data) => terminal.event(name, data),
    data: (text) => terminal.data(text),
    table: (rows, indent) => terminal.table(rows, indent),
    detail: (text) => terminal.detail(text),
    trace: (text) => terminal.trace(text),
  };
  return {
    ports: { terminal: ownTerminal, signal: own.signal },
    isHandedOver,
    handOver: () => {
      isAway = true;
      sitting.removeEventListener('abort', stop);
      resolve();
    },
  };
}

async function finish(sitting: Sitting, phase: SeedPhase | undefined): Promise<void> {
  await phase?.end();
  tellByHand(sitting);
  const running = Promise.all(sitting.background);
  if (sitting.running > 0) {
    await sitting.ports.terminal.during('waiting for AWS to enable the last devices', running);
  } else {
    await running;
  }
  summarize(sitting);
}

/**
 * Names what a sitting cannot take: no reader recognizes a hardware TOTP token or a FIDO2 security key, and the devices of
 * a root user are made in the console.
 */
function tellByHand({ ports: { terminal, line }, preamble }: Sitting): void {
  for (const { holder, token } of tokensByHand(preamble)) {
    const command = line.other('enroll', holder, '--slot', token.slot);
    terminal.note(
      `unless it is enrolled already, enroll ${tokenLabel(holder, token)} by itself: \`${command}\``,
    );
    terminal.event('by-itself', { holder, slot: token.slot, ...placeOf(token) });
  }
}

function tokensByHand({ deployed: { record }, identity }: Preamble): readonly HeldToken[] {
  const ofUsers = record.holders.flatMap(({ name: holder, tokens }) =>
    tokens.filter(({ type }) => !isBurned(type)).map((token) => ({ holder, token })),
  );
  const ofRoots = record.roots.flatMap(({ account, tokens }) => {
    const holder = rootHolder(account === OWN_ACCOUNT ? identity.account : account);
    return tokens.map((token) => ({ holder, token }));
  });
  return [...ofUsers, ...ofRoots];
}

function summarize({ ports: { terminal }, enrolled, failed, pending }: Sitting): void {
  terminal.heading(`${enrolled.length} enrolled, ${failed.length} failed, ${pending.size} left`);
  for (const { token, deviceArn } of enrolled) {
    terminal.say(`${formatPlace(token)}: ${deviceArn}`);
  }
  for (const { holder, token, error } of failed) {
    terminal.note(`${tokenLabel(holder, token)}: ${error.message}; ${error.state ?? ''}`);
  }
  for (const { holder, token } of pending) {
    terminal.note(`left: ${tokenLabel(holder, token)}`);
  }
  terminal.event('summary', {
    enrolled: enrolled.map(({ deviceArn }) => deviceArn),
    failed: failed.map(({ holder, token, error: { code, message, state } }) => ({
      holder,
      slot: token.slot,
      ...placeOf(token),
      code,
      message,
      state,
    })),
    left: [...pending].map(({ holder, token }) => ({ holder, slot: token.slot, ...placeOf(token) })),
  });
  for (const { deviceArn } of enrolled) {
    terminal.data(deviceArn);
  }
}

function someFailed(sitting: Sitting): RunbookError {
  const { failed } = sitting;
  const places = failed.map(({ token }) => formatPlace(token)).join(', ');
  return new RunbookError('enroll/some-failed', `not enrolled: ${places}`, {
    hints: [
      ...failed.flatMap(({ error }) => error.hints.slice(0, 1)),
      'then run `{command}` again: it takes only the tokens that are left',
    ],
    state: sitting.describe(),
  });
}
