/** A Molto2 that is unplugged in the middle of a burn, at every command, and plugged in again. */
import { burn } from '../../../runbook/operator/burn';
import { Seed } from '../../../runbook/seed';
import { LocalSeedPhase } from '../../../runbook/seed-phase/local-seed-phase';
import { CommandLine } from '../../../runbook/terminal/command-line';
import { NO_INPUT } from '../../support/local-seed-phases';
import { MOLTO2_READER, VirtualMolto2 } from '../../tokens/token2-molto2';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { molto2Vectors } from './molto2-vectors';
import { vectorSeed } from './vectors';

const NONE_LOCKED = { path: '', since: async () => undefined, add: async () => undefined };
const NOW = 1_700_000_000;
const SERIAL = molto2Vectors.getInfo.serial;
/** Get info, read profile, get challenge, authenticate, configure, seed, title, read profile, get info, and its clock. */
const COMMANDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const FIRST_WRITE = 5;

async function make(profile: number) {
  const token = new VirtualMolto2({ serial: SERIAL, clock: () => NOW * 1000 });
  const readers = new VirtualReaders({ names: [MOLTO2_READER] });
  const phase = new LocalSeedPhase({
    aws: {
      createDevice: async () => ({ arn: 'arn', seed: Seed.fromBytes(vectorSeed('aws40')) }),
    },
    readers,
    trace: (transport) => transport,
    clock: { now: () => NOW * 1000 },
    input: NO_INPUT,
  });
  const { signal } = new AbortController();
  async function layAgain() {
    token.fail({});
    readers.lay(token);
    return phase.layToken(undefined, signal);
  }
  await layAgain();
  await phase.createDevice({ name: 'alice.primary', path: '/', tags: {} });
  const terminal = {
    during: <T>(_: unknown, work: Promise<T>) => work,
    note: () => undefined,
    event: () => undefined,
    ask: async () => token.readCode(profile) ?? '-',
  };
  const clock = { now: () => NOW * 1000, sleep: async () => undefined };
  const target = { profile, label: 'alice' };
  return {
    token,
    burn: () =>
      burn({ terminal, signal, clock, line: CommandLine.of([]), lockedTokens: NONE_LOCKED }, phase, {
        token: { serial: SERIAL, profile },
        target,
        about: { serial: SERIAL, inPrompts: SERIAL },
        mayReplace: undefined,
        onWriting: () => undefined,
        layAgain,
      }),
  };
}

test.each(COMMANDS.flatMap((at) => (['lost', 'done'] as const).map((effect) => ({ at, effect }))))(
  'at command $at ($effect), an empty profile gets its seed all the same',
  async ({ at, effect }) => {
    const bench = await make(7);
    bench.token.fail({ pull: { at, effect } });
    await bench.burn();
    expect(bench.token.holds(7, vectorSeed('aws40'))).toBe(true);
    expect(bench.token.title(7)).toBe('alice');
    expect(bench.token.readCode(7)).toBe('809936');
    expect(bench.token.filled).toEqual([0, 7]);
    expect(bench.token.overwritten.every(({ wasRead, profile }) => wasRead && profile === 7)).toBe(true);
  },
);

test.each(COMMANDS.filter((at) => at < FIRST_WRITE))(
  'at command %i, a filled profile that nobody asked about keeps its seed',
  async (at) => {
    const bench = await make(0);
    bench.token.fail({ pull: { at, effect: 'done' } });
    await expect(bench.burn()).rejects.toMatchObject({ name: 'ProfileTakenError', label: 'Token2' });
    expect(bench.token.overwritten).toEqual([]);
    expect(bench.token.title(0)).toBe('Token2');
  },
);
