/**
 * Token2's single-profile NFC tokens of the second generation: OTPC-P1-i, OTPC-P2-i, C301-i, C302-i,
 * miniOTP-2-i, …
 *
 * Source: the vendor's published token firmware (github.com/token2/openT2OTP) and Android burner
 * (github.com/token2/t2nfc_burner). There are only five commands: no SELECT, and no way to read a seed or a code.
 *
 * Rules: the key is public, so authentication proves nothing, and the encrypted seed is as good as the seed. Firmware
 * before 2025 locks permanently after one wrong authentication, so we authenticate only to a token whose serial has a known
 * prefix, and never again after a refusal.
 */
import { findByPrefix, MODELS, type Model, NOT_PROGRAMMABLE } from '../../lib/record/token2-models';
import type { Seed } from '../seed';
import { type Answer, answerTo, commandApdu, exchange, SUCCESS } from './apdu';
import {
  type BurnTarget,
  type DriverKind,
  ForeignCardError,
  isLostSession,
  type LostCommand,
  MalformedAnswerError,
  type Resumed,
  type TokenDriver,
  type TokenInfo,
  WRITE_WITHIN_MS,
} from './driver';
import { CHALLENGE_BYTES, challengeAnswer, pad2, secureCommand } from './secure-apdu';
import { encryptEcb } from './sm4';
import { describeUnreadable, getInfoCommand, parseInfo, refuseOtherSerial } from './token2-info';
import { refusal } from './token2-single-status-words';
import type { CommandApdu, Transport } from './transport';

/** The fixed, published SM4 key of every token of the family. */
const DEVICE_KEY = Uint8Array.of(
  ...[0x8a, 0xd2, 0x06, 0x88, 0x3c, 0xa3, 0x69, 0x48, 0x2a, 0xb2, 0x71, 0x82, 0xb6, 0xe8, 0x32, 0x24],
);

const MAX_SEED_BYTES = 63;

/** The two writes, by their names. */
const CONFIGURE = 'configure';
const WRITE_SEED = 'write seed';
const NOT_AUTHENTICATED = 0x6983;
const LOST_SESSION = { statusWords: [NOT_AUTHENTICATED], commands: [CONFIGURE, WRITE_SEED] };

/** One-byte fields of the configuration. */
const DISPLAY_SECONDS = { 15: 0x00, 30: 0x01, 60: 0x02, 120: 0x03 } as const;
const HMAC = { 'SHA-1': 0x01, 'SHA-256': 0x02 } as const;
const STEP_SECONDS = { 30: 0x1e, 60: 0x3c } as const;

/** 80 4B 08 00 01 00 */
export function getChallengeCommand(): CommandApdu {
  return commandApdu({ name: 'get challenge', header: [0x80, 0x4b, 0x08, 0x00], body: Uint8Array.of(0x00) });
}

/** 80 CE 00 00 10 SM4(challenge, 8 x 00) */
export function authenticateCommand(challenge: Uint8Array): CommandApdu {
  return challengeAnswer(DEVICE_KEY, challenge);
}

/** The configuration. It is always written as a whole, because no command sets only the clock. */
interface Configuration {
  /** Unix seconds. */
  readonly clock: number;
  /** The display stays on this long. */
  readonly displaySeconds: keyof typeof DISPLAY_SECONDS;
  readonly hmac: keyof typeof HMAC;
  readonly stepSeconds: keyof typeof STEP_SECONDS;
}

/**
 * 84 D4 00 00 17 (81 11 1F 01 display 0F 04 clock 86 06 0A 01 hmac 0D 01 step) mac
 *
 * The token requires exactly this order. There is no field for the number of digits: it shows six.
 */
