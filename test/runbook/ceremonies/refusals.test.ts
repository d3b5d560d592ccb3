/** Every bad input: it is refused with the three lines, and changes nothing. */
import type { Aws } from '../../../runbook/aws/aws';
import {
  ALICE_BACKUP,
  ALICE_PRIMARY,
  Bench,
  type BenchOptions,
  type Finished,
  INVENTORY,
} from '../../support/bench';
import { bankCard, fidoKey, sealedToken, unknownToken } from '../../tokens/foreign-cards';
import type { VirtualToken2Single } from '../../tokens/token2-single';
import { VirtualReaders } from '../../tokens/virtual-readers';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;
const MANIFEST = '/mfa-guardrails/break-glass/record/manifest';

let bench: Bench;
afterEach(() => bench.close());

/** What is left in IAM, and what reached the token: the same before and after. */
async function refused(
  arrange: (bench: Bench) => Promise<unknown> | unknown,
  args: readonly string[] = ENROLL,
  options: BenchOptions = {},
): Promise<Finished> {
  bench = await Bench.open(options);
  await arrange(bench);
  const before = await bench.devices();
  const finished = await bench.run(...args);
  expect(await bench.devices()).toEqual(before);
  return finished;
}

/** The three lines of house style, and the exit code. */
function expectThreeLines(finished: Finished, error: RegExp, state: RegExp, exitCode = 1): void {
  expect(finished.people).toMatch(new RegExp(`^mfa-runbook: error: .*(?:${error.source})`, 'm'));
  expect(finished.people).toMatch(/^mfa-runbook: hint: .+/m);
  expect(finished.people).toMatch(new RegExp(`^mfa-runbook: state: .*(?:${state.source})`, 'm'));
  if (state === NOTHING) {
    expect(bench.tokens.filter(wasWritten)).toEqual([]);
  }
  expect(finished.exitCode).toBe(exitCode);
}

const NOTHING = /nothing was created in IAM, the token was not written/;
const WRITES = ['84D4', '84C5'];
function wasWritten(token: VirtualToken2Single): boolean {
  return token.received.some((header) => WRITES.some((write) => header.startsWith(write)));
}

function layPrimary(bench: Bench): VirtualToken2Single {
  const token = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(token);
  return token;
}

async function parameter(name: string): Promise<string> {
  const { Parameter } = (await bench.admin('ssm', 'GetParameter', { Name: name })) as {
    Parameter: { Value: string };
  };
  return Parameter.Value;
}
function put(name: string, value: string) {
  return bench.admin('ssm', 'PutParameter', { Name: name, Value: value, Type: 'String', Overwrite: true });
}

describe('the record', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['a holder it does not declare', ['enroll', 'carol', '--slot', 'primary'], /no holder carol/],
    ['a slot it does not declare', ['enroll', 'alice.breakglass', '--slot', 'third'], /no slot third/],
    ['a fleet that was never deployed', [...ENROLL, '--fleet', 'nightly'], /nightly/],
  ])('refuses %s', async (_name, args, error) => {
    let token: VirtualToken2Single | undefined;
    const finished = await refused((on) => {
      token = layPrimary(on);
    }, args);
    expectThreeLines(finished, error, NOTHING);
    expect(token?.received).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'whose manifest is gone',
      () => bench.admin('ssm', 'DeleteParameter', { Name: MANIFEST }),
      /has no record/,
    ],
    [
      'that is half deployed',
      () => bench.admin('ssm', 'DeleteParameter', { Name: '/mfa-guardrails/break-glass/record/page/0' }),
      /page/,
    ],
    [
      'that was edited by hand',
      async () => {
        const page = '/mfa-guardrails/break-glass/record/page/0';
        await put(page, (await parameter(page)).replace(ALICE_PRIMARY, '86596220000666'));
      },
      /generation/,
    ],
    [
      'of a newer schema',
      async () => put(MANIFEST, JSON.stringify({ ...JSON.parse(await parameter(MANIFEST)), schema: 2 })),
      /schema 2/,
    ],
  ])('refuses one %s', async (_name, damage, error) => {
    const finished = await refused(async (on) => {
      bench = on;
      layPrimary(on);
      await damage();
    });
    expectThreeLines(finished, error, NOTHING);
  });

  test('refuses a token that cannot be burned', async () => {
    const inventory = INVENTORY.replace('serial: "86596220000001"', 'serial: "86596220000001", type: fido2');
    expectThreeLines(await refused(layPrimary, ENROLL, { inventory }), /as fido2/, NOTHING);
  });
});

