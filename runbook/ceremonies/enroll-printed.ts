/**
 * Enrollment of a hardware TOTP token that AWS knows by the serial printed on it: nothing is created and nothing is
 * burned. Two codes in a row prove to AWS that the token in hand is the one with this serial.
 */
import {
  type Ceremony,
  type CeremonyRequest,
  deviceArn,
  hold,
  type Preamble,
  tellStep,
} from '../ceremony/ceremony';
import { byItsWord } from '../ceremony/effects';
import { facts } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { enablePrinted } from '../device/enable-printed';
import { devicesOfUser } from '../device/iam';
import { NewDevice } from '../device/new-device';
import { wasEnabledAtOnce } from '../device/pair-age';
import { lookAtSlot } from '../device/slot';
import { FreshCodes } from '../operator/fresh-codes';
import { askWitness } from '../operator/witness';
import type { CodePair } from '../token/codes';
import {
  announce,
  checkSameToken,
  confirm,
  evidence,
  noteEarlierDevice,
  takeAsEnabled,
  tellFree,
} from './enrollment';
import { takeNewerPair } from './newer-pair';

/**
 * Enrolls one token.
 *
 * @returns its serial, by which IAM knows it
 * @throws RunbookError with the state of IAM
 */
export async function enrollPrinted(
  request: CeremonyRequest,
  ports: Ports,
  preamble: Preamble,
): Promise<string> {
  const device = new NewDevice();
  device.isPrinted = true;
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

async function perform(c: Ceremony, device: NewDevice): Promise<string> {
  const { effects, token } = c;
  await settleEarlierRun(c, device); // what an earlier run left
  const isAhead = !effects.isDone('enable');
  const witness = isAhead ? await askWitness(c, token) : undefined; // before the serial is on the screen
  announce(c); // 1 was done before the journal was opened
  const before = isAhead ? await lookAtSlot(c) : undefined; // 2
  if (before !== undefined) {
    if (!(await takeAsEnabled(c, device, before))) {
      const { generation } = c.deployed.manifest;
      await effects.once('evidence', () => evidence(c, { device, before, generation })); // 9
    }
    return device.arn;
  }
  if (isAhead) {
    tellFree(c);
  }
  const generation = await enrollPrintedToken(c, device, witness); // 6 to 8
  await effects.once('evidence', () => evidence(c, { device, before, generation })); // 9
  return device.arn;
}

/** Finds out whether an earlier run enabled the token: IAM lists it, or it does not. */
async function settleEarlierRun(c: Ceremony, device: NewDevice): Promise<void> {
  const { effects, ports, request } = c;
  const { serial } = effects.journal;
  noteEarlierDevice(c, device);
  await effects.settle({
    enable: async ({ state, at }) => {
      const listed = (await devicesOfUser(ports, request.holder))?.find(({ arn }) => arn === serial);
      device.stage = listed === undefined ? 'none' : 'enabled';
      if (listed === undefined) {
        return 'undone';
      }
      if (state === 'begun' && !wasEnabledAtOnce(at, listed.enabledAt)) {
        await takeNewerPair(c, device);
      }
      return 'done';
    },
    evidence: byItsWord,
  });
  checkSameToken(c);
}

/**
 * Steps 6 to 8: from the codes of a token in the operator's hand to a device that IAM lists.
 *
 * @returns the generation of the record that declares the token at the end
 */
export async function enrollPrintedToken(c: Ceremony, device: NewDevice, given?: string): Promise<string> {
  const { ports, request, token, effects } = c;
  device.isPrinted = true;
  device.arn = deviceArn(c, token);
  if (effects.isDone('enable')) {
    device.stage = 'enabled';
  } else {
    const witness = given ?? (await askWitness(c, token));
    const about = { holder: request.holder, token, tokenOffsetSeconds: undefined };
    const codes = new FreshCodes(ports, about);
    let pair: CodePair | undefined = await codes.takePair(); // 6
    async function takePair(): Promise<CodePair> {
      const first = pair;
      pair = undefined;
      if (first !== undefined) {
        return first;
      }
      await codes.waitForNext();
      return codes.takePair();
    }
    await effects.once('enable', async () => {
      if (!(await enablePrinted(c, device, takePair))) {
        await takeNewerPair(c, device);
      } // 7
      tellStep(ports, 'enabled', `AWS enabled the token for ${request.holder}`, { deviceArn: device.arn });
      return facts({ codes: 'by-aws', witness });
    });
  }
  return confirm(c, device); // 8
}
