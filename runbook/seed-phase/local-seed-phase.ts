/** Runs the seed phase in this process: the short-lived process of an enrollment does so, and tests do. */
import type { Aws, DeviceSpecification } from '../aws/aws';
import type { Clock } from '../clock';
import type { Seed } from '../seed';
import { readSeedFrom, type SeedInput, type SeedSource } from '../seed-source/read-seed';
import { type CodeJudgement, codeFor, judgeCode } from '../token/codes';
import {
  type BurnTarget,
  type Occupancy,
  type Resumed,
  SET_CLOCK_TOLERANCE_SECONDS,
  type TokenDriver,
  type TokenInfo,
  TokenLockedError,
} from '../token/driver';
import { identifyToken } from '../token/identify';
import type { Readers } from '../token/readers';
import { CardGoneError, type Transport } from '../token/transport';
import type { BurnedToken, LaidToken, MadeDevice, ReadSeed, SeedPhase } from './seed-phase';

/** Name of the command that costs a try. */
const AUTHENTICATE = 'authenticate';

/** A burn that had begun to write when the token gave no answer. */
interface LostBurn {
  readonly serial: string;
  readonly target: BurnTarget;
  /** The command that got no answer. */
  readonly command: string;
  /** The clock of the token was wrong before. */
  readonly wasClockSet: boolean;
  /** Present if that was after the last write. */
  readonly outcome: Exclude<Resumed, 'not-written'> | undefined;
}

function isSameTarget(one: BurnTarget, other: BurnTarget): boolean {
  return one.label === other.label && one.profile === other.profile;
}

/** A seed phase that holds the seed itself. */
export class LocalSeedPhase implements SeedPhase {
  #seed: Seed | undefined;
  #driver: TokenDriver | undefined;
  /** Serial of the token on the reader. */
  #serial: string | undefined;
  /** The secret that unlocked a token: it locks again whenever it leaves the reader. */
  #known: { readonly serial: string; readonly secret: Uint8Array } | undefined;

  /** The refusal of the key that a token came with: sending that key again would cost another of few tries. */
  #refused: { readonly serial: string; readonly error: TokenLockedError } | undefined;

  /** Serial of a token that left when it was sent a key. */
  #unanswered: string | undefined;
  /** Serial of a token that accepted the key that it was sent. */
  #accepted: string | undefined;
  #lost: LostBurn | undefined;
  /** The clock of the token was wrong when it was laid on. */
  #isClockWrong = false;

  public constructor(
    private readonly parts: {
      readonly aws: Pick<Aws, 'createDevice'>;
      readonly readers: Pick<Readers, 'card'>;
      readonly trace: (transport: Transport) => Transport;
      readonly clock: Pick<Clock, 'now'>;
      /** The pictures and secrets that a person hands over. */
      readonly input: SeedInput;
    },
  ) {}

  public warm(): void {
    // This module is loaded already.
  }

