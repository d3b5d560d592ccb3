/**
 * The state of IAM, followed effect by effect: IAM's own lists may lag, and show neither tags nor seeds nor where AWS
 * believes a token's clock to be.
 */
import { createHmac } from 'node:crypto';
import { formatPlace } from '../../lib/record/place';
import { judgePair, type Synchronization, stepAt } from '../sandbox/code-judgment';
import type { JsonObject } from '../sandbox/operation';
import { isKey, nameOf } from './cast';

/** One virtual device. */
export interface WitnessedDevice {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly seed: Uint8Array;
  /** The user it is assigned to. */
  readonly user: string | undefined;
  readonly synchronization: Synchronization;
}

/** The operations that change something. */
const MUTATING: ReadonlySet<string> = new Set([
  'CreateVirtualMFADevice',
  'DeleteVirtualMFADevice',
  'EnableMFADevice',
  'ResyncMFADevice',
  'DeactivateMFADevice',
  'PutParameter',
  'TagMFADevice',
]);

export function isMutating(operation: string): boolean {
  return MUTATING.has(operation);
}

/** HOTP (RFC 4226) of six digits. */
export function hotp(seed: Uint8Array, counter: number): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const digest = createHmac('sha1', seed).update(message).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0x0f;
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

/** Follows the devices of one account. */
export class IamWitness {
  readonly #devices = new Map<string, WitnessedDevice>();
  /** Tokens that AWS knows by the serial printed on them, while they are assigned to nobody. */
  readonly #printed = new Map<string, WitnessedDevice>();
  /** Every seed ever given out. */
  public readonly seeds: Uint8Array[] = [];

  public get devices(): readonly WitnessedDevice[] {
    return [...this.#devices.values()];
  }

  public device(arn: string): WitnessedDevice | undefined {
    return this.#devices.get(arn);
  }

  /** Finds the device of a token, or of a profile of it, by its name. */
  public deviceAt(place: string): WitnessedDevice | undefined {
    return this.devices.find(({ arn }) => {
      const name = nameOf(arn);
      return name !== undefined && formatPlace(name) === place;
    });
  }

  /** Returns a token that AWS knows by the serial printed on it, while it is assigned to nobody. */
  public printed(serial: string): WitnessedDevice | undefined {
    return this.#printed.get(serial);
  }

  public knowPrinted(serial: string, seed: Uint8Array): void {
    const synchronization = { offsetSteps: 0, lastPairCounter: undefined };
    this.#printed.set(serial, { arn: serial, tags: {}, seed, user: undefined, synchronization });
  }

  /** A person registered a security key in the console: AWS has no seed of it. */
  public registered(arn: string, user: string): void {
    const synchronization = { offsetSteps: 0, lastPairCounter: undefined };
    this.#set({ arn, tags: {}, seed: new Uint8Array(), user, synchronization });
  }

  /** Takes note of a call that succeeded, whether or not its caller heard of it. */
  public note(operation: string, input: JsonObject, output: JsonObject, nowMs: number): void {
    const arn = String(input.SerialNumber ?? '');
    const device = this.#devices.get(arn) ?? this.#printed.get(arn);
    if (operation === 'CreateVirtualMFADevice') {
      this.#created(input, output);
    } else if (operation === 'DeleteVirtualMFADevice') {
      this.#devices.delete(arn);
    } else if (device === undefined) {
      return;
    } else if (operation === 'DeactivateMFADevice' && this.#printed.has(arn)) {
      this.#printed.set(arn, { ...device, user: undefined });
      this.#devices.delete(arn);
    } else if (operation === 'DeactivateMFADevice' && isKey(arn)) {
      this.#devices.delete(arn);
    } else if (operation === 'DeactivateMFADevice') {
      this.#set({ ...device, user: undefined });
    } else if (operation === 'ResyncMFADevice') {
      this.#set(synchronized(device, input, nowMs));
    } else if (operation === 'EnableMFADevice') {
      this.#set({ ...synchronized(device, input, nowMs), user: String(input.UserName) });
    }
  }

  #set(device: WitnessedDevice): void {
    this.#devices.set(device.arn, device);
  }

  #created(input: JsonObject, output: JsonObject): void {
    const { VirtualMFADevice: created } = output as {
      VirtualMFADevice: { SerialNumber: string; Base32StringSeed: string };
    };
    const seed = decodeBase32(Buffer.from(created.Base32StringSeed, 'base64').toString('ascii'));
    const tags = (input.Tags ?? []) as readonly { readonly Key: string; readonly Value: string }[];
    this.seeds.push(seed);
    this.#set({
      arn: created.SerialNumber,
      tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
      seed,
      user: undefined,
      synchronization: { offsetSteps: 0, lastPairCounter: undefined },
    });
  }
}

function synchronized(device: WitnessedDevice, input: JsonObject, nowMs: number): WitnessedDevice {
  function codeOf(counter: number): string {
    return hotp(device.seed, counter);
  }
  const [first, second] = [String(input.AuthenticationCode1), String(input.AuthenticationCode2)];
  const judgement = judgePair(codeOf, device.synchronization, first, second, nowMs);
  if (!judgement.accepted) {
    throw new Error(`AWS took a pair for ${device.arn} that the witness refuses`);
  }
  return { ...device, synchronization: judgement.now };
}

/** Counts the steps between a token's clock and the clock that AWS assumes for it. */
export function stepsApart(device: WitnessedDevice, tokenClockSeconds: number, nowMs: number): number {
  return stepAt(tokenClockSeconds * 1000) - (stepAt(nowMs) + device.synchronization.offsetSteps);
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function decodeBase32(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let pending = 0;
  for (const character of text) {
    pending = ((pending << 5) | ALPHABET.indexOf(character)) & 0xffff;
    bits += 5;
    if (bits < 8) {
      continue;
    }
    bits -= 8;
    bytes.push((pending >> bits) & 0xff);
  }
  return Uint8Array.from(bytes);
}
