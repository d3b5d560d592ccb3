/** A drill on an enrolled token: what it proves, what it corrects, and that it changes nothing else. */
import { AwsFault } from '../../../runbook/aws/ports';
import { ALICE_BACKUP, ALICE_PRIMARY, Bench, type BenchOptions, type Finished, INVENTORY } from '../../support/bench';
import { findSeed } from '../../support/seed-forms';
import type { VirtualToken2Single, VirtualTokenOptions } from '../../tokens/token2-single';

const PROVE = ['prove', 'alice.breakglass', '--slot', 'primary'] as const;
const EVIDENCE = '/mfa-guardrails/break-glass/evidence/alice.breakglass/primary';
const DAY_MS = 86_400_000;
/** So many parts per million take a clock 95 seconds back in a day. */
const BACK_95_SECONDS = -95e9 / DAY_MS;
const UNCHANGED = 'state: nothing was changed in IAM, the token was not written';

let bench: Bench;
let token: VirtualToken2Single;
let arn: string;

/** A bench whose primary token of alice was enrolled a day ago. */
async function open(options: BenchOptions = {}, of: Partial<VirtualTokenOptions> = {}): Promise<void> {
  await bench?.close();
  bench = await Bench.open(options);
  token = bench.token(ALICE_PRIMARY, of);
  bench.layAndAnswer(token);
  arn = bench.arn('alice.breakglass', 'primary', ALICE_PRIMARY);
  const { exitCode, people } = await bench.run('enroll', 'alice.breakglass', '--slot', 'primary', '--codes', '1');
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  bench.clock.advance(DAY_MS);
  layOn(token);
  bench.questions.length = 0;
}
beforeEach(() => open());
afterEach(() => bench.close());

function layOn(which: VirtualToken2Single): void {
  if (!which.isOn) which.press();
  bench.readers.lay(which);
}

const evidence = async (): Promise<Record<string, unknown>> => {
  const { Parameter } = (await bench.admin('ssm', 'GetParameter', { Name: EVIDENCE })) as {
    Parameter: { Value: string };
  };
  return JSON.parse(Parameter.Value);
};

function callsFromNow(): () => readonly string[] {
  const begun = bench.sandbox.calls.length;
  return () => bench.sandbox.calls.slice(begun).map((call) => call.operation);
}

/** Whether AWS takes a code of the token for a session of its holder, ten seconds from now. */
async function signsIn(): Promise<boolean> {
  bench.clock.advance(31_000);
  const key = bench.sandbox.createAccessKey('alice.breakglass');
  const input = { SerialNumber: arn, TokenCode: token.readCode() };
  return bench.sandbox.call(key, 'sts', 'GetSessionToken', input).then(
    () => true,
    () => false,
  );
}

const names = (): readonly string[] => bench.questions.map(({ name }) => name);

/** Device, token and evidence before and after are the same. */
async function refused(run: () => Promise<Finished>): Promise<Finished> {
  const [devices, parameter, received] = [await bench.devices(), await evidence(), token.received.length];
  const finished = await run();
  expect(await bench.devices()).toEqual(devices);
  expect(await evidence()).toEqual(parameter);
  expect(bench.evidence.filter(({ ceremony }) => ceremony === 'prove')).toEqual([]);
  // Get info, which changes nothing, and not more than once.
  expect(token.received.slice(received).every((header) => header === '8041000002')).toBe(true);
  expect(bench.journals.files.size).toBe(0);
  return finished;
}

