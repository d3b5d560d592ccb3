/** The writer of `~/.aws/credentials`, judged by the parser of the SDK. */
import fc from 'fast-check';
import { profileOfSdk } from '../../../runbook/aws/shared-config';
import {
  checkWritable,
  editCredentials,
  formatProfile,
  ProfileKeptError,
} from '../../../runbook/signin/shared-files';
import { readCredentialsProfiles } from '../../../runbook/signin/shared-lines';

function session(id: string) {
  return {
    accessKeyId: `ASIA${id}`,
    secretAccessKey: `secret-${id}`,
    sessionToken: `token==${id}`,
    expiresAt: new Date('2026-11-22T12:00:00Z'),
  };
}

/** The SDK must find this. */
function settings(id: string): object {
  return {
    aws_access_key_id: `ASIA${id}`,
    aws_secret_access_key: `secret-${id}`,
    aws_session_token: `token==${id}`,
  };
}

function edited(text: string, id: string, profile = 'm'): string {
  return Buffer.from(editCredentials(Buffer.from(text, 'latin1'), profile, session(id))).toString('latin1');
}

const LINES = formatProfile('m', session('1'));
const OLD = 'aws_access_key_id = ASIA0\naws_secret_access_key = s0\naws_session_token = t0\n';

test('a profile is put at the end, renewed in place, and whatever else is there stays', () => {
  const mine = '[alice]\naws_access_key_id = AKIA\naws_secret_access_key = x\n';
  const first = edited(mine, '1');
  expect(first).toBe(`${mine}\n${LINES}\n`);
  const grown = `${first}region = eu-central-1\n# mine\n\n[other]\naws_access_key_id = AKIB\naws_secret_access_key = y\n`;
  expect(edited(grown, '2')).toBe(
    grown.replace('ASIA1', 'ASIA2').replace('secret-1', 'secret-2').replace('token==1', 'token==2'),
  );
});

test.each([
  ['an empty file', '', `${LINES}\n`],
  ['a last line without an end', '[a]\nx = 1', `[a]\nx = 1\n\n${LINES}\n`],
  ['lines that end in CRLF', '[a]\r\nx = 1\r\n', `[a]\r\nx = 1\r\n\r\n${LINES.replace(/\n/g, '\r\n')}\r\n`],
  ['a byte that is not UTF-8', '# Z\xFCrich\n[a]\nx = 1\n', `# Z\xFCrich\n[a]\nx = 1\n\n${LINES}\n`],
  ['a byte order mark', '\xEF\xBB\xBF[a]\nx = 1\n', `\xEF\xBB\xBF[a]\nx = 1\n\n${LINES}\n`],
  ['a profile of the same name but for its case', '[M]\nx = 1\n', `[M]\nx = 1\n\n${LINES}\n`],
  [
    'an old session with comments',
    `[m]  # mine\n${OLD.replace('ASIA0', 'ASIA0 # since May')}# end\n`,
    `[m]  # mine\n# since May\n${LINES.replace('[m]\n', '')}\n# end\n`.replace(
      /^(\[m\] {2}# mine\n)(# since May\n)([\s\S]*)(# end\n)$/,
      (_, header, comment, lines, end) => `${header}${lines}${comment}${end}`,
    ),
  ],
  [
    'an indented setting after the old session, which aws takes for a part of it',
    `[m]\n${OLD}  region = x\n`,
    `[m]\n  region = x\n${LINES.replace('[m]\n', '')}\n`,
  ],
  [
    'nested settings',
    `[m]\n${OLD}s3 =\n  a = 1\n\n[z]\nx = 1\n`,
    `[m]\ns3 =\n  a = 1\n${LINES.replace('[m]\n', '')}\n\n[z]\nx = 1\n`,
  ],
])('into %s it is written so that every other byte stays', async (_what, before, after) => {
  expect(edited(before, '1')).toBe(after);
  expect(await profileOfSdk({ config: '', credentials: after }, 'm')).toMatchObject(settings('1'));
});

const line = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      '   ',
      '# note',
      '[a]',
      '[ b ]',
      '[zoë]',
      '["q"]',
      '[p q]',
      '[n]#c',
      '[profile c]',
      '[a]b]',
      '[open',
      '[]',
    ],
    ...[
      'x = 1',
      'x: 1',
      'x =',
      '  nested = 1',
      '\ty = 2',
      'text',
      'aws_access_key_id = AKIA',
      '\uFEFF',
      'a\rb = c',
    ],
    ...['aws_session_token =', 'aws_secret_access_key = x ; c'],
  ),
  fc.string({ maxLength: 12, unit: 'grapheme' }).map((text) => text.replace(/[\r\n\0]/g, '')),
);
const file = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, isEnded]) => `${lines.join(end)}${isEnded ? end : ''}`);

