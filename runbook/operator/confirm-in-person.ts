/** Asks for a yes that `--yes` does not give: what follows may destroy something that no run of this program made. */
import type { Question, Terminal } from '../terminal/terminal';

export async function confirmInPerson(
  terminal: Pick<Terminal, 'ask'>,
  { name, message }: Pick<Question, 'name' | 'message'>,
  signal: AbortSignal,
): Promise<boolean> {
  function check(answer: string): string | undefined {
    return /^(y|yes|n|no)$/i.test(answer) ? undefined : `answer yes or no, not "${answer}"`;
  }
  return /^y/i.test(await terminal.ask({ name, message: `${message} [yes/no]`, check }, signal));
}
