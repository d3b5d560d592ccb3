/**
 * A software model of a security key with an OATH applet, written from the published YKOATH protocol
 * (developers.yubico.com/OATH/YKOATH_Protocol.html) and strict: tags, lengths and their order must be right.
 *
 * It has a touch button, no clock and no display, and shares no builder with the driver under test.
 */
import { createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { contactlessAtr, type Reaction, type VirtualCard } from './virtual-card';
import { answerOf, fieldsOf, tlv } from './ykoath-fields';

const OATH = 'A0000005272101';
const MANAGEMENT = 'A000000527471117';
const FIDO = 'A0000006472F0001';
const NDEF = 'D2760000850101';

const OK = 0x9000;
const WRONG_LENGTH = 0x6700;
const LOCKED = 0x6982;
const NO_SUCH_OBJECT = 0x6984;
const NOT_SATISFIED = 0x6985;
const WRONG_DATA = 0x6a80;
const NO_APPLET = 0x6a82;
const FULL = 0x6a84;
const WRONG_PARAMETERS = 0x6b00;
const UNKNOWN_INSTRUCTION = 0x6d00;
const UNKNOWN_CLASS = 0x6e00;

/** These need no password. */
const OPEN_INSTRUCTIONS = [0x04, 0xa3];
const TOUCH_TIMEOUT_MS = 15_000;
const TOTP_SHA1 = 0x21;
const HASHES = { 1: 'sha1', 2: 'sha256', 3: 'sha512' } as const;
const NDEF_FILE = Buffer.concat([
  Buffer.of(0, 0x22, 0xd1, 0x01, 0x1e, 0x55, 0x04),
  Buffer.from('www.yubico.com/getting-started', 'ascii'),
]);

type Version = readonly [major: number, minor: number, patch: number];

export interface VirtualKeyOptions {
  /** The serial printed on it. @default 12345678 */
  readonly serial?: number;
  /** @default [5, 4, 3] */
  readonly version?: Version;
  /** `trussed`: neither a management applet nor a password. @default yubico */
  readonly maker?: 'yubico' | 'trussed';
  /** @default usb, where a touch must be given; over NFC the tap is one */
  readonly connection?: 'usb' | 'nfc';
  /** @default none */
  readonly password?: string;
  /** The id of the applet, and the salt of its password. @default 0102030405060708 */
  readonly id?: Uint8Array;
  /** @default 8 random bytes at each SELECT */
  readonly challenge?: () => Uint8Array;
  /** `fido`: a key without OATH. `restricted`: NFC as it comes from the factory. @default oath */
  readonly applets?: 'oath' | 'fido' | 'restricted';
  /** @default 64 since firmware 5.7, 32 before */
  readonly capacity?: number;
  /** TOTP credentials of six digits that it holds already. */
  readonly credentials?: readonly {
    readonly name: string;
    readonly secret: Uint8Array;
    /** @default false */
    readonly needsTouch?: boolean;
  }[];
  /** Resolves when the key no longer waits for a touch. @default after 15 seconds */
  readonly touchTimeout?: (signal: AbortSignal) => Promise<unknown>;
}

/** Planned faults. Commands are counted from the call of `fail`; the first is 1. */
interface KeyFaults {
  /** Does not answer from this command on, until it is taken off the reader. */
  readonly muteAt?: number;
  /** Leaves the reader at this command: before it, after it, or in the middle of a PUT. */
  readonly pull?: { readonly at: number; readonly effect: 'lost' | 'done' | 'torn' };
  /** A torn PUT leaves a credential that cannot be computed, or one with a wrong secret. @default refuses */
  readonly torn?: 'refuses' | 'wrong-code';
  /** Stores this bit of the next secrets flipped, counted from 0. */
  readonly flipSecretBit?: number;
  /** Accepts any password, but does not know it. */
  readonly impostor?: boolean;
}

interface Entry {
  readonly name: Uint8Array;
  /** Type in the upper half, hash in the lower. */
  readonly type: number;
  readonly digits: number;
  readonly secret: Uint8Array;
  readonly needsTouch: boolean;
  readonly onlyIncreasing: boolean;
  readonly isDamaged: boolean;
  /** The moving factor of HOTP, or the last challenge. */
  counter: bigint;
}

export class VirtualYkOath implements VirtualCard {
  public readonly atr = contactlessAtr(Buffer.from('80730021C057597562694B6579', 'hex'));
  /** Headers (CLA INS P1 P2 Lc) of all received commands as hex; never bodies. */
  public readonly received: string[] = [];

  readonly #options: VirtualKeyOptions;
  readonly #version: Version;
  readonly #entries = new Map<string, Entry>();
  #key: Uint8Array | undefined;
  #selected = '';
  #challenge = new Uint8Array();
  #authenticated = false;
  #rest: Uint8Array = new Uint8Array();
  #touched: ((isTouched: boolean) => void) | undefined;
  #faults: KeyFaults = {};
  #commandsSinceFault = 0;
  #muted = false;

  public constructor(options: VirtualKeyOptions = {}) {
    this.#options = options;
    this.#version = options.version ?? [5, 4, 3];
    if (options.password !== undefined) {
      this.#key = pbkdf2Sync(options.password, this.#id, 1000, 16, 'sha1');
    }
    for (const { name, secret, needsTouch = false } of options.credentials ?? []) {
      const entry = {
        type: TOTP_SHA1,
        digits: 6,
        needsTouch,
        onlyIncreasing: false,
        isDamaged: false,
      };
      const bytes = Buffer.from(name);
      this.#entries.set(keyOf(bytes), {
        ...entry,
        name: bytes,
        secret: Uint8Array.from(secret),
        counter: 0n,
      });
    }
  }

  // --- for a person and for tests ---

  /** The serial printed on it, or the id by which a key without one is known. */
  public get serial(): string {
    return this.#isYubiKey
      ? String(this.#options.serial ?? 12345678)
      : Buffer.from(this.#id).toString('hex').toUpperCase();
  }

  public get isWaitingForTouch(): boolean {
    return this.#touched !== undefined;
  }

  /** Touches the button; it has an effect only while the key waits. */
  public touch(): void {
    this.#touched?.(true);
  }

  public get names(): readonly string[] {
    return [...this.#entries.values()].map(({ name }) => Buffer.from(name).toString());
  }

  public holds(name: string, secret: Uint8Array): boolean {
    const entry = this.#entries.get(keyOf(Buffer.from(name)));
    return entry !== undefined && !entry.isDamaged && Buffer.compare(entry.secret, secret) === 0;
  }

  /** Reads a code as an authenticator on another machine shows it. @throws Error for a name that it does not hold */
  public readCode(name: string, counter: number): string {
    const entry = this.#entries.get(keyOf(Buffer.from(name)));
    if (entry === undefined || entry.isDamaged) {
      throw new Error(`the key holds no ${name}`);
    }
    const truncated = Buffer.from(responseOf(entry, BigInt(counter), true)).readUInt32BE(3);
    return String(truncated % 10 ** entry.digits).padStart(entry.digits, '0');
  }

  /** Plans faults from now on; `{}` for none. */
  public fail(faults: KeyFaults): void {
    this.#faults = faults;
    this.#commandsSinceFault = 0;
    this.#muted = false;
  }

  // --- the reader ---

  public enterField(): void {
    this.#endSession();
  }

  public leaveField(): void {
    this.#endSession();
    this.#muted = false;
    if (this.#faults.muteAt !== undefined) {
      this.#faults = {};
    }
    this.#touched?.(false);
  }

  public receive(command: Uint8Array): Reaction | Promise<Reaction> {
    this.#commandsSinceFault++;
    this.received.push(Buffer.from(command.subarray(0, 5)).toString('hex').toUpperCase());
    const { muteAt, pull, torn = 'refuses' } = this.#faults;
    this.#muted ||= muteAt !== undefined && this.#commandsSinceFault >= muteAt;
    if (this.#muted) {
      return 'mute';
    }
    if (pull?.at !== this.#commandsSinceFault) {
      return this.#answer(command);
    }
    if (pull.effect !== 'lost') {
      void this.#answer(command, pull.effect === 'torn' ? torn : undefined);
    }
    return 'gone';
  }

  #answer(command: Uint8Array, torn?: KeyFaults['torn']): Uint8Array | Promise<Uint8Array> {
    const answer = this.#dispatch(command, torn);
    return answer instanceof Promise ? answer.then((each) => this.#inParts(each)) : this.#inParts(answer);
  }

  /** Splits data that is longer than an answer; SEND REMAINING fetches the rest. */
  #inParts(answer: number | Uint8Array): Uint8Array {
    this.#rest = new Uint8Array();
    if (typeof answer === 'number' || answer.length <= 255) {
      return answerOf(answer);
    }
    this.#rest = answer.subarray(255);
    return Uint8Array.of(...answer.subarray(0, 255), 0x61, Math.min(this.#rest.length, 255));
  }

  /** Runs a command. @returns a status word, or data for status 9000 */
  #dispatch(
    command: Uint8Array,
    torn: KeyFaults['torn'],
  ): number | Uint8Array | Promise<number | Uint8Array> {
    const [cla, ins, p1, p2, length = 0] = command;
    if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) {
      return WRONG_LENGTH;
    }
    if (cla !== 0x00) {
      return UNKNOWN_CLASS;
    }
    // Four bytes, an Le alone, or Lc and body, which an Le may follow.
    const body = command.length <= 5 ? new Uint8Array() : command.subarray(5, 5 + length);
    if (command.length > 5 && (body.length !== length || length === 0 || command.length > 6 + length)) {
      return WRONG_LENGTH;
    }
    const parameters = (p1 << 8) | p2;
    if (ins === 0xa4 && p1 === 0x04) {
      return p2 === 0 ? this.#select(Buffer.from(body).toString('hex').toUpperCase()) : WRONG_PARAMETERS;
    }
    switch (this.#selected) {
      case MANAGEMENT:
        return ins === 0x1d && parameters === 0 ? this.#configuration() : UNKNOWN_INSTRUCTION;
      case NDEF:
        return this.#ndef(ins, parameters, body);
      case OATH:
        return this.#oath(ins, parameters, body, torn);
      default:
        return UNKNOWN_INSTRUCTION;
    }
  }

  #select(aid: string): number | Uint8Array {
    this.#endSession();
    if (!this.#applets.includes(aid)) {
      return NO_APPLET;
    }
    this.#selected = aid;
    switch (aid) {
      case OATH:
        return this.#selectOath();
      case MANAGEMENT:
        return Buffer.from(`Virtual mgr - FW version ${this.#version.join('.')}`, 'ascii');
      case FIDO:
        return Buffer.from('FIDO_2_0', 'ascii');
      default:
        return OK;
    }
  }

  get #applets(): readonly string[] {
    const { applets = 'oath' } = this.#options;
    if (applets === 'restricted') {
      return [NDEF];
    }
    return [FIDO, ...(this.#isYubiKey ? [MANAGEMENT] : []), ...(applets === 'oath' ? [OATH] : [])];
  }

  #selectOath(): Uint8Array {
    const applet = [...tlv(0x79, this.#version), ...tlv(0x71, this.#id)];
    if (!this.#key) {
      return Uint8Array.from(applet);
    }
    this.#challenge = Uint8Array.from((this.#options.challenge ?? (() => randomBytes(8)))());
    return Uint8Array.of(...applet, ...tlv(0x74, this.#challenge), ...tlv(0x7b, [0x01]));
  }

  #configuration(): Uint8Array {
    const serial = Buffer.alloc(4);
    serial.writeUInt32BE(this.#options.serial ?? 12345678);
    const fields = [...tlv(0x01, [0x02, 0x3f]), ...tlv(0x02, serial), ...tlv(0x05, this.#version)];
    return Uint8Array.of(fields.length, ...fields);
  }

  #ndef(ins: number, parameters: number, body: Uint8Array): number | Uint8Array {
    if (ins === 0xa4 && parameters === 0x000c) {
      return Buffer.from(body).toString('hex') === 'e104' ? OK : NO_APPLET;
    }
    return ins === 0xb0 && parameters === 0 ? NDEF_FILE : UNKNOWN_INSTRUCTION;
  }

  #oath(ins: number, parameters: number, body: Uint8Array, torn: KeyFaults['torn']) {
    if (this.#key && !this.#authenticated && !OPEN_INSTRUCTIONS.includes(ins)) {
      return LOCKED;
    }
    const expected = ins === 0x04 ? [0xdead] : ins === 0xa2 ? [0, 1] : [0];
    if (!expected.includes(parameters)) {
      return WRONG_PARAMETERS;
    }
    switch (ins) {
      case 0x01:
        return this.#put(body, torn);
      case 0x02:
        return this.#delete(body);
      case 0x03:
        return this.#isYubiKey ? this.#setCode(body) : UNKNOWN_INSTRUCTION;
      case 0x04:
        this.#entries.clear();
        this.#key = undefined;
        return OK;
      case 0x05:
        return this.#isAtLeast([5, 3, 1]) ? this.#rename(body) : UNKNOWN_INSTRUCTION;
      case 0xa1:
        return body.length === 0 ? this.#list() : WRONG_DATA;
      case 0xa2:
        return this.#calculate(body, parameters === 1);
      case 0xa3:
        return this.#isYubiKey ? this.#validate(body) : UNKNOWN_INSTRUCTION;
      case 0xa5:
        return this.#rest.length > 0 ? this.#rest : NOT_SATISFIED;
      default:
        return UNKNOWN_INSTRUCTION;
    }
  }

  /** 71 name, 73 (type, digits, secret), then a property (78 and one byte, no length) and 7A (counter), if any */
  #put(body: Uint8Array, torn: KeyFaults['torn']): number {
    const [nameLength = 0, keyLength = 0] = [body[1], body[3 + (body[1] ?? 0)]];
    const end = 4 + nameLength + keyLength;
    const fields = fieldsOf(body.subarray(0, end), [0x71, 0x73]);
    const [name, key] = fields ?? [];
    const [type = 0, digits = 0] = key ?? [];
    const secret = Uint8Array.from(key?.subarray(2) ?? []);
    const extras = extrasOf(body.subarray(end), type >> 4 === 1);
    if (!name || !extras || !isName(name) || !this.#isKind(type) || digits < 6 || digits > 8) {
      return WRONG_DATA;
    }
    if (secret.length < 14 || secret.length > ((type & 0x0f) === 3 ? 128 : 64)) {
      return WRONG_DATA;
    }
    if ((extras.properties & 0x02) !== 0 && !this.#isAtLeast([4, 2, 4])) {
      return WRONG_DATA;
    }
    if (!this.#entries.has(keyOf(name)) && this.#entries.size >= this.#capacity) {
      return FULL;
    }
    const { flipSecretBit = torn === 'wrong-code' ? 8 : undefined } = this.#faults;
    if (flipSecretBit !== undefined) {
      secret[flipSecretBit >> 3] = (secret[flipSecretBit >> 3] ?? 0) ^ (0x80 >> (flipSecretBit & 7));
    }
    this.#entries.set(keyOf(name), {
      name: Uint8Array.from(name),
      type,
      digits,
      secret,
      needsTouch: (extras.properties & 0x02) !== 0,
      onlyIncreasing: (extras.properties & 0x01) !== 0,
      isDamaged: torn === 'refuses',
      counter: extras.counter,
    });
    return OK;
  }

  #delete(body: Uint8Array): number {
    const [name] = fieldsOf(body, [0x71]) ?? [];
    if (!name || !isName(name)) {
      return WRONG_DATA;
    }
    return this.#entries.delete(keyOf(name)) ? OK : NO_SUCH_OBJECT;
  }

  #rename(body: Uint8Array): number {
    const [name, newName] = fieldsOf(body, [0x71, 0x71]) ?? [];
    if (!name || !newName || !isName(newName) || this.#entries.has(keyOf(newName))) {
      return WRONG_DATA;
    }
    const entry = this.#entries.get(keyOf(name));
    if (!entry) {
      return NO_SUCH_OBJECT;
    }
    this.#entries.delete(keyOf(name));
    this.#entries.set(keyOf(newName), { ...entry, name: Uint8Array.from(newName) });
    return OK;
  }

  #list(): Uint8Array {
    return Uint8Array.from(
      [...this.#entries.values()].flatMap(({ name, type }) => tlv(0x72, [type, ...name])),
    );
  }

  #calculate(body: Uint8Array, truncate: boolean): number | Uint8Array | Promise<number | Uint8Array> {
    const [name, challenge] = fieldsOf(body, [0x71, 0x74]) ?? [];
    if (!name || !challenge) {
      return WRONG_DATA;
    }
    const entry = this.#entries.get(keyOf(name));
    if (!entry || entry.isDamaged) {
      return NO_SUCH_OBJECT;
    }
    const isTotp = entry.type >> 4 === 2;
    if (isTotp && challenge.length !== 8) {
      return WRONG_DATA;
    }
    const counter = isTotp ? Buffer.from(challenge).readBigUInt64BE() : entry.counter;
    if (isTotp && entry.onlyIncreasing && counter <= entry.counter) {
      return NOT_SATISFIED;
    }
    if (!entry.needsTouch || this.#options.connection === 'nfc') {
      return responseOf(entry, counter, truncate);
    }
    return this.#untilTouched().then((isTouched) =>
      isTouched ? responseOf(entry, counter, truncate) : LOCKED,
    );
  }

  async #untilTouched(): Promise<boolean> {
    const timeout = new AbortController();
    const { touchTimeout = (signal) => sleep(TOUCH_TIMEOUT_MS, undefined, { signal, ref: false }) } =
      this.#options;
    try {
      return await Promise.race([
        new Promise<boolean>((resolve) => {
          this.#touched = resolve;
        }),
        touchTimeout(timeout.signal).then(
          () => false,
          () => false,
        ),
      ]);
    } finally {
      this.#touched = undefined;
      timeout.abort();
    }
  }

  /** 73 (type, key) 74 challenge 75 HMAC(key, challenge) sets a password; 73 00 clears it */
  #setCode(body: Uint8Array): number {
    if (Buffer.from(body).toString('hex') === '7300') {
      this.#key = undefined;
      return OK;
    }
    const [key, challenge, response] = fieldsOf(body, [0x73, 0x74, 0x75]) ?? [];
    if (key?.length !== 17 || key[0] !== 0x21 || !challenge || !response) {
      return WRONG_DATA;
    }
    if (Buffer.compare(response, hmac(key.subarray(1), challenge)) !== 0) {
      return WRONG_DATA;
    }
    this.#key = Uint8Array.from(key.subarray(1));
    this.#authenticated = false;
    return OK;
  }

  #validate(body: Uint8Array): number | Uint8Array {
    const [response, challenge] = fieldsOf(body, [0x75, 0x74]) ?? [];
    if (!this.#key) {
      return NO_SUCH_OBJECT;
    }
    if (!response || !challenge) {
      return WRONG_DATA;
    }
    if (this.#faults.impostor) {
      this.#authenticated = true;
      return Uint8Array.from(tlv(0x75, randomBytes(20)));
    }
    if (Buffer.compare(response, hmac(this.#key, this.#challenge)) !== 0) {
      return WRONG_DATA;
    }
    this.#authenticated = true;
    return Uint8Array.from(tlv(0x75, hmac(this.#key, challenge)));
  }

  #endSession(): void {
    this.#selected = '';
    this.#authenticated = false;
    this.#rest = new Uint8Array();
  }

  get #isYubiKey(): boolean {
    return this.#options.maker !== 'trussed';
  }

  get #id(): Uint8Array {
    return this.#options.id ?? Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  }

  get #capacity(): number {
    return this.#options.capacity ?? (this.#isAtLeast([5, 7, 0]) ? 64 : 32);
  }

  #isKind(type: number): boolean {
    const hash = type & 0x0f;
    const isHashKnown = hash === 1 || hash === 2 || (hash === 3 && this.#isAtLeast([4, 3, 1]));
    return isHashKnown && (type >> 4 === 1 || type >> 4 === 2);
  }

  #isAtLeast(least: Version): boolean {
    const different = least.findIndex((number, i) => this.#version[i] !== number);
    return different < 0 || (this.#version[different] ?? 0) > (least[different] ?? 0);
  }
}

function keyOf(name: Uint8Array): string {
  return Buffer.from(name).toString('hex');
}

function isName(name: Uint8Array): boolean {
  return name.length >= 1 && name.length <= 64;
}

/** Parses what may follow the secret in PUT; undefined if anything else follows. */
function extrasOf(bytes: Uint8Array, isHotp: boolean): { properties: number; counter: bigint } | undefined {
  const hex = Buffer.from(bytes).toString('hex');
  const [, properties = '00', counter = '00000000'] = /^(?:78(0[0-3]))?(?:7a04(.{8}))?$/.exec(hex) ?? [
    '',
    '',
  ];
  const isWrong = !/^(?:78(0[0-3]))?(?:7a04(.{8}))?$/.test(hex) || (!isHotp && /7a04.{8}$/.test(hex));
  return isWrong
    ? undefined
    : { properties: Number.parseInt(properties || '0', 16), counter: BigInt(`0x${counter}`) };
}

function responseOf(entry: Entry, counter: bigint, truncate: boolean): Uint8Array {
  const { type, secret, digits, onlyIncreasing } = entry;
  if (type >> 4 === 1) {
    entry.counter = counter + 1n;
  } else if (onlyIncreasing) {
    entry.counter = counter;
  }
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(counter);
  const hash = HASHES[(type & 0x0f) as keyof typeof HASHES];
  const mac = createHmac(hash, secret).update(message).digest();
  if (!truncate) {
    return Uint8Array.from(tlv(0x75, [digits, ...mac]));
  }
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  const [first = 0, ...others] = mac.subarray(offset, offset + 4);
  return Uint8Array.from(tlv(0x76, [digits, first & 0x7f, ...others]));
}

function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  return createHmac('sha1', key).update(message).digest();
}
