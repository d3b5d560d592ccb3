#!/usr/bin/env node
/** The entry of the command `cdk-mfa-guardrails`: it alone touches the process. */
import { runCommand } from './command';

process.exitCode = runCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
