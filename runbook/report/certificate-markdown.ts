/** Formats a certificate as Markdown (CommonMark with GitHub's tables). */
import { printable } from '../../lib/record/rules';
import type { Certificate } from '../evidence/certificate';

/** Escapes whatever Markdown, or the HTML in it, could take for markup, and prevents automatic links. */
function escaped(text: string): string {
  return printable(text.replace(/\s+/g, ' '))
    .replace(/[\\`*_[\]|~$]/g, (character) => `\\${character}`)
    .replace(/[&<>]|(?<=https?|ftp|mailto):|(?<=www)\./gi, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/^(?=[#+=-])/, '\\');
}

/** Formats a code span, or plain text if a code span cannot hold it: a backtick ends one, a bar ends its cell. */
function code(text: string): string {
  return /[`|\\]/.test(text) ? escaped(text) : `\`${printable(text.replace(/\s+/g, ' '))}\``;
}

export function formatMarkdown(certificate: Certificate): string {
  const rows = certificate.rows.map(
    ({ label, value, isCode }) => `| ${escaped(label)} | ${isCode ? code(value) : escaped(value)} |`,
  );
  const signatures = certificate.signatures.map(
    ({ role, name }) => `| ${escaped(role)} | ${escaped(name)} | ${' '.repeat(28)} | ${' '.repeat(12)} |`,
  );
  const sections = [
    `# ${escaped(certificate.title)}`,
    escaped(certificate.statement),
    ['| | |', '|---|---|', ...rows].join('\n'),
    '## Checks that passed',
    certificate.checks.map((check) => `- ${escaped(check)}`).join('\n') || 'none',
    '## What this proves and does not prove',
    escaped(certificate.proves),
    escaped(certificate.provesNot),
    '## Signatures',
    ['| | Name | Signature | Date |', '|---|---|---|---|', ...signatures].join('\n'),
    escaped(certificate.footer),
  ];
  return `${sections.join('\n\n')}\n`;
}
