/** Processes of this machine seen from outside, through Linux's /proc. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findSeed } from './seed-forms';

const CHUNK_BYTES = 4 * 1024 * 1024;
/** Longer than any form of a seed. */
const OVERLAP_BYTES = 128;
/** `st` of a TCP socket that listens, in /proc/net/tcp. */
const LISTEN = '0A';
const POLL_MS = 10;

/** Whether this system shows its processes; elsewhere what is proved here cannot be. */
export const canSeeProcesses = existsSync('/proc/self/mem');

/** It runs: a process that has ended but was not waited for does not. */
export function isAlive(pid: number): boolean {
  return !['', 'Z', 'X'].includes(stateOf(pid));
}

/** Waits until a process is gone. @returns whether it was, in time */
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

/** Everything below a process that runs now. */
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

/** A file of /proc/{pid}; empty when the process is gone. */
export function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

/** The form in which a process holds a seed anywhere in its memory; nothing when it does not. */
export function findSeedInMemory(pid: number, seed: Uint8Array): string | undefined {
  return searchMemory(pid, (chunk) => findSeed(chunk, seed));
}

/** Whether a process holds some bytes anywhere in its memory. */
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

/** How many TCP sockets of a process listen. */
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

/** Of a page that cannot be read, as of a device, nothing is. */
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
