import { createCipheriv } from 'node:crypto';
import { getInfoCommand } from '../../runbook/token/token2-info';
import { authenticateCommand, configureCommand, writeSeedCommand } from '../../runbook/token/token2-single';
import { bytes, token2Vectors, vectorSeed } from '../runbook/token/vectors';
import { MovableClock } from '../support/clock';
import { VirtualToken2Single, type VirtualTokenOptions } from './token2-single';

const NOW = 1_700_000_000;
const RESTRICTED = '86596220000001';
const UNRESTRICTED = '86596320000001';
const CHALLENGE = '804B08000100';

function make(options: Partial<VirtualTokenOptions> = {}) {
  const clock = new MovableClock(() => NOW * 1000);
  const token = new VirtualToken2Single({
    serial: RESTRICTED,
    clock: clock.now,
    challenge: () => bytes('1122334455667788'),
    ...options,
  });
  token.press();
  function send(command: string | Uint8Array): string {
    const reaction = token.receive(typeof command === 'string' ? bytes(command) : command);
    return typeof reaction === 'string' ? reaction : Buffer.from(reaction).toString('hex').toUpperCase();
  }
  function authenticate(): string {
    send(CHALLENGE);
    return send(authenticateCommand(bytes('1122334455667788')).bytes);
  }
  return { clock, token, send, authenticate };
}

function configure(clock = NOW, displaySeconds: 15 | 30 | 60 | 120 = 30) {
  return configureCommand({ clock, displaySeconds, hmac: 'SHA-1', stepSeconds: 30 }).bytes;
}
function seedCommand(name = 'aws40') {
  return writeSeedCommand(vectorSeed(name)).bytes;
}

/** Creates a command of class 84 with a valid MAC, computed by OpenSSL. */
function secured(header: string, body: string): string {
  const data = bytes(body);
  const message = Buffer.concat([bytes(`80${header}`), Buffer.of(data.length), data]);
  const padded = Buffer.alloc(Math.ceil(message.length / 16) * 16);
  padded.set(message);
  if (message.length % 16 !== 0) {
    padded[message.length] = 0x80;
  }
  const cipher = createCipheriv('sm4-cbc', bytes(token2Vectors.deviceKey), Buffer.alloc(16)).setAutoPadding(
    false,
  );
  const code = cipher.update(padded).subarray(-16, -12).toString('hex');
  return `84${header}${Buffer.of(data.length + 4).toString('hex')}${body}${code}`;
}

describe('the virtual token takes what the real one takes', () => {
  test.each(token2Vectors.seed)('the seed "$name"', ({ apduHex, seedHex }) => {
    const { token, send, authenticate } = make();
    expect(authenticate()).toBe('9000');
    expect(send(apduHex)).toBe('9000');
    expect(token.holds(bytes(seedHex))).toBe(true);
  });

  test.each(token2Vectors.config)('the configuration of $utc', ({ apduHex, utc }) => {
    const { token, send, authenticate } = make();
    authenticate();
    expect(send(apduHex)).toBe('9000');
    expect(token.clockSeconds).toBe(utc);
  });

  test.each(token2Vectors.auth)('the answer to the challenge $challengeHex', ({ challengeHex, apduHex }) => {
    const { send } = make({ challenge: () => bytes(challengeHex) });
    expect(send(CHALLENGE)).toBe(`${challengeHex}9000`);
    expect(send(apduHex)).toBe('9000');
  });

  test.each(token2Vectors.getInfo.responses)('get info, in the form "$form"', ({ form, hex }) => {
    const { send } = make({ infoForm: form === 'places' ? 'places' : 'tags' });
    expect(send(token2Vectors.getInfo.apduHex)).toBe(hex);
  });

  test('a challenge asked for in the older form', () => {
    expect(make().send(token2Vectors.challenge.altApduHex)).toBe('11223344556677889000');
  });
});

