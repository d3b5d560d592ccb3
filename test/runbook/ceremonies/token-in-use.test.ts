/** A token whose seed somebody else still needs: root, or a holder of another fleet. Nothing but the name of a device tells. */
import { Seed } from '../../../runbook/seed';
import { codeFor, counterAt } from '../../../runbook/token/codes';
import { ALICE_PRIMARY, Bench } from '../../support/bench';
import type { VirtualToken2Single } from '../../tokens/token2-single';

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
