import { createCipheriv } from 'node:crypto';
import {
  authenticateCommand,
  configureCommand,
  defaultKey,
  deriveKey,
  writeSeedCommand,
  writeTitleCommand,
} from '../../runbook/token/token2-molto2-commands';
import { molto2Vectors } from '../runbook/token/molto2-vectors';
import { bytes, vectorSeed } from '../runbook/token/vectors';
import { MovableClock } from '../support/clock';
import { VirtualMolto2 } from './token2-molto2';

const NOW = 1_700_000_000;
const SERIAL = molto2Vectors.getInfo.serial;
const CHALLENGE = molto2Vectors.challengeApduHex;
const DEFAULT_KEY = defaultKey();

function make(options: Partial<ConstructorParameters<typeof VirtualMolto2>[0]> = {}) {
  const clock = new MovableClock(() => NOW * 1000);
  const token = new VirtualMolto2({
    serial: SERIAL,
    clock: clock.now,
    challenge: () => bytes('1122334455667788'),
    ...options,
  });
  function send(command: string | Uint8Array): string {
    const reaction = token.receive(typeof command === 'string' ? bytes(command) : command);
    return typeof reaction === 'string' ? reaction : Buffer.from(reaction).toString('hex').toUpperCase();
  }
  function authenticate(key = DEFAULT_KEY): string {
    send(CHALLENGE);
    return send(authenticateCommand(key, bytes('1122334455667788')).bytes);
  }
  return { clock, token, send, authenticate };
}

/** Creates a command of class 84 with a valid MAC, computed by OpenSSL. */
function secured(header: string, body: Uint8Array): string {
  const message = Buffer.concat([bytes(`80${header}`), Buffer.of(body.length), body]);
  const padded = Buffer.alloc(Math.ceil(message.length / 16) * 16);
  padded.set(message);
  if (message.length % 16 !== 0) {
    padded[message.length] = 0x80;
  }
  const cipher = createCipheriv('sm4-cbc', DEFAULT_KEY, Buffer.alloc(16)).setAutoPadding(false);
  const code = cipher.update(padded).subarray(-16, -12);
  return Buffer.concat([bytes(`84${header}`), Buffer.of(body.length + 4), body, code]).toString('hex');
}

function encrypted(blocks: string): Uint8Array {
  return createCipheriv('sm4-ecb', DEFAULT_KEY, null).setAutoPadding(false).update(bytes(blocks));
}

