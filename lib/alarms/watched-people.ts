/** The users and roles whose use, or change, is an alarm. */
import { Annotations } from 'aws-cdk-lib';
import type { IRole, IUser } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { BreakGlassRole } from '../break-glass/break-glass-role';
import type { TokenRecord } from '../fleet/token-record';
import { namedUsers, userPatterns, watchedRole } from './break-glass-identities';
import { operatorsOf } from './find-guardrails';
import type { EventPattern, WatchedRole } from './watched-events';

/** The properties of MfaAlarms that name people. */
interface NamedPeople {
  readonly records: readonly TokenRecord[];
  readonly breakGlassUsers?: readonly IUser[];
  readonly breakGlassRoles?: readonly BreakGlassRole[];
  readonly operatorRoles?: readonly IRole[];
}

/** The patterns about the break-glass users, each of which fits into a rule. */
type UserPatterns = (toPattern: (users: EventPattern) => EventPattern) => readonly EventPattern[];

/** The users and roles, as patterns need them. */
export interface WatchedPeople {
  readonly fleets: readonly string[];
  readonly users: UserPatterns;
  /** The names of break-glass users outside the paths of the fleets. */
  readonly names: readonly string[];
  readonly roles: readonly BreakGlassRole[];
  readonly operators: readonly WatchedRole[];
}

/** Returns the people that the properties name, and the operators that the app made. */
export function watchedPeople(alarms: IConstruct, props: NamedPeople): WatchedPeople {
  const fleets = props.records.map(({ fleet }) => fleet);
  const users = props.breakGlassUsers ?? [];
  return {
    fleets,
    users: (toPattern) => userPatterns(alarms, { fleets, users }, toPattern),
    names: namedUsers(fleets, users),
    roles: props.breakGlassRoles ?? [],
    operators:
      props.operatorRoles === undefined
        ? operatorsBefore(alarms)
        : props.operatorRoles.map((role) => watchedRole(alarms, role)),
  };
}

/** The rules are made now: an operator made later would raise an alarm at every enrollment, as somebody else. */
function operatorsBefore(alarms: IConstruct): readonly WatchedRole[] {
  const before = operatorsOf(alarms);
  function validate() {
    const [later] = operatorsOf(alarms).filter((operator) => !before.includes(operator));
    if (later !== undefined) {
      Annotations.of(alarms).addWarningV2(
        'cdk-mfa-guardrails:alarms-before-operator',
        `the operator '${later.node.path}' was made after the alarms, so its use is no alarm; make the alarms last, or name ` +
          'its role in operatorRoles',
      );
    }
    return [];
  }
  alarms.node.addValidation({ validate });
  return before.map((operator) => ({ ...watchedRole(alarms, operator.role), fleet: operator.fleet }));
}
