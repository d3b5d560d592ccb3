/** Enrollment of a token for a root user, with a person in the console. */
import { isFullExtent } from '../../support/extent';
import {
  AUDITOR,
  ENROLL_OWN,
  MEMBER,
  MEMBER_TOKEN,
  OWN,
  OWN_TOKEN,
  PASTE_OWN,
  RootBench,
} from './root-bench';

const ENROLL_MEMBER = ['enroll', `root@${MEMBER}`, '--slot', 'primary', '--secret'] as const;

let root: RootBench;
afterEach(() => root.bench.close());

async function open(account = OWN): Promise<void> {
  root = await RootBench.open({ overHttp: isFullExtent && account !== OWN }, account);
}

describe('the root user of the own account', () => {
  beforeEach(() => open());

  test('is burned, taken to the console, listed, evidenced, and the picture deleted', async () => {
    await root.showCode();
    const { exitCode, data, people } = await root.bench.run(...ENROLL_OWN);
    expect({ exitCode, data, people }).toMatchObject({ exitCode: 0, data: `${root.arn}\n` });
    expect(people.split('\n')).toContain(root.name);
    expect(root.asked).toEqual(['code', 'next-code', 'delete-picture']);
    expect(await root.rootDevices()).toEqual([root.arn]);
    expect(root.bench.evidence).toMatchObject([
      {
        ceremony: 'enroll',
        holder: `root@${OWN}`,
        tokenSerial: OWN_TOKEN,
        deviceArn: root.arn,
        checks: ['record', 'clock', 'serial', 'burn', 'codes:2', 'listed:own'],
      },
    ]);
    expect(root.bench.journals.files.size).toBe(0);
    expect(await root.hasPicture()).toBe(false);
  });

  test('once more, it says so and changes nothing', async () => {
    root.showSecret();
    await root.bench.run(...PASTE_OWN);
    const told = await root.bench.runJson(...PASTE_OWN);
    expect(told).toMatchObject({ exitCode: 0 });
    expect(told.events).toContainEqual(expect.objectContaining({ event: 'already-enrolled' }));
    expect(root.bench.evidence).toHaveLength(1);
    expect(root.bench.journals.files.size).toBe(0);
  });

  test('a device that the console had before gets its evidence', async () => {
    root.showSecret();
    await root.bench.run(...PASTE_OWN);
    root.bench.evidence.length = 0;
    root.bench.log = '';
    const name = '/mfa-guardrails/break-glass/evidence/root_40123456789012/primary';
    await root.bench.admin('ssm', 'DeleteParameter', { Name: name });
    expect((await root.bench.run(...PASTE_OWN)).exitCode).toBe(0);
    expect(root.bench.evidence).toMatchObject([{ checks: ['record', 'listed:own'] }]);
  });

  test('root@ and the account is the same subject; the key can be pasted; a witness is named', async () => {
    root.showSecret();
    root.answers.witness = OWN_TOKEN;
    const typed = ['enroll', `root@${OWN}`, '--slot', 'primary', '--secret', '--witness', 'Wanda Witt'];
    const { exitCode, people } = await root.bench.run(...typed);
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    expect(root.bench.evidence).toMatchObject([{ holder: `root@${OWN}`, witness: 'Wanda Witt' }]);
    expect(root.asked).not.toContain('delete-picture');
  });

  test('asks where the code is, if no option says it', async () => {
    await root.showCode();
    root.answers.source = 'code.png';
    expect((await root.bench.run('enroll', 'root', '--slot', 'primary')).exitCode).toBe(0);
    expect(root.asked[0]).toBe('source');
    expect(await root.hasPicture()).toBe(false);
  });

  test('--no-wait ends well and leaves the journal open; the same command completes it without a code', async () => {
    root.showSecret();
    root.isAdding = false;
    const ended = await root.bench.runJson(...PASTE_OWN, '--no-wait');
    expect(ended).toMatchObject({ exitCode: 0 });
    expect(ended.events).toContainEqual({
      event: 'paused',
      holder: `root@${OWN}`,
      deviceArn: root.arn,
      next: `mfa-runbook enroll root@${OWN} --slot primary`,
    });
    expect([root.bench.evidence, root.bench.journals.files.size]).toEqual([[], 1]);
    root.isAdding = true;
    root.press();
    root.bench.questions.length = 0;
    const { exitCode, data } = await root.bench.run('enroll', 'root', '--slot', 'primary');
    expect({ exitCode, data, asked: root.asked }).toEqual({ exitCode: 0, data: `${root.arn}\n`, asked: [] });
    expect(root.bench.evidence).toMatchObject([
      { checks: expect.arrayContaining(['codes:2', 'listed:own']) },
    ]);
  });

  test('Ctrl-C while it waits leaves the journal open; resume goes on waiting', async () => {
    root.showSecret();
    root.isAdding = false;
    root.bench.onEvent = ({ event, message }) => {
      if (event === 'waiting' && String(message).startsWith('waiting until AWS lists')) {
        root.bench.stop.abort();
      }
    };
    const stopped = await root.bench.runJson(...PASTE_OWN);
    expect(stopped).toMatchObject({ exitCode: 130, code: 'cancelled' });
    root.bench.stop = new AbortController();
    root.isAdding = true;
    root.press();
    root.bench.questions.length = 0;
    expect(await root.bench.run('resume')).toMatchObject({ exitCode: 0 });
    expect(root.asked).toEqual([]);
    expect(root.bench.evidence).toHaveLength(1);
  });

  test('a device that never appears is not confirmed, and the journal stays', async () => {
    await root.showCode();
    root.isAdding = false;
    const told = await root.bench.runJson(...ENROLL_OWN);
    expect(told).toMatchObject({ exitCode: 3, code: 'iam/not-confirmed' });
    expect([root.bench.evidence, root.bench.journals.files.size]).toEqual([[], 1]);
    expect(await root.hasPicture()).toBe(true);
    expect((await root.bench.run('resume', '--abandon')).exitCode).toBe(0);
    expect(root.bench.journals.files.size).toBe(0);
  });

  test('another name in the console is asked about, and found again', async () => {
    await root.showCode('root-account-mfa-device');
    Object.defineProperty(root, 'name', { value: 'root-account-mfa-device' });
    root.answers['other-name'] = 'yes';
    const { exitCode, data } = await root.bench.run(...ENROLL_OWN);
    expect({ exitCode, data }).toEqual({
      exitCode: 0,
      data: `arn:aws:iam::${OWN}:mfa/root-account-mfa-device\n`,
    });
    expect(root.asked[0]).toBe('other-name');
  });
});