  public async layToken(reader: string | undefined, signal: AbortSignal): Promise<LaidToken> {
    const card = await this.parts.readers.card(reader, signal);
    const { driver, info, type } = await identifyToken(card, this.parts.trace);
    this.#driver?.forget?.();
    this.#driver = driver;
    this.#serial = info.serial;
    this.#isClockWrong = this.#isOff(info);
    const lock = (await this.#unlockAgain(driver, info)) ? undefined : driver.lock;
    return {
      info,
      type,
      driver: driver.id,
      seedCapacity: driver.seedCapacity,
      codeSource: driver.codeSource,
      ...(lock === undefined ? {} : { lock }),
      reader: card.reader,
    };
  }

  public async unlock(secret: string): Promise<void> {
    const driver = this.#needDriver();
    const bytes = new TextEncoder().encode(secret);
    const kept = Uint8Array.from(bytes);
    try {
      await driver.unlock?.(bytes);
    } catch (error) {
      kept.fill(0);
      throw error;
    }
    this.#known?.secret.fill(0);
    this.#known = { serial: this.#serial ?? '', secret: kept };
  }

  async #unlockAgain(driver: TokenDriver, { serial }: TokenInfo): Promise<boolean> {
    // A token may need its secret without saying so before it is asked to write: a known one is entered all the same.
    if (driver.unlock === undefined || this.#known?.serial !== serial) {
      return false;
    }
    await driver.unlock(Uint8Array.from(this.#known.secret));
    return true;
  }

  public async authenticate(): Promise<void> {
    await this.#unlessRefused(async (driver) => driver.authenticate?.());
  }

  /** Does what sends a key. A token that comes back to the reader has a new driver, which knows of no refusal. */
  async #unlessRefused<T>(work: (driver: TokenDriver) => Promise<T>): Promise<T> {
    const driver = this.#needDriver();
    const serial = this.#serial ?? '';
    if (this.#refused?.serial === serial && this.#known?.serial !== serial) {
      throw this.#refused.error;
    }
    try {
      const result = await work(driver);
      this.#accepted = serial;
      return result;
    } catch (error) {
      if (error instanceof TokenLockedError) {
        this.#refused = { serial, error };
      } else if (
        error instanceof CardGoneError &&
        error.command === AUTHENTICATE &&
        this.#accepted !== serial
      ) {
        // No answer may have cost a try as well: once more, and no more.
        if (this.#unanswered === serial) {
          this.#refused = { serial, error: new TokenLockedError('customer-key', 'needed') };
        }
        this.#unanswered = serial;
      }
      throw error;
    }
  }

  public async occupancy(target: BurnTarget): Promise<Occupancy> {
    return (await this.#needDriver().occupancy?.(target)) ?? { state: 'unknown' };
  }

  public async createDevice(device: DeviceSpecification): Promise<MadeDevice> {
    const { arn, seed } = await this.parts.aws.createDevice(device);
    this.#seed?.wipe();
    this.#seed = seed;
    return { arn, seedBytes: seed.length };
  }

  public async readSeed(source: SeedSource, signal: AbortSignal): Promise<ReadSeed> {
    const { seed, ...label } = await readSeedFrom(this.parts.input, source, signal);
    this.#seed?.wipe();
    this.#seed = seed;
    return { ...label, seedBytes: seed.length };
  }

  public async burn(target: BurnTarget, onWriting: () => void, signal: AbortSignal): Promise<BurnedToken> {
    const serial = this.#serial ?? '';
    const lost = this.#lost;
    let isWriting = false;
    let outcome: LostBurn['outcome'];
    const nowSeconds = (): number => {
      // The driver asks for the time immediately before its first write: the last moment to stop.
      signal.throwIfAborted();
      isWriting = true;
      onWriting();
      return this.#nowSeconds();
    };
    const isSame = lost?.serial === serial && isSameTarget(lost.target, target);
    return this.#unlessRefused(async (driver) => {
      try {
        this.#lost = undefined;
        outcome = await this.#write(driver, target, { nowSeconds, lost: isSame ? lost : undefined });
        return { ...(await driver.info()), ...(outcome === 'in-doubt' ? { isInDoubt: true } : {}) };
      } catch (error) {
        if (error instanceof CardGoneError) {
          // An attempt that only looked leaves the earlier question open.
          const isNew = isWriting || outcome !== undefined;
          const wasClockSet = (isSame && lost?.wasClockSet === true) || this.#isClockWrong;
          this.#lost = isNew ? { serial, target, outcome, command: error.command, wasClockSet } : lost;
        }
        throw error;
      }
    });
  }

  /** Continues the burn whose answer was lost, or burns from the beginning. */
  async #write(
    driver: TokenDriver,
    target: BurnTarget,
    { nowSeconds, lost }: { readonly nowSeconds: () => number; readonly lost: LostBurn | undefined },
  ): Promise<NonNullable<LostBurn['outcome']>> {
    const seed = this.#needSeed();
    if (lost !== undefined && (await this.#hasRightClock(driver))) {
      const outcome = lost.outcome ?? (await driver.resume?.(seed, target, { ...lost, nowSeconds }));
      if (outcome !== undefined && outcome !== 'not-written') {
        return outcome;
      }
    }
    await driver.burn(seed, target, nowSeconds);
    return 'written';
  }

  /** The clock is set by the first write, so a wrong one shows that not even that arrived. */
  async #hasRightClock(driver: TokenDriver): Promise<boolean> {
    return !this.#isOff(await driver.info());
  }

  #isOff({ clock }: TokenInfo): boolean {
    return clock !== undefined && Math.abs(clock - this.#nowSeconds()) > SET_CLOCK_TOLERANCE_SECONDS;
  }

  /** The token takes whole seconds: the nearest one is at most half a second off. */
  #nowSeconds(): number {
    return Math.round(this.parts.clock.now() / 1000);
  }

  public async code(target: BurnTarget, counter: number, onTouch: () => void): Promise<string> {
    const driver = this.#needDriver();
    if (driver.code === undefined) {
      throw new Error(`the driver ${driver.id} computes no codes`);
    }
    return driver.code(target, counter, onTouch);
  }

  public async judge(typed: string, nowSeconds: number): Promise<CodeJudgement> {
    return judgeCode(this.#needSeed(), typed, nowSeconds);
  }

  public async pair(counter: number): Promise<readonly [string, string]> {
    const seed = this.#needSeed();
    return [codeFor(seed, counter - 1), codeFor(seed, counter)];
  }

  public async end(): Promise<void> {
    this.#seed?.wipe();
    this.#seed = undefined;
    this.#known?.secret.fill(0);
    this.#known = undefined;
    this.#driver?.forget?.();
  }

  #needDriver(): TokenDriver {
    if (this.#driver === undefined) {
      throw new Error('no token was laid on before');
    }
    return this.#driver;
  }

  #needSeed(): Seed {
    if (this.#seed === undefined) {
      throw new Error('there is no seed in this phase');
    }
    return this.#seed;
  }
}
