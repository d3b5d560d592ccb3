import { ALICE_BACKUP, ALICE_PRIMARY, Bench, BOB_PRIMARY } from '../../support/bench';
import { ceremonyOf, commandsIn, parseEvents } from '../../support/json-events';
import { atWrite, killCommand } from '../../support/kill-command';

const ALICE = 'alice.breakglass';
const PRIMARY = ['retire', ALICE, '--slot', 'primary'] as const;
const ALL = ['retire', ALICE, '--all-devices'] as const;
const PATH = '/mfa-guardrails/break-glass/';

let bench: Bench;
let primary: string;
let backup: string;

async function enroll(holder: string, slot: string, serial: string): Promise<void> {
  const token = bench.token(serial);
  bench.layAndAnswer(token);
  const { exitCode, people } = await bench.run('enroll', holder, '--slot', slot, '--codes', '1');
  if (exitCode !== 0) {
    throw new Error(people);
  }
}

/** Alice has both her tokens, Bob his. */
async function open(options: Parameters<typeof Bench.open>[0] = {}): Promise<void> {
  bench = await Bench.open(options);
  await enroll(ALICE, 'primary', ALICE_PRIMARY);
  await enroll(ALICE, 'backup', ALICE_BACKUP);
  await enroll('bob.breakglass', 'primary', BOB_PRIMARY);
  bench.questions.length = 0;
  bench.answer = ({ name }) => (name === 'consent' ? ALICE : undefined);
  primary = bench.arn(ALICE, 'primary', ALICE_PRIMARY);
  backup = bench.arn(ALICE, 'backup', ALICE_BACKUP);
}
beforeEach(() => open());
afterEach(() => bench.close());

async function evidence(slot: string): Promise<Record<string, unknown>> {
  const Name = `/mfa-guardrails/break-glass/evidence/${ALICE}/${slot}`;
  const { Parameter } = (await bench.admin('ssm', 'GetParameter', { Name })) as {
    Parameter: { Value: string };
  };
  return JSON.parse(Parameter.Value);
}

async function arnsOf(user: string | undefined): Promise<readonly string[]> {
  return (await bench.devices())
    .filter((device) => device.user === user)
    .map(({ arn }) => arn)
    .sort();
}

async function bobIsAsBefore(): Promise<void> {
  return expect(await arnsOf('bob.breakglass')).toEqual([
    bench.arn('bob.breakglass', 'primary', BOB_PRIMARY),
  ]);
}

function retiredInLog(): readonly string[] {
  return bench.evidence.filter(({ ceremony }) => ceremony === 'retire').map(({ deviceArn }) => deviceArn);
}

/** The primary device, and nothing else, is gone, with evidence. */
async function expectPrimaryRetired(): Promise<void> {
  expect((await bench.devices()).map(({ arn }) => arn).sort()).toEqual(
    [backup, bench.arn('bob.breakglass', 'primary', BOB_PRIMARY)].sort(),
  );
  expect(await arnsOf(ALICE)).toEqual([backup]);
  await bobIsAsBefore();
  expect(await evidence('primary')).toMatchObject({
    ceremony: 'retire',
    tokenSerial: ALICE_PRIMARY,
    deviceArn: primary,
  });
  expect(retiredInLog()).toEqual([primary]);
  expect([...bench.journals.files.keys()]).toEqual([]);
}

async function expectUnchanged(): Promise<void> {
  expect(await arnsOf(ALICE)).toEqual([backup, primary].sort());
  await bobIsAsBefore();
  expect((await evidence('primary')).ceremony).toBe('enroll');
  expect(retiredInLog()).toEqual([]);
  expect([...bench.journals.files.keys()]).toEqual([]);
}

/** Shows the output of the command if it failed. */
function expectDone(
  { exitCode, people }: { readonly exitCode: number; readonly people: string },
  label = '',
): void {
  if (exitCode !== 0) {
    throw new Error(`${label}: exit code ${exitCode}\n${people}`);
  }
}

