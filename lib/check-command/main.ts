#!/usr/bin/env node
/** The entry of the command `cdk-mfa-guardrails`: it alone touches the process. */
import { runCommand } from './command';

// A report that cannot be written is none: to a full disk, or to a reader that is gone.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE') {
    process.stderr.write(`cdk-mfa-guardrails: error: cannot write the report: ${message}\n`);
  }
  process.exitCode = 2;
});

process.exitCode = runCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
