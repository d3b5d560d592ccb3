/** Opens a person's session: from the cache, or with a code. */
import { createHash } from 'node:crypto';
import { AwsFault, type CallerIdentity } from '../aws/aws';
import { isDenied } from '../aws/faults';
import type { MfaFactor, SigningKey, TemporaryCredentials } from '../aws/session-issuer';
import { CHAINED_LIMITS, checkDuration, formatDuration } from './duration';
import { chooseDevice, type DeviceSources, deviceKnownLocally, listOwnDevices } from './own-device';
import type { OpenSession, SessionRequest, SessionWorld } from './ports';
import { type CacheKey, cachePath, formatCached, isFresh, parseCached } from './session-cache';
import {
  explainSession,
  nobodyToAsk,
  otherPartition,
  roleRefused,
  temporaryCaller,
  tooLongForRole,
} from './session-errors';
import { SentCodes, submitCode } from './submit-code';

const PRIVATE = 0o600;
/** The session that only proves a code lasts as short as AWS allows. */
const PROOF_SECONDS = 900;

/** What a run knows once it has looked around on this machine. */
interface Start {
  readonly request: SessionRequest;
  readonly world: SessionWorld;
  readonly key: SigningKey;
  readonly sources: DeviceSources;
  readonly signal: AbortSignal;
}

/**
 * Opens the session that is asked for.
 *
 * @throws RunbookError whose state says how many codes are used up
 */
export async function openSession(
  request: SessionRequest,
  world: SessionWorld,
  signal: AbortSignal,
): Promise<OpenSession> {
  const sent = new SentCodes();
  try {
    return await open(request, world, sent, signal);
  } catch (error) {
    throw explainSession(error, request.command).withState(describe(sent));
  }
}

function describe({ count }: SentCodes): string {
  return count === 0
    ? 'no session was opened, no code was sent'
    : `no session was opened, ${count} ${count === 1 ? 'code was sent and is' : 'codes were sent and are'} used up`;
}

async function open(
  request: SessionRequest,
  world: SessionWorld,
  sent: SentCodes,
  signal: AbortSignal,
): Promise<OpenSession> {
  signal.throwIfAborted();
  const key = await world.issuer.signingKey();
  if (request.role === undefined && key.isTemporary) {
    throw temporaryCaller(key.accessKeyId);
  }
  const sources: DeviceSources = {
    wanted: request.device,
    profileDevice: request.profileDevice,
    remembered: await recall(world, key),
    command: request.command,
  };
  const start: Start = { request, world, key, sources, signal };
  return (await findCached(start)) ?? (await issue(start, sent));
}

/** A session that was opened before and lasts long enough. */
async function findCached({ request, world, key, sources }: Start): Promise<OpenSession | undefined> {
  if (request.cache !== 'use') {
    return undefined;
  }
  const deviceArn = key.isTemporary ? undefined : deviceKnownLocally(sources);
  if (!key.isTemporary && deviceArn === undefined) {
    return undefined;
  }
  const path = cachePath(world.files.cacheFolder, cacheKey(request, key, deviceArn));
  const text = await world.privateFiles.read(path);
  const credentials = text === undefined ? undefined : parseCached(text);
  if (credentials === undefined || !isFresh(credentials, world.clock.now())) {
    return undefined;
  }
  return { credentials, from: 'cache', region: key.region, deviceArn };
}

async function issue(start: Start, sent: SentCodes): Promise<OpenSession> {
  const { request, world, key, sources, signal } = start;
  if (!key.isTemporary && !world.canAsk) {
    throw nobodyToAsk(request.openCommand);
  }
  const identity = await world.issuer.identity();
  checkRole(request, identity);
  if (key.isTemporary) {
    const credentials = await assumeFromSession(start, identity);
    await keep(start, credentials, undefined);
    return { credentials, from: 'aws', region: key.region, deviceArn: undefined };
  }
  const listed = await listOwnDevices(world.issuer);
  const device = await chooseDevice(sources, listed, world.terminal, signal);
  const credentials = await submitCode(
    {
      device,
      callerArn: identity.arn,
      clockOffsetMs: identity.clockOffsetMs ?? 0,
      send: (mfa, refused) => send(start, identity, mfa, refused),
      ...(request.role === undefined
        ? {}
        : { doubt: 'AWS refused the code or the role, and does not say which: the next code will tell' }),
      sent,
    },
    world,
    signal,
  );
  await keep(start, credentials, device.arn);
  return { credentials, from: 'aws', region: key.region, deviceArn: device.arn };
}

