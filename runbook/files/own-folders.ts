/** The folders of this program and of the person, as the environment names them. */
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Files } from './files';

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns HOME if it is an absolute path, and what the system knows of the user otherwise. */
export function homeFolder({ HOME }: Environment, ofSystem: () => string = homeOfSystem): string {
  return HOME !== undefined && isAbsolute(HOME) ? HOME : ofSystem();
}

/** A user without an entry in passwd gets the home that Debian gives to nobody: nothing can be written there. */
function homeOfSystem(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '/nonexistent';
  }
}

/**
 * Finds the folders of this program. A relative path is ignored, as the specification demands:
 * https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function ownFolders(
  env: Environment,
  ofSystem?: () => string,
): Pick<Files, 'stateFolder' | 'cacheFolder'> {
  function folder(variable: string, ...usual: readonly string[]): string {
    const given = env[variable];
    const base = given !== undefined && isAbsolute(given) ? given : join(homeFolder(env, ofSystem), ...usual);
    return join(base, 'mfa-runbook');
  }
  return {
    stateFolder: folder('XDG_STATE_HOME', '.local', 'state'),
    cacheFolder: folder('XDG_CACHE_HOME', '.cache'),
  };
}
