import { MFA_AGE, MFA_PRESENT } from '../../policy/mfa-keys';
import { meantMfaKey } from '../mfa-key';
import { type Finding, NOT_APPLICABLE, type Rule, type Severity } from '../rule';
import { isKnown } from '../template-text';
import { explainUnknown, isMistyped, keyIsKnown, nearestKey } from '../vocabulary';

/** The policies of AWS IoT have their own keys. */
const OTHER_KEYS = ['AWS::IoT::Policy'];

/**
 * A condition key is one that AWS documents. IAM accepts any other, which is then absent in every request. AWS adds keys
 * every month, so an unknown one is an error only if it is a mistyped key about MFA, of `iam` or of `sts`.
 *
 * Keys of identity providers, such as `token.actions.githubusercontent.com:sub`, are not judged: the providers define
 * them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export const unknownConditionKey: Rule = {
  id: 'UnknownConditionKey',
  summary: 'A condition uses a key that AWS does not document.',
  severity: 'warning',
  check({ statements, resourceType }) {
    const written = statements.flatMap(({ location, conditions }) =>
      conditions.map(({ key, operator }) => ({ key, location: `${location}.Condition.${operator}` })),
    );
    const readable = written.filter(({ key }) => isKnown(key) && !isOfProvider(key));
    if (readable.length === 0 || OTHER_KEYS.includes(resourceType)) {
      return NOT_APPLICABLE;
    }
    return readable.filter(({ key }) => !keyIsKnown(key)).map(({ key, location }) => finding(key, location));
  },
};

/** Tells whether a key belongs to an identity provider: its prefix is a host name. */
function isOfProvider(key: string): boolean {
  return /^[^:]*\.[^:]*:/.test(key);
}

function finding(key: string, location: string): Finding {
  const problem = `'${key}' is not a condition key that AWS documents, so no request ever has it`;
  const meant = nearestMfaKey(key) ?? nearestKey(key);
  return { location, word: key, severity: severityOf(key, meant), ...explainUnknown(problem, meant) };
}

/** Returns the MFA key that was meant, as AWS writes it. */
function nearestMfaKey(key: string): string | undefined {
  const meant = meantMfaKey(key.toLowerCase());
  return [MFA_PRESENT, MFA_AGE].find((one) => one.toLowerCase() === meant);
}

function severityOf(key: string, meant: string | undefined): Severity {
  const isGuarding = meant !== undefined && /^(iam:|sts:|aws:MultiFactorAuth)/.test(meant);
  return isGuarding && isMistyped(key, meant) ? 'error' : 'warning';
}