describe('a token that works', () => {
  test('is proven by its serial and two codes, and evidence is renewed', async () => {
    const before = await evidence();
    const { exitCode, data, people } = await bench.run(...PROVE);
    expect({ exitCode, data, people }).toMatchObject({ exitCode: 0, data: `${arn}\n` });
    expect(people).toContain('its clock is right');
    expect(names()).toEqual(['code', 'next-code']);
    expect(await evidence()).toMatchObject({
      ceremony: 'prove',
      tokenSerial: ALICE_PRIMARY,
      tokenModel: 'OTPC-P2-i',
      deviceArn: arn,
      by: 'arn:aws:iam::123456789012:user/platform-admin',
      generation: before.generation,
      checks: ['record', 'clock', 'listed', 'serial', 'codes:by-aws'],
      log: { line: 2 },
    });
    expect(Math.abs(Number((await evidence()).clockOffsetSeconds))).toBeLessThanOrEqual(1);
    expect((await evidence()).id).not.toBe(before.id);
    expect(bench.evidence.map(({ ceremony }) => ceremony)).toEqual(['enroll', 'prove']);
    expect(bench.journals.files.size).toBe(0);
  });

  test('keeps device and seed, and nothing is written to it', async () => {
    const [devices, received] = [await bench.devices(), token.received.length];
    await bench.run(...PROVE);
    expect(await bench.devices()).toEqual(devices);
    expect(token.received.slice(received)).toEqual(['8041000002']);
    expect(token.holds(bench.seeds[0] ?? new Uint8Array())).toBe(true);
    expect(bench.seeds).toHaveLength(1);
    expect(await signsIn()).toBe(true);
  });

  test('costs six calls, one of which changes IAM', async () => {
    const calls = callsFromNow();
    await bench.run(...PROVE);
    expect(calls()).toEqual([
      'GetCallerIdentity',
      'GetParametersByPath',
      'ListMFADevices',
      'ResyncMFADevice',
      'GetParameter',
      'PutParameter',
    ]);
  });

  test('is proven again and again, each time with evidence of its own', async () => {
    for (let day = 0; day < 2; day++) {
      expect((await bench.run(...PROVE)).exitCode).toBe(0);
      bench.clock.advance(DAY_MS);
      layOn(token);
    }
    expect(new Set(bench.evidence.map(({ id }) => id)).size).toBe(3);
  });

  test('shows its seed nowhere', async () => {
    const { people, data } = await bench.run(...PROVE, '--json', '--verbose', '--trace-apdu');
    const [seed] = bench.seeds;
    expect(people).toContain('8041000002');
    expect(data).toContain('"proven"');
    for (const text of [people, data, bench.log, JSON.stringify(await evidence())]) {
      expect(findSeed(text, seed ?? new Uint8Array())).toBeUndefined();
    }
    expect(seed?.length).toBe(40);
  });

  test('has a second person type its serial with --witness', async () => {
    bench.answer = ({ name }) => (name === 'witness' ? '8659 6220 0000 01' : token.readCode());
    expect((await bench.run(...PROVE, '--witness', 'Wanda Witt')).exitCode).toBe(0);
    expect(names()).toEqual(['witness', 'code', 'next-code']);
    expect(await evidence()).toMatchObject({ ceremony: 'prove', witness: 'Wanda Witt' });
  });

  test('is asked for another code when the same is typed twice', async () => {
    const typed: string[] = [];
    bench.answer = () => {
      typed.push(typed.length === 1 ? (typed[0] ?? '') : token.readCode());
      return typed.at(-1);
    };
    const { exitCode, people } = await bench.run(...PROVE);
    expect(people).toContain('that is the same code again');
    expect(exitCode).toBe(0);
    expect(new Set(typed).size).toBe(2);
    expect(typed).toHaveLength(3);
  });
});

