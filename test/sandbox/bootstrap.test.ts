/**
 * The real `cdk` command in a bootstrapped account, and in one that is not. Large templates and the default
 * synthesizer need the bootstrap; `cdk bootstrap` itself is not run.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  App,
  DefaultStackSynthesizer,
  type IStackSynthesizer,
  LegacyStackSynthesizer,
  Stack,
} from 'aws-cdk-lib';
import { User } from 'aws-cdk-lib/aws-iam';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { runCdk } from '../support/cdk-cli';
import { Sandbox } from './sandbox';
import { allow, createUser } from './test-clients';

const account = '123456789012';
const folder = mkdtempSync(join(tmpdir(), 'bootstrap-'));
process.env.CDK_VALIDATION = 'false';
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Synthesizes a stack with this many users. @returns the output directory */
function synthesize(synthesizer: object, users: number): string {
  const outdir = mkdtempSync(join(folder, 'out-'));
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Fleet', {
    env: { account, region: 'eu-central-1' },
    synthesizer: synthesizer as IStackSynthesizer,
  });
  new StringParameter(stack, 'Record', { parameterName: '/fleet/record', stringValue: 'x' });
  for (let index = 0; index < users; index += 1) {
    new User(stack, `User${index}`, { userName: `user-${index}`, path: `/${'long/'.repeat(60)}` });
  }
  app.synth();
  return outdir;
}

test('a large template is refused by the command itself where nothing is bootstrapped', async () => {
  const sandbox = Sandbox.create({ account });
  const endpoint = await sandbox.listen();
  const outdir = synthesize(new LegacyStackSynthesizer(), 150);
  const run = await runCdk(['deploy', '--require-approval', 'never'], {
    endpoint,
    credentials: sandbox.administrator,
    outdir,
  });
  await sandbox.close();
  expect(run.code).toBe(1);
  expect(run.stderr).toContain('Template too large to deploy ("cdk bootstrap" is required)');
  expect(sandbox.calls.map(({ operation }) => operation)).not.toContain('CreateChangeSet');
});

test('with the default synthesizer a person needs no more than the roles of the bootstrap', async () => {
  const sandbox = Sandbox.create({ account, bootstrapped: true });
  const endpoint = await sandbox.listen();
  const deployer = await createUser(sandbox, 'dora');
  await allow(sandbox, 'dora', {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Resource: `arn:aws:iam::${account}:role/cdk-*`,
  });
  const outdir = synthesize(new DefaultStackSynthesizer(), 150);
  const run = await runCdk(['deploy', '--require-approval', 'never'], {
    endpoint,
    credentials: deployer,
    outdir,
  });
  await sandbox.close();
  expect(run).toMatchObject({ code: 0 });
  const { Parameter } = await sandbox.call(sandbox.administrator, 'ssm', 'GetParameter', {
    Name: '/fleet/record',
  });
  expect(Parameter).toMatchObject({ Value: 'x' });
  const writer = sandbox.calls.find(({ operation }) => operation === 'PutParameter')?.caller;
  expect(writer).toContain(':assumed-role/cdk-hnb659fds-cfn-exec-role-');
});

test('a role that CloudFormation may not assume, or that its caller may not pass, is refused', async () => {
  const sandbox = Sandbox.create({ account, bootstrapped: true });
  const intern = await createUser(sandbox, 'ida');
  await allow(sandbox, 'ida', { Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' });
  function role(purpose: string) {
    return `arn:aws:iam::${account}:role/cdk-hnb659fds-${purpose}-role-${account}-eu-central-1`;
  }
  function create(credentials: typeof intern, RoleARN: string) {
    return sandbox.call(credentials, 'cloudformation', 'CreateStack', {
      StackName: 'a',
      TemplateBody: JSON.stringify({ Resources: { T: { Type: 'AWS::SNS::Topic' } } }),
      RoleARN,
    });
  }
  await expect(create(intern, role('cfn-exec'))).rejects.toMatchObject({
    message: expect.stringContaining('not authorized to perform: iam:PassRole'),
  });
  await expect(create(sandbox.administrator, role('deploy'))).rejects.toMatchObject({
    message: expect.stringContaining('is invalid or cannot be assumed'),
  });
});
