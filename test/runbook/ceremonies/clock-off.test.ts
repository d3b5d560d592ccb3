/** This machine's clock is off: a device is cut off all the same, and nothing new is enrolled until the clock is right. */
import type { CallerIdentity } from '../../../runbook/aws/aws';
import { ALICE_PRIMARY } from '../../support/bench';
import {
  ALICE,
  arnsOfAlice,
  bench,
  changesFromNow,
  evidence,
  expectReplaced,
  expectUnchanged,
  inventory,
  lay,
  newArn,
  next,
  OTHER_SPARE,
  oldArn,
  open,
  phone,
  replaceFor,
  SPARE,
  useSdk,
} from './replacement-scene';

/** The ways in which a clock is off: milliseconds, or a proxy that removes the time from AWS's answers. */
const OFF = [7_000, -600_000, undefined] as const;

function turnTo(offsetMs: number | undefined): void {
  bench.machineOffsetMs = offsetMs ?? 0;
  isTimeTold = offsetMs !== undefined;
}
let isTimeTold = true;

async function openScene(record?: string, serial?: string): Promise<void> {
  isTimeTold = true;
  await open(
    { ...(record === undefined ? {} : { record }), ...(serial === undefined ? {} : { serial }) },
    {
      wrapAws: (aws) => ({
        ...aws,
        identity: async (): Promise<CallerIdentity> => {
          const identity = await aws.identity();
          return isTimeTold ? identity : { ...identity, clockOffsetMs: undefined };
        },
      }),
    },
  );
  useSdk(); // which compares the clocks
  bench.answer = ({ name }) => (name === 'cut-off' ? 'yes' : name === 'consent' ? ALICE : next.readCode());
}
beforeEach(() => openScene());
afterEach(() => bench.close());

function isWithin10s(at: unknown): boolean {
  return Math.abs(Date.parse(String(at)) - bench.clock.now()) <= 10_000;
}

describe.each(OFF)('a clock that is off by %s ms', (offsetMs) => {
  test('lets a stolen token be cut off, and refuses before a new one is written', async () => {
    const changes = changesFromNow();
    turnTo(offsetMs);
    const refused = await bench.runJson(...replaceFor('stolen'));
    expect(refused).toMatchObject({ exitCode: 1, code: 'clock/off' });
    expect(refused.happened).toContain('clock-off');
    expect(changes()).toEqual(['DeactivateMFADevice', 'DeleteVirtualMFADevice']);
    expect(await arnsOfAlice()).toEqual([phone]);
    expect(next.received).toEqual([]);
    expect(bench.questions.map(({ name }) => name)).toEqual(['cut-off']);
    expect([...bench.journals.files.keys()]).toHaveLength(1);
    turnTo(0);
    lay(next);
    bench.answer = () => next.readCode();
    expect(await bench.run('resume')).toMatchObject({ exitCode: 0 });
    await expectReplaced('stolen');
  });

  test('lets a device be retired, and the evidence has the time of AWS where it is told', async () => {
    turnTo(offsetMs);
    const told = await bench.runJson('retire', ALICE, '--slot', 'primary');
    expect(told).toMatchObject({ exitCode: 0 });
    expect(told.happened).toContain('clock-off');
    expect(await arnsOfAlice()).toEqual([phone]);
    const { ceremony, at } = await evidence();
    expect(ceremony).toBe('retire');
    expect(isWithin10s(at)).toBe(true);
    expect([...bench.journals.files.keys()]).toEqual([]);
  });

  test('does not date the command that ends sessions where the time of AWS is told', async () => {
    turnTo(offsetMs);
    const { events } = await bench.runJson('retire', ALICE, '--slot', 'primary');
    const told = events.find(({ event }) => event === 'sessions-may-be-open');
    const [command = ''] = (told?.commands ?? []) as readonly string[];
    const [, cutOff = ''] = /"aws:TokenIssueTime":"([^"]+)"/.exec(command) ?? [];
    expect(Math.abs(Date.parse(cutOff) - 60_000 - bench.clock.now())).toBeLessThanOrEqual(10_000);
  });

  test('changes nothing where the new token comes first', async () => {
    const changes = changesFromNow();
    turnTo(offsetMs);
    expect(await bench.runJson(...replaceFor('lost'))).toMatchObject({ exitCode: 1, code: 'clock/off' });
    expect(changes()).toEqual([]);
    expect(next.received).toEqual([]);
    bench.machineOffsetMs = 0;
    await expectUnchanged();
  });

  test('lets the old device go once the new one is enabled', async () => {
    bench.sandbox.faults = ({ operation }) =>
      operation === 'DeactivateMFADevice' ? 'access-denied' : undefined;
    expect((await bench.run(...replaceFor('lost'))).exitCode).toBe(1);
    bench.sandbox.faults = undefined;
    expect(await arnsOfAlice()).toEqual([phone, newArn, oldArn].sort());
    turnTo(offsetMs);
    expect(await bench.run('resume')).toMatchObject({ exitCode: 0 });
    await expectReplaced('lost');
  });

  test('lets an interrupted retirement be finished', async () => {
    bench.sandbox.faults = ({ operation }) => (operation === 'PutParameter' ? 'access-denied' : undefined);
    expect((await bench.run('retire', ALICE, '--slot', 'primary')).exitCode).toBe(1);
    bench.sandbox.faults = undefined;
    turnTo(offsetMs);
    expect(await bench.run('resume')).toMatchObject({ exitCode: 0 });
    expect((await evidence()).ceremony).toBe('retire');
  });

  test('refuses a drill and an enrollment before anything, as ever', async () => {
    const changes = changesFromNow();
    turnTo(offsetMs);
    for (const command of [
      ['prove', ALICE, '--slot', 'primary'],
      ['resync', ALICE, '--slot', 'primary'],
      ['enroll', ALICE, '--slot', 'backup'],
    ]) {
      expect(await bench.runJson(...command)).toMatchObject({ exitCode: 1, code: 'clock/off' });
    }
    expect(changes()).toEqual([]);
  });
});

test('a person is not asked for a spare that would be refused', async () => {
  await bench.close();
  await openScene(inventory(ALICE_PRIMARY, [SPARE, OTHER_SPARE]), SPARE);
  turnTo(7_000);
  expect(await bench.runJson(...replaceFor('stolen'))).toMatchObject({ code: 'clock/off' });
  expect(await arnsOfAlice()).toEqual([phone]);
  expect(next.received).toEqual([]);
});

test('a clock that is right is not talked about', async () => {
  turnTo(4_000);
  const told = await bench.runJson('retire', ALICE, '--slot', 'primary');
  expect(told.exitCode).toBe(0);
  expect(told.happened).not.toContain('clock-off');
});
