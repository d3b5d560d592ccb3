/**
 * The proof of a device whose codes nobody types here: a console sign-in that CloudTrail lists, or the word of a second
 * person who watched one. The evidence says which, and never both.
 */
import type { Aws } from '../aws/aws';
import { type Ceremony, type CeremonyState, tellStep } from '../ceremony/ceremony';
import { byItsWord, type Fate } from '../ceremony/effects';
import { evidenceFacts, writeEvidence } from '../ceremony/evidence-step';
import { type Facts, facts, type JournalStep } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { awaitSignIn, signInsSince } from '../device/sign-in-proof';
import { confirmInPerson } from '../operator/confirm-in-person';
import { askWitness } from '../operator/witness';
import { RunbookError } from '../runbook-error';

/** Tells how far the proof got; nothing is changed on the way. */
export class ProofState implements CeremonyState {
  public proof: 'none' | 'awaited' | 'taken' = 'none';
  /** Whatever happened, a later run can add nothing. */
  public isOver = false;

  /** @param service whose state nobody changed */
  public constructor(private readonly service: 'IAM' | 'AWS') {}

  public isOpen(): boolean {
    return this.proof !== 'none' && !this.isOver;
  }

  public describe(): string {
    const seen = { none: '', awaited: ', no proof was seen yet', taken: ', the proof is not recorded yet' };
    return `nothing was changed in ${this.service}${seen[this.proof]}`;
  }
}

/** The sign-in that would be the proof. */
interface SoughtProof {
  readonly deviceArn: string;
  /** The IAM user's name, or `root`. */
  readonly user: string;
  /** The thing in the person's hand. */
  readonly noun: 'key' | 'token';
  /** Where its sign-ins are seen; absent if nobody sees them, and then only a second person can prove it. */
  readonly consoleSignIns: Aws['consoleSignIns'] | undefined;
}

/** Evidence is dated when it is written: a sign-in that is older than this is no proof of today. Milliseconds. */
const GOES_STALE_MS = 24 * 60 * 60_000;

/** Finds out what an earlier run left of the proof. */
export async function settleProof({ effects, ports }: Ceremony, state: ProofState): Promise<void> {
  state.proof = effects.find('proof') === undefined ? 'none' : 'awaited';
  await effects.settle({
    proof: async (found) => proofFate(found, ports),
    evidence: byItsWord,
  });
}

async function proofFate({ state, facts: { at = '' } }: JournalStep, ports: Ports): Promise<Fate> {
  return state === 'done' && ports.clock.now() - Date.parse(at) <= GOES_STALE_MS ? 'done' : 'undone';
}

/** Takes the proof, unless an earlier run did. A second person who leaves before their word leaves nothing open. */
export async function takeProof(c: Ceremony, state: ProofState, sought: SoughtProof): Promise<void> {
  if (!c.effects.isDone('proof')) {
    const word = c.request.witness === undefined ? undefined : await takeWord(c, sought);
    state.proof = 'awaited';
    await c.effects.once('proof', async () => word ?? takeSignIn(c, sought));
  }
  state.proof = 'taken';
}

/** Waits for a sign-in since this drill began, on AWS's clock. */
async function takeSignIn(
  c: Ceremony,
  { deviceArn, user, noun, consoleSignIns }: SoughtProof,
): Promise<Facts> {
  const { ports, effects, request, identity } = c;
  const beganMs = Math.max(Date.parse(effects.journal.startedAt), ports.clock.now() - GOES_STALE_MS);
  ports.terminal.note(`${request.holder} signs in to the AWS console now, with this ${noun}`);
  const aws = consoleSignIns === undefined ? ports.aws : { ...ports.aws, consoleSignIns };
  const since = signInsSince(beganMs, identity.clockOffsetMs);
  const signIn = await awaitSignIn({ ...ports, aws }, { user, deviceArn, since });
  const { eventId, region } = signIn;
  const at = signIn.at.toISOString();
  tellStep(ports, 'proof', `CloudTrail lists the sign-in of ${at} in ${region}`, { eventId, region, at });
  return facts({ eventId, region, at });
}

/** The second person types the printed serial, and says that they saw the sign-in. */
async function takeWord(c: Ceremony, { noun, consoleSignIns }: SoughtProof): Promise<Facts> {
  const { ports, request, token } = c;
  const { terminal, signal, clock } = ports;
  const witness = await askWitness(c, token);
  const question = {
    name: 'saw-sign-in',
    message: `${witness ?? ''}, did you see ${request.holder} sign in to the AWS console with this ${noun} just now?`,
  };
  if (!(await confirmInPerson(terminal, question, signal))) {
    throw new RunbookError('evidence/no-sign-in', `${witness ?? ''} saw no sign-in with ${token.serial}`, {
      hints: [
        `sign in with the ${noun} while the second person watches, then run \`{command}\` again`,
        ...(consoleSignIns === undefined
          ? []
          : ['or run it without `--witness`: it looks for the sign-in in CloudTrail']),
      ],
      exitCode: 3,
    });
  }
  tellStep(ports, 'proof', `${witness ?? ''} saw a sign-in with the ${noun}`, { witness });
  return facts({ witness, at: new Date(clock.now()).toISOString() });
}

/** Writes the evidence of the proof. @param seen the checks that passed before it */
export async function writeProof(
  c: Ceremony,
  {
    deviceArn,
    generation,
    seen,
  }: { readonly deviceArn: string; readonly generation: string; readonly seen: readonly string[] },
): Promise<undefined> {
  const { eventId, region, at, witness } = c.effects.facts('proof');
  const proof =
    eventId === undefined || region === undefined || at === undefined
      ? ['serial:typed', 'proof:second-person']
      : ['proof:console-sign-in', `event:${eventId}`, `region:${region}`, `signed-in:${at}`];
  const checks = ['record', 'clock', ...seen, ...proof];
  const about = { place: c.token, deviceArn, generation, checks };
  const written = await writeEvidence(c.ports, evidenceFacts(c, facts({ witness }), about));
  c.ports.terminal.event('proven', { ...written });
}
