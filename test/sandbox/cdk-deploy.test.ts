/**
 * The real `cdk` command against the sandbox, over HTTP. One stack is deployed, changed, broken and
 * destroyed, step by step. A run costs a second and a half of a core, so only what needs the command is tested here,
 * and runs that do not change the stack share a step.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  App,
  CfnOutput,
  CfnResource,
  Duration,
  type IStackSynthesizer,
  LegacyStackSynthesizer,
  Stack,
  Tags,
} from 'aws-cdk-lib';
import {
  AccountPrincipal,
  Group,
  ManagedPolicy,
  Policy,
  PolicyStatement,
  Role,
  User,
} from 'aws-cdk-lib/aws-iam';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { type CdkRun, runCdk } from '../support/cdk-cli';
import type { Credentials } from './caller';
import type { JsonObject } from './operation';
import { Sandbox } from './sandbox';

const account = '123456789012';
const workspace = mkdtempSync(join(tmpdir(), 'cdk-deploy-'));
const sandbox = Sandbox.create({ account });
let endpoint = '';
// CDK's own validator costs half a second a synthesis, and would report what the sandbox is expected to refuse
process.env.CDK_VALIDATION = 'false';

beforeAll(async () => {
  endpoint = await sandbox.listen();
});
afterAll(async () => {
  await sandbox.close();
  rmSync(workspace, { recursive: true, force: true });
});

interface Variation {
  readonly sessionHours?: number;
  readonly owner?: string;
  readonly more?: (stack: Stack) => void;
}

/**
 * Synthesizes the stack `Fleet` in-process, ten times faster than in a child process.
 *
 * @returns the output directory
 */
function synth({ sessionHours = 1, owner = 'security', more }: Variation = {}): string {
  const outdir = mkdtempSync(join(workspace, 'out-'));
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Fleet', {
    env: { account, region: 'eu-central-1' },
    synthesizer: new LegacyStackSynthesizer() as IStackSynthesizer,
  });
  const group = new Group(stack, 'Admins', { groupName: 'admins' });
  const user = new User(stack, 'Alice', { userName: 'alice', path: '/breakglass/', groups: [group] });
  const role = new Role(stack, 'Role', {
    assumedBy: new AccountPrincipal(account),
    maxSessionDuration: Duration.hours(sessionHours),
  });
  const statement = new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [role.roleArn] });
  new Policy(stack, 'MayAssume', { users: [user], statements: [statement] });
  new ManagedPolicy(stack, 'ReadOnly', {
    groups: [group],
    statements: [new PolicyStatement({ actions: ['iam:Get*'], resources: ['*'] })],
  });
  new StringParameter(stack, 'Record', { parameterName: '/fleet/record', stringValue: user.userArn });
  new CfnOutput(stack, 'RoleName', { value: role.roleName });
  Tags.of(stack).add('owner', owner);
  more?.(stack);
  app.synth();
  return outdir;
}

function cdk(
  args: readonly string[],
  outdir: string,
  credentials: Credentials = sandbox.administrator,
): Promise<CdkRun> {
  return runCdk(args, { endpoint, credentials, outdir });
}

function deploy(variation: Variation = {}): Promise<CdkRun> {
  return cdk(['deploy', '--require-approval', 'never'], synth(variation));
}

function call(
  service: 'iam' | 'ssm' | 'cloudformation',
  operation: string,
  input: JsonObject = {},
): Promise<JsonObject> {
  return sandbox.call(sandbox.administrator, service, operation, input);
}

/** Lists the names of all users, groups, roles, policies and parameters. */
async function inventory(): Promise<readonly string[]> {
  const lists = await Promise.all([
    call('iam', 'ListUsers').then(({ Users }) => pick(Users, 'UserName')),
    call('iam', 'ListGroups').then(({ Groups }) => pick(Groups, 'GroupName')),
    call('iam', 'ListRoles').then(({ Roles }) => pick(Roles, 'RoleName')),
    call('iam', 'ListPolicies', { Scope: 'Local' }).then(({ Policies }) => pick(Policies, 'PolicyName')),
    call('ssm', 'DescribeParameters').then(({ Parameters }) => pick(Parameters, 'Name')),
  ]);
  return lists.flat().map((name) => name.replace(/-[A-Z0-9]{12}$/, ''));
}

function pick(list: JsonObject[string], key: string): readonly string[] {
  return (list as readonly JsonObject[]).map((item) => String(item[key]));
}

async function status(): Promise<unknown> {
  const { Stacks } = await call('cloudformation', 'DescribeStacks', { StackName: 'Fleet' });
  return (Stacks as readonly JsonObject[])[0]?.StackStatus;
}

async function sessionSeconds(): Promise<unknown> {
  const { Roles } = await call('iam', 'ListRoles');
  return (Roles as readonly JsonObject[])[0]?.MaxSessionDuration;
}

/** Lists what CloudFormation called in other services for its caller, from the call with this index on. */
function madeSince(index: number): readonly string[] {
  return sandbox.calls.slice(index).flatMap(({ via, operation }) => (via === undefined ? [] : [operation]));
}

const deployed = [
  'alice',
  'platform-admin',
  'admins',
  expect.stringMatching(/^Fleet-Role/),
  expect.stringMatching(/^Fleet-ReadOnly/),
  '/fleet/record',
];

