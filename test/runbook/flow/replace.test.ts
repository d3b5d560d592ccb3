import { formatJournal } from '../../../runbook/flow/journal';
import type { Fault } from '../../sandbox/faults';
import { ALICE_BACKUP, ALICE_PRIMARY, Bench, BOB_PRIMARY } from '../../support/bench';
import type { VirtualToken2Single } from '../../tokens/token2-single';

const ALICE = 'alice.breakglass';
const NEW = '86596120000007';
const SPARE = '86596220000009';
const OTHER_SPARE = '86596220000010';
const EVIDENCE = `/mfa-guardrails/break-glass/evidence/${ALICE}/primary`;

/** The record of a fleet whose primary token of Alice is the given one. */
const inventory = (alicePrimary: string, spares: readonly string[] = []): string => `
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "${alicePrimary}", custody: "HQ fireproof safe" }
    - { slot: backup, serial: "${ALICE_BACKUP}", custody: "bank deposit box" }
  bob.breakglass:
    - { slot: primary, serial: "${BOB_PRIMARY}" }
${spares.length === 0 ? '' : 'spares:'}
${spares.map((serial) => `  - { serial: "${serial}", custody: "security office" }`).join('\n')}
`;

const CHANGED = inventory(NEW);

let bench: Bench;
let old: VirtualToken2Single;
let next: VirtualToken2Single;
let oldArn: string;
let newArn: string;
let phone: string;

const replaceFor = (reason: string, ...options: readonly string[]): readonly string[] => [
  'replace',
  ALICE,
  '--slot',
  'primary',
  '--reason',
  reason,
  ...options,
];

/** Alice has her primary token and a phone; the record then says what it is given. */
async function open(
  { record = CHANGED, serial = NEW }: { readonly record?: string; readonly serial?: string } = {},
  options: Parameters<typeof Bench.open>[0] = {},
): Promise<void> {
  bench = await Bench.open(options);
  old = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(old);
  phone = await bench.assignDevice(ALICE, 'alice-phone', '/');
  const enrolled = await bench.run('enroll', ALICE, '--slot', 'primary', '--codes', '1');
  if (enrolled.exitCode !== 0) throw new Error(enrolled.people);
  await bench.deploy(record);
  // What is shown late is shown by now.
  if (options?.sandbox !== undefined) bench.clock.advance(600_000);
  next = bench.token(serial);
  bench.layAndAnswer(next);
  bench.questions.length = 0;
  oldArn = bench.arn(ALICE, 'primary', ALICE_PRIMARY);
  newArn = bench.arn(ALICE, 'primary', serial);
}
beforeEach(() => open());
afterEach(() => bench.close());

/** Switched on and on the reader; its codes are typed. */
function lay(token: VirtualToken2Single): void {
  if (!token.isOn) token.press();
  bench.layAndAnswer(token);
}

/** What a command showed is what tells why it failed. */
function expectDone(
  { exitCode, people }: { readonly exitCode: number; readonly people: string },
  label = '',
): void {
  if (exitCode !== 0) throw new Error(`${label}: exit code ${exitCode}\n${people}`);
}

const evidence = async (): Promise<Record<string, unknown>> => {
  const { Parameter } = (await bench.admin('ssm', 'GetParameter', { Name: EVIDENCE })) as {
    Parameter: { Value: string };
  };
  return JSON.parse(Parameter.Value);
};

const arnsOfAlice = async (): Promise<readonly string[]> =>
  (await bench.devices())
    .filter(({ user }) => user === ALICE)
    .map(({ arn }) => arn)
    .sort();

