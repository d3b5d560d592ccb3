import type { Notice } from '../../../lib/alarms/notice';
import { examine } from '../../../lib/alarms/record-comparison';
import { TokenInventory } from '../../../lib/index';
import { formatRecord, type RecordParameter } from '../../../lib/record/pages';
import type { FleetRecord } from '../../../lib/record/record';
import { FLEET_YAML } from '../fixtures';
import {
  ACCOUNT,
  call,
  delivered,
  deviceCall,
  failedSignIn,
  iamUser,
  ROOT,
  roleSession,
} from './cloudtrail-events';

const OPS_YAML = `fleet: ops
holders:
  olga:
    - { slot: primary, serial: "GAHT00012345", type: hardware-totp }
    - { slot: key, serial: "31415926", type: fido2 }
    - { slot: third, serial: "86596220000077", type: programmable }
    - { slot: fourth, serial: "826658719844499", type: molto2, profile: 7 }
`;

const ROOTS_YAML = `fleet: roots
roots:
  "${ACCOUNT}":
    - { slot: primary, serial: "826658719844499", type: molto2, profile: 0 }
    - { slot: key, serial: "31415927", type: fido2 }
    - { slot: fob, serial: "GAHT 9876-5432", type: hardware-totp }
`;

function recordOf(yaml: string): FleetRecord {
  return TokenInventory.fromYaml(yaml, 'tokens.yaml')._record;
}
const DEPLOYED: ReadonlyMap<string, readonly RecordParameter[]> = new Map([
  ['/mfa-guardrails/break-glass/record', formatRecord(recordOf(FLEET_YAML))],
  ['/mfa-guardrails/ops/record', formatRecord(recordOf(OPS_YAML))],
]);
const FLEETS = ['break-glass', 'ops'];

type Reader = (path: string) => Promise<readonly RecordParameter[]>;
const reader: Reader = async (path) => DEPLOYED.get(path) ?? [];

function arn(name: string, fleet = 'break-glass', account = ACCOUNT): string {
  return `arn:aws:iam::${account}:mfa/mfa-guardrails/${fleet}/${name}`;
}
const OPERATOR = roleSession('OperatorRole', 'olga');

/** As at the last attempt, unless told otherwise. */
async function compare(event: unknown, read = reader, isRetry = true): Promise<Notice | undefined> {
  async function nothing() {
    return [];
  }
  const ports = {
    fleets: FLEETS,
    parts: [],
    bus: 'mfa-guardrails',
    keyId: '',
    read,
    isRetry,
    readEvidence: nothing,
    enabledBetween: nothing,
  };
  const [notice, ...others] = await examine(event, ports);
  expect(others).toEqual([]);
  return notice;
}
function enabled(device: string, user: string, read = reader, isRetry = true): Promise<Notice | undefined> {
  return compare(delivered(deviceCall(OPERATOR, 'EnableMFADevice', device, user)), read, isRetry);
}
function why(notice: Notice | undefined): string | undefined {
  return notice?.message.split('\n').find((line) => /^(Why|Record of fleet)/.test(line));
}

describe('a device that the record declares is passed over in silence', () => {
  test.each<readonly [string, string, string]>([
    ['in its slot', arn('alice.breakglass.primary.86596220000001'), 'alice.breakglass'],
    ['in another slot', arn('alice.breakglass.backup.86596100000002'), 'alice.breakglass'],
    ['of another fleet', arn('olga.third.86596220000077', 'ops'), 'olga'],
    [
      'in GovCloud',
      arn('bob.breakglass.primary.86596220000003').replace('arn:aws:', 'arn:aws-us-gov:'),
      'bob.breakglass',
    ],
    [
      'of a user whose name is written otherwise',
      arn('alice.breakglass.primary.86596220000001'),
      'Alice.BreakGlass',
    ],
    ['a hardware TOTP token by its serial', 'GAHT00012345', 'olga'],
    ['a profile of a molto2 token', arn('olga.fourth.826658719844499+07', 'ops'), 'olga'],
    [
      'a FIDO key by the name that was typed',
      `arn:aws:iam::${ACCOUNT}:u2f/user/olga/key.31415926-A2B3C4D5E6F7G2H3I4J5K6L7M2`,
      'olga',
    ],
  ])('%s', async (_, device, user) => {
    expect(await enabled(device, user)).toBeUndefined();
  });
});

