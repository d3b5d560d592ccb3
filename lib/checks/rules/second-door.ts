import { doorsOf, showPeople } from '../doors';
import { overlap } from '../principal';
import { NOT_APPLICABLE, type Rule } from '../rule';

/**
 * Statements of a trust policy are alternatives: none lets in without MFA whom another one asks for it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export const secondDoor: Rule = {
  id: 'SecondDoor',
  severity: 'error',
  check(policy) {
    const doors = policy.kind === 'trust' ? doorsOf(policy) : [];
    const asking = doors.filter(({ asksForMfa }) => asksForMfa);
    if (asking.length === 0) {
      return NOT_APPLICABLE;
    }
    return doors
      .filter(({ isOpen }) => isOpen)
      .flatMap((door) => {
        const beside = asking.find(({ people }) =>
          people.some((one) => door.people.some((other) => overlap(one, other))),
        );
        if (beside === undefined) {
          return [];
        }
        const number = beside.statement.location.split('.').pop();
        return [
          {
            location: door.statement.location,
            problem:
              `lets ${showPeople(door)} assume the role without MFA, although statement ${number} requires it: ` +
              'any one statement suffices, so MFA is never enforced',
            fix:
              'ask for MFA in this statement as well, or remove it; an MfaRole asks for it in every statement, ' +
              'whoever adds one',
          },
        ];
      });
  },
};
