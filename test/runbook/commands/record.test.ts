/** `--record FILE`, and the recording as a card. */
import { Seed } from '../../../runbook/seed';
import { codeFor, counterAt } from '../../../runbook/token/codes';
import { ALICE_PRIMARY, Bench } from '../../support/bench';
import { findSeed } from '../../support/seed-forms';
import { badge } from '../../tokens/foreign-cards';
import { parseRecording, ReplayedCard } from '../../tokens/replay';

const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary', '--codes', '1'];
const FILE = '/home/alice/enroll.apdu';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open({ overHttp: true });
});
afterEach(() => bench.close());

/** Records an enrollment. */
async function recorded(): Promise<string> {
  bench.layAndAnswer(bench.token(ALICE_PRIMARY, { challenge: () => new Uint8Array(8).fill(7) }));
  const { exitCode, people } = await bench.run(...ENROLL, '--record', FILE);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(people).not.toContain('=> ');
  const file = bench.files.texts.get(FILE);
  expect(file?.mode).toBe(0o600);
  return file?.text ?? '';
}

test('an enrollment is recorded with reader, answer to reset and kind, and without the seed', async () => {
  const text = await recorded();
  expect(text.split('\n').slice(0, 4)).toEqual([
    expect.stringMatching(/^# mfa-runbook \S+, from \d{4}-\d\d-\d\dT/),
    '# reader Virtual Reader 00 00',
    '# answer to reset 3B80800101',
    '=> 80410000020211',
  ]);
  expect(parseRecording(text)).toMatchObject({ kind: 'token2-single' });
  expect(text).toContain('=> 84C5010034 [52 bytes withheld]\n<= 9000\n');
  const [seed] = bench.seeds;
  if (seed === undefined) {
    throw new Error('no seed was given out: the search would prove nothing');
  }
  expect(findSeed(text, seed)).toBeUndefined();
});

test('a recorded enrollment runs again, with the recording as the card', async () => {
  const recording = parseRecording(await recorded());
  const card = new ReplayedCard(recording);
  await bench.close();
  bench = await Bench.open({ overHttp: true });
  bench.clock.advance(recording.begunMs - bench.clock.now());
  bench.readers.lay(card);
  bench.answer = () =>
    codeFor(Seed.fromBytes(bench.seeds[0] ?? new Uint8Array()), counterAt(bench.clock.now() / 1000));
  const { exitCode, people } = await bench.run(...ENROLL);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(() => card.finish()).not.toThrow();
});

test('a replayed card refuses another command, and misses those that do not come', async () => {
  const card = new ReplayedCard(parseRecording(await recorded()));
  expect(() => card.finish()).toThrow('commands did not come');
  expect(card.receive(Uint8Array.of(0x80, 0x42, 0, 0, 0))).toEqual(Uint8Array.of(0x6f, 0x00));
  expect(() => card.finish()).toThrow('the card got 8042000000…, the recording has 80410000020211');
});

test('a command that only looks is recorded too', async () => {
  bench.readers.lay(badge());
  expect((await bench.run('token', 'info', '--record', FILE)).exitCode).toBe(1);
  expect(bench.files.texts.get(FILE)?.text).toMatch(/^=> 80410000020211\n<= 6/m);
});

test('a file that exists is refused before anything happens, and stays as it is', async () => {
  const token = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(token);
  await bench.files.write(FILE, 'precious', 0o644);
  const calls = bench.sandbox.calls.length;
  const { exitCode, code } = await bench.runJson(...ENROLL, '--record', FILE);
  expect({ exitCode, code }).toEqual({ exitCode: 2, code: 'usage' });
  expect(bench.files.texts.get(FILE)).toEqual({ text: 'precious', mode: 0o644 });
  expect(token.received).toEqual([]);
  expect(bench.sandbox.calls.length).toBe(calls);
});

describe('a disk that is full', () => {
  beforeEach(() => {
    const create = bench.files.create.bind(bench.files);
    bench.files.create = async (path, mode) => ({
      ...(await create(path, mode)),
      append: () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })),
    });
  });

  test('does not end the enrollment, and is a failure once that is done', async () => {
    bench.layAndAnswer(bench.token(ALICE_PRIMARY));
    const told = await bench.runJson(...ENROLL, '--record', FILE);
    expect(told).toMatchObject({ exitCode: 1, code: 'disk/failed' });
    expect(told.happened.slice(-2)).toEqual(['enrolled', 'error']);
    expect(bench.evidence).toHaveLength(1);
    expect(await bench.devices()).toMatchObject([{ user: 'alice.breakglass' }]);
  });

  test('does not hide why the command failed', async () => {
    bench.readers.lay(badge());
    const { exitCode, code, events } = await bench.runJson('token', 'info', '--record', FILE);
    expect({ exitCode, code }).toEqual({ exitCode: 1, code: 'token/foreign' });
    expect(events.filter(({ event }) => event === 'note')).toHaveLength(1);
  });
});

test('no hint repeats it, because the file exists by then', async () => {
  const { hints } = await bench.runJson(...ENROLL, '--record', FILE, '--reader', 'nonesuch');
  expect(hints.length).toBeGreaterThan(0);
  expect(hints.join('\n')).not.toContain('--record');
});

test('MFA_RUNBOOK_READER names the reader, and --reader goes before it', async () => {
  await bench.close();
  bench = await Bench.open({
    wrapHost: (host) => ({ ...host, env: { MFA_RUNBOOK_READER: 'nonesuch' } }),
  });
  bench.readers.lay(bench.token(ALICE_PRIMARY));
  expect(await bench.runJson('token', 'info')).toMatchObject({ code: 'reader/unknown' });
  expect(await bench.runJson('token', 'info', '--reader', 'virtual')).toMatchObject({ exitCode: 0 });
});