describe('the virtual token takes the published bytes', () => {
  test.each(molto2Vectors.seed)('the seed $seedHex on profile $p2', ({ p2, seedHex, apduHex }) => {
    const { token, send, authenticate } = make();
    expect(authenticate()).toBe('9000');
    expect(send(apduHex)).toBe('9000');
    expect(token.holds(p2, bytes(seedHex))).toBe(true);
  });

  test.each(molto2Vectors.title)('the title "$title"', ({ profile, title, apduHex }) => {
    const { token, send, authenticate } = make();
    authenticate();
    expect(send(apduHex)).toBe('9000');
    expect(token.title(profile)).toBe(title);
  });

  test.each([...molto2Vectors.config, ...molto2Vectors.sync])('the clock $utc', ({ apduHex, utc }) => {
    const { token, send, authenticate } = make({ clockOffsetSeconds: 500 });
    authenticate();
    expect(send(apduHex)).toBe('9000');
    expect(token.clockSeconds).toBe(utc);
    expect(token.filled).toEqual([0]);
  });

  test.each(molto2Vectors.auth)('the answer to $challengeHex', ({ challengeHex, apduHex }) => {
    const { send } = make({ challenge: () => bytes(challengeHex) });
    expect(send(CHALLENGE)).toBe(`${challengeHex}9000`);
    expect(send(apduHex)).toBe('9000');
  });

  test('get info: the same tags and lengths', () => {
    const { send } = make({ clock: () => molto2Vectors.getInfo.utc * 1000 });
    const answer = send(molto2Vectors.getInfo.apduHex);
    expect(answer.slice(0, 54)).toBe(molto2Vectors.getInfo.responseHex.slice(0, 54));
    expect(answer).toHaveLength(molto2Vectors.getInfo.responseHex.length);
  });

  test('the public block of its last profile', () => {
    const { send, authenticate } = make();
    authenticate();
    send(configureCommand(DEFAULT_KEY, 99, NOW).bytes);
    send(writeTitleCommand(DEFAULT_KEY, 99, molto2Vectors.publicBlock.title).bytes);
    send(writeSeedCommand(DEFAULT_KEY, 99, vectorSeed('aws40')).bytes);
    const answer = send(molto2Vectors.publicBlock.profile99);
    const published = molto2Vectors.publicBlock.responseHex;
    // The times differ: they are made up in the published block.
    expect(answer.slice(0, 42)).toBe(published.slice(0, 42));
    expect(answer.slice(-12)).toBe(published.slice(-12));
    expect(answer).toHaveLength(published.length);
  });

  test('the order to empty a profile', () => {
    const { profile, apduHex } = molto2Vectors.clearSentinel;
    const { token, send, authenticate } = make();
    authenticate();
    send(writeSeedCommand(DEFAULT_KEY, profile, vectorSeed('aws40')).bytes);
    expect(token.isFilled(profile)).toBe(true);
    expect(send(apduHex)).toBe('9000');
    expect(token.isFilled(profile)).toBe(false);
  });

  test('the deletion of a seed, once; the title survives', () => {
    const { profile, apduHex } = molto2Vectors.deleteSeed;
    const { token, send, authenticate } = make();
    authenticate();
    send(writeSeedCommand(DEFAULT_KEY, profile, vectorSeed('aws40')).bytes);
    send(writeTitleCommand(DEFAULT_KEY, profile, 'alice').bytes);
    expect(send(apduHex)).toBe('9000');
    expect([token.isFilled(profile), token.title(profile)]).toEqual([false, 'alice']);
    expect(send(apduHex)).toBe('6A83');
  });

  test.each(molto2Vectors.setCustomerKey)('another customer key, after the button', (vector) => {
    const { token, send, authenticate } = make();
    authenticate();
    expect(send(vector.apduHex)).toBe('9060');
    expect(authenticate()).toBe('9000');
    token.pressUp();
    expect(authenticate()).toBe('63C7');
    const key =
      'newKeyAscii' in vector ? Buffer.from(vector.newKeyAscii ?? '') : bytes(vector.newKeyHex ?? '');
    expect(authenticate(deriveKey(key))).toBe('9000');
  });

  test('a factory reset, after the button, and without a key', () => {
    const { token, send, authenticate } = make({ customerKey: Buffer.from('another') });
    expect(authenticate()).toBe('63C7');
    expect(send(molto2Vectors.factoryReset.apduHex)).toBe('9060');
    expect(authenticate()).toBe('63C6');
    token.pressUp();
    expect(authenticate()).toBe('9000');
    expect(token.triesLeft).toBe(8);
  });

  test('its screen locked and unlocked, by somebody who knows the key', () => {
    const { token, send, authenticate } = make();
    expect(send(molto2Vectors.lock.apduHex)).toBe('6982');
    authenticate();
    expect(send(molto2Vectors.lock.apduHex)).toBe('9000');
    expect([token.isScreenLocked, token.readCode(0)]).toEqual([true, undefined]);
    expect(send(molto2Vectors.unlock.apduHex)).toBe('9000');
    expect(token.readCode(0)).toMatch(/^\d{6}$/);
  });
});

