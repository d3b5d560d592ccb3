/**
 * The second person: types the serial that is printed on the token, so that the evidence names somebody who has seen it.
 *
 * Rules: the prompt never shows the serial that is expected; the witness is not the caller. What this cannot know is
 * whether a second person sits there: their signature on the certificate says so.
 */
import type { SlotToken } from '../../lib/record/record';
import { quote, textProblem } from '../../lib/record/rules';
import { WITNESS_RULE } from '../report/evidence-text';
import { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal';

/** Who stands by, and at which token. */
export interface WitnessRequest {
  /** As given by `--witness`, and as `checkWitnessName` lets it pass. */
  readonly name: string;
  readonly holder: string;
  readonly token: SlotToken;
}

/** How many serials the witness may type. */
const TRIES = 3;

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

/** The last part of an ARN: a user's name, or the name of an assumed role's session. */
const callerName = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** "Wanda Witt", "wanda.witt" and "WANDA.WITT@example.com" are one person. */
const foldName = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/@.*$/, '')
    .replace(/[\s._-]+/g, ' ')
    .trim();

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
    check: (answer: string) => (foldSerial(answer) === '' ? 'type the serial, as printed' : undefined),
  };
  for (let left = TRIES - 1; ; left--) {
    const typed = await terminal.ask(question, signal);
    if (foldSerial(typed) === foldSerial(token.serial)) break;
    terminal.event('witness-refused', { witness: name, typed, triesLeft: left });
    const wrong = `${quote(typed.trim())} is not the serial the record declares for this slot`;
    if (left === 0) {
      throw new RunbookError(
        'witness/wrong-serial',
        `the witness ${name} typed ${TRIES} wrong serials: ${wrong}`,
        {
          hints: [
            'compare the token in hand with tokens.yaml: it may be another one, or the inventory may have a wrong serial',
          ],
          exitCode: 3,
        },
      );
    }
    terminal.note(`${wrong}; ${left} ${left === 1 ? 'try' : 'tries'} left`);
  }
  terminal.say(`${name} has seen the token ${token.serial}`);
  terminal.event('witnessed', { witness: name, serial: token.serial });
  return name;
}

const where = ({ custody }: SlotToken): string => (custody === undefined ? '' : ` (${custody})`);

/** Serials are printed in groups, and letters in either case. */
const foldSerial = (text: string): string => text.replace(/\s/g, '').toUpperCase();
