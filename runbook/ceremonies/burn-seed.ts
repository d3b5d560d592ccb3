/**
 * Burns a secret that somebody hands over onto a token: a colleague's console, another service, anything but a device that
 * this program makes in IAM.
 *
 * Rules: the token must be free by record and IAM, or its serial is typed in full. Nothing is kept of the secret, not even
 * its picture if the operator says so; IAM and the journals are not touched.
 */

import { isSamePlace, type Place } from '../../lib/record/place';
import { quote } from '../../lib/record/rules';
import type { VirtualDevice } from '../aws/aws';
import { explain } from '../ceremony/explain';
import { checkClock } from '../ceremony/machine-clock';
import type { Ports } from '../ceremony/ports';
import { seedPlaceOf } from '../device/seed-place';
import { burn, checkTokenClock } from '../operator/burn';
import { proveKeyCodes } from '../operator/key-codes';
import { checkPlace } from '../operator/occupied-place';
import { proveCodes } from '../operator/prove-codes';
import { AWS_SEED_BYTES, awaitToken, checkSerial, layRequest } from '../operator/token-on-reader';
import { howToRead } from '../operator/typed-code';
import { openToken } from '../operator/unlock';
import { isDeclared, readRecord } from '../record/declared-token';
import { TOKEN_KINDS } from '../record/token-kinds';
import { RunbookError } from '../runbook-error';
import type { LaidToken, ReadSeed, SeedPhase } from '../seed-phase/seed-phase';
import type { BurnTarget } from '../token/driver';
import { labelOfSecret } from '../token/label';

export interface BurnSeedRequest {
  readonly fleet: string;
  readonly reader: string | undefined;
  readonly source: Parameters<SeedPhase['readSeed']>[0];
  /** The serial of a token that no record declares: AWS is not called. */
  readonly unrecorded: string | undefined;
  /** The profile of a multi-profile token. */
  readonly profile?: number | undefined;
}

/** The token on the reader, and the place on it that the secret is burned to. */
interface Aim {
  readonly laid: LaidToken;
  readonly token: Place;
  readonly target: BurnTarget;
}

/** The token was written this far, for the `state:` line. */
type Written = 'no' | 'perhaps' | 'unproven' | 'proven';

const STATES: Readonly<Record<Written, string>> = {
  no: 'the token was not written',
  perhaps: 'nobody knows what the token holds: burn it again',
  unproven: 'the secret is on the token, but no two codes have proven it',
  proven: 'the secret is on the token, and two codes have proven it',
};

/**
 * Burns one secret.
 *
 * @param removeFile deletes the picture, after a yes
 * @throws RunbookError with the state of the token
 */
export async function burnSeed(
  request: BurnSeedRequest,
  ports: Ports,
  removeFile: (path: string) => Promise<void>,
): Promise<void> {
  const phase = ports.openSeedPhase();
  phase.warm();
  const token: { written: Written } = { written: 'no' };
  try {
    const read = await readSeed(request, ports, phase); // 1
    if (read.seedBytes !== AWS_SEED_BYTES) {
      ports.terminal.note(`it is not a secret of AWS, whose secrets have ${AWS_SEED_BYTES} bytes`);
    }
    const laid = await layFor(request, ports, phase); // 2
    checkRoom(laid, read);
    const aim = aimAt(request, laid, read);
    await takeConsent(request, ports, { aim, read }); // 3
    await write(ports, phase, { aim, request, onWritten: (written) => (token.written = written) }); // 4
    await prove(ports, phase, aim); // 5
    token.written = 'proven';
    await phase.end();
    await offerToDelete(request, ports, removeFile); // 6
    ports.terminal.event('burned', { ...aim.token, label: read.label, issuer: read.issuer });
  } catch (error) {
    const kept = request.source.kind === 'picture' && request.source.path !== '-' && token.written !== 'no';
    const picture = kept ? `; ${quote(request.source.path)} still holds the secret` : '';
    throw explain(error, ports.line).withState(`${STATES[token.written]}, IAM was not changed${picture}`);
  } finally {
    await phase.end();
  }
}

