/** AWS::Lambda: functions, who may invoke them, and the destinations of asynchronous invocations. */

import type { Json, OperationContext } from '../../operation';
import { isObject, toText } from '../json';
import type { Properties } from '../property-shape';
import type { ResourceType } from '../resource-type';
import { arnOf, type Reference, storedResource } from '../stored-resource';
import { validationError } from '../validation-error';

export const functionType = 'AWS::Lambda::Function';
export const permissionType = 'AWS::Lambda::Permission';
export const invokeConfigType = 'AWS::Lambda::EventInvokeConfig';

const functionProperties: Properties = {
  Architectures: { shape: 'texts' },
  CapacityProviderConfig: {
    shape: {
      members: {
        LambdaManagedInstancesCapacityProviderConfig: {
          required: true,
          shape: {
            members: {
              CapacityProviderArn: { required: true },
              ExecutionEnvironmentMemoryGiBPerVCpu: {},
              PerExecutionEnvironmentMaxConcurrency: {},
            },
          },
        },
      },
    },
  },
  Code: {
    required: true,
    shape: {
      members: {
        ImageUri: {},
        S3Bucket: {},
        S3Key: {},
        S3ObjectStorageMode: {},
        S3ObjectVersion: {},
        SourceKMSKeyArn: {},
        ZipFile: {},
      },
    },
  },
  CodeSigningConfigArn: {},
  DeadLetterConfig: { shape: { members: { TargetArn: {} } } },
  Description: {},
  DurableConfig: {
    shape: { members: { ExecutionTimeout: { required: true }, KMSKeyArn: {}, RetentionPeriodInDays: {} } },
  },
  Environment: { shape: { members: { Variables: { shape: 'map' } } } },
  EphemeralStorage: { shape: { members: { Size: { required: true } } } },
  FileSystemConfigs: {
    shape: {
      items: {
        members: {
          Arn: { required: true },
          LocalMountPath: { required: true },
          S3FilesConfig: { shape: { members: { DirectS3Read: {} } } },
        },
      },
    },
  },
  FunctionName: { replaces: true },
  FunctionScalingConfig: {
    shape: { members: { MaxExecutionEnvironments: {}, MinExecutionEnvironments: {} } },
  },
  Handler: {},
  ImageConfig: {
    shape: { members: { Command: { shape: 'texts' }, EntryPoint: { shape: 'texts' }, WorkingDirectory: {} } },
  },
  KmsKeyArn: {},
  Layers: { shape: 'texts' },
  LoggingConfig: {
    shape: { members: { ApplicationLogLevel: {}, LogFormat: {}, LogGroup: {}, SystemLogLevel: {} } },
  },
  MemorySize: {},
  PackageType: { replaces: true },
  PublishToLatestPublished: {},
  RecursiveLoop: {},
  ReservedConcurrentExecutions: {},
  Role: { required: true },
  Runtime: {},
  RuntimeManagementConfig: {
    shape: { members: { RuntimeVersionArn: {}, UpdateRuntimeOn: { required: true } } },
  },
  SnapStart: { shape: { members: { ApplyOn: { required: true } } } },
  Tags: { shape: 'tags' },
  TenancyConfig: { replaces: true, shape: { members: { TenantIsolationMode: { required: true } } } },
  Timeout: {},
  TracingConfig: { shape: { members: { Mode: {} } } },
  VpcConfig: {
    shape: {
      members: {
        Ipv6AllowedForDualStack: {},
        SecurityGroupIds: { shape: 'texts' },
        SubnetIds: { shape: 'texts' },
      },
    },
  },
};

