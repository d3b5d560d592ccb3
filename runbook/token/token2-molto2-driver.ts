/**
 * Token2's Molto2 and Molto2v2: a USB token with a display, whose 50 or 100 profiles each hold a seed.
 *
 * Source: `token2-molto2-commands.ts`.
 *
 * Rules: a wrong authentication costs one of few tries, and without a try left the token locks itself. So nothing but a
 * write or a deletion authenticates, a refused key is never sent again, and the last try is never used. Nothing is
 * written to a profile unless its public block was read in the same connection; a filled profile is overwritten only
 * after the caller read its occupancy, and only while that is unchanged. This program never resets a token to its factory
 * state, never changes its customer key and never locks its screen.
 */
import type { Seed } from '../seed';
import { type Answer, describeBytes, exchange, exchangeOnce, refuseLostLink, SUCCESS } from './apdu';
import {
  type BurnTarget,
  isLostSession,
  type LostCommand,
  MalformedAnswerError,
  type Occupancy,
  type Resumed,
  type TokenDriver,
  type TokenInfo,
  TokenLockedError,
  WRITE_WITHIN_MS,
} from './driver';
import { CHALLENGE_BYTES } from './secure-apdu';
import { describeUnreadable, parseInfo, refuseOtherSerial } from './token2-info';
import {
  ALGORITHM_SHA1,
  authenticateCommand,
  configureCommand,
  DIGITS,
  defaultKey,
  deleteSeedCommand,
  deriveKey,
  getChallengeCommand,
  getInfoCommand,
  MAX_SEED_BYTES,
  parseTriesLeft,
  readProfileCommand,
  refuseSeed,
  refuseTitle,
  STEP_SECONDS,
  setClockCommand,
  writeSeedCommand,
  writeTitleCommand,
} from './token2-molto2-commands';
import {
  labelOf,
  occupancyOf,
  ProfileTakenError,
  type PublicBlock,
  parsePublicBlock,
  refuseOther,
} from './token2-molto2-profile';
import { EMPTY_PROFILE, isOutOfRange, LOCKED, NO_TRY_LEFT, refusal } from './token2-molto2-status-words';
import type { CommandApdu, Transport } from './transport';

export const MODEL = 'Molto2';
const MAX_PROFILES = 100;
/** The writes of a burn, in their order. */
const WRITES: readonly string[] = ['configure', 'write seed', 'write title'];
const LOST_SESSION = { statusWords: [0x6982, 0x6983], commands: WRITES };
/** Replaces the title of an erased profile, because a title cannot be empty and would name the former holder. */
const ERASED_TITLE = '-';

/** A Molto2 in its USB port. Each private method that sends something sends one command. */
export class Token2Molto2 implements TokenDriver {
  public readonly id = 'token2-molto2';
  public readonly seedCapacity = MAX_SEED_BYTES;
  public readonly clockWipesSeed = false;
  public readonly codeSource = 'person';
  readonly #transport: Transport;
  readonly #serial: string;
  #key = defaultKey();
  #authenticated = false;
  /** The refusal of a key: no key is sent until the person enters another, and none after the last but one try. */
  #refused: TokenLockedError | undefined;
  /** The occupancy of profiles as the caller was told in this connection. */
  readonly #told = new Map<number, Occupancy>();

  /** @param serial as read when the token was identified; another one in this connection is an error */
  public constructor(transport: Transport, serial: string) {
    this.#transport = transport;
    this.#serial = serial;
  }

