/** A program that asks for a secret and for a word, as the command does on a terminal that cannot rewrite its lines. */
import { linesOf } from '../../../runbook/terminal/byte-input';
import { hiddenLinesOf } from '../../../runbook/terminal/hidden-line';
import { LinePrompter } from '../../../runbook/terminal/line-prompter';

const { signal } = new AbortController();

function hideTyping(): () => void {
  process.stdin.setRawMode(true);
  return () => void process.stdin.setRawMode(false);
}

async function main(): Promise<void> {
  const prompter = new LinePrompter(linesOf(0), (text) => process.stdout.write(text), {
    nextLine: hiddenLinesOf(0),
    hide: hideTyping,
  });
  const secret = await prompter.askHidden({ name: 'secret', message: 'password' }, signal);
  const word = await prompter.ask({ name: 'word', message: 'word' }, signal);
  process.stdout.write(`${secret.length} letters, ${word}\n`, () => process.exit(0));
}

main().catch((error: { readonly code?: string }) =>
  process.stdout.write(`${error.code}\n`, () => process.exit(0)),
);