describe('one slot', () => {
  test('is deactivated, deleted and evidenced; the rest stays, and is counted', async () => {
    const { exitCode, people, data } = await bench.run(...PRIMARY);
    expectDone({ exitCode, people });
    expect(data).toBe(`${primary}\n`);
    await expectPrimaryRetired();
    expect((await evidence('primary')).checks).toEqual(['record', 'deactivated', 'deleted', 'not-listed']);
  });

  test('of a holder whom the record no longer declares goes by what IAM lists', async () => {
    await bench.deploy(
      'fleet: break-glass\nholders:\n  bob.breakglass:\n    - { slot: primary, serial: "86596220000003" }\n',
    );
    const { exitCode, happened } = await bench.runJson(...PRIMARY);
    expect(exitCode).toBe(0);
    expect(happened.slice(-3)).toEqual(['retired', 'sessions-may-be-open', 'summary']);
    await expectPrimaryRetired();
    expect((await evidence('primary')).checks).toEqual(['deactivated', 'deleted', 'not-listed']);
  });

  test('of a user who is gone is deleted', async () => {
    for (const arn of [primary, backup]) {
      await bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: arn });
    }
    await bench.admin('iam', 'DeleteUser', { UserName: ALICE });
    expectDone(await bench.run(...PRIMARY));
    expect(await arnsOf(undefined)).toEqual([backup]);
    expect((await evidence('primary')).checks).toEqual(['record', 'deleted', 'not-listed']);
  });

  test('a phone counts as a device', async () => {
    await bench.run(...PRIMARY);
    const phone = await bench.assignDevice(ALICE, 'alice-phone', '/');
    const { exitCode, events } = await bench.runJson('retire', ALICE, '--slot', 'backup');
    expect(exitCode).toBe(0);
    expect(events).toContainEqual({
      event: 'to-retire',
      holder: ALICE,
      devices: [backup],
      isLocking: false,
    });
    expect(await arnsOf(ALICE)).toEqual([phone]);
  });

  test('retired twice: the second run finds nothing, and changes nothing', async () => {
    await bench.run(...PRIMARY);
    expect(await bench.runJson(...PRIMARY)).toMatchObject({ exitCode: 1, code: 'iam/not-enrolled' });
    await expectPrimaryRetired();
  });
});

describe('every device', () => {
  test('goes, the last one too, one ceremony each; the user can then be deleted', async () => {
    const { exitCode, events } = await bench.runJson(...ALL);
    expect(exitCode).toBe(0);
    expect(events.find(({ event }) => event === 'to-retire')).toMatchObject({ isLocking: true });
    expect(events.at(-1)).toMatchObject({ event: 'summary', failed: [], devicesLeft: 0 });
    expect(bench.questions.map(({ name }) => name)).toEqual(['consent']);
    expect([...retiredInLog()].sort()).toEqual([backup, primary].sort());
    expect(new Set(bench.evidence.map(({ id }) => id)).size).toBe(bench.evidence.length);
    await bench.admin('iam', 'DeleteUser', { UserName: ALICE });
    await bobIsAsBefore();
  });

  test('a leftover of an unfinished run goes, one that somebody else made stays', async () => {
    const leftover = `${ALICE}.third.86596220000066`;
    await bench.admin('iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: leftover,
      Path: PATH,
      Tags: [{ Key: 'mfa-guardrails:run', Value: '00000000-0000-4000-8000-000000000000' }],
    });
    await bench.admin('iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: `${ALICE}.third.86596220000055`,
      Path: PATH,
    });
    expectDone(await bench.run(...ALL));
    expect(retiredInLog()).toHaveLength(3);
    expect(await arnsOf(ALICE)).toEqual([]);
    expect(await arnsOf(undefined)).toEqual([bench.arn(ALICE, 'third', '86596220000055')]);
  });

  test('one that is assigned to somebody else than its name says is not touched', async () => {
    const odd = await bench.assignDevice('bob.breakglass', `${ALICE}.third.86596220000066`, PATH);
    expectDone(await bench.run(...ALL));
    expect(await arnsOf('bob.breakglass')).toContain(odd);
    expect(await arnsOf(ALICE)).toEqual([]);
  });

  test('of a holder who has none: nothing is asked or changed', async () => {
    await bench.run(...ALL);
    const { exitCode, happened } = await bench.runJson(...ALL);
    expect([exitCode, happened]).toEqual([0, ['summary']]);
    expect(retiredInLog()).toHaveLength(2);
  });

  test('one that cannot be deactivated does not stop the other', async () => {
    let refused = false;
    bench.sandbox.faults = ({ operation }) => {
      if (refused || operation !== 'DeactivateMFADevice') {
        return undefined;
      }
      refused = true;
      return 'access-denied';
    };
    const told = await bench.runJson(...ALL);
    expect(told).toMatchObject({ exitCode: 1, code: 'retire/some-failed' });
    expect(commandsIn(told.hints)).toContain('retire alice.breakglass --all-devices');
    expect(await arnsOf(ALICE)).toHaveLength(1);
    expectDone(await bench.run(...ALL));
    expect(await arnsOf(ALICE)).toEqual([]);
    expect(retiredInLog()).toHaveLength(2);
  });

  test('Ctrl-C between two loses nothing: the same command takes the other', async () => {
    let puts = 0;
    bench.sandbox.onCall = ({ operation }) => {
      if (operation === 'PutParameter' && ++puts === 1) {
        bench.stop.abort(new Error('interrupted'));
      }
    };
    expect(await bench.runJson(...ALL)).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(await arnsOf(ALICE)).toHaveLength(1);
    expect(retiredInLog()).toHaveLength(1);
    bench.stop = new AbortController();
    bench.sandbox.onCall = () => undefined;
    expectDone(await bench.run(...ALL));
    expect(await arnsOf(ALICE)).toEqual([]);
    expect(retiredInLog()).toHaveLength(2);
  });
});

