/** The player of recorded transcripts: what it reads, and that it does see what must not be there. */
import { findLeaks } from './leaks';
import { parseTranscript, splitWords } from './transcript-file';
import { describeChanges } from './world-state';

const SEED = Uint8Array.from({ length: 40 }, (_, at) => at);

test('a transcript is read as its scenes: what comes before a command, what is typed, what happens in the meantime', () => {
  const lines = [
    '# the story',
    '',
    '* the record declares:',
    '    fleet: break-glass',
    '$ mfa-runbook enroll --all',
    'some line',
    '* lays 1 on the reader',
    '> <code>',
    '* presses Ctrl-C',
    'exit 130',
    '',
    '$ mfa-runbook doctor',
    '',
    'left behind:',
  ];
  expect(parseTranscript(lines.join('\n'))).toEqual({
    header: ['# the story'],
    scenes: [
      {
        before: [{ text: 'the record declares:', block: '    fleet: break-glass', after: undefined }],
        command: 'mfa-runbook enroll --all',
        answers: ['<code>'],
        during: [
          { text: 'lays 1 on the reader', block: '', after: { line: 'some line' } },
          { text: 'presses Ctrl-C', block: '', after: { answer: 0 } },
        ],
      },
      { before: [], command: 'mfa-runbook doctor', answers: [], during: [] },
    ],
  });
});

test.each([
  ['$ mfa-runbook doctor', 'begins with a comment'],
  ['# a story\n\nwithout a command\n', 'runs at least one command'],
  ['# a story\n\n$ mfa-runbook doctor\n\n* waits\n', 'nothing follows the direction "waits"'],
])('a file that is no transcript is refused: %j', (text, why) => {
  expect(() => parseTranscript(text)).toThrow(why);
});

test.each([
  ['mfa-runbook enroll --witness "Wanda Witt"', ['mfa-runbook', 'enroll', '--witness', 'Wanda Witt']],
  ["mfa-runbook  exec -- sh -c 'a b'", ['mfa-runbook', 'exec', '--', 'sh', '-c', 'a b']],
])('the words of %s are those of a shell', (command, words) => {
  expect(splitWords(command)).toEqual(words);
});

test('changes are what went and what came; an empty place that is filled says nothing of its own', () => {
  expect(describeChanges(['iam: no devices', 'log: a'], ['iam: x', 'log: a, b'])).toEqual([
    '- log: a',
    '+ iam: x',
    '+ log: a, b',
  ]);
  expect(describeChanges(['log: a'], ['log: a'])).toEqual(['= nothing changed']);
  expect(describeChanges(['file: x'], ['file: x', 'file: x'])).toEqual(['+ file: x']);
});

test('a seed and a code are found where they show, and a longer number is not taken for a code', () => {
  const secrets = { seeds: new Map([['arn', SEED]]), codes: new Set(['123456']) };
  const places = new Map([
    ['the output', `some ${Buffer.from(SEED).toString('hex')} text`],
    ['a file', 'typed 123456, and 9123456 of another kind'],
    ['a journal', 'token 91234567'],
  ]);
  expect(findLeaks(places, secrets)).toEqual([
    'the seed of arn is in the output',
    'the code 123456 is in a file',
  ]);
});