describe('a token whose clock ran off', () => {
  test('is found by AWS, and its codes sign in afterwards', async () => {
    await open({}, { driftPpm: BACK_95_SECONDS });
    expect(await signsIn()).toBe(false);
    layOn(token);
    const { exitCode, people } = await bench.run(...PROVE);
    expect(people).toMatch(/its clock is 9[456] s behind; AWS learns that from the codes/);
    expect(exitCode).toBe(0);
    expect(Number((await evidence()).clockOffsetSeconds)).toBeLessThanOrEqual(-94);
    expect(await signsIn()).toBe(true);
  });

  test('gives its next code when its own clock, not ours, begins a step', async () => {
    await open({}, { driftPpm: (-15 * 1e9) / DAY_MS });
    const shown: string[] = [];
    bench.answer = () => {
      shown.push(token.readCode());
      return shown.at(-1);
    };
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(shown).toHaveLength(2);
    expect(new Set(shown).size).toBe(2);
  });

  test.each([-1, 1])('by nine hours (%i) is refused before any code is asked for', async (sign) => {
    await open({}, { driftPpm: (sign * 32_400e9) / DAY_MS });
    const calls = callsFromNow();
    const { exitCode, people } = await refused(() => bench.run(...PROVE));
    expect(people).toMatch(/error: the clock of 86596220000001 is 32\d{3} s (behind|ahead), and AWS finds no code/);
    expect(people).toContain('hint: the token does not keep time: run `mfa-runbook replace alice.breakglass');
    expect(people).toContain(UNCHANGED);
    expect(exitCode).toBe(3);
    expect(names()).toEqual([]);
    expect(calls()).not.toContain('ResyncMFADevice');
  });

  test('by seven hours is still found', async () => {
    await open({}, { driftPpm: 25_200e9 / DAY_MS });
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(await signsIn()).toBe(true);
  });
});

describe('codes that are not of now', () => {
  test('a first code that took minutes is asked for again', async () => {
    bench.answer = () => {
      const code = token.readCode();
      if (bench.questions.length === 1) bench.clock.advance(300_000);
      return code;
    };
    const { exitCode, people } = await bench.run(...PROVE);
    expect(people).toContain('that took 300 s, and the code may be an old one: type what the token shows now');
    expect(exitCode).toBe(0);
    expect(names()).toEqual(['code', 'code', 'next-code']);
    expect(await signsIn()).toBe(true);
  });

  test('a second code that took minutes has both asked for again', async () => {
    bench.answer = () => {
      const code = token.readCode();
      if (bench.questions.length === 2) bench.clock.advance(300_000);
      return code;
    };
    const calls = callsFromNow();
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(names()).toEqual(['code', 'next-code', 'code', 'next-code']);
    expect(calls().filter((name) => name === 'ResyncMFADevice')).toHaveLength(1);
    expect(await signsIn()).toBe(true);
  });

  test('a first code that changed while it was typed is asked for again', async () => {
    bench.answer = () => {
      const code = token.readCode();
      // To one second after the display changed.
      if (bench.questions.length === 1) bench.clock.advance(31_000 - (bench.clock.now() % 30_000));
      return code;
    };
    const { exitCode, people } = await bench.run(...PROVE);
    expect(people).toContain('the display changed while you typed');
    expect(exitCode).toBe(0);
    expect(people).not.toContain('AWS refused');
  });

  test('three rounds without two codes in time end the drill', async () => {
    bench.answer = ({ name }) => {
      const code = token.readCode();
      if (name === 'next-code') bench.clock.advance(60_000);
      return code;
    };
    const calls = callsFromNow();
    const { exitCode, people } = await refused(() => bench.run(...PROVE));
    expect(people).toContain('error: no two codes in a row were typed in time, 3 times');
    expect(people).toContain(UNCHANGED);
    expect(exitCode).toBe(1);
    expect(calls()).not.toContain('ResyncMFADevice');
  });

  test('a mistyped pair is asked for again', async () => {
    let asked = 0;
    bench.answer = () => (asked++ < 2 ? String(asked).repeat(6) : token.readCode());
    const { exitCode, people } = await bench.run(...PROVE);
    expect(people).toContain('AWS refused these two codes: type two in a row, each while the token shows it; 2 pairs left');
    expect(exitCode).toBe(0);
    expect((await evidence()).ceremony).toBe('prove');
  });

  test('three refused pairs: the token does not hold the seed, and a person must decide', async () => {
    const other = bench.token('86596220000009', { seed: new Uint8Array(40).fill(7) });
    bench.answer = () => other.readCode();
    const calls = callsFromNow();
    const { exitCode, people } = await refused(() => bench.run(...PROVE));
    expect(people).toContain(
      `error: AWS refused 3 pairs of codes: ${ALICE_PRIMARY} does not hold the seed of ${arn}`,
    );
    expect(people).toContain('`mfa-runbook replace alice.breakglass --slot primary --reason broken`');
    expect(people).toContain(UNCHANGED);
    expect(exitCode).toBe(3);
    expect(calls().filter((name) => name === 'ResyncMFADevice')).toHaveLength(3);
    expect(await signsIn()).toBe(true);
  });
});

