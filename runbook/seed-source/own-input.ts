/**
 * Fetches the bytes of a seed in the process that will hold it: from a file, or from the standard input of the command,
 * which this process inherits.
 *
 * Rules: what is typed is never echoed (the command switches the terminal's echo off) and never becomes a text; of a pipe,
 * no byte after the line is read, because the command reads its answers from there.
 */
import { open } from 'node:fs/promises';
import { cancelled, RunbookError } from '../runbook-error';
import { ByteInput, collectBytes, readToEnd } from '../terminal/byte-input';
import { HiddenLine } from '../terminal/hidden-line';
import { MAX_FILE_BYTES } from './picture';
import type { SeedInput } from './read-seed';

/** @param standardInput descriptor of the command's standard input */
export function ownInput(standardInput: number): SeedInput {
  const input = new ByteInput(standardInput);
  return {
    picture: (path, signal) =>
      path === '-' ? pictureFrom(input, standardInput, signal) : readPicture(path, signal),
    typed: (signal) => readLine(input, signal),
  };
}

async function pictureFrom(input: ByteInput, fd: number, signal: AbortSignal): Promise<Uint8Array> {
  if (input.isTerminal) {
    throw new RunbookError('usage', '--qr - reads a picture from standard input, which is a terminal', {
      hints: ['pass the name of the file, or pipe the picture in, such as `wl-paste | {command}`'],
      exitCode: 2,
    });
  }
  return readToEnd(fd, MAX_FILE_BYTES, signal);
}

async function readPicture(path: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      signal.throwIfAborted();
      // The path is opened, not the descriptor: one of a named pipe would be closed twice.
      return await collectBytes(file.createReadStream({ autoClose: false, signal }), MAX_FILE_BYTES, signal);
    } finally {
      await file.close();
    }
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunbookError('usage', `cannot use ${path}: ${reason}`, {
      hints: ['check the path and the permissions of the file'],
      cause,
      exitCode: 2,
    });
  }
}

async function readLine(input: ByteInput, signal: AbortSignal): Promise<Uint8Array> {
  const line = new HiddenLine();
  function takeFromPipe(byte: number): boolean {
    if (byte === 0x0a) {
      return false;
    }
    line.add(byte);
    return true;
  }
  try {
    const isOver = await input.read(input.isTerminal ? (key) => line.press(key) : takeFromPipe, signal);
    const typed = line.take();
    if (line.isCancelled) {
      throw cancelled();
    }
    if (isOver && typed.length === 0) {
      throw cancelled(undefined, 'cancelled: the input ended at this question');
    }
    return typed;
  } finally {
    line.wipe();
  }
}
