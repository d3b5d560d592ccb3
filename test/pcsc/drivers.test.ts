/** The whole life of every driver's token over the real PC/SC stack: looked at, enrolled, proved, looked at, retired, erased. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND_VIRTUAL_READER, VIRTUAL_READER, whyNoPcscd } from '../support/pcscd';
import { findSeed } from '../support/seed-forms';
import { VirtualMolto2 } from '../tokens/token2-molto2';
import { VirtualToken2Single } from '../tokens/token2-single';
import type { VirtualCard } from '../tokens/virtual-card';
import { VirtualYkOath } from '../tokens/ykoath';
import { DriverBench, type Listener, Watched } from './driver-bench';

const HOLDER = 'alice.breakglass';
const KEY = '12345678';
const MOLTO2 = '826658719844499';
const PROFILE = 7;
const SINGLE = '86596220000003';
const LABEL = `AWS 123456789012:${HOLDER}.primary`;
const DEVICES = 'arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/';
const INVENTORY = `
fleet: break-glass
holders:
  ${HOLDER}:
    - { slot: primary, serial: "${KEY}", type: oath }
    - { slot: backup, serial: "${MOLTO2}", type: molto2, profile: ${PROFILE} }
    - { slot: travel, serial: "${SINGLE}" }
`;
/** Two runs, each with two codes that AWS has not seen. */
const LIFE_TIMEOUT_MS = 240_000;

const missing = whyNoPcscd();
if (missing !== undefined) {
  throw new Error(`npm run test:pcsc needs the PC/SC stack: ${missing}`);
}

let bench: DriverBench;
beforeAll(async () => {
  bench = await DriverBench.open(INVENTORY);
});
afterAll(() => bench?.close());
afterEach(() => bench.clear());

const key = new VirtualYkOath({ serial: Number(KEY), credentials: [theirs()] });
const molto2 = new VirtualMolto2({ serial: MOLTO2, clock: Date.now });

/** A credential of somebody else. */
function theirs() {
  return { name: 'Elsewhere:alice', secret: Buffer.alloc(20, 0x33) };
}

/** Types what a display shows when a code is asked for. */
function typing(read: () => string): Listener {
  return (line) => (/^\? .*code/.test(line) ? read() : undefined);
}

function readMolto2(): string {
  return molto2.readCode(PROFILE) ?? '';
}

function enrollment(slot: string): readonly string[] {
  return ['enroll', HOLDER, '--slot', slot, '--codes', '1', '--verbose', '--trace-apdu'];
}

/** The seed of the last device. */
function lastSeed(): Uint8Array {
  const seed = bench.seeds.at(-1);
  if (seed === undefined) {
    throw new Error('no seed was given out');
  }
  return seed;
}

test(
  'an OATH key is enrolled and proved by what it computes, and nothing is typed',
  async () => {
    await bench.lay(key);
    const before = await bench.run(['token', 'info']);
    expect(before.stdout).toMatch(/^serial {2}12345678$/m);
    expect(before.stdout).toMatch(/^holds {3}Elsewhere:alice$/m);
    const enrolled = await bench.run(enrollment('primary'));
    expect(enrolled).toMatchObject({ code: 0, stdout: `${DEVICES}${HOLDER}.primary.${KEY}\n` });
    expect(enrolled.stderr).not.toMatch(/^\? /m);
    expect(key.holds(LABEL, lastSeed())).toBe(true);
    expect(enrolled.stderr).toMatch(/=> 00010000\S* \[\d+ bytes withheld\]/);
    const places = { said: enrolled.stdout + enrolled.stderr, left: await bench.filesLeft() };
    for (const [place, text] of Object.entries(places)) {
      expect({ place, seed: findSeed(Buffer.from(text, 'latin1'), lastSeed()) }).toEqual({
        place,
        seed: undefined,
      });
    }
    const proven = await bench.run(['prove', HOLDER, '--slot', 'primary']);
    expect(proven).toMatchObject({ code: 0 });
    const after = await bench.run(['token', 'info']);
    expect(after.stdout).toContain(`holds   ${LABEL}\n`);
    expect(key.holds(theirs().name, theirs().secret)).toBe(true);
  },
  LIFE_TIMEOUT_MS,
);

