/** Ways in for whom they are meant, step by step, and ways in for others, each stopped. */
import { decide, type SignIn, user } from '../../support/policy-simulation';
import { type CallerName, callerNamed } from './callers';
import { NO_RESOURCE, PLACES, type PlaceName } from './places';
import { SUBJECTS, type Subject } from './subjects';
import { type OtherPolicy, requestOf } from './table';

type Step = readonly [signIn: SignIn, action: string, on: PlaceName];

const KEY = 'a long-term key';
const PASSWORD = 'a session without MFA';
const MFA = 'fresh MFA';
const OLD_MFA = 'MFA of yesterday';
const OWN = 'the own user';
const PHONE = 'a device of any name';

function subjectNamed(name: string): Subject {
  const subject = SUBJECTS.find((each) => each.name === name);
  if (subject === undefined) {
    throw new Error(`there is no subject '${name}'`);
  }
  return subject;
}

/** One step of somebody under a subject's policy. */
async function isAllowed(
  name: string,
  callerName: CallerName,
  [signIn, action, on]: Step,
  others: OtherPolicy,
): Promise<boolean> {
  const { kind, policy } = subjectNamed(name);
  const caller = callerNamed(callerName);
  const resource = resourceAt(on, callerName);
  const row = { subject: name, callerName, caller, signIn, action, on, resource, expected: '+' } as const;
  return (await decide(requestOf(others, row, kind, policy('aws')))) === 'Allowed';
}

function resourceAt(on: PlaceName, callerName: CallerName): string {
  if (on === NO_RESOURCE) {
    return '*';
  }
  if (on === 'a sample resource') {
    throw new Error('a walk says where it goes');
  }
  return PLACES[on].arn({ caller: callerNamed(callerName), partition: 'aws' });
}

function ENROLL(signIn: SignIn): readonly Step[] {
  return [
    [signIn, 'iam:GetUser', OWN],
    [signIn, 'iam:ListMFADevices', OWN],
    [signIn, 'iam:ListVirtualMFADevices', NO_RESOURCE],
    [signIn, 'iam:CreateVirtualMFADevice', PHONE],
    [signIn, 'iam:EnableMFADevice', OWN],
    [signIn, 'iam:ListMFADevices', OWN],
  ];
}

/** The policy alone allows each step: nobody is locked out who has no other permission. */
const WAYS_IN: readonly (readonly [who: string, subject: string, steps: readonly Step[]])[] = [
  [
    'a new user with a password',
    'a user who looks after themselves',
    [...ENROLL(PASSWORD), [MFA, 'iam:DeactivateMFADevice', OWN], [MFA, 'iam:DeleteVirtualMFADevice', PHONE]],
  ],
  [
    'a new user with a key only',
    'a user who looks after themselves',
    [...ENROLL(KEY), [KEY, 'sts:GetSessionToken', NO_RESOURCE], [MFA, 'iam:ListMFADevices', OWN]],
  ],
  [
    'a user whose device is out of step',
    'a user who looks after themselves',
    [
      [PASSWORD, 'iam:ListMFADevices', OWN],
      [PASSWORD, 'iam:ResyncMFADevice', OWN],
    ],
  ],
  [
    'a new user who must change the password',
    'a user who may change the password first',
    [
      [PASSWORD, 'iam:GetAccountPasswordPolicy', NO_RESOURCE],
      [PASSWORD, 'iam:ChangePassword', OWN],
      ...ENROLL(PASSWORD),
    ],
  ],
  [
    'a new user where MFA may be an hour old',
    'a user whose MFA may be an hour old',
    [...ENROLL(PASSWORD), [MFA, 'iam:DeactivateMFADevice', OWN]],
  ],
  [
    'a user whose MFA has become too old',
    'a user whose MFA may be an hour old',
    [
      [OLD_MFA, 'iam:ListMFADevices', OWN],
      [KEY, 'iam:ListMFADevices', OWN],
      [KEY, 'sts:GetSessionToken', NO_RESOURCE],
      [MFA, 'iam:DeactivateMFADevice', OWN],
    ],
  ],
  [
    'a break-glass user with a key, once enrolled',
    'a break-glass user',
    [
      [KEY, 'iam:ListMFADevices', OWN],
      [KEY, 'sts:GetSessionToken', NO_RESOURCE],
    ],
  ],
];

