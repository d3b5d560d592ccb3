/** `--output` and `--write-profile`: opens a session for `session` or `assume`, and hands it to other programs. */
import { type Command, Option } from 'commander';
import type { TextRule } from '../../lib/record/rules';
import { explain } from '../ceremony/explain';
import { RunbookError } from '../runbook-error';
import { checkWritable, LongTermKeyError, writeProfile } from '../signin/shared-files';
import type { OpenSession } from '../signin/sign-in';
import { credentialsFile, profileInUse } from '../signin/source-profile';
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
  await checkTarget(options.writeProfile, host);
  const terminal = openTerminal(host, options);
  const canAsk = host.live || options.output !== 'credential-process';
  const session = await openFor(run, options, { roleArn, terminal, canAsk });
  try {
    // It may have been stopped while AWS answered.
    host.signal.throwIfAborted();
    await handOut(session, options, { host, terminal });
  } catch (error) {
    throw explain(error, line).withState(`${unusedSession(options)}, it was not handed out`);
  }
}

/** Refuses to overwrite a long-term key, before a code is used up. */
async function checkTarget(name: string | undefined, { env, files }: Host): Promise<void> {
  if (name === undefined) {
    return;
  }
  const path = credentialsFile(env);
  try {
    checkWritable((await files.read(path)) ?? '', name);
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

async function handOut(
  session: OpenSession,
  { writeProfile: target, output = target === undefined ? 'env' : 'none', profile }: OutputOptions,
  { host: { env, files }, terminal }: { readonly host: Host; readonly terminal: Terminal },
): Promise<void> {
  const { credentials, from, region, deviceArn } = session;
  const until = formatExpiry(credentials.expiresAt);
  terminal.say(`${from === 'cache' ? 'the cached session' : 'a new session'}, until ${until}`);
  if (target !== undefined) {
    const path = credentialsFile(env);
    await files.write(path, writeProfile((await files.read(path)) ?? '', target, credentials), 0o600);
    terminal.say(
      `profile ${target} of ${path} holds the session: \`aws --profile ${target} sts get-caller-identity\``,
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
  const name = target ?? `${profileInUse(profile, env) ?? 'session'}-mfa`;
  const text = formatSession(output, name, session);
  if (text !== undefined) {
    terminal.data(text);
  }
}
