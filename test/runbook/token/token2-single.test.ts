import fc from 'fast-check';
import { findByPrefix, MODELS, NOT_PROGRAMMABLE } from '../../../lib/record/token2-models';
import { Seed } from '../../../runbook/seed';
import { formatHex } from '../../../runbook/token/apdu';
import { MalformedAnswerError, StatusWordError } from '../../../runbook/token/driver';
import { getInfoCommand, parseInfo } from '../../../runbook/token/token2-info';
import {
  authenticateCommand,
  configureCommand,
  getChallengeCommand,
  Token2Single,
  writeSeedCommand,
} from '../../../runbook/token/token2-single';
import type { CommandApdu, Transport } from '../../../runbook/token/transport';
import { repetitions } from '../../support/extent';
import { ReplayTransport, readTranscript } from '../../tokens/transcripts/transcript';
import { bytes, token2Vectors, vectorSeed } from './vectors';

const TARGET = { label: '' };

const p2 = MODELS.find(({ name }) => name === 'OTPC-P2-i');
if (!p2) {
  throw new Error('the model table lacks the OTPC-P2-i');
}
const token = { serial: '86596220000001', model: p2 };
function aws40() {
  return Seed.fromBytes(vectorSeed('aws40'));
}

describe('the five commands are the published bytes', () => {
  test('get info and get challenge', () => {
    expect(formatHex(getInfoCommand().bytes)).toBe(token2Vectors.getInfo.apduHex);
    expect(formatHex(getChallengeCommand().bytes)).toBe(token2Vectors.challenge.apduHex);
  });

  test.each(token2Vectors.auth)(
    'authenticate to the challenge $challengeHex',
    ({ challengeHex, apduHex }) => {
      expect(formatHex(authenticateCommand(bytes(challengeHex)).bytes)).toBe(apduHex);
    },
  );

  test.each(token2Vectors.config)(
    'configure at $utc, display $displayTimeout, hash $hmac, step $stepByte',
    (vector) => {
      const displaySeconds = ([15, 30, 60, 120] as const)[vector.displayTimeout];
      if (!displaySeconds) {
        throw new Error('the vector has no such display time');
      }
      const command = configureCommand({
        clock: vector.utc,
        displaySeconds,
        hmac: vector.hmac === 1 ? 'SHA-1' : 'SHA-256',
        stepSeconds: vector.stepByte === 30 ? 30 : 60,
      });
      expect(formatHex(command.bytes)).toBe(vector.apduHex);
      expect(command.secret).toBe(false);
    },
  );

  test.each(token2Vectors.seed)('write the seed "$name" of $seedLen bytes', (vector) => {
    const command = writeSeedCommand(bytes(vector.seedHex));
    expect(formatHex(command.bytes)).toBe(vector.apduHex);
    expect(command.secret).toBe(true);
  });

  test.each(token2Vectors.rejectedLegacySeed)(
    'never the form without padding that tokens refuse: $seedHex',
    (vector) => {
      const command = writeSeedCommand(bytes(vector.seedHex));
      expect(formatHex(command.bytes)).not.toBe(vector.apduHex);
      expect(command.bytes).toHaveLength(bytes(vector.apduHex).length + 16);
    },
  );
});

describe('what does not fit is refused before anything is built', () => {
  test.each([0, 64, 255])('a seed of %i bytes', (length) => {
    expect(() => writeSeedCommand(new Uint8Array(length))).toThrow(`1 to 63 bytes, not ${length}`);
  });

  test.each([0, 7, 9, 16])('a challenge of %i bytes', (length) => {
    expect(() => authenticateCommand(new Uint8Array(length))).toThrow(`8 bytes, not ${length}`);
  });

  test.each([-1, 1.5, 0x1_0000_0000, Number.NaN])('the time %d', (clock) => {
    function build() {
      return configureCommand({ clock, displaySeconds: 30, hmac: 'SHA-1', stepSeconds: 30 });
    }
    expect(build).toThrow(`not ${clock}`);
  });
});