/** The new token has taken the old one's place, nothing is left over, and evidence says so. */
async function expectReplaced(reason: string): Promise<void> {
  expect((await bench.devices()).map(({ arn, user }) => [arn, user]).sort()).toEqual(
    [
      [phone, ALICE],
      [newArn, ALICE],
    ].sort(),
  );
  expect(next.holds(bench.seeds.at(-1) ?? new Uint8Array())).toBe(true);
  expect(await evidence()).toMatchObject({
    ceremony: 'replace',
    reason,
    replaces: ALICE_PRIMARY,
    tokenSerial: next.serial,
    deviceArn: newArn,
  });
  expect(bench.evidence.filter(({ ceremony }) => ceremony === 'replace')).toHaveLength(1);
  expect([...bench.journals.files.keys()]).toEqual([]);
}

/** Nothing is other than before the command. */
async function expectUnchanged(): Promise<void> {
  expect(await arnsOfAlice()).toEqual([phone, oldArn].sort());
  expect((await bench.devices()).filter(({ user }) => user === undefined)).toEqual([]);
  expect(old.holds(bench.seeds[0] ?? new Uint8Array())).toBe(true);
  expect((await evidence()).ceremony).toBe('enroll');
  expect([...bench.journals.files.keys()]).toEqual([]);
}

/** IAM's changes from now on, in order. */
function changesFromNow(): () => readonly string[] {
  const begun = bench.sandbox.calls.length;
  return () =>
    bench.sandbox.calls
      .slice(begun)
      .map(({ operation }) => operation)
      .filter((operation) => /^(Create|Enable|Deactivate|Delete|Put)/.test(operation));
}

describe('a token the record declares by now', () => {
  test.each(['lost', 'broken', 'expired'])(
    '%s: the new one is enrolled before the old one goes',
    async (reason) => {
      const changes = changesFromNow();
      const { exitCode, people, data } = await bench.run(...replaceFor(reason));
      expect({ exitCode, data, people }).toMatchObject({ exitCode: 0, data: `${newArn}\n` });
      expect(changes()).toEqual([
        'CreateVirtualMFADevice',
        'EnableMFADevice',
        'DeactivateMFADevice',
        'DeleteVirtualMFADevice',
        'PutParameter',
      ]);
      await expectReplaced(reason);
      expect((await evidence()).checks).toEqual([
        'record',
        'clock',
        'serial',
        'burn',
        'codes:2',
        'listed',
        'old-deactivated',
        'old-deleted',
        'old-not-listed',
      ]);
      expect(people).not.toContain('tokens.yaml');
    },
  );

  test('stolen: the old one is cut off before anything else', async () => {
    const changes = changesFromNow();
    bench.answer = ({ name }) => (name === 'cut-off' ? 'yes' : next.readCode());
    const { exitCode, people } = await bench.run(...replaceFor('stolen'));
    expectDone({ exitCode, people });
    expect(changes()).toEqual([
      'DeactivateMFADevice',
      'DeleteVirtualMFADevice',
      'CreateVirtualMFADevice',
      'EnableMFADevice',
      'PutParameter',
    ]);
    expect(bench.questions.map(({ name }) => name)).toEqual(['cut-off', 'code', 'next-code']);
    expect(people).toContain(`${ALICE} has 1 other device meanwhile`);
    await expectReplaced('stolen');
  });

  test('the witness reads the serial of the new token', async () => {
    bench.answer = ({ name }) => (name === 'witness' ? NEW : next.readCode());
    expect((await bench.run(...replaceFor('lost', '--witness', 'Wanda Witt'))).exitCode).toBe(0);
    expect(await evidence()).toMatchObject({ witness: 'Wanda Witt' });
  });

  test('one typed code is enough with --codes 1', async () => {
    expect((await bench.run(...replaceFor('lost', '--codes', '1'))).exitCode).toBe(0);
    expect(bench.questions.map(({ name }) => name)).toEqual(['code']);
    await expectReplaced('lost');
  });

  test('another token on the reader is refused, and nothing changes', async () => {
    lay(old);
    const { exitCode, people } = await bench.run(...replaceFor('broken'));
    expect(people).toContain(`error: the token on the reader is ${ALICE_PRIMARY}, the record says ${NEW}`);
    expect(people).toContain(`the device ${oldArn} is still enabled for ${ALICE}`);
    expect(exitCode).toBe(1);
    await expectUnchanged();
  });

  test('the old one and the new one, both enrolled by a run whose journal is lost: the old one goes', async () => {
    bench.sandbox.faults = ({ operation }) =>
      operation === 'DeactivateMFADevice' ? 'access-denied' : undefined;
    await bench.run(...replaceFor('lost'));
    bench.sandbox.faults = undefined;
    expect(await arnsOfAlice()).toEqual([phone, newArn, oldArn].sort());
    for (const place of [...bench.journals.files.keys()]) await bench.journals.setAside(place);
    const { exitCode, people } = await bench.run(...replaceFor('lost'));
    expectDone({ exitCode, people });
    expect(await arnsOfAlice()).toEqual([phone, newArn].sort());
    expect(await evidence()).toMatchObject({
      ceremony: 'replace',
      replaces: ALICE_PRIMARY,
      deviceArn: newArn,
    });
  });
});

