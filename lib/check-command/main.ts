#!/usr/bin/env node
/** The entry of the command `cdk-mfa-guardrails`: it alone touches the process. */
import { runCommand } from './command';

// The disk is full, or the reader of the pipe has ended: the exit code must not say that the report was written.
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
