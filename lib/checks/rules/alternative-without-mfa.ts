import { peopleTrustsOf, showPeople } from '../people-trust';
import { overlap } from '../principal';
import { NOT_APPLICABLE, type Rule } from '../rule';

/**
 * No statement of a trust policy lets people assume the role without MFA if another one requires MFA of them: statements
 * are alternatives, so any one of them suffices.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export const alternativeWithoutMfa: Rule = {
  id: 'AlternativeWithoutMfa',
  summary: 'One trust statement requires MFA, and another lets the same people assume the role without it.',
  severity: 'error',
  check(policy) {
    const trusts = peopleTrustsOf(policy);
    const withMfa = trusts.filter(({ requiresMfa }) => requiresMfa);
    if (withMfa.length === 0) {
      return NOT_APPLICABLE;
    }
    return trusts
      .filter(({ isWithoutMfa }) => isWithoutMfa)
      .flatMap((trust) => {
        const guarded = withMfa.find(({ people }) =>
          people.some((one) => trust.people.some((other) => overlap(one, other))),
        );
        if (guarded === undefined) {
          return [];
        }
        const number = guarded.statement.location.split('.').pop();
        return [
          {
            location: trust.statement.location,
            problem:
              `lets ${showPeople(trust)} assume the role without MFA, although statement ${number} requires it: ` +
              'any one statement suffices, so MFA is never enforced',
            fix:
              'require MFA in this statement as well, or remove it; an MfaRole requires it in every statement, ' +
              'whoever adds one',
          },
        ];
      });
  },
};