describe('the root user of another account', () => {
  beforeEach(async () => {
    await open(MEMBER);
    root.showSecret();
  });

  async function evidenced(...options: readonly string[]) {
    const { exitCode, people } = await root.bench.run(...ENROLL_MEMBER, ...options);
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    const [evidence] = root.bench.evidence;
    expect(evidence).toMatchObject({
      holder: `root@${MEMBER}`,
      tokenSerial: MEMBER_TOKEN,
      deviceArn: root.arn,
    });
    return evidence?.checks.at(-1);
  }

  test('is seen through a role there', async () => {
    await root.createAuditor();
    expect(await evidenced('--view-role', AUDITOR)).toBe('listed:auditor');
  });

  test('is seen by AssumeRoot', async () => {
    expect(await evidenced('--assume-root')).toBe('listed:assume-root');
  });

  test("is taken at a person's word, which --yes does not give", async () => {
    expect(await evidenced('--yes')).toBe('listed:by-word');
    expect(root.asked).toContain('added');
  });

  test('a person who does not find it leaves the journal open', async () => {
    root.word = 'no';
    root.isAdding = false;
    const told = await root.bench.runJson(...ENROLL_MEMBER, '--yes');
    expect(told).toMatchObject({ exitCode: 3, code: 'iam/not-confirmed' });
    expect([root.bench.evidence, root.bench.journals.files.size]).toEqual([[], 1]);
    root.word = 'yes';
    root.bench.questions.length = 0;
    expect((await root.bench.run('resume')).exitCode).toBe(0);
    expect(root.asked).toEqual(['added']);
  });

  test('a resumed run sees it in the way that the first one was given', async () => {
    await root.createAuditor();
    root.isAdding = false;
    await root.bench.run(...ENROLL_MEMBER, '--view-role', AUDITOR, '--no-wait');
    root.isAdding = true;
    root.press();
    expect((await root.bench.run('resume')).exitCode).toBe(0);
    expect(root.bench.evidence[0]?.checks).toContain('listed:auditor');
  });
});
