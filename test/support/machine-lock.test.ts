import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { lockMachine } from './machine-lock';

const freshName = () => `mfa-guardrails-test-${randomUUID()}`;

test('who comes second waits until the first is done', async () => {
  const name = freshName();
  const first = await lockMachine(name, 0);
  const order: string[] = [];
  const second = lockMachine(name, 5_000).then((lock) => {
    order.push('second');
    return lock;
  });
  await expect(lockMachine(name, 0)).rejects.toThrow(`another process holds "${name}"`);
  order.push('first');
  await first.release();
  await (await second).release();
  expect(order).toEqual(['first', 'second']);
});

test('locks of other names are free', async () => {
  const locks = [await lockMachine(freshName(), 0), await lockMachine(freshName(), 0)];
  await Promise.all(locks.map((lock) => lock.release()));
});

test('a process that is killed lets go', async () => {
  const name = freshName();
  const holder = spawn(process.execPath, [
    '-e',
    `require('node:net').createServer().listen({ path: '\\0${name}' }, () => console.log('held'))`,
  ]);
  await once(holder.stdout, 'data');
  await expect(lockMachine(name, 0)).rejects.toThrow('another process holds');
  holder.kill('SIGKILL');
  await (await lockMachine(name, 5_000)).release();
});
