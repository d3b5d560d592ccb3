/** `mfa-runbook token`: what is on the readers. */
import type { Command } from 'commander';
import type { Run } from './options';
import { addTokenErase } from './token-erase';
import { addTokenInfo } from './token-info';
import { addTokenList } from './token-list';

export function addToken(program: Command, run: Run): void {
  const token = program.command('token').summary('look at the tokens on the readers');
  addTokenList(token, run);
  addTokenInfo(token, run);
  addTokenErase(token, run);
}
