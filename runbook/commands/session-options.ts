/** The options of the commands that open a person's own session, and the world they open it in. */
import { type Command, Option } from 'commander';
import { explain } from '../ceremony/explain';
import { RunbookError } from '../runbook-error';
import type { CacheUse, OpenSession, SessionWorld } from '../signin/ports';
import { checkWritable, LongTermKeyError, writeProfile } from '../signin/shared-files';
import { credentialsFile, profileInUse } from '../signin/source-profile';
import { formatExpiry, formatSession, OUTPUTS, type Output } from './credential-output';
import type { Host } from './host';
import { type CommonOptions, quoted, withCommonOptions } from './options';
import { awsSettings, openTerminal } from './session-ports';

/** What the options of every session parse to. */
export interface SessionOptions extends CommonOptions {
  readonly duration?: string;
  readonly device?: string;
  readonly refresh: boolean;
  /** `--no-cache` makes it false. */
  readonly cache: boolean;
}

/** What the options of a session that is handed out parse to. */
export interface OutputOptions extends SessionOptions {
  readonly output?: Output;
  readonly writeProfile?: string;
}

/** Adds what every session takes. @param usually how long it lasts without `--duration`, for the help */
export function withSessionOptions(command: Command, usually: string): Command {
  return withCommonOptions(
    command
      .option('--duration <time>', `how long the session lasts: 900, 15m, 12h, 1h30m (default: ${usually})`)
      .option('--device <device>', 'ARN, printed serial or slot of the device whose code is asked for')
      .option('--refresh', 'open a new session though one is cached', false)
      .option('--no-cache', 'neither use nor keep a cached session'),
  );
}

/** Adds how the session is handed out. */
export function withOutputOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--output <format>',
        'how the session is printed (default: env, or none with --write-profile)',
      )
        .choices(OUTPUTS)
        .conflicts('json'),
    )
    .option('--write-profile <name>', 'write the session into ~/.aws/credentials as this profile');
}

/** What the cache is good for, as the options say. */
export function cacheUse({ cache, refresh }: SessionOptions): CacheUse {
  if (!cache) {
    return 'off';
  }
  return refresh ? 'refresh' : 'use';
}

/** The session's options as the person gave them, for a command line in a hint. */
export function formatSessionOptions({ duration, device }: SessionOptions): string {
  return [
    duration === undefined ? '' : ` --duration ${duration}`,
    device === undefined ? '' : ` --device ${quoted(device)}`,
  ].join('');
}

/** What the person wants of the cache, for a command line in a hint. */
export function formatCacheOptions({ refresh, cache }: SessionOptions): string {
  return `${refresh ? ' --refresh' : ''}${cache ? '' : ' --no-cache'}`;
}

/** How the session is handed out, as the person gave it, for a command line in a hint. */
export function formatOutputOptions({ output, writeProfile: target }: OutputOptions): string {
  return [
    output === undefined ? '' : ` --output ${output}`,
    target === undefined ? '' : ` --write-profile ${target}`,
  ].join('');
}

/** The world of a session. @param canAsk somebody can be asked for a code */
export function sessionWorld(host: Host, options: SessionOptions, canAsk: boolean): SessionWorld {
  const terminal = openTerminal(host, options);
  const settings = awsSettings(host, options, terminal);
  return {
    issuer: host.connectSessions(settings),
    issuerWith: (credentials) => host.connectSessions({ ...settings, credentials }),
    terminal,
    canAsk,
    clock: host.clock,
    files: host.files,
    privateFiles: host.privateFiles,
  };
}

const NAME = /^[\w.@+-]{1,64}$/;

/**
 * Refuses a profile that must not be written, before a code is spent on it.
 *
 * @throws RunbookError `usage`, `session/profile-kept`
 */
export async function checkTarget(name: string | undefined, host: Host): Promise<void> {
  if (name === undefined) {
    return;
  }
  if (!NAME.test(name)) {
    throw new RunbookError('usage', `"${name}" is not a name for a profile`, {
      hints: ['use letters, digits and . _ - @ +'],
      exitCode: 2,
    });
  }
  const path = credentialsFile(host.env);
  try {
    checkWritable((await host.files.read(path)) ?? '', name);
  } catch (error) {
    if (!(error instanceof LongTermKeyError)) {
      throw error;
    }
    throw new RunbookError(
      'session/profile-kept',
      `profile ${name} of ${path} holds a long-term access key`,
      {
        hints: [`pass --write-profile with another name, such as ${name}-mfa`],
        state: 'no session was opened, no code was sent, the file is as before',
        cause: error,
      },
    );
  }
}

/** What became of a session that is open and that nothing was done with, for the `state:` line. */
export function unusedSession({ cache }: SessionOptions): string {
  return cache ? 'the session is open and cached' : 'the session is open and kept nowhere';
}

/** What is handed out, and how. */
interface Handing {
  readonly session: OpenSession;
  readonly options: OutputOptions;
  /** The command line, for hints. */
  readonly command: string;
}

/**
 * Prints the session, and writes it where it was asked for.
 *
 * @throws RunbookError whose state says what became of the session
 */
export async function handOut(handing: Handing, host: Host, world: SessionWorld): Promise<void> {
  try {
    // Stopped while AWS answered.
    host.signal.throwIfAborted();
    await give(handing, host, world);
  } catch (error) {
    const failure = explain(error, { command: handing.command });
    throw failure.withState(`${unusedSession(handing.options)}, it was not handed out`);
  }
}

async function give({ session, options }: Handing, host: Host, { terminal }: SessionWorld): Promise<void> {
  const until = formatExpiry(session.credentials.expiresAt);
  terminal.say(`${session.from === 'cache' ? 'a session opened before' : 'a new session'}, until ${until}`);
  const target = options.writeProfile;
  if (target !== undefined) {
    const path = credentialsFile(host.env);
    await host.files.write(
      path,
      writeProfile((await host.files.read(path)) ?? '', target, session.credentials),
      0o600,
    );
    terminal.say(
      `profile ${target} of ${path} holds it: \`aws --profile ${target} sts get-caller-identity\``,
    );
  }
  const output = options.output ?? (target === undefined ? 'env' : 'none');
  const { accessKeyId, secretAccessKey, sessionToken } = session.credentials;
  terminal.event('session', {
    from: session.from,
    device: session.deviceArn,
    expiresAt: until,
    region: session.region,
    ...(output === 'none' ? {} : { accessKeyId, secretAccessKey, sessionToken }),
  });
  const name = target ?? `${profileInUse(options.profile, host.env) ?? 'session'}-mfa`;
  const text = formatSession(output, name, session);
  if (text !== undefined) {
    terminal.data(text);
  }
}
