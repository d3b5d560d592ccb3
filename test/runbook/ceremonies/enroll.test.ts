import type { Fault } from '../../sandbox/faults';
import { ALICE_BACKUP, ALICE_PRIMARY, Bench } from '../../support/bench';
import { ceremonyOf, parseEvents } from '../../support/json-events';
import type { VirtualToken2Single } from '../../tokens/token2-single';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
const EVIDENCE = '/mfa-guardrails/break-glass/evidence/alice.breakglass/primary';

let bench: Bench;
let token: VirtualToken2Single;
let arn: string;
beforeEach(async () => {
  bench = await Bench.open();
  token = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(token);
  arn = bench.arn('alice.breakglass', 'primary', ALICE_PRIMARY);
});
afterEach(() => bench.close());

async function evidence(name = EVIDENCE): Promise<Record<string, unknown>> {
  const { Parameter } = (await bench.admin('ssm', 'GetParameter', { Name: name })) as {
    Parameter: { Value: string };
  };
  return JSON.parse(Parameter.Value);
}

/** Operations called from now on, in order. */
function callsFromNow(): () => readonly string[] {
  const begun = bench.sandbox.calls.length;
  return () => bench.sandbox.calls.slice(begun).map((call) => call.operation);
}

async function expectEnrolled(): Promise<void> {
  expect(await bench.devices()).toEqual([{ arn, user: 'alice.breakglass' }]);
  expect(token.holds(bench.seeds.at(-1) ?? new Uint8Array())).toBe(true);
  expect(await evidence()).toMatchObject({ deviceArn: arn, tokenSerial: ALICE_PRIMARY });
}

describe('a first enrollment', () => {
  test('takes two typed codes, enables the device and leaves evidence', async () => {
    const { exitCode, people, data } = await bench.run(...ENROLL);
    expect({ exitCode, data, people }).toMatchObject({ exitCode: 0, data: `${arn}\n` });
    await expectEnrolled();
    expect(bench.questions.map((question) => question.name)).toEqual(['code', 'next-code']);
    expect(bench.evidence).toHaveLength(1);
    expect(bench.evidence[0]).toMatchObject({
      ceremony: 'enroll',
      holder: 'alice.breakglass',
      slot: 'primary',
      tokenModel: 'OTPC-P2-i',
      by: 'arn:aws:iam::123456789012:user/platform-admin',
      checks: ['record', 'clock', 'serial', 'burn', 'codes:2', 'listed'],
    });
  });

  test('takes one typed code with --codes 1, and computes the one before', async () => {
    const begun = bench.clock.now();
    expect((await bench.run(...ENROLL, '--codes', '1')).exitCode).toBe(0);
    await expectEnrolled();
    expect(bench.questions.map((question) => question.name)).toEqual(['code']);
    expect(bench.clock.now() - begun).toBeLessThan(5_000);
  });

  test('makes nine AWS calls', async () => {
    const calls = callsFromNow();
    await bench.run(...ENROLL);
    expect([...calls()].sort()).toEqual([
      'CreateVirtualMFADevice',
      'EnableMFADevice',
      'GetCallerIdentity',
      'GetParameter',
      'GetParametersByPath',
      'ListMFADevices',
      'ListMFADevices',
      'ListVirtualMFADevices',
      'PutParameter',
    ]);
  });

  test('names the token in every prompt', async () => {
    await bench.run(...ENROLL);
    for (const { message } of bench.questions) {
      expect(message).toContain(`alice.breakglass primary, token ${ALICE_PRIMARY} (HQ fireproof safe)`);
    }
  });

  test('tags the device with what it is for', async () => {
    await bench.run(...ENROLL);
    const { Tags } = (await bench.admin('iam', 'ListMFADeviceTags', { SerialNumber: arn })) as {
      Tags: readonly { Key: string; Value: string }[];
    };
    const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
    expect(tags).toMatchObject({
      'mfa-guardrails:fleet': 'break-glass',
      'mfa-guardrails:holder': 'alice.breakglass',
      'mfa-guardrails:slot': 'primary',
      'mfa-guardrails:token-serial': ALICE_PRIMARY,
    });
    expect(tags['mfa-guardrails:generation']).toMatch(/^[0-9a-f]{64}$/);
  });

  test('leaves the other slot to the other token', async () => {
    await bench.run(...ENROLL);
    const backup = bench.token(ALICE_BACKUP);
    bench.layAndAnswer(backup);
    expect((await bench.run('enroll', 'alice.breakglass', '--slot', 'backup')).exitCode).toBe(0);
    expect((await bench.devices()).map((device) => device.user)).toEqual([
      'alice.breakglass',
      'alice.breakglass',
    ]);
  });

  test('goes on after a mistyped code', async () => {
    let asked = 0;
    bench.answer = () => (asked++ === 0 ? '000000' : token.readCode());
    const { exitCode, happened } = await bench.runJson(...ENROLL);
    expect(exitCode).toBe(0);
    expect(happened.filter((name) => name === 'code-refused')).toHaveLength(1);
    await expectEnrolled();
  });

  test('goes on when a code between the two was missed', async () => {
    bench.answer = ({ name }) => {
      if (name === 'next-code' && bench.questions.length === 2) {
        bench.clock.advance(30_000);
      }
      return token.readCode();
    };
    expect((await bench.run(...ENROLL)).exitCode).toBe(0);
    expect(bench.questions.map(({ name }) => name)).toEqual(['code', 'next-code', 'next-code']);
    await expectEnrolled();
  });
});

