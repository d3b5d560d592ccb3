/** Files that the person named on the command line. */
import { RunbookError } from '../runbook-error';

/**
 * Reports a failure to read or write one as a mistake on the command line.
 *
 * @throws RunbookError `usage`
 */
export async function withFile<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof RunbookError) {
      throw cause;
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunbookError('usage', `cannot use ${path}: ${reason}`, {
      hints: ['check the path and the permissions of the file'],
      cause,
      exitCode: 2,
    });
  }
}
