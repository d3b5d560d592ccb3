/** The contract of `SeedPhase`, run on the implementation in this process and on the one in a process of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallReport } from '../../../runbook/aws/aws';
import type { SeedPhase } from '../../../runbook/seed-phase/seed-phase';
import { counterAt } from '../../../runbook/token/codes';
import { Sandbox } from '../../sandbox/sandbox';
import { standingClock } from '../../support/clock';
import { bankCard } from '../../tokens/foreign-cards';
import { VirtualToken2Single } from '../../tokens/token2-single';
import { VirtualReaders } from '../../tokens/virtual-readers';

const TARGET = { label: 'AWS 123456789012:alice.primary' };

const SERIAL = '86596220000001';
const READER = 'Virtual Reader 00 00';
const DEVICE = { path: '/mfa-guardrails/break-glass/', name: 'alice.primary.1', tags: { run: 'r-1' } };
const ARN = 'arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/alice.primary.1';

/** A world around a phase. */
interface PhaseWorld {
  readonly sandbox: Sandbox;
  /** URL of the sandbox. */
  readonly endpoint: string;
  readonly readers: VirtualReaders;
  /** Told of AWS calls and of lines of `--trace-apdu`. */
  readonly reports: CallReport[];
  readonly trace: string[];
}

/** Opens a phase in a world; `close` ends what was started for it, after the phase has ended. */
type OpenPhase = (
  world: PhaseWorld,
) => Promise<{ readonly phase: SeedPhase; readonly close: () => Promise<void> }>;

