/** Lines that stand for the browser: each does what the page does, and says what AWS would. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TOTP } from 'otpauth';
import { MovableClock } from '../support/clock';
import { withTemporaryFolder } from '../support/temporary-folder';
import { BROWSER_HELP, browse } from './browser-lines';
import { Sandbox } from './sandbox';

const NOW = 1_700_000_000_000;
const NAME = 'root.primary.86596220000001';

function open(): Sandbox {
  const administratorKey = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x'.repeat(40) };
  return Sandbox.create({ region: 'eu-central-1', administratorKey, clock: new MovableClock(() => NOW) });
}

function page(sandbox = open()) {
  return (line: string) => browse(sandbox.console(), line);
}

test('a security key of root is registered once under its name, and removed', () => {
  const type = page();
  const arn = type('register-root-key root.backup.K1');
  expect(arn).toMatch(/^arn:aws:iam::\d{12}:u2f\/root\/root\.backup\.K1-[A-Z2-7]{26}$/);
  expect(type(`root-remove ${arn}`)).toBe('removed');
  expect(type(`root-remove ${arn}`)).toMatch(/^error: /);
});

test('the picture of a device of root is written for its owner only, and over nothing', () =>
  withTemporaryFolder(async (folder) => {
    const type = page();
    const file = join(folder, 'code.png');
    expect(type(`root-device ${NAME} ${file}`)).toContain(file);
    const before = readFileSync(file);
    expect(before.subarray(1, 4).toString()).toBe('PNG');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(type(`root-device root.backup.2 ${file}`)).toMatch(/^error: /);
    expect(readFileSync(file)).toEqual(before);
    expect(type(`root-add ${NAME} 123456 654321`)).toMatch(/^error: /);
  }));

test('two codes of its seed add the device of root, which then signs in', () => {
  const sandbox = open();
  const type = page(sandbox);
  const secret = new URL(sandbox.console().createRootDevice(NAME)).searchParams.get('secret') ?? '';
  const totp = new TOTP({ secret });
  const [first, second] = [NOW - 30_000, NOW].map((timestamp) => totp.generate({ timestamp }));
  expect(type(`root-add ${NAME} ${second} ${first}`)).toMatch(/^error: /);
  expect(type(`root-add ${NAME} ${first} ${second}`)).toBe('added');
  expect(type(`sign-in root arn:aws:iam::123456789012:mfa/${NAME}`)).toBe('signed in');
});

test('a line that is unknown, or names nobody, changes nothing and says so', () => {
  const type = page();
  expect(type('fly to the moon')).toContain(BROWSER_HELP);
  expect(type('help')).toBe(BROWSER_HELP);
  expect(type('')).toBe('');
  expect(type('register-key nobody primary.K1')).toMatch(/^error: /);
  expect(type('sign-in nobody arn')).toMatch(/^error: /);
  expect(existsSync('code.png')).toBe(false);
});
