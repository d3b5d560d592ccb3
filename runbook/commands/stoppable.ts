/**
 * Ends every wait for AWS, for a reader and for a card soon after Ctrl-C, whatever they answer.
 *
 * Rules: what was under way gets a moment to end by itself, so that its result is known. What is called afterwards cleans up,
 * and gets somewhat longer, but only a moment where AWS was silent before, and nothing once it was silent again.
 */
import { AwsFault } from '../aws/aws';
import type { Readers } from '../token/readers';
import type { Host } from './host';

/** A call that was under way may take this much longer. */
const GRACE_MS = 1_000;
/** A call that cleans up may take this long. */
const CLEAN_UP_MS = 3_000;

/** The network, as far as it was seen after Ctrl-C. */
interface Network {
  /** The next call may take this long. */
  patienceMs: number;
}

type Stops = Pick<Host, 'signal' | 'giveUp'>;

/** Makes the calls of a connection to AWS end after Ctrl-C, and those of what it returns. */
export function stoppableAws<Port extends object>(port: Port, stops: Stops): Port {
  return wrapped(port, stops, { patienceMs: CLEAN_UP_MS });
}

function wrapped<Port extends object>(port: Port, stops: Stops, network: Network): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') {
        return value;
      }
      return async (...given: readonly unknown[]): Promise<unknown> => {
        const result = await limited(() => Reflect.apply(value, target, given), stops, network);
        return isPort(result) ? wrapped(result, stops, network) : result;
      };
    },
  });
}

function isPort(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).some((each) => typeof each === 'function')
  );
}

async function limited<T>(
  call: () => Promise<T>,
  { signal, giveUp = new AbortController().signal }: Stops,
  network: Network,
): Promise<T> {
  if (!signal.aborted) {
    return until(call(), [after(signal, GRACE_MS)], () => {
      network.patienceMs = Math.min(network.patienceMs, GRACE_MS);
      return signal.reason;
    });
  }
  function unanswered(): AwsFault {
    network.patienceMs = 0;
    return new AwsFault('clean-up', 'no-answer', 'the command did not wait longer for AWS after Ctrl-C');
  }
  if (network.patienceMs === 0 || giveUp.aborted) {
    throw unanswered();
  }
  return until(call(), [after(signal, network.patienceMs), after(giveUp, 0)], unanswered);
}

/** Makes the waits for readers and cards end after Ctrl-C. No command is sent to a card then. */
export function stoppableReaders(readers: Readers, { signal }: Pick<Stops, 'signal'>): Readers {
  function soon<T>(work: Promise<T>): Promise<T> {
    return until(work, [after(signal, GRACE_MS)], () => signal.reason);
  }
  return {
    list: () => soon(readers.list()),
    card: async (name, wait) => {
      const card = await soon(readers.card(name, wait));
      return new Proxy(card, {
        get: (target, property) => {
          if (property !== 'transmit') {
            return Reflect.get(target, property, target);
          }
          return async (command: Parameters<typeof card.transmit>[0]) => {
            signal.throwIfAborted();
            return soon(target.transmit(command));
          };
        },
      });
    },
    close: () => readers.close(),
  };
}

/** A wait for a time after a signal. `end` takes it back. */
interface Limit {
  start(onOver: () => void): void;
  end(): void;
}

function after(signal: AbortSignal, milliseconds: number): Limit {
  let timer: NodeJS.Timeout | undefined;
  let aborted: () => void = () => undefined;
  return {
    start: (onOver) => {
      aborted = () => {
        timer = setTimeout(onOver, milliseconds);
      };
      if (signal.aborted) {
        aborted();
      } else {
        signal.addEventListener('abort', aborted, { once: true });
      }
    },
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
    },
  };
}

async function until<T>(work: Promise<T>, limits: readonly Limit[], reason: () => unknown): Promise<T> {
  const over = new Promise<never>((_resolve, reject) => {
    for (const limit of limits) {
      limit.start(() => reject(reason()));
    }
  });
  // Nobody waits for its error after a limit.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, over]);
  } finally {
    for (const limit of limits) {
      limit.end();
    }
  }
}
