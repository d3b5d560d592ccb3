/** A recorded enrollment of each driver runs again, with the recording as the card. */
import { createHmac } from 'node:crypto';
import { Seed } from '../../../runbook/seed';
import { codeFor, counterAt } from '../../../runbook/token/codes';
import { Bench, INVENTORY } from '../../support/bench';
import { findSeed } from '../../support/seed-forms';
import { parseRecording, ReplayedCard } from '../../tokens/replay';
import { VirtualMolto2 } from '../../tokens/token2-molto2';
import { VirtualToken2Single } from '../../tokens/token2-single';
import type { VirtualCard } from '../../tokens/virtual-card';
import { VirtualYkOath } from '../../tokens/ykoath';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary', '--codes', '1'];
const FILE = '/home/alice/enroll.apdu';
const SINGLE = '86596220000001';

/** Of a driver: how its token is declared, and made. */
interface Kind {
  readonly driver: string;
  readonly declared: string;
  make(clock: () => number): VirtualCard;
}

const KINDS: readonly Kind[] = [
  {
    driver: 'token2-single',
    declared: `serial: "${SINGLE}"`,
    make: (clock) => {
      const token = new VirtualToken2Single({ serial: SINGLE, clock, challenge });
      token.press();
      return token;
    },
  },
  {
    driver: 'token2-molto2',
    declared: 'serial: "826658719844499", type: molto2, profile: 7',
    make: (clock) => new VirtualMolto2({ serial: '826658719844499', clock, challenge }),
  },
  {
    driver: 'ykoath',
    declared: 'serial: "12345678", type: oath',
    make: () => new VirtualYkOath({ connection: 'nfc', challenge }),
  },
];

function challenge(): Uint8Array {
  return new Uint8Array(8).fill(7);
}

let bench: Bench;
afterEach(() => bench.close());

async function open({ declared }: Kind): Promise<void> {
  bench = await Bench.open({
    overHttp: true,
    inventory: INVENTORY.replace(`serial: "${SINGLE}"`, declared),
  });
  bench.answer = ({ name }) => (/code/.test(name) ? codeNow() : undefined);
}

/** The only seed that AWS gave out. */
function seedOf(): Uint8Array {
  const [seed] = bench.seeds;
  if (seed === undefined) {
    throw new Error('no seed was given out');
  }
  return seed;
}

function codeNow(): string {
  return codeFor(Seed.fromBytes(Uint8Array.from(seedOf())), counterAt(bench.clock.now() / 1000));
}

/** Computes as a key does: the counter is the end of the command; 76, its length, the digits, four bytes of RFC 4226. */
function computed(command: Uint8Array, length: number): Uint8Array {
  const isCalculation = command[1] === 0xa2 && command[3] === 1;
  if (!isCalculation) {
    return new Uint8Array(length);
  }
  const counter = Buffer.from(command).subarray(-9).subarray(0, 8);
  const at = command.at(-10) === 8 ? counter : Buffer.from(command).subarray(-8);
  const digest = createHmac('sha1', seedOf()).update(at).digest();
  const offset = digest.readUInt8(19) & 0x0f;
  return Uint8Array.of(
    0x76,
    5,
    6,
    digest.readUInt8(offset) & 0x7f,
    ...digest.subarray(offset + 1, offset + 4),
  );
}

test.each(KINDS.map((kind) => [kind.driver, kind] as const))('of %s', async (driver, kind) => {
  await open(kind);
  bench.readers.lay(kind.make(bench.clock.now));
  const recorded = await bench.run(...ENROLL, '--record', FILE);
  expect({ exitCode: recorded.exitCode, people: recorded.people }).toMatchObject({ exitCode: 0 });
  const text = bench.files.texts.get(FILE)?.text ?? '';
  expect(findSeed(text, seedOf())).toBeUndefined();
  const recording = parseRecording(text);
  expect(recording.kind).toBe(driver);
  expect(recording.exchanges.length).toBeGreaterThan(5);
  await bench.close();

  await open(kind);
  bench.clock.advance(recording.begunMs - bench.clock.now());
  const card = new ReplayedCard(recording, computed);
  bench.readers.lay(card);
  const again = await bench.run(...ENROLL);
  expect({ exitCode: again.exitCode, people: again.people }).toMatchObject({ exitCode: 0 });
  expect(() => card.finish()).not.toThrow();
  expect(await bench.devices()).toHaveLength(1);
});