describe('the answer to get info', () => {
  test.each(token2Vectors.getInfo.responses)('is read in the form "$form"', ({ hex, serial, utc }) => {
    expect(parseInfo(bytes(hex).subarray(0, -2))).toEqual({ serial, clock: utc });
  });

  test('is read with its tags in another order and others among them', () => {
    expect(parseInfo(bytes('950F11046553F1007001AA020431323334'))).toEqual({
      serial: '1234',
      clock: 1_700_000_000,
    });
  });

  test('has its serial trimmed', () => {
    expect(parseInfo(bytes('950E020620313233342011046553F100'))?.serial).toBe('1234');
  });

  // The tools that are known to work on hardware read N, serial and clock at their places, and nothing else.
  test.each([
    ['with more behind the places', '000000043132333400006553F100FF'],
    ['with more behind the tags', '950C0204313233341104' + '6553F100' + 'AABB'],
    ['with a length of the tags that is too long', '95FF0204313233341104' + '6553F100'],
    ['with a length of the tags that is too short', '95060204313233341104' + '6553F100'],
    ['with other tags at the same places', '950CFF04313233347704' + '6553F100'],
    ['with a clock of more bytes', '950E0204313233341106' + '6553F100' + '0000'],
    ['with a serial that ends in 00', '950E0206313233340000' + '1104' + '6553F100'],
    ['with a serial that ends in FF', '000000063132' + '3334FFFF' + '0000' + '6553F100'],
    ['with the serial twice', '9512020431323334' + '0204FF393939' + '1104' + '6553F100'],
    [
      'as a Molto2 answers, with its public block behind',
      `951802043132333411046553F100700A${'00'.repeat(10)}`,
    ],
  ])('is read %s', (_, hex) => {
    expect(parseInfo(bytes(hex))).toEqual({ serial: '1234', clock: 1_700_000_000 });
  });

  test.each([
    ['nothing', ''],
    ['a tag 95 alone', '95'],
    ['tags longer than the answer', '9516020E3836'],
    ['a value longer than its tag 95', '950402FF3132'],
    ['a tag without length', '9507020131110411'],
    ['no clock', '9506020431323334'],
    ['no serial', '950611046553F100'],
    ['a clock of three bytes', '950B02043132333411036553F1'],
    ['a serial that is not text', '950C02040000000011046553F100'],
    ['a serial of blanks', '950C02042020202011046553F100'],
    ['fixed places cut short', '0000000E3836353936323230303030303031000065'],
    ['fixed places of a length beyond the end', '000000FF31'],
    ["FIDO's version text", Buffer.from('FIDO_2_0').toString('hex')],
  ])('is refused when it is %s', (_, hex) => {
    expect(parseInfo(bytes(hex))).toBeUndefined();
  });

  test.each([
    ['is shown in the error', 'AABB', '2 bytes (AABB) without serial and clock'],
    [
      'is not shown beyond 64 bytes',
      '00'.repeat(70),
      `70 bytes (${'00'.repeat(64)}…) without serial and clock`,
    ],
    ['is not shown when there is none', '', '0 bytes without serial and clock'],
  ])('that cannot be read %s', async (_, hex, detail) => {
    const driver = new Token2Single({ transmit: async () => bytes(`${hex}9000`) }, token);
    await expect(driver.info()).rejects.toEqual(new MalformedAnswerError('get info', detail));
  });

  test('never breaks the parser, whatever the bytes', () => {
    const prefixed = fc
      .tuple(fc.constantFrom([], [0x95], [0x95, 0x10, 0x02], [0, 0, 0]), fc.uint8Array({ maxLength: 64 }))
      .map(([start, rest]) => Uint8Array.of(...start, ...rest));
    fc.assert(
      fc.property(prefixed, (data) => {
        const info = parseInfo(data);
        expect(info === undefined || /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(info.serial)).toBe(true);
      }),
      { numRuns: repetitions(2_000) },
    );
  });
});

describe('the model', () => {
  test.each([
    ['86596120000001', 'OTPC-P1-i', false],
    ['86596220000001', 'OTPC-P2-i', true],
    ['86596210000001', 'OTPC-P2-i-NB', true],
    ['86596000000001', 'miniOTP-2-i', false],
    ['86596010000001', 'miniOTP-3-i', true],
    ['86596090000001', 'miniOTP-3-i-NB', true],
    ['86596100000001', 'C301-i', true],
    ['86596320000001', 'C302-i', false],
  ])('of %s is %s; setting the clock wipes the seed: %s', (serial, name, clockWipesSeed) => {
    expect(findByPrefix(MODELS, serial)).toMatchObject({ name, clockWipesSeed });
  });

  test.each(['86596230000001', '86597100000001', '8659', '', '18659612'])(
    'of "%s" is not known',
    (serial) => {
      expect(findByPrefix(MODELS, serial)).toBeUndefined();
    },
  );

  test('is that of the longest prefix, whatever their order', () => {
    const entries = [{ prefix: '86' }, { prefix: '8659' }, { prefix: '865' }];
    expect(findByPrefix(entries, '86591')).toEqual({ prefix: '8659' });
    expect(findByPrefix([...entries].reverse(), '86591')).toEqual({ prefix: '8659' });
  });

  test.each(['86596230000001', '86597100000001'])('%s is known not to be programmable', (serial) => {
    expect(findByPrefix(NOT_PROGRAMMABLE, serial)).toBeDefined();
  });
});

