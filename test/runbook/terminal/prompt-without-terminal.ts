/** A program with a prompt on a terminal that is gone: says how the prompt ended once it is stopped. */
import { PassThrough } from 'node:stream';
import { ClackPrompter } from '../../../runbook/terminal/clack-prompter';

const input = Object.assign(new PassThrough(), {
  isTTY: true,
  setRawMode: (on: boolean) => {
    if (!on) {
      throw new Error('setRawMode EIO');
    }
  },
});
const stop = new AbortController();
// As main does: what is thrown where nobody catches it must not end the program before IAM is in order.
process.on('uncaughtException', () => undefined);
// Not before the prompt is there: loading it takes its time on a busy machine.
const output = new PassThrough();
output.once('data', () => setImmediate(() => stop.abort()));
// Keeps the program alive, as a reader or a connection would.
setTimeout(() => process.exit(1), 10_000);
new ClackPrompter(input, output)
  .ask({ name: 'code', message: 'code' }, stop.signal)
  .catch((error: { readonly code?: string }) =>
    process.stdout.write(`${error.code}\n`, () => process.exit(0)),
  );
