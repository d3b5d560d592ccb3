/** The ceremonies that each kind of device has its own way of: the one table that the commands and `resume` ask. */
import { type DeviceKind, deviceKindOf } from '../../lib/record/devices';
import type { SlotToken } from '../../lib/record/record';
import { type CeremonyRequest, type Preamble, readPreamble } from '../ceremony/ceremony';
import { explain } from '../ceremony/explain';
import type { Ports } from '../ceremony/ports';
import { declaredToken } from '../record/declared-token';
import { TOKEN_KINDS } from '../record/token-kinds';
import { asCancelled, RunbookError } from '../runbook-error';
import { assignRoot } from './assign-root';
import { prove, resync } from './drill';
import { type EnrollRequest, enroll } from './enroll';
import { enrollFido } from './enroll-fido';
import { enrollPrinted } from './enroll-printed';
import { enrollRoot } from './enroll-root';
import { proveConsole } from './prove-console';
import { proveRoot } from './prove-root';
import { replace } from './replace';
import { replaceRoot } from './replace-root';
import type { ReplaceRequest } from './replace-state';
import type { ReplaceRootRequest } from './root-replacement';
import type { EnrollRootRequest } from './root-state';
import { type BegunRoot, beginRoot, isRoot, type RootRequest, rootToken } from './root-subject';

/** Holds a ceremony on the declared token. @returns the ARN of its device, or its serial if IAM knows it by that */
type Hold<Request, Result = string> = (request: Request, ports: Ports, preamble: Preamble) => Promise<Result>;

interface Ceremonies {
  /** It returns nothing if a person has something to do first. */
  readonly enroll: Hold<EnrollRequest, string | undefined>;
  readonly prove: Hold<CeremonyRequest>;
  /** Absent for a device without a clock. */
  readonly resync?: Hold<CeremonyRequest>;
  /** A person makes the device in a browser, and need not do so at once. */
  readonly isMadeInConsole: boolean;
}

const BY_KIND: Readonly<Record<DeviceKind, Ceremonies>> = {
  virtual: {
    enroll: async (request, ports, preamble) => enroll(request, ports, { preamble }),
    prove,
    resync,
    isMadeInConsole: false,
  },
  hardware: { enroll: enrollPrinted, prove, resync, isMadeInConsole: false },
  fido: { enroll: enrollFido, prove: proveConsole, isMadeInConsole: true },
};

/** The seed of a device of root comes from the console; other tokens are assigned there. */
function rootCeremonies(
  { request, preamble }: BegunRoot,
  ports: Ports,
): {
  readonly enroll: Hold<EnrollRootRequest, string | undefined>;
} {
  try {
    const { type } = rootToken(preamble, request);
    return { enroll: TOKEN_KINDS[type].isBurned ? enrollRoot : assignRoot };
  } catch (error) {
    throw explain(error, ports.line).withState(`nothing was changed in AWS, ${UNTOUCHED}`);
  }
}

const UNTOUCHED = 'the token was not written';

/**
 * Enrolls the token that the record declares for a slot.
 *
 * @returns the ARN of its device, or its serial if IAM knows it by that; nothing if a person has something to do first
 * @throws RunbookError with the state of IAM and of the token
 */
export async function enrollDeclared(
  request: EnrollRequest & EnrollRootRequest,
  ports: Ports,
): Promise<string | undefined> {
  if (isRoot(request.holder)) {
    const root = await beginRoot(request, ports);
    return rootCeremonies(root, ports).enroll(root.request, ports, root.preamble);
  }
  const state = `nothing was created in IAM, ${UNTOUCHED}`;
  const { ceremonies, preamble } = await begin(request, ports, state);
  // `resume` passes it for every open ceremony, whether or not that one waits for the console.
  if (request.isLater === true && request.id === undefined && !ceremonies.isMadeInConsole) {
    throw new RunbookError('usage', '--no-wait is for tokens that a person registers in the console', {
      hints: ['run the command without --no-wait'],
      exitCode: 2,
      state,
    });
  }
  return ceremonies.enroll(request, ports, preamble);
}

/**
 * Proves that the enrolled token of a slot still works.
 *
 * @returns the ARN of its device, or its serial if IAM knows it by that
 * @throws RunbookError with the state of IAM and of the token
 */
export async function proveDeclared(request: RootRequest, ports: Ports): Promise<string> {
  if (isRoot(request.holder)) {
    const root = await beginRoot(request, ports);
    return proveRoot(root.request, ports, root.preamble);
  }
  const { ceremonies, preamble } = await begin(request, ports, `nothing was changed in IAM, ${UNTOUCHED}`);
  return ceremonies.prove(request, ports, preamble);
}

/**
 * Replaces the token of one slot.
 *
 * @returns the ARN of the new device, or its serial if IAM knows it by that; nothing if a person has something to do first
 * @throws RunbookError with the state of AWS and of the new token
 */
export async function replaceDeclared(
  request: ReplaceRequest & ReplaceRootRequest,
  ports: Ports,
): Promise<string | undefined> {
  if (isRoot(request.holder)) {
    const root = await beginRoot(request, ports, { needsNoClock: true });
    return replaceRoot(root.request, ports, root.preamble);
  }
  return replace(request, ports);
}

/**
 * Lets AWS find the clock of a slot's token again.
 *
 * @returns the ARN of its device, or its serial if IAM knows it by that
 * @throws RunbookError with the state of IAM and of the token
 */
export async function resyncDeclared(request: CeremonyRequest, ports: Ports): Promise<string> {
  if (isRoot(request.holder)) {
    throw new RunbookError('usage', `${request.holder} resynchronizes its own devices in the console`, {
      hints: ['sign in as root: account name, then Security credentials, the device, "Resync"'],
      exitCode: 2,
    });
  }
  const state = `nothing was changed in IAM, ${UNTOUCHED}`;
  const { ceremonies, token, preamble } = await begin(request, ports, state);
  if (ceremonies.resync === undefined) {
    const { holder, slot } = request;
    throw new RunbookError(
      'token/no-clock',
      `${token.serial} is ${TOKEN_KINDS[token.type].noun}: it has no clock, so there is nothing to correct`,
      {
        hints: [`prove that it works: \`${ports.line.other('prove', holder, '--slot', slot)}\``],
        exitCode: 2,
        state,
      },
    );
  }
  return ceremonies.resync(request, ports, preamble);
}

/** Reads the record, and finds out which ceremonies its token has. @param state what a failure leaves */
async function begin(
  { fleet, holder, slot }: CeremonyRequest,
  ports: Ports,
  state: string,
): Promise<{ readonly ceremonies: Ceremonies; readonly token: SlotToken; readonly preamble: Preamble }> {
  try {
    const preamble = await readPreamble(fleet, ports);
    const token = declaredToken(preamble.deployed, holder, slot);
    return { ceremonies: BY_KIND[deviceKindOf(token.type)], token, preamble };
  } catch (error) {
    throw explain(asCancelled(error, ports.signal), ports.line).withState(state);
  }
}