test(
  'a profile of a Molto2 is enrolled, and its other profiles stay as they are',
  async () => {
    await bench.lay(molto2);
    const before = await bench.run(['token', 'info']);
    expect(before.stdout).toMatch(/^serial {2}826658719844499$/m);
    const enrolled = await bench.run(enrollment('backup'), typing(readMolto2));
    expect(enrolled).toMatchObject({ code: 0, stdout: `${DEVICES}${HOLDER}.backup.${MOLTO2}+07\n` });
    expect(molto2.holds(PROFILE, lastSeed())).toBe(true);
    expect(molto2.filled).toEqual([0, PROFILE]);
    expect(
      findSeed(Buffer.from(enrolled.stderr + (await bench.filesLeft()), 'latin1'), lastSeed()),
    ).toBeUndefined();
    const proven = await bench.run(['prove', HOLDER, '--slot', 'backup'], typing(readMolto2));
    expect(proven).toMatchObject({ code: 0 });
    const after = await bench.run(['token', 'info']);
    expect(after.stdout).toMatch(/^holds {3}profile 7: alice/m);
  },
  LIFE_TIMEOUT_MS,
);

test(
  'of two tokens on two readers none is guessed, and --reader chooses',
  async () => {
    await bench.lay(key);
    await bench.lay(molto2, bench.second);
    const before = [key.received.length, molto2.received.length];
    const listed = await bench.run(['token', 'list']);
    expect(listed.stdout).toMatch(new RegExp(`^${VIRTUAL_READER} +ykoath ${KEY}`, 'm'));
    expect(listed.stdout).toMatch(new RegExp(`^${SECOND_VIRTUAL_READER} +token2-molto2 ${MOLTO2}`, 'm'));
    const looked = [key.received.length, molto2.received.length];
    expect(looked.every((count, i) => count > (before[i] ?? 0))).toBe(true);
    const refused = await bench.run(['token', 'info', '--json']);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr + refused.stdout).toContain('reader/several');
    expect([key.received.length, molto2.received.length]).toEqual(looked);
    const chosen = await bench.run(['token', 'info', '--reader', '00 01']);
    expect(chosen.stdout).toMatch(new RegExp(`^serial {2}${MOLTO2}$`, 'm'));
  },
  LIFE_TIMEOUT_MS,
);

test('another kind of token than declared is refused with both named, and nothing is created', async () => {
  await bench.lay(key);
  const [devices, names] = [await bench.allDevices(), key.names];
  const refused = await bench.run(['enroll', HOLDER, '--slot', 'travel', '--json']);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr + refused.stdout).toContain('token/wrong-kind');
  expect([await bench.allDevices(), key.names]).toEqual([devices, names]);
});

test(
  'a programmable token is enrolled, and proved by two codes that are typed',
  async () => {
    const token = freshSingle();
    await bench.lay(token.card);
    const enrolled = await bench.run(enrollment('travel'), typing(token.read));
    expect(enrolled).toMatchObject({ code: 0, stdout: `${DEVICES}${HOLDER}.travel.${SINGLE}\n` });
    const writes = token.writes();
    const proven = await bench.run(['prove', HOLDER, '--slot', 'travel'], typing(token.read));
    expect(proven).toMatchObject({ code: 0, stdout: `${DEVICES}${HOLDER}.travel.${SINGLE}\n` });
    expect(await bench.evidenceOf(HOLDER, 'travel')).toMatchObject({
      ceremony: 'prove',
      tokenSerial: SINGLE,
    });
    // A drill reads the token, and writes nothing to it.
    expect({ writes: token.writes(), holds: token.holds(lastSeed()) }).toEqual({ writes, holds: true });
    expect(writes).toBeGreaterThan(0);
  },
  LIFE_TIMEOUT_MS,
);

test(
  'a retired key loses its credential, and no other',
  async () => {
    await bench.lay(key);
    const retired = await bench.run(['retire', HOLDER, '--slot', 'primary', '--confirm', HOLDER]);
    expect(retired).toMatchObject({ code: 0 });
    expect(key.names).toEqual([theirs().name]);
    expect(await bench.devicesOf(HOLDER)).toEqual([
      `${DEVICES}${HOLDER}.backup.${MOLTO2}+07`,
      `${DEVICES}${HOLDER}.travel.${SINGLE}`,
    ]);
    const twice = await bench.run(['token', 'erase', KEY, '--credential', LABEL]);
    expect({ code: twice.code, names: key.names }).toEqual({ code: 1, names: [theirs().name] });
  },
  LIFE_TIMEOUT_MS,
);