describe('what is refused before any code', () => {
  const noCodes = async (finished: Finished): Promise<Finished> => {
    expect(names()).toEqual([]);
    expect(finished.people).toContain(UNCHANGED);
    return finished;
  };

  test('a slot that is not enrolled', async () => {
    const bob = ['prove', 'bob.breakglass', '--slot', 'primary'];
    const { exitCode, people } = await noCodes(await refused(() => bench.run(...bob)));
    expect(people).toContain('error: 86596220000003 is not enrolled as primary of bob.breakglass');
    expect(people).toContain('hint: run `mfa-runbook enroll bob.breakglass --slot primary`');
    expect(exitCode).toBe(3);
  });

  test('a slot in which another token is enrolled', async () => {
    await bench.deploy(INVENTORY.replace(ALICE_PRIMARY, '86596220000077'));
    const { exitCode, people } = await noCodes(await refused(() => bench.run(...PROVE)));
    expect(people).toContain(
      `error: primary of alice.breakglass is enrolled with the token ${ALICE_PRIMARY}, the record says 86596220000077`,
    );
    expect(people).toContain('`mfa-runbook replace alice.breakglass --slot primary');
    expect(exitCode).toBe(3);
  });

  test('another token on the reader', async () => {
    const backup = bench.token(ALICE_BACKUP);
    layOn(backup);
    const { exitCode, people } = await noCodes(await refused(() => bench.run(...PROVE)));
    expect(people).toContain(`error: the token on the reader is ${ALICE_BACKUP}, the record says ${ALICE_PRIMARY}`);
    expect(exitCode).toBe(1);
    expect(backup.received).toEqual(['8041000002']);
  });

  test('no token at all', async () => {
    bench.readers.pull();
    const { exitCode, people } = await noCodes(await refused(() => bench.run(...PROVE)));
    expect(people).toContain('no token was laid on the reader for 60 s');
    expect(exitCode).toBe(1);
  });

  test('a token of a type this version does not burn', async () => {
    await bench.deploy(INVENTORY.replace('custody: "HQ fireproof safe"', 'type: hardware-totp'));
    const { exitCode, people } = await noCodes(await refused(() => bench.run(...PROVE)));
    expect(people).toMatch(/error: the record declares 86596220000001 as hardware-totp/);
    expect(exitCode).toBe(1);
  });

  test('a device that is listed some seconds late is waited for', async () => {
    let listings = 0;
    await open({
      wrapAws: (aws) => ({
        ...aws,
        devicesOf: async (user) => {
          const devices = await aws.devicesOf(user);
          return devices.length > 0 && listings++ === 1 ? [] : devices;
        },
      }),
    });
    listings = 1;
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(listings).toBeGreaterThan(2);
  });
});

