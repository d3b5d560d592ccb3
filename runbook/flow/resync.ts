/**
 * Without a reader, for a holder whose codes AWS no longer takes because the token's clock ran off: the serial printed
 * on the token and two of its codes are typed, by the operator or as the holder reads them out on the phone.
 */
import { quote } from '../../lib/record/rules';
import { RunbookError } from '../runbook-error';
import { type Ceremony, type CeremonyRequest, tellStep } from './ceremony';
import { type Drilled, type DrillKind, type DrillStep, holdDrill, isAhead, secondPerson } from './drill';
import type { Ports } from './ports';

/**
 * Lets AWS find a token's clock anew.
 *
 * @throws RunbookError with the state of IAM and of the token
 */
export const resync = async (request: CeremonyRequest, ports: Ports, signal: AbortSignal): Promise<Drilled> =>
  holdDrill(RESYNC, request, ports, signal);

/** How many serials may be typed. */
const TRIES = 3;

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
      check: (answer: string) => (foldSerial(answer) === '' ? 'type the serial, as printed' : undefined),
    };
    for (let left = TRIES - 1; ; left--) {
      const typed = await terminal.ask(question, signal);
      if (foldSerial(typed) === foldSerial(token.serial)) break;
      const wrong = `${quote(typed.trim())} is not the serial the record declares for this slot`;
      terminal.event('serial-refused', { typed, triesLeft: left });
      if (left === 0) throw wrongSerial(wrong);
      terminal.note(`${wrong}; ${left} ${left === 1 ? 'try' : 'tries'} left`);
    }
    tellStep(ports, 'serial', `the token in hand is ${token.serial}`, { serial: token.serial });
    terminal.note('switch the token off and on, and type each code as soon as it shows');
    return undefined;
  },
};

/** A slot as prompts name it before the serial may be shown. */
const label = ({ request, token }: Ceremony): string =>
  `${request.holder} ${request.slot}${token.custody === undefined ? '' : ` (${token.custody})`}`;

/** Serials are printed in groups, and letters in either case. */
const foldSerial = (text: string): string => text.replace(/\s/g, '').toUpperCase();

const wrongSerial = (wrong: string): RunbookError =>
  new RunbookError('token/wrong-serial', `${TRIES} wrong serials were typed: ${wrong}`, {
    hints: [
      'compare the token in hand with tokens.yaml: it may be another one, or the inventory may have a wrong serial',
    ],
    exitCode: 3,
  });

const RESYNC: DrillKind = {
  kind: 'resync',
  heading: (ceremony) => `resync ${label(ceremony)}`,
  // Two people type what each reads off the token, the first without a word on the screen.
  identify: [identify, secondPerson],
  checks: ['record', 'clock', 'listed', 'serial:typed', 'codes:by-aws'],
  finished: 'resynced',
};
