/** An enrollment of root whose process dies at any write of its journal: the next run ends right. */
import { atWrite, killCommand } from '../../support/kill-command';
import { findSeed } from '../../support/seed-forms';
import { ENROLL_OWN, PASTE_OWN, RootBench } from './root-bench';

let root: RootBench;
afterEach(() => root.bench.close());

/** A page that was left half-way leaves a device that an administrator deletes. */
async function beginAgain(): Promise<void> {
  const { VirtualMFADevices } = (await root.administrate('iam', 'ListVirtualMFADevices', {
    AssignmentStatus: 'Unassigned',
  })) as { VirtualMFADevices: readonly { SerialNumber: string }[] };
  for (const { SerialNumber } of VirtualMFADevices) {
    await root.administrate('iam', 'DeleteVirtualMFADevice', { SerialNumber });
  }
  if ((await root.rootDevices()).length === 0) {
    root.showSecret();
  }
}

test('killed before and after each write, the next run enrolls it, and the secret is nowhere', async () => {
  for (let nth = 0; ; nth++) {
    root = await RootBench.open();
    root.showSecret();
    const isDead = await killCommand(root.bench, atWrite(nth), ...PASTE_OWN, '--json');
    if (!isDead) {
      expect(nth).toBeGreaterThan(10);
      break;
    }
    root.bench.clock.advance(90_000);
    root.layAgain();
    await beginAgain();
    const told = await root.bench.runJson(...PASTE_OWN);
    expect({ nth, code: told.code, exit: told.exitCode }).toEqual({ nth, code: undefined, exit: 0 });
    expect(await root.rootDevices()).toEqual([root.arn]);
    expect(root.bench.journals.files.size).toBe(0);
    expect(root.bench.evidence).toMatchObject([{ deviceArn: root.arn }]);
    await root.bench.close();
  }
});

test('neither the secret nor the picture is in what is printed, traced, logged, stored or kept open', async () => {
  root = await RootBench.open();
  await root.showCode();
  root.isAdding = false;
  const printed = await root.bench.run(...ENROLL_OWN, '--verbose', '--trace-apdu', '--no-wait');
  const kept = [...root.bench.journals.files.values()];
  root.isAdding = true;
  root.press();
  const completed = await root.bench.run('resume', '--json', '--verbose');
  expect([printed.exitCode, completed.exitCode, kept.length]).toEqual([0, 0, 1]);
  const { Parameters } = await root.bench.admin('ssm', 'GetParametersByPath', {
    Path: '/mfa-guardrails',
    Recursive: true,
  });
  const everything = JSON.stringify([
    printed,
    completed,
    kept,
    root.bench.evidence,
    [...root.bench.logs],
    root.bench.questions,
    Parameters,
  ]);
  expect(everything).toContain(root.name);
  expect(findSeed(everything, root.seed)).toBeUndefined();
  expect(root.bench.handedOver.buffers.every((buffer) => buffer.every((byte) => byte === 0))).toBe(true);
});
