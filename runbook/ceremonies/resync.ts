/**
 * Without a reader, for a holder whose codes AWS no longer takes because the token's clock ran off: the serial printed
 * on the token and two of its codes are typed, by the operator or as the holder reads them out on the phone.
 */

import { type Ceremony, type CeremonyRequest, tellStep } from '../ceremony/ceremony';
import type { Ports } from '../ceremony/ports';
import { COMPARE_SERIAL, SERIAL_TRIES, takeSerial } from '../operator/typed-serial';
import { RunbookError } from '../runbook-error';
import { type Drilled, type DrillKind, type DrillStep, holdDrill, isAhead, secondPerson } from './drill';

/**
 * Lets AWS find a token's clock anew.
 *
 * @throws RunbookError with the state of IAM and of the token
 */
export async function resync(request: CeremonyRequest, ports: Ports, signal: AbortSignal): Promise<Drilled> {
  return holdDrill(RESYNC, request, ports, signal);
}

/** The serial is read off the token in hand: until it is right, nothing shows which one is expected. */
const identify: DrillStep = {
  name: 'serial',
  isNeeded: isAhead,
  run: async ({ ceremony }) => {
    const { ports, signal, token } = ceremony;
    const { terminal } = ports;
    const question = {
      name: 'serial',
      message: `the serial printed on the token of ${label(ceremony)}`,
      expected: token.serial,
      onRefused: (typed: string, triesLeft: number) => terminal.event('serial-refused', { typed, triesLeft }),
      failure: wrongSerial,
    };
    await takeSerial(terminal, question, signal);
    tellStep(ports, 'serial', `the token in hand is ${token.serial}`, { serial: token.serial });
    terminal.note('switch the token off and on, and type each code as soon as it shows');
    return undefined;
  },
};

/** A slot as prompts name it before the serial may be shown. */
function label({ request, token }: Ceremony): string {
  return `${request.holder} ${request.slot}${token.custody === undefined ? '' : ` (${token.custody})`}`;
}

function wrongSerial(wrong: string): RunbookError {
  return new RunbookError('token/wrong-serial', `${SERIAL_TRIES} wrong serials were typed: ${wrong}`, {
    hints: [COMPARE_SERIAL],
    exitCode: 3,
  });
}

const RESYNC: DrillKind = {
  kind: 'resync',
  heading: (ceremony) => `resync ${label(ceremony)}`,
  // Two people type what each reads off the token, the first without a word on the screen.
  identify: [identify, secondPerson],
  checks: ['record', 'clock', 'listed', 'serial:typed', 'codes:by-aws'],
  finished: 'resynced',
};
