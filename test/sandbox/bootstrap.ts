/**
 * Creates what `cdk bootstrap` leaves in an account, as far as `cdk deploy` needs it: the stack CDKToolkit with its
 * outputs, the bucket for assets, the version in SSM, and the roles of the default synthesizer with the
 * permissions that matter here.
 * https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
 */

import type { StacksOf } from './cloudformation/cloudformation';
import { Stack } from './cloudformation/stack';
import type { Role } from './records';
import type { State } from './state';

const qualifier = 'hnb659fds';
const version = '30';
const versionParameter = `/cdk-bootstrap/${qualifier}/version`;

type Statement = Readonly<Record<string, unknown>>;

export function bootstrap(state: State, stacksOf: StacksOf): void {
  const { region, otherRegions } = state.settings;
  for (const each of [region, ...otherRegions]) {
    addToolkit(state, stacksOf, each);
  }
  addVersion(state);
}

function addToolkit(state: State, stacksOf: StacksOf, region: string): void {
  const { partition, account } = state.settings;
  const bucket = `cdk-${qualifier}-assets-${account}-${region}`;
  const bucketArn = `arn:${partition}:s3:::${bucket}`;
  state.buckets.create(bucket, region);
  addToolkitStack(state, stacksOf, region, bucket);
  const execution = addRole(state, 'cfn-exec', region, { Service: 'cloudformation.amazonaws.com' }, [
    { Effect: 'Allow', Action: '*', Resource: '*' },
  ]);
  const everyone = { AWS: `arn:${partition}:iam::${account}:root` };
  const version: Statement = {
    Effect: 'Allow',
    Action: ['ssm:GetParameter', 'ssm:GetParameters'],
    Resource: `arn:${partition}:ssm:*:${account}:parameter${versionParameter}`,
  };
  addRole(state, 'deploy', region, everyone, [
    { Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' },
    { Effect: 'Allow', Action: 'iam:PassRole', Resource: execution.arn },
    {
      Effect: 'Allow',
      Action: ['s3:GetObject*', 's3:GetBucket*', 's3:List*'],
      Resource: [bucketArn, `${bucketArn}/*`],
    },
    version,
  ]);
  addRole(state, 'file-publishing', region, everyone, [
    {
      Effect: 'Allow',
      Action: [
        's3:GetObject*',
        's3:GetBucket*',
        's3:GetEncryptionConfiguration',
        's3:List*',
        's3:PutObject*',
      ],
      Resource: [bucketArn, `${bucketArn}/*`],
    },
    version,
  ]);
  addRole(state, 'lookup', region, everyone, [
    {
      Effect: 'Allow',
      Action: ['cloudformation:Describe*', 'cloudformation:Get*', 'cloudformation:List*'],
      Resource: '*',
    },
    version,
  ]);
}

function addToolkitStack({ settings }: State, stacksOf: StacksOf, region: string, bucket: string): void {
  const { account, partition, clock } = settings;
  const id = `arn:${partition}:cloudformation:${region}:${account}:stack/CDKToolkit/${qualifier}`;
  const stack = new Stack(id, 'CDKToolkit', clock.now);
  const domain = `${bucket}.s3.${region}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
  stack.outputs = [
    { key: 'BucketName', value: bucket },
    { key: 'BucketDomainName', value: domain },
    { key: 'BootstrapVersion', value: version },
  ];
  stack.enter('CREATE_COMPLETE');
  stacksOf(region).keep(stack);
}

function addRole(
  state: State,
  purpose: string,
  region: string,
  principal: Statement,
  statements: readonly Statement[],
): Role {
  const name = `cdk-${qualifier}-${purpose}-role-${state.settings.account}-${region}`;
  const role: Role = {
    arn: state.iamArn('role', '/', name),
    path: '/',
    name,
    id: state.newId('AROA'),
    createdAt: state.settings.clock.now(),
    inlinePolicies: new Map([['default', documentOf(statements)]]),
    attachedPolicies: new Set(),
    tags: new Map(),
    boundary: undefined,
    trustPolicy: documentOf([{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }]),
    description: undefined,
    maxSessionSeconds: 3600,
  };
  state.roles.set(name, role);
  return role;
}

function addVersion(state: State): void {
  state.parameters.set(versionParameter, {
    name: versionParameter,
    type: 'String',
    value: version,
    version: 1,
    description: 'The version of the CDK bootstrap resources in this environment.',
    dataType: 'text',
    modifiedAt: state.settings.clock.now(),
    modifiedBy: `arn:${state.settings.partition}:iam::${state.settings.account}:root`,
    tags: new Map(),
  });
}

function documentOf(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
