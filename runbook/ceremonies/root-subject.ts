/** The beginning that the ceremonies of a root user share: whose root user it is, and which token the record declares. */
import { parseRootHolder, rootHolder } from '../../lib/record/names';
import { OWN_ACCOUNT, type SlotToken } from '../../lib/record/record';
import type { CallerIdentity, WayIn } from '../aws/aws';
import {
  type Ceremony,
  type CeremonyRequest,
  continuing,
  type Preamble,
  readPreamble,
} from '../ceremony/ceremony';
import { explain } from '../ceremony/explain';
import { type Facts, facts } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { shownArn } from '../device/root-view';
import { declaredRootToken } from '../record/declared-root';
import { asCancelled, RunbookError } from '../runbook-error';

/** A ceremony's options that only a root user has. */
export interface RootRequest extends CeremonyRequest {
  /** The way into the account of the root user, to see its devices. */
  readonly way?: WayIn | undefined;
  /** Ends without waiting for what a person does in the console. */
  readonly isLater?: boolean;
}

/** Tells whether a holder of the command line is a root user. */
export function isRoot(holder: string): boolean {
  return parseRootHolder(holder) !== undefined;
}

/** A request that names the root user in full, and what the record says. */
export interface BegunRoot<R extends RootRequest = RootRequest> {
  readonly request: R;
  readonly preamble: Preamble;
}

/** Begins step 1 and names the root user in full: `root` alone is that of the caller's account. */
export async function beginRoot<R extends RootRequest>(
  request: R,
  ports: Ports,
  how: { readonly needsNoClock?: boolean } = {},
): Promise<BegunRoot<R>> {
  try {
    const preamble = await readPreamble(request.fleet, ports, { ...how, check: refusePartition });
    const account = parseRootHolder(request.holder) ?? OWN_ACCOUNT;
    const holder = rootHolder(account === OWN_ACCOUNT ? preamble.identity.account : account);
    return { request: { ...request, holder }, preamble };
  } catch (error) {
    throw explain(asCancelled(error, ports.signal), ports.line).withState(
      'nothing was changed in AWS, the token was not written',
    );
  }
}

function refusePartition({ partition, account }: CallerIdentity): void {
  if (partition === 'aws-us-gov') {
    throw new RunbookError(
      'iam/no-root',
      `${account} is an account of ${partition}, which has no root user`,
      {
        hints: [
          'the root user is that of the standard account that the GovCloud account belongs to: use a profile of that account',
        ],
      },
    );
  }
}

/** Returns the token that the record declares for the request. */
export function rootToken({ identity, deployed }: Preamble, request: RootRequest): SlotToken {
  return declaredRootToken(deployed, request, identity.account);
}

/** Makes the parts of a plan that all ceremonies of a root user share. @param more further facts for the journal */
export function rootPlan(request: RootRequest, more: Facts = {}) {
  return {
    facts: { ...more, ...wayFacts(request) },
    declared: (preamble: Preamble) => rootToken(preamble, request),
  };
}

/** The way in as a journal keeps it. */
function wayFacts({ way }: RootRequest): Facts {
  return facts({
    viewRole: way !== undefined && 'roleArn' in way ? way.roleArn : undefined,
    assumeRoot: way !== undefined && 'assumeRoot' in way ? 'yes' : undefined,
  });
}

/** Returns the way in of this run, or else the one of the run that began the ceremony. */
export function wayOf({ request, effects }: Ceremony<RootRequest>): WayIn | undefined {
  const { viewRole, assumeRoot } = effects.journal.request;
  if (request.way !== undefined) {
    return request.way;
  }
  if (assumeRoot === 'yes') {
    return { assumeRoot: true };
  }
  return viewRole === undefined ? undefined : { roleArn: viewRole };
}

/** Tells which command continues once a person has done their part in the console. */
export function tellPause(
  c: Ceremony<RootRequest>,
  deviceArn: string,
  what: 'lists' | 'no longer lists',
): void {
  if (c.request.isLookOnly === true) {
    return;
  }
  const { terminal } = c.ports;
  const next = continuation(c);
  terminal.event('paused', { holder: c.request.holder, deviceArn, next });
  terminal.note(`once the console ${what} ${shownArn(deviceArn)}, \`${next}\` completes the evidence`);
}

/** Formats the command that continues the ceremony. */
function continuation(c: Ceremony<RootRequest>): string {
  const way = wayOf(c);
  const how = way === undefined ? [] : 'roleArn' in way ? ['--view-role', way.roleArn] : ['--assume-root'];
  return String(continuing(c.effects.journal, c.ports, ...how));
}
