/** URIs as services write them, and as they should not be: read in one way only, or refused without the secret. */
import fc from 'fast-check';
import type { RunbookError } from '../../../runbook/runbook-error';
import { notOtpauth, parseOtpauth } from '../../../runbook/seed-source/otpauth';
import { readSeedFrom } from '../../../runbook/seed-source/read-seed';
import { base32 } from '../../support/seed-forms';

const SECRET = 'GEZDGNBVGY3TQOJQ'.repeat(4);
const never = new AbortController().signal;

function parse(uri: string) {
  const bytes = Uint8Array.from(Buffer.from(uri));
  const { seed, ...label } = parseOtpauth(bytes);
  expect(bytes.every((byte) => byte === 0)).toBe(true);
  return { secret: seed.use(base32), ...label };
}

function refusalOf(work: () => unknown): RunbookError {
  try {
    work();
  } catch (error) {
    return error as RunbookError;
  }
  throw new Error('nothing was refused');
}

test.each([
  // AWS: with and without an issuer, by the account's digits and by its alias.
  [
    `otpauth://totp/root.primary.1@123456789012?secret=${SECRET}`,
    { label: 'root.primary.1@123456789012', issuer: '', name: 'root.primary.1', account: '123456789012' },
  ],
  [
    `otpauth://totp/Amazon%20Web%20Services:alice@my-alias?secret=${SECRET}&issuer=Amazon%20Web%20Services`,
    {
      label: 'Amazon Web Services:alice@my-alias',
      issuer: 'Amazon Web Services',
      name: 'alice',
      account: 'my-alias',
    },
  ],
  [
    `otpauth://totp/GitHub%3Aa@b.example@c?secret=${SECRET}&issuer=Git+Hub`,
    { label: 'GitHub:a@b.example@c', issuer: 'Git Hub', name: 'a@b.example', account: 'c' },
  ],
  [`otpauth://totp/?secret=${SECRET}`, { label: '', issuer: '', name: '', account: '' }],
  [
    `OTPAUTH://TOTP/A:B:C?SECRET=${SECRET.toLowerCase()}&`,
    { label: 'A:B:C', issuer: 'A', name: 'B:C', account: '' },
  ],
  [
    `otpauth://totp/x?secret=${SECRET}&algorithm=sha1&digits=6&period=30&image=http://x/y?z\n`,
    { label: 'x' },
  ],
  [`otpauth://totp/a+b/c?secret=${SECRET.replace(/(.{4})/g, '$1%20')}`, { label: 'a+b/c' }],
  [`otpauth://totp/x?secret=${SECRET.replace(/(.{4})/g, '$1-')}%3D%3D`, { label: 'x' }],
])('reads %s', (uri, label) => {
  expect(parse(uri)).toMatchObject({ secret: SECRET, ...label });
});

test('a label cannot control the terminal', () => {
  expect(parse(`otpauth://totp/a%1B%5B2Jb%0A?secret=${SECRET}`).label).not.toMatch(/\p{Cc}/u);
});

