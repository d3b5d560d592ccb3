/**
 * `typist.ts SEED-PHASE …`: a command that has the process of a seed read a secret from its standard input, and then
 * reads an answer from there itself. Says how many bytes the seed has, its code of step 1, and the answer.
 */
import { RemoteSeedPhase } from '../../../runbook/seed-phase/remote-seed-phase';
import { startSeedProcess } from '../../../runbook/seed-phase/start';
import { linesOf } from '../../../runbook/terminal/byte-input';

async function main(program: readonly string[]): Promise<void> {
  const never = new AbortController().signal;
  const settings = {
    aws: { session: () => Promise.reject(new Error('AWS is not called')) },
    onCall: () => undefined,
  };
  const phase = new RemoteSeedPhase(settings, () =>
    startSeedProcess({ node: process.execPath, args: program, env: process.env, platform: process.platform }),
  );
  const nextLine = linesOf(0);
  const before = await nextLine({ name: 'first', message: 'first' }, never);
  const { seedBytes } = await phase.readSeed({ kind: 'typed' }, never);
  const [, code] = await phase.pair(1);
  await phase.end();
  const after = await nextLine({ name: 'last', message: 'last' }, never);
  process.stdout.write(JSON.stringify({ before, seedBytes, code, after }));
}

void main(process.argv.slice(2)).then(
  () => process.exit(0),
  () => process.exit(1),
);