describe('a spare', () => {
  const openSpares = (...spares: readonly string[]): Promise<void> =>
    bench.close().then(() => open({ record: inventory(ALICE_PRIMARY, spares), serial: SPARE }));

  test('the only one takes the place, and the record is left to be changed', async () => {
    await openSpares(SPARE);
    const { exitCode, people } = await bench.run(...replaceFor('lost'));
    expectDone({ exitCode, people });
    expect(people).toContain(
      `move ${SPARE} from spares to ${ALICE} primary in tokens.yaml and run \`cdk deploy\``,
    );
    await expectReplaced('lost');
    expect((await evidence()).checks).toContain('spare');
  });

  test('of several, the one that is laid on the reader', async () => {
    await openSpares(OTHER_SPARE, SPARE);
    const { exitCode, people } = await bench.run(...replaceFor('broken'));
    expectDone({ exitCode, people });
    await expectReplaced('broken');
  });

  test('the one named by --spare, and no other', async () => {
    await openSpares(OTHER_SPARE, SPARE);
    const refused = await bench.run(...replaceFor('lost', '--spare', OTHER_SPARE));
    expect(refused.people).toContain(
      `error: the token on the reader is ${SPARE}, which is not the spare to take`,
    );
    expect(refused.exitCode).toBe(1);
    await expectUnchanged();
    expect((await bench.run(...replaceFor('lost', '--spare', SPARE))).exitCode).toBe(0);
    await expectReplaced('lost');
  });

  test('the token that is to go is told from a spare', async () => {
    await openSpares(SPARE);
    lay(old);
    const { people } = await bench.run(...replaceFor('lost'));
    expect(people).toContain(`the token on the reader is ${ALICE_PRIMARY}, the one that is to be replaced`);
    await expectUnchanged();
  });

  test('one that another slot uses already is not taken', async () => {
    await openSpares(SPARE);
    await bench.assignDevice('bob.breakglass', `bob.breakglass.primary.${SPARE}`);
    const { exitCode, people } = await bench.run(...replaceFor('stolen', '--yes'));
    expect(people).toContain(
      `error: the record has no spare that is free to take the place of ${ALICE_PRIMARY}`,
    );
    expect(people).toContain('`mfa-runbook retire alice.breakglass --slot primary` cuts it off now');
    expect(exitCode).toBe(3);
    await expectUnchanged();
  });

  test('a second run does not replace the spare again, and says what is to be done', async () => {
    await openSpares(SPARE);
    await bench.run(...replaceFor('stolen', '--yes'));
    const changes = changesFromNow();
    const { exitCode, people } = await bench.run(...replaceFor('stolen', '--yes'));
    expect(people).toContain(`primary of ${ALICE} is enrolled with the spare ${SPARE}`);
    expect(people).toContain(`hint: move ${SPARE} from spares`);
    expect(exitCode).toBe(3);
    expect(changes()).toEqual([]);
    await expectReplaced('stolen');
  });

  test('a spare that was moved to the slot in the record agrees with IAM', async () => {
    await openSpares(SPARE);
    await bench.run(...replaceFor('lost'));
    await bench.deploy(inventory(SPARE));
    const { exitCode, people } = await bench.run('enroll', ALICE, '--slot', 'primary');
    expectDone({ exitCode, people });
    expect(people).toContain('is enrolled already');
    await expectReplaced('lost');
  });
});

