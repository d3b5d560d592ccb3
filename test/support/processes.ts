/** Inspects processes of this machine from outside, through Linux's /proc. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findSeed } from './seed-forms';

const CHUNK_BYTES = 4 * 1024 * 1024;
/** Longer than any form of a seed. */
const OVERLAP_BYTES = 128;
/** The state of a listening TCP socket in /proc/net/tcp. */
const LISTEN = '0A';
const POLL_MS = 10;

/** True where the system has /proc; elsewhere these tests cannot run. */
export const canSeeProcesses = existsSync('/proc/self/mem');

/** Tells whether a process is running; a zombie is not. */
export function isAlive(pid: number): boolean {
  return !['', 'Z', 'X'].includes(stateOf(pid));
}

/** Waits until a process has ended. @returns false when it is still running at the deadline */
export async function isGoneWithin(pid: number, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (isAlive(pid)) {
    if (performance.now() > deadline) {
      return false;
    }
    await sleep(POLL_MS);
  }
  return true;
}

/** Lists the running descendants of a process. */
export function descendantsOf(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) {
      parents.set(Number(name), parentOf(Number(name)));
    }
  }
  const found: number[] = [];
  for (const candidate of parents.keys()) {
    for (let above = parents.get(candidate); above !== undefined; above = parents.get(above)) {
      if (above === pid && isAlive(candidate)) {
        found.push(candidate);
      }
    }
  }
  return found;
}

/** Reads a file of /proc/{pid}; empty when the process has ended. */
export function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

/** Searches the memory of a process for a seed. @returns the form that was found, or undefined */
export function findSeedInMemory(pid: number, seed: Uint8Array): string | undefined {
  return searchMemory(pid, (chunk) => findSeed(chunk, seed));
}

/** Tells whether a process has some bytes anywhere in its memory. */
export function holdsInMemory(pid: number, bytes: Uint8Array): boolean {
  return searchMemory(pid, (chunk) => (chunk.indexOf(bytes) < 0 ? undefined : 'found')) !== undefined;
}

function searchMemory(pid: number, search: (chunk: Buffer) => string | undefined): string | undefined {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  try {
    let searched = 0;
    for (const [begin, end] of readableRegions(pid)) {
      for (let at = begin; at < end; at += BigInt(CHUNK_BYTES - OVERLAP_BYTES)) {
        const length = read(memory, chunk, at, end);
        searched += length;
        const found = search(chunk.subarray(0, length));
        if (found !== undefined) {
          return found;
        }
      }
    }
    if (searched === 0) {
      throw new Error(`nothing of the memory of process ${pid} could be read`);
    }
    return undefined;
  } finally {
    closeSync(memory);
  }
}

/** Counts the listening TCP sockets of a process. */
export function listeningSockets(pid: number): number {
  const listening = new Set(
    ['tcp', 'tcp6'].flatMap((name) =>
      procFile(pid, `net/${name}`)
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[3] === LISTEN)
        .map((fields) => `socket:[${fields[9]}]`),
    ),
  );
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => listening.has(linkOf(`/proc/${pid}/fd/${fd}`))).length;
}

function stateOf(pid: number): string {
  return /^\d+ \(.*\) (\S)/s.exec(procFile(pid, 'stat'))?.[1] ?? '';
}

function parentOf(pid: number): number {
  return Number(/^\d+ \(.*\) \S (\d+)/s.exec(procFile(pid, 'stat'))?.[1] ?? 0);
}

function* readableRegions(pid: number): Generator<readonly [bigint, bigint]> {
  for (const line of procFile(pid, 'maps').split('\n')) {
    const [, begin, end] = /^([0-9a-f]+)-([0-9a-f]+) r(?!.*\[vvar|.*\[vsyscall)/.exec(line) ?? [];
    if (begin !== undefined && end !== undefined) {
      yield [BigInt(`0x${begin}`), BigInt(`0x${end}`)];
    }
  }
}

/** Reads a piece of memory; nothing of a page that cannot be read, such as a device's. */
function read(memory: number, chunk: Buffer, at: bigint, end: bigint): number {
  const length = end - at < BigInt(CHUNK_BYTES) ? Number(end - at) : CHUNK_BYTES;
  try {
    return readSync(memory, chunk, 0, length, at);
  } catch {
    return 0;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
