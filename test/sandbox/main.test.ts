import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { ListUsersCommand } from '@aws-sdk/client-iam';
import { clientsFor } from './test-clients';

const loader = pathToFileURL(require.resolve('tsx')).href;
const main = require.resolve('./main');

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', loader, main, ...args]);
  const stderr: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk.toString()));
  return { child, stderr };
}

/** Reads stdout up to the last export line. */
async function exportsOf(child: ChildProcessWithoutNullStreams): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for await (const line of createInterface(child.stdout)) {
    const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) {
      found[name] = value;
    }
    if (name === 'AWS_DEFAULT_REGION') {
      return found;
    }
  }
  throw new Error('the sandbox ended before it printed its export lines');
}

test('npm run sandbox prints lines to paste, serves who pasted them, logs calls, and ends at Ctrl-C', async () => {
  const { child, stderr } = start('--port', '0', '--quiet', '--log');
  try {
    const exported = await exportsOf(child);
    expect(Object.keys(exported)).toEqual([
      'AWS_ENDPOINT_URL',
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_REGION',
      'AWS_DEFAULT_REGION',
    ]);
    const { iam } = clientsFor(String(exported.AWS_ENDPOINT_URL), {
      accessKeyId: String(exported.AWS_ACCESS_KEY_ID),
      secretAccessKey: String(exported.AWS_SECRET_ACCESS_KEY),
    });
    expect((await iam.send(new ListUsersCommand({}))).Users?.map((user) => user.UserName)).toEqual([
      'platform-admin',
    ]);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(stderr.join('')).toMatch(
      /^\d\d:\d\d:\d\d iam ListUsers arn:aws:iam::123456789012:user\/platform-admin ok\n$/,
    );
  } finally {
    child.kill('SIGKILL');
  }
});

test('a port that is no port is refused with the value', async () => {
  const { child, stderr } = start('--port', 'http');
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(stderr.join('')).toContain('http is not a port');
});
