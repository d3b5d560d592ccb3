/** After the stack was deleted: `retire` goes by the path of the devices, with a consent of its own. */
import type { Aws } from '../../../runbook/aws/aws';
import { ALICE_BACKUP, ALICE_PRIMARY, Bench, INVENTORY } from '../../support/bench';
import { atWrite, killCommand } from '../../support/kill-command';

/** Columns of the terminal, if the operator sits at one. */
let columns: number | undefined;

const ALICE = 'alice.breakglass';
const ALL = ['retire', ALICE, '--all-devices'] as const;
const RECORD = '/mfa-guardrails/break-glass/record';

/** Stands between the command and AWS. */
let wrapAws: (aws: Aws) => Aws;

let bench: Bench;
let devices: readonly string[];

beforeEach(async () => {
  columns = undefined;
  wrapAws = (aws) => aws;
  bench = await Bench.open({
    wrapHost: (host) => ({ ...host, columns: () => columns }),
    wrapAws: (aws) => wrapAws(aws),
  });
  for (const [slot, serial] of [
    ['primary', ALICE_PRIMARY],
    ['backup', ALICE_BACKUP],
  ] as const) {
    bench.layAndAnswer(bench.token(serial));
    expect((await bench.run('enroll', ALICE, '--slot', slot, '--codes', '1')).exitCode).toBe(0);
  }
  devices = await arns();
  bench.questions.length = 0;
  answerWith('break-glass', ALICE);
});
afterEach(() => bench.close());

function answerWith(fleet: string, holder: string): void {
  let asked = 0;
  bench.answer = ({ name }) => {
    // A refused answer is asked for again; then the person gives up.
    if (asked++ > 4) {
      return undefined;
    }
    return name === 'no-record' ? fleet : name === 'consent' ? holder : undefined;
  };
}

async function arns(): Promise<readonly string[]> {
  return (await bench.devices()).map(({ arn }) => arn).sort();
}

/** Names the resources that a deletion of the stack takes. */
async function destroyRecord(...names: readonly string[]): Promise<void> {
  const gone = names.length > 0 ? names : [`${RECORD}/manifest`, `${RECORD}/page/0`];
  await bench.admin('ssm', 'DeleteParameters', { Names: gone });
}

async function evidenceOf(slot: string): Promise<Record<string, unknown>> {
  const { Parameter } = (await bench.admin('ssm', 'GetParameter', {
    Name: `/mfa-guardrails/break-glass/evidence/${ALICE}/${slot}`,
  })) as { Parameter: { Value: string } };
  return JSON.parse(Parameter.Value);
}

async function expectUnchanged(): Promise<void> {
  expect(await arns()).toEqual(devices);
  expect((await evidenceOf('primary')).ceremony).toBe('enroll');
  expect([...bench.journals.files.keys()]).toEqual([]);
}

test.each([
  ['no parameter', []],
  ['pages without their manifest', [`${RECORD}/manifest`]],
])('%s: the devices at the path go, with evidence, and the user can be deleted', async (_what, names) => {
  await destroyRecord(...names);
  const { exitCode, events } = await bench.runJson(...ALL);
  expect(exitCode).toBe(0);
  expect(bench.questions.map(({ name }) => name)).toEqual(['no-record', 'consent']);
  expect(events.find(({ event }) => event === 'no-record')?.commands).toEqual(
    devices.flatMap((arn) => [
      `aws iam deactivate-mfa-device --user-name ${ALICE} --serial-number ${arn}`,
      `aws iam delete-virtual-mfa-device --serial-number ${arn}`,
    ]),
  );
  expect(await arns()).toEqual([]);
  for (const slot of ['primary', 'backup']) {
    expect(await evidenceOf(slot)).toMatchObject({
      ceremony: 'retire',
      checks: ['record:none', 'deactivated', 'deleted', 'not-listed'],
    });
  }
  await bench.admin('iam', 'DeleteUser', { UserName: ALICE });
  expect([...bench.journals.files.keys()]).toEqual([]);
});

