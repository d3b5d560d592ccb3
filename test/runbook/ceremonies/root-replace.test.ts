/** The replacement of a root user's token: another one in the same slot, and the old device is removed in the console. */
import { isFullExtent } from '../../support/extent';
import { atStep, atWrite, killCommand } from '../../support/kill-command';
import { findSeed } from '../../support/seed-forms';
import {
  AUDITOR,
  MEMBER,
  MEMBER_TOKEN,
  OWN,
  OWN_TOKEN,
  PASTE_OWN,
  ROOT_INVENTORY,
  RootBench,
} from './root-bench';

const SPARE = '86596220000098';
const SPARES = `${ROOT_INVENTORY}spares:\n  - { serial: "${SPARE}" }\n`;
const REPLACE = ['replace', 'root', '--slot', 'primary', '--secret'] as const;
const LOST = [...REPLACE, '--reason', 'lost'] as const;
const STOLEN = [...REPLACE, '--reason', 'stolen'] as const;

let root: RootBench;
afterEach(() => root.bench.close());

/** Opens a bench with an enrolled token, and takes the new one in hand. @returns the ARN of the old device */
async function openEnrolled(inventory = SPARES): Promise<string> {
  root = await RootBench.open({ inventory });
  root.showSecret();
  expect((await root.bench.run(...PASTE_OWN)).exitCode).toBe(0);
  const old = root.arn;
  root.bench.clock.advance(3_600_000);
  root.bench.questions.length = 0;
  root.take(SPARE);
  return old;
}

/** The person removes a device when told to. */
function removeWhenTold(arn: string): void {
  const { onPeople, onEvent } = root.bench;
  let isDone = false;
  function remove(): void {
    if (!isDone) {
      isDone = true;
      root.console().removeRootDevice(arn);
    }
  }
  root.bench.onPeople = (line) => {
    onPeople(line);
    if (line.includes('waiting until AWS no longer lists')) {
      remove();
    }
  };
  root.bench.onEvent = (told) => {
    onEvent(told);
    if (told.event === 'console-steps' && arn.endsWith(`/${told.name}`)) {
      remove();
    }
  };
}

test('enrolls the spare, then has the old device removed, and the evidence names both', async () => {
  const old = await openEnrolled();
  root.showSecret();
  removeWhenTold(old);
  const { exitCode, data, people } = await root.bench.run(...LOST);
  expect({ exitCode, data, people }).toMatchObject({ exitCode: 0, data: `${root.arn}\n` });
  expect(await root.rootDevices()).toEqual([root.arn]);
  expect(root.bench.evidence.at(-1)).toMatchObject({
    ceremony: 'replace',
    holder: `root@${OWN}`,
    deviceArn: root.arn,
    tokenSerial: SPARE,
    replaces: OWN_TOKEN,
    reason: 'lost',
    checks: [
      'record',
      'clock',
      'serial',
      'burn',
      'codes:2',
      'listed:own',
      'old-not-listed:own',
      'sessions:may-be-open',
    ],
  });
  expect(root.bench.journals.files.size).toBe(0);
  expect(
    findSeed(JSON.stringify([people, root.bench.evidence, [...root.bench.logs]]), root.seed),
  ).toBeUndefined();
});

test('the device of a stolen token is removed before anything else', async () => {
  const old = await openEnrolled();
  root.showSecret();
  removeWhenTold(old);
  const { exitCode, people } = await root.bench.run(...STOLEN);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(people.indexOf('AWS no longer lists')).toBeLessThan(people.indexOf('the token on the reader is'));
  expect(await root.rootDevices()).toEqual([root.arn]);
  expect(root.bench.evidence.at(-1)).toMatchObject({ reason: 'stolen', replaces: OWN_TOKEN });
});

test('with the clock of this machine off, the old device is removed, and no seed is burned', async () => {
  removeWhenTold(await openEnrolled());
  root.bench.machineOffsetMs = 60_000;
  const { exitCode, code, happened, events } = await root.bench.runJson(...STOLEN);
  expect({ exitCode, code }).toEqual({ exitCode: 1, code: 'clock/off' });
  expect(happened).toContain('clock-off');
  expect(events.at(-1)?.state).not.toMatch(/nothing was changed/);
  expect(await root.rootDevices()).toEqual([]);
  expect(root.token.received).toEqual([]);
  root.bench.machineOffsetMs = 0;
  root.showSecret();
  expect(await root.bench.run(...STOLEN)).toMatchObject({ exitCode: 0 });
  expect(root.bench.evidence.at(-1)).toMatchObject({ reason: 'stolen', replaces: OWN_TOKEN });
});

/** Returns the command that people are told to run next, and the devices that root has. */
async function pausedAt(told: { readonly events: readonly Readonly<Record<string, unknown>>[] }) {
  const { deviceArn, next } = told.events.find(({ event }) => event === 'paused') ?? {};
  return { deviceArn, next, devices: [...(await root.rootDevices())].sort() };
}

const NEXT = 'mfa-runbook replace root@123456789012 --slot primary --reason';

