/** The tokens of a world: one face for every kind, so that the invariants need not know which is which. */
import { formatPlace, type Place, parsePlace } from '../../lib/record/place';
import type { TokenType } from '../../lib/record/record';
import { PrintedFob } from '../tokens/printed-fob';
import { VirtualMolto2 } from '../tokens/token2-molto2';
import { VirtualToken2Single, type VirtualTokenOptions } from '../tokens/token2-single';
import type { VirtualCard } from '../tokens/virtual-card';
import { VirtualYkOath } from '../tokens/ykoath';

/** One place that holds a seed: a token, or one profile of it. */
export interface WorldToken {
  readonly serial: string;
  /** The serial, with the profile if it has one. */
  readonly place: string;
  /** The card that a reader sees; absent if no reader reads it. */
  readonly card: VirtualCard | undefined;
  /** Of a key without a clock: that of whoever asks it. */
  readonly clockSeconds: number;
  /** The number of commands that were to change what it holds. */
  readonly writes: number;
  /** Everything on it that none of our devices needs, as it is now. */
  readonly foreign: string;
  holds(seed: Uint8Array): boolean;
  /** Switches it on, if that is needed before a reader sees it. */
  wake(): void;
  /** Reads the code that a person sees. */
  readCode(): string;
}

/** A single-profile token, which a test may also make fail. */
export class WorldSingle extends VirtualToken2Single implements WorldToken {
  public readonly card = this;
  public readonly place: string;
  public readonly foreign = '';

  public constructor(options: VirtualTokenOptions) {
    super(options);
    this.place = options.serial;
  }

  public get writes(): number {
    return countOf(this.received, '84');
  }

  public wake(): void {
    if (!this.isOn) {
      this.press();
    }
  }
}

/** The seed that a Molto2 comes with, on its profile 0. */
const FACTORY_SEED = Buffer.alloc(20, 0x42);

/** The profile of a Molto2 that belongs to somebody else. */
const THEIRS = { profile: 6, title: 'payroll', seed: Buffer.alloc(32, 0x17) } as const;

/** One profile of a Molto2 that also has a seed of its maker and one of somebody else. */
class WorldProfile implements WorldToken {
  public readonly serial: string;
  public readonly place: string;
  readonly #profile: number;

  public constructor(
    public readonly card: VirtualMolto2,
    { serial, profile = 0 }: Place,
  ) {
    this.serial = serial;
    this.place = formatPlace({ serial, profile });
    this.#profile = profile;
  }

  public get clockSeconds(): number {
    return this.card.clockSeconds;
  }

  public get writes(): number {
    return countOf(this.card.received, '84') + countOf(this.card.received, '80E6');
  }