describe('a user whom IAM spells in another way than the record did', () => {
  const SPELLED = 'Alice.BreakGlass';
  beforeEach(async () => {
    // IAM answers with its own spelling, takes every other, and may list a phone of the user's first.
    wrapAws = (aws) => ({
      ...aws,
      virtualDevices: async () => [
        { arn: 'arn:aws:iam::123456789012:mfa/a-phone', user: SPELLED },
        ...(await aws.virtualDevices()).map((each) =>
          each.user === ALICE ? { ...each, user: SPELLED } : each,
        ),
      ],
      devicesOf: async (user) => aws.devicesOf(user.toLowerCase()),
      deactivateDevice: async (user, arn) => aws.deactivateDevice(user.toLowerCase(), arn),
    });
  });

  test.each([ALICE, SPELLED, 'ALICE.BREAKGLASS'])(
    'is retired as %s, and the evidence is where that of the enrollment was',
    async (typed) => {
      await destroyRecord();
      answerWith('break-glass', typed);
      expect(await bench.runJson('retire', typed, '--all-devices')).toMatchObject({ exitCode: 0 });
      expect(await arns()).toEqual([]);
      expect(await evidenceOf('primary')).toMatchObject({ ceremony: 'retire', holder: ALICE });
    },
  );

  test('is retired, too, after the record took over the spelling of IAM', async () => {
    await bench.deploy(INVENTORY.replaceAll(ALICE, SPELLED));
    answerWith('', SPELLED);
    expect(await bench.runJson('retire', ALICE, '--all-devices')).toMatchObject({ exitCode: 0 });
    expect(await arns()).toEqual([]);
    expect(bench.evidence.slice(-2)).toMatchObject([{ holder: SPELLED }, { holder: SPELLED }]);
  });
});

test('one slot goes as well', async () => {
  await destroyRecord();
  expect((await bench.run('retire', ALICE, '--slot', 'primary')).exitCode).toBe(0);
  expect(await arns()).toEqual([bench.arn(ALICE, 'backup', ALICE_BACKUP)]);
});

test.each<readonly [string, readonly string[], string]>([
  ['another fleet', [], 'payments'],
  ['the name of the holder', [], ALICE],
  ['--yes', ['--yes'], ''],
  ['--confirm', ['--confirm', ALICE], ''],
])('%s is no consent to it', async (_what, options, fleet) => {
  await destroyRecord();
  answerWith(fleet, ALICE);
  expect((await bench.run(...ALL, ...options)).exitCode).toBe(130);
  await expectUnchanged();
});

test('another fleet, without a device, is an error and no success', async () => {
  for (const holder of [ALICE, 'nobody']) {
    const told = await bench.runJson('retire', holder, '--all-devices', '--fleet', 'payments');
    expect(told).toMatchObject({ exitCode: 1, code: 'record/missing' });
    expect(told.hints.join('\n')).toContain('aws iam deactivate-mfa-device');
    expect(told.hints.join('\n')).toContain('aws iam delete-virtual-mfa-device');
  }
  expect(bench.questions).toEqual([]);
  await expectUnchanged();
});

test('a record that was edited is refused as ever', async () => {
  const Name = `${RECORD}/page/0`;
  const { Parameter } = (await bench.admin('ssm', 'GetParameter', { Name })) as {
    Parameter: { Value: string };
  };
  const Value = Parameter.Value.replace(ALICE_PRIMARY, '86596220000007');
  await bench.admin('ssm', 'PutParameter', { Name, Value, Type: 'String', Overwrite: true });
  expect(await bench.runJson(...ALL)).toMatchObject({ exitCode: 1, code: 'record/mismatch' });
  await expectUnchanged();
});

test('a retirement that was interrupted before the stack was deleted is finished by resume', async () => {
  await killCommand(bench, atWrite(3), ...ALL);
  expect([...bench.journals.files.keys()]).toHaveLength(1);
  await destroyRecord();
  expect((await bench.run('resume')).exitCode).toBe(0);
  expect([...bench.journals.files.keys()]).toEqual([]);
  expect(await arns()).toHaveLength(1);
});

test('every other ceremony still needs the record', async () => {
  await destroyRecord();
  for (const command of [
    ['replace', ALICE, '--slot', 'primary', '--reason', 'stolen'],
    ['prove', ALICE, '--slot', 'primary'],
    ['enroll', ALICE, '--slot', 'primary'],
  ]) {
    expect(await bench.runJson(...command)).toMatchObject({ exitCode: 1, code: 'record/missing' });
  }
  await expectUnchanged();
});

test('on a narrow terminal each command to copy is a whole line, as programs get it', async () => {
  await destroyRecord();
  columns = 60;
  const { people } = await bench.run('retire', ALICE, '--slot', 'backup');
  const lines = people.split('\n').filter((line) => line.startsWith('aws '));
  const [device = ''] = devices.filter((arn) => arn.includes('.backup.'));
  expect(lines.slice(0, 2)).toEqual([
    `aws iam deactivate-mfa-device --user-name ${ALICE} --serial-number ${device}`,
    `aws iam delete-virtual-mfa-device --serial-number ${device}`,
  ]);
  // Each is a line that a shell takes as one command.
  expect(lines.filter((line) => (line.match(/'/g) ?? []).length % 2 === 1)).toEqual([]);
  expect(lines.some((line) => /^aws iam put-user-policy .* --policy-document '\{.*\}'$/.test(line))).toBe(
    true,
  );
});