test('--no-wait ends at each wait for the console, and the command it names goes on', async () => {
  const old = await openEnrolled();
  root.showSecret();
  root.isAdding = false;
  const first = await root.bench.runJson(...LOST, '--no-wait');
  expect(first.exitCode).toBe(0);
  expect(await pausedAt(first)).toEqual({ deviceArn: root.arn, next: `${NEXT} lost`, devices: [old] });
  expect(root.bench.journals.files.size).toBe(1);

  root.isAdding = true;
  root.press();
  // The journal has the new token: no code is asked for again.
  root.bench.questions.length = 0;
  const second = await root.bench.runJson('resume', '--no-wait');
  expect(second.exitCode).toBe(0);
  expect(await pausedAt(second)).toMatchObject({ deviceArn: old, next: `${NEXT} lost` });
  expect(root.bench.evidence.at(-1)).toMatchObject({ ceremony: 'enroll' });
  expect(root.bench.questions).toEqual([]);

  root.console().removeRootDevice(old);
  expect((await root.bench.runJson('resume', '--no-wait')).exitCode).toBe(0);
  expect(await root.rootDevices()).toEqual([root.arn]);
  expect(root.bench.evidence.at(-1)).toMatchObject({
    ceremony: 'replace',
    replaces: OWN_TOKEN,
    reason: 'lost',
  });
  expect(root.bench.journals.files.size).toBe(0);
});

test('--no-wait of a stolen token takes no code before the old device is removed', async () => {
  const old = await openEnrolled();
  root.showSecret();
  const told = await root.bench.runJson(...STOLEN, '--no-wait');
  expect(told.exitCode).toBe(0);
  expect(await pausedAt(told)).toEqual({ deviceArn: old, next: `${NEXT} stolen`, devices: [old] });
  expect(root.bench.questions).toEqual([]);
  root.console().removeRootDevice(old);
  expect((await root.bench.run(...STOLEN)).exitCode).toBe(0);
  expect(await root.rootDevices()).toEqual([root.arn]);
});

test('takes the token that the record declares now, if the old one is another', async () => {
  const old = await openEnrolled(ROOT_INVENTORY);
  await root.bench.deploy(ROOT_INVENTORY.replace(OWN_TOKEN, SPARE));
  root.showSecret();
  removeWhenTold(old);
  expect((await root.bench.run(...LOST)).exitCode).toBe(0);
  expect(root.bench.evidence.at(-1)).toMatchObject({ tokenSerial: SPARE, replaces: OWN_TOKEN });
});

test('of another account, without a view, a person names the old device', async () => {
  root = await RootBench.open({ inventory: SPARES }, MEMBER);
  root.take(SPARE);
  root.showSecret();
  Object.assign(root.answers, { 'old-device': `root.primary.${MEMBER_TOKEN}`, removed: 'yes' });
  const args = ['replace', `root@${MEMBER}`, '--slot', 'primary', '--secret', '--reason', 'lost'];
  expect((await root.bench.run(...args)).exitCode).toBe(0);
  expect(root.asked).toEqual(expect.arrayContaining(['old-device', 'added', 'removed']));
  expect(root.bench.evidence).toMatchObject([
    {
      tokenSerial: SPARE,
      replaces: MEMBER_TOKEN,
      checks: expect.arrayContaining(['listed:by-word', 'old-not-listed:by-word']),
    },
  ]);
});

test('of another account, through a role there', async () => {
  root = await RootBench.open({ inventory: SPARES, overHttp: isFullExtent }, MEMBER);
  await root.createAuditor();
  await root.enrollOther(`root.primary.${MEMBER_TOKEN}`);
  const old = `arn:aws:iam::${MEMBER}:mfa/root.primary.${MEMBER_TOKEN}`;
  root.take(SPARE);
  root.showSecret();
  removeWhenTold(old);
  const args = ['replace', `root@${MEMBER}`, '--slot', 'primary', '--secret', '--reason', 'expired'];
  const { exitCode, people } = await root.bench.run(...args, '--view-role', AUDITOR);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(await root.rootDevices()).toEqual([root.arn]);
  expect(root.bench.evidence).toMatchObject([
    { checks: expect.arrayContaining(['listed:auditor', 'old-not-listed:auditor']) },
  ]);
});

test('a security key takes the place of a token', async () => {
  const key = 'FK00000001';
  const old = await openEnrolled(`${ROOT_INVENTORY}spares:\n  - { serial: "${key}", type: fido2 }\n`);
  removeWhenTold(old);
  const arn = root.console().registerRootSecurityKey(`root.primary.${key}`);
  root.answers['key-arn'] = arn;
  const { exitCode, people } = await root.bench.run(
    'replace',
    'root',
    '--slot',
    'primary',
    '--reason',
    'broken',
  );
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(root.bench.evidence.at(-1)).toMatchObject({
    tokenSerial: key,
    deviceArn: arn,
    checks: ['record', 'clock', 'listed:by-word', 'old-not-listed:own'],
  });
});

