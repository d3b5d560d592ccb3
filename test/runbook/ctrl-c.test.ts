/** Ctrl-C ends every wait, whatever AWS or the card answers. The deadlines are generous: nothing here measures time. */
import { setTimeout as pause } from 'node:timers/promises';
import { cancelled } from '../../runbook/runbook-error';
import { Bench } from '../support/bench';
import { VirtualMolto2 } from '../tokens/token2-molto2';
import type { Reaction, VirtualCard } from '../tokens/virtual-card';
import { VirtualYkOath } from '../tokens/ykoath';

const ALICE = 'alice.breakglass';
const ENROLL = ['enroll', ALICE, '--slot', 'primary'] as const;
const NEVER = new Promise<never>(() => undefined);

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

test('of an AWS that falls silent once the device is made: the state says so, and resume has its journal', async () => {
  let isSilent = false;
  await bench.close();
  bench = await Bench.open({
    wrapAws: (aws) =>
      Object.fromEntries(
        Object.entries(aws).map(([name, call]: [string, (...given: readonly never[]) => unknown]) => [
          name,
          (...given: readonly never[]) => (isSilent ? NEVER : call(...given)),
        ]),
      ) as unknown as typeof aws,
  });
  const token = bench.token('86596220000001');
  bench.readers.lay(token);
  bench.answer = () => {
    isSilent = true;
    bench.stop.abort(cancelled());
    return undefined;
  };
  const told = await bench.runJson(...ENROLL);
  expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
  isSilent = false;
  expect((await bench.devices()).length).toBe(1);
  bench.stop = new AbortController();
  bench.layAndAnswer(token);
  expect(await bench.runJson('resume')).toMatchObject({ exitCode: 0 });
});

/** A card that answers like another one up to some command. */
function stubborn(card: VirtualCard, from: number, answer: () => Reaction | Promise<Reaction>): VirtualCard {
  let sent = 0;
  return {
    atr: card.atr,
    enterField: () => card.enterField(),
    leaveField: () => card.leaveField(),
    receive: (command) => (sent++ >= from ? answer() : card.receive(command)),
  };
}

test.each([
  ['token2-single', 0, () => bench.token('86596220000001')],
  ['token2-molto2', 1, () => new VirtualMolto2({ serial: '826658719844499', clock: Date.now })],
  ['token2-molto2', 3, () => new VirtualMolto2({ serial: '826658719844499', clock: Date.now })],
  ['ykoath', 1, () => new VirtualYkOath({ serial: 12_345_678 })],
  ['ykoath', 5, () => new VirtualYkOath({ serial: 12_345_678 })],
])('of a %s that never answers from command %i on', async (_, from, make) => {
  bench.readers.lay(
    stubborn(make(), from, () => {
      setTimeout(() => bench.stop.abort(cancelled()), 20);
      return NEVER;
    }),
  );
  expect((await bench.runJson('token', 'info')).exitCode).toBe(130);
});

test.each([
  ['token2-single', 0, () => bench.token('86596220000001')],
  ['token2-molto2', 1, () => new VirtualMolto2({ serial: '826658719844499', clock: Date.now })],
  ['ykoath', 5, () => new VirtualYkOath({ serial: 12_345_678 })],
])('of a %s that answers 61XX without end from command %i on, slowly', async (_, from, make) => {
  let answers = 0;
  bench.readers.lay(
    stubborn(make(), from, async () => {
      answers++;
      setTimeout(() => bench.stop.abort(cancelled()), 20);
      await pause(200);
      return Uint8Array.of(0x61, 0xff);
    }),
  );
  expect((await bench.runJson('token', 'info')).exitCode).toBe(130);
  expect(answers).toBeLessThan(20);
});