describe('a token that leaves the reader while it is read', () => {
  test('is waited for, and read again', async () => {
    token.fail({ pull: { at: 1, effect: 'lost' } });
    const again = setInterval(() => {
      if (token.received.filter((header) => header === '8041000002').length < 3) return;
      clearInterval(again);
      token.fail({});
      layOn(token);
    }, 0);
    const { exitCode, people } = await bench.run(...PROVE);
    clearInterval(again);
    expect(people).toContain('the token does not answer');
    expect(exitCode).toBe(0);
  });

  test('and answers no more ends the drill', async () => {
    token.fail({ muteAt: 1 });
    const { exitCode, people } = await refused(() => bench.run(...PROVE));
    expect(people).toContain('error: the token left the reader or went dark');
    expect(people).toContain(UNCHANGED);
    expect(exitCode).toBe(1);
  });
});

describe('AWS', () => {
  const failResync = (...faults: readonly ('dropped-after' | 'dropped-before' | 'throttled' | 'access-denied' | 'server-error')[]) => {
    let seen = 0;
    bench.sandbox.faults = ({ operation }) => (operation === 'ResyncMFADevice' ? faults[seen++] : undefined);
  };

  test('an answer lost after the effect: the pair was taken, and two new codes settle it', async () => {
    failResync('dropped-after');
    const { exitCode, people } = await bench.run(...PROVE);
    expect(people).toContain('it may have taken these two codes, and it takes none twice, so type two new ones');
    expect(exitCode).toBe(0);
    expect(names()).toEqual(['code', 'next-code', 'code', 'next-code']);
    expect((await evidence()).ceremony).toBe('prove');
    expect(await signsIn()).toBe(true);
  });

  test('an answer lost before the effect: the same pair goes through', async () => {
    failResync('dropped-before');
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(names()).toEqual(['code', 'next-code']);
  });

  test('no answer at all: the drill stays open, and resume finishes it with newer codes', async () => {
    failResync('dropped-after', 'dropped-before', 'dropped-before', 'dropped-before', 'dropped-before');
    const first = await bench.run(...PROVE);
    expect(first.people).toContain('state: whether AWS took codes for primary of alice.breakglass is not known');
    expect(first.exitCode).toBe(1);
    expect(bench.journals.files.size).toBe(1);
    bench.sandbox.faults = undefined;
    layOn(token);
    const { exitCode, people } = await bench.run('resume');
    expect(people).toContain('the codes of the earlier run may have been taken, so two new ones are needed');
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    expect(bench.journals.files.size).toBe(0);
    expect((await evidence()).ceremony).toBe('prove');
  });

  test('answers lost each time are not taken for a wrong seed', async () => {
    failResync('dropped-after', undefined as never, 'dropped-after', undefined as never, 'dropped-after');
    const { exitCode, people } = await bench.run(...PROVE);
    expect(people).toContain('error: answers of AWS were lost 3 times, so whether it took codes');
    expect(people).not.toContain('does not hold the seed');
    expect(exitCode).toBe(1);
  });

  test.each([
    ['throttled', /AWS throttles iam:ResyncMFADevice/],
    ['server-error', /iam:ResyncMFADevice failed/],
  ] as const)('%s: fails with the way on', async (fault, error) => {
    failResync(fault, fault, fault, fault, fault);
    const { exitCode, people } = await bench.run(...PROVE);
    expect(people).toMatch(error);
    expect(people).toContain('run `mfa-runbook prove alice.breakglass --slot primary` again');
    expect(exitCode).toBe(1);
    bench.sandbox.faults = undefined;
    layOn(token);
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(bench.journals.files.size).toBe(0);
  });

  test('access denied: says which action, and that nothing was changed', async () => {
    failResync('access-denied');
    const { exitCode, people } = await refused(() => bench.run(...PROVE));
    expect(people).toContain('error: the caller may not call iam:ResyncMFADevice');
    expect(people).toContain(UNCHANGED);
    expect(exitCode).toBe(1);
  });

  test('busy with the same user: is waited for', async () => {
    let seen = 0;
    bench.sandbox.faults = ({ operation }) =>
      operation === 'ResyncMFADevice' && seen++ < 2
        ? { refuse: { code: 'ConcurrentModification', status: 409 } }
        : undefined;
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(names()).toEqual(['code', 'next-code']);
  });

  test('a lost answer behind a busy one is still a lost answer', async () => {
    const faults = ['no-answer', 'InvalidAuthenticationCode'];
    await open({
      wrapAws: (aws) => ({
        ...aws,
        resyncDevice: async (...call) => {
          const code = faults.shift();
          if (code === 'no-answer') {
            await aws.resyncDevice(...call);
            throw new AwsFault('iam:ResyncMFADevice', 'ConcurrentModification', 'busy, after a lost answer');
          }
          await aws.resyncDevice(...call);
        },
      }),
    });
    const { exitCode, people } = await bench.run(...PROVE);
    expect(people).toContain('it may have taken these two codes');
    expect(exitCode).toBe(0);
  });

  test('the device deleted meanwhile: nothing stays open', async () => {
    bench.sandbox.onCall = () => undefined;
    bench.answer = ({ name }) => {
      if (name === 'next-code') {
        void bench.admin('iam', 'DeactivateMFADevice', { UserName: 'alice.breakglass', SerialNumber: arn });
      }
      return token.readCode();
    };
    const { exitCode, people } = await bench.run(...PROVE);
    expect(people).toContain(`error: the device ${arn} was taken from alice.breakglass just now`);
    expect(exitCode).toBe(3);
    expect(bench.journals.files.size).toBe(0);
  });
});

