/** Whom the conditions of a statement leave: people, or only roles, services and machines. */
import { AGE, PRESENT } from './requests-without-mfa';
import type { Condition, Statement } from './statement';
import { isKnown } from './template-text';

/** Keys that a request has only when the caller is a machine, a service or a federated session. */
const MACHINE_KEYS = [
  'aws:ec2instancesourceprivateipv4',
  'aws:ec2instancesourcevpc',
  'aws:federatedprovider',
  'aws:principalservicename',
  'aws:principalservicenameslist',
  'ec2:roledelivery',
  'ec2:sourceinstancearn',
  'glue:credentialissuingservice',
  'glue:roleassumedby',
  'lambda:sourcefunctionarn',
  'ssm:sourceinstancearn',
];

const ROLE = /:(role|assumed-role)\//;
/** The root user has MFA of its own, and is asked for it as any user. */
const USER = /:(user\/|root$)/;

/** Whether the conditions leave no IAM user: only roles, services or machines pass. */
export function leavesNoUsers({ conditions }: Statement): boolean {
  return conditions.some((condition) => {
    const { keyName, values } = condition;
    const all = (pattern: RegExp): boolean =>
      values.length > 0 && values.every((value) => pattern.test(value) || !isKnown(value));
    if (isNegated(condition))
      return keyName === 'aws:principalarn' && values.some((arn) => /:user\/\*$/.test(arn));
    if (MACHINE_KEYS.includes(keyName)) return requiresKey(condition);
    return (
      (keyName === 'aws:principalarn' && all(ROLE)) ||
      (keyName === 'aws:principaltype' && all(/^(AssumedRole|FederatedUser)$/)) ||
      (keyName === 'aws:principalisawsservice' && all(/^true$/i)) ||
      (keyName === 'aws:userid' && all(/^AROA/))
    );
  });
}

/** Whether the conditions leave IAM users only: no role, service or federated session passes. */
export function leavesUsersOnly({ conditions }: Statement): boolean {
  return conditions.some((condition) => {
    const { keyName, values } = condition;
    const all = (pattern: RegExp): boolean =>
      values.length > 0 && values.every((value) => pattern.test(value) || !isKnown(value));
    if (isNegated(condition)) {
      return (
        (keyName === 'aws:principalarn' &&
          values.some((arn) => /:(role|assumed-role)\/\*|:role\*/.test(arn))) ||
        (keyName === 'aws:principaltype' && values.includes('AssumedRole'))
      );
    }
    return (
      (keyName === 'aws:principalarn' && all(USER)) ||
      (keyName === 'aws:principaltype' && all(/^User$/)) ||
      (keyName === 'aws:username' && requiresKey(condition)) ||
      (keyName === 'aws:userid' && all(/^AIDA/))
    );
  });
}

/** Whether a statement that denies holds for every IAM user, whatever else the request is like. */
export function holdsForEveryUser(statement: Statement): boolean {
  return (
    !statement.conditionsKnown ||
    statement.conditions
      .filter(({ keyName }) => keyName !== PRESENT && keyName !== AGE)
      .every((condition) => includesEveryUser(condition))
  );
}

function includesEveryUser(condition: Condition): boolean {
  const { keyName, values } = condition;
  if (!values.every(isKnown)) return true;
  if (isNegated(condition)) return keyName === 'aws:principalarn' && values.every((arn) => ROLE.test(arn));
  return (
    (keyName === 'aws:principalarn' && values.some((arn) => arn === '*' || /:user\/\*$/.test(arn))) ||
    (keyName === 'aws:principaltype' && values.includes('User')) ||
    // A service acting for the user can neither assume a role nor touch a device.
    (keyName === 'aws:viaawsservice' && values.includes('false')) ||
    (keyName === 'aws:username' && requiresKey(condition) && (isNull(condition) || values.includes('*')))
  );
}

function requiresKey(condition: Condition): boolean {
  return isNull(condition)
    ? condition.values.includes('false')
    : !condition.ifExists && !isNegated(condition);
}

function isNull({ test }: Condition): boolean {
  return test.toLowerCase() === 'null';
}

function isNegated({ test }: Condition): boolean {
  return /not/i.test(test);
}
