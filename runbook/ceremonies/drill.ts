/**
 * Drill (`prove`) and `resync`: the enrolled token of a slot shows two codes, AWS accepts them, and the evidence is renewed.
 * Neither creates a device, writes to a token, or needs the holder's credentials. They differ in how the token in hand
 * is identified: a drill reads it over NFC; a resync works by telephone, and a person types the printed serial.
 */
import {
  type Ceremony,
  type CeremonyRequest,
  type CeremonyState,
  deviceArn,
  deviceName,
  hold,
  type Preamble,
  tellStep,
} from '../ceremony/ceremony';
import { byItsWord, type Fate } from '../ceremony/effects';
import { evidenceFacts, writeEvidence } from '../ceremony/evidence-step';
import { facts, type JournalStep } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import type { CodesState } from '../device/resync';
import { FreshCodes } from '../operator/fresh-codes';
import { KeyCodes } from '../operator/key-codes';
import { type ReadToken, readKeyAtHand, readToken } from '../operator/read-token';
import { inCustody, tokenLabel } from '../operator/typed-code';
import { COMPARE_SERIAL, SERIAL_TRIES, takeSerial } from '../operator/typed-serial';
import { askWitness } from '../operator/witness';
import { confirmRecord } from '../record/declared-token';
import { TOKEN_KINDS } from '../record/token-kinds';
import { RunbookError } from '../runbook-error';
import { checkListed, checkTarget } from './drill-checks';
import { submitCodes } from './drill-codes';

/** The differences between a drill and a resync. */
interface Kind {
  readonly kind: 'prove' | 'resync';
  heading(c: Ceremony): string;
  /**
   * Makes sure, before any code, that the token in hand is the declared one.
   *
   * @returns who saw it, and what a reader read
   */
  identify(c: Ceremony): Promise<{
    readonly witness: string | undefined;
    readonly read?: ReadToken;
  }>;
  /** The checks that the evidence names. */
  readonly checks: readonly string[];
  /** Name of the event that carries the evidence. */
  readonly finished: string;
}

const PROVE: Kind = {
  kind: 'prove',
  heading: ({ request, token }) =>
    request.witness === undefined
      ? `prove ${tokenLabel(request.holder, token)}`
      : `prove ${request.holder} ${request.slot}`,
  identify: async (c) => {
    // The witness first: from then on the screen says which serial is expected.
    const witness = await askWitness(c, c.token);
    return { read: await readToken(c), witness };
  },
  checks: ['record', 'clock', 'listed', 'serial', 'codes:by-aws'],
  finished: 'proven',
};

const RESYNC: Kind = {
  kind: 'resync',
  heading: (c) => `resync ${slotLabel(c)}`,
  identify: async (c) => {
    const read = await readKeyAtHand(c);
    if (read !== undefined) {
      const witness = await askWitness(c, c.token);
      const { serial } = c.token;
      tellStep(c.ports, 'token', `the token on the reader is ${serial}, model ${read.model}`, { serial });
      return { read, witness };
    }
    // Two people type the serial that each reads off the token, the first without a word on the screen.
    await askSerial(c);
    return { witness: await askWitness(c, c.token) };
  },
  checks: ['record', 'clock', 'listed', 'serial:typed', 'codes:by-aws'],
  finished: 'resynced',
};

/** A hardware TOTP token has no NFC: the person types its serial, and AWS judges the codes. */
const PROVE_PRINTED: Kind = {
  ...RESYNC,
  kind: 'prove',
  heading: (c) => `prove ${slotLabel(c)}`,
  finished: 'proven',
};

/**
 * Proves that a holder's token still works, and corrects the drift of its clock on the way.
 *
 * @returns the ARN of its device
 * @throws RunbookError with the state of IAM and of the token
 */
export async function prove(request: CeremonyRequest, ports: Ports, preamble: Preamble): Promise<string> {
  return drill(PROVE, { request, ports, preamble });
}

/**
 * Lets AWS find a token's clock again, without a reader.
 *
 * @returns the ARN of its device
 * @throws RunbookError with the state of IAM and of the token
 */
export async function resync(request: CeremonyRequest, ports: Ports, preamble: Preamble): Promise<string> {
  return drill(RESYNC, { request, ports, preamble });
}

class DrillState implements CeremonyState, CodesState {
  public codes: CodesState['codes'] = 'none';
  public isEvidenced = false;
  /** Whatever happened, a later run can add nothing. */
  public isOver = false;

  public constructor(private readonly request: CeremonyRequest) {}

  public isOpen(): boolean {
    return this.codes !== 'none' && !this.isOver;
  }

  public describe(): string {
    const place = `${this.request.slot} of ${this.request.holder}`;
    switch (this.codes) {
      case 'none':
        return 'nothing was changed in IAM, the token was not written';
      case 'unknown':
        return `cannot tell whether AWS accepted codes for ${place}; at most the clock that it assumes for the token has changed; the token was not written`;
      case 'taken':
        return `AWS accepted the codes for ${place}, ${this.isEvidenced ? 'the evidence is complete' : 'the evidence is not complete'}, the token was not written`;
    }
  }
}