  public async info(): Promise<TokenInfo> {
    const command = getInfoCommand();
    const { data } = await this.#send(command);
    const fields = parseInfo(data);
    if (fields === undefined) {
      throw new MalformedAnswerError(command.name, describeUnreadable(data));
    }
    refuseOtherSerial(fields.serial, this.#serial);
    return { ...fields, model: MODEL };
  }

  /**
   * Authenticates once with the token's own customer key. Call it when `burn` or `erase` said that the key is needed, or
   * before them if the key is known to be changed, which spares the try with the default key.
   */
  public async unlock(secret: Uint8Array): Promise<void> {
    const key = deriveKey(secret);
    secret.fill(0);
    if (this.#refused?.problem === 'blocked') {
      key.fill(0);
      throw this.#refused;
    }
    this.#key.fill(0);
    this.#key = key;
    this.#authenticated = false;
    await this.info();
    await this.#authenticate(await this.#challenge(), 'wrong');
  }

  public forget(): void {
    this.#key.fill(0);
    this.#authenticated = false;
    // The wiped key is a wrong one, which would cost a try.
    this.#refused ??= new TokenLockedError('customer-key', 'needed');
  }

  /** Authenticates before anything is to be written, so that a changed customer key is known in time. */
  public async authenticate(): Promise<void> {
    await this.info();
    await this.#ensureAuthenticated();
  }

  public async occupancy(target: BurnTarget): Promise<Occupancy> {
    const profile = profileOf(target);
    const occupancy = occupancyOf(await this.#readProfile(profile));
    this.#told.set(profile, occupancy);
    return occupancy;
  }

  /** Reads every profile, up to the first number that the token does not have. */
  public async contents(): Promise<readonly { readonly profile: number; readonly label: string }[]> {
    const contents: { readonly profile: number; readonly label: string }[] = [];
    for (let profile = 0; profile < MAX_PROFILES; profile++) {
      const block = await this.#tryReadProfile(profile);
      if (block === undefined) {
        break;
      }
      const occupancy = occupancyOf(block);
      this.#told.set(profile, occupancy);
      if (occupancy.state !== 'empty') {
        contents.push({ profile, label: block.title });
      }
    }
    return contents;
  }

  /**
   * Reads serial and public block, authenticates, writes configuration, seed and title, then reads block and serial back.
   *
   * @throws ProfileTakenError, TokenLockedError; nothing was written
   */
  public async burn(seed: Seed, target: BurnTarget, nowSeconds: () => number): Promise<void> {
    seed.use(refuseSeed);
    refuseTitle(target.label);
    const profile = profileOf(target);
    await this.info();
    this.#refuseTaken(profile, occupancyOf(await this.#readProfile(profile)));
    try {
      await this.#write(seed, { profile, title: target.label }, { from: 0, nowSeconds });
    } catch (error) {
      if (!isLostSession(error, LOST_SESSION)) {
        throw error;
      }
      // The burn begins again, a single time.
      this.#authenticated = false;
      await this.info();
      await this.#write(seed, { profile, title: target.label }, { from: 0, nowSeconds });
    }
    await this.#readBack(profile, target.label);
  }

  /** Does the writes of a burn, from one of them on. */
  async #write(
    seed: Seed,
    { profile, title }: { readonly profile: number; readonly title: string },
    { from, nowSeconds }: { readonly from: number; readonly nowSeconds: () => number },
  ): Promise<void> {
    await this.#ensureAuthenticated();
    const writes = [
      (now: number) => configureCommand(this.#key, profile, now),
      () => seed.use((bytes) => writeSeedCommand(this.#key, profile, bytes)),
      () => writeTitleCommand(this.#key, profile, title),
    ];
    const now = nowSeconds();
    for (const make of writes.slice(from)) {
      await this.#send({ ...make(now), answerWithinMs: WRITE_WITHIN_MS });
    }
    this.#told.delete(profile);
  }

  /** Compares the public block with what a burn wrote, and reads the serial again. */
  async #readBack(profile: number, title: string): Promise<void> {
    refuseOther(await this.#readProfile(profile), {
      title,
      algorithm: ALGORITHM_SHA1,
      stepSeconds: STEP_SECONDS,
      digits: DIGITS,
      seedPresent: 1,
    });
    await this.info();
  }

  /** The public block shows configuration and title, and that there is a seed, but not which one. */
  public async resume(
    seed: Seed,
    target: BurnTarget,
    { command, nowSeconds }: LostCommand,
  ): Promise<Resumed> {
    const profile = profileOf(target);
    const done = WRITES.indexOf(command) + 1;
    const block = await this.#readProfile(profile);
    if (done > 1 && block.seedPresent !== 1) {
      return 'not-written';
    }
    // The seed is still missing, or the title perhaps.
    if (done === 1 || (done > 1 && block.title !== target.label)) {
      this.#refuseTaken(profile, occupancyOf(block));
      await this.#write(seed, { profile, title: target.label }, { from: Math.min(done, 2), nowSeconds });
    }
    try {
      await this.#readBack(profile, target.label);
    } catch (error) {
      if (error instanceof MalformedAnswerError) {
        return 'not-written';
      }
      throw error;
    }
    // Unless the token answered the write of the seed before the connection was lost, only its codes can tell.
    return done === 1 || done === 3 ? 'written' : 'in-doubt';
  }

  /**
   * Deletes the seed, and replaces the title, which would survive.
   *
   * @throws ProfileTakenError if the title is not the target's and the caller did not read it; TokenLockedError
   */
  public async erase(target: BurnTarget): Promise<void> {
    const profile = profileOf(target);
    await this.info();
    const block = await this.#readProfile(profile);
    if (block.title !== target.label) {
      this.#refuseTaken(profile, occupancyOf(block));
    }
    await this.#ensureAuthenticated();
    await this.#deleteSeed(profile);
    if (block.title !== '') {
      await this.#send(writeTitleCommand(this.#key, profile, ERASED_TITLE));
    }
    this.#told.delete(profile);
    refuseOther(await this.#readProfile(profile), { seedPresent: 0 });
  }

  /** Sets the clock and nothing else; the seeds stay. */
  public async syncClock(profile: number, nowSeconds: () => number): Promise<void> {
    await this.info();
    await this.#readProfile(profile);
    await this.#ensureAuthenticated();
    await this.#send(setClockCommand(this.#key, profile, nowSeconds()));
  }

  /** An empty profile may be written to; a filled one only if it still is what the caller was told. */
  #refuseTaken(profile: number, found: Occupancy): void {
    if (found.state === 'empty') {
      return;
    }
    const told = this.#told.get(profile);
    if (told === undefined || told.state !== found.state || labelOf(told) !== labelOf(found)) {
      throw new ProfileTakenError(profile, labelOf(found));
    }
  }

  async #ensureAuthenticated(): Promise<void> {
    if (this.#refused) {
      throw this.#refused;
    }
    if (!this.#authenticated) {
      await this.#authenticate(await this.#challenge(), 'needed');
    }
  }

  async #challenge(): Promise<Uint8Array> {
    const command = getChallengeCommand();
    const { data } = await this.#send(command);
    // Fewer bytes would still encrypt to a value, and a wrong value costs a try.
    if (data.length !== CHALLENGE_BYTES) {
      throw new MalformedAnswerError(command.name, `${data.length} bytes instead of ${CHALLENGE_BYTES}`);
    }
    return data;
  }

  async #authenticate(challenge: Uint8Array, problem: 'needed' | 'wrong'): Promise<void> {
    const command = authenticateCommand(this.#key, challenge);
    // Until the token has accepted the key, it counts as refused: no answer may have cost a try as well.
    this.#refused = new TokenLockedError('customer-key', problem);
    const answer = await exchangeOnce(this.#transport, command);
    const { statusWord } = answer;
    // It is its own reader, and says with 6300 that no try is left.
    if (statusWord !== NO_TRY_LEFT) {
      refuseLostLink(command, answer);
    }
    if (statusWord === SUCCESS) {
      this.#refused = undefined;
      this.#authenticated = true;
      return;
    }
    const triesLeft = parseTriesLeft(statusWord);
    if (triesLeft === undefined && statusWord !== LOCKED) {
      throw refusal(command, statusWord);
    }
    // The last try is never used: without it the token locks itself.
    this.#refused = new TokenLockedError(
      'customer-key',
      (triesLeft ?? 0) > 1 ? problem : 'blocked',
      triesLeft,
    );
    throw this.#refused;
  }

  async #readProfile(profile: number): Promise<PublicBlock> {
    const command = readProfileCommand(profile);
    const { data } = await this.#send(command, profile);
    const block = parsePublicBlock(data);
    if (block === undefined) {
      throw new MalformedAnswerError(command.name, `${describeBytes(data)} that are no public block`);
    }
    return block;
  }

  /** @returns nothing if the token has no such profile */
  async #tryReadProfile(profile: number): Promise<PublicBlock | undefined> {
    try {
      return await this.#readProfile(profile);
    } catch (error) {
      if (isOutOfRange(error, profile)) {
        return undefined;
      }
      throw error;
    }
  }

  async #deleteSeed(profile: number): Promise<void> {
    const command = deleteSeedCommand(profile);
    const { statusWord } = await exchange(this.#transport, command);
    if (statusWord !== SUCCESS && statusWord !== EMPTY_PROFILE) {
      throw refusal(command, statusWord, profile);
    }
  }

  async #send(command: CommandApdu, profile?: number): Promise<Answer> {
    try {
      const answer = await exchange(this.#transport, command);
      if (answer.statusWord !== SUCCESS) {
        throw refusal(command, answer.statusWord, profile);
      }
      return answer;
    } finally {
      if (command.secret) {
        command.bytes.fill(0);
      }
    }
  }
}

/** @throws RangeError without a profile; the builders refuse numbers that no token has */
function profileOf({ profile }: BurnTarget): number {
  if (profile === undefined) {
    throw new RangeError(`a ${MODEL} needs the number of a profile`);
  }
  return profile;
}
