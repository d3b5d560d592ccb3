/** The rest of the life of a root user's token: tokens without a seed, drills, retirement. */
import { isFullExtent } from '../../support/extent';
import { atStep, killCommand } from '../../support/kill-command';
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

const KEY = 'FK00000001';
const RETIRE = ['retire', 'root', '--slot', 'primary', '--confirm', 'root'] as const;

const PROVE = ['prove', 'root', '--slot', 'primary'] as const;

let root: RootBench;
afterEach(() => root.bench.close());

async function openEnrolled(overHttp = false, inventory = ROOT_INVENTORY): Promise<void> {
  root = await RootBench.open({ overHttp, inventory });
  root.showSecret();
  expect((await root.bench.run(...PASTE_OWN)).exitCode).toBe(0);
  root.bench.clock.advance(3_600_000);
  root.bench.questions.length = 0;
}

/** Runs something once, when the command waits for AWS's listing. */
function whileWaiting(text: string, act: () => void): void {
  let isDone = false;
  root.bench.onPeople = (line) => {
    if (!isDone && line.includes(text)) {
      isDone = true;
      act();
    }
  };
}

describe('retire', () => {
  test('guides the removal, waits until AWS no longer lists it, and leaves evidence', async () => {
    await openEnrolled();
    whileWaiting('waiting until AWS no longer lists', () => root.console().removeRootDevice(root.arn));
    const { exitCode, data, people } = await root.bench.run(...RETIRE);
    expect({ exitCode, data, people }).toMatchObject({ exitCode: 0, data: `${root.arn}\n` });
    expect(await root.rootDevices()).toEqual([]);
    expect(root.bench.evidence.at(-1)).toMatchObject({
      ceremony: 'retire',
      holder: `root@${OWN}`,
      deviceArn: root.arn,
      checks: ['record', 'not-listed:own'],
    });
    expect(root.bench.journals.files.size).toBe(0);
  });

  test('goes on after a death while it waits, and does not ask again', async () => {
    await openEnrolled();
    expect(await killCommand(root.bench, atStep('removed', 'begun'), ...RETIRE)).toBe(true);
    root.console().removeRootDevice(root.arn);
    root.bench.questions.length = 0;
    expect((await root.bench.run('resume')).exitCode).toBe(0);
    expect(root.asked).toEqual([]);
    expect(root.bench.evidence.at(-1)).toMatchObject({ ceremony: 'retire' });
  });

  test('--no-wait ends once it has told how; the command without it, or resume, completes it', async () => {
    await openEnrolled();
    const told = await root.bench.runJson(...RETIRE, '--no-wait');
    expect(told.exitCode).toBe(0);
    expect(told.events).toContainEqual({
      event: 'paused',
      holder: `root@${OWN}`,
      deviceArn: root.arn,
      next: `mfa-runbook retire root@${OWN} --slot primary`,
    });
    expect([await root.rootDevices(), root.bench.journals.files.size]).toEqual([[root.arn], 1]);
    expect(root.bench.evidence.map(({ ceremony }) => ceremony)).toEqual(['enroll']);
    root.console().removeRootDevice(root.arn);
    expect((await root.bench.run('resume', '--no-wait')).exitCode).toBe(0);
    expect(root.bench.evidence.at(-1)).toMatchObject({ ceremony: 'retire' });
  });

  test('needs the name of the root user, which --yes does not give', async () => {
    await openEnrolled();
    const told = await root.bench.runJson('retire', 'root', '--slot', 'primary', '--yes');
    expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect([root.asked, await root.rootDevices()]).toEqual([['consent'], [root.arn]]);
    expect(root.bench.journals.files.size).toBe(0);
  });

  test('takes out the token that the record no longer declares, and the new one can be enrolled', async () => {
    await openEnrolled();
    const old = root.arn;
    await root.bench.deploy(ROOT_INVENTORY.replace(OWN_TOKEN, '86596220000099'));
    expect(await root.bench.runJson(...PASTE_OWN)).toMatchObject({ code: 'iam/slot-taken', exitCode: 3 });
    whileWaiting('waiting until AWS no longer lists', () => root.console().removeRootDevice(old));
    expect((await root.bench.run(...RETIRE)).exitCode).toBe(0);
    expect(root.bench.evidence.at(-1)).toMatchObject({
      tokenSerial: OWN_TOKEN,
      deviceArn: old,
      checks: ['not-listed:own'],
    });
  });

  test.each([
    ['a device that is not enrolled', [...RETIRE], 'iam/not-enrolled', 3],
    ['all devices', ['retire', 'root', '--all-devices'], 'usage', 2],
  ])('refuses %s', async (_what, args, code, exitCode) => {
    root = await RootBench.open();
    expect(await root.bench.runJson(...args)).toMatchObject({ code, exitCode });
    expect([root.bench.evidence, root.bench.journals.files.size]).toEqual([[], 0]);
  });
});

