/**
 * Drill of a token whose codes nobody types here: its proof is a console sign-in that CloudTrail lists, or the word of a
 * second person who watched one. The evidence says which, and never both.
 */
import {
  type Ceremony,
  type CeremonyRequest,
  type CeremonyState,
  deviceName,
  hold,
  type Preamble,
  tellStep,
} from '../ceremony/ceremony';
import { byItsWord, type Fate } from '../ceremony/effects';
import { evidenceFacts, writeEvidence } from '../ceremony/evidence-step';
import { type Facts, facts, type JournalStep } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { awaitSignIn, signInsSince } from '../device/sign-in-proof';
import { confirmInPerson } from '../operator/confirm-in-person';
import { askWitness } from '../operator/witness';
import { confirmRecord, declaredToken } from '../record/declared-token';
import { TOKEN_KINDS } from '../record/token-kinds';
import { RunbookError } from '../runbook-error';
import { checkListed, checkTarget } from './drill-checks';

class ProofState implements CeremonyState {
  public proof: 'none' | 'awaited' | 'taken' = 'none';
  /** Whatever happened, a later run can add nothing. */
  public isOver = false;

  public isOpen(): boolean {
    return this.proof !== 'none' && !this.isOver;
  }

  public describe(): string {
    const seen = { none: '', awaited: ', no proof was seen yet', taken: ', the proof is not recorded yet' };
    return `nothing was changed in IAM${seen[this.proof]}`;
  }
}

/**
 * Proves that a holder's key still works.
 *
 * @returns the ARN of its device
 * @throws RunbookError with the state of IAM
 */
export async function proveConsole(
  request: CeremonyRequest,
  ports: Ports,
  preamble: Preamble,
): Promise<string> {
  const state = new ProofState();
  return hold(
    {
      kind: 'prove',
      request,
      facts: facts({ witness: request.witness }),
      state,
      declared: ({ deployed }) => declaredToken(deployed, request.holder, request.slot),
      perform: async (c) => perform(c, state),
    },
    ports,
    preamble,
  );
}

async function perform(c: Ceremony, state: ProofState): Promise<string> {
  const { effects, ports, token } = c;
  announce(c); // 1 was done before the journal was opened
  checkTarget(c, state);
  await settleEarlierRun(c, state); // what an earlier run left
  const { arn } = await checkListed(c, state); // 2
  if (!effects.isDone('proof')) {
    const word = c.request.witness === undefined ? undefined : await takeWord(c); // 6
    state.proof = 'awaited';
    await effects.once('proof', async () => word ?? takeSignIn(c, arn)); // 7
  }
  state.proof = 'taken';
  const generation = await confirmRecord(ports.aws, c.deployed, deviceName(c, token)); // 8
  tellStep(ports, 'confirmed', 'the record still declares the token');
  await effects.once('evidence', () => evidence(c, arn, generation)); // 9
  return arn;
}

function announce({ ports, request, token, deployed }: Ceremony): void {
  const { generation } = deployed.manifest;
  ports.terminal.heading(`prove ${request.holder} ${request.slot}`);
  const text = `record ${generation.slice(0, 12)} declares ${TOKEN_KINDS[token.type].noun} for this slot`;
  tellStep(ports, 'record', text, { generation });
}

/** Evidence is dated when it is written: a sign-in that is older than this is no proof of today. Milliseconds. */
const GOES_STALE_MS = 24 * 60 * 60_000;

async function settleEarlierRun({ effects, ports }: Ceremony, state: ProofState): Promise<void> {
  state.proof = effects.find('proof') === undefined ? 'none' : 'awaited';
  await effects.settle({
    proof: async (found) => proofFate(found, ports),
    evidence: byItsWord,
  });
}

async function proofFate({ state, facts: { at = '' } }: JournalStep, ports: Ports): Promise<Fate> {
  return state === 'done' && ports.clock.now() - Date.parse(at) <= GOES_STALE_MS ? 'done' : 'undone';
}

/** Waits for a sign-in since this drill began, on AWS's clock. */
async function takeSignIn(c: Ceremony, arn: string): Promise<Facts> {
  const { ports, effects, request, identity } = c;
  const beganMs = Math.max(Date.parse(effects.journal.startedAt), ports.clock.now() - GOES_STALE_MS);
  ports.terminal.note(
    'this key shows no codes: its proof is a console sign-in with it that CloudTrail lists, or a second person who watches one (`--witness NAME`)',
  );
  ports.terminal.note(`${request.holder} signs in to the AWS console now, with this key`);
  const signIn = await awaitSignIn(ports, {
    user: request.holder,
    deviceArn: arn,
    since: signInsSince(beganMs, identity.clockOffsetMs),
  });
  const { eventId, region } = signIn;
  const at = signIn.at.toISOString();
  tellStep(ports, 'proof', `CloudTrail lists the sign-in of ${at} in ${region}`, { eventId, region, at });
  return facts({ eventId, region, at });
}

/** The second person types the serial printed on the key, and says that they saw the sign-in. */
async function takeWord(c: Ceremony): Promise<Facts> {
  const { ports, request, token } = c;
  const { terminal, signal, clock } = ports;
  const witness = await askWitness(c, token);
  const question = {
    name: 'saw-sign-in',
    message: `${witness ?? ''}, did you see ${request.holder} sign in to the AWS console with this key just now?`,
  };
  if (!(await confirmInPerson(terminal, question, signal))) {
    throw new RunbookError('evidence/no-sign-in', `${witness ?? ''} saw no sign-in with ${token.serial}`, {
      hints: [
        'sign in with the key while the second person watches, then run `{command}` again',
        'or run it without `--witness`: it looks for the sign-in in CloudTrail',
      ],
      exitCode: 3,
    });
  }
  tellStep(ports, 'proof', `${witness ?? ''} saw a sign-in with the key`, { witness });
  return facts({ witness, at: new Date(clock.now()).toISOString() });
}

async function evidence(c: Ceremony, arn: string, generation: string): Promise<undefined> {
  const { eventId, region, at, witness } = c.effects.facts('proof');
  const proof =
    eventId === undefined || region === undefined || at === undefined
      ? ['serial:typed', 'proof:second-person']
      : ['proof:console-sign-in', `event:${eventId}`, `region:${region}`, `signed-in:${at}`];
  const checks = ['record', 'clock', 'listed', 'name:typed', ...proof];
  const about = { place: c.token, deviceArn: arn, generation, checks };
  const written = await writeEvidence(c.ports, evidenceFacts(c, facts({ witness }), about));
  c.ports.terminal.event('proven', { ...written });
}
