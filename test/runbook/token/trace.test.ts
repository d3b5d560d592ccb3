import { Seed } from '../../../runbook/seed';
import { identifyToken } from '../../../runbook/token/identify';
import { TracingTransport } from '../../../runbook/token/trace';
import { CardGoneError, type Transport } from '../../../runbook/token/transport';
import { VirtualToken2Single } from '../../tokens/token2-single';
import { RecordingTransport } from '../../tokens/transcripts/transcript';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { bytes, token2Vectors, vectorSeed } from './vectors';

const TARGET = { label: '' };

const NOW = 1_700_000_000;

/** Burns the published seed on a fresh token, and returns what a trace of it says. */
async function traceOfBurn(): Promise<{ lines: string[]; transcript: string; holdsSeed: boolean }> {
  const token = new VirtualToken2Single({
    serial: '86596220000001',
    clock: () => NOW * 1000,
    challenge: () => bytes('1122334455667788'),
  });
  token.press();
  const readers = new VirtualReaders();
  readers.lay(token);
  const card = await readers.card(undefined, AbortSignal.timeout(30_000));
  const recording = new RecordingTransport(card);
  const lines: string[] = [];
  const { driver } = await identifyToken(
    card,
    () => new TracingTransport(recording, (line) => lines.push(line)),
  );
  await driver.burn(Seed.fromBytes(vectorSeed('aws40')), TARGET, () => NOW);
  return { lines, transcript: recording.transcript, holdsSeed: token.holds(vectorSeed('aws40')) };
}

test('a trace of a burn reads like a transcript, with the secret bodies withheld', async () => {
  expect((await traceOfBurn()).lines).toEqual([
    '=> 80410000020211',
    '<= 9516020E383635393632323030303030303111046553F1009000',
    '# kind token2-single, serial 86596220000001',
    '=> 804B08000100',
    '<= 11223344556677889000',
    '=> 80CE000010 [16 bytes withheld]',
    '<= 9000',
    '=> 84D400001781111F01010F046553F10086060A01010D011E4FFDC288',
    '<= 9000',
    '=> 84C5010034 [52 bytes withheld]',
    '<= 9000',
  ]);
});

describe('nothing in a trace gives the seed away', () => {
  const vector = token2Vectors.seed.find(({ name }) => name === 'aws40');
  if (!vector) {
    throw new Error('the vector is missing');
  }
  const seed = Buffer.from(vector.seedHex, 'hex');
  const cipher = Buffer.from(vector.cipherHex, 'hex');
  const forms: readonly (readonly [string, string])[] = [
    ['the seed, raw', seed.toString('latin1')],
    ['the seed in hex', vector.seedHex],
    ['the seed in Base32', vector.seedBase32],
    ['the seed in Base64', seed.toString('base64').replace(/=+$/, '')],
    ['its first block under SM4', vector.cipherHex.slice(0, 32)],
    ['its last block under SM4', vector.cipherHex.slice(-32)],
    ['its SM4 cipher text in Base64', cipher.toString('base64').replace(/=+$/, '')],
    ['the code over its command', vector.macHex],
  ];

  test.each(forms)('%s', async (_, form) => {
    const { lines, holdsSeed } = await traceOfBurn();
    expect(holdsSeed).toBe(true);
    expect(lines.join('\n').toLowerCase()).not.toContain(form.toLowerCase());
  });

  test('though it all went through: a transcript has it', async () => {
    const { transcript } = await traceOfBurn();
    expect(transcript).toContain(vector.apduHex);
  });
});

const echo: Transport = { transmit: async () => bytes('AABB9000') };

test.each([
  {
    what: 'a command marked secret',
    ins: 0x01,
    secret: true,
    shown: ['=> 8001000002 [2 bytes withheld]', '<= [2 bytes withheld] 9000'],
  },
  {
    what: 'a seed that nobody marked',
    ins: 0xc5,
    secret: false,
    shown: ['=> 80C5000002 [2 bytes withheld]', '<= [2 bytes withheld] 9000'],
  },
  { what: 'an open command', ins: 0x41, secret: false, shown: ['=> 80410000021122', '<= AABB9000'] },
])('of $what the trace shows $shown', async ({ ins, secret, shown }) => {
  const lines: string[] = [];
  const trace = new TracingTransport(echo, (line) => lines.push(line));
  const answer = await trace.transmit({
    name: 'x',
    bytes: Uint8Array.of(0x80, ins, 0, 0, 2, 0x11, 0x22),
    secret,
  });
  expect(lines).toEqual(shown);
  expect(answer).toEqual(bytes('AABB9000'));
});

test('a card that leaves is traced, and its error passed on', async () => {
  const lines: string[] = [];
  const gone = new CardGoneError('x');
  const trace = new TracingTransport({ transmit: () => Promise.reject(gone) }, (line) => lines.push(line));
  await expect(trace.transmit({ name: 'x', bytes: bytes('8041000000'), secret: false })).rejects.toBe(gone);
  expect(lines).toEqual(['=> 8041000000', '<= no answer']);
});
