/** Steps 3 to 5 of a root user's enrollment: the secret of the console gets onto the declared token. */
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import { type Facts, facts } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { deviceNameOf, type RootView, rootAccount, rootDeviceArn } from '../device/root-view';
import { burn, burnTarget, checkTokenClock } from '../operator/burn';
import { checkPlace } from '../operator/occupied-place';
import { checkLabel } from '../operator/root-label';
import {
  AWS_SEED_BYTES,
  awaitToken,
  checkCapacity,
  checkToken,
  layRequest,
} from '../operator/token-on-reader';
import { openToken } from '../operator/unlock';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import { readSeed } from './burn-seed';
import type { EnrollRootRequest, RootMaking, Source } from './root-state';

/** The declared token on the reader, open to be written to. */
interface OpenToken {
  readonly laid: LaidToken;
  /** The label of what a person agreed to replace. */
  readonly mayReplace: string | undefined;
}

/** Does step 3: finds the declared token on the reader, and opens it to be written to. */
export async function layAndOpen(c: Ceremony<EnrollRootRequest>, phase: SeedPhase): Promise<OpenToken> {
  const { ports, token } = c;
  const laid = await lay(c, phase, layRequest(token.serial, token.type));
  checkCapacity(laid, AWS_SEED_BYTES);
  const { serial, model } = laid.info;
  tellStep(ports, 'token', `the token on the reader is ${serial}, model ${model}`, { serial, model });
  await openToken(ports, { ...laid, about: { holder: c.request.holder, token } }, phase);
  return { laid, mayReplace: await checkPlace(ports, { token, target: burnTarget(c) }, phase) };
}

async function lay(
  { ports, request, token }: Ceremony,
  phase: SeedPhase,
  message: string,
): Promise<LaidToken> {
  const laid = await awaitToken(ports, message, (signal) => phase.layToken(request.reader, signal));
  checkToken(laid, token);
  return laid;
}

/** Does step 4: reads the secret that the console shows. @returns the name of the device in the console */
export async function takeSecret(
  c: Ceremony<EnrollRootRequest>,
  { state, phase }: RootMaking,
  { laid, view }: { readonly laid: LaidToken; readonly view: RootView | undefined },
): Promise<string> {
  const { ports, request } = c;
  const source = request.source ?? (await askSource(ports));
  state.source = source;
  const read = await readSeed({ source }, ports, phase);
  checkCapacity(laid, read.seedBytes);
  const expected = {
    holder: request.holder,
    account: rootAccount(c),
    name: deviceNameOf(c),
    aliases: await view?.aliases(),
  };
  return checkLabel(ports, read, expected);
}

async function askSource({ terminal, signal }: Ports): Promise<Source> {
  const question = {
    name: 'source',
    message: 'the file with the picture of the QR code, or nothing to paste the secret key',
  };
  const path = (await terminal.ask(question, signal)).trim();
  return path === '' ? { kind: 'typed' } : { kind: 'picture', path };
}

/** Does step 5: burns the secret onto the token. */
export async function burnForRoot(
  c: Ceremony<EnrollRootRequest>,
  { state, phase }: RootMaking,
  {
    open: { laid, mayReplace },
    name,
    witness,
  }: { readonly open: OpenToken; readonly name: string; readonly witness: string | undefined },
): Promise<Facts> {
  const { ports, request, token } = c;
  state.arn = rootDeviceArn(c, name);
  const info = await burn(ports, phase, {
    token,
    target: burnTarget(c),
    about: { holder: request.holder, token },
    mayReplace,
    onWriting: () => {
      state.token = 'perhaps-written';
    },
    layAgain: () => lay(c, phase, 'lay the token on the reader again'),
  });
  state.token = 'written';
  const offset = checkTokenClock(info, ports.clock.now());
  tellStep(
    ports,
    'burned',
    `the seed is on the token${offset === undefined ? '' : ', and its clock is right'}`,
  );
  return facts({
    name,
    model: laid.info.model,
    clockOffsetSeconds: offset === undefined ? undefined : String(offset),
    witness,
  });
}
