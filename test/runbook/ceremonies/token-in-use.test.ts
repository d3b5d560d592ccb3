/** A token whose seed somebody else still needs: root, or a holder of another fleet. Nothing but the name of a device tells. */
import { Seed } from '../../../runbook/seed';
import { codeFor, counterAt } from '../../../runbook/token/codes';
import { ALICE_PRIMARY, Bench, INVENTORY } from '../../support/bench';
import type { VirtualToken2Single } from '../../tokens/token2-single';
import { VirtualYkOath } from '../../tokens/ykoath';

let bench: Bench;
let token: VirtualToken2Single;
beforeEach(async () => {
  bench = await Bench.open();
  token = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(token);
});
afterEach(() => bench.close());

/** Root enrolls the token in the console. */
async function addToRoot(): Promise<void> {
  const name = `root.primary.${ALICE_PRIMARY}`;
  const console = bench.sandbox.console();
  const [, secret = ''] = /secret=([A-Z2-7]+)/.exec(console.createRootDevice(name)) ?? [];
  const seed = Seed.fromBase32(Uint8Array.from(Buffer.from(secret)));
  const last = counterAt(bench.clock.now() / 1000);
  console.addRootDevice(name, codeFor(seed, last - 1), codeFor(seed, last));
}

/** A holder of another fleet of the account has the token. */
async function addToOtherFleet(): Promise<void> {
  await bench.assignDevice('bob.breakglass', `bob.primary.${ALICE_PRIMARY}`, '/mfa-guardrails/other/');
}

function writes(): readonly string[] {
  return token.received.filter((header) => !header.startsWith('8041'));
}

test.each([
  ['root', addToRoot],
  ['another fleet', addToOtherFleet],
])('that of %s is not enrolled', async (_whose, add) => {
  await add();
  const before = await bench.devices();
  expect(await bench.runJson('enroll', 'alice.breakglass', '--slot', 'primary')).toMatchObject({
    code: 'iam/token-in-use',
    exitCode: 3,
  });
  expect(await bench.devices()).toEqual(before);
  expect(writes()).toEqual([]);
});

test('that of root is burned only for its serial, which --yes does not type', async () => {
  await addToRoot();
  bench.handedOver.secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  bench.answer = () => 'yes';
  expect((await bench.runJson('burn', '--secret', '--yes')).code).toBe('iam/token-in-use');
  expect(bench.questions.map(({ name }) => name)).toEqual(['overwrite']);
  expect(writes()).toEqual([]);
});

test('a key that the record does not declare is not burned', async () => {
  const key = new VirtualYkOath({ serial: 12_345_678 });
  bench.readers.lay(key);
  bench.handedOver.secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  expect((await bench.runJson('burn', '--secret')).code).toBe('record/not-declared');
  expect(bench.questions).toEqual([]);
  expect(key.names).toEqual([]);
});

describe('an OATH key, whose credential is named after account, holder and slot', () => {
  const KEY = '12345678';
  const LABEL = 'AWS 123456789012:alice.breakglass.primary';
  const OTHER = '/mfa-guardrails/other/';
  let fleet: Bench;
  let key: VirtualYkOath;
  beforeEach(async () => {
    fleet = await Bench.open({
      inventory: INVENTORY.replace(`serial: "${ALICE_PRIMARY}"`, `serial: "${KEY}", type: oath`),
    });
    key = new VirtualYkOath({ serial: Number(KEY), connection: 'nfc' });
    fleet.readers.lay(key);
  });
  afterEach(() => fleet.close());

  const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
  const RETIRE = [
    'retire',
    'alice.breakglass',
    '--slot',
    'primary',
    '--confirm',
    'alice.breakglass',
  ] as const;

  test('is not enrolled for the same holder and slot of another fleet: both would share it', async () => {
    await fleet.assignDevice('alice.breakglass', `alice.breakglass.primary.${KEY}`, OTHER);
    const before = await fleet.devices();
    expect(await fleet.runJson(...ENROLL)).toMatchObject({ code: 'iam/token-in-use', exitCode: 3 });
    expect(await fleet.devices()).toEqual(before);
    expect(key.names).toEqual([]);
  });

  test('is enrolled for another slot of another fleet, which has a credential of its own', async () => {
    await fleet.assignDevice('alice.breakglass', `alice.breakglass.backup.${KEY}`, OTHER);
    expect(await fleet.runJson(...ENROLL)).toMatchObject({ exitCode: 0 });
    expect(key.names).toEqual([LABEL]);
  });

  test.each([
    ['primary', true],
    ['backup', false],
  ])('keeps at a retirement what %s of another fleet needs: %s', async (slot, isKept) => {
    await fleet.runJson(...ENROLL);
    await fleet.assignDevice('alice.breakglass', `alice.breakglass.${slot}.${KEY}`, OTHER);
    const told = await fleet.runJson(...RETIRE);
    expect(told.exitCode).toBe(0);
    expect(told.events.some(({ event }) => event === 'kept')).toBe(isKept);
    expect(told.events.some(({ step }) => step === 'erased')).toBe(!isKept);
    expect(key.names).toEqual(isKept ? [LABEL] : []);
    expect((await fleet.devices()).map(({ arn }) => arn.split('/').slice(2).join('/'))).toEqual([
      `other/alice.breakglass.${slot}.${KEY}`,
    ]);
  });
});