describe('consent', () => {
  test('is the name of the holder: --yes does not give it', async () => {
    bench.answer = () => undefined;
    const told = await bench.runJson(...PRIMARY, '--yes');
    expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
    await expectUnchanged();
  });

  test('another name is not taken', async () => {
    const answers = ['yes', 'bob.breakglass', undefined];
    bench.answer = () => answers.shift();
    expect(await bench.runJson(...PRIMARY)).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(bench.questions).toHaveLength(3);
    await expectUnchanged();
  });

  test('is given by --confirm, and then nobody is asked', async () => {
    bench.answer = () => undefined;
    expectDone(await bench.run(...PRIMARY, '--confirm', ALICE));
    expect(bench.questions).toEqual([]);
    await expectPrimaryRetired();
  });
});

describe('AWS calls', () => {
  test('IAM that shows changes 45 s late is waited for', async () => {
    await bench.close();
    await open({ sandbox: { visibilityLagMs: 45_000 } });
    bench.clock.advance(60_000);
    const asked = bench.clock.now();
    expectDone(await bench.run(...ALL));
    expect(bench.clock.now() - asked).toBeGreaterThan(45_000);
    bench.clock.advance(60_000);
    expect(await arnsOf(ALICE)).toEqual([]);
    expect(retiredInLog()).toHaveLength(2);
  });
});

describe('killed', () => {
  test('at whatever write of the journal: resume finishes what was begun, asks nothing, and takes nothing else', async () => {
    let kills = 0;
    for (let n = 0; n < 100; n++) {
      await bench.close();
      await open();
      if (!(await killCommand(bench, atWrite(n), ...PRIMARY))) {
        break;
      }
      kills++;
      bench.questions.length = 0;
      const wasOpen = bench.journals.files.size > 0;
      expectDone(await bench.run('resume'), `killed at ${n}`);
      expect(bench.questions).toEqual([]);
      expect([...bench.journals.files.keys()]).toEqual([]);
      expect(await arnsOf(ALICE)).toContain(backup);
      await bobIsAsBefore();
      // Nothing was agreed on durably yet: the command is given again.
      if (!wasOpen || (await arnsOf(ALICE)).includes(primary)) {
        if (retiredInLog().length === 0) {
          expectDone(await bench.run(...PRIMARY), `after ${n}`);
        }
      }
      await expectPrimaryRetired();
    }
    expect(kills).toBe(16);
  });

  test('at whatever write of the journal: --all-devices again takes what is left', async () => {
    let kills = 0;
    for (let n = 0; n < 100; n++) {
      await bench.close();
      await open();
      if (!(await killCommand(bench, atWrite(n), ...ALL))) {
        break;
      }
      kills++;
      expectDone(await bench.run(...ALL), `killed at ${n}`);
      expect(await arnsOf(ALICE)).toEqual([]);
      expect(await arnsOf(undefined)).toEqual([]);
      await bobIsAsBefore();
      expect([...retiredInLog()].sort()).toEqual([backup, primary].sort());
      expect([...bench.journals.files.keys()]).toEqual([]);
    }
    expect(kills).toBe(32);
  });

  test('and given up between its two halves: the command that is named deletes what is left', async () => {
    expect(await killCommand(bench, atWrite(5), ...PRIMARY)).toBe(true);
    const { events } = await bench.runJson('resume', '--abandon', '--region', 'eu-central-1');
    const abandoned = events.find(({ event }) => event === 'abandoned');
    const command = `retire ${ALICE} --slot primary --region eu-central-1`;
    expect(commandsIn(abandoned?.outcome)).toEqual([command]);
    expect(await arnsOf(undefined)).toEqual([primary]);
    expect([...bench.journals.files.keys()]).toEqual([]);
    expectDone(await bench.run(...command.split(' ')));
    await expectPrimaryRetired();
  });
});

