import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicyValidationPluginReport } from 'aws-cdk-lib';
import { MfaChecks } from '../../../lib/checks/mfa-checks';
import { newApp } from '../fixtures';

const folder = mkdtempSync(join(tmpdir(), 'mfa-checks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function validate(text: string): PolicyValidationPluginReport {
  const templatePath = join(folder, 'Stack.template.json');
  writeFileSync(templatePath, text);
  return new MfaChecks().validate({
    templatePaths: [templatePath],
    stackTemplates: [{ stackConstructPath: 'Stack', templatePath, accountId: undefined, region: undefined }],
    appConstruct: newApp(),
  });
}

test('one that cannot be read is an error, not a pass', () => {
  expect(() => validate('{ oops')).toThrow(
    /^cannot read the template .*Stack\.template\.json: .*; synthesise again/,
  );
  expect(validate('{}')).toMatchObject({ success: true, violations: [] });
});

test('one of 500 resources is judged in less than a fifth of a second', () => {
  const role = (n: number) => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { AWS: { 'Fn::GetAtt': [`R${n}`, 'Arn'] } },
          },
        ],
      },
      Policies: [
        {
          PolicyName: 'P',
          PolicyDocument: {
            Statement: Array.from({ length: 5 }, () => ({
              Effect: 'Allow',
              // Every pattern is another one.
              Action: ['s3:GetObject*', `ec2:*${'?'.repeat(n % 30)}*`, 'kms:Decrypt', 'logs:PutLogEvents'],
              Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::bucket/*']] },
              Condition: { StringEquals: { 'aws:ResourceAccount': { Ref: 'AWS::AccountId' } } },
            })),
          },
        },
      ],
    },
  });
  const Resources = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`R${n}`, role(n)]));
  const text = JSON.stringify({ Resources });
  // Of the processor, since tests of other files run beside it.
  const times = [1, 2, 3, 4, 5].map(() => {
    const start = process.cpuUsage();
    expect(validate(text).violations).toEqual([]);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });

  expect(Math.min(...times)).toBeLessThan(200);
});
