import {
  EnableMFADeviceCommand,
  type IAMClient,
  ListMFADevicesCommand,
  ListVirtualMFADevicesCommand,
  paginateListVirtualMFADevices,
} from '@aws-sdk/client-iam';
import { standingClock } from '../support/clock';
import { Sandbox } from './sandbox';
import type { SandboxSettings } from './settings';
import { clientsFor, createDevice, createUser, pairOf } from './test-clients';

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function worldOf(settings: SandboxSettings = {}) {
  const sandbox = Sandbox.create({ clock: standingClock(), ...settings });
  open.push(sandbox);
  const { iam } = clientsFor(await sandbox.listen(), sandbox.administrator);
  await createUser(sandbox, 'alice');
  return { sandbox, iam };
}

async function listed(iam: IAMClient, AssignmentStatus?: 'Any' | 'Assigned' | 'Unassigned') {
  return (await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus }))).VirtualMFADevices ?? [];
}

test('lists come in pages as short as the sandbox wants them, and the SDK finds every device', async () => {
  const { sandbox, iam } = await worldOf({ pageSize: 3 });
  for (let n = 0; n < 8; n += 1) {
    await createDevice(sandbox, `device-${n}`);
  }
  const pages: number[] = [];
  const seen = new Set<string | undefined>();
  for await (const page of paginateListVirtualMFADevices({ client: iam }, {})) {
    pages.push(page.VirtualMFADevices?.length ?? 0);
    for (const device of page.VirtualMFADevices ?? []) {
      seen.add(device.SerialNumber);
    }
  }
  expect(pages).toEqual([3, 3, 2]);
  expect(seen.size).toBe(8);
});

test('a page holds a hundred devices when nobody asks for more, and up to a thousand', async () => {
  const { sandbox, iam } = await worldOf();
  for (let n = 0; n < 120; n += 1) {
    await createDevice(sandbox, `device-${n}`);
  }
  const page = await iam.send(new ListVirtualMFADevicesCommand({}));
  expect([page.VirtualMFADevices?.length, page.IsTruncated]).toEqual([100, true]);
  expect(await iam.send(new ListVirtualMFADevicesCommand({ MaxItems: 1000 }))).toMatchObject({
    IsTruncated: false,
  });
});

test('with a visibility lag the lists are late while the effects are at once', async () => {
  const { sandbox, iam } = await worldOf({ visibilityLagMs: 5_000 });
  sandbox.clock.advance(10_000);
  const device = await createDevice(sandbox, 'one');
  expect(await listed(iam)).toEqual([]);
  await iam.send(new EnableMFADeviceCommand(pairOf(sandbox, device)));
  expect((await iam.send(new ListMFADevicesCommand({ UserName: 'alice' }))).MFADevices).toEqual([]);
  sandbox.clock.advance(5_100);
  expect(await listed(iam, 'Assigned')).toHaveLength(1);
  expect((await iam.send(new ListMFADevicesCommand({ UserName: 'alice' }))).MFADevices).toHaveLength(1);
});
