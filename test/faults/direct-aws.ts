/**
 * The AWS port straight over the sandbox's operations: no HTTP, no SDK. It models the behavior of the SDK: five
 * attempts for what may pass, each in a turn of its own, and the error that the last one ended with.
 */
import type { RecordParameter } from '../../lib/record/pages';
import { toPasswordExpiry, toSummary } from '../../runbook/aws/account';
import {
  type AccountView,
  type AssignedDevice,
  type Aws,
  AwsFault,
  type ConsoleSignIn,
  type CreatedDevice,
  type DeviceSpecification,
  type VirtualDevice,
  type WayIn,
} from '../../runbook/aws/aws';
import { isDenied } from '../../runbook/aws/faults';
import type { AwsSettings } from '../../runbook/aws/session';
import { clockOffset } from '../../runbook/aws/sts';
import { Seed } from '../../runbook/seed';
import type { Credentials } from '../sandbox/caller';
import { AwsError, type JsonObject, type ServiceName } from '../sandbox/operation';
import type { Fault } from './fault';
import type { WayOut } from './outside';

/** As in the SDK's configuration; a call with codes is sent once. */
const ATTEMPTS = 5;
const WITH_CODES: ReadonlySet<string> = new Set(['EnableMFADevice', 'ResyncMFADevice']);

/** A slow answer takes this much longer than the SDK waits, milliseconds. */
const SLOW_MS = 25_000;

/** Longer than a pair of codes is believed, if the answer counts at all. */
export const LATE_MS = 50_000;

/** The errors that AWS answers with; other faults lose the answer. */
export const ANSWERS: Partial<Readonly<Record<Fault, AwsError>>> = {
  throttled: new AwsError('Throttling', 400, 'Rate exceeded'),
  'server-error': new AwsError('InternalFailure', 500, 'the fault plan says so'),
  denied: new AwsError('AccessDenied', 403, 'the fault plan says so'),
  busy: new AwsError('ConcurrentModification', 409, 'the fault plan says so'),
};

/** The connection broke: nobody knows the result of the call. */
class AnswerLost extends Error {}

/** Not AWS's answer: `answers.ts` recognizes it, and the SDK asks no second time. */
class AnswerForeign extends Error {}

const RETRIED: ReadonlySet<string> = new Set(['Throttling', 'ThrottlingException']);

function isRetried(error: unknown): boolean {
  return (
    error instanceof AnswerLost ||
    (error instanceof AwsError && (error.status >= 500 || RETRIED.has(error.code)))
  );
}

/** The parts of a connection. */
export interface DirectAwsParts {
  /** Calls the sandbox and takes note of what it did. */
  readonly serve: (
    credentials: Credentials,
    service: ServiceName,
    operation: string,
    input: JsonObject,
    region?: string,
  ) => Promise<JsonObject>;
  readonly credentials: Credentials;
  readonly outside: WayOut;
  /** The world's clock, unix milliseconds: AWS's `Date`. */
  readonly worldNow: () => number;
  /** Moves the world's clock. */
  readonly pass: (ms: number) => void;
  readonly settings: AwsSettings;
  /** The Regions whose sign-ins are looked up. @default us-east-1: everybody in the world of the faults signs in there */
  readonly signInRegions?: readonly string[];
}

/** AWS, in this process. Its methods stand by themselves, as those of the real one do. */
export function directAws(parts: DirectAwsParts): Aws {
  const aws = new DirectAws(parts);
  return {
    session: () => aws.session(),
    renewSession: () => aws.renewSession(),
    identity: () => aws.identity(),
    parametersBelow: (path) => aws.parametersBelow(path),
    parameter: (name) => aws.parameter(name),
    putParameter: (name, value) => aws.putParameter(name, value),
    devicesOf: (user) => aws.devicesOf(user),
    virtualDevices: () => aws.virtualDevices(),
    users: () => aws.users(),
    summary: () => aws.summary(),
    passwordExpiry: () => aws.passwordExpiry(),
    getDevice: (user, arn) => aws.getDevice(user, arn),
    accountAliases: () => aws.accountAliases(),
    consoleSignIns: (user, since) => aws.consoleSignIns(user, since),
    inAccount: (account, way) => aws.inAccount(account, way),
    deviceTags: (arn) => aws.deviceTags(arn),
    createDevice: (device) => aws.createDevice(device),
    deleteDevice: (arn) => aws.deleteDevice(arn),
    enableDevice: (user, arn, codes) => aws.enableDevice(user, arn, codes),
    resyncDevice: (user, arn, codes) => aws.resyncDevice(user, arn, codes),
    deactivateDevice: (user, arn) => aws.deactivateDevice(user, arn),
  };
}

class DirectAws implements Aws {
  readonly #parts: DirectAwsParts;

  public constructor(parts: DirectAwsParts) {
    this.#parts = parts;
  }

