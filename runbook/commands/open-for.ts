/** The options of `session`, `assume` and `exec`, and the one way in which they open a session. */
import type { Command } from 'commander';
import { normalizePrintedSerial } from '../../lib/record/names';
import type { TextRule } from '../../lib/record/rules';
import type { AccessKey } from '../aws/aws';
import type { SessionIssuer } from '../aws/session-issuer';
import { ROLE_LIMITS, readDuration, SESSION_LIMITS } from '../signin/duration';
import { openSession } from '../signin/open-session';
import { profileOwner } from '../signin/profile-owner';
import type { OpenSession } from '../signin/sign-in';
import { profileInUse, readSourceProfile } from '../signin/source-profile';
import type { CommandLine } from '../terminal/command-line';
import type { Terminal } from '../terminal/terminal';
import { awsSettings } from './open-ports';
import { type CommonOptions, parserOf, type Run, withCommonOptions } from './options';
import { stoppableAws } from './stoppable';

export interface SessionOptions extends CommonOptions {
  readonly duration?: string;
  readonly device?: string;
  readonly refresh: boolean;
  /** False with `--no-cache`. */
  readonly cache: boolean;
  readonly externalId?: string;
  readonly sessionName?: string;
}

/** A session lasts this long without `--duration`. */
export const SESSION_DURATION = '12h';
/** A session of a role lasts this long without `--duration`: every role allows it. */
export const ROLE_DURATION = '1h';

/** The SerialNumber of STS; an ARN must be that of an MFA device. */
const DEVICE_RULE: TextRule = {
  noun: 'device',
  pattern: /^(?:(?!arn:)|arn:aws[a-z0-9-]*:iam::\d{12}:(?:mfa|u2f|sms-mfa)\/)[\w+=/:,.@-]+$/,
  maxLength: 256,
  refusal: 'is not an MFA device',
  fix: 'give its ARN, the serial printed on the token, or the slot, such as primary',
};
/** Takes a serial as it is printed, in groups; neither an ARN nor a slot has a blank. */
function parseDevice(given: string): string {
  const serial = normalizePrintedSerial(given);
  const isInGroups = /\s/.test(given) && /^(?=.*\d)[A-Z0-9]{9,32}$/.test(serial);
  return parserOf(DEVICE_RULE)(isInGroups ? serial : given);
}

const ROLE_RULE: TextRule = {
  noun: 'role',
  pattern: /^arn:aws[a-z0-9-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  maxLength: 2_048,
  refusal: 'is not the ARN of a role',
  fix: 'write it like arn:aws:iam::111122223333:role/break-glass',
};
const EXTERNAL_ID_RULE: TextRule = {
  noun: 'external ID',
  pattern: /^[\w+=,.@:/-]{2,}$/,
  maxLength: 1_224,
  refusal: 'is not an external ID',
  fix: 'use 2 to 1,224 of: letters, digits, _ + = , . @ : / -',
};
const SESSION_NAME_RULE: TextRule = {
  noun: 'session name',
  pattern: /^[\w+=,.@-]{2,}$/,
  maxLength: 64,
  refusal: 'is not a session name',
  fix: 'use 2 to 64 of: letters, digits, _ + = , . @ -',
};

export const parseRole = parserOf(ROLE_RULE);

/** Adds the options of every session. @param usually how long it lasts without `--duration`, for the help */
export function withSessionOptions(command: Command, usually: string): Command {
  return withCommonOptions(
    command
      .option('--duration <time>', `how long the session lasts: 900, 15m, 12h, 1h30m (default: ${usually})`)
      .option(
        '--device <device>',
        'ARN, printed serial or slot of the device whose code is asked for',
        parseDevice,
      )
      .option('--refresh', 'open a new session even if one is cached', false)
      .option('--no-cache', 'neither use nor keep a cached session'),
    '--fleet',
    '--reader',
    '--yes',
    '--trace-apdu',
  );
}

export function withRoleOptions(command: Command): Command {
  return command
    .option('--external-id <id>', 'external ID that the role requires', parserOf(EXTERNAL_ID_RULE))
    .option(
      '--session-name <name>',
      'name of the session in CloudTrail (default: your user name)',
      parserOf(SESSION_NAME_RULE),
    );
}

/** Opens the session that the options describe. @param to the role to assume, and who can be asked for a code */
export async function openFor(
  { host, line }: Run,
  options: SessionOptions,
  to: { readonly roleArn?: string | undefined; readonly terminal: Terminal; readonly canAsk: boolean },
): Promise<OpenSession> {
  const { roleArn, terminal, canAsk } = to;
  const { duration, device, cache, refresh, externalId, sessionName } = options;
  const role = roleArn === undefined ? undefined : { arn: roleArn, externalId, sessionName };
  const durationSeconds =
    role === undefined
      ? readDuration(duration ?? SESSION_DURATION, SESSION_LIMITS)
      : readDuration(duration ?? ROLE_DURATION, ROLE_LIMITS);
  const source = await readSourceProfile(profileInUse(options.profile, host.env), host.env, host.files);
  const own = awsSettings(host, options, terminal);
  const common = {
    terminal,
    canAsk,
    clock: host.clock,
    files: host.files,
    privateFiles: host.privateFiles,
    line,
  };
  function issuerWith(credentials: AccessKey): SessionIssuer {
    return stoppableAws(host.connectSessions({ ...own, credentials }), host);
  }
  const { env, signal } = host;
  const owner = profileOwner({ profile: options.profile, env, issuerWith, signal }, common);
  return openSession(
    {
      role,
      durationSeconds,
      device,
      profileDevice: source.device,
      cache: cache ? (refresh ? 'refresh' : 'use') : 'off',
      openLine: openLine(line, options, roleArn),
    },
    { ...common, issuer: stoppableAws(host.connectSessions({ ...own, owner }), host), issuerWith },
    signal,
  );
}

/** Makes the command that opens the same session and prints nothing of it. */
function openLine(line: CommandLine, options: SessionOptions, roleArn: string | undefined): CommandLine {
  function given(name: string, value: string | undefined): readonly string[] {
    return value === undefined ? [] : [name, value];
  }
  const command =
    roleArn === undefined
      ? ['session']
      : [
          ...['assume', roleArn],
          ...given('--external-id', options.externalId),
          ...given('--session-name', options.sessionName),
        ];
  const how = [...given('--duration', options.duration), ...given('--device', options.device)];
  return line.other(...command, ...how, '--output', 'none');
}

/** Says, for the `state:` line, whether a session that was opened but not used is cached. */
export function unusedSession({ cache }: SessionOptions): string {
  return cache ? 'the session is open and cached' : 'the session is open but not cached';
}
