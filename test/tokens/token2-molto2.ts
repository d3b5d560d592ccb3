/**
 * A software model of Token2's Molto2 and Molto2v2, written from the vendor's specification
 * (github.com/token2/molto2-tools, docs/MOLTO2-PROTOCOL.md) and from measurements of the hardware
 * (github.com/framefilter/keyroost, docs/PROTOCOL.md). Where they disagree, or say nothing, it is the stricter: it deletes
 * only when authenticated, and answers get info only in its own form.
 *
 * Assumptions that no source confirms: one clock for all profiles; 6A86 for a profile that it does not have; 6982 for a
 * command without authentication; 6983 for a wrong code, and once it is locked.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { decryptWith, MAC_LENGTH, macWith, withoutPadding } from './token2-crypto';
import type { Faults } from './token2-single';
import type { Reaction, VirtualCard } from './virtual-card';

const DEFAULT_CUSTOMER_KEY = Buffer.from('TOKEN2MOLTO1-KEY', 'ascii');
/** The name that pcscd gives its reader. */
export const MOLTO2_READER = 'TOKEN2 Molto2 [CCID Interface] 00 00';
const TRIES = 8;
const NO_SEED = '------';

const OK = 0x9000;
const WAITS_FOR_BUTTON = 0x9060;
const NOT_AUTHENTICATED = 0x6982;
const REFUSED = 0x6983;
const WRONG_DATA = 0x6a80;
const NO_SUCH_DATA = 0x6a83;
const WRONG_PARAMETERS = 0x6a86;
const WRONG_LENGTH = 0x6700;
const UNKNOWN_INSTRUCTION = 0x6d00;
const UNKNOWN_CLASS = 0x6e00;
const WRONG_CASE = 0x6ffb;

interface VirtualMolto2Options {
  readonly serial: string;
  /** The real time around the token, unix milliseconds. */
  readonly clock: () => number;
  /** @default 100, as the second version */
  readonly profiles?: 50 | 100;
  /** The offset of the token's clock until it is set; positive when it is ahead. @default 0 */
  readonly clockOffsetSeconds?: number;
  /** @default the vendor's */
  readonly customerKey?: Uint8Array;
  /** Tries that earlier mistakes left for its customer key. @default 8 */
  readonly triesLeft?: number;
  /** Profiles that were filled before, in addition to profile 0. */
  readonly filled?: readonly {
    readonly profile: number;
    readonly title: string;
    readonly seed: Uint8Array;
  }[];
  /** It answers get info to a list of tags too, as single-profile tokens do. @default false */
  readonly takesTagList?: boolean;
  /** @default 8 random bytes */
  readonly challenge?: () => Uint8Array;
}

interface Profile {
  readonly title: Uint8Array;
  readonly seed: Uint8Array;
  readonly hash: 'sha1' | 'sha256';
  readonly stepSeconds: number;
  readonly digits: number;
  readonly setAt: number;
}

/** Planned faults: those of a single-profile token, and a title that it says it stored. */
interface Molto2Faults
  extends Pick<Faults, 'muteAt' | 'pull' | 'flipSeedBit' | 'clockStuck' | 'shortChallenge'> {
  readonly titleLost?: boolean;
}

/** A seed that was replaced by another. */
interface Overwritten {
  readonly profile: number;
  /** The public block of the profile was read in the same connection. */
  readonly wasRead: boolean;
}

export class VirtualMolto2 implements VirtualCard {
  public readonly serial: string;
  /** A contact card with T=1 and nothing else; the hardware's is not published. */
  public readonly atr = Uint8Array.of(0x3b, 0x80, 0x01, 0x81);
  /** Headers (CLA INS P1 P2 Lc) of all received commands as hex; never bodies. */
  public readonly received: string[] = [];
  public readonly overwritten: Overwritten[] = [];

  readonly #options: VirtualMolto2Options;
  readonly #profiles: Profile[];
  #key: Uint8Array;
  #clock: { readonly token: number; readonly world: number };
  #challenge: Uint8Array | undefined;
  #authenticated = false;
  #tries: number;
  #screenLocked = false;
  /** Runs when the up-arrow button is pressed. */
  #pending: (() => void) | undefined;
  readonly #read = new Set<number>();
  #faults: Molto2Faults = {};
  #commandsSinceFault = 0;
  #muted = false;

