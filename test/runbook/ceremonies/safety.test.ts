/** People, cards and IAM misbehave at the worst moment, and nothing of value is destroyed. */
import type { OpenJournal } from '../../../runbook/ceremony/journal';
import { ALICE_BACKUP, ALICE_PRIMARY, Bench } from '../../support/bench';
import { commandsIn } from '../../support/json-events';
import type { VirtualToken2Single } from '../../tokens/token2-single';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
const EVIDENCE = '/mfa-guardrails/break-glass/evidence/alice.breakglass/primary';
const DEVICE = {
  VirtualMFADeviceName: `alice.breakglass.primary.${ALICE_PRIMARY}`,
  Path: '/mfa-guardrails/break-glass/',
};

let bench: Bench;
let token: VirtualToken2Single;
let arn: string;

async function open(options: Parameters<typeof Bench.open>[0] = {}): Promise<void> {
  bench = await Bench.open({ overHttp: true, ...options });
  token = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(token);
  arn = bench.arn('alice.breakglass', 'primary', ALICE_PRIMARY);
}
beforeEach(() => open());
afterEach(() => bench.close());

function operations(): readonly string[] {
  return bench.sandbox.calls.map((call) => call.operation);
}
function commands(of: VirtualToken2Single, header: string): number {
  return of.received.filter((received) => received.startsWith(header)).length;
}

describe('the token', () => {
  test('another one laid on in the middle of a burn is not written', async () => {
    const backup = bench.token(ALICE_BACKUP);
    token.fail({ pull: { at: 4, effect: 'done' } });
    const waiting = setInterval(() => {
      if (token.received.length < 4) {
        return;
      }
      clearInterval(waiting);
      if (!backup.isOn) {
        backup.press();
      }
      bench.readers.lay(backup);
    }, 0);
    const told = await bench.runJson(...ENROLL);
    clearInterval(waiting);
    expect(told).toMatchObject({ exitCode: 1, code: 'token/wrong-serial' });
    expect(await bench.devices()).toEqual([]);
    expect(backup.received).toEqual(['8041000002']);
  });

  test('one whose answers make no sense is not asked to authenticate twice', async () => {
    token.fail({ shortChallenge: true });
    expect(await bench.runJson(...ENROLL)).toMatchObject({ exitCode: 1, code: 'token/refused' });
    expect(commands(token, '804B')).toBe(1);
    expect(await bench.devices()).toEqual([]);
  });

  test.each([
    [-4, 1],
    [4, 1],
    [-1, 0],
  ])('a clock that stays %i s off ends with exit code %i', async (offset, expected) => {
    token = bench.token(ALICE_PRIMARY, { clockOffsetSeconds: offset });
    token.fail({ clockStuck: true });
    bench.layAndAnswer(token);
    expect((await bench.run(...ENROLL)).exitCode).toBe(expected);
  });
});

describe('Ctrl-C', () => {
  test('while the device is created: the token is not written, the device is deleted', async () => {
    bench.sandbox.onCall = ({ operation }) => {
      if (operation === 'CreateVirtualMFADevice') {
        bench.stop.abort(new Error('interrupted'));
      }
    };
    const told = await bench.runJson(...ENROLL);
    expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(commandsIn(told.hints)).toEqual([ENROLL.join(' ')]);
    expect(commands(token, '84')).toBe(0);
    expect(await bench.devices()).toEqual([]);
  });

  test('before the device is created: nothing is', async () => {
    bench.sandbox.onCall = ({ operation }) => {
      if (operation === 'ListVirtualMFADevices') {
        bench.stop.abort(new Error('interrupted'));
      }
    };
    expect((await bench.run(...ENROLL)).exitCode).toBe(130);
    expect(operations()).not.toContain('CreateVirtualMFADevice');
  });

  test('with the last code typed: the device is not enabled', async () => {
    bench.answer = ({ name }) => {
      if (name === 'next-code') {
        bench.stop.abort(new Error('interrupted'));
      }
      return token.readCode();
    };
    expect((await bench.run(...ENROLL)).exitCode).toBe(130);
    expect(operations()).not.toContain('EnableMFADevice');
    expect(await bench.devices()).toEqual([]);
  });

  test('after Enable: the enrollment is completed', async () => {
    bench.sandbox.onCall = ({ operation }) => {
      if (operation === 'EnableMFADevice') {
        bench.stop.abort(new Error('interrupted'));
      }
    };
    expect((await bench.run(...ENROLL)).exitCode).toBe(0);
    expect(bench.evidence).toHaveLength(1);
  });
});

describe('another operator', () => {
  async function replace(): Promise<void> {
    await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: arn });
    await bench.admin('iam', 'CreateVirtualMFADevice', DEVICE);
  }

  test('who replaced the device keeps it when this run is cancelled', async () => {
    bench.answer = async () => {
      await replace();
      return undefined;
    };
    expect(await bench.runJson(...ENROLL)).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(await bench.devices()).toEqual([{ arn, user: undefined }]);
  });
});

