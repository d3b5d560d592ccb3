/** Drills of a security key: a console sign-in that CloudTrail lists, or a second person who watched one. */
import type { ConsoleHistory } from '../../../runbook/aws/aws';
import { AwsFault } from '../../../runbook/aws/aws';
import { isFullExtent } from '../../support/extent';
import { atStep, killCommand } from '../../support/kill-command';
import { FidoBench, KEY, NAME, SLOT } from './fido-bench';

const PROVE = ['prove', ...SLOT] as const;
const ALICE = 'alice.breakglass';

let fido: FidoBench;
let arn: string;
/** Answers to the next lookups, in order; after them the sandbox answers. */
let lookups: (AwsFault | ConsoleHistory)[];
let onLookup: () => void;

const NOTHING: ConsoleHistory = { signIns: [], deniedRegions: [] };

beforeEach(async () => {
  lookups = [];
  onLookup = () => undefined;
  fido = await FidoBench.open({
    overHttp: isFullExtent,
    wrapAws: (aws) => ({
      ...aws,
      consoleSignIns: async (user, since) => {
        onLookup();
        const next = lookups.shift();
        if (next instanceof AwsFault) {
          throw next;
        }
        return next ?? aws.consoleSignIns(user, since);
      },
    }),
  });
  // The SDK signs by this clock.
  jest.spyOn(Date, 'now').mockImplementation(fido.bench.machineNow);
  arn = await fido.enroll();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await fido.bench.close();
});

function expectProven(...proof: readonly unknown[]): void {
  expect(fido.bench.evidence.at(-1)).toMatchObject({
    ceremony: 'prove',
    tokenSerial: KEY,
    deviceArn: arn,
    checks: ['record', 'clock', 'listed', 'name:typed', ...proof],
  });
  expect([fido.bench.evidence.length, fido.bench.journals.files.size]).toEqual([2, 0]);
}

