/** Runs the seed phase in this process: the short-lived process of an enrollment does so, and tests do. */
import type { Aws, DeviceSpecification } from '../aws/aws';
import type { Clock } from '../clock';
import type { Seed } from '../seed';
import { readSeedFrom, type SeedInput, type SeedSource } from '../seed-source/read-seed';
import { type CodeJudgement, codeFor, judgeCode } from '../token/codes';
import type { TokenDriver, TokenInfo } from '../token/driver';
import { identifyToken } from '../token/identify';
import type { Readers } from '../token/readers';
import type { Transport } from '../token/transport';
import type { LaidToken, MadeDevice, ReadSeed, SeedPhase } from './seed-phase';

/** A seed phase that holds the seed itself. */
export class LocalSeedPhase implements SeedPhase {
  #seed: Seed | undefined;
  #driver: TokenDriver | undefined;

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
    const { driver, info } = await identifyToken(this.parts.trace(card));
    this.#driver = driver;
    return { info, driver: driver.id, seedCapacity: driver.seedCapacity, reader: card.reader };
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

  public async burn(onWriting: () => void, signal: AbortSignal): Promise<TokenInfo> {
    const driver = this.#driver;
    if (driver === undefined) {
      throw new Error('no token was laid on before the burn');
    }
    await driver.burn(this.#needSeed(), () => {
      // The driver asks for the time immediately before its first write: the last moment to stop.
      signal.throwIfAborted();
      onWriting();
      // The token takes whole seconds: the nearest one is at most half a second off.
      return Math.round(this.parts.clock.now() / 1000);
    });
    return driver.info();
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
  }

  #needSeed(): Seed {
    if (this.#seed === undefined) {
      throw new Error('there is no seed in this phase');
    }
    return this.#seed;
  }
}
