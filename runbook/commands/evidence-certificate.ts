/** `mfa-runbook evidence certificate HOLDER --slot SLOT` */
import { type Command, Option } from 'commander';
import { composeCertificate } from '../evidence/certificate';
import { formatHtml } from '../report/certificate-html';
import { formatMarkdown } from '../report/certificate-markdown';
import { certificateFacts } from '../review/evidence-review';
import { withFile, withPorts } from './evidence-ports';
import type { Host } from './host';
import { type CommonOptions, formatOptions, quoted, withCommonOptions } from './options';

interface CertificateOptions extends CommonOptions {
  readonly slot: string;
  readonly format: 'markdown' | 'html';
  readonly output?: string;
}

const FORMATS = { markdown: formatMarkdown, html: formatHtml } as const;

/** A certificate is handed around; it holds nothing that the evidence does not. */
const OUTPUT_MODE = 0o644;

/** Adds the command. */
export function addEvidenceCertificate(group: Command, host: Host): void {
  const command = group
    .command('certificate')
    .summary('one printable page about the newest ceremony of a slot')
    .description(
      'Writes one page about the newest ceremony of a slot, for auditors: who, when, which token, what was checked.',
    )
    .argument('<holder>', 'IAM user name of the holder')
    .requiredOption('--slot <slot>', 'slot of the holder in the record, such as primary')
    .addOption(
      new Option('--format <format>', 'how it is written').choices(Object.keys(FORMATS)).default('markdown'),
    )
    .option('--output <file>', 'file to write (else stdout)')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ mfa-runbook evidence certificate alice.breakglass --slot primary',
        '  $ mfa-runbook evidence certificate alice.breakglass --slot primary --format html --output alice.html',
      ].join('\n'),
    );
  withCommonOptions(command).action(async (holder: string, options: CertificateOptions) => {
    const { fleet, slot } = options;
    const subject = `${quoted(holder)} --slot ${quoted(slot)}${formatOptions(options)}`;
    await withPorts(host, options, `mfa-runbook evidence certificate ${subject}`, async (ports) => {
      const facts = await certificateFacts(ports, { fleet, holder, slot }, subject);
      const text = FORMATS[options.format](composeCertificate(facts));
      const { output, format } = options;
      if (output === undefined) {
        ports.terminal.data(text.trimEnd());
      } else {
        await withFile(output, host.files.write(output, text, OUTPUT_MODE));
        ports.terminal.say(`the certificate is in ${output}`);
      }
      ports.terminal.event('certificate', output === undefined ? { format, text } : { format, output });
    });
  });
}
