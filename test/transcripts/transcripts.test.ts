/** Plays every transcript and compares it to the letter. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toldWrongly } from '../support/told-commands';
import { type Played, playTranscript } from './play-transcript';
import { parseTranscript } from './transcript-file';

const SUFFIX = '.transcript';
const UPDATES = process.env.UPDATE_TRANSCRIPTS === '1';
const REWRITE = 'if this is right: UPDATE_TRANSCRIPTS=1 npx jest test/transcripts, and read the difference';

const files = readdirSync(__dirname).filter((name) => !name.endsWith('.ts'));
const played = new Map<string, Played>();

test.each(files.filter((name) => name.endsWith(SUFFIX)))('%s', async (name) => {
  const path = join(__dirname, name);
  const recorded = readFileSync(path, 'utf8');
  const transcript = await playTranscript(parseTranscript(recorded));
  played.set(name, transcript);
  expect(transcript.leaks).toEqual([]);
  // Never recorded, even by an update.
  expect(transcript.text).not.toContain('a defect of mfa-runbook');
  if (UPDATES) {
    writeFileSync(path, transcript.text);
  } else if (transcript.text !== recorded) {
    expect(`${transcript.text}\n${REWRITE}`).toBe(recorded);
  }
});

test('the folder holds transcripts and their player, and nothing else', () => {
  expect(files.filter((name) => !name.endsWith(SUFFIX))).toEqual([]);
});

test('every command that people are told to run exists, with the options it is named with', async () => {
  expect(
    await toldWrongly(['enroll alice --slot primary -- --foo', 'melt alice', 'enroll alice --foo']),
  ).toEqual(['no command: melt alice', 'enroll has no --foo: enroll alice --foo']);
  const told = [...played.values()].flatMap(({ text }) =>
    [...text.matchAll(/`mfa-runbook ([^`]+)`/g)].map(([, line = '']) => line),
  );
  expect(told.length).toBeGreaterThan(20);
  expect(await toldWrongly(told)).toEqual([]);
});
