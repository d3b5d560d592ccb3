/** `mfa-runbook resume`: what is open is listed, finished, given up, or put aside; each with what is said. */
import { cancelled } from '../../../runbook/runbook-error';
import { ALICE_PRIMARY, Bench } from '../../support/bench';
import { parseEvents } from '../../support/json-events';
import { atStep, killCommand } from '../../support/kill-command';
import type { VirtualToken2Single } from '../../tokens/token2-single';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
const SUBJECT = {
  fleet: 'break-glass',
  account: '123456789012',
  holder: 'alice.breakglass',
  slot: 'primary',
};

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

/** An enrollment whose process died when it was about to begin the step, or had just ended it. */
async function cutOff(step: string, state: 'begun' | 'done'): Promise<void> {
  expect(await killCommand(bench, atStep(step, state), ...ENROLL)).toBe(true);
  if (!token.isOn) {
    token.press();
  }
}

/** Runs a command that fails; returns its exit code and its error. */
async function failure(...args: readonly string[]) {
  const { exitCode, data } = await bench.run(...args, '--json');
  const { code, state, hints } = parseEvents(data).at(-1) ?? {};
  return { exitCode, code, state, hints };
}

const unassigned = [{ arn: expect.stringContaining(ALICE_PRIMARY), user: undefined }];

describe('the list', () => {
  test('is short when nothing is open', async () => {
    const { exitCode, people, data } = await bench.run('resume', '--list');
    expect([exitCode, people, data]).toEqual([0, expect.stringMatching(/^✓ .*\n$/), '']);
  });

  test('names id, ceremony, token, who, when and how far, and changes nothing', async () => {
    await cutOff('burn', 'begun');
    const calls = bench.sandbox.calls.length;
    const { exitCode, data } = await bench.run('resume', '--list');
    expect(data).toMatch(
      /^[0-9a-f]{8} .*primary.*alice\.breakglass.*86596220000001.*123456789012.*arn:\S+platform-admin.*burn\n$/,
    );
    expect(exitCode).toBe(0);
    expect(bench.sandbox.calls).toHaveLength(calls);
    expect(bench.journals.files.size).toBe(1);
  });

  test('is events with --json', async () => {
    await cutOff('device', 'done');
    const { data } = await bench.run('resume', '--list', '--json');
    expect(JSON.parse(data)).toMatchObject({
      event: 'open',
      ceremony: 'enroll',
      steps: [{ name: 'device' }],
    });
  });
});

describe('finishing', () => {
  test('of a token that was burned continues with two typed codes, and says in the evidence who judged them', async () => {
    await cutOff('burn', 'done');
    const received = token.received.length;
    expect((await bench.run('resume')).exitCode).toBe(0);
    expect(token.received.slice(received).every((command) => command.startsWith('8041'))).toBe(true);
    expect(bench.evidence[0]?.checks).toContain('codes:by-aws');
    expect(bench.evidence[0]?.tokenModel).toBe('OTPC-P2-i');
  });

  test('of one that was not burned deletes the device and creates it again', async () => {
    await cutOff('burn', 'begun');
    const begun = bench.sandbox.calls.length;
    expect((await bench.run('resume')).exitCode).toBe(0);
    const calls = bench.sandbox.calls.slice(begun).map(({ operation }) => operation);
    expect(calls.filter((operation) => /VirtualMFADevice$/.test(operation))).toEqual([
      'DeleteVirtualMFADevice',
      'CreateVirtualMFADevice',
    ]);
    expect(bench.evidence[0]?.checks).toContain('codes:2');
    expect(await bench.devices()).toEqual([{ arn, user: 'alice.breakglass' }]);
  });

  test('of one that is named twice is done once', async () => {
    await cutOff('burn', 'done');
    const [entry] = await bench.journals.list('break-glass');
    const id = entry?.journal?.id ?? '';
    expect((await bench.run('resume', id.slice(0, 8), id)).exitCode).toBe(0);
    expect(bench.evidence).toHaveLength(1);
  });

  test('is what the same command does', async () => {
    await cutOff('burn', 'done');
    const begun = bench.sandbox.calls.length;
    expect((await bench.run(...ENROLL)).exitCode).toBe(0);
    const calls = bench.sandbox.calls.slice(begun).map(({ operation }) => operation);
    expect(calls).toContain('EnableMFADevice');
    expect(calls).not.toContain('CreateVirtualMFADevice');
    expect(bench.journals.files.size).toBe(0);
  });

  test('refuses a token whose clock is off since then, and deletes its device', async () => {
    bench.machineOffsetMs = -4_500;
    await cutOff('burn', 'done');
    bench.machineOffsetMs = 4_500;
    const { hints, ...failed } = await failure('resume');
    expect(failed).toMatchObject({ exitCode: 1, code: 'token/clock-off' });
    expect(String(hints)).not.toContain('--abandon');
    expect(await bench.devices()).toEqual([]);
    expect(bench.journals.files.size).toBe(0);
  });

  test('stays open without network, says so, and loses nothing', async () => {
    await cutOff('burn', 'done');
    bench.sandbox.faults = () => 'access-denied';
    const { hints, ...failed } = await failure('resume');
    expect(failed).toMatchObject({ exitCode: 1, code: 'aws/denied' });
    expect(String(hints)).toMatch(/`mfa-runbook resume [0-9a-f]{8} --abandon`/);
    expect(bench.journals.files.size).toBe(1);
  });

  test('refuses when the record declares another token since then', async () => {
    await cutOff('enable', 'done');
    await bench.deploy(`
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "86596220000055" }
`);
    expect(await failure('resume')).toMatchObject({ exitCode: 3, code: 'record/changed' });
    expect(await bench.devices()).toEqual([{ arn, user: 'alice.breakglass' }]);
    expect(bench.journals.files.size).toBe(1);
  });

  test('starts again with the token that the record declares now, if nothing of the first was enabled', async () => {
    await cutOff('burn', 'done');
    await bench.deploy(`
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "86596220000055" }
`);
    bench.layAndAnswer(bench.token('86596220000055'));
    const { exitCode, people } = await bench.run('resume');
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    expect(await bench.devices()).toEqual([
      { arn: bench.arn('alice.breakglass', 'primary', '86596220000055'), user: 'alice.breakglass' },
    ]);
  });

  test('of one that another account began is refused', async () => {
    await cutOff('burn', 'done');
    const [text = ''] = bench.journals.files.values();
    expect(text).toContain('123456789012');
    const other = { ...SUBJECT, account: '999999999999' };
    const journals = await bench.journals.list('break-glass');
    const open = await bench.journals.open(other);
    const [entry] = journals;
    if (entry?.journal === undefined) {
      throw new Error('there is no journal');
    }
    await open.write({ ...entry.journal, id: 'ffffffff-0000-4000-8000-000000000000', subject: other });
    await open.release();
    expect(await failure('resume', 'ffffffff')).toMatchObject({ exitCode: 1, code: 'journal/other-account' });
    expect(bench.journals.files.size).toBe(2);
  });
});

