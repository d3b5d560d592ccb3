/** The terminal of a sitting in which one enrollment ends in the background while the next begins. */
import type { Ports } from '../ceremony/ports';
import type { Terminal } from '../terminal/terminal';

/**
 * Gives an enrollment its share of the terminal: once handed over, it neither draws on the terminal nor stops with the
 * sitting. Until then its signal is aborted with the sitting, and never after: nothing else needs a person.
 *
 * @param label of the token, put before every message once another token is on the reader
 */
export function shareTerminal({ terminal, signal: sitting }: Ports, label: string) {
  const own = new AbortController();
  function stop(): void {
    own.abort(sitting.reason);
  }
  if (sitting.aborted) {
    stop();
  }
  sitting.addEventListener('abort', stop, { once: true });
  let resolve: () => void = () => undefined;
  const isHandedOver = new Promise<void>((done) => {
    resolve = done;
  });
  let isAway = false;
  function named(text: string): string {
    return isAway ? `${label}: ${text}` : text;
  }
  const ownTerminal: Terminal = {
    say: (text) => terminal.say(named(text)),
    note: (text) => terminal.note(named(text)),
    heading: (text) => terminal.heading(text),
    command: (text) => terminal.command(text),
    ask: async (question, signal) => terminal.ask(question, signal),
    askHidden: async (question, signal) => terminal.askHidden(question, signal),
    confirm: async (question, signal) => terminal.confirm(question, signal),
    during: async (text, work) => (isAway ? work : terminal.during(text, work)),
    event: (name, data) => terminal.event(name, data),
    data: (text) => terminal.data(text),
    table: (rows, indent) => terminal.table(rows, indent),
    detail: (text) => terminal.detail(text),
    trace: (text) => terminal.trace(text),
  };
  return {
    ports: { terminal: ownTerminal, signal: own.signal },
    isHandedOver,
    handOver: () => {
      isAway = true;
      sitting.removeEventListener('abort', stop);
      resolve();
    },
  };
}
