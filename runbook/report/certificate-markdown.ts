/** A certificate as Markdown (CommonMark with GitHub's tables). */
import type { Certificate } from '../evidence/certificate';

/** Plain text: what Markdown, or the HTML in it, may take for markup is escaped, and nothing becomes a link. */
function escaped(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]|~$]/g, (character) => `\\${character}`)
    .replace(/[&<>]|(?<=https?|ftp|mailto):|(?<=www)\./gi, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/^(?=[#+=-])/, '\\');
}

/** Where a code span cannot hold it (a backtick ends one, a bar ends the cell around it), plain text. */
function code(text: string): string {
  return /[`|\\]/.test(text) ? escaped(text) : `\`${text.replace(/\s+/g, ' ')}\``;
}

/** One page of Markdown. */
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
    '## What this proves, and what not',
    escaped(certificate.proves),
    escaped(certificate.provesNot),
    '## Signatures',
    ['| | Name | Signature | Date |', '|---|---|---|---|', ...signatures].join('\n'),
    escaped(certificate.footer),
  ];
  return `${sections.join('\n\n')}\n`;
}
