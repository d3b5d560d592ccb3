/** `mfa-runbook exec -- COMMAND` */
import type { Command } from 'commander';
import { explain } from '../ceremony/explain';
import { RunbookError } from '../runbook-error';
import { ROLE_LIMITS, readDuration, SESSION_LIMITS } from '../signin/duration';
import { openSession } from '../signin/open-session';
import type { OpenSession } from '../signin/ports';
import { profileInUse, readSourceProfile } from '../signin/source-profile';
import {
  assumeCommand,
  formatRoleOptions,
  ROLE_DURATION,
  type RoleOptions,
  readRole,
  withRoleOptions,
} from './assume';
import { childEnvironment } from './credential-output';
import type { Host } from './host';
import { formatOptions, quoted } from './options';
import { SESSION_DURATION, sessionCommand } from './session';
import {
  cacheUse,
  formatCacheOptions,
  formatSessionOptions,
  type SessionOptions,
  sessionWorld,
  unusedSession,
  withSessionOptions,
} from './session-options';

interface ExecOptions extends SessionOptions, RoleOptions {
  readonly role?: string;
}

/**
 * Adds the command.
 *
 * @param onExit told of the program's exit code, which is to be ours
 */
export function addExec(program: Command, host: Host, onExit: (exitCode: number) => void): void {
  const command = program
    .command('exec')
    .summary('run a program with a session in its environment')
    .description(
      [
        'Opens a session (or assumes a role), and runs a program with it in its environment. Its input and output are',
        'its own, signals reach it, and its exit code is handed on. The code is asked for on a terminal, before.',
      ].join('\n'),
    )
    .argument('<command>', 'the program')
    .argument('[args...]', 'its arguments')
    .usage('[options] -- <command> [args...]')
    .option('--role <arn>', 'assume this role')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ mfa-runbook exec --profile alice -- aws s3 ls',
        '  $ mfa-runbook exec --role arn:aws:iam::111122223333:role/break-glass -- npx cdk deploy',
      ].join('\n'),
    );
  withRoleOptions(withSessionOptions(command, `${SESSION_DURATION}, of a role ${ROLE_DURATION}`)).action(
    async (name: string, args: readonly string[], options: ExecOptions) => {
      const program = [name, ...args];
      const command = commandLine(options, program);
      const session = await sessionFor(host, options, command);
      onExit(await runWith(host, { session, options, command }, program));
    },
  );
}

function commandLine(options: ExecOptions, program: readonly string[]): string {
  return [
    'mfa-runbook exec',
    options.role === undefined ? '' : ` --role ${options.role}`,
    formatRoleOptions(options),
    formatSessionOptions(options),
    formatCacheOptions(options),
    formatOptions(options),
    ` -- ${program.map(quoted).join(' ')}`,
  ].join('');
}

async function sessionFor(host: Host, options: ExecOptions, command: string): Promise<OpenSession> {
  const role = options.role === undefined ? undefined : readRole(options.role, options);
  const usual = role === undefined ? SESSION_DURATION : ROLE_DURATION;
  const durationSeconds = readDuration(
    options.duration ?? usual,
    role === undefined ? SESSION_LIMITS : ROLE_LIMITS,
  );
  const source = await readSourceProfile(profileInUse(options.profile, host.env), host.env, host.files);
  return openSession(
    {
      role,
      durationSeconds,
      device: options.device,
      profileDevice: source.device,
      cache: cacheUse(options),
      command,
      openCommand: role === undefined ? sessionCommand(options) : assumeCommand(role.arn, options),
    },
    // Without a terminal the input belongs to the program, to its last byte.
    sessionWorld(host, options, host.live),
    host.signal,
  );
}

/** What a program is run with. */
interface Running {
  readonly session: OpenSession;
  readonly options: ExecOptions;
  /** The command line, for hints. */
  readonly command: string;
}

async function runWith(
  host: Host,
  { session, options, command }: Running,
  [name = '', ...args]: readonly string[],
): Promise<number> {
  const state = `${unusedSession(options)}, the program did not run`;
  // Stopped while AWS answered.
  if (host.signal.aborted) {
    throw explain(host.signal.reason, { command }).withState(state);
  }
  try {
    return await host.spawn(name, args, childEnvironment(host.env, session));
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
    throw new RunbookError('session/no-program', `${name} cannot be run (${code})`, {
      hints: ['look whether it is installed, on PATH and executable'],
      state,
      cause: error,
    });
  }
}
