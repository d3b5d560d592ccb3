/** The command line: `check`, its options and its exit code. */
import { parseArgs } from 'node:util';
import { checkTemplates } from '../checks/check-templates';
import { VERSION } from '../checks/version';
import { nearestWord } from '../record/nearest-word';
import { printable } from '../record/rules';
import { ANY_FILE, readDocuments, UnreadableError } from './documents';
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

class UsageError extends Error {
  constructor(
    message: string,
    readonly hint = '`cdk-mfa-guardrails --help` lists what it takes',
  ) {
    super(message);
  }
}

/** Runs the command and returns its exit code. @param args without the program */
export function runCommand(args: readonly string[], output: Output): number {
  try {
    return run(args, output);
  } catch (error) {
    if (error instanceof UsageError || error instanceof UnreadableError) {
      output.err(`cdk-mfa-guardrails: error: ${printable(error.message)}\n`);
      output.err(`cdk-mfa-guardrails: hint: ${printable(error.hint)}\n`);
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
    throw command === undefined
      ? new UsageError('the command is missing, must be check')
      : new UsageError(
          `the command is ${command}, must be check`,
          nearestWord(command, ['check']) === undefined
            ? '`cdk-mfa-guardrails check FILE` reads a file or a folder'
            : 'did you mean `check`?',
        );
  }
  if (files.length === 0) {
    throw new UsageError('check needs a file or a folder', ANY_FILE);
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

const OPTIONS = {
  json: { type: 'boolean' },
  sarif: { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

function parse(args: readonly string[]) {
  // Node's own words for a mistyped option are about positional arguments.
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'option' && !Object.hasOwn(OPTIONS, token.name)) {
      const meant = nearestWord(token.name, Object.keys(OPTIONS));
      throw new UsageError(
        `there is no option ${token.rawName}`,
        meant === undefined ? undefined : `did you mean \`--${meant}\`?`,
      );
    }
    if (token.kind === 'option' && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value`, `write \`${token.rawName}\` alone`);
    }
  }
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
}
