/**
 * `npm run faults [-- [--json] [matrix|kills|torn|schedules|wrong-burns|hostile …] [--runs N] [--seed S] [--only TEXT] [--verbose]]`
 *
 * Without the name of a part all of them are run. Of `matrix`, `--only` plays the cells whose name has that text. `hostile` takes `--runs` as the answers of each kind of token. Exit code 1 when anything was violated.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runHostile } from '../tokens/hostile';
import { HOSTILE_KINDS } from '../tokens/hostile-kinds';
import { runHostileOath } from '../tokens/ykoath-hostile';
import { playKills } from './kills';
import { MATRIX } from './matrix';
import { type Report, StreamReport } from './report';
import { tornJournals } from './torn-journals';
import { playMatrix, playSchedules, serveOrders, WORKER } from './workers';
import { playWrongBurn, WRONG_BURNS } from './wrong-burns';

// The SDK's warning about the Node of its future versions is none of this.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const SCHEDULES = 100_000;
const KILLS = 2_000;
/** Of each kind of token. */
const HOSTILE_ANSWERS = 1_000_000;

/** Of so many torn journals one is read from a file as well. */
const TORN_FILES_EVERY = 10;

/** The settings of the parts. */
interface Options {
  readonly runs: number | undefined;
  readonly seed: number;
  readonly verbose: boolean;
  /** Text of a cell's name. */
  readonly only: string;
}

type Part = (report: Report, options: Options) => Promise<Readonly<Record<string, number>>>;

const PARTS: Readonly<Record<string, Part>> = {
  matrix: async (report, options) => {
    const counts = await playMatrix(options, (result) => result && report.result(result, true));
    return { ceremonies: MATRIX.length, ...counts };
  },
  'wrong-burns': async (report, { seed }) => {
    for (const [i, burn] of WRONG_BURNS.entries()) {
      for (const codes of ['1', '2'] as const) {
        const violations = await playWrongBurn(burn, codes, seed + i);
        report.result({ part: 'wrong-burns', run: `${burn.name}, ${codes} typed`, violations }, true);
      }
    }
    return {};
  },
  torn: async (report) => {
    const folder = await mkdtemp(join(tmpdir(), 'torn-'));
    try {
      const { cells, violations } = await tornJournals({ folder, filesEvery: TORN_FILES_EVERY });
      for (const detail of violations) {
        report.result(
          { part: 'torn', run: detail, violations: [{ invariant: 'journal-whole', detail }] },
          true,
        );
      }
      const passed = { part: 'torn', run: '', violations: [] };
      for (let i = violations.length; i < cells; i++) {
        report.result(passed, false);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    return {};
  },
  hostile: async (report, { runs = HOSTILE_ANSWERS, seed }) => {
    const totals = { answers: 0, sessions: 0, writes: 0, 'blind writes': 0, 'longest session': 0 };
    const plays = HOSTILE_KINDS.map((kind) => () => runHostile(kind, runs, seed));
    for (const play of [...plays, () => runHostileOath(runs, seed)]) {
      const { violations, outcomes, kind, ...counts } = await play();
      const run = `${kind} ${JSON.stringify({ ...counts, outcomes })}`;
      const found = violations.map((detail) => ({ invariant: 'hostile-card' as const, detail }));
      report.result({ part: 'hostile', run, violations: found }, true);
      totals.answers += counts.answers;
      totals.sessions += counts.sessions;
      totals.writes += counts.writes;
      totals['blind writes'] += counts.blindWrites;
      totals['longest session'] = Math.max(totals['longest session'], counts.longestSession);
    }
    return totals;
  },
  kills: async (report, { runs = KILLS, seed }) =>
    playKills({ seed, kills: runs }, (result) => report.result(result, true)),
  schedules: async (report, { runs = SCHEDULES, seed, verbose }) => {
    const passed = { part: 'schedules', run: '', violations: [] };
    return playSchedules({ seed, runs, verbose }, (result) => report.result(result ?? passed, false));
  },
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      runs: { type: 'string' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
    },
  });
  const unknown = positionals.find((name) => !(name in PARTS));
  if (unknown !== undefined) {
    process.stderr.write(`there is no part "${unknown}"; there are ${Object.keys(PARTS).join(', ')}\n`);
    return 2;
  }
  const report = new StreamReport(
    values.json,
    (text) => process.stderr.write(text),
    (text) => process.stdout.write(text),
  );
  const options = {
    runs: values.runs === undefined ? undefined : Number(values.runs),
    seed: Number(values.seed),
    verbose: values.verbose,
    only: values.only,
  };
  for (const [name, part] of Object.entries(PARTS)) {
    if (positionals.length > 0 && !positionals.includes(name)) {
      continue;
    }
    report.begin(name);
    report.end(name, await part(report, options));
  }
  return report.failures === 0 ? 0 : 1;
}

if (process.argv[2] === WORKER) {
  serveOrders();
} else {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    },
  );
}
