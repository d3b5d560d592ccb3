/**
 * Security keys with an OATH applet that follows YKOATH: YubiKey NEO, 4 and 5, Solo 2, Nitrokey 3, …
 *
 * Source: developers.yubico.com/OATH/YKOATH_Protocol.html. The key has no clock and no display: the host states the step,
 * and the key computes its code.
 *
 * Rules: a credential is written or deleted only after serial and id of the key were read again and are those that were
 * read first. PUT overwrites an equal name, so a name that nobody asked about is refused. The credentials of others are
 * never touched, and no code of theirs is ever computed.
 */
import { randomBytes } from 'node:crypto';
import type { Seed } from '../seed';
import { type Answer, formatHex, SUCCESS } from './apdu';
import {
  type BurnTarget,
  type DriverKind,
  isLostSession,
  MalformedAnswerError,
  type Occupancy,
  type Resumed,
  StatusWordError,
  type TokenDriver,
  TokenFullError,
  type TokenInfo,
  TokenLockedError,
  TouchError,
} from './driver';
import { CardGoneError, type CommandApdu, type Transport } from './transport';
import {
  type Credential,
  collect,
  type OathApplet,
  parseCalculate,
  parseList,
  parseValidate,
} from './ykoath-answers';
import { type Identity, infoOf, readIdentity, refuseRestrictedKey } from './ykoath-identity';
import { oathRefusal, STATUS } from './ykoath-status-words';
import {
  accessKey,
  calculateCommand,
  DIGITS,
  deleteCommand,
  hmacSha1,
  listCommand,
  MAX_SECRET_BYTES,
  putCommand,
  refuseSecretLength,
  selectOathCommand,
  truncatedHmac,
  untilTouched,
  validateCommand,
} from './ykoath-wire';

/** A key that computes without a touch answers long before. */
const TOUCH_NOTICE_MS = 500;
/** The step whose code proves a write: it ended in 1970, so nobody can use its code. */
const PROOF_COUNTER = 1;

export const ykoath: DriverKind = {
  type: 'oath',
  models: ['YubiKey 5', 'YubiKey 4', 'other keys with an OATH applet'],
  // PUT, SET CODE, CALCULATE, VALIDATE, SEND REMAINING: secrets, codes, and proofs of the password. CALCULATE ALL has the
  // instruction of SELECT, and is never sent.
  withheldInstructions: new Set([0x01, 0x03, 0xa2, 0xa3, 0xa5]),
  mayBe: ({ reader }) => !/molto/i.test(reader),
  probe: async (transport) => {
    const { statusWord } = await collect(transport, selectOathCommand());
    if (statusWord !== SUCCESS) {
      await refuseRestrictedKey(transport);
      return undefined;
    }
    const identity = await readIdentity(transport);
    return { driver: new YkOath(transport, identity), info: infoOf(identity) };
  },
};

/** A key on the reader. Each private method is one command, or one that needs another first. */
class YkOath implements TokenDriver {
  public readonly id = 'ykoath';
  public readonly seedCapacity = MAX_SECRET_BYTES;
  public readonly clockWipesSeed = false;
  public readonly codeSource = 'key';
  public readonly lock?: 'password';
  readonly #transport: Transport;
  readonly #identity: Identity;
  #applet: OathApplet;
  #accessKey: Uint8Array | undefined;
  /** Names that the caller knows to exist: they were reported as filled, or were written over this connection. */
  readonly #announced = new Set<string>();

  /** @param identity read over the same connection */
  public constructor(transport: Transport, identity: Identity) {
    this.#transport = transport;
    this.#identity = identity;
    this.#applet = identity.applet;
    if (identity.applet.challenge) {
      this.lock = 'password';
    }
  }