/** Deletes the primary device, as another operator would. */
async function deletePrimary(): Promise<void> {
  await bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: primary });
  await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: primary });
}

test('another operator who was faster is no obstacle', async () => {
  bench.answer = async () => {
    await deletePrimary();
    return ALICE;
  };
  expectDone(await bench.run(...PRIMARY));
  await expectPrimaryRetired();
});

test('a user, a key or another tool that took the name since keeps the device', async () => {
  bench.answer = async () => {
    await deletePrimary();
    await bench.admin('iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: `${ALICE}.primary.${ALICE_PRIMARY}`,
      Path: PATH,
    });
    return ALICE;
  };
  const { exitCode, happened } = await bench.runJson(...PRIMARY);
  expect(exitCode).toBe(0);
  expect(happened).toContain('retired');
  expect(happened).not.toContain('deleted');
  expect(await arnsOf(undefined)).toEqual([primary]);
});

test('with --json it prints one event a line', async () => {
  const { data } = await bench.run(...PRIMARY, '--json');
  const events = parseEvents(data);
  expect(ceremonyOf(events)).toEqual([
    'to-retire',
    'ask',
    'deactivated',
    'deleted',
    'confirmed',
    'evidence',
    'retired',
    'still-declared',
    'sessions-may-be-open',
    'summary',
  ]);
  expect(events.at(-1)).toMatchObject({ retired: [primary], devicesLeft: 1, notOurs: [] });
});

describe('a name', () => {
  function retiredHolders(): readonly string[] {
    return bench.evidence.filter(({ ceremony }) => ceremony === 'retire').map(({ holder }) => holder);
  }

  test('in another case is the same user, for IAM and for us', async () => {
    const { exitCode, people } = await bench.run('retire', 'Alice.BREAKGLASS', '--all-devices');
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    expect(await arnsOf(ALICE)).toEqual([]);
    expect(retiredHolders()).toEqual([ALICE, ALICE]);
  });

  test('that neither the record nor IAM knows is an error, and the nearest holder is named', async () => {
    const { exitCode, code, hints } = await bench.runJson('retire', 'alcie.breakglass', '--all-devices');
    expect([exitCode, code]).toEqual([1, 'record/no-holder']);
    expect(hints.join()).toContain(ALICE);
    expect(await arnsOf(ALICE)).toEqual([backup, primary].sort());
  });
});

test('the state never says both that nothing was changed and that a device is gone', async () => {
  bench.sandbox.faults = ({ operation }) => (operation === 'PutParameter' ? 'access-denied' : undefined);
  const { exitCode, events } = await bench.runJson(...ALL);
  expect(exitCode).not.toBe(0);
  expect(await arnsOf(ALICE)).toEqual([]);
  const state = String(events.at(-1)?.state);
  expect(state).toMatch(/primary: .*; .*backup: |backup: .*; .*primary: /);
  expect(state).not.toMatch(/nothing (else )?was changed/);
});

test('a slot is not retired if somebody took the other device while a person was asked', async () => {
  bench.answer = async () => {
    await bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: backup });
    return ALICE;
  };
  expect(await bench.runJson(...PRIMARY)).toMatchObject({ exitCode: 3, code: 'iam/last-device' });
  expect(await arnsOf(ALICE)).toEqual([primary]);
  expect([...bench.journals.files.keys()]).toEqual([]);
});
