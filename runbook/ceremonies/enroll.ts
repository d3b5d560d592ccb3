/** Enrollment: a token gets the seed of a new MFA device, and AWS enables the device. */
import type { VirtualDevice } from '../aws/aws';
import { type Ceremony, type CeremonyRequest, hold, type Preamble, tellStep } from '../ceremony/ceremony';
import { byItsWord, type Fate } from '../ceremony/effects';
import { type Facts, facts, type JournalStep } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { createDevice } from '../device/create';
import { deviceGone, enableDevice } from '../device/enable';
import { devicesOfHolder, identityOf } from '../device/iam';
import { deviceFate, NewDevice } from '../device/new-device';
import { wasEnabledAtOnce } from '../device/pair-age';
import { lookAtSlot } from '../device/slot';
import { burn, burnTarget, checkTokenClock } from '../operator/burn';
import { checkPlace } from '../operator/occupied-place';
import type { TypedCodes } from '../operator/prove-codes';
import {
  AWS_SEED_BYTES,
  awaitToken,
  checkCapacity,
  checkMadeSeed,
  checkToken,
  layRequest,
} from '../operator/token-on-reader';
import { howToRead } from '../operator/typed-code';
import { openToken } from '../operator/unlock';
import { askWitness } from '../operator/witness';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import { type Proof, takeProof, takeProofAgain } from './enroll-codes';
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

export interface EnrollRequest extends CeremonyRequest {
  readonly codes: TypedCodes;
  /** Of a token that a person registers in the console: say how, and do not wait for it. */
  readonly isLater?: boolean;
}

/** Parts of an enrollment that are ready when it begins: the preamble, and with `enroll --all` the rest. */
interface AtHand {
  readonly preamble: Preamble;
  /** The account's virtual devices. */
  readonly listed?: readonly VirtualDevice[];
  /** The token on the reader, in this phase. */
  readonly laid?: LaidToken;
  readonly phase?: SeedPhase;
  /** Called when the operator is no longer needed: the rest is between the runbook and AWS. */
  readonly onHandedOver?: () => void;
}

/**
 * Enrolls one token.
 *
 * @returns the ARN of its device
 * @throws RunbookError with the state of IAM and of the token
 */
export async function enroll(request: EnrollRequest, ports: Ports, atHand?: AtHand): Promise<string> {
  const phase = atHand?.phase ?? ports.openSeedPhase();
  phase.warm();
  const device = new NewDevice();
  try {
    return await hold(
      {
        kind: 'enroll',
        request,
        facts: facts({ codes: String(request.codes) }),
        state: device,
        perform: async (c) => perform(c, { device, phase }, atHand),
      },
      ports,
      atHand?.preamble,
    );
  } finally {
    await phase.end();
  }
}

/** The device that an enrollment makes, and the process that holds its seed. */
interface Making {
  readonly device: NewDevice;
  readonly phase: SeedPhase;
}

async function perform(
  c: Ceremony<EnrollRequest>,
  making: Making,
  atHand: AtHand | undefined,
): Promise<string> {
  const { effects, token, deployed } = c;
  const { device } = making;
  await settleEarlierRun(c, device); // what an earlier run left
  const isAhead = !effects.isDone('enable');
  const witness = isAhead ? await askWitness(c, token) : undefined; // before the serial is on the screen
  announce(c); // 1 was done before the journal was opened
  const before = isAhead ? await lookAtSlot(c, atHand?.listed) : undefined; // 2
  if (before !== undefined) {
    const isEvidenced = await takeAsEnabled(c, device, before);
    atHand?.onHandedOver?.();
    if (!isEvidenced) {
      const { generation } = deployed.manifest;
      await effects.once('evidence', () => evidence(c, { device, before, generation })); // 9
    }
    return device.arn;
  }
  if (isAhead) {
    tellFree(c);
  }
  const generation = await enrollToken(c, making, { ...atHand, witness }); // 3 to 8
  await effects.once('evidence', () => evidence(c, { device, before, generation })); // 9
  return device.arn;
}

/**
 * Steps 3 to 8: from a token in the operator's hand to a device that IAM lists.
 *
 * @returns the generation of the record that declares the token at the end
 */
