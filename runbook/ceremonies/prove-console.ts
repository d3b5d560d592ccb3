/**
 * Drill of a token whose codes nobody types here: its proof is a console sign-in that CloudTrail lists, or the word of a
 * second person who watched one. The evidence says which, and never both.
 */
import { formatPlace } from '../../lib/record/place';
import type { AssignedDevice } from '../aws/aws';
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
import { checkEnrolled } from '../device/slot';
import { confirmInPerson } from '../operator/confirm-in-person';
import { askWitness } from '../operator/witness';
import { confirmRecord, declaredToken } from '../record/declared-token';
import { TOKEN_KINDS } from '../record/token-kinds';
import { RunbookError, type RunbookErrorCode } from '../runbook-error';

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
  state.proof = effects.isDone('proof') ? 'taken' : 'awaited';
  await effects.once('proof', () => takeProof(c, arn)); // 6 and 7
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

/** An interrupted drill cannot become the drill of another token. */
function checkTarget({ effects, token, request: { holder, slot } }: Ceremony, state: ProofState): void {
  const { serial } = effects.journal;
  if (serial === formatPlace(token)) {
    return;
  }
  state.isOver = true;
  throw new RunbookError(
    'record/changed',
    `the interrupted run was about the token ${serial}, but the record now declares ${formatPlace(token)} for ${slot} of ${holder}`,
    {
      hints: [
        `that run is abandoned; start again with ${token.serial}: \`mfa-runbook prove ${holder} --slot ${slot}{options}\``,
      ],
      exitCode: 3,
    },
  );
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

/** After these nothing is left to finish, and the journal must not stand in the way of enrolling or replacing. */
const CANNOT_BE_PROVED: ReadonlySet<RunbookErrorCode> = new Set([
  'iam/not-enrolled',
  'iam/slot-taken',
  'iam/no-user',
]);

async function checkListed(c: Ceremony, state: ProofState): Promise<AssignedDevice> {
  const { ports, identity } = c;
  try {
    const device = await checkEnrolled(c);
    // Without the ARN: it holds the serial, which a person may still be asked for.
    const text = `${identity.arn} may list devices; the clocks agree; IAM lists the slot's device for the holder`;
    tellStep(ports, 'listed', text, { caller: identity.arn });
    return device;
  } catch (error) {
    state.isOver ||= error instanceof RunbookError && CANNOT_BE_PROVED.has(error.code);
    throw error;
  }
}

async function takeProof(c: Ceremony, arn: string): Promise<Facts> {
  const { terminal } = c.ports;
  if (c.request.witness !== undefined) {
    return takeWord(c);
  }
  terminal.note(
    'this key shows no codes: its proof is a console sign-in with it that CloudTrail lists, or a second person who watches one (`--witness NAME`)',
  );
  return takeSignIn(c, arn);
}

/** Waits for a sign-in since this drill began, on AWS's clock. */
async function takeSignIn(c: Ceremony, arn: string): Promise<Facts> {
  const { ports, effects, request, identity } = c;
  const beganMs = Math.max(Date.parse(effects.journal.startedAt), ports.clock.now() - GOES_STALE_MS);
  ports.terminal.note(`${request.holder} signs in to AWS's console now, with this key`);
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
    message: `${witness ?? ''}, did you see ${request.holder} sign in to AWS's console with this key just now?`,
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
  const about = { tokenSerial: c.token.serial, deviceArn: arn, generation, checks };
  const written = await writeEvidence(c.ports, evidenceFacts(c, facts({ witness }), about));
  c.ports.terminal.event('proven', { ...written });
}