/** Does step 1: the seed stays in the phase. */
export async function readSeed(
  { source }: Pick<BurnSeedRequest, 'source'>,
  { terminal, signal }: Ports,
  phase: Pick<SeedPhase, 'readSeed'>,
): Promise<ReadSeed> {
  // Before the request: the echo is off by then.
  const reading = phase.readSeed(source, signal);
  if (source.kind === 'typed') {
    const message = 'paste the secret key and press Enter: it is not shown';
    terminal.event('ask', { name: 'secret', message });
    terminal.note(message);
  }
  const read = await reading;
  const { label, issuer, seedBytes } = read;
  terminal.say(`read a secret of ${seedBytes} bytes${label === '' ? '' : `, labeled ${quote(label)}`}`);
  terminal.event('seed-read', { label, issuer, seedBytes });
  return read;
}

async function layFor(
  { reader, unrecorded }: BurnSeedRequest,
  ports: Ports,
  phase: SeedPhase,
): Promise<LaidToken> {
  const laid = await awaitToken(ports, layRequest(unrecorded ?? 'the token'), (signal) =>
    phase.layToken(reader, signal),
  );
  const { serial, model } = laid.info;
  ports.terminal.say(`the token on the reader is ${serial}, model ${model}`);
  ports.terminal.event('token', { serial, model, driver: laid.driver });
  return laid;
}

/** Decides where on the token the secret goes, and refuses a profile that the token does not have. */
function aimAt({ profile }: BurnSeedRequest, laid: LaidToken, read: ReadSeed): Aim {
  const { type, info } = laid;
  if ((profile !== undefined) !== (type === 'molto2')) {
    throw new RunbookError(
      'usage',
      type === 'molto2'
        ? `${info.serial} is ${TOKEN_KINDS[type].noun}, and no profile is named`
        : `${info.serial} is ${TOKEN_KINDS[type].noun}, which has no profiles`,
      {
        hints: [
          type === 'molto2'
            ? 'pass --token-profile with the number of a free one; `mfa-runbook token info` lists those that are filled'
            : 'leave --token-profile out: `{command without --token-profile}`',
        ],
        exitCode: 2,
      },
    );
  }
  const place = profile === undefined ? {} : { profile };
  return {
    laid,
    token: { serial: info.serial, ...place },
    target: { label: labelOfSecret(type, read), ...place },
  };
}

/** Does step 5: checks that two codes, typed by a person or computed by the key, are those of the secret. */
async function prove(ports: Ports, phase: SeedPhase, { laid, target }: Aim): Promise<void> {
  const { serial } = laid.info;
  if (laid.codeSource === 'key') {
    await proveKeyCodes(ports, phase, { serial, target });
    ports.terminal.say(`the key ${serial} computes the right codes`);
    return;
  }
  await proveCodes(ports, phase, { serial, inPrompts: `token ${serial}`, typed: 2 });
  ports.terminal.say(`the token ${serial} shows the right codes`);
}

function checkRoom({ info, seedCapacity }: LaidToken, { seedBytes }: ReadSeed): void {
  if (seedCapacity < seedBytes) {
    throw new RunbookError(
      'token/seed-too-long',
      `a ${info.model} takes secrets of up to ${seedCapacity} bytes, but this one has ${seedBytes}`,
      { hints: ['use a second-generation token, such as an OTPC-P2-i, and run `{command}` again'] },
    );
  }
}

/** Does step 3: checks that the token is free, or that somebody types its serial in full. */
async function takeConsent(
  request: BurnSeedRequest,
  ports: Ports,
  { aim, read }: { readonly aim: Aim; readonly read: ReadSeed },
): Promise<void> {
  const { info } = aim.laid;
  if (request.unrecorded !== undefined) {
    return checkUnrecorded(info.serial, request.unrecorded);
  }
  const device = await deviceOnToken(request, ports, aim);
  if (device !== undefined) {
    return confirmOverwrite(ports, info.serial, device);
  }
  const whose = read.label === '' ? 'the secret' : `the secret of ${quote(read.label)}`;
  const message = `burn ${whose} onto ${info.serial}?`;
  if (!(await ports.terminal.confirm({ name: 'burn', message }, ports.signal))) {
    throw new RunbookError('cancelled', 'cancelled', {
      hints: ['run `{command}` to continue'],
      exitCode: 130,
    });
  }
}