describe('IAM', () => {
  test('that answers a creation too late does not make the operator decide', async () => {
    let failed = false;
    bench.sandbox.faults = ({ operation }) => {
      if (failed || operation !== 'CreateVirtualMFADevice') {
        return undefined;
      }
      failed = true;
      return 'dropped-after';
    };
    bench.answer = ({ name }) => (name === 'delete-leftover' ? 'no' : token.readCode());
    expect((await bench.run(...ENROLL)).exitCode).toBe(0);
    expect(bench.questions.map((question) => question.name)).toEqual(['code', 'next-code']);
  });

  test('that loses its answer to the deletion of a leftover has the enrollment go on', async () => {
    await bench.admin('iam', 'CreateVirtualMFADevice', DEVICE);
    let failed = false;
    bench.sandbox.faults = ({ operation }) => {
      if (failed || operation !== 'DeleteVirtualMFADevice') {
        return undefined;
      }
      failed = true;
      return 'dropped-after';
    };
    const { exitCode, events } = await bench.runJson(...ENROLL, '--yes');
    expect({ failed, exitCode }).toEqual({ failed: true, exitCode: 0 });
    expect(events).toContainEqual({ event: 'leftover-deleted', deviceArn: arn });
  });

  test.each(['CreateVirtualMFADevice', 'EnableMFADevice'])(
    'that is busy at %s is asked again',
    async (busy) => {
      let refusals = 2;
      bench.sandbox.faults = ({ operation }) =>
        operation === busy && refusals-- > 0
          ? { refuse: { code: 'ConcurrentModification', status: 409 } }
          : undefined;
      expect((await bench.run(...ENROLL)).exitCode).toBe(0);
      expect(operations().filter((operation) => operation === busy).length).toBeGreaterThanOrEqual(3);
    },
  );

  test('that shows changes late is waited for', async () => {
    await bench.close();
    await open({ sandbox: { visibilityLagMs: 45_000 } });
    bench.clock.advance(60_000);
    if (!token.isOn) {
      token.press();
    }
    const { exitCode, people } = await bench.run(...ENROLL);
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    expect(bench.evidence).toHaveLength(1);
  });
});

describe('the disk', () => {
  async function refuse(): Promise<never> {
    throw new Error('disk gone');
  }
  function openWith(broken: Partial<OpenJournal>): Promise<void> {
    return open({
      wrapHost: (host) => ({
        ...host,
        journals: {
          list: async (fleet) => host.journals.list(fleet),
          setAside: async (place) => host.journals.setAside(place),
          open: async (subject) => ({ ...(await host.journals.open(subject)), ...broken }),
        },
      }),
    });
  }

  test('that keeps a journal that is done with costs nothing, and is told of', async () => {
    await bench.close();
    await openWith({ remove: refuse });
    const { exitCode, events } = await bench.runJson(...ENROLL);
    expect(exitCode).toBe(0);
    expect(events.at(-1)).toEqual({ event: 'note', message: expect.stringContaining('disk gone') });
  });

  test('that keeps a lock hides neither that all went well nor why it did not', async () => {
    await bench.close();
    await openWith({ release: refuse });
    const { exitCode, events } = await bench.runJson(...ENROLL);
    expect(exitCode).toBe(0);
    expect(events.at(-1)).toEqual({ event: 'note', message: expect.stringContaining('disk gone') });
    const refused = await bench.runJson('enroll', 'alice.breakglass', '--slot', 'spare');
    expect(refused.code).toBe('record/no-slot');
  });
});

test.each([
  [7_500, 1],
  [3_000, 0],
])('a machine %i ms ahead of AWS ends with exit code %i', async (offsetMs, expected) => {
  bench.machineOffsetMs = offsetMs;
  token = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(token);
  expect((await bench.run(...ENROLL)).exitCode).toBe(expected);
});

test('--yes deletes a leftover without asking', async () => {
  await bench.admin('iam', 'CreateVirtualMFADevice', DEVICE);
  const { exitCode, happened } = await bench.runJson(...ENROLL, '--yes');
  expect(exitCode).toBe(0);
  expect(happened).toContain('leftover-deleted');
  expect(bench.questions.map((question) => question.name)).toEqual(['code', 'next-code']);
});

test('--verbose shows every AWS call', async () => {
  expect((await bench.run('doctor')).people).not.toContain('aws sts:GetCallerIdentity');
  expect((await bench.run('doctor', '--verbose')).people).toMatch(/aws sts:GetCallerIdentity ok \d+ ms/);
});

test('evidence of an earlier enrollment of the same token does not pass for new', async () => {
  await bench.run(...ENROLL);
  const first = bench.evidence[0];
  await bench.admin('iam', 'DeactivateMFADevice', { UserName: 'alice.breakglass', SerialNumber: arn });
  await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: arn });
  bench.clock.advance(86_400_000);
  if (!token.isOn) {
    token.press();
  }
  bench.sandbox.faults = ({ operation }) => (operation === 'PutParameter' ? 'access-denied' : undefined);
  expect(await bench.runJson(...ENROLL)).toMatchObject({ exitCode: 1, code: 'evidence/not-written' });
  bench.sandbox.faults = undefined;
  expect((await bench.run(...ENROLL)).exitCode).toBe(0);
  const { Parameter } = (await bench.admin('ssm', 'GetParameter', { Name: EVIDENCE })) as {
    Parameter: { Value: string };
  };
  expect(Date.parse(JSON.parse(Parameter.Value).at)).toBeGreaterThan(
    Date.parse(first?.at ?? '') + 80_000_000,
  );
});

test('without credentials it refuses, and the token is not touched', async () => {
  const kept = { ...process.env };
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('AWS_')) {
      delete process.env[name];
    }
  }
  Object.assign(process.env, {
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  try {
    bench.credentials = undefined;
    expect(await bench.runJson(...ENROLL)).toMatchObject({ exitCode: 1, code: 'aws/no-credentials' });
    expect(token.received).toEqual([]);
  } finally {
    process.env = kept;
  }
});
