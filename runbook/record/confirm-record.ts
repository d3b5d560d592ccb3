/** Step 8, in part: the record still declares the token at the end of the ceremony. */
import { manifestName } from '../../lib/record/names';
import type { Ceremony } from '../ceremony/ceremony';
import { RunbookError } from '../runbook-error';
import { readRecord } from './declared-token';
import { isSpare } from './spares';

/** The generation to put into evidence; refuses a record that stopped declaring the token meanwhile. */
export async function confirmRecord({ request, ports, deployed, token }: Ceremony): Promise<string> {
  const { generation } = deployed.manifest;
  if ((await ports.aws.parameter(manifestName(request.fleet)))?.includes(generation)) {
    return generation;
  }
  const anew = await readRecord(ports.aws, request.fleet);
  const declared = anew.record.holders
    .find(({ name }) => name === request.holder)
    ?.tokens.find(({ slot }) => slot === request.slot);
  if (declared?.serial === token.serial || isSpare(anew.record, token.serial)) {
    return anew.manifest.generation;
  }
  throw new RunbookError(
    'record/changed',
    `the record was deployed anew meanwhile and now declares ${declared?.serial ?? 'no token'} for ${request.slot} of ${request.holder}`,
    {
      hints: [
        `put ${token.serial} back into tokens.yaml and deploy, or enrol the other one with \`mfa-runbook replace ${request.holder} --slot ${request.slot} --reason broken{options}\``,
      ],
      exitCode: 3,
    },
  );
}
