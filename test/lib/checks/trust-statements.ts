/** Statements of trust policies, and the principals they trust. */
export const MFA = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
export const WITHOUT_MFA = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } };
export const ROOT = { AWS: 'arn:aws:iam::111122223333:root' };
export const OWN = {
  AWS: {
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':root']],
  },
};
export const OLGA = { AWS: 'arn:aws:iam::111122223333:user/people/olga' };

export function allow(Principal: unknown, Condition?: unknown, Action: unknown = 'sts:AssumeRole') {
  return { Effect: 'Allow', Principal, Action, ...(Condition === undefined ? {} : { Condition }) };
}

export function deny(Condition: unknown, Principal: unknown = '*', Action: unknown = 'sts:AssumeRole') {
  return { Effect: 'Deny', Principal, Action, Condition };
}

export function arn(value: unknown, operator = 'ArnLike') {
  return { [operator]: { 'aws:PrincipalArn': value } };
}
