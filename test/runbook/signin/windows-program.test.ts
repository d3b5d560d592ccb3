/** Programs of Windows, found on any machine: nothing is run here. */
import { windowsProgram } from '../../../runbook/signin/windows-program';

const NODE = 'C:\\Program Files\\nodejs';
const ENV = { PATH: `C:\\Windows;${NODE}`, comspec: 'C:\\Windows\\system32\\cmd.exe' };
const FILES = new Set([`${NODE}\\npx.cmd`, `${NODE}\\npx`, `${NODE}\\node.exe`, 'C:\\Windows\\whoami.exe']);

/** Windows does not tell case apart. */
function exists(path: string): boolean {
  return [...FILES].some((file) => file.toLowerCase() === path.toLowerCase());
}

function find(command: string, ...args: readonly string[]) {
  return windowsProgram({ command, args }, ENV, exists);
}

test('npx is npx.cmd, which cmd.exe runs', () => {
  expect(find('npx', 'cdk', 'deploy')).toEqual({
    command: ENV.comspec,
    args: ['/d', '/s', '/c', '"C:\\Program^ Files\\nodejs\\npx.CMD ^^^"cdk^^^" ^^^"deploy^^^""'],
    windowsVerbatimArguments: true,
  });
});

test.each(['node', 'whoami', 'NODE.EXE'])('%s is run as it is, with its arguments untouched', (command) => {
  const found = find(command, 'a b', '%PATH%');
  expect(found.command.toLowerCase()).toMatch(/\.exe$/);
  expect(found).toEqual({ command: found.command, args: ['a b', '%PATH%'] });
});

test.each(['nonesuch', 'nonesuch.cmd', 'D:\\nonesuch'])(
  '%s is left to the system, which says that it is missing',
  (command) => {
    expect(find(command, 'x')).toEqual({ command, args: ['x'] });
  },
);

test('a batch file is found by its path, too', () => {
  expect(find(`${NODE}\\npx.cmd`).command).toBe(ENV.comspec);
  expect(find(`${NODE}\\npx`).command).toBe(ENV.comspec);
});

test.each([
  ['a & calc', '^^^"a^^^ ^^^&^^^ calc^^^"'],
  ['%PATH%', '^^^"^^^%PATH^^^%^^^"'],
  ['say "hi"', '^^^"say^^^ \\^^^"hi\\^^^"^^^"'],
  ['back\\', '^^^"back\\\\^^^"'],
  ['', '^^^"^^^"'],
])('an argument means the same to the program: %s', (argument, expected) => {
  expect(find('npx', argument).args.at(-1)).toBe(`"C:\\Program^ Files\\nodejs\\npx.CMD ${expected}"`);
});
