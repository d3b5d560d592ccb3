/** A token that refused its key is never asked again on this machine, by no command; the hint names the replacement. */
import { ALICE_PRIMARY, Bench, INVENTORY, type Told } from '../../support/bench';
import { MOLTO2_READER, VirtualMolto2 } from '../../tokens/token2-molto2';
import type { VirtualCard } from '../../tokens/virtual-card';
import { VirtualReaders } from '../../tokens/virtual-readers';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
const SPARE = '86596220000009';
const MOLTO2 = '826658700000001';
const ROOT_TOKEN = '86596220000011';
const LIST = '/state/locked-tokens';
const AUTHENTICATE = 0xce;
const SECRET = 'GEZDGNBVGY3TQOJQ'.repeat(4);

let bench: Bench;
afterEach(() => bench.close());

/** Has a card answer every authentication with a status word. @returns how often it was asked */
function refusing(card: VirtualCard, statusWord: number): () => number {
  const honest = card.receive.bind(card);
  let asked = 0;
  card.receive = (command) => {
    if (command[1] !== AUTHENTICATE) {
      return honest(command);
    }
    asked++;
    return Uint8Array.of(statusWord >> 8, statusWord & 0xff);
  };
  return () => asked;
}

async function open(inventory = INVENTORY): Promise<void> {
  bench = await Bench.open({ inventory });
}

function expectReplacementHint({ hints }: Told, holder = 'alice.breakglass'): void {
  expect(hints.join('\n')).toContain(`replace ${holder} --slot primary --reason broken`);
  expect(hints.join('\n')).not.toMatch(/mfa-runbook enroll/);
}

test('a token that refuses its key is remembered, and not even its device is made the next time', async () => {
  await open();
  const token = bench.token(ALICE_PRIMARY);
  const asked = refusing(token, 0x6983);
  bench.layAndAnswer(token);
  const first = await bench.runJson(...ENROLL);
  expect(first).toMatchObject({ exitCode: 1, code: 'token/locked' });
  expect(first.happened).toContain('token-locked');
  expectReplacementHint(first);
  expect(await bench.devices()).toEqual([]);
  const listed = bench.files.texts.get(LIST);
  expect(listed?.text).toMatch(/^86596220000001 \d{4}-\d\d-\d\d\n$/);
  expect(listed?.mode).toBe(0o600);

  const made = bench.seeds.length;
  const second = await bench.runJson(...ENROLL);
  expect(second).toMatchObject({ exitCode: 1, code: 'token/locked' });
  expectReplacementHint(second);
  expect([asked(), bench.seeds.length]).toEqual([1, made]);
  expect(bench.files.texts.get(LIST)).toEqual(listed);
});

describe('a token on the list is not authenticated to', () => {
  async function onTheList(serial: string, inventory = INVENTORY) {
    await open(inventory);
    await bench.files.write(LIST, `1 2020-01-01\n${serial} 2023-01-02\n`, 0o600);
    const token = bench.token(serial);
    const honest = token.receive.bind(token);
    let asked = 0;
    token.receive = (command) => {
      asked += command[1] === AUTHENTICATE ? 1 : 0;
      return honest(command);
    };
    bench.readers.lay(token);
    return { token, asked: () => asked };
  }

  test('by enroll --all', async () => {
    const { token, asked } = await onTheList(ALICE_PRIMARY);
    const { events } = await bench.runJson('enroll', '--all');
    expect(events).toContainEqual(expect.objectContaining({ event: 'not-enrolled', code: 'token/locked' }));
    expect([asked(), token.holdsSeed]).toEqual([0, false]);
    expect(await bench.devices()).toEqual([]);
  });

  test('by replace, of which it is the new token; the old one stays enabled', async () => {
    const inventory = `${INVENTORY}spares:\n  - { serial: "${SPARE}" }\n`;
    await open(inventory);
    const old = bench.token(ALICE_PRIMARY);
    bench.layAndAnswer(old);
    expect((await bench.runJson(...ENROLL)).exitCode).toBe(0);
    const before = await bench.devices();
    await bench.files.write(LIST, `${SPARE} 2023-01-02\n`, 0o600);
    const spare = bench.token(SPARE);
    bench.readers.lay(spare);
    const told = await bench.runJson(
      'replace',
      'alice.breakglass',
      '--slot',
      'primary',
      '--reason',
      'broken',
      '--spare',
      SPARE,
    );
    expect(told).toMatchObject({ exitCode: 1, code: 'token/locked' });
    expectReplacementHint(told);
    expect(spare.holdsSeed).toBe(false);
    expect(await bench.devices()).toEqual(before);
  });

  test('by burn', async () => {
    const { token, asked } = await onTheList(SPARE);
    bench.handedOver.secret = SECRET;
    const told = await bench.runJson('burn', '--secret', '--unrecorded', SPARE);
    expect(told).toMatchObject({ exitCode: 1, code: 'token/locked' });
    expect([asked(), token.holdsSeed]).toEqual([0, false]);
  });

  test('by the enrollment of root', async () => {
    const inventory = `${INVENTORY}root:\n  - { slot: primary, serial: "${ROOT_TOKEN}" }\n`;
    const { token, asked } = await onTheList(ROOT_TOKEN, inventory);
    bench.handedOver.secret = SECRET;
    const told = await bench.runJson('enroll', 'root', '--slot', 'primary', '--secret');
    expect(told).toMatchObject({ exitCode: 1, code: 'token/locked' });
    expectReplacementHint(told, 'root@123456789012');
    expect([asked(), token.holdsSeed]).toEqual([0, false]);
  });

  test('but it is read, and works again once a person takes its line out', async () => {
    const { token } = await onTheList(ALICE_PRIMARY);
    bench.answer = () => token.readCode();
    expect((await bench.runJson('token', 'info')).exitCode).toBe(0);
    await bench.files.write(LIST, '1 2020-01-01\n', 0o600);
    expect((await bench.runJson(...ENROLL)).exitCode).toBe(0);
    bench.readers.lay(token);
    await bench.files.write(LIST, `${ALICE_PRIMARY} 2023-01-02\n`, 0o600);
    expect((await bench.runJson('prove', 'alice.breakglass', '--slot', 'primary')).exitCode).toBe(0);
  });

  test('and another one is not taken for it', async () => {
    await onTheList(`${ALICE_PRIMARY}0`);
    const token = bench.token(ALICE_PRIMARY);
    bench.layAndAnswer(token);
    expect((await bench.runJson(...ENROLL)).exitCode).toBe(0);
  });
});