describe('readers', () => {
  test.each<[string, VirtualReaders, RegExp]>([
    ['nfc-pcsc missing', new VirtualReaders({ fault: 'no-module' }), /nfc-pcsc/],
    ['no PC/SC service', new VirtualReaders({ fault: 'no-service' }), /PC\/SC service/],
    ['no reader', new VirtualReaders({ names: [] }), /no card reader/],
    ['several readers', new VirtualReaders({ names: ['ACS A', 'ACS B'] }), /2 readers/],
  ])('refuses with %s', async (_name, readers, error) => {
    expectThreeLines(await refused(() => undefined, ENROLL, { readers }), error, NOTHING);
  });

  test('refuses a reader of another name, and lists those there are', async () => {
    const finished = await refused(layPrimary, [...ENROLL, '--reader', 'nonesuch']);
    expectThreeLines(finished, /no reader has that name/, NOTHING);
    expect(finished.people).toContain('Virtual Reader 00 00');
  });
});

describe('what lies on the reader', () => {
  test('refuses after a minute without a card', async () => {
    expectThreeLines(await refused(() => undefined), /no token was laid on the reader for 60 s/, NOTHING);
  });

  test.each<[string, (bench: Bench) => Parameters<VirtualReaders['lay']>[0], RegExp]>([
    ['a bank card', () => bankCard(), /bank|payment/],
    ['a FIDO key', () => fidoKey(), /FIDO/],
    ['a token of an unknown prefix', (on) => unknownToken(() => on.clock.now()), /unknown token/],
    ['a token that is not programmable', (on) => sealedToken(() => on.clock.now()), /cannot be used/],
  ])('refuses %s', async (_name, card, error) => {
    const finished = await refused((on) => {
      const laid = card(on);
      if ('press' in laid && !(laid as VirtualToken2Single).isOn) {
        (laid as VirtualToken2Single).press();
      }
      on.readers.lay(laid);
    });
    expectThreeLines(finished, error, NOTHING);
  });

  test('refuses another token of the same fleet, and leaves it as it was', async () => {
    let token: VirtualToken2Single | undefined;
    const finished = await refused((on) => {
      token = on.token(ALICE_BACKUP);
      on.layAndAnswer(token);
    });
    expectThreeLines(finished, new RegExp(`is ${ALICE_BACKUP}, the record says ${ALICE_PRIMARY}`), NOTHING);
    expect(token?.received).toEqual(['8041000002']);
  });

  // 1 get info, 2 get challenge, 3 authenticate, 4 write configuration, 5 write seed, 6 get info.
  test.each([1, 2, 3, 4, 5, 6])('refuses a token pulled for good at APDU %i', async (at) => {
    for (const effect of ['lost', 'done'] as const) {
      const finished = await refused((on) => layPrimary(on).fail({ pull: { at, effect } }));
      const state =
        at === 1
          ? NOTHING
          : at <= 3
            ? /deleted again.*was not written/
            : /deleted again.*(may have been|was) written/;
      expectThreeLines(finished, /the token left the reader|no token was laid/, state);
      expect(finished.people).not.toContain('evidence');
      await bench.close();
    }
  });

  test('refuses a token whose clock cannot be set', async () => {
    const finished = await refused((on) => {
      const token = on.token(ALICE_PRIMARY, { clockOffsetSeconds: -300 });
      on.layAndAnswer(token);
      token.fail({ clockStuck: true });
    });
    expectThreeLines(finished, /clock is 30[01] s behind after it was set/, /deleted again/);
  });
});

