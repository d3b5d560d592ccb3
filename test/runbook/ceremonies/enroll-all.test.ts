/** A fleet in one sitting: tokens in any order, nothing lost between them, and a re-run that does only the rest. */
import { getEventListeners } from 'node:events';
import { ALICE_BACKUP, ALICE_PRIMARY, Bench, BOB_PRIMARY } from '../../support/bench';
import { commandsIn } from '../../support/json-events';
import type { VirtualToken2Single } from '../../tokens/token2-single';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

/** Lays the tokens on one after the other, each after the code of the one before was typed. */
function layInOrder(serials: readonly string[]): readonly VirtualToken2Single[] {
  const tokens = serials.map((serial) => bench.token(serial));
  const [first, ...later] = tokens;
  let current = first;
  if (first !== undefined) {
    bench.readers.lay(first);
  }
  bench.answer = () => {
    const code = current?.readCode();
    current = later.shift();
    if (current !== undefined) {
      if (!current.isOn) {
        current.press();
      }
      bench.readers.lay(current);
    }
    return code;
  };
  return tokens;
}

async function enabled(): Promise<readonly string[]> {
  return (await bench.devices())
    .filter(({ user }) => user !== undefined)
    .map(({ arn }) => arn.split('.').at(-1) ?? '');
}

function operations(): readonly string[] {
  return bench.sandbox.calls.map(({ operation }) => operation);
}

test('enrolls every token, laid on in any order, with one code each', async () => {
  layInOrder([BOB_PRIMARY, ALICE_BACKUP, ALICE_PRIMARY]);
  const { exitCode, people, data } = await bench.run('enroll', '--all');
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect([...(await enabled())].sort()).toEqual([ALICE_BACKUP, ALICE_PRIMARY, BOB_PRIMARY].sort());
  expect(data.trim().split('\n')).toHaveLength(3);
  expect(bench.questions.map(({ name }) => name)).toEqual(['code', 'code', 'code']);
  expect(bench.questions[0]?.message).toContain('bob.breakglass primary');
  expect(bench.evidence.map(({ holder }) => holder)).toHaveLength(3);
  expect(bench.created).toHaveLength(3);
  for (const seed of bench.created) {
    expect(() => seed.use(() => 0)).toThrow('wiped');
  }
});

test('renews the operator session between two tokens, never while a device waits for its codes', async () => {
  await bench.close();
  const order: string[] = [];
  bench = await Bench.open({
    wrapAws: (aws) => ({
      ...aws,
      renewSession: async () => {
        order.push('renew');
      },
      createDevice: async (device) => {
        order.push('create');
        return aws.createDevice(device);
      },
    }),
  });
  layInOrder([BOB_PRIMARY, ALICE_BACKUP, ALICE_PRIMARY]);
  expect((await bench.run('enroll', '--all')).exitCode).toBe(0);
  expect(order).toEqual(['renew', 'create', 'renew', 'create', 'renew', 'create']);
});

test('makes five calls for a token, in addition to the listing at the beginning', async () => {
  layInOrder([BOB_PRIMARY, ALICE_BACKUP, ALICE_PRIMARY]);
  const before = operations().length;
  await bench.run('enroll', '--all');
  expect(operations().slice(before)).toHaveLength(3 + 3 * 5);
});

test('passes over a token that is enrolled, and one of nobody, saying so once', async () => {
  bench.layAndAnswer(bench.token(ALICE_PRIMARY));
  await bench.run('enroll', 'alice.breakglass', '--slot', 'primary');
  const STRANGER = '86596220000077';
  const stranger = bench.token(STRANGER);
  const done = bench.tokens[0];
  bench.readers.lay(stranger);
  bench.onEvent = ({ message }) => {
    if (String(message).includes(STRANGER) && done !== undefined) {
      if (!done.isOn) {
        done.press();
      }
      bench.readers.lay(done);
    }
    if (String(message).includes(ALICE_PRIMARY)) {
      layInOrder([ALICE_BACKUP, BOB_PRIMARY]);
    }
  };
  const { exitCode, events } = await bench.runJson('enroll', '--all');
  expect(exitCode).toBe(0);
  const told = events.filter(({ event }) => event === 'note').map(({ message }) => String(message));
  expect(told.filter((message) => message.includes(STRANGER))).toHaveLength(1);
  expect(told.filter((message) => message.includes(ALICE_PRIMARY))).toHaveLength(1);
  expect(await enabled()).toHaveLength(3);
  expect(stranger.received.filter((command) => command.startsWith('84'))).toEqual([]);
});