describe('the virtual token refuses what the real one refuses', () => {
  test.each([
    ['a class 00', '00A4040000', '6E00'],
    ['an unknown instruction', '8042000000', '6D00'],
    ['an instruction in the other class', '84CE000000', '6D00'],
    ['three bytes', '804100', '6700'],
    ['a header alone', '80410000', '6700'],
    ['a length that is too long', '80410000030211', '6700'],
    ['a length that is too short', '80410000010211', '6700'],
    ['an Le', '8041000002021100', '6700'],
    ['an extended length', '804100000000020211', '6700'],
    ['other tags in get info', '80410000020270', '6A80'],
    ['other parameters in get info', '80410100020211', '6A80'],
    ['an answer of 15 bytes to no challenge', `80CE00000F${'00'.repeat(15)}`, '6700'],
    ['an answer to no challenge', `80CE000010${'00'.repeat(16)}`, '6A80'],
    ['a secure command without code', '84C5010000', '6700'],
  ])('%s', (_, command, expected) => {
    expect(make().send(command)).toBe(expected);
  });

  test.each(token2Vectors.rejectedLegacySeed)('the unpadded seed $seedHex', ({ apduHex, expectSw }) => {
    const { token, send, authenticate } = make();
    authenticate();
    expect(send(apduHex)).toBe(expectSw);
    expect(token.holdsSeed).toBe(false);
  });

  test('a seed of 64 bytes', () => {
    const { token, send, authenticate } = make();
    const padded = Buffer.concat([Buffer.alloc(64, 0x41), Buffer.of(0x80), Buffer.alloc(15)]);
    const cipher = createCipheriv('sm4-ecb', bytes(token2Vectors.deviceKey), null).setAutoPadding(false);
    authenticate();
    expect(send(secured('C50100', cipher.update(padded).toString('hex')))).toBe('6A80');
    expect(token.holdsSeed).toBe(false);
  });

  test.each([
    ['configure', configure()],
    ['write seed', seedCommand()],
  ])(
    '"%s" without authentication, and with a wrong code before it looks at the authentication',
    (_, command) => {
      const { token, send, authenticate } = make();
      expect(send(command)).toBe('6983');
      authenticate();
      const wrong = Uint8Array.from(command);
      wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
      expect(send(wrong)).toBe('6983');
      expect(token.holdsSeed).toBe(false);
      expect(send(command)).toBe('9000');
    },
  );

  test.each([
    ['in another order', '81110F046553F1001F010186060A01010D011E'],
    ['with a display time of 4', '81111F01040F046553F10086060A01010D011E'],
    ['with the hash 3', '81111F01010F046553F10086060A01030D011E'],
    ['with a step of 31', '81111F01010F046553F10086060A01010D011F'],
    ['that is cut short', '81101F01010F046553F10086060A01010D01'],
    ['that sets the clock only', '81060F046553F100'],
  ])('a configuration %s', (_, body) => {
    const { token, send, authenticate } = make({ clockOffsetSeconds: 500 });
    authenticate();
    expect(send(secured('D40000', body))).toBe('6A80');
    expect(token.clockSeconds).toBe(NOW + 500);
    expect(send(secured('D40000', '81111F01010F046553F10086060A01010D011E'))).toBe('9000');
    expect(token.clockSeconds).toBe(NOW);
  });
});

test.each([
  ['no 80 at all', ['00'.repeat(16)]],
  ['its 80 before the last block', [`11${'80'}${'00'.repeat(14)}`, '00'.repeat(16)]],
  ['something behind its 80', [`1180${'00'.repeat(13)}01`]],
  ['nothing before its 80', [`80${'00'.repeat(15)}`]],
])('a seed is refused when its padding has %s', (_, blocks) => {
  const { token, send, authenticate } = make();
  authenticate();
  const cipher = createCipheriv('sm4-ecb', bytes(token2Vectors.deviceKey), null).setAutoPadding(false);
  const body = cipher.update(bytes(blocks.join(''))).toString('hex');
  expect(send(secured('C50100', body))).toBe('6A80');
  expect(token.holdsSeed).toBe(false);
  expect(send(seedCommand())).toBe('9000');
  expect(token.holdsSeed).toBe(true);
});

describe('authentication', () => {
  const wrongAnswer = `80CE000010${'00'.repeat(16)}`;

  test('uses up its challenge, right or wrong', () => {
    const { send, authenticate } = make();
    const answer = authenticateCommand(bytes('1122334455667788')).bytes;
    expect(authenticate()).toBe('9000');
    expect(send(answer)).toBe('6A80');
    send(CHALLENGE);
    expect(send(wrongAnswer)).toBe('6983');
    expect(send(answer)).toBe('6A80');
    expect(authenticate()).toBe('9000');
  });

  test('wants the challenge of this stay in the field', () => {
    const { token, send, authenticate } = make();
    const answer = authenticateCommand(bytes('1122334455667788')).bytes;
    send(CHALLENGE);
    token.leaveField();
    token.enterField();
    expect(send(answer)).toBe('6A80');
    expect(authenticate()).toBe('9000');
  });

  test('is lost with a new challenge, with the field, and with the power', () => {
    const { token, send, authenticate } = make();
    const losses = [
      () => send(CHALLENGE),
      () => token.leaveField(),
      () => {
        token.press();
        token.press();
      },
    ];
    for (const lose of losses) {
      authenticate();
      expect(send(seedCommand())).toBe('9000');
      lose();
      expect(send(seedCommand())).toBe('6983');
    }
  });

  test('locks old firmware permanently when it is wrong, and only then', () => {
    const { token, send, authenticate } = make({ oldFirmware: true });
    expect(authenticate()).toBe('9000');
    send(CHALLENGE);
    expect(send(wrongAnswer)).toBe('6983');
    expect(token.isLocked).toBe(true);
    expect(authenticate()).toBe('6983');
    token.leaveField();
    token.press();
    token.press();
    expect(authenticate()).toBe('6983');
    expect(send(getInfoCommand().bytes)).toMatch(/9000$/);
  });
});

