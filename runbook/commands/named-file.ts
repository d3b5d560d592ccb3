/** Files that the person named on the command line. */
import { RunbookError } from '../runbook-error';

/**
 * Reads or writes one.
 *
 * @throws RunbookError `usage`
 */
export async function withFile<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunbookError('usage', `cannot use ${path}: ${reason}`, {
      hints: ['name a file that can be read, or written, here'],
      cause,
      exitCode: 2,
    });
  }
}
