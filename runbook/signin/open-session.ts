/** Opens a person's session: from the cache, or with a code. */
import { AwsFault, type CallerIdentity } from '../aws/aws';
import type { MfaFactor, RoleRequest, SigningKey, TemporaryCredentials } from '../aws/session-issuer';
import { callRole, sessionNameOf } from './call-role';
import { whyDenied } from './denial';
import { CHAINED_LIMITS, checkDuration } from './duration';
import { chooseDevice, type DeviceSources, deviceKnownLocally, listOwnDevices } from './own-device';
import { hashed } from './private-files';
import { cachePath, formatCached, isFresh, parseCached } from './session-cache';
import { codesSent, explainSession, nobodyToAsk, otherPartition, temporaryCaller } from './session-errors';
import type { OpenSession, Role, SessionRequest, SignIn } from './sign-in';
import { submitCode } from './submit-code';

/** The shortest session that AWS opens: it only proves a code. */
const PROOF_SECONDS = 900;

/** Everything that is known before AWS is asked. */
interface Opening {
  readonly request: SessionRequest;
  readonly signIn: SignIn;
  readonly key: SigningKey;
  readonly sources: DeviceSources;
  readonly signal: AbortSignal;
  /** Counts the codes. */
  readonly onSend: () => void;
}

/**
 * Opens the session that the request describes.
 *
 * @throws RunbookError whose state says how many codes are used up
 */
export async function openSession(
  request: SessionRequest,
  signIn: SignIn,
  signal: AbortSignal,
): Promise<OpenSession> {
  let sent = 0;
  try {
    signal.throwIfAborted();
    const key = await signIn.issuer.signingKey();
    if (key.isTemporary && request.role === undefined) {
      throw temporaryCaller(key.accessKeyId);
    }
    const { device: wanted, profileDevice } = request;
    const sources = { wanted, profileDevice, remembered: await recall(signIn, key) };
    const opening: Opening = { request, signIn, key, sources, signal, onSend: () => sent++ };
    return (await findCached(opening)) ?? (await issue(opening));
  } catch (error) {
    throw explainSession(error, signIn.line).withState(`no session was opened, ${codesSent(sent)}`);
  }
}

/** Finds a session that was opened before and lasts long enough. */
async function findCached(opening: Opening): Promise<OpenSession | undefined> {
  const { request, signIn, key, sources } = opening;
  const deviceArn = key.isTemporary ? undefined : deviceKnownLocally(sources);
  if (request.cache !== 'use' || (!key.isTemporary && deviceArn === undefined)) {
    return undefined;
  }
  const text = await signIn.privateFiles.read(cacheFile(opening, deviceArn));
  const credentials = text === undefined ? undefined : parseCached(text);
  if (credentials === undefined || !isFresh(credentials, signIn.clock.now())) {
    return undefined;
  }
  return { credentials, from: 'cache', region: key.region, deviceArn };
}

async function issue(opening: Opening): Promise<OpenSession> {
  const { request, signIn, key } = opening;
  const { role } = request;
  if (!key.isTemporary && !signIn.canAsk) {
    throw nobodyToAsk(request.openLine);
  }
  const identity = await signIn.issuer.identity();
  checkRole(request, identity);
  // A session of its own has MFA already, or the role needs none.
  const { credentials, deviceArn } =
    key.isTemporary && role !== undefined
      ? {
          credentials: await callRole(signIn.issuer, roleCall(role, request, identity), identity),
          deviceArn: undefined,
        }
      : await issueWithCode(opening, identity);
  await keep(opening, credentials, deviceArn);
  return { credentials, from: 'aws', region: key.region, deviceArn };
}

/** Refuses what cannot work before a code is asked for. */
function checkRole({ role, durationSeconds }: SessionRequest, identity: CallerIdentity): void {
  if (role === undefined) {
    return;
  }
  if (role.arn.split(':')[1] !== identity.partition) {
    throw otherPartition(role.arn, identity.partition);
  }
  if (/:assumed-role\//.test(identity.arn)) {
    checkDuration(durationSeconds, CHAINED_LIMITS);
  }
}

async function issueWithCode(opening: Opening, identity: CallerIdentity) {
  const { request, signIn, sources, signal, onSend } = opening;
  const listed = await listOwnDevices(signIn.issuer, identity.arn);
  const device = await chooseDevice({ ...sources, listed }, signIn.terminal, signal);
  let isInDoubt = false;
  const submission = {
    device,
    callerArn: identity.arn,
    clockOffsetMs: identity.clockOffsetMs ?? 0,
    send: async (mfa: MfaFactor) => {
      onSend();
      try {
        return await send(opening, identity, { mfa, isInDoubt });
      } catch (error) {
        isInDoubt ||= error instanceof AwsFault && whyDenied(error) === 'unknown';
        throw error;
      }
    },
    ...(request.role === undefined
      ? {}
      : { doubt: 'AWS rejected the code or the role, and does not say which: the next code will tell' }),
  };
  return { credentials: await submitCode(submission, signIn, signal), deviceArn: device.arn };
}

/** Makes one call with one code. After a rejection that may be about code or role, the code is proved on its own first. */
async function send(
  { request, signIn }: Opening,
  identity: CallerIdentity,
  { mfa, isInDoubt }: { readonly mfa: MfaFactor; readonly isInDoubt: boolean },
): Promise<TemporaryCredentials> {
  const { issuer, issuerWith } = signIn;
  const { role, durationSeconds } = request;
  if (role === undefined) {
    return issuer.sessionToken({ mfa, durationSeconds });
  }
  const call = roleCall(role, request, identity);
  if (!isInDoubt) {
    return callRole(issuer, { ...call, mfa }, identity);
  }
  const proof = await issuer.sessionToken({ mfa, durationSeconds: PROOF_SECONDS });
  return callRole(issuerWith(proof), call, identity);
}

function roleCall(
  { arn, externalId, sessionName }: Role,
  { durationSeconds }: SessionRequest,
  identity: CallerIdentity,
): RoleRequest {
  return {
    mfa: undefined,
    roleArn: arn,
    sessionName: sessionName ?? sessionNameOf(identity.arn),
    durationSeconds,
    ...(externalId === undefined ? {} : { externalId }),
  };
}

/** Keeps the session and its device for the next command. A full disk does not cost a session that is already open. */
async function keep(
  opening: Opening,
  credentials: TemporaryCredentials,
  deviceArn: string | undefined,
): Promise<void> {
  const { request, signIn, key } = opening;
  const { privateFiles, terminal } = signIn;
  try {
    if (request.cache !== 'off') {
      await privateFiles.write(cacheFile(opening, deviceArn), formatCached(credentials));
    }
    if (deviceArn !== undefined) {
      await privateFiles.write(rememberedPath(signIn, key), `${deviceArn}\n`);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    terminal.note(`cannot keep the session for the next command: ${reason}`);
  }
}

function cacheFile({ request, signIn, key }: Opening, deviceArn: string | undefined): string {
  const { role, durationSeconds } = request;
  const { accessKeyId } = key;
  return cachePath(signIn.files.cacheFolder, { accessKeyId, role, deviceArn, durationSeconds });
}

/** Names the file that remembers the device that a key used last. */
function rememberedPath({ files }: SignIn, { accessKeyId }: SigningKey): string {
  return `${files.stateFolder}/devices/${hashed(accessKeyId).slice(0, 32)}`;
}

async function recall(signIn: SignIn, key: SigningKey): Promise<string | undefined> {
  const text = (await signIn.privateFiles.read(rememberedPath(signIn, key)))?.trim();
  return text === '' ? undefined : text;
}