describe('the record', () => {
  test('that stopped declaring the token meanwhile: no evidence, and the state says what was done', async () => {
    let deployed: Promise<void> | undefined;
    bench.answer = ({ name }) => {
      if (name === 'next-code') deployed = bench.deploy(INVENTORY.replace(ALICE_PRIMARY, '86596220000077'));
      return token.readCode();
    };
    const { exitCode, people } = await bench.run(...PROVE);
    await deployed;
    expect(people).toContain('error: the record was deployed anew meanwhile and now declares 86596220000077');
    expect(people).toContain('state: AWS took the codes for primary of alice.breakglass, the evidence is not complete');
    expect(exitCode).toBe(3);
    expect((await evidence()).ceremony).toBe('enroll');
    const resumed = await bench.run('resume');
    expect(resumed.people).toContain(`what was cut off was about the token ${ALICE_PRIMARY}`);
    expect(resumed.exitCode).toBe(3);
    expect(bench.journals.files.size).toBe(0);
    expect((await bench.run('resume')).people).toContain('nothing is open');
  });
});

describe('cancelled', () => {
  test.each([
    ['code', []],
    ['next-code', []],
    ['witness', ['--witness', 'Wanda Witt']],
  ] as const)('at the prompt %s: nothing is changed, nothing is left open', async (prompt, options) => {
    bench.answer = ({ name }) => {
      if (name === prompt) return undefined;
      return name === 'witness' ? ALICE_PRIMARY : token.readCode();
    };
    const calls = callsFromNow();
    const { exitCode, people } = await refused(() => bench.run(...PROVE, ...options));
    expect(people).toContain('error: cancelled');
    expect(people).toContain(UNCHANGED);
    expect(people).toContain(`hint: run \`mfa-runbook prove alice.breakglass --slot primary`);
    expect(exitCode).toBe(130);
    expect(names()).toContain(prompt);
    expect(calls()).not.toContain('ResyncMFADevice');
  });

  test('after a refused pair: nothing is changed, nothing is left open', async () => {
    bench.answer = () => (bench.questions.length <= 2 ? String(bench.questions.length).repeat(6) : undefined);
    const { exitCode, people } = await refused(() => bench.run(...PROVE));
    expect(people).toContain(UNCHANGED);
    expect(exitCode).toBe(130);
    expect(names()).toEqual(['code', 'next-code', 'code']);
  });

  test('by Ctrl-C while the token is waited for', async () => {
    bench.readers.pull();
    const stopping = setTimeout(() => bench.stop.abort(new Error('interrupted')), 20);
    const { exitCode, people } = await refused(() => bench.run(...PROVE));
    clearTimeout(stopping);
    expect([1, 130]).toContain(exitCode);
    expect(people).toContain(UNCHANGED);
  });
});