test.each([
  ['seed/not-otpauth', `otpauth://totp/x?secret=${SECRET}&secret=${SECRET}`],
  ['seed/not-otpauth', `otpauth://totp/x?secret=${SECRET}&Secret=AAAAAAAAAAAAAAAA`],
  ['seed/not-otpauth', `otpauth://totp/x?secret=${SECRET}&${SECRET}&${SECRET}`],
  ['seed/not-otpauth', `otpauth://totp/x?issuer=${SECRET}`],
  ['seed/not-otpauth', `otpauth://${SECRET}/x?secret=${SECRET}`],
  ['seed/not-otpauth', `otpauth://totp/x?secret=${SECRET}%ZZ`],
  ['seed/not-otpauth', `https://totp/x?secret=${SECRET}`],
  ['seed/not-supported', `otpauth://hotp/x?secret=${SECRET}&counter=1`],
  ['seed/not-supported', `otpauth://totp/x?secret=${SECRET}&digits=8`],
  ['seed/not-supported', `otpauth://totp/x?secret=${SECRET}&digits=%2B6`],
  ['seed/not-supported', `otpauth://totp/x?secret=${SECRET}&period=60`],
  ['seed/not-supported', `otpauth://totp/x?secret=${SECRET}&period=${SECRET}`],
  ['seed/not-supported', `otpauth://totp/x?secret=${SECRET}&algorithm=SHA256`],
  ['seed/not-supported', `otpauth://totp/x?secret=${SECRET}&algorithm=SHA-512`],
  ['seed/not-supported', `otpauth://totp/x?secret=${SECRET}&encoder=steam`],
  ['seed/not-a-secret', 'otpauth://totp/x?secret='],
  ['seed/not-a-secret', 'otpauth://totp/x?secret=A'],
  ['seed/not-a-secret', `otpauth://totp/x?secret=${SECRET.slice(0, 15)}`],
  ['seed/not-a-secret', `otpauth://totp/x?secret=${SECRET}AAAAAAAA`],
  ['seed/not-a-secret', `otpauth://totp/x?secret=${SECRET.slice(1)}0`],
  ['seed/not-a-secret', `otpauth://totp/x?secret=${SECRET.slice(0, 17)}`],
  ['seed/not-a-secret', `otpauth://totp/x?secret=${SECRET.slice(0, 17)}B`],
  ['seed/not-a-secret', `otpauth://totp/x?secret=${SECRET}#${SECRET}`],
  ['seed/not-a-secret', `otpauth://totp/x?secret=${SECRET}=A`],
])('%s: %s', (code, uri) => {
  const { code: told, message, hints } = refusalOf(() => parse(uri));
  expect(told).toBe(code);
  expect([message, ...hints].join(' ')).not.toMatch(/GEZDGNBV|GY3TQOJQ/i);
});

test('whatever is in a URI, the letters of its secret are never in the error', () => {
  const part = fc.constantFrom(
    'otpauth://',
    'totp',
    'hotp',
    '/',
    '?',
    '&',
    '=',
    'secret',
    SECRET,
    'digits',
    '8',
    '%',
    ':',
    '@',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      try {
        parseOtpauth(Uint8Array.from(Buffer.from(parts.join(''))));
      } catch (error) {
        const { code, message, hints } = error as RunbookError;
        expect(code).toMatch(/^seed\//);
        expect([message, ...hints].join(' ')).not.toMatch(/GEZDGNBV|GY3TQOJQ/i);
      }
    }),
    { numRuns: process.env.CI === undefined ? 300 : 20_000 },
  );
});

function typed(text: string) {
  const bytes = Uint8Array.from(Buffer.from(text));
  const input = { picture: async () => bytes, typed: async () => bytes };
  return { bytes, reading: readSeedFrom(input, { kind: 'typed' }, never) };
}

test.each([
  SECRET,
  SECRET.toLowerCase(),
  SECRET.replace(/(.{4})/g, '$1 '),
  `  ${SECRET}==== `,
  `otpauth://totp/x?secret=${SECRET}`,
])('takes %s when it is typed, and wipes it', async (text) => {
  const { bytes, reading } = typed(text);
  expect((await reading).seed.use(base32)).toBe(SECRET);
  expect(bytes.every((byte) => byte === 0)).toBe(true);
});

test.each(['123456', '123 456', 'code.png', '~/Pictures/a.JPG ', '', 'password', SECRET.replace('G', '8')])(
  'refuses %j when it is typed',
  async (text) => {
    const { bytes, reading } = typed(text);
    await expect(reading).rejects.toMatchObject({ code: 'seed/not-a-secret' });
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  },
);

test.each([
  ['86596220000001', '"865962200000…"'],
  ['https://example.com/mfa', '"https://exam…"'],
  ['https://example.com/?secret=ABC', 'a text that holds a secret'],
  ['otpauth-migration://offline?data=AAAA', 'an export of Google Authenticator'],
  [`steam://${SECRET}`, 'a secret of Steam'],
  [`bitcoin:${SECRET}`, 'a bitcoin link'],
  [SECRET, 'a text of 64 characters'],
  [Buffer.from(SECRET).toString('base64'), 'a text of 88 characters'],
])('a code that says %s is named without what may be secret', (text, named) => {
  const { code, message } = refusalOf(() => {
    throw notOtpauth([text]);
  });
  expect(code).toBe('seed/not-otpauth');
  expect(message).toContain(named);
  expect(message).not.toContain('GEZD');
});
