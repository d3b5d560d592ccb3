/** Runs what a person does in the browser from lines of text, for those who try the sandbox by hand. */
import { writeFileSync } from 'node:fs';
import { drawCode, png } from '../support/code-pictures';
import type { Console } from './console';

/** Each line's first word: its other words, and what it does. */
const LINES: Readonly<
  Record<string, { readonly words: string; run(console: Console, words: readonly string[]): string }>
> = {
  'register-key': {
    words: 'USER NAME    register a security key of a user under the name that `enroll` prints',
    run: (console, [user = '', name = '']) => console.registerSecurityKey(user, name),
  },
  'register-root-key': {
    words: 'NAME         the same for root',
    run: (console, [name = '']) => console.registerRootSecurityKey(name),
  },
  'root-device': {
    words: 'NAME FILE    begin with an authenticator app for root, and write its QR code to a PNG file',
    run: (console, [name = '', file = '']) => {
      const uri = console.createRootDevice(name);
      writeFileSync(file, png(drawCode(uri, 240)), { flag: 'wx', mode: 0o600 });
      return `${file} shows the QR code`;
    },
  },
  'root-add': {
    words: 'NAME CODE1 CODE2   type two codes and press "Add MFA"',
    run: (console, [name = '', first = '', second = '']) => {
      console.addRootDevice(name, first, second);
      return 'added';
    },
  },
  'root-remove': {
    words: 'ARN          remove a device of root',
    run: (console, [arn = '']) => {
      console.removeRootDevice(arn);
      return 'removed';
    },
  },
  'sign-in': {
    words: 'USER|root ARN      sign in with a device: an event in CloudTrail after two minutes',
    run: (console, [user = '', device = '']) => {
      if (user === 'root') {
        console.signInRoot({ device });
      } else {
        console.signIn(user, { device });
      }
      return 'signed in';
    },
  },
};

export const BROWSER_HELP = [
  ...Object.entries(LINES).map(([word, { words }]) => `${word.padEnd(18)}${words}`),
  `${'help'.padEnd(18)}these lines`,
].join('\n');

/** Runs one line. @returns what the page would say, or the error of AWS */
export function browse(console: Console, line: string): string {
  const [word = '', ...words] = line.trim().split(/\s+/);
  if (word === '') {
    return '';
  }
  const known = Object.hasOwn(LINES, word) ? LINES[word] : undefined;
  if (known === undefined) {
    return word === 'help' ? BROWSER_HELP : `unknown line "${word}"; use one of these:\n${BROWSER_HELP}`;
  }
  try {
    return known.run(console, words);
  } catch (error) {
    return `error: ${error instanceof Error ? error.message : String(error)}`;
  }
}
