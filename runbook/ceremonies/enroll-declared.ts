/** Enrolls the token that the record declares for a slot, in the way of its type. */
import { slotToken } from '../../lib/record/record';
import { type Preamble, readPreamble } from '../ceremony/ceremony';
import { explain } from '../ceremony/explain';
import type { Ports } from '../ceremony/ports';
import { asCancelled } from '../runbook-error';
import { type EnrollRequest, enroll } from './enroll';
import { enrollPrinted } from './enroll-printed';
import { enrollRoot } from './enroll-root';
import type { EnrollRootRequest } from './root-state';
import { beginRoot, isRoot } from './root-subject';

/**
 * Enrolls one token.
 *
 * @returns the ARN of its device, or its serial if IAM knows it by that; nothing if a person is to finish it
 * @throws RunbookError with the state of IAM and of the token
 */
export async function enrollDeclared(
  request: EnrollRequest & EnrollRootRequest,
  ports: Ports,
): Promise<string | undefined> {
  if (isRoot(request.holder)) {
    const begun = await beginRoot(request, ports);
    return enrollRoot(begun.request, ports, begun.preamble);
  }
  const preamble = await begin(request, ports);
  const token = slotToken(preamble.deployed.record, request.holder, request.slot);
  return token?.type === 'hardware-totp'
    ? enrollPrinted(request, ports, preamble)
    : enroll(request, ports, { preamble });
}

async function begin({ fleet }: EnrollRequest, ports: Ports): Promise<Preamble> {
  try {
    return await readPreamble(fleet, ports);
  } catch (error) {
    throw explain(asCancelled(error, ports.signal), ports.line).withState(
      'nothing was created in IAM, the token was not written',
    );
  }
}
