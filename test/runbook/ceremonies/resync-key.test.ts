/** A resync of a key: it computes the codes if it is on the reader; otherwise a person types those of an authenticator. */
import { Seed } from '../../../runbook/seed';
import { codeFor, counterAt } from '../../../runbook/token/codes';
import { ALICE_PRIMARY, Bench, INVENTORY } from '../../support/bench';
import { VirtualYkOath } from '../../tokens/ykoath';

const SERIAL = '12345678';
const PLACE = ['alice.breakglass', '--slot', 'primary'] as const;

let bench: Bench;
let key: VirtualYkOath;
beforeEach(async () => {
  bench = await Bench.open({
    inventory: INVENTORY.replace(`serial: "${ALICE_PRIMARY}"`, `serial: "${SERIAL}", type: oath`),
  });
  key = new VirtualYkOath({ serial: Number(SERIAL), connection: 'nfc' });
  bench.readers.lay(key);
  await bench.run('enroll', ...PLACE);
  bench.clock.advance(3_600_000);
});
afterEach(() => bench.close());

test('on the reader it computes the codes, and nothing is typed', async () => {
  expect(await bench.runJson('resync', ...PLACE)).toMatchObject({ exitCode: 0 });
  expect(bench.questions).toEqual([]);
  expect(bench.evidence.at(-1)).toMatchObject({ ceremony: 'resync', tokenSerial: SERIAL });
  expect(bench.evidence.at(-1)?.checks).toContain('serial');
  expect(bench.evidence.at(-1)?.checks).not.toContain('serial:typed');
});

test.each([
  ['no key', undefined],
  ['another key', new VirtualYkOath({ serial: 99_999_999, connection: 'nfc' })],
])('with %s on the reader, serial and codes are typed', async (_what, other) => {
  bench.readers.pull();
  if (other !== undefined) {
    bench.readers.lay(other);
  }
  const before = key.received.length;
  bench.answer = ({ name }) => {
    const counter = counterAt(bench.clock.now() / 1000);
    return name === 'serial' ? SERIAL : codeOf(counter);
  };
  expect(await bench.runJson('resync', ...PLACE)).toMatchObject({ exitCode: 0 });
  expect(new Set(bench.questions.map(({ name }) => name))).toEqual(new Set(['serial', 'code', 'next-code']));
  expect(bench.evidence.at(-1)?.checks).toContain('serial:typed');
  expect(key.received).toHaveLength(before);
});

/** Reads the code as an authenticator shows it. */
function codeOf(counter: number): string {
  return codeFor(Seed.fromBytes(Uint8Array.from(bench.seeds[0] ?? [])), counter);
}
