/** The grammar of the shared files, judged by the parser of the SDK. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { loadSharedConfigFiles, parseKnownFiles } from '@smithy/core/config';
import fc from 'fast-check';
import { editCredentials } from '../../../runbook/signin/shared-files';
import {
  type Profiles,
  readConfigProfiles,
  readCredentialsProfiles,
  readLoosely,
  readProfiles,
} from '../../../runbook/signin/shared-lines';
import { repetitions } from '../../support/extent';

const folder = mkdtempSync(join(tmpdir(), 'shared-lines-'));
const [configFilepath, filepath] = [join(folder, 'config'), join(folder, 'credentials')];
afterAll(() => rmSync(folder, { recursive: true }));

function plain(profiles: Profiles): object {
  return Object.fromEntries([...profiles].map(([name, settings]) => [name, Object.fromEntries(settings)]));
}

/** The other sections of `~/.aws/config`. */
function withoutServices(sections: object): object {
  return Object.fromEntries(
    Object.entries(sections).filter(([name]) => !/^(sso-session|services)\./.test(name)),
  );
}

/** Compares what the SDK and this program read in the same two files. */
async function expectAgreement(config: string, credentials: string): Promise<void> {
  writeFileSync(configFilepath, config);
  writeFileSync(filepath, credentials);
  const init = { configFilepath, filepath, ignoreCache: true };
  const { configFile, credentialsFile } = await loadSharedConfigFiles(init);
  expect(plain(readConfigProfiles(config))).toEqual(withoutServices(configFile));
  expect(plain(readCredentialsProfiles(credentials))).toEqual(credentialsFile);
  expect(withoutServices(plain(readProfiles({ config, credentials })))).toEqual(
    withoutServices(await parseKnownFiles(init)),
  );
}

/** Every form of the published comparisons of the two grammars. */
const FORMS: readonly string[] = [
  '[m]',
  '[profile m]',
  '[profile   m]',
  '[profile\tm]',
  '[profile "m"]',
  "[profile 'm']",
  '[profile "p q"]',
  '[profile p q]',
  '[ profile m ]',
  '[ m ]',
  '["m"]',
  '[default]',
  '[profile default]',
  '[Default]',
  '[DEFAULT]',
  '[default] # c',
  '[default]#c',
  '[profile m] text',
  '[profile zoë]',
  '[zoë]',
  '[profile a,b]',
  '[a,b]',
  '[p q]',
  '[profile a]b]',
  '[profile.m]',
  '[]',
  '[[m]]',
  '[m',
  'm]',
  '  [m]',
  '[sso-session m]',
  '[services s]',
  '[plugins x]',
  'a = b',
  'a=b # c',
  'a = b ; c',
  'a = b#c',
  'a = "b"',
  'a = x=y',
  'a = #x',
  'a =',
  'a =   ',
  'a = # c',
  '  b = x',
  '\tb = x',
  'a: b',
  'a : b = c',
  '= b',
  'REGION = x',
  'mfa_serial = arn:aws:iam::123456789012:mfa/m',
  'aws_session_token =',
  '# note',
  '   ; note',
  '',
  '   ',
  'nothing',
  '\uFEFF[m]',
  'a = b\rc = d',
  '\u00A0a = b',
];

test('a file of any lines, with any ends, is read as the SDK reads it', async () => {
  const file = fc
    .tuple(
      fc.array(fc.oneof(fc.constantFrom(...FORMS), fc.string({ maxLength: 8, unit: 'grapheme' })), {
        maxLength: 14,
      }),
      fc.constantFrom('\n', '\r\n'),
    )
    .map(([lines, end]) => lines.join(end));
  await fc.assert(fc.asyncProperty(file, file, expectAgreement), { numRuns: repetitions(600) });
});

test.each([['[__proto__]'], ['[profile __proto__]'], ['x = 1\n[profile __proto__] # c']])(
  'with %j the SDK reads nothing of the file, and nor does this program',
  async (poison) => {
    const text = `[default]\na = b\n${poison}\n[profile m]\na = b\n`;
    await expectAgreement(text, text);
    expect(readConfigProfiles(text).size).toBe(0);
  },
);

const BLANKS = ' '.repeat(60_000);
test('60,000 blanks are read at once, wherever they are', () => {
  const lines = [
    BLANKS,
    `a = ${BLANKS}x`,
    `a = x${BLANKS}`,
    `a${BLANKS}= x`,
    `a${BLANKS}x`,
    `[profile${BLANKS}m]`,
    `[${BLANKS}`,
    `[${BLANKS}m${BLANKS}]${BLANKS}#`,
    `"a${BLANKS}" = "x${BLANKS}`,
    `a = x${BLANKS}#${BLANKS}`,
    '\t'.repeat(60_000),
    `a = x${'\u00A0'.repeat(60_000)}`,
  ];
  const session = {
    accessKeyId: 'ASIA',
    secretAccessKey: 's',
    sessionToken: 't',
    expiresAt: new Date(),
  };
  function readAll(): void {
    for (const line of lines) {
      const text = `[m]\n${line}\nregion = x\n`;
      readProfiles({ config: text, credentials: text });
      readLoosely(text);
      editCredentials(Buffer.from(text), 'n', session);
    }
  }
  // A regular expression that backtracks needs half a minute for one of them, and is ended before that.
  runInNewContext('readAll()', { readAll }, { timeout: 20_000 });
});

test('what the SDK does not read is found all the same', () => {
  expect(
    readLoosely(
      '[profile "p q"]\nAWS_ACCESS_KEY_ID: AKIA # c\n  "x" = y\n# z = 1\r[ zoë ] text\raws_secret_access_key=s',
    ),
  ).toEqual([
    {
      name: 'p q',
      line: 1,
      settings: [
        ['aws_access_key_id', 'AKIA'],
        ['x', 'y'],
      ],
    },
    { name: 'zoë', line: 5, settings: [['aws_secret_access_key', 's']] },
  ]);
});