export function configureCommand({ clock, displaySeconds, hmac, stepSeconds }: Configuration): CommandApdu {
  if (!Number.isInteger(clock) || clock < 0 || clock > 0xffff_ffff) {
    throw new RangeError(`the token's clock takes whole seconds in 32 bits, not ${clock}`);
  }
  const body = Uint8Array.of(
    ...[0x81, 0x11],
    ...[0x1f, 0x01, DISPLAY_SECONDS[displaySeconds]],
    ...[0x0f, 0x04, clock >>> 24, (clock >>> 16) & 0xff, (clock >>> 8) & 0xff, clock & 0xff],
    ...[0x86, 0x06],
    ...[0x0a, 0x01, HMAC[hmac]],
    ...[0x0d, 0x01, STEP_SECONDS[stepSeconds]],
  );
  const command = secureCommand({ name: CONFIGURE, key: DEVICE_KEY, ins: 0xd4, p1: 0x00, p2: 0x00, body });
  return { ...command, answerWithinMs: WRITE_WITHIN_MS };
}

/**
 * 84 C5 01 00 Lc SM4(pad2(seed)) mac
 *
 * Aligned seeds are padded too, because the token requires a final 80 and strips it. One command, no chaining. The sender
 * wipes its bytes afterwards.
 *
 * @throws RangeError for a length that the token cannot hold
 */
export function writeSeedCommand(seed: Uint8Array): CommandApdu {
  refuseSeedLength(seed.length);
  const padded = pad2(seed);
  const body = encryptEcb(DEVICE_KEY, padded);
  padded.fill(0);
  try {
    const command = secureCommand({
      name: WRITE_SEED,
      key: DEVICE_KEY,
      ins: 0xc5,
      p1: 0x01,
      p2: 0x00,
      body,
      secret: true,
    });
    return { ...command, answerWithinMs: WRITE_WITHIN_MS };
  } finally {
    body.fill(0);
  }
}

function refuseSeedLength(length: number): void {
  if (length < 1 || length > MAX_SEED_BYTES) {
    throw new RangeError(`the token holds a seed of 1 to ${MAX_SEED_BYTES} bytes, not ${length}`);
  }
}

/** A token of this family on the reader. Each private method is one command. */
export class Token2Single implements TokenDriver {
  public readonly id = 'token2-single';
  public readonly seedCapacity = MAX_SEED_BYTES;
  public readonly codeSource = 'person';
  public readonly clockWipesSeed: boolean;
  /** The refusal of an authentication: another attempt could lock the token. */
  #refusedKey: Error | undefined;
  readonly #transport: Transport;
  readonly #token: { readonly serial: string; readonly model: Model };

  /** @param token as it was identified; without a known model nobody may authenticate to the token */
  public constructor(transport: Transport, token: { readonly serial: string; readonly model: Model }) {
    this.#transport = transport;
    this.#token = token;
    this.clockWipesSeed = token.model.clockWipesSeed;
  }

  /** @throws CardGoneError if another token answers */
  public async info(): Promise<TokenInfo> {
    const command = getInfoCommand();
    const { data } = await this.#send(command);
    const fields = parseInfo(data);
    if (!fields) {
      throw new MalformedAnswerError(command.name, describeUnreadable(data));
    }
    refuseOtherSerial(fields.serial, this.#token.serial);
    return { ...fields, model: this.#token.model.name };
  }

  /**
   * Authenticates once, writes clock and configuration, then the seed. This order is required, because most models wipe
   * the seed at every write of the configuration. If the connection is lost in between, the token may hold no seed:
   * continue with `resume`.
   *
   * If a write is refused because the authentication that was just accepted is gone, the token lost its session:
   * then the burn begins again, a single time.
   */
  public async burn(seed: Seed, _target: BurnTarget, nowSeconds: () => number): Promise<void> {
    refuseSeedLength(seed.length);
    try {
      await this.#burnOnce(seed, nowSeconds);
    } catch (error) {
      if (!isLostSession(error, LOST_SESSION)) {
        throw error;
      }
      await this.info();
      await this.#burnOnce(seed, nowSeconds);
    }
  }

  async #burnOnce(seed: Seed, nowSeconds: () => number): Promise<void> {
    await this.#authenticate(await this.#challenge());
    await this.#configure(nowSeconds());
    await this.#writeSeed(seed);
  }

  /** No command reads a seed or a configuration back, except for the clock. */
  public async resume(
    seed: Seed,
    _target: BurnTarget,
    { command, wasClockSet, nowSeconds }: LostCommand,
  ): Promise<Resumed> {
    switch (command) {
      case CONFIGURE:
        await this.#authenticate(await this.#challenge());
        nowSeconds();
        await this.#writeSeed(seed);
        return wasClockSet ? 'written' : 'in-doubt';
      case WRITE_SEED:
        return 'in-doubt';
      default:
        return 'not-written';
    }
  }

  async #challenge(): Promise<Uint8Array> {
    if (this.#refusedKey) {
      throw this.#refusedKey;
    }
    const command = getChallengeCommand();
    const { data } = await this.#send(command);
    // Fewer bytes would still encrypt to a value, and a wrong value may lock the token.
    if (data.length !== CHALLENGE_BYTES) {
      throw new MalformedAnswerError(command.name, `${data.length} bytes instead of ${CHALLENGE_BYTES}`);
    }
    return data;
  }