describe('prove', () => {
  test('takes a sign-in of root that CloudTrail lists', async () => {
    await openEnrolled(true);
    whileWaiting('signs in to the AWS console now', () => root.console().signInRoot({ device: root.arn }));
    const { exitCode, people } = await root.bench.run(...PROVE);
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    expect(root.bench.evidence.at(-1)).toMatchObject({
      ceremony: 'prove',
      checks: expect.arrayContaining(['listed:own', 'proof:console-sign-in', 'region:us-east-1']),
    });
  });

  test('of another account takes a sign-in that its CloudTrail lists, through a role there', async () => {
    root = await RootBench.open({ overHttp: isFullExtent }, MEMBER);
    await root.createAuditor();
    await root.enrollOther(root.name);
    whileWaiting('signs in to the AWS console now', () => root.console().signInRoot({ device: root.arn }));
    const args = ['prove', `root@${MEMBER}`, '--slot', 'primary', '--view-role', AUDITOR];
    const { exitCode, people } = await root.bench.run(...args);
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    expect(root.bench.evidence).toMatchObject([
      { checks: expect.arrayContaining(['listed:auditor', 'proof:console-sign-in', 'region:us-east-1']) },
    ]);
  });

  test('with AssumeRoot lists the device, and a second person gives the word', async () => {
    root = await RootBench.open({ overHttp: isFullExtent }, MEMBER);
    await root.enrollOther(root.name);
    const args = ['prove', `root@${MEMBER}`, '--slot', 'primary', '--assume-root'];
    expect(await root.bench.runJson(...args)).toMatchObject({ code: 'evidence/no-sign-in', exitCode: 3 });
    expect([root.bench.evidence, root.bench.journals.files.size]).toEqual([[], 0]);
    Object.assign(root.answers, { witness: MEMBER_TOKEN, 'saw-sign-in': 'yes' });
    expect((await root.bench.run(...args, '--witness', 'Wanda Witt')).exitCode).toBe(0);
    expect(root.bench.evidence).toMatchObject([
      { checks: expect.arrayContaining(['listed:assume-root', 'proof:second-person']) },
    ]);
  });

  describe('by the word of a second person', () => {
    const WORD = ['prove', `root@${MEMBER}`, '--slot', 'primary', '--witness', 'Wanda Witt'] as const;
    beforeEach(async () => {
      root = await RootBench.open({}, MEMBER);
      Object.assign(root.answers, { witness: MEMBER_TOKEN, 'saw-sign-in': 'yes' });
    });

    test.each(['proof begun', 'proof done', 'evidence begun', 'evidence done'])(
      'killed at "%s" is completed by the next run',
      async (at) => {
        const [step = '', state] = at.split(' ');
        expect(await killCommand(root.bench, atStep(step, state), ...WORD)).toBe(true);
        expect((await root.bench.run(...WORD)).exitCode).toBe(0);
        expect(root.bench.evidence.at(-1)).toMatchObject({ ceremony: 'prove', witness: 'Wanda Witt' });
        expect(root.bench.journals.files.size).toBe(0);
      },
    );

    test('of days ago is asked for again', async () => {
      await killCommand(root.bench, atStep('proof', 'done'), ...WORD);
      root.bench.clock.advance(3 * 86_400_000);
      Object.assign(root.answers, { 'saw-sign-in': 'no' });
      expect((await root.bench.runJson(...WORD)).code).toBe('evidence/no-sign-in');
      expect(root.bench.evidence).toEqual([]);
    });

    test('that was not given leaves nothing open', async () => {
      Object.assign(root.answers, { 'saw-sign-in': 'no' });
      expect((await root.bench.runJson(...WORD)).code).toBe('evidence/no-sign-in');
      expect([root.bench.evidence, root.bench.journals.files.size]).toEqual([[], 0]);
    });
  });

  test("or a second person's word", async () => {
    root = await RootBench.open({}, MEMBER);
    Object.assign(root.answers, { witness: MEMBER_TOKEN, 'saw-sign-in': 'yes' });
    const args = ['prove', `root@${MEMBER}`, '--slot', 'primary', '--witness', 'Wanda Witt', '--yes'];
    expect((await root.bench.run(...args)).exitCode).toBe(0);
    expect(root.bench.evidence).toMatchObject([
      {
        witness: 'Wanda Witt',
        checks: ['record', 'clock', 'name:typed', 'serial:typed', 'proof:second-person'],
      },
    ]);
  });

  test.each([
    ['a token that is not enrolled', [...PROVE], 'iam/not-enrolled'],
    [
      'a sign-in that nobody can see',
      ['prove', `root@${MEMBER}`, '--slot', 'primary'],
      'evidence/no-sign-in',
    ],
  ])('refuses %s', async (_what, args, code) => {
    root = await RootBench.open();
    expect(await root.bench.runJson(...args)).toMatchObject({ code, exitCode: 3 });
    expect([root.bench.evidence, root.bench.journals.files.size]).toEqual([[], 0]);
  });
});

