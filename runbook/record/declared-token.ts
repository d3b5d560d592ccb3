/** Step 1: the record is read and verified, and says which token the holder's slot takes. */

import { recordPath } from '../../lib/record/names';
import { type DeployedRecord, parseRecord } from '../../lib/record/pages';
import type { Holder, SlotToken } from '../../lib/record/record';
import type { Aws } from '../aws/aws';
import { RunbookError } from '../runbook-error';

/** Reads the whole record of a fleet and recomputes its generation. Throws RecordError and AwsFault. */
export async function readRecord(aws: Aws, fleet: string): Promise<DeployedRecord> {
  return parseRecord(fleet, await aws.parametersBelow(recordPath(fleet)));
}

/** The token that the record declares for a slot; refuses a holder or slot it does not declare. */
export function declaredToken(deployed: DeployedRecord, holder: string, slot: string): SlotToken {
  const { record } = deployed;
  const found = record.holders.find((candidate) => candidate.name === holder);
  if (found === undefined) {
    throw new RunbookError('record/no-holder', `the record of ${record.fleet} declares no holder ${holder}`, {
      hints: [
        `holders it declares: ${listed(record.holders.map((each) => each.name))}`,
        'to add one, edit tokens.yaml, have it reviewed and run `cdk deploy`',
      ],
    });
  }
  const token = found.tokens.find((candidate) => candidate.slot === slot);
  if (token === undefined) {
    throw noSlot(found, slot);
  }
  if (token.type !== 'programmable') {
    throw new RunbookError(
      'record/not-burnable',
      `the record declares ${token.serial} as ${token.type}, and only programmable tokens can be enrolled by this version`,
      { hints: ['correct the type in tokens.yaml and run `cdk deploy`, or enrol this device by hand'] },
    );
  }
  return token;
}

function noSlot(holder: Holder, slot: string): RunbookError {
  const declared = holder.tokens.map((token) => `${token.slot} (${token.serial})`);
  return new RunbookError('record/no-slot', `the record declares no slot ${slot} for ${holder.name}`, {
    hints: [
      `slots it declares: ${listed(declared)}`,
      'to add one, edit tokens.yaml, have it reviewed and run `cdk deploy`',
    ],
  });
}

const LISTED_AT_MOST = 10;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, LISTED_AT_MOST).join(', ');
  return names.length > LISTED_AT_MOST ? `${shown} and ${names.length - LISTED_AT_MOST} more` : shown;
}
