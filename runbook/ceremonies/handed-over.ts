/** An enrolment that leaves the table: from a moment on it neither draws on the terminal nor stops with it. */
import type { Terminal } from '../terminal/terminal';

/** One seat at the table. */
export interface Seat {
  readonly terminal: Terminal;
  /** Aborted with the sitting until the seat is handed over, and never after: the rest is between AWS and us. */
  readonly signal: AbortSignal;
  readonly handOver: () => void;
  readonly isHandedOver: Promise<void>;
}

/** @param label of the token, put before what is said once others are at the table */
export function handedOver(terminal: Terminal, label: string, sitting: AbortSignal): Seat {
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
  return {
    signal: own.signal,
    isHandedOver,
    handOver: () => {
      isAway = true;
      sitting.removeEventListener('abort', stop);
      resolve();
    },
    terminal: {
      say: (text) => terminal.say(named(text)),
      note: (text) => terminal.note(named(text)),
      heading: (text) => terminal.heading(text),
      ask: async (question, signal) => terminal.ask(question, signal),
      confirm: async (question, signal) => terminal.confirm(question, signal),
      during: async (text, work) => (isAway ? work : terminal.during(text, work)),
      event: (name, data) => terminal.event(name, data),
      data: (text) => terminal.data(text),
      detail: (text) => terminal.detail(text),
    },
  };
}