function signInSeen(region: string): readonly unknown[] {
  return [
    'proof:console-sign-in',
    expect.stringMatching(/^event:[0-9a-f-]{36}$/),
    `region:${region}`,
    expect.stringMatching(/^signed-in:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
  ];
}

test.each(['us-east-1', 'eu-north-1', 'eu-central-1'])(
  'a sign-in is found minutes later in %s, and its event is in the evidence',
  async (region) => {
    fido.whileWaiting(() => fido.console.signIn(ALICE, { device: arn, region }));
    const began = fido.bench.clock.now();
    const { exitCode, data } = await fido.bench.run(...PROVE);
    expect({ exitCode, data }).toEqual({ exitCode: 0, data: `${arn}\n` });
    expect(fido.bench.clock.now() - began).toBeGreaterThan(120_000);
    expectProven(...signInSeen(region));
    expect([fido.deviceCalls, fido.bench.questions]).toEqual([[], []]);
  },
);

describe('is no proof:', () => {
  test.each<[string, () => void]>([
    ['a sign-in without MFA', () => fido.console.signIn(ALICE)],
    ['one that failed', () => fido.console.signIn(ALICE, { device: arn, succeeded: false })],
    ['one with another device', () => fido.console.signIn(ALICE, { device: fido.register('phone') })],
    ["somebody else's", () => fido.console.signIn('bob.breakglass', { device: arn })],
  ])('%s', async (_what, act) => {
    await foundNothing(act);
  });

  /** Looks until the event is listed for sure, and then on in vain. */
  async function foundNothing(act: () => void): Promise<void> {
    fido.whileWaiting(act);
    lookups = Array.from({ length: 10 }, () => NOTHING);
    let looks = 0;
    onLookup = () => {
      looks += 1;
      if (looks === 16) {
        fido.bench.stop.abort();
      }
    };
    expect((await fido.bench.runJson(...PROVE)).code).toBe('cancelled');
    expect([fido.bench.evidence.length, fido.bench.journals.files.size]).toEqual([1, 1]);
  }

  test('one before the drill began', async () => {
    fido.console.signIn(ALICE, { device: arn });
    fido.bench.clock.advance(5_000);
    await foundNothing(() => undefined);
  });

  test('none at all, in twenty minutes', async () => {
    lookups = Array.from({ length: 500 }, () => NOTHING);
    const { code, exitCode } = await fido.bench.runJson(...PROVE);
    expect({ code, exitCode }).toEqual({ code: 'evidence/no-sign-in', exitCode: 3 });
    expect([fido.bench.evidence.length, fido.bench.journals.files.size]).toEqual([1, 1]);
  });

  test('one that CloudTrail lists without a device', async () => {
    const signIn = {
      eventId: '3f2a90c1-0000-4000-8000-000000000000',
      region: 'us-east-1',
      at: new Date(fido.bench.clock.now() + 60_000),
      succeeded: true,
      usedMfa: true,
    };
    lookups = Array.from({ length: 500 }, () => ({ signIns: [signIn], deniedRegions: ['eu-north-1'] }));
    const { code, events } = await fido.bench.runJson(...PROVE);
    expect(code).toBe('evidence/no-sign-in');
    expect(events.filter(({ event }) => event === 'no-proof')).toHaveLength(1);
    expect(events.filter(({ event }) => event === 'not-looked')).toMatchObject([{ regions: ['eu-north-1'] }]);
  });
});

test('a machine whose clock is ahead of AWS sees a sign-in all the same', async () => {
  fido.bench.machineOffsetMs = 4_000;
  fido.whileWaiting(() => {
    fido.bench.clock.advance(2_000);
    fido.console.signIn(ALICE, { device: arn });
  }, 1);
  expect((await fido.bench.run(...PROVE)).exitCode).toBe(0);
  expectProven(...signInSeen('us-east-1'));
});

test('throttled lookups are repeated', async () => {
  lookups = [new AwsFault('cloudtrail:LookupEvents', 'Throttling', 'Rate exceeded')];
  fido.whileWaiting(() => fido.console.signIn(ALICE, { device: arn }));
  expect((await fido.bench.run(...PROVE)).exitCode).toBe(0);
  expectProven(...signInSeen('us-east-1'));
});

test('where CloudTrail is closed, a second person is named as the way out', async () => {
  lookups = [new AwsFault('cloudtrail:LookupEvents', 'AccessDenied', 'no')];
  const { code, hints } = await fido.bench.runJson(...PROVE);
  expect(code).toBe('aws/denied');
  expect(hints.join('\n')).toContain('--witness');
  expect(fido.bench.evidence).toHaveLength(1);
});

describe('a second person', () => {
  test('types the serial and says that they saw it; CloudTrail is not asked', async () => {
    const { exitCode } = await fido.bench.run(...PROVE, '--witness', 'Wanda Witt', '--yes');
    expect(exitCode).toBe(0);
    expectProven('serial:typed', 'proof:second-person');
    expect(fido.bench.evidence.at(-1)).toMatchObject({ witness: 'Wanda Witt' });
    expect(fido.bench.questions.map(({ name }) => name)).toEqual(['witness', 'saw-sign-in']);
    expect(fido.bench.sandbox.calls.filter(({ operation }) => operation === 'LookupEvents')).toEqual([]);
  });

  test('who saw none is no proof', async () => {
    fido.bench.answer = ({ name }) => (name === 'saw-sign-in' ? 'no' : KEY);
    expect((await fido.bench.runJson(...PROVE, '--witness', 'Wanda Witt')).code).toBe('evidence/no-sign-in');
    expect([fido.bench.evidence.length, fido.bench.journals.files.size]).toEqual([1, 0]);
  });
});

describe('an interrupted drill', () => {
  test('that waited for a sign-in is completed by a second person', async () => {
    fido.stopWhileWaiting();
    expect((await fido.bench.runJson(...PROVE)).code).toBe('cancelled');
    fido.bench.stop = new AbortController();
    expect((await fido.bench.run(...PROVE, '--witness', 'Wanda Witt')).exitCode).toBe(0);
    expectProven('serial:typed', 'proof:second-person');
  });

  test('continues with the sign-ins since it began', async () => {
    fido.stopWhileWaiting();
    expect((await fido.bench.runJson(...PROVE)).code).toBe('cancelled');
    fido.bench.stop = new AbortController();
    fido.console.signIn(ALICE, { device: arn });
    fido.bench.clock.advance(600_000);
    expect((await fido.bench.run('resume')).exitCode).toBe(0);
    expectProven(...signInSeen('us-east-1'));
  });

  test.each(['proof begun', 'proof done', 'evidence begun', 'evidence done'])(
    'killed at "%s" is completed by the next one',
    async (at) => {
      fido.whileWaiting(() => fido.console.signIn(ALICE, { device: arn }));
      const [step = '', state] = at.split(' ');
      expect(await killCommand(fido.bench, atStep(step, state), ...PROVE)).toBe(true);
      expect((await fido.bench.run(...PROVE)).exitCode).toBe(0);
      expectProven(...signInSeen('us-east-1'));
    },
  );

  test('of days ago takes no sign-in of that time', async () => {
    fido.whileWaiting(() => fido.console.signIn(ALICE, { device: arn }));
    await killCommand(fido.bench, atStep('proof', 'done'), ...PROVE);
    fido.bench.clock.advance(3 * 86_400_000);
    lookups = Array.from({ length: 500 }, () => NOTHING);
    expect((await fido.bench.runJson(...PROVE)).code).toBe('evidence/no-sign-in');
    expect(fido.bench.evidence).toHaveLength(1);
  });
});

test('a key that is not enrolled is refused and leaves nothing', async () => {
  await fido.bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: arn });
  fido.register('phone');
  const { code } = await fido.bench.runJson(...PROVE);
  expect(code).toBe('iam/not-enrolled');
  expect([fido.bench.evidence.length, fido.bench.journals.files.size]).toEqual([1, 0]);
});

test('resync is refused by name: a key has no clock', async () => {
  const { code, exitCode, hints } = await fido.bench.runJson('resync', ...SLOT);
  expect({ code, exitCode }).toEqual({ code: 'token/no-clock', exitCode: 2 });
  expect(hints.join('\n')).toContain(`mfa-runbook prove ${SLOT.join(' ')}`);
  expect([fido.deviceCalls, fido.bench.journals.files.size, NAME]).toEqual([[], 0, NAME]);
});