describe('refusals that change nothing', () => {
  test.each<[string, () => Promise<void>, readonly string[], RegExp, number]>([
    [
      'a spare the record does not have',
      async () => undefined,
      ['--spare', SPARE],
      /is no spare of the record of break-glass/,
      3,
    ],
    [
      'no other token at all',
      () => bench.deploy(inventory(ALICE_PRIMARY)),
      [],
      /the record has no spare that is free/,
      3,
    ],
    [
      'the very token that is enrolled',
      () => bench.deploy(inventory(ALICE_PRIMARY, [SPARE])),
      ['--spare', ALICE_PRIMARY],
      /is what primary of alice.breakglass is enrolled with[\s\S]*mfa-runbook resync[\s\S]*mfa-runbook retire/,
      2,
    ],
    [
      'a spare that cannot be burned',
      () =>
        bench.deploy(
          `${inventory(ALICE_PRIMARY)}\nspares:\n  - { serial: "GT00000001", type: hardware-totp, custody: "safe" }\n`.replace(
            '\n\n',
            '\n',
          ),
        ),
      ['--spare', 'GT00000001'],
      /declares GT00000001 as hardware-totp/,
      1,
    ],
  ])('%s', async (_name, prepare, options, message, exitCode) => {
    await prepare();
    for (const reason of ['lost', 'stolen']) {
      const finished = await bench.run(...replaceFor(reason, '--yes', ...options));
      expect(finished.people).toMatch(message);
      expect(finished.people).toContain('state: nothing was created in IAM, the token was not written');
      expect(finished.exitCode).toBe(exitCode);
    }
    await expectUnchanged();
  });

  test('a slot that nothing is enrolled in', async () => {
    const { exitCode, people } = await bench.run('replace', ALICE, '--slot', 'backup', '--reason', 'lost');
    expect(people).toContain('error: backup of alice.breakglass has no device that could be replaced');
    expect(people).toContain('hint: enrol its token: `mfa-runbook enroll alice.breakglass --slot backup`');
    expect(exitCode).toBe(1);
    await expectUnchanged();
  });

  test('a holder with eight devices, unless the old one is cut off first', async () => {
    for (let n = 1; n <= 6; n++) await bench.assignDevice(ALICE, `alice-phone-${n}`, '/');
    const { exitCode, people } = await bench.run(...replaceFor('broken'));
    expect(people).toContain('error: alice.breakglass has 8 MFA devices, and IAM allows 8');
    expect(people).toContain('hint: make room with `mfa-runbook retire');
    expect(people).toContain('--reason stolen');
    expect(exitCode).toBe(3);
    expect(await arnsOfAlice()).toContain(oldArn);
    expect((await bench.run(...replaceFor('stolen', '--yes'))).exitCode).toBe(0);
    const after = await arnsOfAlice();
    expect(after).toHaveLength(8);
    expect(after).toContain(newArn);
    expect(after).not.toContain(oldArn);
  });

  test('the new token is in use elsewhere', async () => {
    await bench.assignDevice('bob.breakglass', `bob.breakglass.primary.${NEW}`);
    const { exitCode, people } = await bench.run(...replaceFor('lost'));
    expect(people).toContain(`error: the token ${NEW} is still enrolled as`);
    expect(exitCode).toBe(3);
    await expectUnchanged();
  });
});

