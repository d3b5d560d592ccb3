/**
 * Drill of a root user's token. Nobody but root can have AWS judge its codes, so the proof is a console sign-in with the
 * device that CloudTrail lists, in the caller's own account or through a role of the other one, or the word of a second
 * person who watched one.
 */
import { type Ceremony, type CeremonyState, hold, type Preamble, tellStep } from '../ceremony/ceremony';
import { byItsWord } from '../ceremony/effects';
import { evidenceFacts, writeEvidence } from '../ceremony/evidence-step';
import { type Facts, facts } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { findRootDevice, openRootView, type RootView, rootDeviceArn } from '../device/root-view';
import { awaitSignIn, signInsSince } from '../device/sign-in-proof';
import { confirmInPerson } from '../operator/confirm-in-person';
import { askWitness } from '../operator/witness';
import { RunbookError } from '../runbook-error';
import { checkSameToken } from './enroll';
import { confirmRootRecord } from './root-added';
import { type RootRequest, rootToken, wayFacts, wayOf } from './root-subject';

class RootProofState implements CeremonyState {
  public proof: 'none' | 'awaited' | 'taken' = 'none';

  public isOpen(): boolean {
    return this.proof !== 'none';
  }

  public describe(): string {
    const seen = { none: '', awaited: ', no proof was seen yet', taken: ', the proof is not recorded yet' };
    return `nothing was changed in AWS${seen[this.proof]}`;
  }
}

/**
 * Proves that a root user's token still works.
 *
 * @param request names the root user in full
 * @returns the ARN of its device
 * @throws RunbookError with the state of AWS
 */
export async function proveRoot(request: RootRequest, ports: Ports, preamble: Preamble): Promise<string> {
  const state = new RootProofState();
  return hold(
    {
      kind: 'prove',
      request,
      facts: { ...facts({ witness: request.witness }), ...wayFacts(request) },
      state,
      declared: (known) => rootToken(known, request),
      perform: async (c) => perform(c, state),
    },
    ports,
    preamble,
  );
}

async function perform(c: Ceremony<RootRequest>, state: RootProofState): Promise<string> {
  const { effects, ports, request } = c;
  ports.terminal.heading(`prove ${request.holder} ${request.slot}`); // 1 was done before the journal was opened
  await effects.settle({ proof: byItsWord, evidence: byItsWord }); // what an earlier run left
  checkSameToken(c);
  const { witness } = request;
  const view = await openRootView(c, wayOf(c));
  if (witness === undefined) {
    checkWay(c, view);
  }
  const { arn, checks } = await checkListed(c, view); // 2
  state.proof = 'awaited';
  await effects.once('proof', () => (witness === undefined ? takeSignIn(c, arn, view) : takeWord(c))); // 6
  state.proof = 'taken';
  const generation = await confirmRootRecord(c); // 8
  await effects.once('evidence', () => evidence(c, arn, [...checks, 'name:typed'], generation)); // 9
  return arn;
}

/** A sign-in can be looked up for a device whose ARN is known, in an account whose sign-ins are seen. */
function checkWay(c: Ceremony, view: RootView | undefined): void {
  const { request, token } = c;
  const isSeen = view?.consoleSignIns !== undefined;
  if (!isSeen || token.type === 'fido2') {
    const why = isSeen
      ? 'AWS lists no ARN of a security key of root, so no sign-in can be matched to it'
      : `these credentials see no sign-ins of ${request.holder}`;
    throw new RunbookError('evidence/no-sign-in', why, {
      hints: ['have a second person watch a sign-in: run `{command}` with `--witness NAME`'],
      exitCode: 3,
    });
  }
}

/** A listing shows virtual devices, and all of them in a session of sts:AssumeRoot; nothing is claimed of others. */
async function checkListed(
  c: Ceremony,
  view: RootView | undefined,
): Promise<{ readonly arn: string; readonly checks: readonly string[] }> {
  const { token, request } = c;
  const arn = rootDeviceArn(c);
  const isVirtual = token.type !== 'fido2' && token.type !== 'hardware-totp';
  if (view === undefined || !(isVirtual || view.by === 'assume-root')) {
    return { arn, checks: [] };
  }
  const found = await findRootDevice(c, view, arn);
  if (found === undefined) {
    const { holder, slot } = request;
    throw new RunbookError('iam/not-enrolled', `${token.serial} is not enrolled as ${slot} of ${holder}`, {
      hints: [`run \`mfa-runbook enroll ${holder} --slot ${slot}{options}\``],
      exitCode: 3,
    });
  }
  return { arn: found.arn, checks: [`listed:${view.by}`] };
}

async function takeSignIn(c: Ceremony, deviceArn: string, view: RootView | undefined): Promise<Facts> {
  const { ports, effects, identity } = c;
  ports.terminal.note(`sign in to the AWS console as ${c.request.holder} now, with this token`);
  const since = signInsSince(Date.parse(effects.journal.startedAt), identity.clockOffsetMs);
  const consoleSignIns = view?.consoleSignIns ?? ports.aws.consoleSignIns;
  const looking = { ...ports, aws: { ...ports.aws, consoleSignIns } };
  const signIn = await awaitSignIn(looking, { user: 'root', deviceArn, since });
  const { eventId, region } = signIn;
  const at = signIn.at.toISOString();
  tellStep(ports, 'proof', `CloudTrail lists the sign-in of ${at} in ${region}`, { eventId, region, at });
  return facts({ eventId, region, at });
}

/** The second person types the serial printed on the token, and says that they saw the sign-in. */
async function takeWord(c: Ceremony): Promise<Facts> {
  const { ports, request, token } = c;
  const witness = await askWitness(c, token);
  const question = {
    name: 'saw-sign-in',
    message: `${witness ?? ''}, did you see ${request.holder} sign in to the AWS console with this token just now?`,
  };
  if (!(await confirmInPerson(ports.terminal, question, ports.signal))) {
    throw new RunbookError('evidence/no-sign-in', `${witness ?? ''} saw no sign-in with ${token.serial}`, {
      hints: ['sign in with the token while the second person watches, then run `{command}` again'],
      exitCode: 3,
    });
  }
  tellStep(ports, 'proof', `${witness ?? ''} saw a sign-in with the token`, { witness });
  return facts({ witness });
}

async function evidence(
  c: Ceremony,
  arn: string,
  seen: readonly string[],
  generation: string,
): Promise<undefined> {
  const { eventId, region, at, witness } = c.effects.facts('proof');
  const proof =
    eventId === undefined || region === undefined || at === undefined
      ? ['serial:typed', 'proof:second-person']
      : ['proof:console-sign-in', `event:${eventId}`, `region:${region}`, `signed-in:${at}`];
  const checks = ['record', 'clock', ...seen, ...proof];
  const about = { place: c.token, deviceArn: arn, generation, checks };
  const written = await writeEvidence(c.ports, evidenceFacts(c, facts({ witness }), about));
  c.ports.terminal.event('proven', { ...written });
}