async function drill(
  kind: Kind,
  {
    request,
    ports,
    preamble,
  }: { readonly request: CeremonyRequest; readonly ports: Ports; readonly preamble: Preamble },
): Promise<string> {
  const state = new DrillState(request);
  return hold(
    {
      kind: kind.kind,
      request,
      state,
      perform: async (c) =>
        perform(c, kind === PROVE && c.token.type === 'hardware-totp' ? PROVE_PRINTED : kind, state),
    },
    ports,
    preamble,
  );
}

async function perform(c: Ceremony, kind: Kind, state: DrillState): Promise<string> {
  const { effects, ports, token, request } = c;
  announce(c, kind); // 1 was done before the journal was opened
  checkTarget(c, state);
  await settleEarlierRun(c, state); // what an earlier run left
  if (!state.isEvidenced) {
    await checkListed(c, state); // 2
  }
  if (state.codes !== 'taken') {
    const { read, witness } = await kind.identify(c); // 3
    const about = { holder: request.holder, token, tokenOffsetSeconds: read?.offsetSeconds };
    const codes =
      read?.compute === undefined ? new FreshCodes(ports, about) : new KeyCodes(ports, read.compute, token);
    const pair = await codes.takePair(); // 6
    await effects.once('resync', async () => {
      await submitCodes(c, state, codes, pair); // 7
      return facts({
        model: read?.model,
        clockOffsetSeconds: roundedText(read?.offsetSeconds),
        witness,
      });
    });
  }
  if (!state.isEvidenced) {
    const generation = await confirmRecord(ports.aws, c.deployed, deviceName(c, token)); // 8
    tellStep(ports, 'confirmed', 'the record still declares the token');
    await effects.once('evidence', () => evidence(c, kind, state, generation)); // 9
  }
  return deviceArn(c, token);
}

function roundedText(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : String(Math.round(seconds));
}

async function settleEarlierRun(c: Ceremony, state: DrillState): Promise<void> {
  await c.effects.settle({
    resync: async (found) => codesFate(c, state, found),
    evidence: async (found) => {
      state.isEvidenced = found.state === 'done';
      return byItsWord(found);
    },
  });
}

async function evidence(
  c: Ceremony,
  { checks, finished }: Kind,
  state: DrillState,
  generation: string,
): Promise<undefined> {
  const found = c.effects.facts('resync');
  // A key at hand was read, and nobody typed its serial.
  const isRead = found.model !== undefined;
  const about = {
    place: c.token,
    deviceArn: deviceArn(c, c.token),
    generation,
    checks: checks.map((check) => (isRead && check === 'serial:typed' ? 'serial' : check)),
  };
  const written = await writeEvidence(c.ports, evidenceFacts(c, found, about));
  state.isEvidenced = true;
  c.ports.terminal.event(finished, { ...written });
}

function announce(c: Ceremony, kind: Kind): void {
  const { generation } = c.deployed.manifest;
  c.ports.terminal.heading(kind.heading(c));
  const text = `record ${generation.slice(0, 12)} declares a token for this slot`;
  tellStep(c.ports, 'record', text, { generation });
}

/** Evidence is dated when it is written: a proof that is older than this is repeated. Milliseconds. */
const GOES_STALE_MS = 60 * 60_000;

/** Nothing shows whether AWS accepted codes whose answer was lost; newer codes are always safe. */
async function codesFate({ ports, effects }: Ceremony, state: DrillState, found: JournalStep): Promise<Fate> {
  const { startedAt } = effects.journal;
  if (found.state === 'begun') {
    state.codes = 'unknown';
    ports.terminal.note('AWS may have accepted the codes of the earlier run, so two new ones are needed');
    return 'undone';
  }
  if (!effects.isDone('evidence') && ports.clock.now() - Date.parse(startedAt) > GOES_STALE_MS) {
    ports.terminal.note(
      `the run that started ${startedAt} is too old for evidence of today, so it is repeated`,
    );
    return 'undone';
  }
  state.codes = 'taken';
  ports.terminal.note(
    'AWS accepted the codes of the earlier run, so this run only completes it; run the command once more for a new one',
  );
  return 'done';
}

/** Asks for the serial printed on the token in hand; until it is right, nothing shows which one is expected. */
async function askSerial(c: Ceremony): Promise<void> {
  const { ports, token } = c;
  const { terminal } = ports;
  const question = {
    name: 'serial',
    message: `the serial printed on the token of ${slotLabel(c)}`,
    expected: token.serial,
    onRefused: (typed: string, triesLeft: number) => terminal.event('serial-refused', { typed, triesLeft }),
    failure: (wrong: string) =>
      new RunbookError('token/wrong-serial', `${SERIAL_TRIES} wrong serials were typed: ${wrong}`, {
        hints: [COMPARE_SERIAL],
        exitCode: 3,
      }),
  };
  await takeSerial(terminal, question, ports.signal);
  tellStep(ports, 'serial', `the token in hand is ${token.serial}`, { serial: token.serial });
  terminal.note(
    TOKEN_KINDS[token.type].codeSource === 'key'
      ? 'type the codes that an authenticator reads off the key, each as soon as it shows'
      : 'switch the token off and on, and type each code as soon as it shows',
  );
}

/** Names a slot in prompts as long as the serial must not be shown. */
function slotLabel({ request, token }: Ceremony): string {
  return `${request.holder} ${request.slot}${inCustody(token)}`;
}