describe('a session', () => {
  test('burns with one authentication, clock first, and reads the clock back', async () => {
    const card = new ReplayTransport(readTranscript('burn-otpc-p2-i'));
    const driver = new Token2Single(card, token);
    expect(await driver.info()).toEqual({
      serial: '86596220000001',
      model: 'OTPC-P2-i',
      clock: 1_700_000_000,
    });
    await driver.burn(aws40(), TARGET, () => 1_700_000_000.4);
    expect((await driver.info()).clock).toBe(1_700_000_001);
    card.finish();
  });

  test('reads our clock after the authentication, not before', async () => {
    const order: string[] = [];
    const replay = new ReplayTransport(readTranscript('burn-otpc-p2-i'));
    const card: Transport = {
      transmit(command) {
        order.push(command.name);
        return replay.transmit(command);
      },
    };
    const driver = new Token2Single(card, token);
    await driver.info();
    await driver.burn(aws40(), TARGET, () => {
      order.push('clock');
      return 1_700_000_000;
    });
    expect(order).toEqual(['get info', 'get challenge', 'authenticate', 'clock', 'configure', 'write seed']);
  });

  test('gives up after one refused authentication, and does not even ask for a challenge again', async () => {
    const card = new ReplayTransport(readTranscript('wrong-key'));
    const driver = new Token2Single(card, token);
    const refused = { name: 'StatusWordError', command: 'authenticate', statusWord: 0x6983 };
    await expect(driver.burn(aws40(), TARGET, () => 1_700_000_000)).rejects.toMatchObject(refused);
    card.finish();
    await expect(driver.burn(aws40(), TARGET, () => 1_700_000_000)).rejects.toMatchObject(refused);
  });

  test('does not authenticate to a challenge of another length', async () => {
    const card = new ReplayTransport(readTranscript('short-challenge'));
    const burn = new Token2Single(card, token).burn(aws40(), TARGET, () => 1_700_000_000);
    await expect(burn).rejects.toThrow(new MalformedAnswerError('get challenge', '7 bytes instead of 8'));
    card.finish();
  });

  test('sends nothing for a seed that does not fit', async () => {
    const card = new ReplayTransport('');
    const burn = new Token2Single(card, token).burn(
      Seed.fromBytes(new Uint8Array(64)),
      TARGET,
      () => 1_700_000_000,
    );
    await expect(burn).rejects.toThrow('1 to 63 bytes, not 64');
  });

  test('works on a contact reader, which makes it fetch the answers', async () => {
    const card = new ReplayTransport(readTranscript('contact-reader'));
    expect((await new Token2Single(card, token).info()).serial).toBe('86596220000001');
    card.finish();
  });
});

describe('the bytes of the seed command', () => {
  /** Answers everything as a token would, and keeps the commands themselves. */
  function keeper(
    lastAnswer: () => Uint8Array,
  ): Transport & { readonly commands: CommandApdu[]; seedHex: string } {
    const commands: CommandApdu[] = [];
    return {
      commands,
      seedHex: '',
      async transmit(command) {
        commands.push(command);
        if (command.name === 'get challenge') {
          return bytes('11223344556677889000');
        }
        if (command.name !== 'write seed') {
          return bytes('9000');
        }
        this.seedHex = formatHex(command.bytes);
        return lastAnswer();
      },
    };
  }
  const published = token2Vectors.seed.find(({ name }) => name === 'aws40')?.apduHex;

  test.each([
    ['was accepted', () => bytes('9000')],
    ['was refused', () => bytes('6A80')],
    [
      'got no answer',
      () => {
        throw new Error('pulled');
      },
    ],
  ])('are wiped when it %s', async (_, answer) => {
    const card = keeper(answer);
    await new Token2Single(card, token).burn(aws40(), TARGET, () => 1_700_000_000).catch(() => undefined);
    expect(card.seedHex).toBe(published);
    const last = card.commands.at(-1);
    expect(last?.name).toBe('write seed');
    expect(last?.bytes.every((byte) => byte === 0)).toBe(true);
  });
});

describe('a refusal says what it means and what to do', () => {
  test.each([
    ['get info', '6A80', 'does not accept the data', '--trace-apdu'],
    ['get challenge', '6D00', 'does not know the instruction', '--trace-apdu'],
    ['authenticate', '6983', 'permanently locked', 'do not try again'],
    ['authenticate', '6A80', 'had not issued a challenge', 'lay it on again'],
    ['configure', '6983', 'no longer authenticated', 'lay it on again'],
    ['configure', '6700', 'another length', '--trace-apdu'],
    ['write seed', '6A80', 'does not accept the data', '--trace-apdu'],
    ['write seed', '6E00', 'the class', '--trace-apdu'],
    ['write seed', '6F01', 'no meaning of 6F01 is known', '--trace-apdu'],
  ])('"%s" with %s', async (name, statusWord, meaning, nextAction) => {
    const card: Transport = {
      async transmit(command) {
        if (command.name === name) {
          return bytes(statusWord);
        }
        if (command.name === 'get info') {
          return bytes(token2Vectors.getInfo.responses[0]?.hex ?? '');
        }
        return bytes(command.name === 'get challenge' ? '11223344556677889000' : '9000');
      },
    };
    const driver = new Token2Single(card, token);
    const error = await driver
      .info()
      .then(() => driver.burn(aws40(), TARGET, () => 1_700_000_000))
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    if (!(error instanceof StatusWordError)) {
      throw new Error(`expected a StatusWordError, got ${error}`);
    }
    expect(error.command).toBe(name);
    expect(error.message).toContain(`the token refused "${name}" with ${statusWord}`);
    expect(error.meaning).toContain(meaning);
    expect(error.nextAction).toContain(nextAction);
  });
});
