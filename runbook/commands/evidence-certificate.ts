/** `mfa-runbook evidence certificate HOLDER --slot SLOT` */
import { type Command, Option } from 'commander';
import { evidenceName } from '../../lib/record/names';
import { RecordError } from '../../lib/record/pages';
import { printable } from '../../lib/record/rules';
import { readRecord } from '../flow/declared-token';
import type { Host } from '../host';
import { type CertificateFacts, composeCertificate } from '../report/certificate';
import { formatHtml } from '../report/certificate-html';
import { formatMarkdown } from '../report/certificate-markdown';
import type { Evidence } from '../report/evidence';
import { parseEvidence } from '../report/evidence-text';
import { RunbookError } from '../runbook-error';
import { withFile, withPorts } from './evidence-ports';
import { type CommonOptions, formatOptions, quoted, withCommonOptions } from './options';
import type { SessionPorts } from './session-ports';

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
    const again = `mfa-runbook evidence certificate ${quoted(holder)} --slot ${quoted(options.slot)}${formatOptions(options)}`;
    await withPorts(host, options, again, async (ports) => {
      const facts = await readFacts(ports, holder, options);
      const text = FORMATS[options.format](composeCertificate(facts));
      const { output, format } = options;
      if (output === undefined) ports.terminal.data(text.trimEnd());
      else {
        await withFile(output, host.files.write(output, text, OUTPUT_MODE));
        ports.terminal.say(`the certificate is in ${printable(output)}`);
      }
      ports.terminal.event('certificate', output === undefined ? { format, text } : { format, output });
    });
  });
}

async function readFacts(
  ports: SessionPorts,
  holder: string,
  { fleet, slot }: CertificateOptions,
): Promise<CertificateFacts> {
  const { aws, terminal, clock, tool } = ports;
  const parameter = evidenceName(fleet, holder, slot);
  const text = await terminal.during('reading the evidence', aws.parameter(parameter));
  return {
    evidence: judged(text, parameter, holder, slot),
    parameter,
    record: await readSlot(ports, fleet, holder, slot),
    printedAt: new Date(clock.now()).toISOString(),
    printedBy: tool,
  };
}

function judged(text: string | undefined, parameter: string, holder: string, slot: string): Evidence {
  if (text === undefined) {
    throw new RunbookError('evidence/none', `there is no evidence at ${printable(parameter)}`, {
      hints: [
        'run `mfa-runbook evidence list` for the slots that have some',
        `run \`mfa-runbook enroll ${quoted(holder)} --slot ${quoted(slot)}\`: of a token that is enrolled it completes the evidence`,
      ],
    });
  }
  const { evidence, fault } = parseEvidence(text);
  const problem =
    fault ??
    (evidenceName(evidence.fleet, evidence.holder, evidence.slot) === parameter
      ? undefined
      : 'is of another slot');
  if (evidence !== undefined && problem === undefined) return evidence;
  throw new RunbookError('evidence/unreadable', `${printable(parameter)} ${problem}`, {
    hints: [
      'look in CloudTrail (PutParameter) for who wrote it',
      `run \`mfa-runbook prove ${quoted(holder)} --slot ${quoted(slot)}\`: it writes new evidence`,
    ],
    exitCode: 3,
  });
}

/** What the record says of a slot today; a record that must not be trusted says nothing. */
async function readSlot(
  { aws, terminal }: SessionPorts,
  fleet: string,
  holder: string,
  slot: string,
): Promise<CertificateFacts['record']> {
  try {
    const { manifest, record } = await terminal.during('reading the record', readRecord(aws, fleet));
    const token = record.holders
      .find(({ name }) => name === holder)
      ?.tokens.find((each) => each.slot === slot);
    return { generation: manifest.generation, tokenSerial: token?.serial, custody: token?.custody };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    terminal.note(`the record cannot be used, and the certificate says so: ${error.message}`);
    return undefined;
  }
}
