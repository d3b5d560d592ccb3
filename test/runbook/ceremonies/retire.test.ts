import { ALICE_BACKUP, ALICE_PRIMARY, Bench, BOB_PRIMARY } from '../../support/bench';
import { ceremonyOf, parseEvents } from '../../support/json-events';
import { atWrite, killCommand } from '../../support/kill-command';
import { withoutHttp } from '../../support/without-http';

const ALICE = 'alice.breakglass';
const PRIMARY = ['retire', ALICE, '--slot', 'primary'] as const;
const ALL = ['retire', ALICE, '--all-devices'] as const;
const PATH = '/mfa-guardrails/break-glass/';

let bench: Bench;
let primary: string;
let backup: string;

async function enrol(holder: string, slot: string, serial: string): Promise<void> {
  const token = bench.token(serial);
  bench.layAndAnswer(token);
  const { exitCode, people } = await bench.run('enroll', holder, '--slot', slot, '--codes', '1');
  if (exitCode !== 0) {
    throw new Error(people);
  }
}

/** Commands speak to AWS through the SDK, which repeats what may pass. */
let isOverHttp = false;

/** Alice has both her tokens, Bob his. */
async function open(options: Parameters<typeof Bench.open>[0] = {}): Promise<void> {
  isOverHttp = false;
  bench = await Bench.open({
    overHttp: true,
    ...options,
    wrapHost: (host) => (isOverHttp ? host : { ...host, connectAws: () => withoutHttp(bench) }),
  });
  await enrol(ALICE, 'primary', ALICE_PRIMARY);
  await enrol(ALICE, 'backup', ALICE_BACKUP);
  await enrol('bob.breakglass', 'primary', BOB_PRIMARY);
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
    expect(people).toContain(`→ to be deactivated and deleted: ${primary}`);
    expect(people).toContain(`✓ ${ALICE} has 1 MFA device left`);
    expect(people).toContain(
      `tokens.yaml still declares ${ALICE_PRIMARY} for primary of ${ALICE}: remove it and run \`cdk deploy\`, or \`mfa-runbook plan\` will ask to enrol it`,
    );
    await expectPrimaryRetired();
    expect((await evidence('primary')).checks).toEqual(['record', 'deactivated', 'deleted', 'not-listed']);
  });

  test('of a holder whom the record no longer declares goes by what IAM lists', async () => {
    await bench.deploy(
      'fleet: break-glass\nholders:\n  bob.breakglass:\n    - { slot: primary, serial: "86596220000003" }\n',
    );
    const { exitCode, people } = await bench.run(...PRIMARY);
    expectDone({ exitCode, people });
    expect(people).not.toContain('tokens.yaml');
    await expectPrimaryRetired();
    expect((await evidence('primary')).checks).toEqual(['deactivated', 'deleted', 'not-listed']);
  });

  test('of a user who is gone is deleted', async () => {
    for (const arn of [primary, backup]) {
      await bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: arn });
    }
    await bench.admin('iam', 'DeleteUser', { UserName: ALICE });
    const { exitCode, people } = await bench.run(...PRIMARY);
    expectDone({ exitCode, people });
    expect(people).toContain(`→ assigned to nobody, to be deleted: ${primary}`);
    expect(people).toContain(`✓ IAM has no user ${ALICE}`);
    expect(await arnsOf(undefined)).toEqual([backup]);
    expect((await evidence('primary')).checks).toEqual(['record', 'deleted', 'not-listed']);
  });

  test('a phone counts as a device', async () => {
    await bench.run(...PRIMARY);
    const phone = await bench.assignDevice(ALICE, 'alice-phone', '/');
    const { exitCode, people } = await bench.run('retire', ALICE, '--slot', 'backup');
    expectDone({ exitCode, people });
    expect(people).not.toContain('cannot sign in');
    expect(await arnsOf(ALICE)).toEqual([phone]);
  });

  test('retired twice: the second run finds nothing, and changes nothing', async () => {
    await bench.run(...PRIMARY);
    const { exitCode, people } = await bench.run(...PRIMARY);
    expect(people).toContain(`error: primary of ${ALICE} has no device of break-glass in IAM`);
    expect(exitCode).toBe(1);
    await expectPrimaryRetired();
  });
});