describe('cancelled', () => {
  test.each(['code', 'next-code', 'witness'])(
    'at %s: the old token works on, and nothing is left',
    async (prompt) => {
      bench.answer = ({ name }) => (name === prompt ? undefined : name === 'witness' ? NEW : next.readCode());
      const { exitCode, people } = await bench.run(...replaceFor('lost', '--witness', 'Wanda Witt'));
      expect(people).toContain(`the device ${oldArn} is still enabled for ${ALICE}`);
      expect(exitCode).toBe(130);
      await expectUnchanged();
    },
  );

  test.each(['no', undefined])('at the question whether to cut off (%s): nothing is', async (answer) => {
    bench.answer = ({ name }) => (name === 'cut-off' ? answer : next.readCode());
    const { exitCode, people } = await bench.run(...replaceFor('stolen'));
    expect(people).toMatch(
      /cut off 86596220000001 of alice.breakglass primary, enrolled [-0-9]+ [:0-9]+ UTC, now\? alice.breakglass has 1 other device/,
    );
    expect(exitCode).toBe(130);
    await expectUnchanged();
  });

  test.each(['code', 'next-code'])(
    'after the cut-off, at %s: it stays so, says so, and resume goes on',
    async (prompt) => {
      bench.answer = ({ name }) => (name === prompt ? undefined : next.readCode());
      const { exitCode, people } = await bench.run(...replaceFor('stolen', '--yes'));
      expect(people).toContain(
        `state: the device ${oldArn} is gone, ${ALICE} has 1 other device meanwhile; the device created for it was deleted again, ` +
          'the token was written and its new seed belongs to no device; `mfa-runbook resume` goes on with the new one\n',
      );
      expect(exitCode).toBe(130);
      expect((await bench.devices()).map(({ arn }) => arn)).toEqual([phone]);
      lay(next);
      const resumed = await bench.run('resume');
      expect({ exitCode: resumed.exitCode, people: resumed.people }).toMatchObject({ exitCode: 0 });
      await expectReplaced('stolen');
    },
  );

  test('Ctrl-C after Enable: the old one goes all the same', async () => {
    bench.sandbox.onCall = ({ operation }) => {
      if (operation === 'EnableMFADevice') bench.stop.abort(new Error('interrupted'));
    };
    expect((await bench.run(...replaceFor('lost'))).exitCode).toBe(0);
    await expectReplaced('lost');
  });
});

describe('AWS calls', () => {
  const OPERATIONS = [
    'ListMFADevices',
    'ListVirtualMFADevices',
    'ListMFADeviceTags',
    'CreateVirtualMFADevice',
    'EnableMFADevice',
    'DeactivateMFADevice',
    'DeleteVirtualMFADevice',
    'PutParameter',
  ];
  // Lost before its effect, and after.
  const FAULTS: readonly Fault[] = ['server-error', 'dropped-after'];
  const CELLS = ['lost', 'stolen'].flatMap((reason) =>
    OPERATIONS.flatMap((operation) => FAULTS.map((fault) => [reason, operation, fault] as const)),
  );

  test.each(CELLS)('%s; %s, %s once: it ends right all the same', async (reason, operation, fault) => {
    let failed = false;
    bench.sandbox.faults = (call) => {
      if (failed || call.operation !== operation) return undefined;
      failed = true;
      return fault;
    };
    const { exitCode, people } = await bench.run(...replaceFor(reason, '--yes', '--codes', '1'));
    expectDone({ exitCode, people });
    expect(failed).toBe(true);
    await expectReplaced(reason);
  });

  const FOR_GOOD: readonly Fault[] = ['access-denied', 'dropped-after'];
  const LASTING = ['lost', 'stolen'].flatMap((reason) =>
    OPERATIONS.flatMap((operation) => FOR_GOOD.map((fault) => [reason, operation, fault] as const)),
  );

  test.each(LASTING)(
    '%s; %s, %s for good: it says so, no working device is lost, and the same command ends right later',
    async (reason, operation, fault) => {
      bench.sandbox.faults = (call) => (call.operation === operation ? fault : undefined);
      const { exitCode, people } = await bench.run(...replaceFor(reason, '--yes', '--codes', '1'));
      bench.sandbox.faults = undefined;
      if (exitCode !== 0) expect(people).toMatch(/^mfa-runbook: state: /m);
      if (reason === 'lost') expect((await arnsOfAlice()).length).toBeGreaterThanOrEqual(2);
      expect(await arnsOfAlice()).toContain(phone);
      lay(next);
      const again =
        exitCode === 0
          ? { exitCode, people }
          : await bench.run(...replaceFor(reason, '--yes', '--codes', '1'));
      expect({ exitCode: again.exitCode, people: again.people }).toMatchObject({ exitCode: 0 });
      await expectReplaced(reason);
    },
    40_000,
  );

  test.each(['DeactivateMFADevice', 'DeleteVirtualMFADevice'])(
    '%s is asked again while IAM is busy',
    async (busy) => {
      let refusals = 2;
      bench.sandbox.faults = ({ operation }) =>
        operation === busy && refusals-- > 0
          ? { refuse: { code: 'ConcurrentModification', status: 409 } }
          : undefined;
      expect((await bench.run(...replaceFor('lost'))).exitCode).toBe(0);
      await expectReplaced('lost');
    },
  );

  test.each(['lost', 'stolen'])('%s: IAM that shows changes 45 s late is waited for', async (reason) => {
    await bench.close();
    await open({}, { sandbox: { visibilityLagMs: 45_000 } });
    const { exitCode, people } = await bench.run(...replaceFor(reason, '--yes'));
    expectDone({ exitCode, people });
    bench.clock.advance(60_000);
    await expectReplaced(reason);
  });
});

