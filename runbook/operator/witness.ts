/**
 * The second person: types the serial that is printed on the token, so that the evidence names somebody who has seen it.
 *
 * Rules: the prompt never shows the serial that is expected; the witness is not the caller. What this cannot know is
 * whether a second person sits there: their signature on the certificate says so.
 */
import type { SlotToken } from '../../lib/record/record';
import { quote, textProblem } from '../../lib/record/rules';
import { callerName } from '../evidence/evidence';
import { WITNESS_RULE } from '../evidence/evidence-text';
import { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal/terminal';
import { COMPARE_SERIAL, SERIAL_TRIES, takeSerial } from './typed-serial';

/** Who stands by, and at which token. */
export interface WitnessRequest {
  /** As given by `--witness`, and as `checkWitnessName` lets it pass. */
  readonly name: string;
  readonly holder: string;
  readonly token: SlotToken;
}

/**
 * Refuses a witness whose name cannot stand in evidence, or who is the caller.
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
      hints: ['have somebody else stand by, and give their name with --witness'],
      exitCode: 2,
    });
  }
  return name;
}

/** "Wanda Witt", "wanda.witt" and "WANDA.WITT@example.com" are one person. */
function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/@.*$/, '')
    .replace(/[\s._-]+/g, ' ')
    .trim();
}

/**
 * Has the second person type the serial printed on the token.
 *
 * @returns the witness's name, for the evidence
 * @throws RunbookError `witness/wrong-serial`, `cancelled`
 */
export async function witness(
  terminal: Terminal,
  { name, holder, token }: WitnessRequest,
  signal: AbortSignal,
): Promise<string> {
  const question = {
    name: 'witness',
    message: `${name}, type the serial printed on the token for ${token.slot} of ${holder}${where(token)}`,
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

function where({ custody }: SlotToken): string {
  return custody === undefined ? '' : ` (${custody})`;
}
