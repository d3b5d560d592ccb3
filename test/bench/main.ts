/**
 * `npm run bench`: the budgets, each with its figure.
 *
 *     npm run -s bench -- [PART…] [--node PATH] [--runs N] [--json] [--strict]
 *
 * CPU is the user and system time of the whole process, the minimum of ten interleaved runs; memory is the maximum
 * resident size. Without names, every part but `tests` runs. A missed budget gives exit code 1 only with `--strict`,
 * because other work on the machine makes every figure worse.
 */
import { parseArgs } from 'node:util';
import { type Figure, PARTS } from './parts';

function isMet({ value, budget }: Figure): boolean {
  return value <= budget;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      node: { type: 'string', default: process.execPath },
      runs: { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
    },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(PARTS).filter((name) => name !== 'tests');
  for (const name of names) {
    const part = PARTS[name];
    if (part === undefined) {
      throw new Error(`${name} is not a part; the parts are ${Object.keys(PARTS).join(', ')}`);
    }
    for (const figure of await part({ node: values.node, runs: Number(values.runs) })) {
      process.stdout.write(
        values.json ? `${JSON.stringify({ ...figure, met: isMet(figure) })}\n` : row(figure),
      );
      if (values.strict && !isMet(figure)) {
        process.exitCode = 1;
      }
    }
  }
}

function row(figure: Figure): string {
  const { name, value, unit, budget } = figure;
  return `${isMet(figure) ? 'met   ' : 'missed'} ${`${value} ${unit}`.padStart(12)} of ${budget}  ${name}\n`;
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