describe('killed', () => {
  /** Runs a command and kills it at the n-th change of the journal. @returns whether there was one */
  async function killAt(n: number, ...args: readonly string[]): Promise<boolean> {
    let left = n;
    let kill: () => void = () => undefined;
    const killed = new Promise<boolean>((resolve) => {
      kill = () => resolve(true);
    });
    bench.journals.onDurableWrite = () => {
      if (left-- > 0) return undefined;
      kill();
      return new Promise(() => undefined);
    };
    const ended = bench.run(...args).then(() => false);
    const wasKilled = await Promise.race([killed, ended]);
    bench.journals.onDurableWrite = () => undefined;
    bench.journals.forgetLocks();
    return wasKilled;
  }

  const working = async (): Promise<number> => {
    const devices = await arnsOfAlice();
    const isWorking = (arn: string): boolean =>
      arn === phone ||
      (arn === oldArn && old.holds(bench.seeds[0] ?? new Uint8Array())) ||
      (arn === newArn && bench.seeds.slice(1).some((seed) => next.holds(seed)));
    return devices.filter(isWorking).length;
  };

  const scenarios: readonly [string, string, readonly string[]][] = [
    ['the record changed, lost', 'lost', []],
    ['the record changed, stolen', 'stolen', []],
    ['a spare, broken', 'broken', [SPARE]],
    ['a spare, stolen', 'stolen', [SPARE]],
  ];
  for (const [index, [name, reason, spares]] of scenarios.entries()) {
    for (const how of index < 2 ? (['resume', 'the same command'] as const) : (['resume'] as const)) {
      test(`${name}: at whatever write of the journal, ${how} ends right`, async () => {
        const record = spares.length === 0 ? CHANGED : inventory(ALICE_PRIMARY, spares);
        const command = replaceFor(reason, '--yes', '--codes', '1');
        let kills = 0;
        for (let n = 0; n < 100; n++) {
          await bench.close();
          await open({ record, serial: spares[0] ?? NEW });
          if (!(await killAt(n, ...command))) break;
          kills++;
          const isOpen = bench.journals.files.size > 0;
          if (reason !== 'stolen') expect(await working()).toBeGreaterThanOrEqual(2);
          expect(await arnsOfAlice()).toContain(phone);
          bench.clock.advance(60_000);
          lay(next);
          if (!isOpen && (await arnsOfAlice()).includes(newArn)) {
            await expectReplaced(reason);
            continue;
          }
          const args = how === 'resume' && isOpen ? ['resume', '--yes'] : command;
          const { exitCode, people } = await bench.run(...args);
          expectDone({ exitCode, people }, `killed at ${n}`);
          await expectReplaced(reason);
          const calls = changesFromNow();
          expect((await bench.run('resume')).exitCode).toBe(0);
          expect(calls()).toEqual([]);
        }
        // What goes, six effects begun and done, and the end: before and after each.
        expect(kills).toBe(28);
      }, 60_000);
    }
  }

  test('a replacement goes on with the reason it was begun with', async () => {
    await killAt(8, ...replaceFor('stolen', '--yes'));
    expect(await arnsOfAlice()).toEqual([phone]);
    const { exitCode, people } = await bench.run(...replaceFor('lost'));
    expect(people).toContain('it was begun with --reason stolen, and goes on so');
    expect(exitCode).toBe(0);
    await expectReplaced('stolen');
  });

  test('another ceremony of the slot waits until it is finished', async () => {
    await killAt(8, ...replaceFor('stolen', '--yes'));
    const { exitCode, people } = await bench.run('enroll', ALICE, '--slot', 'primary');
    expect(people).toMatch(/error: a replace of primary of alice.breakglass.* is not finished/);
    expect(exitCode).toBe(3);
    expect((await bench.run('resume')).exitCode).toBe(0);
    await expectReplaced('stolen');
  });

  test('the journal holds no seed and no code', async () => {
    const texts: string[] = [];
    bench.journals.onDurableWrite = ({ journal }) => {
      if (journal !== undefined) texts.push(formatJournal(journal));
    };
    await bench.run(...replaceFor('lost'));
    expect(texts.join('')).toContain(NEW);
    const seed = Buffer.from(bench.seeds.at(-1) ?? []);
    for (const form of [seed.toString('hex'), seed.toString('base64')]) {
      expect(texts.join('').toLowerCase()).not.toContain(form.slice(0, 16).toLowerCase());
    }
  });
});

