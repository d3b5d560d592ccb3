/**
 * A device that a person makes in the AWS console, because no call can: found in IAM by the name that they typed.
 *
 * Rules: only the exact name counts; another one is told and never taken for it, however near it is. IAM keeps neither
 * the model nor the serial of a security key, so the name is a person's word.
 */
import { deviceKind, tokenOfDevice } from '../../lib/record/devices';
import type { SlotToken } from '../../lib/record/record';
import { listOf } from '../../lib/record/text';
import type { AssignedDevice } from '../aws/aws';
import type { Ceremony } from '../ceremony/ceremony';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import { awaitConsole, WAIT_MINUTES } from './console-wait';

/** A device that a person was asked to make. */
interface AwaitedDevice {
  /** The IAM user, or `root@{account}`. */
  readonly holder: string;
  readonly token: SlotToken;
  /** The tokens that the record declares for the holder: the device of another one is not this one under a wrong name. */
  readonly declared: readonly SlotToken[];
  /** The name to type in the console. */
  readonly name: string;
  /** When it was asked for; unix milliseconds. Devices that are older are not told. */
  readonly sinceMs: number;
  /** Lists the holder's devices, of any type. */
  list(): Promise<readonly AssignedDevice[]>;
}

/** AWS dates the device, this machine the request: their clocks differ by less than this. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Finds the device of a token among those of its holder.
 *
 * @throws RunbookError `iam/several-in-slot` if two have its name
 */
export function findConsoleDevice(
  { holder, token }: Pick<AwaitedDevice, 'holder' | 'token'>,
  devices: readonly AssignedDevice[],
): AssignedDevice | undefined {
  const [device, ...more] = devices.filter(
    ({ arn }) => tokenOfDevice({ arn, holder }, [token]) !== undefined,
  );
  if (more.length === 0) {
    return device;
  }
  const arns = [device, ...more].map((each) => each?.arn).join(', ');
  throw new RunbookError(
    'iam/several-in-slot',
    `${token.slot} of ${holder} has ${more.length + 1} devices with the name of ${token.serial}: ${arns}`,
    {
      hints: [
        'find out which of them is in use, remove the others in the console, then run `{command}` again',
      ],
      exitCode: 3,
    },
  );
}

/**
 * Refuses a security key where AWS accepts none.
 *
 * @see https://aws.amazon.com/iam/features/mfa/
 * @throws RunbookError `iam/no-security-keys`
 */
export function requireSecurityKeys({ identity, token }: Ceremony): void {
  if (identity.partition === 'aws-cn' && token.type === 'fido2') {
    throw new RunbookError(
      'iam/no-security-keys',
      `AWS accepts no security key in its Regions in China, and ${token.serial} is one`,
      {
        hints: [
          'declare a token that shows codes for this slot in tokens.yaml, run `cdk deploy`, then `{command}`',
        ],
      },
    );
  }
}

/** Returns the name that was typed for a device, without what IAM appends to that of a security key. */
function typedName(arn: string): string {
  const segment = arn.slice(arn.lastIndexOf('/') + 1);
  return deviceKind(arn) === 'fido' ? segment.replace(/-[A-Z2-7]{26}$/, '') : segment;
}

/**
 * Waits until IAM lists the device.
 *
 * @throws RunbookError `iam/not-registered`, `iam/several-in-slot`
 */
export async function awaitConsoleDevice(ports: Ports, awaited: AwaitedDevice): Promise<AssignedDevice> {
  const { name, holder } = awaited;
  const told = new Map<string, string>();
  const found = await awaitConsole(ports, `AWS lists ${name} for ${holder}`, async () => {
    const devices = await awaited.list();
    const device = findConsoleDevice(awaited, devices);
    if (device === undefined) {
      tellOthers(ports, awaited, { devices, told });
    }
    return device;
  });
  if (found === undefined) {
    throw notRegistered(awaited, [...told.values()]);
  }
  return found;
}

/** Tells once of each device that was made since, and has another name. */
function tellOthers(
  { terminal }: Ports,
  { holder, name, sinceMs, declared }: AwaitedDevice,
  { devices, told }: { readonly devices: readonly AssignedDevice[]; readonly told: Map<string, string> },
): void {
  for (const { arn, enabledAt } of devices) {
    const isOlder = enabledAt !== undefined && enabledAt.getTime() < sinceMs - CLOCK_TOLERANCE_MS;
    if (isOlder || told.has(arn) || tokenOfDevice({ arn, holder }, declared) !== undefined) {
      continue;
    }
    const seen = typedName(arn);
    told.set(arn, seen);
    terminal.note(
      `IAM lists a new device ${seen} for ${holder}, which is not ${name}: if it is this token, remove it in the console and register it again under ${name}`,
    );
    terminal.event('other-device', { holder, name: seen, deviceArn: arn });
  }
}

function notRegistered({ holder, name }: AwaitedDevice, seen: readonly string[]): RunbookError {
  const others = seen.length === 0 ? '' : `; new devices have the names ${listOf(seen)}`;
  return new RunbookError(
    'iam/not-registered',
    `IAM listed no device ${name} for ${holder} in ${WAIT_MINUTES} minutes${others}`,
    {
      hints: [
        `register it in the console under the name ${name}, then run \`{command}\`: it looks again`,
        'or give it up: `mfa-runbook resume --abandon{options}`',
      ],
      exitCode: 3,
    },
  );
}