describe('the virtual token refuses what the real one refuses', () => {
  test.each([
    ['a class 00', '00A4040000', '6E00'],
    ['an unknown instruction', '8042000000', '6D00'],
    ['a header alone', '80410000', '6700'],
    ['a length that is too long', '804100000270', '6700'],
    ['an Le after a body', '80410000017000', '6FFB'],
    ['a list of tags, unless it was made to take it', '80410000020211', '6A80'],
    ['get info of a profile', '8041000100', '6A86'],
    ['other parameters in get info', '8041010000', '6A86'],
    ['a challenge of the single-profile form', '804B08000100', '6A86'],
    ['an answer to no challenge', `80CE000010${'00'.repeat(16)}`, '6A80'],
    ['an answer of 15 bytes', `80CE00000F${'00'.repeat(15)}`, '6700'],
    ['a deletion without authentication', '80E6000000', '6982'],
    ['a secure command without code', '84C5010000', '6700'],
  ])('%s', (_, command, expected) => {
    const { token, send } = make();
    expect(send(command)).toBe(expected);
    expect(token.filled).toEqual([0]);
  });

  test.each([
    { profiles: 50, last: 49 },
    { profiles: 100, last: 99 },
  ] as const)('profiles after $last', ({ profiles, last }) => {
    const { send, authenticate } = make({ profiles });
    authenticate();
    const next = (last + 1).toString(16).padStart(2, '0');
    expect(send(`804100${last.toString(16)}0170`)).toMatch(/^951F701D20.*9000$/);
    expect(send(`804100${next}0170`)).toBe('6A86');
    expect(send(`80E600${next}00`)).toBe('6A86');
    expect(send(secured(`C501${next}`, encrypted(`41${'00'.repeat(15)}`)))).toBe('6A86');
  });

  test.each([
    ['configure', configureCommand(DEFAULT_KEY, 3, NOW).bytes],
    ['write seed', writeSeedCommand(DEFAULT_KEY, 3, vectorSeed('aws40')).bytes],
    ['write title', writeTitleCommand(DEFAULT_KEY, 3, 'alice').bytes],
  ])('"%s" without authentication, and with a wrong code before it looks at that', (_, command) => {
    const { send, authenticate } = make();
    const wrong = Uint8Array.from(command);
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
    expect(send(wrong)).toBe('6983');
    expect(send(command)).toBe('6982');
    authenticate();
    expect(send(wrong)).toBe('6983');
    expect(send(command)).toBe('9000');
  });

  test.each([
    ['no 80', `11${'00'.repeat(15)}`],
    ['something behind its 80', `1180${'00'.repeat(13)}01`],
    ['nothing before its 80', `80${'00'.repeat(15)}`],
    ['64 bytes', `${'41'.repeat(64)}80${'00'.repeat(15)}`],
  ])('a seed with %s', (_, blocks) => {
    const { token, send, authenticate } = make();
    authenticate();
    expect(send(secured('C50103', encrypted(blocks)))).toBe('6A80');
    expect(token.isFilled(3)).toBe(false);
  });

  test.each([
    ['of 13 bytes', `${'41'.repeat(13)}800000`],
    ['of nothing', `80${'00'.repeat(15)}`],
    ['without 80', `41${'00'.repeat(15)}`],
    ['of two blocks', `${'41'.repeat(16)}80${'00'.repeat(15)}`],
  ])('a title %s', (_, blocks) => {
    const { token, send, authenticate } = make();
    authenticate();
    expect(send(secured('D50003', encrypted(blocks)))).toBe('6A80');
    expect(token.title(3)).toBe('');
  });

  test.each([
    ['in another order', '81140F046553F1001F010186090A01010B01060D011E'],
    ['of a single-profile token', '81111F01010F046553F10086060A01010D011E'],
    ['with 7 digits', '81141F01010F046553F10086090A01010B01070D011E'],
    ['with the hash 3', '81141F01010F046553F10086090A01030B01060D011E'],
    ['with a step of 31', '81141F01010F046553F10086090A01010B01060D011F'],
    ['with a display time of 4', '81141F01040F046553F10086090A01010B01060D011E'],
  ])('a configuration %s', (_, body) => {
    const { token, send, authenticate } = make({ clockOffsetSeconds: 500 });
    authenticate();
    expect(send(secured('D40103', bytes(body)))).toBe('6A80');
    expect(token.clockSeconds).toBe(NOW + 500);
  });

  test('the customer key after too many wrong ones; a right one gives all tries back', () => {
    const { token, send, authenticate } = make();
    const other = deriveKey(Buffer.from('other'));
    expect(authenticate(other)).toBe('63C7');
    expect(authenticate()).toBe('9000');
    expect(token.triesLeft).toBe(8);
    for (const left of [7, 6, 5, 4, 3, 2, 1, 0]) {
      expect(authenticate(other)).toBe(`63C${left}`);
    }
    expect(authenticate()).toBe('6983');
    expect(send(molto2Vectors.getInfo.apduHex)).toMatch(/9000$/);
  });

  test('a write after it was plugged out and in, or was asked for a new challenge', () => {
    const { token, send, authenticate } = make();
    const command = writeTitleCommand(DEFAULT_KEY, 3, 'alice').bytes;
    for (const lose of [() => token.leaveField(), () => send(CHALLENGE)]) {
      authenticate();
      expect(send(command)).toBe('9000');
      lose();
      expect(send(command)).toBe('6982');
    }
  });
});