describe.each(['olga', 'olga under a path'] as const)('%s', (caller) => {
  test.each(WAYS_IN)('gets in as %s', async (_who, subject, steps) => {
    for (const step of steps) {
      expect([step, await isAllowed(subject, caller, step, 'nothing')]).toEqual([step, true]);
    }
  });

  test('with MFA is held up no longer: the rest is up to other policies', async () => {
    for (const subject of SUBJECTS.filter(
      ({ kind, callers }) => kind !== 'trust' && callers.includes(caller),
    )) {
      const step = [MFA, 's3:ListAllMyBuckets', NO_RESOURCE] as const;
      expect([subject.name, await isAllowed(subject.name, caller, step, 'an administrator')]).toEqual([
        subject.name,
        true,
      ]);
    }
  });
});

test('the operator gets a break-glass user enrolled, and the user gets into the break-glass role', async () => {
  const none = KEY;
  const device = 'a device of the fleet';
  const holder = 'a holder at the path of the fleet';
  const steps: readonly Step[] = [
    [none, 'ssm:GetParameter', 'the manifest'],
    [none, 'ssm:GetParametersByPath', 'the path of the pages'],
    [none, 'iam:ListMFADevices', holder],
    [none, 'iam:ListVirtualMFADevices', NO_RESOURCE],
    [none, 'iam:CreateVirtualMFADevice', device],
    [none, 'iam:TagMFADevice', device],
    [none, 'iam:EnableMFADevice', holder],
    [none, 'iam:ListMFADevices', holder],
    [none, 'ssm:PutParameter', 'evidence of a slot'],
  ];
  const assume = [MFA, 'sts:AssumeRole', 'the role itself'] as const;

  expect(await isAllowed('the trust of the operator', 'olga', assume, 'an administrator')).toBe(true);
  for (const step of steps) {
    expect([step, await isAllowed('the operator', 'the session of a role', step, 'nothing')]).toEqual([
      step,
      true,
    ]);
  }
  expect(await intoBreakGlassRole(MFA)).toBe('Allowed');
  expect(await intoBreakGlassRole(KEY)).toBe('ExplicitlyDenied');
});

/** A holder under the policy of break-glass users, with no other policy, before the role that names the holder. */
function intoBreakGlassRole(signIn: SignIn): Promise<string> {
  return decide({
    caller: callerNamed('a holder'),
    signIn,
    action: 'sts:AssumeRole',
    resource: resourceAt('the role itself', 'a holder'),
    policies: [subjectNamed('a break-glass user').policy('aws')],
    trust: subjectNamed('the trust of the break-glass role').policy('aws'),
  });
}

const GUARDED = SUBJECTS.filter(({ kind, callers }) => kind !== 'trust' && callers.includes('olga')).map(
  ({ name }) => name,
);

/** The next actions of a thief who has a password or a key, although the owner is an administrator. */
const WITHOUT_MFA: readonly (readonly [attack: string, action: string, on: PlaceName])[] = [
  ['takes the device off its owner', 'iam:DeactivateMFADevice', OWN],
  ['deletes the device of its owner', 'iam:DeleteVirtualMFADevice', PHONE],
  ['deletes a device of the fleet', 'iam:DeleteVirtualMFADevice', 'a device of the fleet'],
  ['occupies the name of a device of the fleet', 'iam:CreateVirtualMFADevice', 'a device of the fleet'],
  ['enrolls a device for somebody else', 'iam:EnableMFADevice', 'another user'],
  ['enrolls a device for a holder', 'iam:EnableMFADevice', 'a holder at the path of the fleet'],
  ['enrolls a device for a namesake', 'iam:EnableMFADevice', 'a user whose name ends like the own'],
  ["shifts the clock of somebody else's device", 'iam:ResyncMFADevice', 'another user'],
  ["takes somebody else's device off", 'iam:DeactivateMFADevice', 'another user under a path'],
  ['makes an access key', 'iam:CreateAccessKey', OWN],
  ["sets somebody else's password", 'iam:UpdateLoginProfile', 'another user'],
  ['takes the guardrail off', 'iam:DetachUserPolicy', OWN],
  ['leaves the enforcing group', 'iam:RemoveUserFromGroup', 'a sample resource'],
  ['takes the boundary off', 'iam:DeleteUserPermissionsBoundary', OWN],
  ['leaves the organization', 'organizations:LeaveOrganization', NO_RESOURCE],
  ['gets a federated session, which lasts', 'sts:GetFederationToken', 'a sample resource'],
  ['assumes a role', 'sts:AssumeRole', 'a role'],
  ['reads a secret', 'ssm:GetParameter', "somebody else's parameter"],
];

