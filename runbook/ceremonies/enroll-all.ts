/**
 * Enrolls a whole fleet in one sitting: tokens in any order, each identified by its serial. While the operator swaps
 * tokens, AWS enables the last one.
 */
import { formatDeviceArn, isSameUser } from '../../lib/record/names';
import { placeOf } from '../../lib/record/place';
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
import { enroll } from './enroll';
import { type AllRequest, Sitting, someFailed, summarize, tellByHand } from './enroll-all-sitting';
import { shareTerminal } from './share-terminal';

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
