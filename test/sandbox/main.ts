/**
 * `npm run sandbox`: runs the sandbox on its own, to try the command, the AWS CLI or `cdk deploy` by hand.
 * It prints lines to paste into a shell on stdout, and the log on stderr.
 */

import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError } from 'commander';
import { PrintedFob, SAMPLE_SERIALS } from '../tokens/printed-fob';
import { browse } from './browser-lines';
import type { CallRecord } from './call-log';
import { DEFAULT_REGIONS } from './default-regions';
import { Sandbox } from './sandbox';

/**
 * The example key of AWS's documentation: it belongs to nobody, and secret scanners know it.
 */
const exampleKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const region = 'eu-central-1';
const otherRegions = DEFAULT_REGIONS.filter((each) => each !== region);

interface Options {
  readonly port: number;
  readonly quiet?: true;
  readonly log?: true;
}

async function main(): Promise<void> {
  const command = new Command('sandbox')
    .description(
      'A stand-in for AWS on 127.0.0.1: IAM with MFA, STS, SSM parameters, CloudFormation and what `cdk deploy` needs. In memory only.',
    )
    .option('--port <number>', 'the port to listen on; 0 for any free port', parsePort, 45_660)
    .option('--quiet', 'print only the export lines')
    .option('--log', 'write one line per call to stderr');
  const options = command.parse().opts<Options>();
  const sandbox = Sandbox.create({ region, otherRegions, administratorKey: exampleKey, bootstrapped: true });
  for (const serial of SAMPLE_SERIALS) {
    sandbox.addPrintedToken(serial, PrintedFob.sampleSeed(serial));
  }
  if (options.log) {
    sandbox.onCall = (call) => process.stderr.write(`${describeCall(call)}\n`);
  }
  const url = await sandbox.listen(options.port);
  process.stdout.write(options.quiet ? exportLines(url) : introduction(url));
  createInterface({ input: process.stdin }).on('line', (line) => {
    process.stdout.write(`${browse(sandbox.console(), line)}\n`);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      sandbox.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

function introduction(url: string): string {
  return [
    `# This is not AWS: a sandbox on ${url}, in memory only, until Ctrl-C.`,
    '# The key is the example of the AWS documentation: an administrator here, and invalid everywhere else.',
    '# Paste this into another terminal. (aws-cli before 2.13 ignores AWS_ENDPOINT_URL:',
    '# use `aws --endpoint-url "$AWS_ENDPOINT_URL" …`.)',
    `# It knows the hardware tokens ${SAMPLE_SERIALS.join(', ')}: npm run virtual-token -- --kind hardware-totp --serial SERIAL`,
    '# Type `help` here for what a person does in the browser: security keys, the devices of root, signing in.',
    '',
    exportLines(url),
  ].join('\n');
}

function exportLines(url: string): string {
  const lines = [
    // Both would take precedence over the exported key.
    'unset AWS_PROFILE AWS_SESSION_TOKEN',
    `export AWS_ENDPOINT_URL=${url}`,
    `export AWS_ACCESS_KEY_ID=${exampleKey.accessKeyId}`,
    `export AWS_SECRET_ACCESS_KEY=${exampleKey.secretAccessKey}`,
    `export AWS_REGION=${region}`,
    // Some tools, aws-cli among them, read only this one.
    `export AWS_DEFAULT_REGION=${region}`,
  ];
  return `${lines.join('\n')}\n`;
}

function describeCall({ at, service, operation, caller, errorCode, via }: CallRecord): string {
  const when = new Date(at).toISOString().slice(11, 19);
  const by = via === undefined ? (caller ?? '(unknown caller)') : `${via} for ${caller}`;
  return `${when} ${service} ${operation} ${by} ${errorCode ?? 'ok'}`;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) {
    return port;
  }
  throw new InvalidArgumentError(`${text} is not a port: enter a number from 0 to 65535`);
}

main().catch((error: NodeJS.ErrnoException) => {
  const hint =
    error.code === 'EADDRINUSE' ? 'sandbox: hint: another program uses this port; try --port 0\n' : '';
  process.stderr.write(`sandbox: error: ${error.message}\n${hint}`);
  process.exitCode = 1;
});
