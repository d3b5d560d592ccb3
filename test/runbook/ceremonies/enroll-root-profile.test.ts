/** Root users of two accounts on two profiles of one token: the usual case where one safe serves many accounts. */
import { isFullExtent } from '../../support/extent';
import { VirtualMolto2 } from '../../tokens/token2-molto2';
import { AUDITOR, MEMBER, OWN, RootBench } from './root-bench';

const SERIAL = '826658719844499';
const INVENTORY = `
fleet: break-glass
roots:
  "${OWN}": [ { slot: primary, serial: "${SERIAL}", type: molto2, profile: 7 } ]
  "${MEMBER}": [ { slot: primary, serial: "${SERIAL}", type: molto2, profile: 8 } ]
`;

let root: RootBench;
let token: VirtualMolto2;
afterEach(() => root.bench.close());

async function open(account: string): Promise<void> {
  root = await RootBench.open({ inventory: INVENTORY, overHttp: isFullExtent }, account);
  token = new VirtualMolto2({ serial: SERIAL, clock: () => root.bench.clock.now() });
  root.bench.readers.lay(token);
}

/** The person reads codes off a profile, and types them into the console of the account under a name. */
function work(account: string, profile: number): { readonly name: string; readonly notes: string[] } {
  const name = `root.primary.${SERIAL}+0${profile}`;
  const console = root.bench.sandbox.console(account);
  const typed: string[] = [];
  const notes: string[] = [];
  root.bench.handedOver.secret = console.createRootDevice(name);
  root.bench.answer = () => {
    const code = token.readCode(profile) ?? '';
    typed.push(code);
    return code;
  };
  root.bench.onEvent = () => undefined;
  root.bench.onPeople = (text) => {
    notes.push(text);
    if (text.includes('press "Add MFA" now')) {
      const [first = '', second = ''] = typed.slice(-2);
      console.addRootDevice(name, first, second);
    }
  };
  return { name, notes };
}

test('each is enrolled on its profile, and neither takes the place of the other', async () => {
  await open(MEMBER);
  await root.createAuditor();
  const accounts = [
    [OWN, 7, []],
    [MEMBER, 8, ['--view-role', AUDITOR]],
  ] as const;
  for (const [account, profile, way] of accounts) {
    const { name, notes } = work(account, profile);
    const args = ['enroll', `root@${account}`, '--slot', 'primary', '--secret', ...way];
    const { exitCode, people } = await root.bench.run(...args);
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    expect(root.bench.evidence.at(-1)).toMatchObject({
      holder: `root@${account}`,
      tokenSerial: SERIAL,
      profile,
      deviceArn: `arn:aws:iam::${account}:mfa/${name}`,
    });
    expect(token.title(profile)).toBe(`r${account.slice(-7)}.pry`);
    const told = notes.filter((note) => note.includes('and read its code'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`profile ${profile}`);
    root.bench.clock.advance(60_000);
  }
  expect(token.filled).toEqual(expect.arrayContaining([7, 8]));
});

test('another record that still declares the profile does not stop its enrollment', async () => {
  await open(OWN);
  const { name } = work(OWN, 7);
  const { onPeople } = root.bench;
  root.bench.onPeople = (text) => {
    onPeople(text);
    if (text.includes('press "Add MFA" now')) {
      void root.bench.deploy(INVENTORY.replace('profile: 8', 'profile: 9'));
    }
  };
  const { exitCode, people } = await root.bench.run('enroll', 'root', '--slot', 'primary', '--secret');
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(root.bench.evidence.at(-1)).toMatchObject({ deviceArn: `arn:aws:iam::${OWN}:mfa/${name}` });
});

test('of two profiles of one token the record no longer declares the one that is replaced', async () => {
  await open(OWN);
  work(OWN, 7);
  expect((await root.bench.run('enroll', 'root', '--slot', 'primary', '--secret')).exitCode).toBe(0);
  root.bench.clock.advance(60_000);
  const old = `arn:aws:iam::${OWN}:mfa/root.primary.${SERIAL}+07`;
  await root.bench.deploy(INVENTORY.replace('profile: 7', 'profile: 9'));
  const { name } = work(OWN, 9);
  const { onPeople, answer } = root.bench;
  root.bench.answer = (question) => (question.name === 'consent' ? 'yes' : answer(question));
  root.bench.onPeople = (text) => {
    onPeople(text);
    if (text.includes(`no longer lists ${old}`)) {
      root.console().removeRootDevice(old);
      root.bench.onPeople = () => undefined;
    }
  };
  const args = ['replace', 'root', '--slot', 'primary', '--reason', 'broken', '--secret'];
  const { exitCode, people } = await root.bench.run(...args);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(await root.rootDevices()).toEqual([`arn:aws:iam::${OWN}:mfa/${name}`]);
  expect(root.bench.evidence.at(-1)).toMatchObject({ ceremony: 'replace', profile: 9 });
});

test('a retirement takes out the profile that the record does not declare', async () => {
  await open(OWN);
  const { name } = work(OWN, 7);
  expect((await root.bench.run('enroll', 'root', '--slot', 'primary', '--secret')).exitCode).toBe(0);
  root.bench.clock.advance(60_000);
  const stray = `root.primary.${SERIAL}+09`;
  await root.enrollOther(stray);
  root.bench.onPeople = (text) => {
    if (text.includes('no longer lists')) {
      root.bench.onPeople = () => undefined;
      root.console().removeRootDevice(`arn:aws:iam::${OWN}:mfa/${stray}`);
    }
  };
  const args = ['retire', 'root', '--slot', 'primary', '--confirm', 'root'];
  const { exitCode, people } = await root.bench.run(...args);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(await root.rootDevices()).toEqual([`arn:aws:iam::${OWN}:mfa/${name}`]);
  expect(root.bench.evidence.at(-1)).toMatchObject({ profile: 9, checks: ['not-listed:own'] });
});
