/**
 * A software model of Token2's single-profile tokens of the second generation, written from the vendor's
 * published firmware core and as strict as the real one: a command that is wrong in a single byte is refused.
 *
 * It has a button and a display, and a clock that drifts. It shares no builder with the driver under test; for SM4 it
 * uses the pure implementation, where the driver uses OpenSSL's.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { decryptWith, macWith, withoutPadding } from './token2-crypto';
import { contactlessAtr, type Reaction, type VirtualCard } from './virtual-card';

const KEY = Buffer.from('8AD206883CA369482AB27182B6E83224', 'hex');
const MAC_LENGTH = 4;
const DISPLAY_SECONDS = [15, 30, 60, 120];
const NO_SEED = '------';

/** These keep the seed when the clock is set; all others lose it. */
const UNRESTRICTED_PREFIXES = ['8659612', '8659600', '8659632'];

const OK = 0x9000;
const REFUSED = 0x6983;
const WRONG_DATA = 0x6a80;
const WRONG_LENGTH = 0x6700;
const UNKNOWN_INSTRUCTION = 0x6d00;
const UNKNOWN_CLASS = 0x6e00;

export interface VirtualTokenOptions {
  readonly serial: string;
  /** The real time around the token, unix milliseconds. */
  readonly clock: () => number;
  /** The offset of the token's clock until it is set; positive when it is ahead. @default 0 */
  readonly clockOffsetSeconds?: number;
  /** The rate by which the token's clock runs too fast, in parts per million. @default 0 */
  readonly driftPpm?: number;
  /** Firmware from before 2025: a wrong authentication locks it permanently. @default false */
  readonly oldFirmware?: boolean;
  /**
   * Form of the get-info answer: tags as hardware, or fixed places as the vendor's host build.
   *
   * @default tags
   */
  readonly infoForm?: 'tags' | 'places';
  /** @default 8 random bytes */
  readonly challenge?: () => Uint8Array;
  /** The seed already burned onto it. @default none */
  readonly seed?: Uint8Array;
}

/** Planned faults. Commands are counted from the call of `fail`; the first is 1. */
export interface Faults {
  /** Does not answer from this command on, until it is switched off and on. */
  readonly muteAt?: number;
  /** Leaves the reader at this command, before or after it takes effect. */
  readonly pull?: { readonly at: number; readonly effect: 'lost' | 'done' };
  /** Stores the seed with one bit flipped: the lowest of the first byte, or this one, counted from 0. */
  readonly flipSeedBit?: boolean | number;
  /** Computes with SHA-256 regardless of its configuration. */
  readonly wrongHash?: boolean;
  /** Uses steps of 60 seconds regardless of its configuration. */
  readonly wrongStep?: boolean;
  /** Accepts a new time but keeps the old one. */
  readonly clockStuck?: boolean;
  /** Shows codes of this many seconds later (earlier: negative), although its clock reads correctly over NFC. */
  readonly codesAheadSeconds?: number;
  /** Puts fewer bytes than eight into a challenge. */
  readonly shortChallenge?: boolean;
}

interface Settings {
  readonly displayCode: number;
  readonly hash: 'sha1' | 'sha256';
  readonly stepSeconds: number;
  /** The offset of its codes from the token's own time. */
  readonly codesAheadSeconds: number;
}

/** The token's time: it was set to `token` at the real time `world`; both in seconds. */
interface ClockSetting {
  readonly token: number;
  readonly world: number;
}

interface Memory {
  readonly seed: Uint8Array;
  readonly settings: Settings;
  readonly clock: ClockSetting;
}

export class VirtualToken2Single implements VirtualCard {
  public readonly serial: string;
  public readonly atr = contactlessAtr();
  /** Headers (CLA INS P1 P2 Lc) of all received commands as hex; never bodies. */
  public readonly received: string[] = [];

  readonly #options: VirtualTokenOptions;
  readonly #restricted: boolean;
  #memory: Memory;
  /** The memory at the time when the token was switched on: the display uses nothing newer. */
  #shown: Memory | undefined;
  #onSince = 0;
  #challenge: Uint8Array | undefined;
  #authenticated = false;
  #locked = false;
  #faults: Faults = {};
  #commandsSinceFault = 0;
  #muted = false;

