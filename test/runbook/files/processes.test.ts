import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { formatIdentity, judgeProcess, parseIdentity, thisProcess } from '../../../runbook/files/processes';
import { deadProcess } from './dead-process';

const onLinux = process.platform === 'linux' ? test : test.skip;

test('this process is alive, and known by its number', async () => {
  const own = await thisProcess();
  expect(own.pid).toBe(process.pid);
  expect(await judgeProcess(own)).toBe('alive');
});

test('a process that ended is dead', async () => {
  expect(await judgeProcess(await deadProcess())).toBe('dead');
});

test('a killed child is alive before and dead after', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const identity = { ...(await thisProcess()), pid: child.pid ?? 0, started: '00000000' };
  expect(await judgeProcess(identity)).toBe('alive');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await judgeProcess(identity)).toBe('dead');
});

onLinux('a number that was given out again is not the process that had it', async () => {
  const own = await thisProcess();
  expect(own.started).not.toBe('00000000');
  expect(await judgeProcess({ ...own, started: '12345678' })).toBe('dead');
});

onLinux('a process that ended, but that nobody has waited for, is dead', async () => {
  // The shell becomes a program that never waits for the child; only then the child's input ends, and the child with it.
  const shell = spawn('sh', ['-c', 'cat <&3 >/dev/null & echo $!; exec sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  const [stdout, input] = [shell.stdio[1] as Readable, shell.stdio[3] as Writable];
  const [line] = (await once(stdout, 'data')) as [Buffer];
  while (readFileSync(`/proc/${shell.pid}/comm`, 'utf8') !== 'sleep\n') {
    await pause(5);
  }
  input.end();
  const identity = { ...(await thisProcess()), pid: Number(line.toString()), started: '00000000' };
  while ((await judgeProcess(identity)) !== 'dead') {
    await pause(5);
  }
  expect(process.kill(identity.pid, 0)).toBe(true);
  shell.kill('SIGKILL');
});

test('without a start time the number has to do', async () => {
  expect(await judgeProcess({ ...(await thisProcess()), started: '00000000' })).toBe('alive');
});

test('a process of another machine or container is neither alive nor dead', async () => {
  expect(await judgeProcess({ ...(await deadProcess()), place: 'ffffffff' })).toBe('elsewhere');
  expect(await judgeProcess({ ...(await thisProcess()), place: 'ffffffff' })).toBe('elsewhere');
});

test('an identity reads back as it was written', async () => {
  const own = await thisProcess();
  expect(parseIdentity(formatIdentity(own))).toEqual(own);
});

test.each([
  '',
  '12',
  '0-00000000-00000000',
  '-1-00000000-00000000',
  '12-0000000g-00000000',
  '12-00000000-00000000-',
])('refuses the identity "%s"', (text) => {
  expect(parseIdentity(text)).toBeUndefined();
});