describe('a device that the record does not declare', () => {
  const UNRECORDED = 'MFA alarm: unrecorded MFA device enabled';

  test.each<readonly [string, string, string, string]>([
    [
      'of another holder',
      arn('bob.breakglass.primary.86596220000003'),
      'alice.breakglass',
      'its name says that it belongs to bob.breakglass',
    ],
    [
      'in another slot',
      arn('alice.breakglass.backup.86596220000001'),
      'alice.breakglass',
      'the record of fleet break-glass declares the programmable token 86596100000002 for alice.breakglass in slot backup',
    ],
    [
      'in a slot that is not declared',
      arn('alice.breakglass.third.86596220000001'),
      'alice.breakglass',
      'the record of fleet break-glass declares no token for alice.breakglass in slot third',
    ],
    [
      'of another serial',
      arn('alice.breakglass.primary.86596220000099'),
      'alice.breakglass',
      'the record of fleet break-glass declares the programmable token 86596220000001 for alice.breakglass in slot primary',
    ],
    [
      'of another profile',
      arn('olga.fourth.826658719844499+08', 'ops'),
      'olga',
      'the record of fleet ops declares the molto2 token 826658719844499+07 for olga in slot fourth',
    ],
    [
      'a FIDO key of another name',
      `arn:aws:iam::${ACCOUNT}:u2f/user/olga/key.27182818-A2B3C4D5E6F7G2H3I4J5K6L7M2`,
      'olga',
      'its name says that it is 27182818 in slot key, and the record declares 31415926 in slot key',
    ],
    [
      'a FIDO key of another user',
      `arn:aws:iam::${ACCOUNT}:u2f/user/paul/key.31415926-A2B3C4D5E6F7G2H3I4J5K6L7M2`,
      'olga',
      'its ARN says that it belongs to paul',
    ],
    [
      'of nobody who is a holder',
      arn('mallory.primary.86596220000099'),
      'mallory',
      'the record of fleet break-glass declares no token for mallory in slot primary',
    ],
    [
      'of a fleet that is not known',
      arn('alice.breakglass.primary.86596220000001', 'other'),
      'alice.breakglass',
      'it is named after fleet other, whose record these alarms do not read',
    ],
    [
      'at another fleet’s path',
      arn('alice.breakglass.primary.86596220000001', 'ops'),
      'alice.breakglass',
      'the record of fleet ops declares no token for alice.breakglass in slot primary',
    ],
    [
      'of another account',
      arn('alice.breakglass.primary.86596220000001', 'break-glass', '444455556666'),
      'alice.breakglass',
      'its ARN names account 444455556666',
    ],
    [
      'a virtual device for a declared hardware token',
      arn('olga.primary.GAHT00012345', 'ops'),
      'olga',
      'the record of fleet ops declares the hardware-totp token GAHT00012345 for olga in slot primary',
    ],
    [
      'a telephone',
      `arn:aws:iam::${ACCOUNT}:mfa/phone`,
      'alice.breakglass',
      'it does not have a name from mfa-runbook, so it belongs to no token of a record',
    ],
    [
      'a device of root',
      `arn:aws:iam::${ACCOUNT}:mfa/root-account-mfa-device`,
      'AWS ROOT USER',
      'it belongs to root, and no record that these alarms read declares a token for root of this account',
    ],
    [
      'a hardware token of another',
      'GAHT00012345',
      'alice.breakglass',
      'the record declares this hardware TOTP token for olga',
    ],
    [
      'a hardware token of nobody',
      'GAHT00099999',
      'olga',
      'no record declares a hardware TOTP token of this serial for olga',
    ],
    [
      'a programmable token by its bare serial',
      '86596220000077',
      'olga',
      'no record declares a hardware TOTP token of this serial for olga',
    ],
    [
      'a FIDO key of somebody who has none',
      `arn:aws:iam::${ACCOUNT}:u2f/user/alice.breakglass/key-ABC`,
      'alice.breakglass',
      'it is a FIDO key, and no record declares one for alice.breakglass',
    ],
  ])('%s is said', async (_, device, user, reason) => {
    const notice = await enabled(device, user);

    expect(notice?.subject).toBe(UNRECORDED);
    expect(why(notice)).toBe(`Why: ${reason}`);
  });

  test('is said in full, with the command that cuts it off', async () => {
    expect((await enabled(arn('bob.breakglass.primary.86596220000003'), 'alice.breakglass'))?.message).toBe(
      `MFA alarm: unrecorded MFA device enabled
Device: arn:aws:iam::111122223333:mfa/mfa-guardrails/break-glass/bob.breakglass.primary.86596220000003
Enabled for: alice.breakglass
Why: its name says that it belongs to bob.breakglass
Who: arn:aws:sts::111122223333:assumed-role/OperatorRole/olga (AssumedRole)
From: 192.0.2.7
When: 2026-03-01T09:30:00Z in account 111122223333, us-east-1
CloudTrail event: d38ce1b3-4575-4cb8-a632-611b8243bfc3
Next: find out who enabled it. If nobody did, deactivate it:
Next: aws iam deactivate-mfa-device --user-name alice.breakglass --serial-number arn:aws:iam::111122223333:mfa/mfa-guardrails/break-glass/bob.breakglass.primary.86596220000003
Next: if it should stay, declare it in tokens.yaml and deploy. mfa-runbook plan lists every device of the fleet that is not declared.`,
    );
  });
});

