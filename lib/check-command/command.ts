/** The command line: `check`, its options and its exit code. */
import { parseArgs } from 'node:util';
import { checkTemplates } from '../checks/check-templates';
import { VERSION } from '../checks/version';
import { printable } from '../record/rules';
import { readDocuments, UnreadableError } from './documents';
import { reportOf, showJson, showText } from './report';
import { showSarif } from './sarif';

/** The streams of the process. */
interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** The exit codes: nothing that fails, an error was found, there was nothing to run. */
const EXIT = { fine: 0, found: 1, usage: 2 } as const;

const HELP = `Usage: cdk-mfa-guardrails check [--json | --sarif] FILE|FOLDER...

Find what MFA does not guard in templates and policies.

It reads CloudFormation and SAM templates in JSON and YAML, cdk.out, policy documents, the output of
\`aws iam get-account-authorization-details\`, and folders of them.

Options:
  --json      print one JSON object
  --sarif     print SARIF 2.1.0, for code scanning
  --version   print the version
  -h, --help  print this help

Exit codes: 0 no error was found, 1 an error was found, 2 wrong usage, an unreadable file, or nothing to judge.
`;

class UsageError extends Error {}

/** Runs the command and returns its exit code. @param args without the program */
export function runCommand(args: readonly string[], output: Output): number {
  try {
    return run(args, output);
  } catch (error) {
    if (error instanceof UsageError || error instanceof UnreadableError) {
      output.err(`cdk-mfa-guardrails: error: ${printable(error.message)}\n`);
      output.err('cdk-mfa-guardrails: hint: `cdk-mfa-guardrails --help` lists what it takes\n');
      return EXIT.usage;
    }
    throw error;
  }
}

function run(args: readonly string[], output: Output): number {
  const { values, positionals } = parse(args);
  if (values.help) {
    output.out(HELP);
    return EXIT.fine;
  }
  if (values.version) {
    output.out(`${VERSION}\n`);
    return EXIT.fine;
  }
  const [command, ...files] = positionals;
  if (command !== 'check') {
    throw new UsageError(`the command is ${command ?? 'missing'}, must be check`);
  }
  if (files.length === 0) {
    throw new UsageError('check needs a file or a folder');
  }
  if (values.json && values.sarif) {
    throw new UsageError('--json and --sarif exclude each other');
  }
  const documents = readDocuments(files);
  const report = reportOf(documents, checkTemplates(documents.templates));
  const show = values.sarif ? showSarif : values.json ? showJson : showText;
  output.out(show(report));
  if (documents.templates.length === 0) {
    // A mistyped folder must not look like a clean one.
    throw new UsageError(`nothing was judged: ${files.join(', ')} has no template or policy`);
  }
  return report.findings.some(({ severity }) => severity === 'error') ? EXIT.found : EXIT.fine;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        sarif: { type: 'boolean' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
