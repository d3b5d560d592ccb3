/**
 * Burns a secret that somebody hands over onto a token: a colleague's console, another service, anything but a device that
 * this program makes in IAM.
 *
 * Rules: the token must be free by record and IAM, or its serial is typed in full. Nothing is kept of the secret, not even
 * its picture if the operator says so; IAM and the journals are not touched.
 */

import { quote } from '../../lib/record/rules';
import { explain } from '../ceremony/explain';
import type { Ports } from '../ceremony/ports';
import { burn, checkTokenClock } from '../operator/burn';
import { proveKeyCodes } from '../operator/key-codes';
import { checkPlace } from '../operator/occupied-place';
import { proveCodes } from '../operator/prove-codes';
import { AWS_SEED_BYTES, awaitToken, checkSerial, layRequest } from '../operator/token-on-reader';
import { howToRead } from '../operator/typed-code';
import { openToken } from '../operator/unlock';
import { TOKEN_KINDS } from '../record/token-kinds';
import { RunbookError } from '../runbook-error';
import type { LaidToken, ReadSeed, SeedPhase } from '../seed-phase/seed-phase';
import type { BurnTarget } from '../token/driver';
import { labelOfSecret } from '../token/label';
import { type AimedToken, type BurnConsentRequest, takeConsent } from './burn-consent';

export interface BurnSeedRequest extends BurnConsentRequest {
  readonly reader: string | undefined;
  readonly source: Parameters<SeedPhase['readSeed']>[0];
  /** The profile of a multi-profile token. */
  readonly profile?: number | undefined;
}

/** The token on the reader, and the place on it that the secret is burned to. */
interface Aim extends AimedToken {
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
