/** Runs the real `cdk` command against a sandbox. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface CdkOptions {
  /** URL of the sandbox. */
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** The directory of a synthesized app, as `new App({ outdir })` and `synth()` leave it. @default the app of `cwd`'s cdk.json */
  readonly outdir?: string;
  /** The working directory. @default an empty directory */
  readonly cwd?: string;
  /** @default eu-central-1 */
  readonly region?: string;
  /** Runs CDK's own validator, which takes 4 to 6 CPU seconds; cdk-nag and MfaChecks always run. @default false */
  readonly validate?: boolean;
  /** Called with each piece of output as it arrives. */
  readonly onOutput?: (text: string) => void;
}

export interface CdkRun {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  /** The progress of the command. */
  readonly stderr: string;
  readonly durationMs: number;
}

const cdk = join(dirname(require.resolve('aws-cdk/package.json')), 'bin', 'cdk');

/**
 * Runs `cdk ARGS` as a child process: without colors, telemetry or access to the internet. Each run has a home folder
 * of its own, because the command caches in `~/.cdk/cache` which account an access key belongs to.
 *
 * @param args for instance `['deploy', '--require-approval', 'never']`
 */
export async function runCdk(args: readonly string[], options: CdkOptions): Promise<CdkRun> {
  const home = await mkdtemp(join(tmpdir(), 'cdk-home-'));
  try {
    const app = options.outdir === undefined ? [] : ['--app', options.outdir];
    return await run([cdk, ...args, ...app, '--no-notices', '--no-color'], home, options);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function run(command: readonly string[], home: string, options: CdkOptions): Promise<CdkRun> {
  const start = performance.now();
  const child = spawn(process.execPath, command, {
    cwd: options.cwd ?? home,
    env: environment(home, options),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      options.onOutput?.(text);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, ...output, durationMs: Math.round(performance.now() - start) }),
    );
  });
}

/** Takes only the path from the surrounding environment: no profile and no credentials of the person who runs the tests. */
function environment(
  home: string,
  { endpoint, credentials, region = 'eu-central-1', validate = false }: CdkOptions,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    USERPROFILE: home,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: '1',
    CDK_DISABLE_VERSION_CHECK: '1',
    ...(validate ? {} : { CDK_VALIDATION: 'false' }),
    NO_COLOR: '1',
  };
}
