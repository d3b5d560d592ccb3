/** The decision table: every request of a subject with the verdict that is meant, and what the evaluator says. */
import {
  ADMINISTRATOR,
  type Caller,
  type Decision,
  decide,
  decideUnchecked,
  type Request,
  SIGN_IN,
  type SignIn,
} from '../../support/policy-simulation';
import type { Aim } from './actions';
import { type CallerName, callerNamed, isUser } from './callers';
import { type Intent, type IntentLine, SIGN_INS, type Verdict, type Verdicts } from './intent';
import type { PlaceName } from './places';
import type { Kind, Subject } from './subjects';

/** One request and the verdict that is meant. Plain data, so that another judge of policies can be asked as well. */
export interface Row {
  readonly subject: string;
  readonly callerName: CallerName;
  readonly caller: Caller;
  readonly signIn: SignIn;
  readonly action: string;
  readonly on: PlaceName;
  readonly resource: string;
  readonly expected: Verdict;
}

interface RowOptions {
  readonly signIns?: readonly SignIn[];
  readonly callers?: readonly CallerName[];
  readonly partition?: string;
}

/** The sign-in whose requests have no MFA key. */
const NO_KEYS: SignIn = 'a long-term key';

/** The rows of a subject for what its callers may aim at. */
export function rowsOf(subject: Subject, aims: readonly Aim[], options: RowOptions = {}): readonly Row[] {
  const { partition = 'aws', signIns = SIGN_INS, callers = subject.callers } = options;
  const own = aims.filter(({ action, on }) => isAbout(subject, action, on));
  const verdictsFor = meant(subject.intent);
  return callers.flatMap((callerName) => {
    const caller = callerNamed(callerName, partition);
    const possible = signIns.filter((signIn) => isUser(callerName) || signIn === NO_KEYS);
    const reachable = own.filter(({ on }) => isUser(callerName) || on !== 'the own user');
    return reachable.flatMap(({ action, on, resource }) => {
      const verdicts = verdictsFor(callerName, action, on);
      const arn = resource({ caller, partition });
      return possible.map((signIn) => ({
        subject: subject.name,
        callerName,
        caller,
        signIn,
        action,
        on,
        resource: arn,
        expected: verdicts[columnOf(signIn, subject.maxAgeSeconds)] as Verdict,
      }));
    });
  });
}

function isAbout({ places, services }: Subject, action: string, on: PlaceName): boolean {
  const isOwnService = services?.some((service) => action.startsWith(`${service}:`)) ?? true;
  return isOwnService && (places?.includes(on) ?? true);
}

function meant({
  otherwise,
  lines,
  untouched = [],
  barred = [],
  unasked = [],
}: Intent): (caller: CallerName, action: string, on: PlaceName) => Verdicts {
  const linesOf = new Map<string, IntentLine[]>();
  for (const line of lines) {
    for (const key of line.actions.flatMap((action) => line.on.map((on) => `${action} on ${on}`))) {
      linesOf.set(key, [...(linesOf.get(key) ?? []), line]);
    }
  }
  return (caller, action, on) => {
    if (untouched.includes(caller)) {
      return 'oooo';
    }
    const fitting = linesOf.get(`${action} on ${on}`)?.find(({ by }) => by?.includes(caller) ?? true);
    const verdicts = fitting?.verdicts ?? otherwise;
    if (barred.includes(caller)) {
      // STS answers who one is to everybody.
      return action === 'sts:GetCallerIdentity' ? verdicts : '----';
    }
    return unasked.includes(caller) ? withoutAsking(verdicts) : verdicts;
  };
}

/** Returns the verdicts where MFA makes no difference: a denial holds only if it holds with MFA as well. */
function withoutAsking(verdicts: Verdicts): Verdicts {
  return (verdicts === '----' ? verdicts : verdicts.replaceAll('-', 'o')) as Verdicts;
}

/** Returns the column of the verdicts for a sign-in: other ages count by whether they are below the maximum. */
function columnOf(signIn: SignIn, maxAgeSeconds = Number.POSITIVE_INFINITY): number {
  const keys: Readonly<Record<string, string>> = SIGN_IN[signIn];
  const age = keys['aws:MultiFactorAuthAge'];
  const column = (SIGN_INS as readonly SignIn[]).indexOf(signIn);
  if (column >= 0 || age === undefined) {
    return column;
  }
  return SIGN_INS.indexOf(Number(age) < maxAgeSeconds ? 'fresh MFA' : 'MFA of yesterday');
}

/**
 * Returns the verdict of a policy on a row, with one decision.
 *
 * An identity policy is decided alone: by the definition of IAM, an explicit denial holds whatever other policies allow.
 * `decisionWith` an administrator proves it where it matters. Other kinds allow nothing, and are decided together with a
 * policy that allows everything.
 */
export async function verdictOf(row: Row, kind: Kind, policy: unknown): Promise<Verdict> {
  if (kind === 'identity') {
    return VERDICTS[await decisionWith('nothing', row, kind, policy)];
  }
  const decision = await decisionWith('an administrator', row, kind, policy);
  return decision === 'Allowed' ? ALLOWED_BY[kind] : '-';
}

const VERDICTS: Readonly<Record<Decision, Verdict>> = {
  Allowed: '+',
  ImplicitlyDenied: 'o',
  ExplicitlyDenied: '-',
};

/** A boundary and a service control policy only pass what other policies allow; a trust policy allows by itself. */
const ALLOWED_BY = { boundary: 'o', 'service control': 'o', trust: '+' } as const;

/** The other policy of a request. */
export type OtherPolicy = 'nothing' | 'an administrator';

/** Decides a row by the policy alone, or together with another that allows everything. */
export async function decisionWith(
  others: OtherPolicy,
  row: Row,
  kind: Kind,
  policy: unknown,
): Promise<Decision> {
  const request = requestOf(others, row, kind, policy);
  return kind === 'trust' ? decide(request) : decideUnchecked(request);
}

/** Builds the request for the evaluators. */
export function requestOf(other: OtherPolicy, row: Row, kind: Kind, policy: unknown): Request {
  const others = other === 'nothing' ? [] : [ADMINISTRATOR];
  const { caller, signIn, action, resource } = row;
  const request = { caller, signIn, action, resource, policies: others };
  switch (kind) {
    case 'identity':
      return { ...request, policies: [policy, ...others] };
    case 'boundary':
      return { ...request, boundary: policy };
    case 'service control':
      return { ...request, serviceControls: [policy] };
    case 'trust':
      return { ...request, trust: policy };
  }
}

/** Lists the rows that a policy decides differently than intended, each as a sentence; only the first `limit`. */
export async function surprises(
  rows: readonly Row[],
  kind: Kind,
  policy: unknown,
  limit = 20,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const row of rows) {
    const verdict = await verdictOf(row, kind, policy);
    if (verdict !== row.expected) {
      found.push(`${sentence(row)}: meant ${row.expected}, is ${verdict}`);
    }
    if (found.length >= limit) {
      break;
    }
  }
  return found;
}

export function sentence({ subject, callerName, signIn, action, on, resource }: Row): string {
  return `${subject}: ${callerName} with ${signIn} calls ${action} on ${on} (${resource})`;
}
