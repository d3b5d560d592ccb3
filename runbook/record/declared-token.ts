/** The deployed record, read and verified, and the token that it declares for a slot. */
import { type DeviceName, manifestName, recordPath } from '../../lib/record/names';
import { nearestName } from '../../lib/record/nearest-word';
import { type DeployedRecord, parseRecord, RecordError } from '../../lib/record/pages';
import { formatPlace, isSamePlace, type Place } from '../../lib/record/place';
import { type FleetRecord, generationOf, type SlotToken, schemaOf, slotToken } from '../../lib/record/record';
import { listOf } from '../../lib/record/text';
import type { Aws } from '../aws/aws';
import { RunbookError } from '../runbook-error';

export const ADD_IT = 'to add one, edit tokens.yaml, have it reviewed and run `cdk deploy`';

/** Reads the whole record of a fleet and recomputes its generation. Throws RecordError and AwsFault. */
export async function readRecord(aws: Pick<Aws, 'parametersBelow'>, fleet: string): Promise<DeployedRecord> {
  return parseRecord(fleet, await aws.parametersBelow(recordPath(fleet)));
}

/** Stands for the record where none is deployed: it declares nothing, and has no pages. */
function noRecord(fleet: string): DeployedRecord {
  const record: FleetRecord = { fleet, holders: [], roots: [], spares: [] };
  const counts = { pages: 0, holders: 0, tokens: 0, spares: 0 };
  return {
    record,
    manifest: { schema: schemaOf(record), fleet, generation: generationOf(record), ...counts },
  };
}

/** Reads the record, or returns one that declares nothing. */
export async function readRecordIfAny(
  aws: Pick<Aws, 'parametersBelow'>,
  fleet: string,
): Promise<DeployedRecord> {
  try {
    return await readRecord(aws, fleet);
  } catch (error) {
    if (error instanceof RecordError && error.fault === 'missing') {
      return noRecord(fleet);
    }
    throw error;
  }
}

/** Tells whether a record is deployed. */
export function isDeployed({ manifest }: DeployedRecord): boolean {
  return manifest.pages > 0;
}

/** Returns the record as it is now; reads it again only if it was deployed since `known` was read. */
export async function readAgain(
  aws: Pick<Aws, 'parameter' | 'parametersBelow'>,
  known: DeployedRecord,
): Promise<DeployedRecord> {
  const { fleet } = known.record;
  const manifest = await aws.parameter(manifestName(fleet));
  const isSame = manifest === undefined ? !isDeployed(known) : manifest.includes(known.manifest.generation);
  return isSame ? known : readRecord(aws, fleet);
}

/** Finds the token that the record declares for a slot; refuses a holder or slot that it does not declare. */
export function declaredToken({ record }: DeployedRecord, holder: string, slot: string): SlotToken {
  const declared = record.holders.find(({ name }) => name === holder);
  if (declared === undefined) {
    const names = record.holders.map(({ name }) => name);
    throw new RunbookError('record/no-holder', `the record of ${record.fleet} declares no holder ${holder}`, {
      hints: [...meant(holder, names), `holders that it declares: ${listOf(names)}`, ADD_IT],
    });
  }
  const token = slotToken(record, holder, slot);
  if (token === undefined) {
    const slots = declared.tokens.map((each) => `${each.slot} (${formatPlace(each)})`);
    const names = declared.tokens.map((each) => each.slot);
    throw new RunbookError('record/no-slot', `the record declares no slot ${slot} for ${holder}`, {
      hints: [...meant(slot, names), `slots that it declares: ${listOf(slots)}`, ADD_IT],
    });
  }
  return token;
}

/** Names the word that somebody probably meant. */
export function meant(given: string, known: readonly string[]): readonly string[] {
  const nearest = nearestName(given, known);
  return nearest === undefined ? [] : [`did you mean ${nearest}?`];
}

/** Tells whether the record declares a place as a spare. */
export function isSpare({ spares }: FleetRecord, place: Place): boolean {
  return spares.some((spare) => isSamePlace(spare, place));
}

/** Tells whether the record declares a token, or a profile of it, for anybody or as a spare. */
export function isDeclared({ holders, roots, spares }: FleetRecord, serial: string): boolean {
  const tokens = [...holders, ...roots].flatMap((each) => each.tokens);
  return [...spares, ...tokens].some((token) => token.serial === serial);
}

/** Describes the manual step that is left once a spare is enrolled. */
export function moveSpare(place: Place, holder: string, slot: string): string {
  return `move ${formatPlace(place)} from spares to ${holder} ${slot} in tokens.yaml and run \`cdk deploy\``;
}

/**
 * Does part of step 8: checks that the record still declares the token at the end of the ceremony.
 *
 * @param name `ownAccount`: the account of the stack, for a root user; see slotToken
 * @returns the generation for the evidence
 * @throws RunbookError `record/changed`
 */
export async function confirmRecord(
  aws: Pick<Aws, 'parameter' | 'parametersBelow'>,
  deployed: DeployedRecord,
  { holder, slot, ownAccount, ...place }: DeviceName & { readonly ownAccount?: string },
): Promise<string> {
  const wanted = formatPlace(place);
  const { record, manifest } = await readAgain(aws, deployed);
  const declared = slotToken(record, holder, slot, ownAccount);
  const isSame = manifest.generation === deployed.manifest.generation;
  if (isSame || (declared !== undefined && isSamePlace(declared, place)) || isSpare(record, place)) {
    return manifest.generation;
  }
  throw new RunbookError(
    'record/changed',
    `the record was deployed again in the meantime and now declares ${declared === undefined ? 'no token' : formatPlace(declared)} for ${slot} of ${holder}`,
    {
      hints: [
        `put ${wanted} back into tokens.yaml and deploy, or enroll the other one with \`mfa-runbook replace ${holder} --slot ${slot} --reason broken{options}\``,
      ],
      exitCode: 3,
    },
  );
}