test(
  'a retired profile of a Molto2 signs nobody in, and is empty once it is erased',
  async () => {
    await bench.lay(molto2);
    const refused = await bench.run(['retire', HOLDER, '--slot', 'backup', '--confirm', 'bob.breakglass']);
    expect(refused.code).toBe(2);
    expect(await bench.devicesOf(HOLDER)).toContain(`${DEVICES}${HOLDER}.backup.${MOLTO2}+07`);
    const retired = await bench.run(['retire', HOLDER, '--slot', 'backup', '--confirm', HOLDER]);
    expect(retired).toMatchObject({ code: 0 });
    expect(await bench.devicesOf(HOLDER)).toEqual([`${DEVICES}${HOLDER}.travel.${SINGLE}`]);
    expect(await bench.evidenceOf(HOLDER, 'backup')).toMatchObject({
      ceremony: 'retire',
      tokenSerial: MOLTO2,
    });
    expect(molto2.filled).toEqual([0, PROFILE]);
    const erased = await bench.run(['token', 'erase', MOLTO2, '--token-profile', String(PROFILE)], (line) =>
      line.startsWith('? ') ? MOLTO2 : undefined,
    );
    expect(erased).toMatchObject({ code: 0 });
    expect(molto2.filled).toEqual([0]);
  },
  LIFE_TIMEOUT_MS,
);

/**
 * A token of each driver before it is enrolled: its slot, and the commands at which something happens, of which the last is
 * after the write. The fault matrix has every command, in one process.
 */
const KINDS: readonly (readonly [
  slot: string,
  commands: readonly number[],
  make: () => { readonly card: VirtualCard } & Life,
])[] = [
  ['travel', [2, 5, 6], freshSingle],
  ['backup', [3, 9, 11], freshMolto2],
  ['primary', [4, 12, 15], freshKey],
];

interface Life {
  read(): string;
  holds(seed: Uint8Array): boolean;
}

function freshSingle() {
  const token = new VirtualToken2Single({ serial: SINGLE, clock: Date.now });
  token.press();
  return {
    card: token,
    read: () => token.readCode(),
    holds: (seed: Uint8Array) => token.holds(seed),
    writes: () => token.received.filter((header) => header.startsWith('84')).length,
  };
}

function freshMolto2() {
  const token = new VirtualMolto2({ serial: MOLTO2, clock: Date.now });
  function holds(seed: Uint8Array): boolean {
    return token.holds(PROFILE, seed);
  }
  return { card: token, read: () => token.readCode(PROFILE) ?? '', holds };
}

function freshKey() {
  const token = new VirtualYkOath({ serial: Number(KEY) });
  return { card: token, read: () => '', holds: (seed: Uint8Array) => token.holds(LABEL, seed) };
}

describe.each(KINDS)('the token of %s', (slot, commands, make) => {
  beforeEach(() => forget());

  /** Deletes every device, so that the slots are free. */
  async function forget(): Promise<void> {
    for (const SerialNumber of await bench.devicesOf(HOLDER)) {
      await bench.admin('iam', 'DeactivateMFADevice', { UserName: HOLDER, SerialNumber });
    }
    for (const SerialNumber of await bench.allDevices()) {
      await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber });
    }
  }

  /** Types codes, and says yes to replacing what an attempt before has left. */
  function answering({ read }: Life): Listener {
    return (line) => {
      if (/^\? .*replace it/.test(line)) {
        return 'yes';
      }
      return /^\? .*code/.test(line) ? read() : undefined;
    };
  }

  test.each(commands)(
    'pulled at command %i is laid on again, and the enrollment ends well',
    async (at) => {
      const life = make();
      const card = new Watched(life.card);
      card.at(
        at,
        () =>
          void bench.first
            .pull()
            .then(() => sleep(300))
            .then(() => bench.lay(card)),
      );
      await bench.lay(card);
      const first = await bench.run(enrollment(slot), answering(life));
      if (first.code !== 0) {
        expect(first.stderr).toMatch(/^mfa-runbook: state: /m);
        await bench.lay(card);
        expect(await bench.run(enrollment(slot), answering(life))).toMatchObject({ code: 0 });
      }
      expect(life.holds(lastSeed())).toBe(true);
      expect(await bench.allDevices()).toHaveLength(1);
      expect(await bench.devicesOf(HOLDER)).toHaveLength(1);
    },
    LIFE_TIMEOUT_MS,
  );

  test.each(commands)(
    'without pcscd from command %i on says so, and the next run ends well',
    async (at) => {
      const life = make();
      const card = new Watched(life.card);
      let stopped: Promise<void> | undefined;
      card.at(at, () => {
        stopped = bench.stopPcscd();
      });
      await bench.lay(card);
      const first = await bench.run(enrollment(slot), answering(life));
      await stopped;
      await bench.startPcscd();
      if (first.code !== 0) {
        expect(first.stderr).toMatch(/^mfa-runbook: hint: /m);
        expect(first.stderr).toMatch(/^mfa-runbook: state: /m);
        expect(await bench.devicesOf(HOLDER)).toEqual([]);
        await bench.lay(card);
        const again = await bench.run(enrollment(slot), answering(life));
        expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 0 });
      }
      expect(life.holds(lastSeed())).toBe(true);
      expect(await bench.allDevices()).toHaveLength(1);
    },
    LIFE_TIMEOUT_MS,
  );
});
