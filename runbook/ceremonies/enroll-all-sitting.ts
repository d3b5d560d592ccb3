/** One sitting of `enroll --all`: all that is known during it, and what is told at its end. */
import { rootHolder } from '../../lib/record/names';
import { formatPlace, placeOf } from '../../lib/record/place';
import { OWN_ACCOUNT } from '../../lib/record/record';
import type { VirtualDevice } from '../aws/aws';
import type { Preamble } from '../ceremony/ceremony';
import type { Ports } from '../ceremony/ports';
import { type HeldToken, tokenLabel } from '../operator/typed-code';
import { isBurned } from '../record/token-kinds';
import { RunbookError } from '../runbook-error';
import type { EnrollRequest } from './enroll';

/** A request that names no slot. */
export type AllRequest = Omit<EnrollRequest, 'holder' | 'slot'>;

/** Everything that is known during one sitting. */
export class Sitting {
  public readonly preamble: Preamble;
  public readonly listed: readonly VirtualDevice[];
  /** Tokens and profiles that are still to be enrolled. */
  public readonly pending: Set<HeldToken>;
  public readonly enrolled: (HeldToken & { readonly deviceArn: string })[] = [];
  public readonly failed: (HeldToken & { readonly error: RunbookError })[] = [];
  public readonly background: Promise<void>[] = [];
  /** Serials that need nothing here, so that each is mentioned once. */
  public readonly passedOver = new Set<string>();
  /** When this machine's clock was last compared with AWS's; unix milliseconds. */
  public clockCheckedAt: number;
  /** The number of enrollments that are not over. */
  public running = 0;
  /** Set when the person cancels at a prompt. */
  public cancelled: RunbookError | undefined;

  public constructor(
    public readonly request: AllRequest,
    public readonly ports: Ports,
    { preamble, listed, pending }: Pick<Sitting, 'preamble' | 'listed' | 'pending'>,
  ) {
    this.preamble = preamble;
    this.listed = listed;
    this.pending = pending;
    this.clockCheckedAt = ports.clock.now();
  }

  /** Describes the state for the `state:` line. */
  public describe(): string {
    return `${this.enrolled.length} enrolled with evidence, ${this.failed.length} failed, ${this.pending.size} not started`;
  }
}

/**
 * Names what a sitting cannot take: no reader recognizes a hardware TOTP token or a FIDO2 security key, and the devices of
 * a root user are made in the console.
 */
export function tellByHand({ ports: { terminal, line }, preamble }: Sitting): void {
  for (const { holder, token } of tokensByHand(preamble)) {
    const command = line.other('enroll', holder, '--slot', token.slot);
    terminal.note(
      `unless it is enrolled already, enroll ${tokenLabel(holder, token)} by itself: \`${command}\``,
    );
    terminal.event('by-itself', { holder, slot: token.slot, ...placeOf(token) });
  }
}

function tokensByHand({ deployed: { record }, identity }: Preamble): readonly HeldToken[] {
  const ofUsers = record.holders.flatMap(({ name: holder, tokens }) =>
    tokens.filter(({ type }) => !isBurned(type)).map((token) => ({ holder, token })),
  );
  const ofRoots = record.roots.flatMap(({ account, tokens }) => {
    const holder = rootHolder(account === OWN_ACCOUNT ? identity.account : account);
    return tokens.map((token) => ({ holder, token }));
  });
  return [...ofUsers, ...ofRoots];
}

export function summarize({ ports: { terminal }, enrolled, failed, pending }: Sitting): void {
  terminal.heading(`${enrolled.length} enrolled, ${failed.length} failed, ${pending.size} left`);
  for (const { token, deviceArn } of enrolled) {
    terminal.say(`${formatPlace(token)}: ${deviceArn}`);
  }
  for (const { holder, token, error } of failed) {
    terminal.note(`${tokenLabel(holder, token)}: ${error.message}; ${error.state ?? ''}`);
  }
  for (const { holder, token } of pending) {
    terminal.note(`left: ${tokenLabel(holder, token)}`);
  }
  terminal.event('summary', {
    enrolled: enrolled.map(({ deviceArn }) => deviceArn),
    failed: failed.map(({ holder, token, error: { code, message, state } }) => ({
      holder,
      slot: token.slot,
      ...placeOf(token),
      code,
      message,
      state,
    })),
    left: [...pending].map(({ holder, token }) => ({ holder, slot: token.slot, ...placeOf(token) })),
  });
  for (const { deviceArn } of enrolled) {
    terminal.data(deviceArn);
  }
}

export function someFailed(sitting: Sitting): RunbookError {
  const { failed } = sitting;
  const places = failed.map(({ token }) => formatPlace(token)).join(', ');
  return new RunbookError('enroll/some-failed', `not enrolled: ${places}`, {
    hints: [
      ...failed.flatMap(({ error }) => error.hints.slice(0, 1)),
      'then run `{command}` again: it takes only the tokens that are left',
    ],
    state: sitting.describe(),
  });
}