export const lambdaTypes: Readonly<Record<string, ResourceType>> = {
  [functionType]: storedResource({
    type: functionType,
    properties: functionProperties,
    attributes: ['Arn'],
    nameProperty: 'FunctionName',
    tags: 'list',
    actions: {
      create: 'lambda:CreateFunction',
      update: 'lambda:UpdateFunctionCode',
      delete: 'lambda:DeleteFunction',
    },
    nameOf: ({ FunctionName }, scope) => toText(FunctionName) ?? scope.generateName(64),
    describe(name, _properties, context) {
      const arn = arnOf(context, 'lambda', `function:${name}`);
      return { physicalId: name, attributes: { Arn: arn }, resource: arn };
    },
    flaw({ PackageType, Runtime, Handler }) {
      if (PackageType === 'Image') {
        return undefined;
      }
      return Runtime === undefined || Handler === undefined
        ? 'Runtime and Handler are mandatory parameters for functions created with deployment packages.'
        : undefined;
    },
    async check({ Role, Code }, { context }) {
      const role = toText(Role) ?? '';
      await context.authorize({
        action: 'iam:PassRole',
        resource: role,
        contextKeys: { 'iam:PassedToService': 'lambda.amazonaws.com' },
      });
      await context.invoke('iam', 'GetRole', { RoleName: role.slice(role.lastIndexOf('/') + 1) });
      const place = isObject(Code) ? Code : {};
      if (place.S3Bucket === undefined) {
        return;
      }
      try {
        await context.invoke('s3', 'HeadObject', { Bucket: place.S3Bucket, Key: place.S3Key });
      } catch {
        throw validationError(`Error occurred while GetObject: s3://${place.S3Bucket}/${place.S3Key}`);
      }
    },
  }),

  [permissionType]: storedResource({
    type: permissionType,
    properties: {
      Action: { required: true, replaces: true },
      EventSourceToken: { replaces: true },
      FunctionName: { required: true, replaces: true },
      FunctionUrlAuthType: { replaces: true },
      InvokedViaFunctionUrl: { replaces: true },
      Principal: { required: true, replaces: true },
      PrincipalOrgID: { replaces: true },
      SourceAccount: { replaces: true },
      SourceArn: { replaces: true },
    },
    attributes: ['Id'],
    actions: {
      create: 'lambda:AddPermission',
      update: 'lambda:AddPermission',
      delete: 'lambda:RemovePermission',
    },
    nameOf: (_properties, scope) => scope.generateName(100),
    describe: (id, { FunctionName }, context) => ({
      physicalId: id,
      attributes: { Id: id },
      resource: functionArn(FunctionName, context),
    }),
    references: ({ FunctionName }) => functionReference(FunctionName),
  }),

  [invokeConfigType]: storedResource({
    type: invokeConfigType,
    properties: {
      DestinationConfig: {
        shape: {
          members: {
            OnFailure: { shape: { members: { Destination: { required: true } } } },
            OnSuccess: { shape: { members: { Destination: { required: true } } } },
          },
        },
      },
      FunctionName: { required: true, replaces: true },
      MaximumEventAgeInSeconds: {},
      MaximumRetryAttempts: {},
      Qualifier: { required: true, replaces: true },
    },
    attributes: [],
    actions: {
      create: 'lambda:PutFunctionEventInvokeConfig',
      update: 'lambda:PutFunctionEventInvokeConfig',
      delete: 'lambda:DeleteFunctionEventInvokeConfig',
    },
    nameOf: ({ FunctionName, Qualifier }) => `${toText(FunctionName)}|${toText(Qualifier)}`,
    describe: (id, { FunctionName }, context) => ({
      physicalId: id,
      attributes: {},
      resource: functionArn(FunctionName, context),
    }),
    references: ({ FunctionName }) => functionReference(FunctionName),
  }),
};

function functionArn(name: Json | undefined, context: OperationContext): string {
  const text = toText(name) ?? '';
  return text.startsWith('arn:') ? text : arnOf(context, 'lambda', `function:${text}`);
}

function functionReference(name: Json | undefined): readonly Reference[] {
  return [{ type: functionType, id: toText(name) ?? '' }];
}