describe('codes', () => {
  function flip(code: string): string {
    return code.replace(/.$/, (digit) => String((Number(digit) + 5) % 10));
  }

  test.each<[string, (token: VirtualToken2Single, bench: Bench) => string, RegExp]>([
    ['wrong', (token) => flip(token.readCode()), /no code of 86596220000001/],
    [
      'stale',
      (token, on) => {
        const old = token.readCode();
        on.clock.advance(120_000);
        return old;
      },
      /s old/,
    ],
  ])('refuses three %s codes', async (_name, typed, error) => {
    const finished = await refused((on) => {
      const token = layPrimary(on);
      on.answer = () => typed(token, on);
    });
    expectThreeLines(finished, error, /deleted again, IAM is as before, the token was written/);
    expect(bench.sandbox.calls.some((call) => call.operation === 'EnableMFADevice')).toBe(false);
  });

  test('refuses the same code twice', async () => {
    let first: string | undefined;
    const finished = await refused((on) => {
      const token = layPrimary(on);
      on.answer = () => {
        first ??= token.readCode();
        return first;
      };
    });
    expectThreeLines(finished, /the same code again/, /deleted again/);
  });

  test('asks again, without counting it, for what is not six digits', async () => {
    const answers = ['12345', 'abcdef', '1234567', ''];
    const finished = await refused((on) => {
      layPrimary(on);
      on.answer = () => answers.shift();
    });
    expect(finished.people.match(/a code is six digits/g)).toHaveLength(4);
    expect(finished.people).toContain('state: the device created for it was deleted again');
    expect(finished.exitCode).toBe(130);
  });

  test.each([
    ['a flipped bit of the seed', { flipSeedBit: true }],
    ['SHA-256 instead of SHA-1', { wrongHash: true }],
    ['steps of 60 seconds', { wrongStep: true }],
  ])('refuses a token that was burned with %s', async (_name, faults) => {
    const finished = await refused((on) => layPrimary(on).fail(faults));
    expectThreeLines(finished, /3 wrong codes/, /deleted again/);
  });
});

describe('credentials', () => {
  async function user(on: Bench, policy?: object): Promise<void> {
    await on.admin('iam', 'CreateUser', { UserName: 'olga' });
    if (policy !== undefined) {
      await on.admin('iam', 'PutUserPolicy', {
        UserName: 'olga',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: policy }),
      });
    }
    on.credentials = on.sandbox.createAccessKey('olga');
  }

  test('refuses keys that AWS does not know', async () => {
    const finished = await refused((on) => {
      on.credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' };
    });
    expectThreeLines(
      finished,
      /refuses the credentials \((UnrecognizedClient|InvalidClientTokenId)\)/,
      NOTHING,
    );
  });

  test('refuses an expired session', async () => {
    const finished = await refused(async (on) => {
      await user(on, [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
      const { Credentials } = (await on.sandbox.call(
        on.credentials ?? on.sandbox.administrator,
        'sts',
        'GetSessionToken',
        {
          DurationSeconds: 900,
        },
      )) as { Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string } };
      on.credentials = {
        accessKeyId: Credentials.AccessKeyId,
        secretAccessKey: Credentials.SecretAccessKey,
        sessionToken: Credentials.SessionToken,
      };
      on.clock.advance(3_600_000);
    });
    expectThreeLines(finished, /refuses the credentials \(ExpiredToken\)/, NOTHING);
  });

  const ACTIONS = [
    'ssm:GetParametersByPath',
    'iam:ListMFADevices',
    'iam:CreateVirtualMFADevice',
    'iam:EnableMFADevice',
  ];
  test.each(ACTIONS)('names %s when it is what is missing', async (missing) => {
    const finished = await refused(async (on) => {
      await user(on, [
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: missing, Resource: '*' },
      ]);
      layPrimary(on);
    });
    const state = missing === 'iam:EnableMFADevice' ? /deleted again/ : /nothing was created in IAM/;
    expectThreeLines(finished, new RegExp(`may not call ${missing}`), state);
  });

  test('refuses to enable what it could not list afterwards, and says what it does not know', async () => {
    let enabled = false;
    function wrapAws(aws: Aws): Aws {
      return {
        ...aws,
        enableDevice: async (...call) => {
          await aws.enableDevice(...call);
          enabled = true;
        },
        devicesOf: async (name) => (enabled ? [] : aws.devicesOf(name)),
      };
    }
    bench = await Bench.open({ wrapAws });
    layPrimary(bench);
    const finished = await bench.run(...ENROLL);
    expectThreeLines(finished, /does not list it/, /is enabled, the token holds its seed/, 3);
  });
});

