/**
 * Enrollment of a FIDO2 security key: no call registers one, so a person does it in the AWS console, and the ceremony waits
 * until IAM lists the key under the name that says its slot and serial.
 */
import { fidoDeviceName } from '../../lib/record/devices';
import { type Ceremony, continuing, hold, type Preamble, tellStep } from '../ceremony/ceremony';
import { byItsWord } from '../ceremony/effects';
import { facts } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { awaitConsoleDevice, requireSecurityKeys } from '../device/console-device';
import { devicesOfHolder, poll } from '../device/iam';
import { NewDevice } from '../device/new-device';
import { deviceOfToken, lookAtSlot } from '../device/slot';
import { tellKeySteps } from '../operator/console-steps';
import { askWitness } from '../operator/witness';
import type { EnrollRequest } from './enroll';
import { announce, checkSameToken, confirm, evidence, takeAsEnabled, tellFree } from './enrollment';

/**
 * Enrolls one key.
 *
 * @returns its ARN; nothing if the person wants to register it later
 * @throws RunbookError with the state of IAM
 */
export async function enrollFido(
  request: EnrollRequest,
  ports: Ports,
  preamble: Preamble,
): Promise<string | undefined> {
  const device = new NewDevice();
  device.isKey = true;
  return hold(
    {
      kind: 'enroll',
      request,
      state: device,
      perform: async (c) => perform(c, device),
    },
    ports,
    preamble,
  );
}

async function perform(c: Ceremony<EnrollRequest>, device: NewDevice): Promise<string | undefined> {
  const { effects, request } = c;
  await settleEarlierRun(c, device); // what an earlier run left
  const isAhead = !effects.isDone('register');
  const witness = isAhead ? await takeWitness(c) : undefined; // before the serial is on the screen
  announce(c); // 1 was done before the journal was opened
  const before = isAhead ? await lookAtSlot(c) : undefined; // 2
  if (before !== undefined) {
    if (!(await takeAsEnabled(c, device, before))) {
      await readCertifications(c, device);
      const { generation } = c.deployed.manifest;
      await effects.once('evidence', () => evidence(c, { device, before, generation })); // 9
    }
    return device.arn;
  }
  if (isAhead) {
    tellFree(c);
    if (request.isLater === true) {
      return askForLater(c, device, witness); // 6
    }
    await ask(c, device, witness); // 6
  }
  const generation = await registerKey(c, device, witness); // 7 and 8
  await effects.once('evidence', () => evidence(c, { device, before, generation })); // 9
  return device.arn;
}

/** Finds out whether the person registered the key since an earlier run: IAM lists it, or it does not. */
async function settleEarlierRun(c: Ceremony, device: NewDevice): Promise<void> {
  const { effects, ports, request } = c;
  if (effects.isDone('asked')) {
    device.name = nameOf(c);
    device.stage = 'awaited';
  }
  checkSameToken(c);
  await effects.settle({
    register: async () => {
      const found = deviceOfToken(c, await devicesOfHolder(ports, request.holder));
      if (found === undefined) {
        return 'undone';
      }
      device.stage = 'enabled';
      device.arn = found.arn;
      return 'done';
    },
    evidence: byItsWord,
  });
}

/** A witness who typed the serial in an earlier run need not do it again. */
async function takeWitness(c: Ceremony): Promise<string | undefined> {
  return c.effects.facts('asked').witness ?? askWitness(c, c.token);
}

function nameOf({ request, token }: Ceremony): string {
  return fidoDeviceName(request.holder, token);
}

/** Tells the steps, and keeps that a person may be taking them. */
async function ask(c: Ceremony, device: NewDevice, witness: string | undefined): Promise<void> {
  const { ports, effects, request } = c;
  requireSecurityKeys(c);
  device.isKey = true;
  device.name = nameOf(c);
  await effects.keep('asked', facts({ witness }));
  device.stage = 'awaited';
  if (request.isLookOnly !== true) {
    tellKeySteps(ports.terminal, { holder: request.holder, name: device.name });
  }
}

/** Does step 6 and leaves the rest to a later run: nobody waits for the key. */
export async function askForLater(c: Ceremony, device: NewDevice, witness?: string): Promise<undefined> {
  const { ports, request, effects } = c;
  await ask(c, device, witness ?? (await takeWitness(c)));
  device.isPaused = true;
  if (request.isLookOnly === true) {
    return;
  }
  const next = String(continuing(effects.journal, ports));
  ports.terminal.note(`when the key is registered, complete the ceremony: \`${next}\``);
  ports.terminal.event('paused', { holder: request.holder, name: device.name, next });
}

/**
 * Steps 6 to 8: from a key in a person's hand to a device that IAM lists.
 *
 * @returns the generation of the record that declares the token at the end
 */
export async function registerKey(c: Ceremony, device: NewDevice, witness?: string): Promise<string> {
  const { ports, effects, request, token, deployed } = c;
  if (!effects.isDone('register')) {
    if (device.stage !== 'awaited') {
      await ask(c, device, witness ?? (await takeWitness(c))); // 6
    }
    await effects.once('register', async () => {
      const { arn } = await awaitConsoleDevice(ports, {
        holder: request.holder,
        token,
        declared: deployed.record.holders.find(({ name }) => name === request.holder)?.tokens ?? [],
        name: device.name,
        sinceMs: Date.parse(effects.journal.startedAt),
        list: async () => devicesOfHolder(ports, request.holder),
      }); // 7
      device.arn = arn;
      device.stage = 'enabled';
      tellStep(ports, 'registered', `IAM lists ${device.name} for ${request.holder}`, { deviceArn: arn });
      return facts({ arn });
    });
  }
  await readCertifications(c, device);
  return confirm(c, device); // 8
}

/** Shows what AWS knows of the key. No certification is a hint that it is no hardware at all, and no more than that. */
export async function readCertifications({ ports, request }: Ceremony, device: NewDevice): Promise<void> {
  if (!device.isKey) {
    return;
  }
  const { terminal, aws } = ports;
  const key = await poll(ports, { pauses: [0, 1, 2, 4] }, async () =>
    aws.getDevice(request.holder, device.arn),
  );
  if (key === undefined) {
    return;
  }
  device.certifications = key.certifications;
  const known = Object.entries(key.certifications).map(([scheme, level]) => `${scheme} ${level}`);
  terminal.event('certifications', { deviceArn: device.arn, certifications: key.certifications });
  if (known.length > 0) {
    terminal.say(`AWS knows the certifications of the key: ${known.join(', ')}`);
    return;
  }
  terminal.note('AWS knows no certification of this key: it may be a passkey that is synced between devices');
}