  async #authenticate(challenge: Uint8Array): Promise<void> {
    const command = authenticateCommand(challenge);
    // A single time, whatever the answer.
    const answer = await answerTo(this.#transport, command);
    if (answer.statusWord === SUCCESS) {
      return;
    }
    this.#refusedKey = refusal(command, answer.statusWord);
    throw this.#refusedKey;
  }

  async #configure(clock: number): Promise<void> {
    // AWS requires SHA-1 and 30 seconds.
    await this.#send(
      configureCommand({ clock: Math.round(clock), displaySeconds: 30, hmac: 'SHA-1', stepSeconds: 30 }),
    );
  }

  async #writeSeed(seed: Seed): Promise<void> {
    await this.#send(seed.use((bytes) => writeSeedCommand(bytes)));
  }

  async #send(command: CommandApdu): Promise<Answer> {
    try {
      const answer = await exchange(this.#transport, command);
      if (answer.statusWord !== SUCCESS) {
        throw refusal(command, answer.statusWord);
      }
      return answer;
    } finally {
      if (command.secret) {
        command.bytes.fill(0);
      }
    }
  }
}

/** INS of "write seed" and "authenticate". */
const WITHHELD_INSTRUCTIONS: ReadonlySet<number> = new Set([0xc5, 0xce]);

/** Recognizes these tokens by get info, without SELECT, because they have no applet and refuse class 00. */
export const token2Single: DriverKind = {
  type: 'programmable',
  models: MODELS.map(({ name }) => name),
  withheldInstructions: WITHHELD_INSTRUCTIONS,
  mayBe: () => true,
  probe: async (transport) => {
    const { data, statusWord } = await exchange(transport, getInfoCommand());
    if (statusWord !== SUCCESS) {
      return undefined;
    }
    const fields = parseInfo(data);
    if (!fields) {
      // It knows the command, so it may be a token of an unknown kind. Nothing else is tried on it.
      const detail = `it answered get info with ${describeUnreadable(data)}`;
      throw new ForeignCardError('not-a-token', detail);
    }
    const model = findByPrefix(MODELS, fields.serial);
    if (!model) {
      throw unknownSerial(fields.serial);
    }
    const driver = new Token2Single(transport, { serial: fields.serial, model });
    return { driver, info: { ...fields, model: model.name } };
  },
};

function unknownSerial(serial: string): ForeignCardError {
  const sealed = findByPrefix(NOT_PROGRAMMABLE, serial);
  if (sealed) {
    return new ForeignCardError('not-programmable', `${serial} is a ${sealed.name}: its seed cannot be set`);
  }
  return new ForeignCardError(
    'unknown-prefix',
    // Only the serial tells the generations apart, and the first takes no seed of AWS's length.
    `${serial} has no known prefix: it is a first-generation token, which takes no seed from AWS, or a newer model`,
  );
}