describe('the account', () => {
  function device(on: Bench, name: string, path = '/mfa-guardrails/break-glass/') {
    return on.admin('iam', 'CreateVirtualMFADevice', { VirtualMFADeviceName: name, Path: path });
  }
  const NAME = `alice.breakglass.primary.${ALICE_PRIMARY}`;

  test('refuses to delete a leftover without a yes', async () => {
    const finished = await refused(async (on) => {
      layPrimary(on);
      await device(on, NAME);
      on.answer = () => 'no';
    });
    expectThreeLines(finished, /is in the way/, /was not written/, 3);
  });

  test('refuses a device name that is assigned to somebody else', async () => {
    const finished = await refused(async (on) => {
      layPrimary(on);
      await on.assignDevice('bob.breakglass', NAME);
    });
    expectThreeLines(finished, /is assigned to bob.breakglass/, /was not written/, 3);
  });

  test('refuses a slot that is enrolled with another token', async () => {
    const finished = await refused(async (on) => {
      layPrimary(on);
      await on.assignDevice('alice.breakglass', 'alice.breakglass.primary.86596220000777');
    });
    expectThreeLines(finished, /enrolled with the token 86596220000777, the record now says/, NOTHING, 3);
  });

  test.each([
    ['another slot', 'alice.breakglass', 'alice.breakglass.third'],
    ['another holder', 'bob.breakglass', 'bob.breakglass.backup'],
  ])('refuses a token that is still enrolled for %s', async (_name, user, device) => {
    const finished = await refused(async (on) => {
      layPrimary(on);
      await on.assignDevice(user, `${device}.${ALICE_PRIMARY}`);
    });
    expectThreeLines(finished, /is still enrolled as .*mfa-guardrails/, NOTHING, 3);
  });

  test('refuses a ninth device', async () => {
    const finished = await refused(async (on) => {
      layPrimary(on);
      for (let n = 0; n < 8; n++) {
        await on.assignDevice('alice.breakglass', `phone${n}`);
      }
    });
    expectThreeLines(finished, /has 8 MFA devices, and IAM allows 8/, NOTHING, 3);
  });

  test('refuses a holder who is no IAM user', async () => {
    const finished = await refused(async (on) => {
      layPrimary(on);
      await on.admin('iam', 'DeleteUser', { UserName: 'alice.breakglass' });
    });
    expectThreeLines(finished, /IAM has no such user/, NOTHING);
  });

  test('refuses when the account has no room for another device', async () => {
    const finished = await refused(
      async (on) => {
        layPrimary(on);
        for (let n = 0; n < 4; n++) {
          await device(on, `other${n}`);
        }
      },
      ENROLL,
      { sandbox: { usersQuota: 4 } },
    );
    expectThreeLines(finished, /no room for another virtual MFA device/, NOTHING);
  });
});

test.each([
  [61_000, /1 s ahead of|60 s ahead of|61 s ahead of/],
  [-61_000, /behind/],
])('refuses a machine whose clock is %i ms off', async (offsetMs, error) => {
  const finished = await refused((on) => {
    layPrimary(on);
    on.machineOffsetMs = offsetMs;
  });
  expectThreeLines(finished, error, NOTHING);
});

test.each([
  [['enroll', '--slot', 'primary'], /the holder is missing/],
  [['enroll', 'alice.breakglass'], /--slot/],
  [['enroll', 'alice.breakglass', '--slot', 'primary', '--codes', '3'], /--codes/],
  [['burn-it-all'], /unknown command 'burn-it-all'/],
  [['doctor', '--frobnicate'], /--frobnicate/],
])('refuses the command line %j with exit code 2', async (args, error) => {
  const finished = await refused(() => undefined, args);
  expect(finished.people).toMatch(new RegExp(`^mfa-runbook: error: .*${error.source}`, 'm'));
  expect(finished.people).toMatch(/^mfa-runbook: hint: run/m);
  expect(finished.exitCode).toBe(2);
  expect(bench.sandbox.calls.filter((call) => !call.caller?.endsWith('platform-admin'))).toEqual([]);
});

test('a refused token was never written to, and the enrolled one is: the check of these tests is not vacuous', async () => {
  bench = await Bench.open();
  const token = layPrimary(bench);
  expect(wasWritten(token)).toBe(false);
  expect((await bench.run(...ENROLL)).exitCode).toBe(0);
  expect(wasWritten(token)).toBe(true);
});