describe('a security key', () => {
  function withKey(serial: string): string {
    return ROOT_INVENTORY.replace(`"${serial}"`, `"${KEY}", type: fido2`);
  }
  const name = `root.primary.${KEY}`;

  /** The person copies the identifier of the key. @param problems what the command says to other answers, and to this one */
  function pasteKeyArn(problems: (string | undefined)[] = []): string {
    const arn = root.console().registerRootSecurityKey(name);
    const begin = arn.slice(0, arn.lastIndexOf('-'));
    const { answer } = root.bench;
    root.bench.answer = (question) => {
      if (question.name !== 'key-arn') {
        return answer(question);
      }
      const others = ['yes', begin, `${begin}-ABC`, `${begin}-x${arn.slice(begin.length)}`, 'no', arn];
      problems.push(...others.map((text) => question.check?.(text)));
      return arn;
    };
    return arn;
  }

  test('and a removal, both resumed: the steps of each are told once, when they are waited for', async () => {
    const backup = `    - { slot: backup, serial: "${KEY}", type: fido2 }\n  "${MEMBER}":`;
    await openEnrolled(false, ROOT_INVENTORY.replace(`  "${MEMBER}":`, backup));
    expect((await root.bench.run(...RETIRE, '--no-wait')).exitCode).toBe(0);
    expect((await root.bench.run('enroll', 'root', '--slot', 'backup', '--no-wait')).exitCode).toBe(0);
    Object.assign(root.answers, { removed: 'yes', 'key-arn': 'no' });
    whileWaiting('waiting until AWS no longer lists', () => root.console().removeRootDevice(root.arn));
    const { exitCode, people } = await root.bench.run('resume');
    expect([exitCode, root.bench.evidence.at(-1)?.ceremony]).toEqual([3, 'retire']);
    const lines = people.split('\n');
    for (const told of [root.name, name.replace('primary', 'backup')]) {
      expect(lines.filter((line) => line === told)).toEqual([told]);
    }
    expect(people).not.toContain('completes the evidence');
  });

  test('of a member account is seen by AssumeRoot', async () => {
    root = await RootBench.open({ inventory: withKey(MEMBER_TOKEN), overHttp: isFullExtent }, MEMBER);
    let arn = '';
    whileWaiting('waiting until AWS lists', () => {
      arn = root.console().registerRootSecurityKey(name);
    });
    const args = ['enroll', `root@${MEMBER}`, '--slot', 'primary', '--assume-root'];
    const { exitCode, data, people } = await root.bench.run(...args);
    expect({ exitCode, data, people }).toMatchObject({ exitCode: 0, data: `${arn}\n` });
    expect(people.split('\n')).toContain(name);
    expect(root.bench.evidence).toMatchObject([
      { deviceArn: arn, checks: ['record', 'clock', 'listed:assume-root'] },
    ]);
  });

  test("of the own account is taken at a person's word", async () => {
    root = await RootBench.open({ inventory: withKey(OWN_TOKEN) });
    expect((await root.bench.run('enroll', 'root', '--slot', 'primary', '--no-wait')).exitCode).toBe(0);
    expect([root.asked, root.bench.journals.files.size]).toEqual([[], 1]);
    const wrong: (string | undefined)[] = [];
    const arn = pasteKeyArn(wrong);
    const { exitCode, data } = await root.bench.run('resume');
    expect([exitCode, data.split('\n').at(-2)]).toEqual([0, arn]);
    expect(root.asked).toEqual(['key-arn']);
    expect(wrong).toEqual([...Array(4).fill(expect.any(String)), undefined, undefined]);
    expect(root.bench.evidence).toMatchObject([
      { deviceArn: arn, checks: ['record', 'clock', 'listed:by-word'] },
    ]);
  });

  test('is named with an open end until somebody has seen its whole ARN', async () => {
    root = await RootBench.open({ inventory: withKey(OWN_TOKEN) });
    const { people } = await root.bench.run('enroll', 'root', '--slot', 'primary', '--no-wait');
    const begin = `arn:aws:iam::${OWN}:u2f/root/${name}`;
    expect(people).toContain(`${begin}-…`);
    expect(people.replaceAll(`${begin}-…`, '')).not.toContain(begin);
    root.answers['key-arn'] = 'no';
    expect(await root.bench.runJson('resume')).toMatchObject({ code: 'iam/not-confirmed', exitCode: 3 });
    expect(root.bench.evidence).toEqual([]);
  });

  test.each([
    ['retired', RETIRE, { removed: 'yes' }],
    ['proven', [...PROVE, '--witness', 'Wanda Witt'], { witness: KEY, 'saw-sign-in': 'yes' }],
  ])('that is %s has the ARN of its evidence, which nobody is asked for again', async (_, args, answers) => {
    root = await RootBench.open({ inventory: withKey(OWN_TOKEN) });
    const arn = pasteKeyArn();
    expect((await root.bench.run('enroll', 'root', '--slot', 'primary')).exitCode).toBe(0);
    root.bench.questions.length = 0;
    Object.assign(root.answers, answers);
    const { exitCode, data, people } = await root.bench.run(...args);
    expect({ exitCode, data, people }).toMatchObject({ exitCode: 0, data: `${arn}\n` });
    expect(root.asked).not.toContain('key-arn');
    expect(root.bench.evidence.at(-1)).toMatchObject({ deviceArn: arn });
  });

  test.each([
    ['security key', 'fido2', 'key-arn', RETIRE],
    ['security key', 'fido2', 'key-arn', [...PROVE, '--witness', 'Wanda Witt']],
    ['printed token', 'hardware-totp', 'added', RETIRE],
  ])(
    'like every %s (%s) that was never enrolled is asked for, then refused: %#',
    async (_, type, asked, args) => {
      const inventory = ROOT_INVENTORY.replace(`"${OWN_TOKEN}"`, `"GAHT12345678", type: ${type}`);
      root = await RootBench.open({ inventory });
      root.word = 'no';
      root.answers['key-arn'] = 'no';
      expect(await root.bench.runJson(...args)).toMatchObject({ code: 'iam/not-enrolled', exitCode: 3 });
      expect(root.asked).toEqual([asked]);
      expect([root.bench.evidence, root.bench.journals.files.size]).toEqual([[], 0]);
    },
  );

  test('that was retired already is not retired again', async () => {
    root = await RootBench.open({ inventory: withKey(OWN_TOKEN) });
    pasteKeyArn();
    await root.bench.run('enroll', 'root', '--slot', 'primary');
    Object.assign(root.answers, { removed: 'yes' });
    expect((await root.bench.run(...RETIRE)).exitCode).toBe(0);
    root.bench.answer = ({ name: asked }) => (asked === 'key-arn' ? 'no' : undefined);
    expect(await root.bench.runJson(...RETIRE)).toMatchObject({ code: 'iam/not-enrolled' });
  });

  test('is told to nobody before the journal knows of it, and by the next run if that one died', async () => {
    root = await RootBench.open({ inventory: withKey(OWN_TOKEN) });
    let told = '';
    root.bench.onPeople = (text) => {
      told += text;
    };
    const enroll = ['enroll', 'root', '--slot', 'primary'];
    expect(await killCommand(root.bench, atStep('asked', 'done'), ...enroll)).toBe(true);
    expect(told.split('\n')).not.toContain(name);
    pasteKeyArn();
    const { exitCode, people } = await root.bench.run('resume');
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    expect(people.split('\n')).toContain(name);
    expect(root.bench.evidence).toHaveLength(1);
  });
});
