/** The evidence of an enrolment: what its steps observed, in this run or in one before. */

import type { Settled } from '../ceremony/effects';
import { type EvidenceFacts, writeEvidence } from '../ceremony/evidence-step';
import type { Facts, JournalStep } from '../ceremony/journal';
import { isSpare } from '../record/spares';
import type { Enrolling, EnrolStep } from './enrolling';

/** The last step: evidence of what the others observed. */
export const evidence: EnrolStep = {
  name: 'evidence',
  isNeeded: ({ hasEvidence: isThere }) => !isThere,
  run: async (context) => {
    const { ports, request } = context.ceremony;
    const written = await writeEvidence(ports, enrolmentFacts(context), request.command);
    ports.terminal.event('enrolled', { ...written });
    return undefined;
  },
  settle: settleEvidence,
};

/** The same evidence has the same id: writing it twice is writing it once. */
export async function settleEvidence(_context: unknown, found: JournalStep): Promise<Settled> {
  return found.state === 'done' ? 'done' : 'undone';
}

/** What the steps above observed. */
export function enrolmentFacts(context: Enrolling): EvidenceFacts {
  const { request, world, identity, deployed } = context.ceremony;
  const facts = factsOf(context, 'burn');
  const seen = factsOf(context, 'device');
  const enabled = factsOf(context, 'enable');
  return {
    id: world.id,
    ceremony: 'enroll',
    fleet: request.fleet,
    holder: request.holder,
    slot: request.slot,
    tokenSerial: context.ceremony.token.serial,
    ...(facts.model ? { tokenModel: facts.model } : {}),
    ...(facts.clockOffsetSeconds ? { clockOffsetSeconds: Number(facts.clockOffsetSeconds) } : {}),
    ...(seen.witness ? { witness: seen.witness } : {}),
    deviceArn: world.deviceArn,
    generation: context.generation ?? deployed.manifest.generation,
    by: identity.arn,
    checks: checksOf(context, enabled),
  };
}

function factsOf({ ceremony }: Enrolling, name: string): Facts {
  return ceremony.progress.find(name)?.facts ?? {};
}

/** What was checked; less where an earlier run did the checking, and left no word of it. */
function checksOf(context: Enrolling, enabled: Facts): readonly string[] {
  const { deployed, token } = context.ceremony;
  const record = isSpare(deployed.record, token.serial) ? 'record:spare' : 'record';
  if (context.enabledBefore !== undefined) {
    return [record, 'listed'];
  }
  const judged = enabled.codes === undefined ? [] : [`codes:${enabled.codes}`];
  return [record, 'clock', 'serial', 'burn', ...judged, 'listed'];
}