  public get foreign(): string {
    const { profile, title, seed } = THEIRS;
    return JSON.stringify([
      this.card.filled.filter((each) => each !== this.#profile),
      [this.card.holds(0, FACTORY_SEED), this.card.title(0)],
      [this.card.holds(profile, seed), this.card.title(profile) === title],
    ]);
  }

  public holds(seed: Uint8Array): boolean {
    return this.card.holds(this.#profile, seed);
  }

  public wake(): void {}

  public readCode(): string {
    return this.card.readCode(this.#profile) ?? '';
  }
}

/** A credential of somebody else, on every key of a world. */
const THEIR_CREDENTIAL = { name: 'Elsewhere:alice', secret: Buffer.alloc(20, 0x33) } as const;

/** An OATH key, whose codes nobody types while it is on a reader. */
class WorldKey implements WorldToken {
  public constructor(
    public readonly card: VirtualYkOath,
    private readonly label: string,
    private readonly clock: () => number,
  ) {}

  public get serial(): string {
    return this.card.serial;
  }

  public get place(): string {
    return this.serial;
  }

  public get clockSeconds(): number {
    return Math.floor(this.clock() / 1000);
  }

  public get writes(): number {
    // PUT, DELETE, SET CODE, RESET and RENAME of the OATH applet; 04 is RESET, A4 SELECT.
    return ['0001', '0002', '0003', '0004', '0005'].reduce(
      (sum, header) => sum + countOf(this.card.received, header),
      0,
    );
  }

  public get foreign(): string {
    const { name, secret } = THEIR_CREDENTIAL;
    return JSON.stringify([
      this.card.names.filter((each) => each !== this.label),
      this.card.holds(name, secret),
    ]);
  }

  public holds(seed: Uint8Array): boolean {
    return this.card.holds(this.label, seed);
  }

  public wake(): void {}

  /** With an authenticator, since the key has no display; of a key without the credential that shows nothing to type. */
  public readCode(): string {
    return this.card.names.includes(this.label)
      ? this.card.readCode(this.label, Math.floor(this.clockSeconds / 30))
      : '';
  }
}

/** A hardware TOTP token: a person reads it, and nobody writes to it. */
class WorldFob implements WorldToken {
  public readonly card = undefined;
  public readonly writes = 0;
  public readonly foreign = '';

  public constructor(
    private readonly fob: PrintedFob,
    private readonly seed: Uint8Array,
    private readonly clock: () => number,
  ) {}

  public get serial(): string {
    return this.fob.serial;
  }

  public get place(): string {
    return this.serial;
  }

  public get clockSeconds(): number {
    return Math.floor(this.clock() / 1000);
  }

  public holds(seed: Uint8Array): boolean {
    return Buffer.compare(this.seed, seed) === 0;
  }

  public wake(): void {}

  public readCode(): string {
    return this.fob.readCode();
  }
}

/** A security key: nobody reads a code of it, and only a browser talks to it. */
class WorldSecurityKey implements WorldToken {
  public readonly card = undefined;
  public readonly writes = 0;
  public readonly foreign = '';

  public constructor(
    public readonly serial: string,
    private readonly clock: () => number,
  ) {}

  public get place(): string {
    return this.serial;
  }

  public get clockSeconds(): number {
    return Math.floor(this.clock() / 1000);
  }

  /** AWS has no seed of it. */
  public holds(seed: Uint8Array): boolean {
    return seed.length === 0;
  }

  public wake(): void {}

  public readCode(): string {
    throw new Error('a security key has no display');
  }
}

/** Everything that a token is made of. */
interface TokenParts {
  readonly type: TokenType;
  /** Unix milliseconds. */
  readonly clock: () => number;
  /** Its name on an OATH key. */
  readonly label: string;
  /** The seed that it has from an enrollment before. */
  readonly seed?: Uint8Array;
  readonly clockOffsetSeconds?: number;
}

/** Makes the token of a place, written as `SERIAL` or `SERIAL+07`. */
export function makeToken(text: string, { type, clock, label, seed, ...more }: TokenParts): WorldToken {
  const place = parsePlace(text) ?? { serial: text };
  const { serial, profile = 0 } = place;
  switch (type) {
    case 'molto2': {
      const own = seed === undefined ? [] : [{ profile, title: label.slice(0, 12), seed }];
      return new WorldProfile(new VirtualMolto2({ serial, clock, filled: [THEIRS, ...own], ...more }), place);
    }
    case 'oath': {
      const own = seed === undefined ? [] : [{ name: label, secret: seed }];
      const credentials = [THEIR_CREDENTIAL, ...own];
      const key = new VirtualYkOath({ serial: Number(serial), connection: 'nfc', credentials });
      return new WorldKey(key, label, clock);
    }
    case 'hardware-totp': {
      const sample = PrintedFob.sampleSeed(serial);
      function ownClock(): number {
        return clock() + (more.clockOffsetSeconds ?? 0) * 1000;
      }
      return new WorldFob(new PrintedFob({ serial, seed: sample, clock: ownClock }), sample, ownClock);
    }
    case 'fido2':
      return new WorldSecurityKey(serial, clock);
    default:
      return new WorldSingle({ serial, clock, ...(seed === undefined ? {} : { seed }), ...more });
  }
}

function countOf(headers: readonly string[], beginning: string): number {
  return headers.filter((header) => header.startsWith(beginning)).length;
}