describe('what to do about a device that is not declared', () => {
  async function next(device: string, user: string) {
    return (
      (await enabled(device, user))?.message.split('\n').filter((line) => line.startsWith('Next: ')) ?? []
    );
  }
  const phone = `arn:aws:iam::${ACCOUNT}:mfa/phone`;

  test('of root is no command for a user: it is removed as root', async () => {
    expect(await next(`arn:aws:iam::${ACCOUNT}:mfa/root-account-mfa-device`, 'AWS ROOT USER')).toEqual([
      'Next: if an operator enrolled it, compare its name with the record of the fleet that declares this root.',
      'Next: if none of your people enabled it, sign in as root, remove it and change the password.',
    ]);
  });

  test('of somebody who may look after themselves is perhaps nothing', async () => {
    expect(await next(phone, 'paul')).toEqual([
      'Next: if paul manages their own devices and enabled it themselves, there is nothing to do. Otherwise deactivate it:',
      `Next: aws iam deactivate-mfa-device --user-name paul --serial-number ${phone}`,
    ]);
  });

  test('of a holder, in whatever letters, is asked about; mfa-runbook plan does not show it', async () => {
    expect(await next(phone, 'ALICE.breakglass')).toEqual([
      'Next: find out who enabled it. If nobody did, deactivate it:',
      `Next: aws iam deactivate-mfa-device --user-name ALICE.breakglass --serial-number ${phone}`,
      'Next: if it should stay, declare it in tokens.yaml and deploy.',
    ]);
  });

  test.each(['break-glass', 'other'])('at the path of fleet %s is nobody’s own business', async (fleet) => {
    const lines = await next(arn('mallory.primary.86596220000099', fleet), 'mallory');

    expect(lines[0]).toBe('Next: find out who enabled it. If nobody did, deactivate it:');
    expect(lines.join().includes('mfa-runbook plan')).toBe(fleet === 'break-glass');
  });
});

test.each<readonly [string, string, string, string]>([
  ['its user', 'GAHT00012345', '', 'the event does not name its user'],
  ['the device', '', 'olga', 'the event does not name the device'],
  ['either', '', '', 'the event does not name its user and the device'],
])('an event that does not name %s is said to be one, without a command', async (_, device, user, reason) => {
  const notice = await enabled(device, user);

  expect(notice?.subject).toBe('MFA alarm: an enabled MFA device could not be compared with the record');
  expect(why(notice)).toBe(`Why: ${reason}`);
  expect(notice?.message).not.toContain('aws iam');
});

describe('a device of root', () => {
  const deployed = new Map([['/mfa-guardrails/break-glass/record', formatRecord(recordOf(FLEET_YAML))]]);
  function enabledForRoot(device: string, yaml: string) {
    const record = formatRecord(recordOf(yaml.replace('fleet: roots', 'fleet: ops')));
    return enabled(device, 'AWS ROOT USER', async (path) => deployed.get(path) ?? record);
  }
  const root = `arn:aws:iam::${ACCOUNT}`;
  const random = 'A2B3C4D5E6F7G2H3I4J5K6L7M2';
  const OWN_YAML = ROOTS_YAML.replace('roots:', 'root:').replace(`  "${ACCOUNT}":\n`, '');

  test.each([
    `${root}:mfa/root.primary.826658719844499+00`,
    `${root}:u2f/root/root.key.31415927-${random}`,
    `${root}:u2f/root/key.31415927-${random}`,
    'GAHT98765432',
  ])('%s is declared, by its account or by root:', async (device) => {
    expect(await enabledForRoot(device, ROOTS_YAML)).toBeUndefined();
    expect(await enabledForRoot(device, OWN_YAML)).toBeUndefined();
  });

  test.each([
    ['of another profile', `${root}:mfa/root.primary.826658719844499+01`],
    ['without a profile', `${root}:mfa/root.primary.826658719844499`],
    ['in another slot', `${root}:mfa/root.key.826658719844499+00`],
    ['of another kind', `${root}:mfa/root.key.31415927`],
    ['without the random characters', `${root}:u2f/root/root.key.31415927`],
    ['at the path of a fleet', `${root}:mfa/mfa-guardrails/ops/root.primary.826658719844499+00`],
    ['of another serial', 'GAHT98765433'],
  ])('%s is not declared, and what is declared is said', async (_, device) => {
    const notice = await enabledForRoot(device, ROOTS_YAML);

    expect(notice?.subject).toBe('MFA alarm: unrecorded MFA device enabled');
    expect(why(notice)).toBe(
      'Why: it belongs to root, and the record declares GAHT98765432 in slot fob, 31415927 in slot key, 826658719844499+00 in slot primary for root of this account',
    );
  });

  test('of an account that no record declares is not declared', async () => {
    const elsewhere = ROOTS_YAML.replace(ACCOUNT, '444455556666');
    const notice = await enabledForRoot(`${root}:mfa/root.primary.826658719844499+00`, elsewhere);

    expect(why(notice)).toContain('no record that these alarms read declares a token for root');
  });
});

