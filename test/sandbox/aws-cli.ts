/**
 * Finds the real AWS CLI, version 2, and runs it against a sandbox, isolated from this machine's settings.
 */

import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Credentials } from './caller';

/** Finds the first `aws` of version 2 or later: /usr/bin/aws, where Debian installs it, then PATH. */
export function findAwsCli(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'aws'));
  return ['/usr/bin/aws', ...onPath].find(
    (candidate) => existsSync(candidate) && majorVersionOf(candidate) >= 2,
  );
}

/** Runs it in an empty home folder, so that no profile, cache or setting of this machine matters. */
export class AwsCli {
  public constructor(
    private readonly program: string,
    private readonly url: string,
    private readonly home: string,
  ) {}

  /** @returns its JSON. @throws Error with what it wrote to stderr */
  public run(credentials: Credentials, ...args: readonly string[]): Promise<unknown> {
    // Passed as an option: aws-cli reads AWS_ENDPOINT_URL from 2.13 on, and Debian 12 has 2.9.
    const all = ['--endpoint-url', this.url, '--output', 'json', ...args];
    return new Promise((resolve, reject) => {
      execFile(this.program, all, { env: this.#environment(credentials) }, (error, stdout, stderr) => {
        if (error) {
          reject(new Error(stderr.trim() || error.message));
        } else {
          resolve(stdout.trim() === '' ? undefined : JSON.parse(stdout));
        }
      });
    });
  }

  #environment(credentials: Credentials): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.home,
      AWS_CONFIG_FILE: join(this.home, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(this.home, 'credentials'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_PAGER: '',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    };
  }
}

function majorVersionOf(program: string): number {
  try {
    const version = execFileSync(program, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(/^aws-cli\/(\d+)\./.exec(version)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
