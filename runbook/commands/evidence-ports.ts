/** What the commands about evidence work with. */
import { explain } from '../ceremony/explain';
import { RunbookError } from '../runbook-error';
import type { Host } from './host';
import { type CommonOptions, formatOptions } from './options';
import { type SessionPorts, sessionPorts } from './session-ports';

/**
 * Opens ports for as long as the work takes.
 *
 * @param command the command line, for hints
 * @throws RunbookError
 */
export async function withPorts(
  host: Host,
  options: CommonOptions,
  command: string,
  work: (ports: SessionPorts) => Promise<void>,
): Promise<void> {
  const ports = sessionPorts(host, options);
  try {
    await work(ports);
  } catch (error) {
    const explained = explain(error, { command, options: formatOptions(options) });
    throw explained.state === undefined ? explained.withState('nothing was changed') : explained;
  } finally {
    await ports.close();
  }
}

/**
 * Reads or writes a file that the person named.
 *
 * @throws RunbookError `usage`
 */
export async function withFile<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunbookError('usage', `${path} cannot be used: ${reason}`, {
      hints: ['name a file that can be read, or written, here'],
      cause,
      exitCode: 2,
    });
  }
}