const SAMPLES: Readonly<Record<string, string>> = {
  'iam:RemoveUserFromGroup': 'arn:aws:iam::111122223333:group/under-mfa',
  'sts:GetFederationToken': 'arn:aws:sts::111122223333:federated-user/mallory',
};

describe.each(GUARDED)('under the policy of %s', (name) => {
  const { kind, policy, maxAgeSeconds } = subjectNamed(name);

  test.each(WITHOUT_MFA)(
    "a thief of an administrator's password or key %s: denied",
    async (_attack, action, on) => {
      const resource = SAMPLES[action] ?? resourceAt(on, 'olga');
      function ask(signIn: SignIn): Promise<string> {
        const row = {
          subject: name,
          callerName: 'olga',
          caller: user('olga'),
          action,
          on,
          expected: '-',
        } as const;
        return decide(requestOf('an administrator', { ...row, signIn, resource }, kind, policy('aws')));
      }
      const states: readonly SignIn[] = [
        PASSWORD,
        KEY,
        ...(maxAgeSeconds === undefined ? [] : ([OLD_MFA] as const)),
      ];

      expect(await Promise.all(states.map((state) => ask(state)))).toEqual(
        states.map(() => 'ExplicitlyDenied'),
      );
      // The owner may, with MFA; a break-glass user may not even then strip themselves.
      const isOwnDevice = action === 'iam:DeactivateMFADevice' && on === OWN;
      const mayEvenOwner = !(isOwnDevice && /break-glass|without self-service|strict/.test(name));
      expect(await ask(MFA)).toBe(mayEvenOwner ? 'Allowed' : 'ExplicitlyDenied');
    },
  );
});

describe('nobody enrolls their own token', () => {
  const BREAK_GLASS = 'a break-glass user';

  test.each(['iam:EnableMFADevice', 'iam:ResyncMFADevice', 'iam:DeactivateMFADevice'])(
    'a holder with MFA who is an administrator calls %s on themselves: denied, on another: up to the policies',
    async (action) => {
      const own = [MFA, action, OWN] as const;
      const other = [MFA, action, 'another user'] as const;
      expect(await isAllowed(BREAK_GLASS, 'a holder', own, 'an administrator')).toBe(false);
      expect(await isAllowed(BREAK_GLASS, 'a holder', other, 'an administrator')).toBe(true);
    },
  );

  test.each([
    'a holder',
    'a holder who was moved to another path',
    'a holder from elsewhere',
    'a holder from elsewhere under a path',
  ] as const)('%s with MFA who is an administrator becomes the operator: denied', async (holder) => {
    const assume = [MFA, 'sts:AssumeRole', 'the role itself'] as const;
    expect(await isAllowed('the trust of the operator', holder, assume, 'an administrator')).toBe(false);
    expect(await isAllowed('the trust of the auditor', holder, assume, 'an administrator')).toBe(true);
  });
});

/** Places that an operator must not reach, each with one that the operator must reach. */
const OPERATOR_STRAYS: readonly (readonly [stray: string, action: string, no: PlaceName, yes: PlaceName])[] =
  [
    [
      'enrolls a token for somebody who is no holder',
      'iam:EnableMFADevice',
      'another user',
      'a holder at the path of the fleet',
    ],
    [
      'takes a device off a user of the same name',
      'iam:DeactivateMFADevice',
      'a user at the path of all fleets',
      'a holder at the path of the fleet',
    ],
    [
      'works on the holder of another fleet',
      'iam:EnableMFADevice',
      'a holder of another fleet',
      'a holder from elsewhere',
    ],
    ["deletes somebody's phone", 'iam:DeleteVirtualMFADevice', PHONE, 'a device of the fleet'],
    [
      'deletes a device of another fleet',
      'iam:DeleteVirtualMFADevice',
      'a device of another fleet',
      'a device of the fleet',
    ],
    ['rewrites the record', 'ssm:PutParameter', 'the manifest', 'evidence of a slot'],
    [
      'writes evidence of another fleet',
      'ssm:PutParameter',
      'evidence of another fleet',
      'evidence of a slot',
    ],
  ];

test.each(OPERATOR_STRAYS)('an operator who %s is stopped', async (_stray, action, no, yes) => {
  function ask(on: PlaceName): Promise<boolean> {
    return isAllowed('the operator', 'the session of a role', [KEY, action, on], 'nothing');
  }
  expect(await ask(no)).toBe(false);
  expect(await ask(yes)).toBe(true);
});