describe('a Molto2', () => {
  async function plugIn(statusWord: number) {
    const readers = new VirtualReaders({ names: [MOLTO2_READER] });
    bench = await Bench.open({
      inventory: INVENTORY.replace(`"${ALICE_PRIMARY}"`, `"${MOLTO2}", type: molto2, profile: 3`),
      readers,
    });
    const token = new VirtualMolto2({ serial: MOLTO2, clock: () => bench.clock.now() });
    const asked = refusing(token, statusWord);
    readers.lay(token);
    return { token, asked };
  }

  test.each([0x6983, 0x63c0, 0x63c1, 0x6300])(
    'that is locked, or has one try left, is remembered by every command (%i)',
    async (statusWord) => {
      const { token, asked } = await plugIn(statusWord);
      const told = await bench.runJson(...ENROLL);
      expect(told).toMatchObject({ exitCode: 1, code: 'token/locked' });
      expectReplacementHint(told);
      expect(asked()).toBe(1);
      for (const again of [
        ENROLL,
        ['token', 'erase', MOLTO2, '--token-profile', '0', '--unrecorded', MOLTO2],
      ]) {
        expect(await bench.runJson(...again)).toMatchObject({ exitCode: 1, code: 'token/locked' });
      }
      expect(asked()).toBe(1);
      expect(token.filled).toEqual([0]);
      expect(await bench.devices()).toEqual([]);
    },
  );

  test('whose erasure finds it locked is remembered, too', async () => {
    const { asked } = await plugIn(0x6983);
    const erase = ['token', 'erase', MOLTO2, '--token-profile', '0', '--unrecorded', MOLTO2];
    for (let run = 0; run < 2; run++) {
      expect(await bench.runJson(...erase)).toMatchObject({ exitCode: 1, code: 'token/locked' });
    }
    expect(asked()).toBe(1);
    expect(bench.files.texts.get(LIST)?.text).toContain(MOLTO2);
  });

  test('that has tries left is asked for its key, and is not on the list', async () => {
    await plugIn(0x63c5);
    bench.answer = () => 'wrong';
    expect((await bench.runJson(...ENROLL)).code).toBe('token/locked');
    expect(bench.files.texts.has(LIST)).toBe(false);
  });
});

test('a list that cannot be written does not hide that the token is locked', async () => {
  bench = await Bench.open({
    wrapHost: (host) => ({
      ...host,
      files: Object.assign(Object.create(host.files), {
        edit: () => Promise.reject(Object.assign(new Error('read-only'), { code: 'EROFS' })),
      }),
    }),
  });
  const token = bench.token(ALICE_PRIMARY);
  refusing(token, 0x6983);
  bench.layAndAnswer(token);
  const told = await bench.runJson(...ENROLL);
  expect(told).toMatchObject({ exitCode: 1, code: 'token/locked' });
  expect(told.events.some(({ message }) => String(message).includes('read-only'))).toBe(true);
});
