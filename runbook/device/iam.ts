/**
 * Looks at MFA devices in IAM. IAM shows a change late, is sometimes busy, and answers "no such entity" for whatever
 * is gone: this room hides all of that.
 */
import { type AssignedDevice, type Aws, AwsFault } from '../aws/aws';
import { isThrottled, unlessGone } from '../aws/faults';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';

/** The tag that says which ceremony made a device. */
export const RUN_TAG = 'mfa-guardrails:run';

/** Reads the run tag of a device, empty if it has none; `undefined` if IAM shows no such device. */
export async function runTagOf({ aws }: Pick<Ports, 'aws'>, arn: string): Promise<string | undefined> {
  const tags = await unlessGone(aws.deviceTags(arn));
  return tags === undefined ? undefined : (tags[RUN_TAG] ?? '');
}

/** Tells whether the device at an ARN is still the one that carries the given run tag. */
export async function identityOf(
  ports: Pick<Ports, 'aws'>,
  arn: string,
  run: string,
): Promise<'same' | 'other' | 'gone'> {
  const tag = await runTagOf(ports, arn);
  if (tag === undefined) {
    return 'gone';
  }
  return tag === run ? 'same' : 'other';
}

/** Lists a user's devices; `undefined` if IAM has no such user. */
export async function devicesOfUser(
  { aws }: { readonly aws: Pick<Aws, 'devicesOf'> },
  user: string,
): Promise<readonly AssignedDevice[] | undefined> {
  return unlessGone(aws.devicesOf(user));
}

/** Lists a holder's devices; refuses a holder who is not an IAM user. */
export async function devicesOfHolder(
  ports: { readonly aws: Pick<Aws, 'devicesOf'> },
  holder: string,
): Promise<readonly AssignedDevice[]> {
  const devices = await devicesOfUser(ports, holder);
  if (devices === undefined) {
    throw new RunbookError('iam/no-user', `the record declares ${holder}, but IAM has no such user`, {
      hints: ['deploy the stack (`cdk deploy`), or create the user, then run `{command}` again'],
    });
  }
  return devices;
}

/** Tells whether IAM lists a device for a user; a user who is gone has none. */
export async function isListed(ports: Pick<Ports, 'aws'>, arn: string, user: string): Promise<boolean> {
  return (await devicesOfUser(ports, user))?.some((device) => device.arn === arn) === true;
}

/** Deletes a device, unless it is gone already. */
export async function deleteIfThere({ aws }: Pick<Ports, 'aws'>, arn: string): Promise<void> {
  await unlessGone(aws.deleteDevice(arn));
}

/** Seconds between looks at a change that IAM has not shown yet. IAM names no deadline; its own tools wait two minutes. */
export const UNTIL_SHOWN: readonly number[] = [0, 1, 2, 4, 8, 15, 15, 15, 20, 20, 20];

/** After this long IAM is taken to have shown every change. */
export const SHOWN_AFTER_SECONDS = UNTIL_SHOWN.reduce((sum, seconds) => sum + seconds, 0);

/** Seconds between attempts at what IAM still refuses because of a change a moment ago. */
export const UNTIL_ACCEPTED: readonly number[] = [0, 1, 2, 4, 8, 16, 32];

/**
 * Looks again and again until there is something to see.
 *
 * @param pauses seconds before each look
 * @param saying shown to people while it waits
 * @returns nothing if there was nothing after the last pause
 */
export async function poll<T>(
  { clock, terminal, signal }: Ports,
  { pauses, saying }: { readonly pauses: readonly number[]; readonly saying?: string },
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  async function lookAfter(waits: readonly number[]): Promise<T | undefined> {
    for (const seconds of waits) {
      if (seconds > 0) {
        await clock.sleep(seconds * 1000, signal);
      }
      const seen = await look();
      if (seen !== undefined) {
        return seen;
      }
    }
    return undefined;
  }
  const atOnce = pauses.filter((seconds) => seconds === 0);
  const later = pauses.filter((seconds) => seconds > 0);
  const seen = await lookAfter(atOnce);
  if (seen !== undefined || later.length === 0 || saying === undefined) {
    return seen ?? lookAfter(later);
  }
  const untilMs = clock.now() + later.reduce((sum, seconds) => sum + seconds, 0) * 1000;
  function left(): number {
    return Math.max(0, Math.ceil((untilMs - clock.now()) / 1000));
  }
  return terminal.during(() => `${saying} (at most ${left()} s)`, lookAfter(later));
}

/** By these codes IAM says that somebody else is changing the same thing: nothing was done. */
const BUSY: ReadonlySet<string> = new Set(['ConcurrentModification', 'EntityTemporarilyUnmodifiable']);

function mayPass(error: unknown): boolean {
  return (
    error instanceof AwsFault &&
    (BUSY.has(error.code) || (error.wasRefused && (isThrottled(error) || error.code === 'no-answer')))
  );
}

/**
 * Repeats a call that IAM refuses because it is busy with the same entity; and one with codes that it throttled or never
 * got, which the SDK does not repeat.
 */
export async function patiently<T>({ clock, signal }: Ports, call: () => Promise<T>): Promise<T> {
  for (const seconds of [1, 2, 4, 8]) {
    try {
      return await call();
    } catch (error) {
      if (!mayPass(error)) {
        throw error;
      }
      await clock.sleep(seconds * 1000, signal);
    }
  }
  return call();
}