describe('every device', () => {
  test('goes, the last one too, one ceremony each; the user can then be deleted', async () => {
    const { exitCode, people, data } = await bench.run(...ALL);
    expectDone({ exitCode, people });
    expect(data.trimEnd().split('\n').sort()).toEqual([backup, primary].sort());
    expect(people).toContain(`→ ${ALICE} has no MFA device after that, and cannot sign in any more`);
    expect(people).toContain('2 retired, 0 failed');
    expect(people).toContain(`✓ ${ALICE} has 0 MFA devices left`);
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
    const { exitCode, people } = await bench.run(...ALL);
    expectDone({ exitCode, people });
    expect(people).toContain('3 retired, 0 failed');
    const stays = bench.arn(ALICE, 'third', '86596220000055');
    expect(people).toContain(
      `left alone, because mfa-runbook did not make it: \`aws iam delete-virtual-mfa-device --serial-number ${stays}\``,
    );
    expect(await arnsOf(undefined)).toEqual([stays]);
  });

  test('one that is assigned to somebody else than its name says is not touched', async () => {
    const odd = await bench.assignDevice('bob.breakglass', `${ALICE}.third.86596220000066`, PATH);
    expectDone(await bench.run(...ALL));
    expect(await arnsOf('bob.breakglass')).toContain(odd);
    expect(await arnsOf(ALICE)).toEqual([]);
  });

  test('of a holder who has none: says so', async () => {
    await bench.run(...ALL);
    const { exitCode, people } = await bench.run(...ALL);
    expectDone({ exitCode, people });
    expect(people).toContain(`${ALICE} has no device of break-glass`);
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
    const { exitCode, people } = await bench.run(...ALL);
    expect(people).toContain('error: not retired:');
    expect(people).toContain(
      'hint: then run `mfa-runbook retire alice.breakglass --all-devices` again: it takes only what is left',
    );
    expect(exitCode).toBe(1);
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
    const { exitCode, people } = await bench.run(...ALL);
    expect(people).toContain('state: retired with evidence: ');
    expect(exitCode).toBe(130);
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
    const { exitCode, people } = await bench.run(...PRIMARY, '--yes');
    expect(people).toContain('state: nothing was changed in IAM');
    expect(exitCode).toBe(130);
    await expectUnchanged();
  });

  test('another name is not taken', async () => {
    const answers = ['yes', 'bob.breakglass', undefined];
    bench.answer = () => answers.shift();
    const { exitCode, people } = await bench.run(...PRIMARY);
    expect(people).toContain('"bob.breakglass" is not alice.breakglass');
    expect(exitCode).toBe(130);
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
    const { exitCode, people } = await bench.run(...ALL);
    expectDone({ exitCode, people });
    expect(people).toContain('waiting for IAM to forget the device');
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
  }, 60_000);

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
  }, 60_000);

  test('and given up between its two halves: the command that is named deletes what is left', async () => {
    expect(await killCommand(bench, atWrite(5), ...PRIMARY)).toBe(true);
    const { people } = await bench.run('resume', '--abandon', '--region', 'eu-central-1');
    expect(people).toContain(
      `gave up the retirement of primary of ${ALICE}, token ${ALICE_PRIMARY}: the device ${primary} is left, assigned to nobody: \`mfa-runbook retire ${ALICE} --slot primary --region eu-central-1\` deletes it`,
    );
    expect(await arnsOf(undefined)).toEqual([primary]);
    expect([...bench.journals.files.keys()]).toEqual([]);
    expectDone(await bench.run(...PRIMARY));
    await expectPrimaryRetired();
  });
});

test('another operator who was faster is no obstacle', async () => {
  bench.answer = () => {
    void bench
      .admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: primary })
      .then(() => bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: primary }));
    return ALICE;
  };
  expectDone(await bench.run(...PRIMARY));
  await expectPrimaryRetired();
});

test('a user, a key or another tool that took the name since keeps the device', async () => {
  bench.answer = () => {
    void bench
      .admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: primary })
      .then(() => bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: primary }))
      .then(() =>
        bench.admin('iam', 'CreateVirtualMFADevice', {
          VirtualMFADeviceName: `${ALICE}.primary.${ALICE_PRIMARY}`,
          Path: PATH,
        }),
      );
    return ALICE;
  };
  const { people } = await bench.run(...PRIMARY);
  expect(people).toContain(`somebody made a new device ${primary} meanwhile: it stays`);
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
    'summary',
  ]);
  expect(events.at(-1)).toMatchObject({ retired: [primary], devicesLeft: 1, notOurs: [] });
});