describe('a process that dies', () => {
  /** Runs a command whose process dies at the nth durable write (from 0); true if it came that far. */
  async function diesAt(nth: number, when: 'before' | 'after', ...args: readonly string[]): Promise<boolean> {
    let seen = 0;
    const died = new Promise<true>((resolve) => {
      bench.journals.onDurableWrite = (write) => {
        if (write.when !== when || seen++ !== nth) return undefined;
        resolve(true);
        return new Promise(() => undefined);
      };
    });
    const isDead = await Promise.race([died, bench.run(...args).then(() => false as const)]);
    bench.journals.onDurableWrite = () => undefined;
    bench.journals.forgetLocks();
    return isDead;
  }

  /** Begin and done of two effects, and the removal. */
  const WRITES = 5;
  const POINTS = (['before', 'after'] as const).flatMap((when) =>
    Array.from({ length: WRITES }, (_, nth) => [nth, when] as const),
  );

  test.each(POINTS)('at journal write %i, %s it is durable: resume completes it once', async (nth, when) => {
    expect(await diesAt(nth, when, ...PROVE)).toBe(true);
    layOn(token);
    const [journal] = (await bench.journals.list('break-glass')).map((entry) => entry.journal);
    const resumed = await bench.run('resume');
    expect({ people: resumed.people, exitCode: resumed.exitCode }).toMatchObject({ exitCode: 0 });
    expect(bench.journals.files.size).toBe(0);
    const proven = bench.evidence.filter(({ ceremony }) => ceremony === 'prove');
    if (journal === undefined) {
      // Before the first write nothing was begun; after the last everything was done.
      expect([[0, 'before'], [WRITES - 1, 'after']]).toContainEqual([nth, when]);
      expect(proven).toHaveLength(nth === 0 ? 0 : 1);
    } else {
      expect(proven.map(({ id }) => id)).toEqual([journal.id]);
      expect(await evidence()).toMatchObject({ id: journal.id, ceremony: 'prove' });
    }
    const calls = callsFromNow();
    expect((await bench.run('resume')).people).toContain('nothing is open');
    expect(calls()).toEqual([]);
  });

  test('there are no more journal writes than those', async () => {
    expect(await diesAt(WRITES, 'before', ...PROVE)).toBe(false);
  });

  test('its journal holds no code', async () => {
    const typed: string[] = [];
    bench.answer = () => {
      typed.push(token.readCode());
      return typed.at(-1);
    };
    await diesAt(1, 'after', ...PROVE);
    const text = [...bench.journals.files.values()].join('');
    expect(text).toContain('"resync"');
    expect(typed).toHaveLength(2);
    for (const code of typed) expect(text).not.toContain(`"${code}"`);
  });

  test('and is resumed an hour later is drilled anew: evidence is not dated by the resume', async () => {
    await diesAt(1, 'after', ...PROVE);
    bench.clock.advance(2 * 3_600_000);
    layOn(token);
    bench.questions.length = 0;
    const { exitCode, people } = await bench.run('resume');
    expect(people).toContain('is too long ago for evidence of today');
    expect(exitCode).toBe(0);
    expect(names()).toEqual(['code', 'next-code']);
  });

  test('does not keep a lost device from being enrolled or replaced', async () => {
    await diesAt(0, 'after', ...PROVE);
    await bench.admin('iam', 'DeactivateMFADevice', { UserName: 'alice.breakglass', SerialNumber: arn });
    const { exitCode, people } = await bench.run('resume');
    expect(people).toContain('is not enrolled as primary');
    expect(exitCode).toBe(3);
    expect(bench.journals.files.size).toBe(0);
  });
});