  public async info(): Promise<TokenInfo> {
    await this.#confirmIdentity();
    return infoOf(this.#identity);
  }

  public async unlock(secret: Uint8Array): Promise<void> {
    let key: Uint8Array | undefined;
    try {
      key = accessKey(secret, this.#identity.applet.id);
    } finally {
      secret.fill(0);
    }
    await this.#confirmIdentity();
    await this.#validate(key);
    this.#accessKey = key;
  }

  public forget(): void {
    this.#accessKey?.fill(0);
    this.#accessKey = undefined;
  }

  public async occupancy({ label }: BurnTarget): Promise<Occupancy> {
    // Any type: PUT would overwrite a counter-based or a damaged credential of that name as well.
    if (!(await this.#list()).some(({ name }) => name === label)) {
      return { state: 'empty' };
    }
    this.#announced.add(label);
    return { state: 'filled', label };
  }

  public async contents(): Promise<readonly { readonly label: string }[]> {
    return (await this.#list()).map(({ name }) => ({ label: name }));
  }

  /**
   * Writes the credential, and compares a code of the key with one of the seed. A credential of that name is deleted
   * first, because a torn write may have left it damaged; if nobody asked about it before, it is refused instead.
   *
   * @throws TokenFullError, TokenLockedError
   */
  public async burn(seed: Seed, { label }: BurnTarget, nowSeconds: () => number): Promise<void> {
    refuseSecretLength(seed.length);
    const remove = deleteCommand(label);
    const exists = (await this.#list()).some(({ name }) => name === label);
    if (exists && !this.#announced.has(label)) {
      throw new MalformedAnswerError('list', `it names "${label}", which the key was not known to hold`);
    }
    await this.#confirmIdentity();
    nowSeconds();
    this.#announced.add(label);
    try {
      await this.#replace(seed, label, exists ? remove : undefined);
    } catch (error) {
      if (!this.#isLostSession(error)) {
        throw error;
      }
      // Another program selected its own applet in between: the write begins again, a single time.
      await this.#confirmIdentity();
      await this.#replace(seed, label, remove);
    }
  }

  /** @param remove deletes what may be there */
  async #replace(seed: Seed, label: string, remove: CommandApdu | undefined): Promise<void> {
    if (remove) {
      await this.#delete(remove);
    }
    await this.#put(seed, label);
    await this.#prove(seed, label);
  }

  /** The key asks for the password that it accepted a moment ago, or no longer knows the commands of the applet. */
  #isLostSession(error: unknown): boolean {
    return (
      (error instanceof TokenLockedError && this.#accessKey !== undefined) ||
      isLostSession(error, { statusWords: [STATUS.unknownInstruction] })
    );
  }

  /** The key computes a code of the seed that it holds, so nothing is in doubt. */
  public async resume(seed: Seed, { label }: BurnTarget): Promise<Resumed> {
    if (!(await this.#list()).some(({ name }) => name === label)) {
      return 'not-written';
    }
    try {
      await this.#prove(seed, label);
      return 'written';
    } catch (error) {
      if (error instanceof MalformedAnswerError || error instanceof StatusWordError) {
        return 'not-written';
      }
      throw error;
    }
  }

  public async code({ label }: BurnTarget, counter: number, onTouch: () => void): Promise<string> {
    const command = untilTouched(calculateCommand(label, counter));
    // The code of a counter-based credential would use up its counter.
    const credential = (await this.#list()).find(({ name }) => name === label);
    if (!credential?.isTotp) {
      throw oathRefusal(command, STATUS.noSuchObject);
    }
    const { digits, value } = parseCalculate((await this.#touched(command, onTouch)).data);
    if (digits !== DIGITS) {
      throw new MalformedAnswerError(command.name, `a code of ${digits} digits; AWS takes ${DIGITS}`);
    }
    return String(value % 10 ** DIGITS).padStart(DIGITS, '0');
  }

  public async erase({ label }: BurnTarget): Promise<void> {
    const remove = deleteCommand(label);
    if ((await this.#list()).some(({ name }) => name === label)) {
      await this.#confirmIdentity();
      await this.#delete(remove);
    }
  }

  /**
   * Reads serial and id again and enters the password again. The applet is then selected.
   *
   * @throws CardGoneError if another key answers
   */
  async #confirmIdentity(): Promise<void> {
    const { serial, applet } = await readIdentity(this.#transport);
    const before = this.#identity;
    if (serial !== before.serial || formatHex(applet.id) !== formatHex(before.applet.id)) {
      throw new CardGoneError('read serial', {
        cause: new Error(`${before.serial} was on the reader, and now ${serial} answers`),
      });
    }
    this.#applet = applet;
    if (this.#accessKey && applet.challenge) {
      await this.#validate(this.#accessKey);
    }
  }

  /** Proves to the key that we know the password, and has the key prove the same. */
  async #validate(key: Uint8Array): Promise<void> {
    const { challenge } = this.#applet;
    if (!challenge) {
      return;
    }
    const ownChallenge = Uint8Array.from(randomBytes(8));
    const command = validateCommand(key, challenge, ownChallenge);
    const { data, statusWord } = await collect(this.#transport, command);
    if (statusWord === STATUS.wrongData || statusWord === STATUS.authenticationRequired) {
      throw new TokenLockedError('password', 'wrong');
    }
    if (statusWord !== SUCCESS) {
      throw oathRefusal(command, statusWord);
    }
    if (formatHex(parseValidate(data)) !== formatHex(hmacSha1(key, ownChallenge))) {
      throw new MalformedAnswerError(
        command.name,
        'the key accepted a password that it does not know itself',
      );
    }
  }

  async #list(): Promise<readonly Credential[]> {
    return parseList((await this.#send(listCommand())).data);
  }

  async #put(seed: Seed, label: string): Promise<void> {
    await this.#send(seed.use((bytes) => putCommand(label, bytes)));
  }

  async #delete(command: CommandApdu): Promise<void> {
    const { statusWord } = await collect(this.#transport, command);
    // A damaged credential may be listed although the key cannot find it.
    if (statusWord !== SUCCESS && statusWord !== STATUS.noSuchObject) {
      throw this.#refusal(command, statusWord);
    }
  }

  /** Compares 31 bits that the key computes from the seed with ours. */
  async #prove(seed: Seed, label: string): Promise<void> {
    const command = calculateCommand(label, PROOF_COUNTER);
    const { digits, value } = parseCalculate((await this.#send(command)).data);
    if (digits !== DIGITS || value !== seed.use((bytes) => truncatedHmac(bytes, PROOF_COUNTER))) {
      throw new MalformedAnswerError(
        command.name,
        'the key computes other codes than the seed that was written: the write was torn, or the key is defective',
      );
    }
  }

  /** Sends a command that may wait for a touch. Over NFC none is needed: the tap counts as one. */
  async #touched(command: CommandApdu, onTouch: () => void): Promise<Answer> {
    let isWaiting = false;
    const notice = setTimeout(() => {
      isWaiting = true;
      onTouch();
    }, TOUCH_NOTICE_MS);
    try {
      const answer = await collect(this.#transport, command);
      const { statusWord } = answer;
      if (
        statusWord === STATUS.conditionsNotSatisfied ||
        (statusWord === STATUS.authenticationRequired && isWaiting)
      ) {
        throw new TouchError();
      }
      if (statusWord !== SUCCESS) {
        throw this.#refusal(command, statusWord);
      }
      return answer;
    } finally {
      clearTimeout(notice);
    }
  }

  async #send(command: CommandApdu): Promise<Answer> {
    this.#refuseLocked();
    try {
      const answer = await collect(this.#transport, command);
      if (answer.statusWord !== SUCCESS) {
        throw this.#refusal(command, answer.statusWord);
      }
      return answer;
    } finally {
      if (command.secret) {
        command.bytes.fill(0);
      }
    }
  }

  #refuseLocked(): void {
    if (this.lock && !this.#accessKey) {
      throw new TokenLockedError('password', 'needed');
    }
  }

  #refusal(command: CommandApdu, statusWord: number): Error {
    if (statusWord === STATUS.authenticationRequired) {
      return new TokenLockedError('password', 'needed');
    }
    const isFull = statusWord === STATUS.full && command.name === 'put';
    return isFull ? new TokenFullError() : oathRefusal(command, statusWord);
  }
}
