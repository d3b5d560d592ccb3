/** The seed is nowhere but in AWS, in memory while it is needed, and on the token. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { fileEvidenceLog } from '../../runbook/files/file-evidence-log';
import { ALICE_PRIMARY, Bench } from '../support/bench';
import { findSeed, seedForms } from '../support/seed-forms';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary', '--verbose', '--trace-apdu'];

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open({ overHttp: true });
});
afterEach(() => bench.close());

test('the search finds a seed in each of its forms', () => {
  const seed = Uint8Array.from(Buffer.from('1234567890'.repeat(4), 'ascii'));
  for (const form of seedForms(seed)) {
    expect(
      findSeed(Buffer.concat([Buffer.from('before '), form, Buffer.from(' after')]), seed),
    ).toBeDefined();
  }
  expect(seedForms(seed).map((form) => form.toString())).toContain('GEZDGNBVGY3TQOJQ'.repeat(4));
  expect(findSeed('nothing of the kind', seed)).toBeUndefined();
});

/** Everything a run left anywhere but in AWS's own memory of the device. */
async function traces(finished: object): Promise<string> {
  const parameters = await bench.admin('ssm', 'GetParametersByPath', {
    Path: '/mfa-guardrails',
    Recursive: true,
  });
  return [
    inspect(finished, { depth: 9, maxStringLength: null }),
    JSON.stringify(parameters),
    JSON.stringify(bench.evidence),
    JSON.stringify(bench.sandbox.calls),
    JSON.stringify(bench.questions),
  ].join('\n');
}

test.each([
  ['a run that succeeds', (token: { readCode(): string }) => () => token.readCode(), 0],
  ['a run that is refused its codes', () => () => '000000', 1],
  ['a run that is cancelled', () => () => undefined, 130],
])('no output, event or parameter of %s holds the seed', async (_name, answers, exitCode) => {
  for (const json of [[], ['--json']]) {
    const token = bench.token(ALICE_PRIMARY);
    bench.readers.lay(token);
    bench.answer = answers(token);
    const finished = await bench.run(...ENROLL, ...json);
    expect(finished.exitCode).toBe(exitCode);
    const [seed] = bench.seeds;
    if (seed === undefined) {
      throw new Error('no seed was given out: the search would prove nothing');
    }
    const text = await traces(finished);
    expect(text).toContain('=> 80410000020211');
    expect(text).toContain('bytes withheld');
    expect(findSeed(text, seed)).toBeUndefined();
    await bench.close();
    bench = await Bench.open({ overHttp: true });
  }
});

test('the seed object is wiped when the run is over, however it ended', async () => {
  for (const answer of [() => '000000', () => undefined]) {
    const token = bench.token(ALICE_PRIMARY);
    bench.readers.lay(token);
    bench.answer = answer;
    await bench.run(...ENROLL);
  }
  expect(bench.created.length).toBe(2);
  for (const seed of bench.created) {
    expect(() => seed.use(() => undefined)).toThrow('wiped');
  }
});

test('the local evidence log holds no seed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evidence-'));
  try {
    const token = bench.token(ALICE_PRIMARY);
    bench.layAndAnswer(token);
    await bench.run(...ENROLL);
    const file = join(folder, 'evidence.jsonl');
    for (const evidence of bench.evidence) {
      await fileEvidenceLog(file).append(evidence);
    }
    const text = await readFile(file, 'utf8');
    expect(text).toContain(ALICE_PRIMARY);
    for (const seed of bench.seeds) {
      expect(findSeed(text, seed)).toBeUndefined();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
