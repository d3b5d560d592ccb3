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
import { type Cell, cellsOf, MATRIX, playCell } from './matrix';
import { formatEpisode, type Report, StreamReport } from './report';
import { playSchedules, serveSchedules, WORKER } from './schedule-workers';
import { playSchedule } from './schedules';
import { tornJournals } from './torn-journals';
import { playWrongBurn, WRONG_BURNS } from './wrong-burns';

// The SDK's warning about the Node of its future versions is none of this.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const SCHEDULES = 100_000;
const KILLS = 2_000;
/** Of each kind of token. */
const HOSTILE_ANSWERS = 1_000_000;

/** Of so many torn journals one is read from a file as well. */
const TORN_FILES_EVERY = 10;

/** The number of cells played at once. */
const AT_ONCE = 8;

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
  matrix: async (report, { verbose, only }) => {
    let throughSdk = 0;
    const byDriver: Record<string, number> = {};
    for (const ceremony of MATRIX) {
      const cells = (await cellsOf(ceremony)).filter((cell) => nameOf(cell).includes(only));
      // Those through the SDK wait for its pauses, in real time: side by side.
      async function play(): Promise<void> {
        for (let cell = cells.shift(); cell !== undefined; cell = cells.shift()) {
          const episode = await playCell(cell);
          if (cell.sdk) {
            throughSdk++;
          }
          byDriver[cell.driver] = (byDriver[cell.driver] ?? 0) + 1;
          const { driver } = cell;
          report.result({ part: 'matrix', run: nameOf(cell), driver, violations: episode.violations }, true);
          if (verbose && episode.violations.length > 0) {
            process.stderr.write(formatEpisode(episode));
          }
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, play));
    }
    return { ceremonies: MATRIX.length, 'through the SDK': throughSdk, ...byDriver };
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
    if (verbose) {
      for (let i = 0; i < runs; i++) {
        process.stderr.write(formatEpisode(await playSchedule(seed + i)));
      }
    }
    const passed = { part: 'schedules', run: '', violations: [] };
    const totals = await playSchedules({ seed, runs }, (result) => report.result(result ?? passed, false));
    return { ...totals };
  },
};

function nameOf({ ceremony, index, call, fault, visibilityLagMs, sdk, interception }: Cell): string {
  return [
    `${ceremony} #${index} ${call}: ${fault}`,
    visibilityLagMs === 0 ? '' : `, seen ${visibilityLagMs / 1000} s late`,
    interception === undefined ? '' : `, ${interception}`,
    sdk ? ', through the SDK' : '',
  ].join('');
}

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
  serveSchedules();
} else {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    },
  );
}
