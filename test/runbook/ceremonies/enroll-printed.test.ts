/** A token that AWS knows by its serial: no device is created, no reader is needed. */
import { atStep, killCommand } from '../../support/kill-command';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { PRINTED, PRINTED_INVENTORY, PrintedBench } from './printed-bench';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;

let printed: PrintedBench;

beforeEach(async () => {
  printed = await PrintedBench.open();
});
afterEach(() => printed.bench.close());

/** Runs a command that must leave IAM, the evidence and the journals as they were. */
async function refused(code: string) {
  const told = await printed.bench.runJson(...ENROLL);
  expect({ code: told.code, devices: await printed.devicesOf() }).toEqual({ code, devices: [] });
  expect([printed.bench.evidence, [...printed.bench.journals.files.keys()]]).toEqual([[], []]);
  return told;
}

test('is enabled with two codes, and nothing is created, tagged or read', async () => {
  const card = jest.spyOn(VirtualReaders.prototype, 'card');
  const { exitCode, data } = await printed.bench.run(...ENROLL, '--witness', 'Wanda Witt');
  expect({ exitCode, data }).toEqual({ exitCode: 0, data: `${PRINTED}\n` });
  expect(card).not.toHaveBeenCalled();
  card.mockRestore();
  expect(await printed.devicesOf()).toEqual([PRINTED]);
  expect(printed.deviceCalls).toEqual([]);
  expect([...new Set(printed.bench.questions.map(({ name }) => name))]).toEqual([
    'witness',
    'code',
    'next-code',
  ]);
  expect(printed.bench.evidence).toMatchObject([
    {
      ceremony: 'enroll',
      tokenSerial: PRINTED,
      deviceArn: PRINTED,
      witness: 'Wanda Witt',
      checks: ['record', 'clock', 'codes:by-aws', 'listed'],
    },
  ]);
  expect(printed.bench.journals.files.size).toBe(0);
});

test('once more, it says so and changes nothing', async () => {
  await printed.enroll();
  const { exitCode, happened } = await printed.bench.runJson(...ENROLL);
  expect({ exitCode, asked: printed.bench.questions }).toEqual({ exitCode: 0, asked: [] });
  expect(happened).toContain('already-enrolled');
  expect(printed.count('EnableMFADevice')).toBe(1);
  expect(printed.bench.evidence).toHaveLength(1);
});

test('the same code twice is not sent', async () => {
  const first = printed.fob.readCode();
  let asked = 0;
  printed.bench.answer = () => {
    asked += 1;
    return asked <= 2 ? first : printed.fob.readCode();
  };
  expect((await printed.bench.run(...ENROLL)).exitCode).toBe(0);
  expect([asked, printed.count('EnableMFADevice')]).toEqual([3, 1]);
});

test('a mistyped pair is asked for again', async () => {
  let asked = 0;
  printed.bench.answer = () => {
    asked += 1;
    return asked === 1 ? '000000' : printed.fob.readCode();
  };
  const { exitCode, happened } = await printed.bench.runJson(...ENROLL);
  expect({ exitCode, devices: await printed.devicesOf() }).toEqual({ exitCode: 0, devices: [PRINTED] });
  expect(happened).toContain('codes-refused');
});

describe('is refused', () => {
  test('with wrong codes, twice', async () => {
    let code = 100_000;
    printed.bench.answer = () => {
      code += 1;
      return String(code);
    };
    await refused('iam/codes-rejected');
    expect(printed.count('EnableMFADevice')).toBe(2);
  });

  test.each([
    ['InvalidAuthenticationCode', 'iam/codes-rejected'],
    ['NoSuchEntity', 'iam/serial-unknown'],
  ] as const)('if AWS does not know its serial and says %s', async (unknownSerialCode, code) => {
    await printed.bench.close();
    printed = await PrintedBench.open({
      sandbox: { unknownSerialCode },
      inventory: PRINTED_INVENTORY.replace(PRINTED, 'GAHT00000000'),
    });
    await refused(code);
  });

  test('if it is in use by somebody else', async () => {
    const { bench, fob } = printed;
    await bench.admin('iam', 'CreateUser', { UserName: 'carol' });
    const first = fob.readCode();
    bench.clock.advance(30_000);
    await bench.admin('iam', 'EnableMFADevice', {
      UserName: 'carol',
      SerialNumber: PRINTED,
      AuthenticationCode1: first,
      AuthenticationCode2: fob.readCode(),
    });
    bench.clock.advance(30_000);
    await refused('iam/token-in-use');
    expect(await printed.devicesOf('carol')).toEqual([PRINTED]);
  });

  test('if the user is deleted in the meantime', async () => {
    const { bench, fob } = printed;
    bench.answer = async ({ name }) => {
      if (name === 'next-code') {
        await bench.admin('iam', 'DeleteUser', { UserName: 'alice.breakglass' }).catch(() => undefined);
      }
      return fob.readCode();
    };
    const told = await bench.runJson(...ENROLL);
    expect(told.code).toBe('iam/no-user');
    expect([bench.evidence, bench.journals.files.size]).toEqual([[], 0]);
  });
});

describe('an interrupted run', () => {
  test.each(['enable begun', 'enable done', 'evidence begun'])(
    'killed at "%s" is completed by the next one',
    async (at) => {
      const { bench } = printed;
      await killCommand(bench, atStep(at), ...ENROLL);
      bench.clock.advance(60_000);
      const { exitCode } = await bench.run(...ENROLL);
      expect({ exitCode, devices: await printed.devicesOf() }).toEqual({ exitCode: 0, devices: [PRINTED] });
      expect(bench.evidence).toHaveLength(1);
      expect(bench.journals.files.size).toBe(0);
    },
  );

  test('whose answer was lost finds the token enabled and completes itself', async () => {
    printed.bench.sandbox.faults = ({ operation }) =>
      operation === 'EnableMFADevice' ? 'dropped-after' : undefined;
    const { exitCode } = await printed.bench.run(...ENROLL);
    expect({ exitCode, devices: await printed.devicesOf() }).toEqual({ exitCode: 0, devices: [PRINTED] });
    expect(printed.bench.evidence).toHaveLength(1);
  });

  test('whose call never arrived changes nothing', async () => {
    printed.bench.sandbox.faults = ({ operation }) =>
      operation === 'EnableMFADevice' ? 'dropped-before' : undefined;
    await refused('aws/no-answer');
  });
});
