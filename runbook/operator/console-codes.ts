/** Takes two codes of the token in hand to the page of the console that waits for them. */
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import { RunbookError } from '../runbook-error';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import { countDown } from '../terminal/code-prompt';
import { counterAt, STEP_SECONDS } from '../token/codes';
import { burnTarget } from './burn';
import { confirmInPerson } from './confirm-in-person';
import { proveKeyCodes } from './key-codes';
import { proveCodes } from './prove-codes';
import { howToRead } from './typed-code';

/** AWS takes codes that are this old without assuming a clock that is off: seconds after the second one ended. */
const CONSOLE_SECONDS = 30;
/** Pairs of codes that are shown, if the person is too late for one. */
const PAIRS_AT_MOST = 5;

/**
 * Judges two codes against the seed, and has the person type them into the console.
 *
 * @returns how the evidence names the check
 * @throws RunbookError `code/wrong`, `cancelled`
 */
export async function takeToConsole(c: Ceremony, phase: SeedPhase, laid: LaidToken): Promise<string> {
  return laid.codeSource === 'key' ? showKeyCodes(c, phase) : proveTyped(c, phase);
}

async function proveTyped({ ports, request, token }: Ceremony, phase: SeedPhase): Promise<string> {
  const { terminal } = ports;
  function onRight(which: 1 | 2): void {
    terminal.event('type-code', { field: `MFA code ${which}` });
    terminal.note(
      which === 1
        ? 'type the same code into "MFA code 1" of the console now'
        : 'type this code into "MFA code 2" of the console and press "Add MFA" now',
    );
  }
  terminal.note(howToRead(token));
  await proveCodes(ports, phase, { holder: request.holder, token, typed: 2, onRight });
  tellStep(ports, 'codes', 'the token shows the right codes');
  return '2';
}

/** The key has no display: its codes are shown here, for as long as AWS takes them. */
async function showKeyCodes(c: Ceremony, phase: SeedPhase): Promise<string> {
  const { ports, token } = c;
  const { clock, terminal, signal } = ports;
  const target = burnTarget(c);
  for (let shown = 1; shown <= PAIRS_AT_MOST; shown++) {
    const counter = counterAt(clock.now() / 1000) + 1;
    await countDown({ untilMs: counter * STEP_SECONDS * 1000, text: 'the codes come in' }, ports, signal);
    const { codes, endsAtMs } = await proveKeyCodes(ports, phase, { serial: token.serial, target });
    const seconds = Math.floor((endsAtMs - clock.now()) / 1000) + CONSOLE_SECONDS;
    terminal.note(
      `within ${seconds} s type ${codes[0]} into "MFA code 1" and ${codes[1]} into "MFA code 2" of the console, and press "Add MFA"`,
    );
    const question = { name: 'codes-taken', message: 'did the console take both codes? no shows newer ones' };
    if (await confirmInPerson(terminal, question, signal)) {
      tellStep(ports, 'codes', 'the key computes the right codes');
      return 'by-key';
    }
  }
  throw new RunbookError('code/wrong', `the console took none of ${PAIRS_AT_MOST} pairs of codes`, {
    hints: ['check that the page is that of this device, then run `{command}` again with a new QR code'],
  });
}
