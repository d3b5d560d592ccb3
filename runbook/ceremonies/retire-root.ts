/** Retirement of a root user's token: a person removes its device in the console, and the evidence says who saw that. */
import { formatPlace, parsePlace } from '../../lib/record/place';
import { slotToken } from '../../lib/record/record';
import { type Ceremony, type CeremonyState, hold, tellStep } from '../ceremony/ceremony';
import { byItsWord } from '../ceremony/effects';
import { evidenceFacts, writeEvidence } from '../ceremony/evidence-step';
import type { Ports } from '../ceremony/ports';
import { deviceInRootSlot, openRootView, type RootView } from '../device/root-view';
import { tokenLabel } from '../operator/typed-code';
import { readAgain } from '../record/declared-token';
import { deviceByWord, notEnrolled } from './root-added';
import { settleRemoved } from './root-removal';
import { beginRoot, type RootRequest, rootPlan, wayOf } from './root-subject';

interface RetireRootRequest extends RootRequest {
  /** The root user was named on the command line once more. */
  readonly isConfirmed: boolean;
}

/** The device that is removed, and the token that its name says. */
interface Chosen {
  readonly arn: string;
  readonly serial: string;
}

class RetireRootState implements CeremonyState {
  public removal: 'not-asked' | 'asked' | 'removed' = 'not-asked';
  public arn = '';
  public isPaused = false;

  public isOpen(): boolean {
    return this.removal !== 'not-asked';
  }

  public describe(): string {
    switch (this.removal) {
      case 'not-asked':
        return 'nothing was changed in AWS';
      case 'asked':
        return `the device ${this.arn} may still be enabled for root`;
      case 'removed':
        return `the device ${this.arn} is removed, the evidence is not complete`;
    }
  }
}

/**
 * Retires the declared token of one slot.
 *
 * @returns the ARN of its device; nothing if a person has something to do first
 * @throws RunbookError with the state of AWS
 */
export async function retireRoot(given: RetireRootRequest, ports: Ports): Promise<string | undefined> {
  const { request, preamble } = await beginRoot(given, ports, { needsNoClock: true });
  const state = new RetireRootState();
  return hold(
    {
      kind: 'retire',
      request,
      state,
      ...rootPlan(request),
      perform: async (c) => perform(c, state),
    },
    ports,
    preamble,
  );
}

async function perform(c: Ceremony<RetireRootRequest>, state: RetireRootState): Promise<string | undefined> {
  const { effects, ports, request, token, identity } = c;
  await effects.settle({ removed: byItsWord, evidence: byItsWord }); // what an earlier run left
  ports.terminal.heading(`retire ${tokenLabel(request.holder, token)}`); // 1 was done before the journal was opened
  const way = wayOf(c);
  const isSeen = token.type !== 'fido2' && token.type !== 'hardware-totp';
  const view = isSeen || (way !== undefined && 'assumeRoot' in way) ? await openRootView(c, way) : undefined;
  if (!effects.isDone('chosen')) {
    const found = await findDevice(c, view); // 2
    await askConsent(c, found.arn);
    await effects.keep('chosen', { ...found });
  }
  const { arn = '', serial = '' } = effects.facts('chosen');
  state.arn = arn;
  state.removal = 'asked';
  if (!(await settleRemoved(c, arn, view))) {
    state.isPaused = true;
    return undefined; // 7
  }
  state.removal = 'removed';
  const { record, manifest } = await readAgain(ports.aws, c.deployed); // 8
  const declared = slotToken(record, request.holder, request.slot, identity.account);
  const isDeclared = declared !== undefined && formatPlace(declared) === serial;
  await effects.once('evidence', () => evidence(c, arn, isDeclared, manifest.generation)); // 9
  return arn;
}

async function findDevice(c: Ceremony, view: RootView | undefined): Promise<Chosen> {
  const { request, token, ports } = c;
  if (view === undefined) {
    return { arn: await deviceByWord(c), serial: formatPlace(token) };
  }
  const device = await deviceInRootSlot(c, view);
  if (device === undefined) {
    throw notEnrolled(c);
  }
  tellStep(ports, 'find', `AWS lists ${device.arn} for ${request.holder}`, { deviceArn: device.arn });
  return { arn: device.arn, serial: formatPlace(device) };
}

/** Has a person type the name of the holder whose device is removed; `--yes` does not answer this. */
async function askConsent({ ports, request }: Ceremony<RetireRootRequest>, arn: string): Promise<void> {
  const { terminal, signal } = ports;
  const { holder } = request;
  terminal.note('a root user without an MFA device signs in with the password alone, until AWS asks for one');
  terminal.event('to-retire', { holder, devices: [arn], isLocking: false });
  if (request.isConfirmed) {
    return;
  }
  const question = {
    name: 'consent',
    message: `type ${holder} to retire ${arn}`,
    check: (answer: string) =>
      answer.trim() === holder
        ? undefined
        : `"${answer.trim()}" is not ${holder}; press Ctrl-C to leave everything unchanged`,
  };
  await terminal.ask(question, signal);
}

async function evidence(
  c: Ceremony,
  arn: string,
  isDeclared: boolean,
  generation: string,
): Promise<undefined> {
  const { effects, ports } = c;
  const { serial = '' } = effects.facts('chosen');
  const { by = 'by-word' } = effects.facts('removed');
  const checks = [...(isDeclared ? ['record'] : []), `not-listed:${by}`];
  const about = { place: parsePlace(serial) ?? { serial }, deviceArn: arn, generation, checks };
  const written = await writeEvidence(ports, evidenceFacts(c, {}, about));
  ports.terminal.event('retired', { ...written });
}
