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
    /^cannot read the template .*Stack\.template\.json: .*; synthesize again/,
  );
  expect(validate('{}')).toMatchObject({ success: true, violations: [] });
});

/** A template of so many roles, no two of them alike. */
function templateOf(roles: number): string {
  function role(n: number) {
    return {
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
                // Of thirty patterns, so that a template of 50 has them all, too.
                Action: ['s3:GetObject*', `ec2:*${'?'.repeat(n % 30)}*`, 'kms:Decrypt', 'logs:PutLogEvents'],
                Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::bucket/*']] },
                Condition: { StringEquals: { 'aws:ResourceAccount': { Ref: 'AWS::AccountId' } } },
              })),
            },
          },
        ],
      },
    };
  }
  return JSON.stringify({
    Resources: Object.fromEntries(Array.from({ length: roles }, (_, n) => [`R${n}`, role(n)])),
  });
}

/** The shortest of several runs, in microseconds of the processor: tests of other files run beside it. */
function costOf(run: () => void): number {
  const costs = Array.from({ length: 7 }, () => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    return user + system;
  });
  return Math.min(...costs);
}

test('the time grows with the resources, and no faster: ten times as many take at most 20 times as long', () => {
  function judge(text: string) {
    return () => expect(validate(text).violations).toEqual([]);
  }
  const [few, many] = [judge(templateOf(50)), judge(templateOf(500))];
  // What is compiled and remembered at the first run is no part of it.
  many();

  expect(costOf(many)).toBeLessThanOrEqual(20 * costOf(few));
});
