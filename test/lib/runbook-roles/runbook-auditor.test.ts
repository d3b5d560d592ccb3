import { CfnParameter, Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { RunbookAuditor, TokenRecord } from '../../../lib/index';
import { emptyStack, onlyResource, smallFleet } from '../fixtures';
import { OLGA } from './roles-scene';

test('the session and the age of MFA are as told, known or not', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  function seconds(id: string): Duration {
    return Duration.seconds(new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber);
  }
  new RunbookAuditor(stack, 'Auditor', {
    record,
    maxAge: seconds('Age'),
    maxSessionDuration: seconds('Session'),
  });

  const role = onlyResource(stack, 'AWS::IAM::Role');
  expect(role.MaxSessionDuration).toEqual({ Ref: 'Session' });
  expect(JSON.stringify(role.AssumeRolePolicyDocument)).toContain('"aws:MultiFactorAuthAge":{"Ref":"Age"}');
});

test('the auditor can be granted more', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  const another = new Role(stack, 'Another', { assumedBy: OLGA });
  const auditor = new RunbookAuditor(stack, 'Auditor', { record });
  another.grantAssumeRole(auditor.grantPrincipal);

  Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
  expect([auditor.policy.node.path, auditor.role.node.path]).toEqual([
    'Test/Auditor/Policy',
    'Test/Auditor/Role',
  ]);
});