  public async session(): ReturnType<Aws['session']> {
    return { ...this.#parts.credentials, region: 'eu-central-1' };
  }

  /** Its credentials have no end. */
  public async renewSession(): Promise<void> {
    return undefined;
  }

  public async identity(): ReturnType<Aws['identity']> {
    const { settings, worldNow } = this.#parts;
    const { Account, Arn } = await this.#send('sts', 'GetCallerIdentity', {});
    const arn = String(Arn);
    const date = new Date(worldNow()).toUTCString();
    const offset = clockOffset(settings.now(), settings.now(), date);
    return { account: String(Account), arn, partition: arn.split(':')[1] ?? 'aws', clockOffsetMs: offset };
  }

  public async parametersBelow(path: string): Promise<readonly RecordParameter[]> {
    const pages = await this.#pages('ssm', 'GetParametersByPath', {
      Path: path,
      Recursive: true,
      MaxResults: 10,
    });
    return pages.flatMap((page) =>
      (page.Parameters as readonly { Name: string; Value: string }[]).map(({ Name, Value }) => ({
        name: Name,
        value: Value,
      })),
    );
  }

  public async parameter(name: string): Promise<string | undefined> {
    try {
      const { Parameter } = await this.#send('ssm', 'GetParameter', { Name: name });
      return (Parameter as { Value: string }).Value;
    } catch (error) {
      if (error instanceof AwsFault && error.code === 'ParameterNotFound') {
        return undefined;
      }
      throw error;
    }
  }

  public async putParameter(name: string, value: string): Promise<void> {
    await this.#send('ssm', 'PutParameter', { Name: name, Value: value, Type: 'String', Overwrite: true });
  }

  /** Lists those of a user, or of the root user that is calling. */
  public async devicesOf(user?: string): Promise<readonly AssignedDevice[]> {
    const pages = await this.#pages('iam', 'ListMFADevices', user === undefined ? {} : { UserName: user });
    return pages.flatMap((page) =>
      (page.MFADevices as readonly { SerialNumber: string; EnableDate: string }[]).map((device) => ({
        arn: device.SerialNumber,
        enabledAt: new Date(device.EnableDate),
      })),
    );
  }

  public async virtualDevices(): Promise<readonly VirtualDevice[]> {
    const pages = await this.#pages('iam', 'ListVirtualMFADevices', {
      AssignmentStatus: 'Any',
      MaxItems: 1000,
    });
    return pages.flatMap((page) =>
      (page.VirtualMFADevices as unknown as readonly ListedDevice[]).map(toVirtualDevice),
    );
  }

  public async users(): ReturnType<Aws['users']> {
    const pages = await this.#pages('iam', 'ListUsers', { MaxItems: 1000 });
    return pages.flatMap((page) =>
      (page.Users as readonly { UserName: string; Path: string; CreateDate: string }[]).map(
        ({ UserName, Path, CreateDate }) => ({
          name: UserName,
          path: Path,
          createdAt: new Date(CreateDate),
        }),
      ),
    );
  }

  public async summary(): ReturnType<Aws['summary']> {
    const { SummaryMap } = await this.#send('iam', 'GetAccountSummary', {});
    return toSummary(SummaryMap as Readonly<Record<string, number>>);
  }

  public async passwordExpiry(): ReturnType<Aws['passwordExpiry']> {
    try {
      const { PasswordPolicy } = await this.#send('iam', 'GetAccountPasswordPolicy', {});
      return toPasswordExpiry(PasswordPolicy as JsonObject);
    } catch (error) {
      if (error instanceof AwsFault && error.code === 'NoSuchEntity') {
        return undefined;
      }
      throw error;
    }
  }

  public async getDevice(user: string, arn: string): ReturnType<Aws['getDevice']> {
    try {
      const answer = await this.#send('iam', 'GetMFADevice', { UserName: user, SerialNumber: arn });
      const { EnableDate, Certifications } = answer as {
        EnableDate: string;
        Certifications: Readonly<Record<string, string>>;
      };
      return { arn, enabledAt: new Date(EnableDate), certifications: Certifications };
    } catch (error) {
      if (error instanceof AwsFault && error.code === 'NoSuchEntity') {
        return undefined;
      }
      throw error;
    }
  }

  public async accountAliases(): Promise<readonly string[]> {
    const { AccountAliases } = await this.#send('iam', 'ListAccountAliases', {});
    return AccountAliases as readonly string[];
  }

  /** As `sign-ins.ts`: a Region that a policy closes is named, and all of them closed are a refusal. */
  public async consoleSignIns(user: string, since: Date): ReturnType<Aws['consoleSignIns']> {
    const { signInRegions = [SIGN_IN_REGION] } = this.#parts;
    const input = {
      LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: user }],
      StartTime: since.getTime() / 1000,
    };
    const signIns: ConsoleSignIn[] = [];
    const denied = new Map<string, AwsFault>();
    for (const region of signInRegions) {
      try {
        const pages = await this.#pages('cloudtrail', 'LookupEvents', input, region);
        const events = pages.flatMap(({ Events }) => Events as unknown as readonly ListedEvent[]);
        signIns.push(...events.map((event) => toSignIn(event, region)));
      } catch (error) {
        if (!(error instanceof AwsFault) || !isDenied(error)) {
          throw error;
        }
        denied.set(region, error);
      }
    }
    const [first] = denied.values();
    if (first !== undefined && denied.size === signInRegions.length) {
      throw first;
    }
    return { signIns: signIns.sort((a, b) => +a.at - +b.at), deniedRegions: [...denied.keys()] };
  }

  public async inAccount(account: string, way: WayIn): Promise<AccountView> {
    const DurationSeconds = 900;
    const { Credentials: given } = await ('assumeRoot' in way
      ? this.#send('sts', 'AssumeRoot', {
          TargetPrincipal: account,
          TaskPolicyArn: { arn: 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials' },
          DurationSeconds,
        })
      : this.#send('sts', 'AssumeRole', {
          RoleArn: way.roleArn,
          RoleSessionName: 'mfa-runbook',
          DurationSeconds,
        }));
    const { AccessKeyId, SecretAccessKey, SessionToken } = given as Readonly<Record<string, string>>;
    const credentials = {
      accessKeyId: String(AccessKeyId),
      secretAccessKey: String(SecretAccessKey),
      sessionToken: String(SessionToken),
    };
    const there = new DirectAws({ ...this.#parts, credentials });
    return {
      virtualDevices: () => there.virtualDevices(),
      rootDevices: () => there.devicesOf(),
      rootHasCredentials: () => there.rootHasCredentials(),
      summary: () => there.summary(),
      accountAliases: () => there.accountAliases(),
      consoleSignIns: (user, since) => there.consoleSignIns(user, since),
    };
  }

  public async rootHasCredentials(): Promise<boolean> {
    try {
      await this.#send('iam', 'GetLoginProfile', {});
      return true;
    } catch (error) {
      if (!(error instanceof AwsFault) || error.code !== 'NoSuchEntity') {
        throw error;
      }
    }
    const { AccessKeyMetadata } = await this.#send('iam', 'ListAccessKeys', {});
    const { Certificates } = await this.#send('iam', 'ListSigningCertificates', {});
    return [AccessKeyMetadata, Certificates].some((found) => (found as readonly unknown[]).length > 0);
  }

  public async deviceTags(arn: string): Promise<Readonly<Record<string, string>>> {
    const { Tags } = await this.#send('iam', 'ListMFADeviceTags', { SerialNumber: arn });
    return Object.fromEntries(
      (Tags as readonly { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
    );
  }

  public async createDevice(device: DeviceSpecification): Promise<CreatedDevice> {
    const { VirtualMFADevice: created } = (await this.#send('iam', 'CreateVirtualMFADevice', {
      Path: device.path,
      VirtualMFADeviceName: device.name,
      Tags: Object.entries(device.tags).map(([Key, Value]) => ({ Key, Value })),
    })) as { VirtualMFADevice: { SerialNumber: string; Base32StringSeed: string } };
    const text = Uint8Array.from(Buffer.from(created.Base32StringSeed, 'base64'));
    return { arn: created.SerialNumber, seed: Seed.fromBase32(text) };
  }

  public async deleteDevice(arn: string): Promise<void> {
    await this.#send('iam', 'DeleteVirtualMFADevice', { SerialNumber: arn });
  }

  public async enableDevice(user: string, arn: string, codes: readonly [string, string]): Promise<void> {
    await this.#send('iam', 'EnableMFADevice', pairInput(user, arn, codes));
  }

  public async resyncDevice(user: string, arn: string, codes: readonly [string, string]): Promise<void> {
    await this.#send('iam', 'ResyncMFADevice', pairInput(user, arn, codes));
  }

  public async deactivateDevice(user: string, arn: string): Promise<void> {
    await this.#send('iam', 'DeactivateMFADevice', { UserName: user, SerialNumber: arn });
  }

  async #pages(
    service: 'iam' | 'ssm' | 'cloudtrail',
    operation: string,
    input: JsonObject,
    region?: string,
  ): Promise<readonly JsonObject[]> {
    const pages: JsonObject[] = [];
    for (let rest: JsonObject | undefined = {}; rest !== undefined; ) {
      const page: JsonObject = await this.#send(service, operation, { ...input, ...rest }, region);
      pages.push(page);
      const next = service === 'iam' ? page.Marker : page.NextToken;
      if (next === undefined) {
        rest = undefined;
      } else {
        rest = service === 'iam' ? { Marker: next } : { NextToken: next };
      }
    }
    return pages;
  }

  /** One call with its attempts. @throws AwsFault, as the SDK's errors become one */
  async #send(
    service: ServiceName,
    operation: string,
    input: JsonObject,
    region?: string,
  ): Promise<JsonObject> {
    const { outside, settings } = this.#parts;
    const call = [service, operation, input, region] as const;
    const action = `${service}:${operation}`;
    const attempts = WITH_CODES.has(operation) ? 1 : ATTEMPTS;
    let planned: Fault | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        const answer =
          attempt === 1
            ? await outside.call('aws', action, (fault) => {
                planned = fault;
                return this.#attempt(call, fault);
              })
            : await outside.again('aws', () =>
                this.#attempt(call, lastsBeyondFirst(planned) ? planned : undefined),
              );
        settings.onCall?.({ action, durationMs: 0, outcome: 'ok' });
        return answer;
      } catch (error) {
        if (isRetried(error) && attempt < attempts) {
          continue;
        }
        const fault = toFault(action, error, attempt);
        settings.onCall?.({ action, durationMs: 0, outcome: fault.code });
        throw fault;
      }
    }
  }

  async #attempt(
    call: readonly [ServiceName, string, JsonObject, string | undefined],
    fault: Fault | undefined,
  ): Promise<JsonObject> {
    const { serve, credentials, pass } = this.#parts;
    const answer = fault === undefined ? undefined : ANSWERS[fault];
    if (answer !== undefined) {
      throw answer;
    }
    if (fault === 'lost-before') {
      throw new AnswerLost('the connection broke');
    }
    if (fault === 'intercepted-before') {
      throw new AnswerForeign('an intermediary answered');
    }
    if (fault === 'late') {
      // A proxy holds the request back.
      pass(LATE_MS);
    }
    const served = serve(credentials, ...call);
    if (fault === 'intercepted-after') {
      await served.catch(() => undefined);
      throw new AnswerForeign('an intermediary answered');
    }
    if (fault !== 'lost-after' && fault !== 'lost-after-all' && fault !== 'slow') {
      return served;
    }
    // A refusal is lost as well as a result.
    await served.catch(() => undefined);
    if (fault === 'slow') {
      pass(SLOW_MS);
    }
    throw new AnswerLost('the answer was lost');
  }
}

