/** Formats a certificate as one self-contained page of HTML without scripts, for A4 and Letter. */
import { printable } from '../../lib/record/rules';
import type { Certificate, CertificateRow } from '../evidence/certificate';

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text, also for attributes in quotes, and makes it printable: a page must not read otherwise than it is. */
function escaped(text: string): string {
  // A line end is a blank there.
  const shown = text.split('\n').map(printable).join('\n');
  return shown.replace(/[&<>"']/g, (character) => REFERENCES[character] ?? '');
}

/** Names may be in any script, so only system fonts are used. The page fits A4's width and Letter's height. */
const STYLE = `
@page { margin: 10mm 15mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 8mm; max-width: 194mm; font: 8.5pt/1.3 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1a1a1a; background: #fff; }
h1 { margin: 0 0 2mm; padding-bottom: 2mm; border-bottom: 0.6mm solid #1a1a1a; font-size: 15pt; line-height: 1.2; }
h2 { margin: 3mm 0 1mm; font-size: 9.5pt; }
p { margin: 0 0 1mm; }
.statement { font-size: 10pt; margin-bottom: 2mm; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { padding: 0.6mm 2mm 0.6mm 0; border-bottom: 0.2mm solid #bbb; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.facts th { width: 38mm; font-weight: 600; }
code { font: 8pt/1.3 ui-monospace, "DejaVu Sans Mono", Consolas, monospace; }
ul { margin: 0; padding-left: 5mm; }
.signatures th, .signatures td { border: 0.2mm solid #888; padding: 1mm 2mm; }
.signatures td { height: 10mm; }
.signatures th:nth-child(1) { width: 24mm; }
.signatures th:nth-child(2) { width: 50mm; }
.signatures th:nth-child(4) { width: 30mm; }
footer { margin-top: 2mm; font-size: 7.5pt; color: #555; overflow-wrap: anywhere; }
@media print { body { padding: 0; max-width: none; } h2, tr, .signatures { break-inside: avoid; } h2 { break-after: avoid; } }
`.trim();

export function formatHtml(certificate: Certificate): string {
  const rows = certificate.rows.map(formatRow).join('\n');
  const checks = certificate.checks.map((check) => `<li>${escaped(check)}</li>`).join('\n');
  const signatures = certificate.signatures
    .map(({ role, name }) => `<tr><td>${escaped(role)}</td><td>${escaped(name)}</td><td></td><td></td></tr>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escaped(certificate.title)}</title>
<style>
${STYLE}
</style>
</head>
<body>
<h1>${escaped(certificate.title)}</h1>
<p class="statement">${escaped(certificate.statement)}</p>
<table class="facts">
${rows}
</table>
<h2>Checks that passed</h2>
<ul>
${checks}
</ul>
<h2>What this proves and does not prove</h2>
<p>${escaped(certificate.proves)}</p>
<p>${escaped(certificate.provesNot)}</p>
<h2>Signatures</h2>
<table class="signatures">
<tr><th></th><th>Name</th><th>Signature</th><th>Date</th></tr>
${signatures}
</table>
<footer>${escaped(certificate.footer)}</footer>
</body>
</html>
`;
}

function formatRow({ label, value, isCode }: CertificateRow): string {
  const shown = isCode ? `<code>${escaped(value)}</code>` : escaped(value);
  return `<tr><th scope="row">${escaped(label)}</th><td>${shown}</td></tr>`;
}
