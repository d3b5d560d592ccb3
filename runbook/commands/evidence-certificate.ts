/** `mfa-runbook evidence certificate HOLDER --slot SLOT` */
import { type Command, Option } from 'commander';
import type { Ports } from '../ceremony/ports';
import { composeCertificate } from '../evidence/certificate';
import { formatHtml } from '../report/certificate-html';
import { formatMarkdown } from '../report/certificate-markdown';
import { certificateFacts } from '../review/evidence-review';
import { withFile } from './named-file';
import { nothingChanged, withPorts } from './open-ports';
import {
  type CommonOptions,
  parseHolder,
  type Run,
  slotOption,
  withCommonOptions,
  withExamples,
} from './options';

interface CertificateOptions extends CommonOptions {
  readonly slot: string;
  readonly format: 'markdown' | 'html';
  readonly output?: string;
}

const FORMATS = { markdown: formatMarkdown, html: formatHtml } as const;

/** A certificate is passed on to others; it holds nothing that the evidence does not. */
const OUTPUT_MODE = 0o644;

export function addEvidenceCertificate(group: Command, run: Run): void {
  const command = group
    .command('certificate')
    .summary('print one page about the newest ceremony of a slot')
    .description(
      'Prints one page about the newest ceremony of a slot, for auditors: who, when, which token, what was checked.',
    )
    .argument('<holder>', 'IAM user name of the holder', parseHolder)
    .addOption(slotOption().makeOptionMandatory())
    .addOption(
      new Option('--format <format>', 'format of the page').choices(Object.keys(FORMATS)).default('markdown'),
    )
    .option('--output <file>', 'file to write (default: stdout)');
  const example = 'mfa-runbook evidence certificate alice.breakglass --slot primary';
  withExamples(command, example, `${example} --format html --output alice.html`);
  withCommonOptions(command, '--reader', '--yes', '--trace-apdu').action(
    async (holder: string, options: CertificateOptions) => {
      await withPorts(run, options, (ports) =>
        nothingChanged(run.line, certify(run, { ...options, holder }, ports)),
      );
    },
  );
}

async function certify(
  { host }: Run,
  { fleet, holder, slot, format, output }: CertificateOptions & { readonly holder: string },
  ports: Ports,
): Promise<void> {
  const { terminal } = ports;
  const facts = await certificateFacts(ports, { fleet, holder, slot });
  const text = FORMATS[format](composeCertificate(facts));
  if (output === undefined) {
    terminal.data(text.trimEnd());
    terminal.event('certificate', { format, text });
  } else {
    await withFile(output, host.files.write(output, text, OUTPUT_MODE));
    terminal.say(`the certificate is in ${output}`);
    terminal.event('certificate', { format, output });
  }
}