describe('another operator', () => {
  test('who took the old one away meanwhile is no obstacle', async () => {
    bench.answer = ({ name }) => {
      if (name === 'next-code') {
        void bench
          .admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: oldArn })
          .then(() => bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: oldArn }));
      }
      return next.readCode();
    };
    expect((await bench.run(...replaceFor('lost'))).exitCode).toBe(0);
    await expectReplaced('lost');
  });

  test('who made a new device under the old name keeps it', async () => {
    const DEVICE = {
      VirtualMFADeviceName: `${ALICE}.primary.${ALICE_PRIMARY}`,
      Path: '/mfa-guardrails/break-glass/',
    };
    bench.answer = ({ name }) => {
      if (name === 'next-code') {
        void bench
          .admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: oldArn })
          .then(() => bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: oldArn }))
          .then(() => bench.admin('iam', 'CreateVirtualMFADevice', DEVICE));
      }
      return next.readCode();
    };
    const { exitCode, people } = await bench.run(...replaceFor('lost'));
    expectDone({ exitCode, people });
    expect(people).toContain(`somebody made a new device ${oldArn} meanwhile: it stays`);
    expect(await bench.devices()).toContainEqual({ arn: oldArn, user: undefined });
    expect(await arnsOfAlice()).toEqual([phone, newArn].sort());
  });
});

describe('with --json', () => {
  test('prints one event a line', async () => {
    const { data } = await bench.run(...replaceFor('lost', '--json'));
    const events = data
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const told = events.filter(({ event }) => event !== 'note' && event !== 'waiting');
    expect(told.map(({ event, step }) => step ?? event)).toEqual([
      'record',
      'find',
      'preflight',
      'token',
      'device',
      'burned',
      'ask',
      'ask',
      'codes',
      'enabled',
      'confirmed',
      'deactivated',
      'deleted',
      'evidence',
      'replaced',
    ]);
    expect(events.at(-1)).toMatchObject({ deviceArn: newArn, replaces: ALICE_PRIMARY, reason: 'lost' });
  });
});