describe('with --json', () => {
  test('prints one event a line on stdout, and nothing for people', async () => {
    const { people, data } = await bench.run(...ENROLL, '--json');
    const events = parseEvents(data);
    expect(ceremonyOf(events)).toEqual([
      'record',
      'preflight',
      'token',
      'device',
      'burned',
      'ask',
      'ask',
      'codes',
      'enabled',
      'confirmed',
      'evidence',
      'enrolled',
    ]);
    expect(events.at(-1)).toMatchObject({ deviceArn: arn, tokenSerial: ALICE_PRIMARY });
    expect(people).not.toContain('✓');
  });
});

describe('a second run', () => {
  test('finds the device enabled, changes nothing and says so', async () => {
    await bench.run(...ENROLL);
    const before = await evidence();
    const calls = callsFromNow();
    const { exitCode, happened } = await bench.runJson(...ENROLL);
    expect(exitCode).toBe(0);
    expect(happened).toContain('already-enrolled');
    expect([...calls()].sort()).toEqual([
      'GetCallerIdentity',
      'GetParameter',
      'GetParametersByPath',
      'ListMFADevices',
    ]);
    expect(await evidence()).toEqual(before);
  });

  test('completes the evidence that the first could not write', async () => {
    bench.sandbox.faults = ({ operation }) => (operation === 'PutParameter' ? 'access-denied' : undefined);
    expect(await bench.runJson(...ENROLL)).toMatchObject({ exitCode: 1, code: 'evidence/not-written' });
    expect(await bench.devices()).toEqual([{ arn, user: 'alice.breakglass' }]);
    bench.sandbox.faults = undefined;
    expect((await bench.run(...ENROLL)).exitCode).toBe(0);
    expect(await evidence()).toMatchObject({
      deviceArn: arn,
      checks: ['record', 'clock', 'serial', 'burn', 'codes:2', 'listed'],
    });
  });

  test('deletes an unassigned device of the same name once the operator says yes', async () => {
    await bench.admin('iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: `alice.breakglass.primary.${ALICE_PRIMARY}`,
      Path: '/mfa-guardrails/break-glass/',
    });
    const { exitCode, events } = await bench.runJson(...ENROLL);
    expect(exitCode).toBe(0);
    expect(events).toContainEqual({ event: 'leftover-deleted', deviceArn: arn });
    await expectEnrolled();
  });
});

describe('a token that leaves the reader and comes back', () => {
  // 2 get challenge, 3 authenticate, 4 write configuration, 5 write seed.
  test.each([2, 3, 4, 5])('is burned again from the beginning after APDU %i', async (at) => {
    for (const effect of ['lost', 'done'] as const) {
      token.fail({ pull: { at, effect } });
      const waiting = setInterval(() => {
        if (token.received.length < at) {
          return;
        }
        clearInterval(waiting);
        token.fail({});
        if (!token.isOn) {
          token.press();
        }
        bench.readers.lay(token);
      }, 0);
      const { exitCode, events } = await bench.runJson(...ENROLL);
      clearInterval(waiting);
      expect(exitCode).toBe(0);
      // The token is asked for again.
      expect(events).toContainEqual({ event: 'note', message: expect.stringContaining(ALICE_PRIMARY) });
      await expectEnrolled();
      await bench.close();
      bench = await Bench.open();
      token = bench.token(ALICE_PRIMARY);
      bench.layAndAnswer(token);
    }
  });
});

describe('calls that fail once', () => {
  /** The first call of an operation fails, later ones do not. */
  function failOnce(operation: string, fault: Fault): void {
    let failed = false;
    bench.sandbox.faults = (call) => {
      if (failed || call.operation !== operation) {
        return undefined;
      }
      failed = true;
      return fault;
    };
  }

  const OPERATIONS = [
    'GetCallerIdentity',
    'GetParametersByPath',
    'ListMFADevices',
    'CreateVirtualMFADevice',
    'EnableMFADevice',
    'GetParameter',
    'PutParameter',
  ];
  const FAULTS: readonly Fault[] = ['throttled', 'server-error', 'dropped-before', 'dropped-after'];
  test.each(OPERATIONS.flatMap((operation) => FAULTS.map((fault) => [operation, fault] as const)))(
    '%s, %s: the enrollment still ends right',
    async (operation, fault) => {
      failOnce(operation, fault);
      const { exitCode, people } = await bench.run(...ENROLL);
      expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
      await expectEnrolled();
    },
  );
});

describe('calls that fail for good', () => {
  test.each(['CreateVirtualMFADevice', 'EnableMFADevice'])(
    '%s, answers lost: nothing is left behind, or the device is enabled',
    async (operation) => {
      bench.sandbox.faults = (call) => (call.operation === operation ? 'server-error' : undefined);
      expect(await bench.runJson(...ENROLL)).toMatchObject({ exitCode: 1, code: expect.any(String) });
      expect(await bench.devices()).toEqual([]);
    },
  );

  test('a device that another run made is not deleted when the answer of our own creation was lost', async () => {
    await bench.admin('iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: `alice.breakglass.primary.${ALICE_PRIMARY}`,
      Path: '/mfa-guardrails/break-glass/',
    });
    bench.sandbox.faults = ({ operation }) =>
      operation === 'CreateVirtualMFADevice' ? 'server-error' : undefined;
    expect(await bench.runJson(...ENROLL)).toMatchObject({ exitCode: 1, code: expect.any(String) });
    expect(await bench.devices()).toEqual([{ arn, user: undefined }]);
  });

  test('a device that cannot be deleted again is named in the state', async () => {
    bench.sandbox.faults = ({ operation }) =>
      operation === 'DeleteVirtualMFADevice' ? 'access-denied' : undefined;
    bench.answer = () => undefined;
    const told = await bench.runJson(...ENROLL);
    expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(told.events.at(-1)?.state).toContain(arn);
    expect(await bench.devices()).toEqual([{ arn, user: undefined }]);
  });
});