test('a token that fails is named in the summary, and the others are enrolled', async () => {
  const tokens = layInOrder([ALICE_BACKUP, BOB_PRIMARY, ALICE_PRIMARY]);
  tokens[1]?.fail({ shortChallenge: true });
  bench.onEvent = ({ event }) => {
    if (event !== 'not-enrolled') {
      return;
    }
    const last = bench.token(ALICE_PRIMARY);
    bench.readers.lay(last);
    bench.answer = () => last.readCode();
  };
  const told = await bench.runJson('enroll', '--all');
  expect(told).toMatchObject({ exitCode: 1, code: 'enroll/some-failed' });
  expect(told.events.at(-2)).toMatchObject({
    event: 'summary',
    enrolled: [expect.stringContaining(ALICE_BACKUP), expect.stringContaining(ALICE_PRIMARY)],
    failed: [{ holder: 'bob.breakglass', slot: 'primary', serial: BOB_PRIMARY }],
    left: [],
  });
  expect([...(await enabled())].sort()).toEqual([ALICE_BACKUP, ALICE_PRIMARY].sort());
  expect((await bench.devices()).filter(({ user }) => user === undefined)).toEqual([]);
});

test('a token that fails leaves nothing behind that listens for Ctrl-C', async () => {
  const tokens = layInOrder([ALICE_BACKUP]);
  tokens[0]?.fail({ shortChallenge: true });
  const { happened } = await bench.runJson('enroll', '--all');
  expect(happened).toContain('not-enrolled');
  expect(getEventListeners(bench.stop.signal, 'abort')).toEqual([]);
});

test('Ctrl-C between two tokens loses nothing, and a re-run does only the rest', async () => {
  layInOrder([BOB_PRIMARY]);
  const typed = bench.answer;
  bench.answer = (question) => {
    const code = typed(question);
    bench.readers.pull();
    bench.sandbox.onCall = ({ operation }) => {
      if (operation === 'PutParameter') {
        bench.stop.abort(new Error('interrupted'));
      }
    };
    return code;
  };
  const first = await bench.runJson('enroll', '--all');
  expect(first).toMatchObject({ exitCode: 130, code: 'cancelled' });
  expect(first.events.at(-2)).toMatchObject({
    event: 'summary',
    failed: [],
    left: [{ serial: ALICE_BACKUP }, { serial: ALICE_PRIMARY }],
  });
  expect(commandsIn(first.hints)).toEqual(['enroll --all']);
  expect(await enabled()).toEqual([BOB_PRIMARY]);
  expect(bench.evidence).toHaveLength(1);
  bench.stop = new AbortController();
  bench.sandbox.onCall = () => undefined;
  layInOrder([ALICE_PRIMARY, ALICE_BACKUP]);
  const second = await bench.runJson('enroll', '--all');
  expect(second.events).toContainEqual({ event: 'sitting', toEnroll: 2, declared: 3 });
  expect(second.exitCode).toBe(0);
  expect(await enabled()).toHaveLength(3);
});

test('with nothing to do it says so and waits for no token', async () => {
  layInOrder([BOB_PRIMARY, ALICE_BACKUP, ALICE_PRIMARY]);
  await bench.run('enroll', '--all');
  bench.readers.pull();
  const { exitCode, happened, events } = await bench.runJson('enroll', '--all');
  expect(exitCode).toBe(0);
  expect(events).toContainEqual({ event: 'sitting', toEnroll: 0, declared: 3 });
  expect(happened).toEqual(['sitting', 'summary']);
});

test('without a token for a minute it ends with a summary', async () => {
  const told = await bench.runJson('enroll', '--all');
  expect(told).toMatchObject({ exitCode: 1, code: 'token/absent' });
  expect(told.happened).toEqual(['sitting', 'summary', 'error']);
  expect(await bench.devices()).toEqual([]);
});

test('a sitting compares this machine with AWS again, and refuses a clock that ran off in the meantime', async () => {
  layInOrder([BOB_PRIMARY]);
  bench.onEvent = ({ step }) => {
    // Bob's token is done with, and the next is waited for.
    if (step !== 'enabled') {
      return;
    }
    bench.clock.advance(16 * 60_000);
    bench.machineOffsetMs = 9_000;
    bench.readers.lay(bench.token(ALICE_PRIMARY));
  };
  expect(await bench.runJson('enroll', '--all')).toMatchObject({ exitCode: 1, code: 'clock/off' });
  expect(bench.tokens[1]?.received.filter((command) => !command.startsWith('8041'))).toEqual([]);
  expect((await bench.devices()).filter(({ user }) => user === undefined)).toEqual([]);
});
