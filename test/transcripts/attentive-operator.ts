/** Somebody who answers every prompt as it should be answered. */
import type { Question } from '../../runbook/terminal/terminal';
import { tokenNamed } from './prompted-token';
import type { Audience, Stage } from './stage';

/** Returns the right answer to a prompt. */
function rightAnswer(stage: Stage, question: Question): string {
  switch (question.name) {
    case 'code':
    case 'next-code':
      return tokenNamed(stage, question.message).readCode();
    case 'overwrite':
    case 'witness':
    case 'serial':
      return serialInHand(stage);
    case 'consent':
      return /the holder's name, (\S+),/.exec(question.message)?.[1] ?? '';
    case 'no-record':
      return /the fleet's name, (\S+),/.exec(question.message)?.[1] ?? '';
    case 'burn':
    case 'delete-picture':
    case 'cut-off':
    case 'saw-sign-in':
    case 'delete-leftover':
      return 'yes';
    default:
      throw new Error(`nobody knows what to answer to the prompt ${question.name}: ${question.message}`);
  }
}

/** The token that was laid on the table last. */
function serialInHand({ bench }: Stage): string {
  return bench.tokens.at(-1)?.serial ?? '';
}

/** Answers everything, and keeps all that is said. */
export class AttentiveOperator implements Audience {
  public readonly lines: string[] = [];
  readonly #stage: Stage;

  public constructor(stage: Stage) {
    this.#stage = stage;
  }

  public onPeople(line: string): void {
    this.lines.push(line);
  }

  public onData(line: string): void {
    this.lines.push(line);
  }

  public async onQuestion(question: Question): Promise<string | undefined> {
    return rightAnswer(this.#stage, question);
  }
}