  public constructor(options: VirtualMolto2Options) {
    this.#options = options;
    this.serial = options.serial;
    this.#key = keyOf(options.customerKey ?? DEFAULT_CUSTOMER_KEY);
    this.#tries = options.triesLeft ?? TRIES;
    const world = options.clock() / 1000;
    this.#clock = { token: world + (options.clockOffsetSeconds ?? 0), world };
    this.#profiles = this.#factoryProfiles();
    for (const { profile, title, seed } of options.filled ?? []) {
      this.#change(profile, { title: Buffer.from(title, 'ascii'), seed: Uint8Array.from(seed) });
    }
  }

  // --- buttons and display ---

  /** Shows the code of a profile, or dashes without a seed; nothing with a locked screen. */
  public readCode(profile: number): string | undefined {
    const found = this.#profiles[profile];
    if (this.#screenLocked || !found) {
      return undefined;
    }
    return found.seed.length === 0 ? NO_SEED : this.#code(found);
  }

  /** Presses the up-arrow button, which confirms a factory reset or a new customer key. */
  public pressUp(): void {
    this.#pending?.();
    this.#pending = undefined;
  }

  public get isScreenLocked(): boolean {
    return this.#screenLocked;
  }

  // --- for tests ---

  public title(profile: number): string {
    return Buffer.from(this.#profiles[profile]?.title ?? []).toString('ascii');
  }

  public isFilled(profile: number): boolean {
    return (this.#profiles[profile]?.seed.length ?? 0) > 0;
  }

  public holds(profile: number, seed: Uint8Array): boolean {
    return Buffer.compare(this.#profiles[profile]?.seed ?? new Uint8Array(), seed) === 0;
  }

  /** The numbers of the profiles that hold a seed. */
  public get filled(): readonly number[] {
    return this.#profiles.flatMap((_, profile) => (this.isFilled(profile) ? [profile] : []));
  }

  public get clockSeconds(): number {
    return Math.floor(this.#clock.token + this.#worldSeconds() - this.#clock.world);
  }

  public get triesLeft(): number {
    return this.#tries;
  }

  public fail(faults: Molto2Faults): void {
    this.#faults = faults;
    this.#commandsSinceFault = 0;
    this.#muted = false;
  }

  // --- USB ---

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
    if (this.#muted) {
      return 'mute';
    }
    const pulled = pull?.at === this.#commandsSinceFault;
    if (pulled && pull?.effect === 'lost') {
      return 'gone';
    }
    const answer = this.#dispatch(command);
    if (pulled) {
      return 'gone';
    }
    return typeof answer === 'number'
      ? Uint8Array.of(answer >> 8, answer & 0xff)
      : Uint8Array.of(...answer, 0x90, 0x00);
  }

  /** Runs a command. @returns a status word, or data for status 9000 */
  #dispatch(command: Uint8Array): number | Uint8Array {
    const [cla, ins = 0, p1 = 0, p2 = 0, lc] = command;
    if (lc === undefined) {
      return WRONG_LENGTH;
    }
    if (cla !== 0x80 && cla !== 0x84) {
      return UNKNOWN_CLASS;
    }
    const body = command.subarray(5);
    if (body.length === lc + 1 && lc > 0) {
      return WRONG_CASE;
    }
    if (body.length !== lc) {
      return WRONG_LENGTH;
    }
    return cla === 0x84 ? this.#secured(command) : this.#plain({ ins, p1, p2, body });
  }

  #plain({ ins, p1, p2, body }: PlainCommand): number | Uint8Array {
    const parameters = (p1 << 8) | p2;
    switch (ins) {
      case 0x41:
        return p1 === 0 ? this.#tell(p2, body) : WRONG_PARAMETERS;
      case 0x4b:
        return parameters === 0x0800 && body.length === 0 ? this.#getChallenge() : WRONG_PARAMETERS;
      case 0xce:
        return parameters === 0 ? this.#authenticate(body) : WRONG_PARAMETERS;
      case 0xe6:
        return p1 === 0 && body.length === 0 ? this.#deleteSeed(p2) : WRONG_PARAMETERS;
      case 0x56:
        return parameters === 0 && body.length === 0 ? this.#factoryReset() : WRONG_PARAMETERS;
      case 0xd8:
        return parameters === 0x0c02 ? this.#lockScreen(body) : WRONG_PARAMETERS;
      default:
        return UNKNOWN_INSTRUCTION;
    }
  }

  #tell(profile: number, body: Uint8Array): number | Uint8Array {
    const wanted = Buffer.from(body).toString('hex');
    if (wanted === '70') {
      const block = this.#publicBlock(profile);
      this.#read.add(profile);
      return block === undefined ? WRONG_PARAMETERS : Uint8Array.of(0x95, block.length, ...block);
    }
    if (profile !== 0) {
      return WRONG_PARAMETERS;
    }
    if (wanted !== '' && !(wanted === '0211' && this.#options.takesTagList)) {
      return WRONG_DATA;
    }
    const serial = Buffer.from(this.serial, 'ascii');
    const block = wanted === '' ? (this.#publicBlock(0) ?? []) : [];
    const tags = [0x02, serial.length, ...serial, 0x11, 0x04, ...u32(this.clockSeconds), ...block];
    return Uint8Array.of(0x95, tags.length, ...tags);
  }

  #publicBlock(profile: number): Uint8Array | undefined {
    const found = this.#profiles[profile];
    if (!found) {
      return undefined;
    }
    const title = new Uint8Array(16);
    title.set(found.title);
    const algorithm = found.hash === 'sha1' ? 1 : 2;
    const times = [...u32(this.clockSeconds), ...u32(found.setAt)];
    const last = [algorithm, found.stepSeconds, found.digits, found.seed.length > 0 ? 1 : 0];
    return Uint8Array.of(0x70, 0x1d, 0x20, ...title, ...times, ...last);
  }

  #getChallenge(): Uint8Array {
    this.#authenticated = false;
    this.#challenge = Uint8Array.from((this.#options.challenge ?? (() => randomBytes(8)))());
    return this.#faults.shortChallenge ? this.#challenge.subarray(0, 7) : this.#challenge;
  }