  public constructor(options: VirtualTokenOptions) {
    this.#options = options;
    this.serial = options.serial;
    this.#restricted = !UNRESTRICTED_PREFIXES.some((prefix) => options.serial.startsWith(prefix));
    const world = options.clock() / 1000;
    this.#memory = {
      seed: Uint8Array.from(options.seed ?? []),
      settings: { displayCode: 0x01, hash: 'sha1', stepSeconds: 30, codesAheadSeconds: 0 },
      clock: { token: world + (options.clockOffsetSeconds ?? 0), world },
    };
  }

  // --- button and display ---

  /** Presses the power button, which switches it on or off. */
  public press(): void {
    const wasOn = this.isOn;
    this.#endSession();
    this.#shown = wasOn ? undefined : this.#memory;
    this.#onSince = this.#worldSeconds();
    if (this.#muted) {
      this.fail({ ...this.#faults, muteAt: Number.POSITIVE_INFINITY });
    }
  }

  /** Tells whether the token is on; it switches itself off after the configured time. */
  public get isOn(): boolean {
    if (!this.#shown) {
      return false;
    }
    const litSeconds = DISPLAY_SECONDS[this.#shown.settings.displayCode] ?? 0;
    return this.#worldSeconds() - this.#onSince < litSeconds;
  }

  /** Shows six digits, dashes without a seed, or nothing when it is off. */
  public get display(): string | undefined {
    if (!this.isOn || !this.#shown) {
      return undefined;
    }
    return this.#shown.seed.length === 0 ? NO_SEED : this.#code(this.#shown);
  }

  /** Switches it off, then on, and reads the display. */
  public readCode(): string {
    if (this.isOn) {
      this.press();
    }
    this.press();
    return this.display ?? NO_SEED;
  }

  // --- for tests ---

  /** The token's own time, unix seconds. */
  public get clockSeconds(): number {
    return Math.floor(this.#tokenSeconds(this.#memory.clock));
  }

  public get holdsSeed(): boolean {
    return this.#memory.seed.length > 0;
  }

  public holds(seed: Uint8Array): boolean {
    return Buffer.compare(this.#memory.seed, seed) === 0;
  }

  public get isLocked(): boolean {
    return this.#locked;
  }

  /** Plans faults from now on; `{}` for none. */
  public fail(faults: Faults): void {
    this.#faults = faults;
    this.#commandsSinceFault = 0;
    this.#muted = false;
  }

  // --- NFC ---

  public enterField(): void {
    this.#endSession();
  }

  public leaveField(): void {
    this.#endSession();
  }

  public receive(command: Uint8Array): Reaction {
    this.#commandsSinceFault++;
    this.received.push(Buffer.from(command.subarray(0, 5)).toString('hex').toUpperCase());
    const { muteAt, pull } = this.#faults;
    if (muteAt !== undefined && this.#commandsSinceFault >= muteAt) {
      this.#muted = true;
    }
    if (this.#muted || !this.isOn) {
      return 'mute';
    }
    const pulled = pull?.at === this.#commandsSinceFault;
    if (pulled && pull?.effect === 'lost') {
      return 'gone';
    }
    const answer = this.#answer(command);
    return pulled ? 'gone' : answer;
  }

  #answer(command: Uint8Array): Uint8Array {
    const answer = this.#dispatch(command);
    return typeof answer === 'number' ? statusWord(answer) : Uint8Array.of(...answer, 0x90, 0x00);
  }

  /** Runs a command. @returns a status word, or data for status 9000 */
  #dispatch(command: Uint8Array): number | Uint8Array {
    const [cla, ins, p1, p2, lc] = command;
    if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) {
      return WRONG_LENGTH;
    }
    if (cla !== 0x80 && cla !== 0x84) {
      return UNKNOWN_CLASS;
    }
    const body = command.subarray(5);
    if (lc === undefined) {
      return WRONG_LENGTH;
    }
    // The vendor's burner sends the challenge with a body, an older tool with the length 00: both are accepted.
    if (body.length !== lc) {
      return WRONG_LENGTH;
    }
    const parameters = (p1 << 8) | p2;
    switch ((cla << 8) | ins) {
      case 0x8041:
        return parameters === 0 ? this.#getInfo(body) : WRONG_DATA;
      case 0x804b:
        return parameters === 0x0800 && body.length <= 1 ? this.#getChallenge() : WRONG_DATA;
      case 0x80ce:
        return parameters === 0 ? this.#authenticate(body) : WRONG_DATA;
      case 0x84d4:
        return this.#secured(command) ?? (parameters === 0 ? this.#configure(inner(body)) : WRONG_DATA);
      case 0x84c5:
        return this.#secured(command) ?? (parameters === 0x0100 ? this.#writeSeed(inner(body)) : WRONG_DATA);
      default:
        return UNKNOWN_INSTRUCTION;
    }
  }

  #getInfo(body: Uint8Array): number | Uint8Array {
    if (Buffer.from(body).toString('hex') !== '0211') {
      return WRONG_DATA;
    }
    const serial = Buffer.from(this.serial, 'ascii');
    const clock = Buffer.alloc(4);
    clock.writeUInt32BE(this.clockSeconds);
    return this.#options.infoForm === 'places'
      ? Uint8Array.of(0, 0, 0, serial.length, ...serial, 0, 0, ...clock)
      : Uint8Array.of(0x95, serial.length + 8, 0x02, serial.length, ...serial, 0x11, 0x04, ...clock);
  }

  #getChallenge(): Uint8Array {
    this.#authenticated = false;
    this.#challenge = Uint8Array.from((this.#options.challenge ?? (() => randomBytes(8)))());
    return this.#faults.shortChallenge ? this.#challenge.subarray(0, 7) : this.#challenge;
  }

  #authenticate(body: Uint8Array): number {
    if (this.#locked) {
      return REFUSED;
    }
    if (body.length !== 16) {
      return WRONG_LENGTH;
    }
    if (!this.#challenge) {
      return WRONG_DATA;
    }
    const expected = Buffer.concat([this.#challenge, Buffer.alloc(8)]);
    this.#challenge = undefined; // used up, right or wrong
    if (Buffer.compare(decryptWith(KEY, body), expected) === 0) {
      this.#authenticated = true;
      return OK;
    }
    this.#locked = this.#options.oldFirmware === true;
    return REFUSED;
  }

  /** Checks the MAC of the command, then the authentication; undefined when both are right. */
  #secured(command: Uint8Array): number | undefined {
    const [, ins = 0, p1 = 0, p2 = 0] = command;
    const body = command.subarray(5);
    if (body.length < MAC_LENGTH) {
      return WRONG_LENGTH;
    }
    const data = inner(body);
    const expected = macWith(KEY, Uint8Array.of(0x80, ins, p1, p2, data.length, ...data));
    if (Buffer.compare(body.subarray(-MAC_LENGTH), expected) !== 0) {
      return REFUSED;
    }
    return this.#authenticated ? undefined : REFUSED;
  }

  #configure(data: Uint8Array): number {
    const form = /^81111f01(..)0f04(........)86060a01(..)0d01(..)$/.exec(Buffer.from(data).toString('hex'));
    const [displayCode, time, hmac, step] = (form ?? []).slice(1).map((hex) => Number.parseInt(hex, 16));
    if (displayCode === undefined || time === undefined || displayCode > 3) {
      return WRONG_DATA;
    }
    if ((hmac !== 1 && hmac !== 2) || (step !== 30 && step !== 60)) {
      return WRONG_DATA;
    }
    const { wrongHash, wrongStep, clockStuck, codesAheadSeconds = 0 } = this.#faults;
    this.#memory = {
      seed: this.#restricted ? new Uint8Array() : this.#memory.seed,
      settings: {
        displayCode,
        hash: hmac === 2 || wrongHash ? 'sha256' : 'sha1',
        stepSeconds: wrongStep ? 60 : step,
        codesAheadSeconds,
      },
      clock: clockStuck ? this.#memory.clock : { token: time, world: this.#worldSeconds() },
    };
    return OK;
  }

  #writeSeed(data: Uint8Array): number {
    if (data.length === 0 || data.length % 16 !== 0) {
      return WRONG_DATA;
    }
    const seed = withoutPadding(decryptWith(KEY, data));
    if (!seed || seed.length < 1 || seed.length > 63) {
      return WRONG_DATA;
    }
    const { flipSeedBit } = this.#faults;
    if (flipSeedBit !== undefined && flipSeedBit !== false) {
      const bit = flipSeedBit === true ? 7 : flipSeedBit;
      seed[bit >> 3] = (seed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
    }
    this.#memory = { ...this.#memory, seed };
    return OK;
  }

  #endSession(): void {
    this.#challenge = undefined;
    this.#authenticated = false;
  }

  #worldSeconds(): number {
    return this.#options.clock() / 1000;
  }

  #tokenSeconds({ token, world }: ClockSetting): number {
    return token + (this.#worldSeconds() - world) * (1 + (this.#options.driftPpm ?? 0) / 1e6);
  }

  /** RFC 6238 */
  #code({ seed, settings, clock }: Memory): string {
    const counter = Buffer.alloc(8);
    const seconds = this.#tokenSeconds(clock) + settings.codesAheadSeconds;
    counter.writeBigUInt64BE(BigInt(Math.floor(seconds / settings.stepSeconds)));
    const digest = createHmac(settings.hash, seed).update(counter).digest();
    const offset = (digest.at(-1) ?? 0) & 0x0f;
    return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
  }
}

function statusWord(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function inner(body: Uint8Array): Uint8Array {
  return body.subarray(0, -MAC_LENGTH);
}