export function describeSeedPhase(name: string, open: OpenPhase): void {
  describe(`${name}: the contract of seed phases`, () => {
    let world: PhaseWorld;
    let phase: SeedPhase;
    let close: () => Promise<void>;
    let seeds: Uint8Array[];
    let token: VirtualToken2Single;
    const never = new AbortController().signal;
    function now(): number {
      return Date.now() / 1000;
    }

    beforeEach(async () => {
      seeds = [];
      function newSeed(): Uint8Array {
        const seed = crypto.getRandomValues(new Uint8Array(40));
        seeds.push(Uint8Array.from(seed));
        return seed;
      }
      const sandbox = Sandbox.create({ clock: standingClock(), newSeed });
      const readers = new VirtualReaders();
      world = { sandbox, endpoint: await sandbox.listen(), readers, reports: [], trace: [] };
      token = new VirtualToken2Single({ serial: SERIAL, clock: Date.now });
      token.press();
      ({ phase, close } = await open(world));
    });
    afterEach(async () => {
      await phase.end();
      await close();
      await world.sandbox.close();
    });

    async function create(): Promise<Uint8Array> {
      await phase.createDevice(DEVICE);
      const seed = seeds.at(-1);
      if (seed === undefined) {
        throw new Error('AWS gave out no seed');
      }
      return seed;
    }

    test('waits for a token, and says what it is', async () => {
      const laid = phase.layToken(undefined, never);
      await sleep(30);
      world.readers.lay(token);
      expect(await laid).toMatchObject({
        info: { serial: SERIAL, model: 'OTPC-P2-i' },
        type: 'programmable',
        driver: 'token2-single',
        codeSource: 'person',
        seedCapacity: 63,
        reader: READER,
      });
      expect(token.holdsSeed).toBe(false);
    });

    test('creates the device as specified, and keeps its seed to itself', async () => {
      const created = await phase.createDevice(DEVICE);
      expect(created).toEqual({ arn: ARN, seedBytes: 40 });
      const { Tags } = await world.sandbox.call(world.sandbox.administrator, 'iam', 'ListMFADeviceTags', {
        SerialNumber: ARN,
      });
      expect(Tags).toEqual([{ Key: 'run', Value: 'r-1' }]);
      expect(world.reports).toMatchObject([{ action: 'iam:CreateVirtualMFADevice', outcome: 'ok' }]);
    });

    test('burns the seed, told once that it writes, and judges what the token then shows', async () => {
      world.readers.lay(token);
      await phase.layToken(READER, never);
      const seed = await create();
      let told = 0;
      const { clock, serial } = await phase.burn(TARGET, () => told++, never);
      expect(told).toBe(1);
      expect(serial).toBe(SERIAL);
      expect(Math.abs((clock ?? 0) - now())).toBeLessThanOrEqual(2);
      expect(token.holds(seed)).toBe(true);
      const typed = token.readCode();
      const judgement = await phase.judge(typed, now());
      expect(judgement).toMatchObject({ verdict: 'right' });
      const counter = 'counter' in judgement ? judgement.counter : 0;
      expect((await phase.pair(counter))[1]).toBe(typed);
      expect(await phase.judge('000000', now())).not.toMatchObject({ verdict: 'right' });
    });

    test('computes the pair that AWS takes', async () => {
      await create();
      function admin(operation: string, input: Record<string, string>) {
        return world.sandbox.call(world.sandbox.administrator, 'iam', operation, input);
      }
      await admin('CreateUser', { UserName: 'alice' });
      const [first, second] = await phase.pair(counterAt(now()));
      const codes = { AuthenticationCode1: first, AuthenticationCode2: second };
      await admin('EnableMFADevice', { UserName: 'alice', SerialNumber: ARN, ...codes });
      const { MFADevices } = await admin('ListMFADevices', { UserName: 'alice' });
      expect(MFADevices).toMatchObject([{ SerialNumber: ARN }]);
    });

    test('shows what goes to the token, the seed withheld', async () => {
      world.readers.lay(token);
      await phase.layToken(READER, never);
      await create();
      await phase.burn(TARGET, () => undefined, never);
      expect(world.trace).toContain('=> 80410000020211');
      expect(world.trace[0]).toMatch(/^# reader \S/);
      expect(world.trace).toContainEqual(expect.stringMatching(/^# kind token2-single, serial \d+$/));
      expect(world.trace).toContain('=> 84C5010034 [52 bytes withheld]');
    });

    test('stops waiting for a token with the reason given', async () => {
      const stop = new AbortController();
      const laid = phase.layToken(undefined, stop.signal);
      await sleep(30);
      const reason = new Error('the operator cancelled');
      stop.abort(reason);
      await expect(laid).rejects.toBe(reason);
      await expect(phase.layToken(undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
      world.readers.lay(token);
      expect((await phase.layToken(undefined, never)).info.serial).toBe(SERIAL);
    });

    test('a burn stopped before it writes leaves the token as it was', async () => {
      world.readers.lay(token);
      await phase.layToken(READER, never);
      await create();
      const reason = new Error('the operator cancelled');
      let told = 0;
      await expect(phase.burn(TARGET, () => told++, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(told).toBe(0);
      expect(token.holdsSeed).toBe(false);
    });

    test('a token pulled within the burn is gone, and is burned once it is laid on again', async () => {
      world.readers.lay(token);
      await phase.layToken(READER, never);
      const seed = await create();
      token.fail({ pull: { at: 4, effect: 'lost' } });
      let told = 0;
      const burn = phase.burn(TARGET, () => told++, never);
      await expect(burn).rejects.toMatchObject({ name: 'CardGoneError', command: 'write seed' });
      expect(told).toBe(1);
      expect(token.holds(seed)).toBe(false);
      token.fail({});
      world.readers.lay(token);
      await phase.layToken(READER, never);
      // The token shows no seed: its codes have to tell. Only then is everything written again.
      expect(await phase.burn(TARGET, () => undefined, never)).toMatchObject({ isInDoubt: true });
      expect(token.holds(seed)).toBe(false);
      expect((await phase.burn(TARGET, () => undefined, never)).isInDoubt).toBeUndefined();
      expect(token.holds(seed)).toBe(true);
    });

    test('what is no token, no reader, and no permission come out as what they are', async () => {
      world.readers.lay(bankCard());
      await expect(phase.layToken(READER, never)).rejects.toMatchObject({
        name: 'ForeignCardError',
        kind: 'not-a-token',
      });
      await expect(phase.layToken('no such reader', never)).rejects.toMatchObject({
        name: 'ReaderError',
        fault: 'unknown-reader',
        readers: [READER],
      });
      await create();
      await expect(phase.createDevice(DEVICE)).rejects.toMatchObject({
        name: 'AwsFault',
        action: 'iam:CreateVirtualMFADevice',
        code: 'EntityAlreadyExists',
        wasRefused: true,
      });
      expect(token.holdsSeed).toBe(false);
    });

    test('a token that cannot be read and computes nothing says so, and stays as it was', async () => {
      await expect(phase.occupancy(TARGET)).rejects.toThrow('no token was laid on before');
      world.readers.lay(token);
      expect(await phase.layToken(READER, never)).not.toHaveProperty('lock');
      expect(await phase.occupancy(TARGET)).toEqual({ state: 'unknown' });
      // A token without a lock of its own takes every writer.
      await expect(phase.authenticate()).resolves.toBeUndefined();
      let touches = 0;
      await expect(phase.code(TARGET, 1, () => touches++)).rejects.toThrow('computes no codes');
      expect(touches).toBe(0);
      expect(token.holdsSeed).toBe(false);
    });

    test('without a seed nothing is burned or judged', async () => {
      world.readers.lay(token);
      await phase.layToken(READER, never);
      let told = 0;
      await expect(phase.burn(TARGET, () => told++, never)).rejects.toThrow('there is no seed in this phase');
      await expect(phase.judge('000000', now())).rejects.toThrow('there is no seed in this phase');
      expect(told).toBe(0);
      expect(token.holdsSeed).toBe(false);
    });

    test('after the end there is no seed any more, and ending again is fine', async () => {
      await create();
      expect(await phase.pair(2)).toHaveLength(2);
      await phase.end();
      await phase.end();
      await expect(phase.pair(2)).rejects.toThrow(/no seed in this phase|was ended/);
    });

    test('ends although it waits for a token', async () => {
      const stop = new AbortController();
      const laid = phase.layToken(undefined, stop.signal).then(
        () => 'laid',
        () => 'stopped',
      );
      await sleep(30);
      await phase.end();
      stop.abort();
      expect(await laid).toBe('stopped');
    });
  });
}