test('from the factory profile 0 is filled and titled, and the others are empty', () => {
  const { token } = make();
  expect([token.filled, token.title(0), token.title(1)]).toEqual([[0], 'Token2', '']);
  expect(token.readCode(1)).toBe('------');
  expect(token.readCode(100)).toBeUndefined();
});

test('each profile has codes of its own', () => {
  const { token, send, authenticate } = make();
  authenticate();
  send(configureCommand(DEFAULT_KEY, 7, NOW).bytes);
  send(writeSeedCommand(DEFAULT_KEY, 7, vectorSeed('aws40')).bytes);
  send(writeSeedCommand(DEFAULT_KEY, 8, vectorSeed('seq40')).bytes);
  expect([token.readCode(7), token.readCode(8)]).toEqual(['809936', '145417']);
});

test('a seed that is replaced is remembered, with whether its profile was read before', () => {
  const { token, send, authenticate } = make();
  const command = writeSeedCommand(DEFAULT_KEY, 0, vectorSeed('aws40')).bytes;
  authenticate();
  send(command);
  send(molto2Vectors.publicBlock.profile0);
  send(command);
  expect(token.overwritten).toEqual([
    { profile: 0, wasRead: false },
    { profile: 0, wasRead: true },
  ]);
});

test('faults: a flipped bit, a lost title, a stuck clock, a short challenge', () => {
  const { token, send, authenticate } = make({ clockOffsetSeconds: 500 });
  token.fail({ flipSeedBit: true, titleLost: true, clockStuck: true });
  authenticate();
  expect(send(configureCommand(DEFAULT_KEY, 3, NOW).bytes)).toBe('9000');
  expect(send(writeSeedCommand(DEFAULT_KEY, 3, vectorSeed('aws40')).bytes)).toBe('9000');
  expect(send(writeTitleCommand(DEFAULT_KEY, 3, 'alice').bytes)).toBe('9000');
  expect(token.holds(3, vectorSeed('aws40'))).toBe(false);
  expect([token.isFilled(3), token.title(3), token.clockSeconds]).toEqual([true, '', NOW + 500]);
  token.fail({ shortChallenge: true });
  expect(send(CHALLENGE)).toBe('112233445566779000');
});

test('the record of what was received holds headers only', () => {
  const { token, send, authenticate } = make();
  authenticate();
  send(writeSeedCommand(DEFAULT_KEY, 3, vectorSeed('aws40')).bytes);
  expect(token.received).toEqual(['804B080000', '80CE000010', '84C5010334']);
});
