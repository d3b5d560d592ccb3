/**
 * The tokens that refused their key, or said that they are locked: one line each, the serial and the day, in
 * `{stateFolder}/locked-tokens`. Another attempt may lock such a token for good, so no run makes one.
 */
import { join } from 'node:path';
import type { LockedTokens } from '../ceremony/ports';
import type { Clock } from '../clock';
import type { Files } from './files';

const MODE = 0o600;

/** Opens the list. Nothing is read or written before the first call. */
export function lockedTokens(
  files: Pick<Files, 'read' | 'edit' | 'stateFolder'>,
  clock: Pick<Clock, 'now'>,
): LockedTokens {
  const path = join(files.stateFolder, 'locked-tokens');
  return {
    path,
    since: async (serial) => dayOf(await files.read(path), serial),
    add: (serial) =>
      files.edit(
        path,
        async (bytes) => {
          const text = Buffer.from(bytes).toString('utf8');
          const line = `${serial} ${new Date(clock.now()).toISOString().slice(0, 10)}\n`;
          const isListed = dayOf(text, serial) !== undefined;
          return isListed
            ? bytes
            : Buffer.from(`${text === '' || text.endsWith('\n') ? text : `${text}\n`}${line}`);
        },
        MODE,
      ),
  };
}

function dayOf(text: string | undefined, serial: string): string | undefined {
  const lines = (text ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  const found = lines.find(([listed]) => listed === serial);
  return found === undefined ? undefined : (found[1] ?? 'on an unknown day');
}