describe('giving up', () => {
  test('deletes the unassigned device and closes the journal', async () => {
    await cutOff('burn', 'done');
    expect(await bench.devices()).toEqual(unassigned);
    expect((await bench.run('resume', '--abandon')).exitCode).toBe(0);
    expect(await bench.devices()).toEqual([]);
    expect(bench.journals.files.size).toBe(0);
  });

  test('of a device whose deletion is not answered keeps the journal, and says what is not known', async () => {
    await cutOff('burn', 'done');
    bench.sandbox.faults = ({ operation }) =>
      operation === 'DeleteVirtualMFADevice' ? 'dropped-after' : undefined;
    const { state, ...failed } = await failure('resume', '--abandon');
    expect(failed).toMatchObject({ exitCode: 1, code: 'aws/no-answer' });
    expect(state).toContain(arn);
    expect(bench.journals.files.size).toBe(1);
  });

  test('does not confuse a ceremony that another run started in the meantime with the listed one', async () => {
    await cutOff('burn', 'done');
    const list = bench.journals.list.bind(bench.journals);
    bench.journals.list = async (fleet) => {
      const listed = await list(fleet);
      const [entry] = listed;
      if (entry?.journal !== undefined) {
        const open = await bench.journals.open(SUBJECT);
        await open.write({ ...entry.journal, id: 'ffffffff-0000-4000-8000-000000000000' });
        await open.release();
      }
      return listed;
    };
    await bench.run('resume', '--abandon');
    expect(await bench.devices()).toEqual(unassigned);
    expect(bench.journals.files.size).toBe(1);
  });

  test('of several says how many were given up before a person stopped it', async () => {
    await cutOff('burn', 'done');
    const [entry] = await bench.journals.list('break-glass');
    if (entry?.journal === undefined) {
      throw new Error('there is no journal');
    }
    const other = { ...SUBJECT, slot: 'backup' };
    const open = await bench.journals.open(other);
    await open.write({ ...entry.journal, startedAt: '2999-01-01T00:00:00.000Z', subject: other });
    await open.release();
    bench.onPeople = (text) => {
      // The first that is closed.
      if (text.startsWith('✓')) {
        bench.stop.abort(cancelled());
      }
    };
    const { exitCode, people } = await bench.run('resume', '--abandon');
    expect({ exitCode, people }).toEqual({ exitCode: 130, people: expect.stringMatching(/state: 1 /) });
    expect(bench.journals.files.size).toBe(1);
  });

  test('of several says what was closed when another one is of another account', async () => {
    await cutOff('burn', 'done');
    const [entry] = await bench.journals.list('break-glass');
    if (entry?.journal === undefined) {
      throw new Error('there is no journal');
    }
    const other = { ...SUBJECT, account: '999999999999' };
    const open = await bench.journals.open(other);
    await open.write({ ...entry.journal, startedAt: '2999-01-01T00:00:00.000Z', subject: other });
    await open.release();
    const { code, state } = await failure('resume', '--abandon');
    expect(code).toBe('journal/other-account');
    expect(await bench.devices()).toEqual([]);
    expect(state).toMatch(/^1 ceremony was closed; /);
    expect(state).not.toMatch(/nothing was changed/);
  });

  test('stops before the deletion when a person stops it', async () => {
    await cutOff('burn', 'done');
    bench.sandbox.onCall = ({ operation }) => {
      if (operation === 'ListMFADeviceTags') {
        bench.stop.abort(cancelled());
      }
    };
    expect(await failure('resume', '--abandon')).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(await bench.devices()).toEqual(unassigned);
  });

  test('leaves an enabled device alone', async () => {
    await cutOff('enable', 'done');
    await bench.run('resume', '--abandon');
    expect(await bench.devices()).toEqual([{ arn, user: 'alice.breakglass' }]);
    expect(bench.journals.files.size).toBe(0);
  });

  test('leaves a device of the same name that somebody else made', async () => {
    await cutOff('burn', 'done');
    await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: arn });
    await bench.admin('iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: `alice.breakglass.primary.${ALICE_PRIMARY}`,
      Path: '/mfa-guardrails/break-glass/',
    });
    await bench.run('resume', '--abandon');
    expect(await bench.devices()).toEqual(unassigned);
  });

  test('waits for a device that IAM may still show', async () => {
    await cutOff('burn', 'done');
    await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: arn });
    expect((await bench.run('resume', '--abandon')).exitCode).toBe(3);
    expect(bench.journals.files.size).toBe(1);
    bench.clock.advance(180_000);
    expect((await bench.run('resume', '--abandon')).exitCode).toBe(0);
    expect(bench.journals.files.size).toBe(0);
  });
});