test('a spare in use is said to be one, with the way into the record', async () => {
  const notice = await enabled(arn('alice.breakglass.primary.86596220000009'), 'alice.breakglass');

  expect(notice?.subject).toBe('MFA alarm: a spare MFA token was enrolled');
  expect(notice?.message).toContain('move it from spares to the holder in tokens.yaml and deploy');
  expect(notice?.message).toContain('mfa-runbook retire alice.breakglass --slot primary');
});

test('a FIDO key of somebody who has one declared cannot be compared, and that is said', async () => {
  const notice = await enabled(`arn:aws:iam::${ACCOUNT}:u2f/user/olga/key-ABC`, 'olga');

  expect(notice?.subject).toBe('MFA alarm: FIDO key enabled, cannot be compared with the record');
  expect(why(notice)).toBe(
    'Why: its name is not that of a declared key, SLOT.SERIAL. The record declares 31415926 in slot key for olga',
  );
});

describe('when the record cannot be read', () => {
  const declared = arn('alice.breakglass.primary.86596220000001');
  function fault(name: string, more: object) {
    return Object.assign(new Error('as SSM says'), { name, ...more });
  }
  const denied = Object.assign(new Error('not authorized to perform: ssm:GetParametersByPath'), {
    name: 'AccessDeniedException',
    $fault: 'client',
  });
  function without(suffix: string): Reader {
    return async (path) => (await reader(path)).filter(({ name }) => !name.endsWith(suffix));
  }
  const edited: Reader = async (path) =>
    (await reader(path)).map(({ name, value }) => ({
      name,
      value: value.replace('86596220000001', '86596220000666'),
    }));

  test.each<readonly [string, Reader, RegExp]>([
    [
      'because it is half deployed',
      without('page/0'),
      /break-glass: .*page\/0.*wait for a running deployment/,
    ],
    [
      'because it is not there',
      async () => [],
      /break-glass: .*there is no parameter below \/mfa-guardrails\/break-glass\/record/,
    ],
    ['because a hand edited it', edited, /break-glass: .*is of [0-9a-f]{64}/],
    [
      'because SSM refused',
      async () => Promise.reject(denied),
      /break-glass: AccessDeniedException: not authorized/,
    ],
  ])('%s, that is said of a device that is declared', async (_, read, problem) => {
    const notice = await enabled(declared, 'alice.breakglass', read);

    expect(await enabled(declared, 'alice.breakglass')).toBeUndefined();
    expect(notice?.subject).toBe('MFA alarm: an enabled MFA device could not be compared with the record');
    expect(why(notice)).toMatch(problem);
    expect(notice?.message).toContain('Next: fix that, then run mfa-runbook plan');
  });

  test.each<readonly [string, unknown]>([
    ['a throttle', fault('ThrottlingException', { $fault: 'client' })],
    ['a fault of SSM', fault('InternalServerError', { $fault: 'server' })],
    ['a timeout', fault('TimeoutError', {})],
    ['a broken connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    ['a mistake in the function', new TypeError('undefined is not a function')],
    ['what is no error', 'odd'],
  ])('%s is no message but thrown, at every attempt, for Lambda to try again', async (_, thrown) => {
    const read: Reader = async () => Promise.reject(thrown);

    for (const isRetry of [false, true]) {
      await expect(enabled(declared, 'alice.breakglass', read, isRetry)).rejects.toBe(thrown);
      await expect(compare(delivered(failedSignIn('olga')), read, isRetry)).rejects.toBe(thrown);
    }
  });

  test.each<readonly [string, Reader]>([
    ['without a page', without('page/0')],
    ['without its manifest', without('manifest')],
    ['of two generations', edited],
  ])(
    'a record %s may be in the middle of a deployment: it is read again before it is said',
    async (_, read) => {
      await expect(enabled(declared, 'alice.breakglass', read, false)).rejects.toThrow(/break-glass/);
      expect((await enabled(declared, 'alice.breakglass', read, true))?.subject).toMatch(
        /could not be compared/,
      );
    },
  );

  test('what another attempt would find as it is, is said at once', async () => {
    const refused = await enabled(declared, 'alice.breakglass', async () => Promise.reject(denied), false);

    expect(why(refused)).toMatch(/AccessDeniedException.*find out who denies it, or deploy the alarms again/);
  });

  const onlyOps: Reader = async (path) => (path.includes('/ops/') ? reader(path) : Promise.reject(denied));

  test('the record of another fleet does not matter to a device that names its own', async () => {
    expect(await enabled(arn('olga.third.86596220000077', 'ops'), 'olga', onlyOps)).toBeUndefined();
  });

  test('a hardware token that another record declares is declared', async () => {
    expect(await enabled('GAHT00012345', 'olga', onlyOps)).toBeUndefined();
    expect((await enabled('GAHT00099999', 'olga', onlyOps))?.subject).toMatch(/could not be compared/);
  });
});

describe('a failed console sign-in', () => {
  function failed(user: string, read = reader, isRetry = true) {
    return compare(delivered(failedSignIn(user)), read, isRetry);
  }

  test.each(['alice.breakglass', 'ALICE.breakglass'])('of the holder %s is said', async (user) => {
    const notice = await failed(user);

    expect(notice?.subject).toBe('MFA alarm: failed console sign-in of a break-glass user');
    expect(notice?.message).toContain('Holder: yes, of fleet break-glass');
    expect(notice?.message).toContain('run: mfa-runbook resync alice.breakglass --slot SLOT');
    expect(notice?.message).toContain(`User: ${user}`);
  });

  test('of anybody else is passed over in silence', async () => {
    expect(await failed('mallory')).toBeUndefined();
  });

  test('of somebody who may be a holder, but no record can be read, is said', async () => {
    const notice = await failed('mallory', async () => []);

    expect(notice?.subject).toBe('MFA alarm: a failed console sign-in could not be compared with the record');
    expect(notice?.message).toContain('Holder: not known');
    expect(notice?.message).toContain('fix that. If mallory is a break-glass user, ask them');
    expect(notice?.message).not.toContain('resync');
  });
});

test.each<readonly [string, unknown]>([
  ['another event', delivered(call(iamUser('olga'), 'sts', 'GetCallerIdentity'))],
  ['an event without a detail', {}],
  ['nothing', undefined],
])('%s is not taken for one that was compared', async (_, event) => {
  expect((await compare(event))?.subject).toBe('MFA alarm: the rules of the alarms were changed');
});

test('a subject is one that SNS takes', async () => {
  const notices = await Promise.all([
    enabled('GAHT00099999', 'olga'),
    enabled(`arn:aws:iam::${ACCOUNT}:u2f/user/olga/key-ABC`, 'olga'),
    enabled(arn('x.primary.1'), 'x', async () => []),
    compare(delivered(failedSignIn('x')), async () => []),
    compare(delivered(deviceCall(ROOT, 'EnableMFADevice', 'x'))),
  ]);

  for (const notice of notices) {
    expect(notice?.subject).toMatch(/^[ -~]{1,100}$/);
  }
});

test('a name of any length leaves the lines after it in sight', async () => {
  const request = { stackName: `/mfa-guardrails/break-glass/${'x'.repeat(90_000)}` };
  const notice = await compare(
    delivered(
      call(OPERATOR, 'cloudformation', 'UpdateStack', {
        requestParameters: request,
        errorCode: 'AccessDenied',
      }),
    ),
  );

  expect(notice?.message).toMatch(/^Part: .*x$/m);
  expect(notice?.message).toContain('assumed-role/OperatorRole/olga');
  expect(notice?.message.length).toBeLessThan(3000);
});

test('what would steer a terminal or break a line is shown escaped', async () => {
  const notice = await enabled('GAHT\u001b[2J\nNext: nothing', 'olga');

  expect(notice?.message).toContain('Device: GAHT\\x1b[2J\\x0aNext: nothing');
});
