import { type Finding, NOT_APPLICABLE, type Rule } from '../rule';
import { isKnown } from '../template-text';
import { explainUnknown, keyIsKnown, nearestKey } from '../vocabulary';

/** The policies of AWS IoT have keys of their own. */
const OTHER_KEYS = ['AWS::IoT::Policy'];

/**
 * A condition key is one that AWS documents: IAM takes any other, and then the key is absent in every request.
 *
 * The keys of identity providers, such as `token.actions.githubusercontent.com:sub`, are the providers' own and not
 * judged.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export const unknownConditionKey: Rule = {
  id: 'UnknownConditionKey',
  severity: 'error',
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

/** Their prefix is a host name. */
function isOfProvider(key: string): boolean {
  return /^[^:]*\.[^:]*:/.test(key);
}

function finding(key: string, location: string): Finding {
  const problem = `'${key}' is not a condition key that AWS documents, so no request ever has it`;
  return { location, ...explainUnknown(problem, nearestKey(key)) };
}