describe('a journal that cannot be read', () => {
  let place: string;
  beforeEach(() => {
    place = bench.journals.tamper(SUBJECT, 'mfa-runbook journal 1 torn');
  });

  test('is an error with a way out, and nothing is done', async () => {
    const { hints, ...failed } = await failure(...ENROLL);
    expect(failed).toMatchObject({ exitCode: 3, code: 'journal/unreadable' });
    expect(String(hints)).toContain('`mfa-runbook resume --set-aside`');
    expect((await bench.run('resume')).exitCode).toBe(3);
    expect(await bench.devices()).toEqual([]);
  });

  test('is set aside under another name, and then the command runs', async () => {
    const { exitCode, people } = await bench.run('resume', '--set-aside');
    expect(people).toContain(`${place}.unreadable`);
    expect(exitCode).toBe(0);
    expect((await bench.run(...ENROLL)).exitCode).toBe(0);
    expect([...bench.journals.files.values()]).toEqual(['mfa-runbook journal 1 torn']);
  });
});

test.each([
  ['an id that nothing has', ['zzzz']],
  ['two purposes', ['--list', '--abandon']],
])('%s is a usage error', async (_name, args) => {
  expect(await failure('resume', ...args)).toMatchObject({ exitCode: 2, code: 'usage' });
});

test('a second process is refused while the first works', async () => {
  const open = await bench.journals.open(SUBJECT);
  expect(await failure(...ENROLL)).toMatchObject({ exitCode: 1, code: 'journal/locked' });
  await open.release();
  expect(await bench.devices()).toEqual([]);
});

test('a ceremony that another run closed between the list and the lock is not started again', async () => {
  await cutOff('burn', 'done');
  const list = bench.journals.list.bind(bench.journals);
  jest.spyOn(bench.journals, 'list').mockImplementation(async (fleet) => {
    const listed = await list(fleet);
    const open = await bench.journals.open(SUBJECT);
    await open.remove();
    return listed;
  });
  const received = token.received.length;
  expect(await failure('resume')).toMatchObject({ exitCode: 1, code: 'journal/closed' });
  expect(token.received).toHaveLength(received);
});

test('a device created a moment ago is waited for, however long ago its enrollment was started', async () => {
  bench.onPeople = (text) => {
    if (!text.includes('the token on the reader is')) {
      return;
    }
    bench.clock.advance(300_000);
    if (!token.isOn) {
      token.press();
    }
  };
  await cutOff('device', 'done');
  await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: arn });
  expect((await bench.run('resume', '--abandon')).exitCode).toBe(3);
  expect(bench.journals.files.size).toBe(1);
});
