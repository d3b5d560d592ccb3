/**
 * Every call to AWS passes here: it is timed, reported, ended at its deadline, and its answer believed only if it is
 * AWS's own. Errors of the SDK leave as AwsFaults.
 */
import { checkForm, checkOutput, type RawAnswer } from './answers';
import { toAwsFault } from './faults';
import type { AwsSettings } from './session';

/** The time of one call, all its attempts included, from the moment that there are credentials to sign it with. */
const CALL_SECONDS = 30;

interface Request {
  readonly protocol?: string;
  readonly hostname?: string;
  readonly port?: number;
}

type Handler = (args: never) => Promise<{ output: object; response: unknown }>;

interface Context {
  readonly commandName?: string;
  readonly __smithy_context?: { readonly abortSignal?: unknown };
}

type Options = { readonly abortSignal?: unknown };

type Middleware = (next: Handler, context: Context) => Handler;

interface Place<Step, Priority> {
  readonly step: Step;
  readonly name: string;
  readonly priority: Priority;
}

interface Stack {
  add(middleware: Middleware, options: Place<'initialize', 'high'> | Place<'deserialize', 'low'>): void;
}

/** The part of a client that `observe` needs; the SDK's own types differ from client to client. */
interface ObservableClient {
  readonly config: { credentials(): Promise<unknown>; readonly requestHandler?: unknown };
  readonly middlewareStack: unknown;
  send: unknown;
}

/** Makes a client keep the rules of this file. */
export function observe<Client extends ObservableClient>(
  settings: AwsSettings,
  service: string,
  client: Client,
): Client {
  const stops = new WeakMap<object, AbortController>();
  const send = client.send as (command: unknown, options?: Options) => Promise<unknown>;
  client.send = (command: unknown, options?: Options) => {
    const stop = new AbortController();
    stops.set(stop.signal, stop);
    return send.call(client, command, { ...options, abortSignal: stop.signal });
  };
  /** The address that was last asked: the message about a lost answer names it. */
  let asked: Request | undefined;
  const stack = client.middlewareStack as Stack;
  stack.add(
    (next, context) => async (args) => {
      const action = `${service}:${operationOf(context)}`;
      const begunMs = settings.now();
      function report(outcome: string): void {
        settings.onCall?.({ action, durationMs: Math.max(0, settings.now() - begunMs), outcome });
      }
      try {
        // A person may have to type a code for them, so the deadline is set afterwards.
        await client.config.credentials();
        const stop = stops.get(context.__smithy_context?.abortSignal as object) ?? new AbortController();
        const result = await withDeadline(next(args), stop, settings.callSeconds ?? CALL_SECONDS);
        checkOutput(action, result.output);
        report('ok');
        return result;
      } catch (error) {
        const fault = toAwsFault(action, error, await describedBy(client, urlOf(asked)));
        report(fault.code);
        throw fault;
      }
    },
    { step: 'initialize', name: 'observe', priority: 'high' },
  );
  stack.add(
    (next, context) => async (args) => {
      asked = (args as { readonly request: Request }).request;
      const result = await next(args);
      await checkForm(result.response as RawAnswer, operationOf(context));
      return result;
    },
    // Inside the SDK's retries, and before it reads the answer.
    { step: 'deserialize', name: 'checkForm', priority: 'low' },
  );
  return client;
}

/** Names the network of a client whose handler of requests can tell. */
async function describedBy(
  client: ObservableClient,
  endpoint: string | undefined,
): Promise<string | undefined> {
  const handler = client.config.requestHandler as
    | { describe?(endpoint: string | undefined): Promise<string> }
    | undefined;
  return handler?.describe?.(endpoint).catch(() => undefined);
}

function operationOf({ commandName = 'Unknown' }: Context): string {
  return commandName.replace(/Command$/, '');
}

function urlOf(request: Request | undefined): string | undefined {
  if (request?.hostname === undefined) {
    return undefined;
  }
  const port = request.port === undefined ? '' : `:${request.port}`;
  return `${request.protocol ?? 'https:'}//${request.hostname}${port}`;
}

/** A call that AWS did not answer in time. */
class DeadlineError extends Error {
  public override readonly name = 'DeadlineError';
}

/** Ends a call after a time. The SDK's own time-outs begin again with each attempt, and a body that drips escapes them. */
async function withDeadline<T>(call: Promise<T>, stop: AbortController, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlineError(`nothing complete came within ${seconds} s`));
      stop.abort();
    }, seconds * 1000);
  });
  // When the deadline wins, the call ends with an error that nobody waits for.
  call.catch(() => undefined);
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
