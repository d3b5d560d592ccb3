/** The command line: `check`, its options and its exit code. */
import { Command, CommanderError, Option } from 'commander';
import { checkTemplates } from '../checks/check-templates';
import { type Documents, readDocuments, UnreadableError } from './documents';
import { type Report, reportOf, showJson, showText } from './report';
import { showSarif } from './sarif';

/** The streams of the process. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

interface Options {
  readonly json?: boolean;
  readonly sarif?: boolean;
}

/** The exit codes: nothing that fails, an error was found, the command was not understood. */
const EXIT = { fine: 0, found: 1, usage: 2 } as const;

/** Runs the command and returns its exit code. @param args without the program */
export function runCommand(args: readonly string[], output: Output): number {
  let code: number = EXIT.fine;
  const program = programFor(output, (files, options) => {
    code = check(files, options, output);
  });
  try {
    program.parse([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    }
    if (error instanceof UnreadableError) {
      output.err(`cdk-mfa-guardrails: error: ${error.message}\n`);
      return EXIT.usage;
    }
    throw error;
  }
}

function programFor(output: Output, run: (files: string[], options: Options) => void): Command {
  const program = new Command('cdk-mfa-guardrails')
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: output.err });
  program
    .command('check')
    .description('find what MFA does not guard in templates and policies')
    .argument(
      '<file...>',
      'templates (JSON or YAML), cdk.out, policy documents, output of `aws iam get-account-authorization-details`, or folders of them',
    )
    .addOption(new Option('--json', 'print one JSON object').conflicts('sarif'))
    .addOption(new Option('--sarif', 'print SARIF 2.1.0, for code scanning'))
    .addHelpText(
      'after',
      '\nExit codes: 0 no error was found, 1 an error was found, 2 wrong usage or an unreadable file.',
    )
    .action(run)
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: output.err });
  return program;
}

function check(files: readonly string[], options: Options, { out }: Output): number {
  const documents: Documents = readDocuments(files);
  const report: Report = reportOf(documents, checkTemplates(documents.templates));
  out(options.sarif ? showSarif(report) : options.json ? showJson(report) : showText(report));
  return report.findings.some(({ severity }) => severity === 'error') ? EXIT.found : EXIT.fine;
}
