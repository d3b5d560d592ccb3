/** Finds and reads the files that `aws` and the SDKs share. */
import type { Files } from '../files/files';

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Finds a shared file where the SDK looks for it. */
function sharedFile(env: Environment, variable: string, name: string): string {
  const home = env.HOME || env.USERPROFILE || '';
  const path = env[variable] || '~/.aws/'.concat(name);
  return path.startsWith('~/') ? `${home}${path.slice(1)}` : path;
}

/** The texts of the shared files; empty where there is none. */
export interface SharedTexts {
  readonly config: string;
  readonly credentials: string;
}

/** Reads both files. */
export async function readSharedTexts(env: Environment, files: Files): Promise<SharedTexts> {
  const [config = '', credentials = ''] = await Promise.all([
    files.read(configFile(env)),
    files.read(credentialsFile(env)),
  ]);
  return { config, credentials };
}

/** Returns the path of `~/.aws/config`, or AWS_CONFIG_FILE. */
export function configFile(env: Environment): string {
  return sharedFile(env, 'AWS_CONFIG_FILE', 'config');
}

/** Returns the path of `~/.aws/credentials`, or AWS_SHARED_CREDENTIALS_FILE. */
export function credentialsFile(env: Environment): string {
  return sharedFile(env, 'AWS_SHARED_CREDENTIALS_FILE', 'credentials');
}