  #authenticate(body: Uint8Array): number {
    if (this.#tries === 0) {
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
    if (Buffer.compare(decryptWith(this.#key, body), expected) === 0) {
      this.#authenticated = true;
      this.#tries = TRIES;
      return OK;
    }
    this.#tries--;
    return 0x63c0 | this.#tries;
  }

  #deleteSeed(profile: number): number {
    const found = this.#profiles[profile];
    if (!found) {
      return WRONG_PARAMETERS;
    }
    if (!this.#authenticated) {
      return NOT_AUTHENTICATED;
    }
    if (found.seed.length === 0) {
      return NO_SUCH_DATA;
    }
    this.#profiles[profile] = { ...found, seed: new Uint8Array() };
    return OK;
  }

  #factoryReset(): number {
    this.#pending = () => {
      this.#profiles.splice(0, this.#profiles.length, ...this.#factoryProfiles());
      this.#key = keyOf(DEFAULT_CUSTOMER_KEY);
      this.#tries = TRIES;
      this.#endSession();
    };
    return WAITS_FOR_BUTTON;
  }

  #lockScreen(body: Uint8Array): number {
    const isUnlock = body.length === 1 && body[0] === 1;
    if (!isUnlock && body.length > 0) {
      return WRONG_DATA;
    }
    if (!this.#authenticated) {
      return NOT_AUTHENTICATED;
    }
    this.#screenLocked = !isUnlock;
    return OK;
  }

  /** Checks the MAC of a command of class 84, then the authentication, then runs it. */
  #secured(command: Uint8Array): number {
    const [, ins = 0, p1 = 0, p2 = 0] = command;
    const body = command.subarray(5);
    if (body.length < MAC_LENGTH) {
      return WRONG_LENGTH;
    }
    const data = body.subarray(0, -MAC_LENGTH);
    const code = macWith(this.#key, Uint8Array.of(0x80, ins, p1, p2, data.length, ...data));
    if (Buffer.compare(body.subarray(-MAC_LENGTH), code) !== 0) {
      return REFUSED;
    }
    if (!this.#authenticated) {
      return NOT_AUTHENTICATED;
    }
    switch ((ins << 8) | p1) {
      case 0xd401:
        return this.#profiles[p2] ? this.#configure(p2, data) : WRONG_PARAMETERS;
      case 0xc501:
        return this.#profiles[p2] ? this.#writeSeed(p2, data) : WRONG_PARAMETERS;
      case 0xd500:
        return this.#profiles[p2] ? this.#writeTitle(p2, data) : WRONG_PARAMETERS;
      case 0xd700:
        return p2 === 0 ? this.#setCustomerKey(data) : WRONG_PARAMETERS;
      default:
        return UNKNOWN_INSTRUCTION;
    }
  }

  #configure(profile: number, data: Uint8Array): number {
    const hex = Buffer.from(data).toString('hex');
    const clockOnly = /^81060f04(........)$/.exec(hex);
    if (clockOnly) {
      this.#setClock(profile, Number.parseInt(clockOnly[1] ?? '', 16));
      return OK;
    }
    const form = /^81141f01(..)0f04(........)86090a01(..)0b01(..)0d01(..)$/.exec(hex);
    const [display = 0, time, hmac, digits = 0, step = 0] = (form ?? [])
      .slice(1)
      .map((field) => Number.parseInt(field, 16));
    if (time === undefined || display > 3 || (hmac !== 1 && hmac !== 2)) {
      return WRONG_DATA;
    }
    if (![4, 6, 8, 10].includes(digits) || ![30, 60].includes(step)) {
      return WRONG_DATA;
    }
    const hash = hmac === 1 ? 'sha1' : 'sha256';
    this.#change(profile, { hash, digits, stepSeconds: step });
    this.#setClock(profile, time);
    return OK;
  }

  #setClock(profile: number, time: number): void {
    this.#change(profile, { setAt: time });
    if (!this.#faults.clockStuck) {
      this.#clock = { token: time, world: this.#worldSeconds() };
    }
  }

  #writeSeed(profile: number, data: Uint8Array): number {
    const plain = this.#blocks(data);
    if (plain === undefined) {
      return WRONG_DATA;
    }
    // The specification's order to empty a profile: zeros, without the 80.
    const seed = plain.every((byte) => byte === 0) ? new Uint8Array() : withoutPadding(plain);
    if (!seed || seed.length > 63 || (seed.length === 0 && plain.includes(0x80))) {
      return WRONG_DATA;
    }
    if (this.isFilled(profile)) {
      this.overwritten.push({ profile, wasRead: this.#read.has(profile) });
    }
    const { flipSeedBit } = this.#faults;
    if (flipSeedBit !== undefined && flipSeedBit !== false) {
      const bit = flipSeedBit === true ? 7 : flipSeedBit;
      seed[bit >> 3] = (seed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
    }
    this.#change(profile, { seed });
    return OK;
  }

  #writeTitle(profile: number, data: Uint8Array): number {
    const plain = this.#blocks(data);
    const title = plain?.length === 16 ? withoutPadding(plain) : undefined;
    if (!title || title.length < 1 || title.length > 12) {
      return WRONG_DATA;
    }
    if (!this.#faults.titleLost) {
      this.#change(profile, { title });
    }
    return OK;
  }

  #setCustomerKey(data: Uint8Array): number {
    const plain = this.#blocks(data);
    if (plain?.length !== 32 || plain[0] !== 0 || plain[17] !== 0x80) {
      return WRONG_DATA;
    }
    if (plain.subarray(18).some((byte) => byte !== 0)) {
      return WRONG_DATA;
    }
    const key = plain.slice(1, 17);
    this.#pending = () => {
      this.#key = key;
      this.#endSession();
    };
    return WAITS_FOR_BUTTON;
  }

  #blocks(data: Uint8Array): Uint8Array | undefined {
    return data.length === 0 || data.length % 16 !== 0 ? undefined : decryptWith(this.#key, data);
  }

  #change(profile: number, change: Partial<Profile>): void {
    const found = this.#profiles[profile];
    if (found) {
      this.#profiles[profile] = { ...found, ...change };
    }
  }

  /** Profile 0 comes filled; its seed is on a card in the box. */
  #factoryProfiles(): Profile[] {
    const empty = { hash: 'sha1', stepSeconds: 30, digits: 6, setAt: 0 } as const;
    return Array.from({ length: this.#options.profiles ?? 100 }, (_, profile) =>
      profile === 0
        ? { ...empty, title: Buffer.from('Token2', 'ascii'), seed: Buffer.alloc(20, 0x42) }
        : { ...empty, title: new Uint8Array(), seed: new Uint8Array() },
    );
  }

  #endSession(): void {
    this.#challenge = undefined;
    this.#authenticated = false;
    this.#read.clear();
  }

  #worldSeconds(): number {
    return this.#options.clock() / 1000;
  }

  /** RFC 6238 */
  #code({ seed, hash, stepSeconds, digits }: Profile): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(this.clockSeconds / stepSeconds)));
    const digest = createHmac(hash, seed).update(counter).digest();
    const offset = (digest.at(-1) ?? 0) & 0x0f;
    return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits).padStart(digits, '0');
  }
}

interface PlainCommand {
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly body: Uint8Array;
}

function keyOf(customerKey: Uint8Array): Uint8Array {
  return createHash('sha1').update(customerKey).digest().subarray(0, 16);
}

function u32(value: number): readonly number[] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
