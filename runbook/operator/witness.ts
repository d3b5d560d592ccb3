/**
 * The second person, who types the serial printed on the token, so that the evidence names somebody who has seen it.
 *
 * Rules: the prompt never shows the expected serial; the witness is not the caller. The program cannot tell whether a
 * second person is really there: their signature on the certificate says so.
 */
import type { SlotToken } from '../../lib/record/record';
import { quote, textProblem } from '../../lib/record/rules';
import type { Ceremony } from '../ceremony/ceremony';
import { callerName } from '../evidence/evidence';
import { WITNESS_RULE } from '../evidence/evidence-text';
import { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal/terminal';
import { inCustody } from './typed-code';
import { COMPARE_SERIAL, SERIAL_TRIES, takeSerial } from './typed-serial';

/**
 * Refuses a witness whose name cannot be written into evidence, or who is the caller.
 *
 * @param callerArn absent before it is known: only the form is judged then
 * @returns the name without the blanks around it
 * @throws RunbookError `witness/not-a-name`, `witness/same-person`
 */
export function checkWitnessName(given: string, callerArn?: string): string {
  const name = given.trim();
  const problem = textProblem(WITNESS_RULE, name);
  if (problem !== undefined) {
    throw new RunbookError('witness/not-a-name', problem.message, { hints: [problem.fix], exitCode: 2 });
  }
  if (callerArn !== undefined && foldName(name) === foldName(callerName(callerArn))) {
    throw new RunbookError('witness/same-person', `the witness ${quote(name)} is the caller, ${callerArn}`, {
      hints: ['have somebody else watch, and give their name with --witness'],
      exitCode: 2,
    });
  }
  return name;
}

/** Folds the ways to write one person: "Wanda Witt", "wanda.witt" and "WANDA.WITT@example.com". */
function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/@.*$/, '')
    .replace(/[\s._-]+/g, ' ')
    .trim();
}

/** Asks the witness of a ceremony, if one was named. @returns their name, for the evidence */
export async function askWitness(
  { ports: { terminal, signal }, request, identity }: Ceremony,
  token: SlotToken,
): Promise<string | undefined> {
  if (request.witness === undefined) {
    return undefined;
  }
  const name = checkWitnessName(request.witness, identity.arn);
  return witness(terminal, { name, holder: request.holder, token }, signal);
}

/**
 * Has the second person type the serial printed on the token.
 *
 * @param about the name as `checkWitnessName` accepted it
 * @returns the witness's name, for the evidence
 * @throws RunbookError `witness/wrong-serial`, `cancelled`
 */
export async function witness(
  terminal: Terminal,
  { name, holder, token }: { readonly name: string; readonly holder: string; readonly token: SlotToken },
  signal: AbortSignal,
): Promise<string> {
  const question = {
    name: 'witness',
    message: `${name}, type the serial printed on the token for ${token.slot} of ${holder}${inCustody(token)}`,
    expected: token.serial,
    onRefused: (typed: string, triesLeft: number) =>
      terminal.event('witness-refused', { witness: name, typed, triesLeft }),
    failure: (wrong: string) =>
      new RunbookError(
        'witness/wrong-serial',
        `the witness ${name} typed ${SERIAL_TRIES} wrong serials: ${wrong}`,
        { hints: [COMPARE_SERIAL], exitCode: 3 },
      ),
  };
  await takeSerial(terminal, question, signal);
  terminal.say(`${name} has seen the token ${token.serial}`);
  terminal.event('witnessed', { witness: name, serial: token.serial });
  return name;
}
