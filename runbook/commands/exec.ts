/** `mfa-runbook exec -- COMMAND` */
import type { Command } from 'commander';
import { explain } from '../ceremony/explain';
import { RunbookError } from '../runbook-error';
import { childEnvironment } from './credential-output';
import {
  openFor,
  parseRole,
  ROLE_DURATION,
  SESSION_DURATION,
  type SessionOptions,
  unusedSession,
  withRoleOptions,
  withSessionOptions,
} from './open-for';
import { openTerminal } from './open-ports';
import { type Run, withExamples } from './options';

interface ExecOptions extends SessionOptions {
  readonly role?: string;
}

export function addExec(program: Command, run: Run): void {
  const { host } = run;
  const command = program
    .command('exec')
    .summary('run a program with a session in its environment')
    .description(
      'Opens a session (or assumes a role), and runs a program with it in its environment. The program uses this terminal and gets its signals, and its exit code becomes the exit code of this command. The MFA code is asked for first, on the terminal.',
    )
    .argument('<command>', 'the program')
    .argument('[args...]', 'its arguments')
    .usage('[options] -- <command> [args...]')
    .option('--role <arn>', 'assume this role', parseRole);
  withExamples(
    command,
    'mfa-runbook exec --profile alice -- aws s3 ls',
    'mfa-runbook exec --role arn:aws:iam::111122223333:role/break-glass -- npx cdk deploy',
  );
  withRoleOptions(withSessionOptions(command, `${SESSION_DURATION}, of a role ${ROLE_DURATION}`)).action(
    async (name: string, args: readonly string[], options: ExecOptions) => {
      const session = await openFor(run, options, {
        roleArn: options.role,
        terminal: openTerminal(host, options),
        // Without a terminal the input belongs to the program, to its last byte.
        canAsk: host.live,
      });
      const state = `${unusedSession(options)}, the program did not run`;
      // It may have been stopped while AWS answered.
      if (host.signal.aborted) {
        throw explain(host.signal.reason, run.line).withState(state);
      }
      try {
        run.exitWith(await host.spawn(name, args, childEnvironment(host.env, session)));
      } catch (error) {
        throw cannotRun(name, error, state);
      }
    },
  );
}

function cannotRun(name: string, cause: unknown, state: string): RunbookError {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : cause;
  return new RunbookError('session/no-program', `cannot run ${name} (${code})`, {
    hints: ['check that it is installed, on PATH and executable'],
    state,
    cause,
  });
}
