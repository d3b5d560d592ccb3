/** The token that the record declares for a slot of a root user. */
import { rootHolder } from '../../lib/record/names';
import type { DeployedRecord } from '../../lib/record/pages';
import { OWN_ACCOUNT, type SlotToken, tokensOf } from '../../lib/record/record';
import { listOf } from '../../lib/record/text';
import { RunbookError } from '../runbook-error';
import { ADD_IT, meant } from './declared-token';

/**
 * Finds the token; refuses a root user or a slot that the record does not declare.
 *
 * @param holder `root@` and the account
 * @param ownAccount the account of the stack
 */
export function declaredRootToken(
  { record }: DeployedRecord,
  { holder, slot }: { readonly holder: string; readonly slot: string },
  ownAccount: string,
): SlotToken {
  const tokens = tokensOf(record, holder, ownAccount);
  if (tokens === undefined) {
    const accounts = record.roots.map(({ account }) => (account === OWN_ACCOUNT ? ownAccount : account));
    const declared = accounts.map(rootHolder);
    throw new RunbookError('record/no-holder', `the record of ${record.fleet} declares no ${holder}`, {
      hints: [
        declared.length === 0
          ? 'it declares no root user: add `root:` or `roots:` to tokens.yaml'
          : `root users that it declares: ${listOf(declared)}`,
        ADD_IT,
      ],
    });
  }
  const token = tokens.find((each) => each.slot === slot);
  if (token === undefined) {
    const slots = tokens.map((each) => `${each.slot} (${each.serial})`);
    const names = tokens.map((each) => each.slot);
    throw new RunbookError('record/no-slot', `the record declares no slot ${slot} for ${holder}`, {
      hints: [...meant(slot, names), `slots that it declares: ${listOf(slots)}`, ADD_IT],
    });
  }
  return token;
}
