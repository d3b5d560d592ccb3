/**
 * The proof of a device whose codes nobody types here: a console sign-in with it, found in CloudTrail's event history.
 *
 * Rules: the sign-in succeeded, with MFA, with this very device, after the ceremony began; an event that names no device
 * proves nothing. CloudTrail lists an event some minutes late, and keeps it for 90 days.
 */
import { AwsFault, type ConsoleHistory, type ConsoleSignIn } from '../aws/aws';
import { isDenied, isThrottled } from '../aws/faults';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';

/** The sign-in that would be a proof. */
interface SoughtSignIn {
  /** The IAM user's name, or `root`. */
  readonly user: string;
  readonly deviceArn: string;
  /** On AWS's clock. */
  readonly since: Date;
}

/** Between two looks, milliseconds: AWS allows two lookups a second in an account and Region. */
const LOOK_AGAIN_MS = 10_000;

/** An event is listed within about 15 minutes. */
const WAIT_MS = 20 * 60_000;

const SECOND_PERSON = 'or have a second person watch a sign-in: run `{command}` with `--witness NAME`';

/**
 * Converts the beginning of a ceremony to the time of AWS's events, which have whole seconds.
 *
 * @param clockOffsetMs this machine's clock minus AWS's
 */
export function signInsSince(startedAtMs: number, clockOffsetMs = 0): Date {
  return new Date(Math.floor((startedAtMs - clockOffsetMs) / 1000) * 1000);
}

/**
 * Waits until CloudTrail lists a sign-in with the device. Changes nothing, and can be stopped and continued at any time.
 *
 * @throws RunbookError `evidence/no-sign-in`, `aws/denied`
 */
export async function awaitSignIn(ports: Ports, sought: SoughtSignIn): Promise<ConsoleSignIn> {
  const { terminal, clock } = ports;
  const { user, deviceArn, since } = sought;
  const untilMs = clock.now() + WAIT_MS;
  terminal.event('to-sign-in', { user, deviceArn, since: since.toISOString() });
  function text(): string {
    const minutes = Math.max(1, Math.ceil((untilMs - clock.now()) / 60_000));
    return `waiting until CloudTrail lists the sign-in of ${user} (${minutes} min left; Ctrl-C is safe)`;
  }
  return terminal.during(text, lookUntil(ports, sought, untilMs));
}

async function lookUntil(ports: Ports, sought: SoughtSignIn, untilMs: number): Promise<ConsoleSignIn> {
  const { clock, signal } = ports;
  const told = new Set<string>();
  for (;;) {
    signal.throwIfAborted();
    const { signIns, deniedRegions } = await look(ports, sought);
    const proof = signIns.find((signIn) => whyNoProof(signIn, sought) === undefined);
    if (proof !== undefined) {
      return proof;
    }
    tellOthers(ports, { signIns, sought, told });
    tellDenied(ports, deniedRegions, told);
    if (clock.now() >= untilMs) {
      throw new RunbookError(
        'evidence/no-sign-in',
        `CloudTrail listed no sign-in of ${sought.user} with ${sought.deviceArn} in ${WAIT_MS / 60_000} minutes`,
        {
          hints: [
            `sign in to the console as ${sought.user} with this device, then run \`{command}\` again: it looks for sign-ins since ${sought.since.toISOString()}`,
            SECOND_PERSON,
          ],
          exitCode: 3,
        },
      );
    }
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** A throttled look sees nothing; the next one may. */
async function look({ aws }: Ports, { user, since }: SoughtSignIn): Promise<ConsoleHistory> {
  try {
    return await aws.consoleSignIns(user, since);
  } catch (error) {
    if (!(error instanceof AwsFault)) {
      throw error;
    }
    if (isThrottled(error)) {
      return { signIns: [], deniedRegions: [] };
    }
    if (isDenied(error)) {
      throw new RunbookError('aws/denied', `the caller is not allowed to call ${error.action}`, {
        hints: [
          `use the operator role that the stack deploys (its trust policy requires MFA), or allow ${error.action}`,
          SECOND_PERSON,
        ],
        cause: error,
      });
    }
    throw error;
  }
}

/** Says why a sign-in is no proof of the device; `undefined` if it is one. */
function whyNoProof(signIn: ConsoleSignIn, { deviceArn, since }: SoughtSignIn): string | undefined {
  if (signIn.at < since) {
    return 'it was before this run began';
  }
  if (!signIn.succeeded) {
    return 'it failed';
  }
  if (!signIn.usedMfa) {
    return 'it was without MFA';
  }
  if (signIn.device === undefined) {
    return 'its event names no device';
  }
  return signIn.device === deviceArn ? undefined : `it was with ${signIn.device}`;
}

function tellOthers(
  { terminal }: Ports,
  {
    signIns,
    sought,
    told,
  }: {
    readonly signIns: readonly ConsoleSignIn[];
    readonly sought: SoughtSignIn;
    readonly told: Set<string>;
  },
): void {
  for (const signIn of signIns) {
    const why = whyNoProof(signIn, sought);
    if (why === undefined || told.has(signIn.eventId)) {
      continue;
    }
    told.add(signIn.eventId);
    const at = signIn.at.toISOString();
    terminal.note(`the sign-in of ${sought.user} at ${at} is no proof of this device: ${why}`);
    terminal.event('no-proof', { eventId: signIn.eventId, region: signIn.region, at, why });
  }
}

function tellDenied({ terminal }: Ports, regions: readonly string[], told: Set<string>): void {
  const unseen = regions.filter((region) => !told.has(region));
  if (unseen.length > 0) {
    for (const region of unseen) {
      told.add(region);
    }
    terminal.note(`the caller may not look in ${unseen.join(', ')}: a sign-in recorded there is not seen`);
    terminal.event('not-looked', { regions: unseen });
  }
}