function checkUnrecorded(serial: string, typed: string): void {
  if (serial !== typed) {
    throw new RunbookError(
      'token/wrong-serial',
      `the token on the reader is ${serial}, but --unrecorded names ${typed}`,
      { hints: ['swap the token, or correct the serial, and run `{command}`'] },
    );
  }
}

/** Looks for the device in IAM whose seed is on the token. @returns nothing if there is none */
async function deviceOnToken(
  { fleet }: BurnSeedRequest,
  { aws, terminal }: Ports,
  { token, laid }: Aim,
): Promise<VirtualDevice | undefined> {
  const { serial } = token;
  checkClock(await terminal.during('signing in', aws.identity()));
  const { record } = await terminal.during('reading the record', readRecord(aws, fleet));
  if (!isDeclared(record, serial)) {
    throw new RunbookError('record/not-declared', `the record of ${fleet} does not declare ${serial}`, {
      hints: [
        'declare it as a spare in tokens.yaml and run `cdk deploy`',
        `or, if it belongs to no fleet, pass \`--unrecorded ${serial}\`: then nothing checks what it is used for`,
      ],
    });
  }
  const devices = await terminal.during('looking for its device in IAM', aws.virtualDevices());
  // A key keeps several secrets, each under its name: this one takes the place of none.
  return laid.codeSource === 'key'
    ? undefined
    : devices.find((device) => {
        const place = seedPlaceOf(device);
        return place !== undefined && isSamePlace(place, token);
      });
}

async function confirmOverwrite(
  { terminal, signal }: Ports,
  serial: string,
  { arn, user, isRoot }: VirtualDevice,
): Promise<void> {
  const whom = isRoot ? 'root' : user;
  const loss =
    whom === undefined
      ? `an enrollment of ${serial} is not finished`
      : `${serial} signs ${whom} in, and then no longer can`;
  const message = `${loss} (${arn}): type the serial of the token in full to overwrite it`;
  const typed = await terminal.ask({ name: 'overwrite', message }, signal);
  if (typed.replace(/\s/g, '') !== serial) {
    throw new RunbookError(
      'iam/token-in-use',
      `${quote(typed)} is not ${serial}, which holds the seed of ${arn}`,
      {
        hints: ['use a token that is free, such as a spare; `mfa-runbook plan{options}` lists them'],
        exitCode: 3,
      },
    );
  }
}

/** Does step 4. */
async function write(
  ports: Ports,
  phase: SeedPhase,
  {
    aim,
    request,
    onWritten,
  }: {
    readonly aim: Aim;
    readonly request: BurnSeedRequest;
    readonly onWritten: (written: Written) => void;
  },
): Promise<void> {
  const { laid, token, target } = aim;
  const { serial } = token;
  const about = { serial, inPrompts: `token ${serial}` };
  await openToken(ports, { ...laid, about }, phase);
  const mayReplace = await checkPlace(ports, { token, target }, phase);
  async function layAgain(): Promise<LaidToken> {
    const again = await awaitToken(ports, layRequest(serial, laid.type), (signal) =>
      phase.layToken(request.reader, signal),
    );
    checkSerial(again.info, { serial });
    return again;
  }
  const after = await burn(ports, phase, {
    token,
    target,
    about,
    mayReplace,
    layAgain,
    onWriting: () => onWritten('perhaps'),
  });
  onWritten('unproven');
  const offset = checkTokenClock(after, ports.clock.now());
  const andClock = offset === undefined ? '' : ', and the clock of the token is right';
  ports.terminal.say(`the secret is on the token${andClock}`);
  if (laid.codeSource === 'person') {
    ports.terminal.note(howToRead(token));
  }
}

/** Does step 6: offers to delete the picture, which is the secret in readable form. */
export async function offerToDelete(
  { source }: Pick<BurnSeedRequest, 'source'>,
  { terminal, signal }: Ports,
  removeFile: (path: string) => Promise<void>,
): Promise<void> {
  if (source.kind !== 'picture' || source.path === '-') {
    return;
  }
  const message = `delete ${quote(source.path)}? whoever has that picture has the codes`;
  if (await terminal.confirm({ name: 'delete-picture', message }, signal)) {
    await removeFile(source.path);
    terminal.say(`${quote(source.path)} is deleted; empty the trash and delete other copies, too`);
  } else {
    terminal.note(
      `${quote(source.path)} still holds the secret: delete it once the service accepts the codes`,
    );
  }
}