describe('the seed when the configuration is written', () => {
  test.each([
    { serial: RESTRICTED, kept: false },
    { serial: UNRESTRICTED, kept: true },
  ])('of $serial is kept: $kept', ({ serial, kept }) => {
    const { token, send, authenticate } = make({ serial });
    authenticate();
    send(seedCommand());
    expect(token.holds(vectorSeed('aws40'))).toBe(true);
    expect(send(configure())).toBe('9000');
    expect(token.holds(vectorSeed('aws40'))).toBe(kept);
    expect(token.holdsSeed).toBe(kept);
  });
});

describe('button and display', () => {
  test.each(token2Vectors.totp)('the seed $seed shows $code at $t', ({ seed, t, code }) => {
    const { token, send, authenticate } = make();
    authenticate();
    send(configure(t));
    send(seedCommand(seed));
    expect(token.readCode()).toBe(code);
  });

  test('dashes without a seed, nothing when off', () => {
    const { token } = make();
    expect([token.isOn, token.display]).toEqual([true, '------']);
    token.press();
    expect([token.isOn, token.display]).toEqual([false, undefined]);
  });

  test('the old code stays until the token was off and on', () => {
    const { token, send, authenticate } = make({ serial: UNRESTRICTED });
    authenticate();
    send(seedCommand('seq40'));
    token.readCode();
    authenticate();
    send(configure());
    send(seedCommand('aws40'));
    expect(token.display).toBe('145417');
    expect(token.readCode()).toBe('809936');
  });

  test('a code gives way to the next while the display is lit', () => {
    const { token, clock, send, authenticate } = make();
    authenticate();
    send(configure(NOW, 60));
    send(seedCommand());
    expect(token.readCode()).toBe('809936');
    clock.advance(30_000);
    expect(token.display).toBe('315585');
  });

  test.each([15, 30, 60, 120] as const)(
    'the display goes dark after the %i seconds it was told',
    (seconds) => {
      const { token, clock, send, authenticate } = make();
      authenticate();
      send(configure(NOW, seconds));
      token.readCode();
      clock.advance(seconds * 1000 - 1);
      expect(token.isOn).toBe(true);
      clock.advance(1);
      expect(token.isOn).toBe(false);
      expect(send(getInfoCommand().bytes)).toBe('mute');
      token.press();
      expect(send(getInfoCommand().bytes)).toMatch(/9000$/);
    },
  );
});

describe('the clock', () => {
  test('starts off by the offset, drifts, and is set by a configuration', () => {
    const { token, clock, send, authenticate } = make({ clockOffsetSeconds: -90, driftPpm: 100 });
    expect(token.clockSeconds).toBe(NOW - 90);
    clock.advance(1_000_000_000);
    expect(token.clockSeconds).toBe(NOW - 90 + 1_000_000 + 100);
    token.press();
    authenticate();
    send(configure(NOW + 1_000_000));
    expect(token.clockSeconds).toBe(NOW + 1_000_000);
  });
});

describe('faults', () => {
  function burned(faults: Parameters<VirtualToken2Single['fail']>[0]) {
    const bench = make({ clockOffsetSeconds: 500 });
    bench.token.fail(faults);
    bench.authenticate();
    expect(bench.send(configure())).toBe('9000');
    expect(bench.send(seedCommand())).toBe('9000');
    return bench.token;
  }

  test('none: the right code at the right time', () => {
    const token = burned({});
    expect([token.readCode(), token.clockSeconds]).toEqual(['809936', NOW]);
  });

  test('a flipped bit, a wrong hash and a wrong step: said yes, shows another code', () => {
    for (const faults of [{ flipSeedBit: true }, { wrongHash: true }, { wrongStep: true }]) {
      expect(burned(faults).readCode()).toMatch(/^(?!809936)\d{6}$/);
    }
  });

  test('a stuck clock: said yes, stays off', () => {
    expect(burned({ clockStuck: true }).clockSeconds).toBe(NOW + 500);
  });

  test('a short challenge', () => {
    const { token, send } = make();
    token.fail({ shortChallenge: true });
    expect(send(CHALLENGE)).toBe('112233445566779000');
  });
});

test('the record of what was received holds headers only', () => {
  const { token, send, authenticate } = make();
  authenticate();
  send(seedCommand());
  expect(token.received).toEqual(['804B080001', '80CE000010', '84C5010034']);
});
