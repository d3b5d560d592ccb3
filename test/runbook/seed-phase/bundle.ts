/** Programs of this folder as one file each, so that starting one costs what starting the built command does. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const BUNDLE_TIMEOUT_MS = 120_000;

/** A folder with the bundles. */
export interface Bundles {
  /** Path of the bundle of a source, such as `child.ts`. */
  of(source: string): string;
  remove(): Promise<void>;
}

/** @param sources paths relative to this folder */
export async function bundle(...sources: readonly string[]): Promise<Bundles> {
  const folder = await mkdtemp(join(tmpdir(), 'seed-phase-'));
  function of(source: string): string {
    return join(folder, `${basename(source, '.ts')}.js`);
  }
  // By its command: in Jest's sandbox its library does not know its own bytes.
  await promisify(execFile)(
    join(__dirname, '..', '..', '..', 'node_modules', '.bin', 'esbuild'),
    [
      ...sources.map((source) => join(__dirname, source)),
      ...['--bundle', '--platform=node', '--target=node20.12', '--external:nfc-pcsc', '--log-level=error'],
      ...['--entry-names=[name]', `--outdir=${folder}`],
    ],
    { timeout: BUNDLE_TIMEOUT_MS, killSignal: 'SIGKILL' },
  );
  return { of, remove: () => rm(folder, { recursive: true, force: true }) };
}
