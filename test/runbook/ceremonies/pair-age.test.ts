/**
 * A pair of codes that AWS took too late proves nothing: it stored how old the pair was, and sign-in refuses the next
 * codes. No ceremony calls such a pair right, and each asks for newer codes.
 */
import type { Aws } from '../../../runbook/aws/aws';
import { AwsFault } from '../../../runbook/aws/aws';
import { ALICE_PRIMARY, Bench } from '../../support/bench';
import { atStep, killCommand } from '../../support/kill-command';
import type { VirtualToken2Single } from '../../tokens/token2-single';
import { PRINTED, PrintedBench } from './printed-bench';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
const PROVE = ['prove', 'alice.breakglass', '--slot', 'primary'] as const;
const RESYNC = ['resync', 'alice.breakglass', '--slot', 'primary'] as const;

/** Longer than any step and the time that is believed. */
const LATE_MS = 100_000;

type Late = 'before AWS acts' | 'after AWS acted' | 'after AWS acted, and the answer is lost';

/** Delays calls with codes; the clock moves as the network does. */
function delaying(bench: () => Bench, late: Late, isLate: (call: string) => boolean) {
  return (aws: Aws): Aws => {
    function slow(name: string, call: () => Promise<void>): Promise<void> {
      return (async () => {
        if (!isLate(name)) {
          return call();
        }
        if (late === 'before AWS acts') {
          bench().clock.advance(LATE_MS);
          return call();
        }
        await call();
        bench().clock.advance(LATE_MS);
        if (late !== 'after AWS acted') {
          throw new AwsFault(`iam:${name}`, 'no-answer', 'lost');
        }
      })();
    }
    return {
      ...aws,
      enableDevice: (...given) => slow('EnableMFADevice', () => aws.enableDevice(...given)),
      resyncDevice: (...given) => slow('ResyncMFADevice', () => aws.resyncDevice(...given)),
    };
  };
}

/** Late at the first of these calls only. */
function firstOf(name: string): (call: string) => boolean {
  let isFirst = true;
  return (call) => {
    const is = isFirst && call === name;
    isFirst &&= !is;
    return is;
  };
}

let bench: Bench;
afterEach(() => bench.close());

async function open(late: Late, isLate: (call: string) => boolean): Promise<Bench> {
  bench = await Bench.open({ wrapAws: delaying(() => bench, late, isLate) });
  return bench;
}

function count(operation: string): number {
  return bench.sandbox.calls.filter((call) => call.operation === operation).length;
}

describe.each(['1', '2'])('enroll --codes %s', (codes) => {
  test.each<Late>(['before AWS acts', 'after AWS acted'])(
    'late %s: newer codes are taken before the device is called enabled',
    async (late) => {
      await open(late, firstOf('EnableMFADevice'));
      const token = bench.token(ALICE_PRIMARY);
      bench.layAndAnswer(token);
      const { exitCode, happened, events } = await bench.runJson(...ENROLL, '--codes', codes);
      expect(exitCode).toBe(0);
      expect(happened).toContain('codes-too-late');
      const steps = events.map(({ event, step }) => step ?? event);
      expect(steps.indexOf('enabled')).toBeGreaterThan(steps.indexOf('codes-too-late'));
      expect([count('EnableMFADevice'), count('ResyncMFADevice')]).toEqual([1, 1]);
      expect(bench.questions.map(({ name }) => name).slice(-2)).toEqual(['code', 'next-code']);
      expect(bench.evidence).toHaveLength(1);
      await expectSignIn(token);
    },
  );
});

/** AWS takes the next code that the token shows. */
async function expectSignIn(token: VirtualToken2Single): Promise<void> {
  const devices = await bench.devices();
  expect(devices).toHaveLength(1);
  const key = bench.sandbox.createAccessKey('alice.breakglass');
  bench.clock.advance(60_000);
  await bench.sandbox.call(key, 'sts', 'GetSessionToken', {
    SerialNumber: devices[0]?.arn ?? '',
    TokenCode: token.readCode(),
  });
}

test('a lost Enable that IAM dates early enough is believed: it says when it acted', async () => {
  await open('after AWS acted, and the answer is lost', firstOf('EnableMFADevice'));
  bench.layAndAnswer(bench.token(ALICE_PRIMARY));
  const { exitCode, happened } = await bench.runJson(...ENROLL);
  expect([exitCode, happened.includes('codes-too-late')]).toEqual([0, false]);
  expect(count('ResyncMFADevice')).toBe(0);
});

test.each([PROVE, RESYNC])(
  '%s: a late answer gets no evidence, and newer codes are asked for',
  async (...args) => {
    const before = firstOf('ResyncMFADevice');
    await open('before AWS acts', (call) => before(call));
    const token = bench.token(ALICE_PRIMARY);
    bench.layAndAnswer(token);
    expect((await bench.run(...ENROLL)).exitCode).toBe(0);
    bench.clock.advance(3_600_000);
    token.press();
    bench.layAndAnswer(token);
    const codes = bench.answer;
    bench.answer = (question) => (question.name === 'serial' ? ALICE_PRIMARY : codes(question));
    const { exitCode, events } = await bench.runJson(...args);
    expect(exitCode).toBe(0);
    expect(events).toContainEqual({ event: 'codes-refused', mayBeTaken: true, isLate: true, pairsLeft: 2 });
    expect(count('ResyncMFADevice')).toBe(2);
    await expectSignIn(token);
  },
);

test('enroll ends with its own error when every answer is late, and the next run takes newer codes', async () => {
  let isSlow = true;
  await open('before AWS acts', () => isSlow);
  const token = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(token);
  const { exitCode, code } = await bench.runJson(...ENROLL);
  expect([exitCode, code]).toEqual([3, 'aws/too-late']);
  expect(bench.evidence).toEqual([]);
  expect(bench.journals.files.size).toBe(1);
  isSlow = false;
  const again = await bench.runJson('resume');
  expect(again.exitCode).toBe(0);
  expect(again.happened).toContain('codes-too-late');
  expect(bench.evidence).toHaveLength(1);
  expect(bench.journals.files.size).toBe(0);
  await expectSignIn(token);
});

test('a printed token whose Enable was late needs newer codes, too', async () => {
  const printed = await PrintedBench.open({
    wrapAws: (aws) => delaying(() => printed.bench, 'before AWS acts', firstOf('EnableMFADevice'))(aws),
  });
  bench = printed.bench;
  const { exitCode, happened } = await bench.runJson(...ENROLL);
  expect(exitCode).toBe(0);
  expect(happened).toContain('codes-too-late');
  expect(await printed.devicesOf()).toEqual([PRINTED]);
  expect(count('ResyncMFADevice')).toBe(1);
});

test('a run that was killed after an Enable in time needs no newer codes', async () => {
  await open('after AWS acted', () => false);
  bench.layAndAnswer(bench.token(ALICE_PRIMARY));
  expect(await killCommand(bench, atStep('enable', 'done'), ...ENROLL)).toBe(true);
  expect((await bench.run('resume')).exitCode).toBe(0);
  expect(count('ResyncMFADevice')).toBe(0);
});