/** What cannot work is refused before a code is asked for. */
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

/** One call with one code. After a refusal, a role's code is proved by itself first: that tells code from role. */
async function send(
  { request, world }: Start,
  identity: CallerIdentity,
  mfa: MfaFactor,
  refused: number,
): Promise<TemporaryCredentials> {
  const { role, durationSeconds } = request;
  if (role === undefined) {
    return world.issuer.sessionToken({ mfa, durationSeconds });
  }
  const wanted = roleCall(request, role, identity);
  if (refused === 0) {
    return explainDuration(request, world.issuer.assumeRole({ ...wanted, mfa }));
  }
  const proof = await world.issuer.sessionToken({ mfa, durationSeconds: PROOF_SECONDS });
  const proven = world.issuerWith(proof);
  return explainRefusal(
    request,
    identity,
    explainDuration(request, proven.assumeRole({ ...wanted, mfa: undefined })),
  );
}

/** A role from a session, which has MFA of its own or none at all. */
async function assumeFromSession(
  { request, world }: Start,
  identity: CallerIdentity,
): Promise<TemporaryCredentials> {
  const { role } = request;
  if (role === undefined) {
    throw temporaryCaller(identity.arn);
  }
  const call = world.issuer.assumeRole({ ...roleCall(request, role, identity), mfa: undefined });
  return explainRefusal(request, identity, explainDuration(request, call));
}

function roleCall(
  { durationSeconds }: SessionRequest,
  role: NonNullable<SessionRequest['role']>,
  identity: CallerIdentity,
) {
  return {
    roleArn: role.arn,
    sessionName: role.sessionName ?? sessionNameOf(identity.arn),
    durationSeconds,
    ...(role.externalId === undefined ? {} : { externalId: role.externalId }),
  };
}

/** The user's name, so that CloudTrail tells who it was: the last part of the ARN as STS takes it. */
export function sessionNameOf(callerArn: string): string {
  const name = callerArn.slice(callerArn.search(/[/:][^/:]*$/) + 1).replace(/[^\w+=,.@-]/g, '-');
  return name.length < 2 ? `${name}-session` : name.slice(0, 64);
}

async function explainDuration<T>({ role, durationSeconds }: SessionRequest, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (role === undefined || !(error instanceof AwsFault)) {
      throw error;
    }
    // All else that STS validates was validated here, before the call.
    if (error.code !== 'ValidationError' && error.code !== 'Validation') {
      throw error;
    }
    throw tooLongForRole(role.arn, formatDuration(durationSeconds), error);
  }
}

async function explainRefusal<T>(
  { role }: SessionRequest,
  identity: CallerIdentity,
  call: Promise<T>,
): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (role === undefined || !(error instanceof AwsFault) || !isDenied(error)) {
      throw error;
    }
    throw roleRefused(role.arn, identity.arn, error);
  }
}

/** Keeps the session and its device for the next command. A full disk does not cost a session that is open already. */
async function keep(
  { request, world, key }: Start,
  credentials: TemporaryCredentials,
  deviceArn: string | undefined,
): Promise<void> {
  try {
    if (request.cache !== 'off') {
      const path = cachePath(world.files.cacheFolder, cacheKey(request, key, deviceArn));
      await world.files.write(path, formatCached(credentials), PRIVATE);
    }
    if (deviceArn !== undefined) {
      await world.files.write(rememberedPath(world, key), `${deviceArn}\n`, PRIVATE);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    world.terminal.note(`the session could not be kept for the next command: ${reason}`);
  }
}

function cacheKey(
  { role, durationSeconds }: SessionRequest,
  { accessKeyId }: SigningKey,
  deviceArn: string | undefined,
): CacheKey {
  return {
    accessKeyId,
    roleArn: role?.arn,
    externalId: role?.externalId,
    sessionName: role?.sessionName,
    deviceArn,
    durationSeconds,
  };
}

/** The file that remembers which device a key used last. */
function rememberedPath({ files }: SessionWorld, { accessKeyId }: SigningKey): string {
  const name = createHash('sha256').update(accessKeyId, 'utf8').digest('hex').slice(0, 32);
  return `${files.stateFolder}/devices/${name}`;
}

async function recall(world: SessionWorld, key: SigningKey): Promise<string | undefined> {
  const text = (await world.privateFiles.read(rememberedPath(world, key)))?.trim();
  return text === undefined || text === '' ? undefined : text;
}
