import { ForeignCardError, type ForeignKind } from '../../../runbook/token/driver';
import { identifyToken } from '../../../runbook/token/identify';
import { CardGoneError } from '../../../runbook/token/transport';
import { badge, bankCard, fidoKey, sealedToken, unknownToken } from '../../tokens/foreign-cards';
import { VirtualToken2Single } from '../../tokens/token2-single';
import { ReplayTransport, readTranscript } from '../../tokens/transcripts/transcript';
import type { VirtualCard } from '../../tokens/virtual-card';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { VirtualYkOath } from '../../tokens/ykoath';

function clock() {
  return 1_700_000_000_000;
}
const GET_INFO = '8041000002';
/** OATH, management and NDEF are asked for by the driver of OATH keys; then FIDO and payment, to name the card. */
const SELECT_HEADERS = ['00A4040007', '00A4040008', '00A4040007', '00A4040008', '00A404000E'];

async function connect(card: VirtualCard) {
  const readers = new VirtualReaders();
  readers.lay(card);
  return readers.card(undefined, AbortSignal.timeout(30_000));
}

function switchedOn(token: VirtualToken2Single): VirtualToken2Single {
  token.press();
  return token;
}

test.each(['tags', 'places'] as const)(
  'a token that answers in the form "%s" gets its driver and model',
  async (infoForm) => {
    const token = switchedOn(new VirtualToken2Single({ serial: '86596320000007', clock, infoForm }));
    const { driver, info } = await identifyToken(await connect(token));
    expect(info).toEqual({ serial: '86596320000007', model: 'C302-i', clock: 1_700_000_000 });
    expect(driver).toMatchObject({ id: 'token2-single', seedCapacity: 63, clockWipesSeed: false });
    expect(token.received).toEqual([GET_INFO]);
  },
);

test.each([
  { what: 'a bank card', card: bankCard(), says: 'a payment card; it answered get info with 6D00' },
  { what: 'a FIDO key', card: fidoKey(), says: 'a FIDO security key; it answered get info with 6D00' },
  { what: 'a badge', card: badge(), says: 'it answered get info with 6E00 and has no known applet' },
])('$what is named, and only asked what it is', async ({ card, says }) => {
  await expect(identifyToken(await connect(card))).rejects.toEqual(new ForeignCardError('not-a-token', says));
  expect(card.received[0]).toBe('80410000020211');
  expect(card.received.slice(1).map((command) => command.slice(0, 10))).toEqual(SELECT_HEADERS);
});

test('an OATH key gets its driver and is only asked what it is', async () => {
  const key = new VirtualYkOath({ serial: 12345678 });
  const { driver, info, type } = await identifyToken(await connect(key));
  expect(info).toEqual({ serial: '12345678', model: 'YubiKey (firmware 5.4.3)' });
  expect([driver.id, type]).toEqual(['ykoath', 'oath']);
  expect(key.received.slice(1).map((command) => command.slice(0, 4))).toEqual([
    '00A4',
    '00A4',
    '001D',
    '00A4',
  ]);
});

test('a bank card, as a transcript', async () => {
  const card = new ReplayTransport(readTranscript('bank-card'));
  await expect(identifyToken(card)).rejects.toThrow('a payment card');
  card.finish();
});

test.each<{ what: string; token: VirtualToken2Single; kind: ForeignKind; says: string }>([
  {
    what: 'an unknown prefix',
    token: unknownToken(clock),
    kind: 'unknown-prefix',
    says: '86590000000001 has no known prefix: it is a first-generation token',
  },
  { what: 'a C202', token: sealedToken(clock), kind: 'not-programmable', says: '86596230000001 is a C202' },
])('$what is asked once and never authenticated to', async ({ token, kind, says }) => {
  const card = await connect(switchedOn(token));
  const error = await identifyToken(card).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'ForeignCardError', kind, detail: expect.stringContaining(says) });
  expect(token.received).toEqual([GET_INFO]);
});

test('an answer of 9000 without a serial is not a token, and nothing else is tried on the card', async () => {
  const card = new ReplayTransport('=> 80410000020211\n<= AABB9000\n');
  await expect(identifyToken(card)).rejects.toEqual(
    new ForeignCardError('not-a-token', 'it answered get info with 2 bytes (AABB) without serial and clock'),
  );
  card.finish();
});

test('a token that is off does not answer, and is not called foreign', async () => {
  const token = new VirtualToken2Single({ serial: '86596220000001', clock });
  await expect(identifyToken(await connect(token))).rejects.toBeInstanceOf(CardGoneError);
});