export async function enrollToken(
  c: Ceremony<EnrollRequest>,
  making: Making,
  given: {
    readonly laid?: LaidToken | undefined;
    readonly witness?: string | undefined;
    readonly onHandedOver?: () => void;
  },
): Promise<string> {
  const { effects, token } = c;
  const { device, phase } = making;
  if (!effects.isDone('enable')) {
    const isFresh = !effects.isDone('device');
    const laid = given.laid ?? (await layDeclared(c, phase, layRequest(token.serial, token.type))); // 3
    const tokenOffsetSeconds = checkLaid(c, laid);
    const witness = given.witness ?? (await askWitness(c, token));
    if (isFresh || laid.codeSource === 'key') {
      await openToken(c.ports, { ...laid, about: { holder: c.request.holder, token } }, phase);
    }
    const place = { token, target: burnTarget(c) };
    const mayReplace = isFresh ? await checkPlace(c.ports, place, phase) : undefined;
    await effects.once('device', () => create(c, making, { laid, witness })); // 4
    await effects.once('burn', () => burnSeed(c, making, { laid, mayReplace })); // 5
    const proof = await (isFresh
      ? takeProof(c, phase, laid)
      : takeProofAgain(c, phase, { laid, tokenOffsetSeconds })); // 6
    await phase.end(); // two codes are all that is needed of the seed from here on
    given.onHandedOver?.();
    await effects.once('enable', () => enable(c, device, proof)); // 7
  }
  given.onHandedOver?.();
  return confirm(c, device); // 8
}

/** Finds out what an earlier run left of this enrollment. */
async function settleEarlierRun(c: Ceremony, device: NewDevice): Promise<void> {
  noteEarlierDevice(c, device);
  await c.effects.settle({ ...enrollmentFates(c, device), evidence: byItsWord });
  checkSameToken(c);
}

/** Returns functions that find out what became of an enrollment's effects in an earlier run. */
export function enrollmentFates(
  c: Ceremony,
  device: NewDevice,
): Readonly<Record<'device' | 'burn' | 'enable', (found: JournalStep) => Promise<Fate>>> {
  return {
    device: async () => deviceFate(c, device),
    burn: byItsWord,
    enable: async ({ state, at }) => {
      const devices = await devicesOfHolder(c.ports, c.request.holder);
      const listed = devices.find(({ arn }) => arn === device.arn);
      if (listed === undefined) {
        return 'undone';
      }
      device.stage = 'enabled';
      if (state === 'begun' && !wasEnabledAtOnce(at, listed.enabledAt)) {
        await takeNewerPair(c, device);
      }
      return 'done';
    },
  };
}

async function layDeclared(c: Ceremony, phase: SeedPhase, message: string): Promise<LaidToken> {
  const laid = await awaitToken(c.ports, message, (signal) => phase.layToken(c.request.reader, signal));
  checkToken(laid, c.token);
  return laid;
}

/** Checks the token on the reader. @returns the clock minus ours, in seconds, of one that an earlier run burned */
function checkLaid({ effects, ports }: Ceremony, laid: LaidToken): number | undefined {
  const { serial, model } = laid.info;
  checkCapacity(laid, AWS_SEED_BYTES);
  const offset = effects.isDone('burn') ? checkTokenClock(laid.info, ports.clock.now(), true) : undefined;
  tellStep(ports, 'token', `the token on the reader is ${serial}, model ${model}`, { serial, model });
  return offset;
}

async function create(
  c: Ceremony,
  { device, phase }: Making,
  { laid, witness }: { readonly laid: LaidToken; readonly witness: string | undefined },
): Promise<Facts> {
  const created = await createDevice(c, device, phase);
  checkMadeSeed(c.ports, created.seedBytes);
  checkCapacity(laid, created.seedBytes);
  tellStep(c.ports, 'device', `created the device ${created.arn}`, { deviceArn: created.arn });
  return facts({ arn: created.arn, witness });
}

async function burnSeed(
  c: Ceremony,
  { device, phase }: Making,
  { laid, mayReplace }: { readonly laid: LaidToken; readonly mayReplace: string | undefined },
): Promise<Facts> {
  const { ports, request, effects, token } = c;
  async function layAgain(): Promise<LaidToken> {
    const again = await layDeclared(c, phase, 'lay the token on the reader again');
    // While it was out of our hands, another operator may have enrolled it: a second burn would silently break that.
    if ((await identityOf(ports, device.arn, effects.journal.id)) !== 'same') {
      throw deviceGone(request.holder, device.arn);
    }
    return again;
  }
  function onWriting(): void {
    device.token = 'perhaps-written';
  }
  const target = burnTarget(c);
  const about = { holder: request.holder, token };
  const info = await burn(ports, phase, { token, target, about, mayReplace, onWriting, layAgain });
  device.token = 'written';
  const offset = checkTokenClock(info, ports.clock.now());
  const andClock = offset === undefined ? '' : ', and the clock of the token is right';
  tellStep(ports, 'burned', `the seed is on the token${andClock}`);
  if (laid.codeSource === 'person') {
    ports.terminal.note(howToRead(token));
  }
  return facts({
    model: laid.info.model,
    clockOffsetSeconds: offset === undefined ? undefined : String(offset),
  });
}

async function enable(c: Ceremony<EnrollRequest>, device: NewDevice, { pair, codes }: Proof): Promise<Facts> {
  const { ports, request } = c;
  if (!(await ports.terminal.during('enabling the device', enableDevice(c, device, pair)))) {
    await takeNewerPair(c, device);
  }
  tellStep(ports, 'enabled', `AWS enabled the device for ${request.holder}`, { deviceArn: device.arn });
  return { codes };
}
