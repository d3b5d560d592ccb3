/**
 * Generates `lib/alarms/record-comparison.generated.ts`, the text of the function that compares devices with the record,
 * bundled into one file so that a template can carry it. Run it to write the file:
 *
 *     npx tsx test/lib/alarms/write-record-comparison.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ALARMS = join(__dirname, '..', '..', '..', 'lib', 'alarms');

/** Where the generated text is kept. */
export const RECORD_COMPARISON_FILE = join(ALARMS, 'record-comparison.generated.ts');

/** The function's source, bundled and minified, in ASCII. */
function bundleRecordComparison(): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(ALARMS, 'record-comparison.lambda.js')],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // Part of the runtime.
    external: ['@aws-sdk/*'],
    charset: 'ascii',
    legalComments: 'none',
    // The handler is assigned to the exports of the text as a whole.
    logOverride: { 'commonjs-variable-in-esm': 'silent' },
  });
  return outputFiles[0]?.text ?? '';
}

/** The text of the generated file. */
export function formatRecordComparison(): string {
  return `// biome-ignore-all format: generated, one line
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: generated, the text of a program
/**
 * The function that compares devices with the record, as Lambda runs it: \`record-comparison.lambda.js\` and what it
 * imports, in one text. Generated, not edited: \`npx tsx test/lib/alarms/write-record-comparison.ts\` writes it.
 */
export const RECORD_COMPARISON_CODE = ${JSON.stringify(bundleRecordComparison())};
`;
}

if (require.main === module) {
  writeFileSync(RECORD_COMPARISON_FILE, formatRecordComparison());
}
