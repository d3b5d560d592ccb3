/** `--output` and `--write-profile`: opens a session for `session` or `assume`, and hands it to other programs. */
import { type Command, Option } from 'commander';
import type { TextRule } from '../../lib/record/rules';
import type { TemporaryCredentials } from '../aws/session-issuer';
import { profileOfSdk } from '../aws/shared-config';
import { RunbookError } from '../runbook-error';
import { explainSession } from '../signin/session-errors';
import { checkWritable, editCredentials, ProfileKeptError } from '../signin/shared-files';
import { configFile, credentialsFile, readSharedTexts } from '../signin/shared-texts';
import type { OpenSession } from '../signin/sign-in';
import { profileInUse } from '../signin/source-profile';
import type { Terminal } from '../terminal/terminal';
import { formatExpiry, formatSession, OUTPUTS, type Output } from './credential-output';
import type { Host } from './host';
import { openFor, type SessionOptions, unusedSession } from './open-for';
import { openTerminal } from './open-ports';
import { parserOf, type Run } from './options';

export interface OutputOptions extends SessionOptions {
  readonly output?: Output;
  readonly writeProfile?: string;
}

const PRIVATE = 0o600;

/** Stricter than for profiles that exist: it becomes a header of a file. */
const NEW_PROFILE_RULE: TextRule = {
  noun: 'profile',
  pattern: /^[\w.@+-]+$/,
  maxLength: 64,
  refusal: 'is not a name for a profile',
  fix: 'use 1 to 64 letters, digits and . _ - @ +',
};

export function withOutputOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--output <format>',
        'format in which the session is printed (default: env; with --write-profile: none)',
      )
        .choices(OUTPUTS)
        .conflicts('json'),
    )
    .option(
      '--write-profile <name>',
      'write the session to ~/.aws/credentials as this profile',
      parserOf(NEW_PROFILE_RULE),
    );
}

/**
 * Opens a session and hands it out.
 *
 * @throws RunbookError whose state says what happened to the session
 */
export async function openAndHandOut(run: Run, options: OutputOptions, roleArn?: string): Promise<void> {
  const { host, line } = run;
  await checkTarget(options.writeProfile, run);
  const terminal = openTerminal(host, options);
  const canAsk = host.live || options.output !== 'credential-process';
  const session = await openFor(run, options, { roleArn, terminal, canAsk });
  try {
    // It may have been stopped while AWS answered.
    host.signal.throwIfAborted();
    await handOut(session, options, { host, terminal });
  } catch (error) {
    throw explainSession(error, line).withState(`${unusedSession(options)}, it was not handed out`);
  }
}

/** Refuses to overwrite a long-term key, before a code is used up. */
async function checkTarget(name: string | undefined, { host: { env, files }, line }: Run): Promise<void> {
  if (name === undefined) {
    return;
  }
  try {
    checkWritable(await readSharedTexts(env, files), name);
    // Changes nothing: it shows that the file can be edited.
    await files.edit(credentialsFile(env), async (bytes) => bytes, PRIVATE);
  } catch (error) {
    throw explainSession(explainKept(error, env), line).withState(
      'no session was opened, no code was sent, the file is as before',
    );
  }
}

function explainKept(error: unknown, env: Host['env']): unknown {
  if (!(error instanceof ProfileKeptError)) {
    return error;
  }
  const path = error.file === 'config' ? configFile(env) : credentialsFile(env);
  return new RunbookError('session/profile-kept', `profile ${error.profile} of ${path} ${error.reason}`, {
    hints: [`pass --write-profile with another name, such as ${error.profile}-mfa`],
    cause: error,
  });
}

/** Writes the session as a profile, once the SDK reads the same in what will be written. */
async function writeProfile(
  name: string,
  credentials: TemporaryCredentials,
  { env, files }: Host,
): Promise<void> {
  const { config } = await readSharedTexts(env, files);
  try {
    await files.edit(
      credentialsFile(env),
      async (bytes) => {
        const edited = editCredentials(bytes, name, credentials);
        const found = await profileOfSdk({ config, credentials: Buffer.from(edited).toString('utf8') }, name);
        if (
          found?.aws_access_key_id !== credentials.accessKeyId ||
          found.aws_secret_access_key !== credentials.secretAccessKey ||
          found.aws_session_token !== credentials.sessionToken
        ) {
          throw new ProfileKeptError(name, 'would not be read as it is written', 'credentials');
        }
        return edited;
      },
      PRIVATE,
    );
  } catch (error) {
    throw explainKept(error, env);
  }
}

async function handOut(
  session: OpenSession,
  { writeProfile: target, output = target === undefined ? 'env' : 'none', profile }: OutputOptions,
  { host, terminal }: { readonly host: Host; readonly terminal: Terminal },
): Promise<void> {
  const { credentials, from, region, deviceArn } = session;
  const until = formatExpiry(credentials.expiresAt);
  terminal.say(`${from === 'cache' ? 'the cached session' : 'a new session'}, until ${until}`);
  if (target !== undefined) {
    await writeProfile(target, credentials, host);
    terminal.say(
      `profile ${target} of ${credentialsFile(host.env)} holds the session: \`aws --profile ${target} sts get-caller-identity\``,
    );
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  terminal.event('session', {
    from,
    device: deviceArn,
    expiresAt: until,
    region,
    ...(output === 'none' ? {} : { accessKeyId, secretAccessKey, sessionToken }),
  });
  const name = target ?? `${profileInUse(profile, host.env) ?? 'session'}-mfa`;
  const text = formatSession(output, name, session);
  if (text !== undefined) {
    terminal.data(text);
  }
}