/** Tells whether every attempt meets a fault, or only the first. */
export function lastsBeyondFirst(fault: Fault | undefined): boolean {
  return (
    fault === 'throttled' || fault === 'server-error' || fault === 'lost-before' || fault === 'lost-after-all'
  );
}

function pairInput(user: string, arn: string, codes: readonly [string, string]): JsonObject {
  return {
    UserName: user,
    SerialNumber: arn,
    AuthenticationCode1: codes[0],
    AuthenticationCode2: codes[1],
  };
}

/** Where sign-ins are recorded. */
const SIGN_IN_REGION = 'us-east-1';

interface ListedEvent {
  readonly EventId: string;
  readonly EventTime: number;
  readonly CloudTrailEvent: string;
}

function toSignIn({ EventId, EventTime, CloudTrailEvent }: ListedEvent, region: string): ConsoleSignIn {
  const { additionalEventData: more, responseElements: outcome } = JSON.parse(CloudTrailEvent) as {
    additionalEventData: { MFAUsed: string; MFAIdentifier?: string };
    responseElements: { ConsoleLogin: string };
  };
  return {
    eventId: EventId,
    region,
    at: new Date(EventTime * 1000),
    succeeded: outcome.ConsoleLogin === 'Success',
    usedMfa: more.MFAUsed === 'Yes',
    ...(more.MFAIdentifier === undefined ? {} : { device: more.MFAIdentifier }),
  };
}

interface ListedDevice {
  readonly SerialNumber: string;
  readonly User?: { readonly UserName?: string; readonly Arn: string };
  readonly EnableDate?: string;
}

function toVirtualDevice({
  SerialNumber: arn,
  User: user,
  EnableDate: enabledAt,
}: ListedDevice): VirtualDevice {
  return {
    arn,
    ...(user?.UserName === undefined ? {} : { user: user.UserName }),
    ...(user?.Arn.endsWith(':root') ? { isRoot: true } : {}),
    ...(enabledAt === undefined ? {} : { enabledAt: new Date(enabledAt) }),
  };
}

function toFault(action: string, error: unknown, attempts: number): AwsFault {
  if (error instanceof AwsError) {
    const wasRefused = error.status < 500 && attempts === 1;
    return new AwsFault(action, error.code.replace(/Exception$/, ''), error.message, { wasRefused });
  }
  if (error instanceof AnswerLost || error instanceof AnswerForeign) {
    return new AwsFault(action, 'no-answer', error.message);
  }
  throw error;
}