test('whatever the file holds, a new profile is read by the SDK, and nothing else is read otherwise', async () => {
  await fc.assert(
    fc.asyncProperty(file, async (text) => {
      fc.pre(!/__proto__/.test(text));
      const bytes = Buffer.from(text, 'utf8');
      const written = Buffer.from(editCredentials(bytes, 'ours', session('1')));
      expect(written.subarray(0, bytes.length).equals(bytes)).toBe(true);
      const credentials = written.toString('utf8');
      expect(await profileOfSdk({ config: '', credentials }, 'ours')).toEqual(settings('1'));
      expect(Buffer.from(editCredentials(written, 'ours', session('1'))).equals(written)).toBe(true);
      const renewed = Buffer.from(editCredentials(written, 'ours', session('2'))).toString('utf8');
      const others = new Map(readCredentialsProfiles(renewed));
      others.delete('ours');
      expect(others).toEqual(readCredentialsProfiles(text));
    }),
    { numRuns: 300 },
  );
});

test('whatever is in the profile, a session is renewed in it or the file is left alone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 6 }),
      fc.array(line, { maxLength: 6 }),
      async (inside, after) => {
        const text = ['[m]', OLD.trim(), ...inside, ...after, '[last]', 'k = v', ''].join('\n');
        fc.pre(!/__proto__/.test(text));
        let credentials: string;
        try {
          credentials = Buffer.from(editCredentials(Buffer.from(text), 'm', session('1'))).toString('utf8');
        } catch (error) {
          expect(error).toBeInstanceOf(ProfileKeptError);
          return;
        }
        expect(await profileOfSdk({ config: '', credentials }, 'm')).toMatchObject(settings('1'));
        const [before, then] = [readCredentialsProfiles(text), readCredentialsProfiles(credentials)];
        expect([...then.keys()].sort()).toEqual([...before.keys()].sort());
        for (const [name, found] of before) {
          if (name !== 'm') {
            expect(then.get(name)).toEqual(found);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

const KEY = 'aws_access_key_id = AKIA\naws_secret_access_key = x\n';
test.each([
  ['with equals signs', KEY],
  ['with an empty token', `${KEY}aws_session_token =\n`],
  ['with an empty token and a comment', `${KEY}aws_session_token = # none\n`],
  ['with a token that does not belong to it', `${KEY}aws_session_token = t\n`],
  ['with colons', KEY.replace(/ =/g, ':')],
  ['in capitals', KEY.replace(/aws_\w+/g, (name) => name.toUpperCase())],
  ['indented', KEY.replace(/^/gm, '  ')],
  ['with tabs', KEY.replace(/ = /g, '\t=\t')],
  ['with comments', KEY.replace(/\n/g, ' # mine\n')],
  ['with lines that end in CR', KEY.replace(/\n/g, '\r')],
  ['with lines that end in CRLF', KEY.replace(/\n/g, '\r\n')],
  ['below a session', `${OLD}${KEY}`],
  ['above a session', `${KEY}${OLD}`],
  ['nested by mistake', `s3 =\n  ${KEY.replace('\n', '\n  ')}`],
  ['without its id', 'aws_secret_access_key = x\n'],
])(
  'a long-term key %s is neither overwritten nor hidden, in whatever section of that name it stands',
  (_form, key) => {
    for (const header of [
      '[m]',
      '[m] # c',
      '  [m]',
      '[ m ]',
      '["m"]',
      '[profile m]',
      '[profile "m"]',
      "[profile\t'm']",
      '[m]#c',
    ]) {
      const text = `${header}\n${key}[other]\nx = 1\n`;
      expect(() => checkWritable({ config: '', credentials: text }, 'm')).toThrow(
        'holds a long-term access key',
      );
      expect(() => editCredentials(Buffer.from(text), 'm', session('1'))).toThrow(ProfileKeptError);
      expect(() => checkWritable({ config: text, credentials: '' }, 'm')).toThrow(
        'holds a long-term access key',
      );
      expect(() => checkWritable({ config: text, credentials: text }, 'n')).not.toThrow();
    }
  },
);

test.each([
  ['occurs twice', `[m]\n${OLD}[m]\nregion = x\n`],
  ['is indented, which aws reads otherwise', `[a]\nx = 1\n  [m]\n${OLD}`],
  ['has a comment that hides it from the SDK', `[m]#c\n${OLD}`],
  ['is followed by a header that the SDK does not read', `[m]\n${OLD}[n]#c\naws_session_token = t\n`],
  ['stands where the SDK sees no line', `[a]\rx = 1\r[m]\r${OLD}`],
  ['is in a file of UTF-16', Buffer.from(`[m]\n${OLD}`, 'utf16le').toString('latin1')],
])('a profile that %s is left alone', (_what, text) => {
  expect(() => editCredentials(Buffer.from(text, 'latin1'), 'm', session('1'))).toThrow(ProfileKeptError);
});

test.each([['constructor'], ['toString'], ['__proto__'], ['DEFAULT']])(
  '%s is no name for a profile',
  (name) => {
    expect(() => checkWritable({ config: '', credentials: '' }, name)).toThrow(ProfileKeptError);
  },
);

test.each([
  ['role_arn = r\nsource_profile = a'],
  ['credential_process = x'],
  ['sso_session = x'],
  ['login_session = x'],
  ['web_identity_token_file = x'],
])('a profile of ~/.aws/config with %j is not hidden by a session', (source) => {
  expect(() => checkWritable({ config: `[profile m]\n${source}\n`, credentials: '' }, 'm')).toThrow(
    ProfileKeptError,
  );
  expect(() => checkWritable({ config: '[profile m]\nregion = x\n', credentials: '' }, 'm')).not.toThrow();
});