test('a security key that nobody lists is named by its whole identifier', async () => {
  const key = 'FK00000001';
  const keys = `${SPARES.replace(`"${OWN_TOKEN}"`, `"${key}", type: fido2`)}`;
  root = await RootBench.open({ inventory: keys });
  const old = root.console().registerRootSecurityKey(`root.primary.${key}`);
  root.take(SPARE);
  root.showSecret();
  const typed = old.slice(old.lastIndexOf('/') + 1);
  const { answer } = root.bench;
  const problems: (string | undefined)[] = [];
  root.bench.answer = (question) => {
    if (question.name === 'old-device') {
      const answers = [`root.primary.${key}`, `root.backup.${key}`, typed, old];
      problems.push(...answers.map((text) => question.check?.(text)));
      return typed;
    }
    return answer(question);
  };
  root.answers.removed = 'yes';
  const { exitCode, people } = await root.bench.run(...LOST);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(problems).toEqual([expect.any(String), expect.any(String), undefined, undefined]);
  expect(root.bench.evidence.at(-1)).toMatchObject({ tokenSerial: SPARE, replaces: key });
  expect(people).toContain(`root.primary.${key}-`);
});

describe('interrupted', () => {
  /** A page that was left half-way leaves a device that an administrator deletes. */
  async function beginAgain(): Promise<void> {
    const { VirtualMFADevices } = (await root.administrate('iam', 'ListVirtualMFADevices', {
      AssignmentStatus: 'Unassigned',
    })) as { VirtualMFADevices: readonly { SerialNumber: string }[] };
    for (const { SerialNumber } of VirtualMFADevices) {
      await root.administrate('iam', 'DeleteVirtualMFADevice', { SerialNumber });
    }
    if (!(await root.rootDevices()).includes(root.arn)) {
      root.showSecret();
    }
  }

  test.each([
    ['lost', LOST],
    ['stolen', STOLEN],
  ])('killed before and after each write, a %s one ends right', async (_reason, args) => {
    for (let nth = 0; ; nth++) {
      const old = await openEnrolled();
      root.showSecret();
      removeWhenTold(old);
      const isDead = await killCommand(root.bench, atWrite(nth), ...args, '--json');
      if (!isDead) {
        expect(nth).toBeGreaterThan(12);
        break;
      }
      root.bench.clock.advance(90_000);
      root.layAgain();
      await beginAgain();
      const isOver = nth > 0 && root.bench.journals.files.size === 0;
      const told = await root.bench.runJson(...args);
      // Once the journal is gone, it is the record that is to be changed.
      const code = isOver ? 'record/spare-in-use' : undefined;
      expect({ nth, code: told.code, exit: told.exitCode }).toEqual({ nth, code, exit: isOver ? 3 : 0 });
      expect(await root.rootDevices()).toEqual([root.arn]);
      expect(root.bench.journals.files.size).toBe(0);
      expect(root.bench.evidence.at(-1)).toMatchObject({ ceremony: 'replace', deviceArn: root.arn });
      await root.bench.close();
    }
  });

  test('resume continues it, and keeps the reason', async () => {
    const old = await openEnrolled();
    root.showSecret();
    expect(await killCommand(root.bench, atStep('removed', 'begun'), ...STOLEN)).toBe(true);
    root.console().removeRootDevice(old);
    root.layAgain();
    root.answers.source = '';
    expect((await root.bench.run('resume')).exitCode).toBe(0);
    expect(root.bench.evidence.at(-1)).toMatchObject({ ceremony: 'replace', reason: 'stolen' });
  });
});

describe('refuses, and changes nothing', () => {
  test.each([
    ['a slot without a device', SPARES, [...LOST], 'iam/not-enrolled'],
    [
      '--qr for a holder',
      SPARES,
      ['replace', 'bob.breakglass', '--slot', 'primary', '--reason', 'lost', '--secret'],
      'usage',
    ],
  ])('%s', async (_what, inventory, args, code) => {
    root = await RootBench.open({ inventory });
    expect(await root.bench.runJson(...args)).toMatchObject({ code });
    expect([root.bench.evidence, root.bench.journals.files.size]).toEqual([[], 0]);
  });

  test.each([
    ['a record without a spare', ROOT_INVENTORY, [...LOST], 'record/no-spare'],
    [
      'a spare that the record does not have',
      SPARES,
      [...LOST, '--spare', '86596220000097'],
      'record/no-spare',
    ],
    ['the token that is enrolled', SPARES, [...LOST, '--spare', OWN_TOKEN], 'iam/same-token'],
    [
      'two spares of which none is named',
      `${SPARES}  - { serial: "86596220000097" }\n`,
      [...LOST],
      'record/no-spare',
    ],
  ])('%s', async (_what, inventory, args, code) => {
    const old = await openEnrolled(inventory);
    expect(await root.bench.runJson(...args)).toMatchObject({ code });
    expect(await root.rootDevices()).toEqual([old]);
    expect([root.bench.evidence.length, root.bench.journals.files.size]).toEqual([1, 0]);
  });
});
