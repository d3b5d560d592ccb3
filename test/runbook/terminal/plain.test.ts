/** Terminals that cannot rewrite a line, and logs. */
import { isPlain } from '../../../runbook/terminal/plain';

test.each<readonly [Readonly<Record<string, string>>, boolean]>([
  [{}, false],
  [{ TERM: 'xterm-256color', CI: '' }, false],
  [{ CI: 'false' }, false],
  [{ TERM: 'dumb' }, true],
  [{ TERM: 'xterm', CI: 'true' }, true],
  [{ CI: '1' }, true],
])('%j: %s', (env, plain) => {
  expect(isPlain(env)).toBe(plain);
});