test('cdk deploy makes in IAM and SSM what the template says', async () => {
  const run = await deploy();
  expect(run).toMatchObject({ code: 0 });
  expect(run.stderr).toContain('✅  Fleet');
  expect(run.stderr).toMatch(/Fleet\.RoleName = Fleet-Role[A-F0-9]{8}-[A-Z0-9]{12}/);
  expect(await status()).toBe('CREATE_COMPLETE');
  expect(await inventory()).toEqual(deployed);
  const { Parameter } = await call('ssm', 'GetParameter', { Name: '/fleet/record' });
  expect(Parameter).toMatchObject({ Value: `arn:aws:iam::${account}:user/breakglass/alice`, Type: 'String' });
  const { Tags: tags } = await call('iam', 'ListUserTags', { UserName: 'alice' });
  expect(tags).toEqual([{ Key: 'owner', Value: 'security' }]);
  const { Groups } = await call('iam', 'ListGroupsForUser', { UserName: 'alice' });
  expect(pick(Groups, 'GroupName')).toEqual(['admins']);
});

test('cdk deploy of the same template does nothing, and cdk diff shows a change without making it', async () => {
  const before = sandbox.calls.length;
  // Without --force the command compares the templates itself and asks CloudFormation nothing.
  const deployment = await cdk(['deploy', '--require-approval', 'never', '--force'], synth());
  const diff = await cdk(['diff'], synth({ sessionHours: 2 }));
  expect(deployment).toMatchObject({ code: 0 });
  expect(deployment.stderr).toContain(
    'CloudFormation reported that the deployment would not make any changes',
  );
  expect(deployment.stderr).toContain('✅  Fleet (no changes)');
  expect(diff).toMatchObject({ code: 0 });
  expect(diff.stderr).toMatch(
    /\[~\] AWS::IAM::Role Role .*\n.*MaxSessionDuration\n.*\[-\] 3600\n.*\[\+\] 7200/,
  );
  expect(diff.stderr).toContain('Number of stacks with differences: 1');
  expect(madeSince(before)).toEqual([]);
  expect(await status()).toBe('CREATE_COMPLETE');
});

test('a changed cdk deploy changes only what changed', async () => {
  const before = sandbox.calls.length;
  const run = await deploy({ sessionHours: 2 });
  expect(run).toMatchObject({ code: 0 });
  expect(madeSince(before)).toEqual(['UpdateRole', 'GetRole']);
  expect(await status()).toBe('UPDATE_COMPLETE');
});

test('a failing cdk deploy exits 1, says why, and rolls everything back', async () => {
  const run = await deploy({
    owner: 'somebody else',
    more: (stack) => {
      const clash = new User(stack, 'Clash', { userName: 'platform-admin' });
      clash.node.addDependency(...stack.node.children.filter((child) => child !== clash));
    },
  });
  expect(run).toMatchObject({ code: 1 });
  expect(run.stderr).toContain('Fleet/Clash');
  expect(run.stderr.replace(/\s+/g, ' ')).toContain('User with name platform-admin already exists.');
  expect(await status()).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await inventory()).toEqual(deployed);
  const { Tags: tags } = await call('iam', 'ListUserTags', { UserName: 'alice' });
  expect(tags).toEqual([{ Key: 'owner', Value: 'security' }]);
});

test('cdk deploy of an unknown type or property exits 1, names it, and changes nothing', async () => {
  const before = sandbox.calls.length;
  function deployOdd(type: string, properties: Record<string, string>) {
    return deploy({ more: (stack) => void new CfnResource(stack, 'Odd', { type, properties }) });
  }
  // One after the other: the CLI always uses the same name for its change set, so two at once would wait for each other.
  const byType = await deployOdd('AWS::EC2::VPC', {});
  const byProperty = await deployOdd('AWS::IAM::Group', { Colour: 'red' });
  expect([byType.code, byProperty.code]).toEqual([1, 1]);
  expect(byType.stderr).toContain('Unrecognized resource types: [AWS::EC2::VPC]');
  expect(byProperty.stderr).toContain('#: extraneous key [Colour] is not permitted');
  expect(madeSince(before)).toEqual([]);
  expect(await status()).toBe('UPDATE_ROLLBACK_COMPLETE');
});

test('cdk deploy by somebody without the permission, and without a change set, exits 1 and names the action', async () => {
  await call('iam', 'CreateUser', { UserName: 'intern' });
  await call('iam', 'PutUserPolicy', {
    UserName: 'intern',
    PolicyName: 'may',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' },
    }),
  });
  const run = await cdk(
    ['deploy', '--require-approval', 'never', '--method', 'direct'],
    synth({ sessionHours: 4 }),
    sandbox.createAccessKey('intern'),
  );
  expect(run).toMatchObject({ code: 1 });
  const text = run.stderr.replace(/\s+/g, ' ');
  expect(text).toContain('is not authorized to perform: iam:UpdateRole');
  expect(text).toContain('HandlerErrorCode: AccessDenied');
  expect(sandbox.calls.map(({ operation }) => operation)).toContain('UpdateStack');
  expect(await sessionSeconds()).toBe(7_200);
});

test('cdk destroy leaves nothing', async () => {
  const run = await cdk(['destroy', '--force'], synth());
  expect(run).toMatchObject({ code: 0 });
  expect(run.stderr).toContain('Fleet: destroyed');
  expect(await inventory()).toEqual(['intern', 'platform-admin']);
});
