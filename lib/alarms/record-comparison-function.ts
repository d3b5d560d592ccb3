/** The function that compares events with the record, and reports its own failures. */
import { Duration, Lazy, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { parameterArn } from '../fleet/parameter-arns';
import type { TokenRecord } from '../fleet/token-record';
import { evidencePath } from '../record/names';
import { formatParts, type GuardrailPart } from './guardrail-part';
import { RECORD_COMPARISON_CODE } from './record-comparison.generated';

/** Properties of a RecordComparison. */
interface RecordComparisonProps {
  /** The records to compare with. */
  readonly records: readonly TokenRecord[];
  /** The topic that it publishes to. */
  readonly topic: ITopic;
  /** The topic's key. */
  readonly key: IKey;
  /** Lists the guardrails whose changes it reports, when the app is synthesized. */
  readonly parts: () => readonly GuardrailPart[];
  /** The Region of IAM's events. */
  readonly iamRegion: string;
}

/**
 * A function that reads the records and the evidence, and publishes what they do not declare, and what is done to the
 * guardrails.
 *
 * Its code is in the template, so there is nothing to upload and no account to bootstrap.
 */
export class RecordComparison extends Construct {
  /** The function; its events are changes in IAM and failed ConsoleLogin, as EventBridge delivers them. */
  public readonly function: LambdaFunction;

  public constructor(scope: Construct, id: string, props: RecordComparisonProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      description: 'Compares enabled MFA devices with the record',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);
    role.addToPolicy(listParameters(props.records));
    role.addToPolicy(lookUpEvents());
    grantPublish(role, props.topic, props.key);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
      reason: 'cloudtrail:LookupEvents does not support resource-level permissions.',
    });

    this.function = new LambdaFunction(this, 'Function', {
      description: 'Says which MFA devices the record does not declare',
      runtime: Runtime.NODEJS_LATEST,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromInline(codeWith(props.parts)),
      environment: {
        FLEETS: props.records.map(({ fleet }) => fleet).join(','),
        IAM_REGION: props.iamRegion,
        TOPIC_ARN: props.topic.topicArn,
      },
      role,
      logGroup,
      memorySize: 256,
      timeout: Duration.minutes(1),
      // A crash or a throttle is reported: Lambda sends the event to the topic within the hour.
      retryAttempts: 2,
      maxEventAge: Duration.hours(1),
      onFailure: { bind: () => ({ destination: props.topic.topicArn }) },
    });
  }
}

/**
 * Returns the code, which begins with the list of the guardrails: they may be more than an environment can hold, and some
 * are made after the alarms.
 */
function codeWith(parts: () => readonly GuardrailPart[]): string {
  function produce() {
    return `process.env.PARTS=${JSON.stringify(formatParts(parts()))};${RECORD_COMPARISON_CODE}`;
  }
  return Lazy.string({ produce });
}

/** Lets CloudTrail's history be searched, which AWS does not limit to a resource. */
function lookUpEvents(): PolicyStatement {
  return new PolicyStatement({ actions: ['cloudtrail:LookupEvents'], resources: ['*'] });
}

/**
 * Lets the records and the evidence be listed, and nothing else: GetParametersByPath is authorized on the path alone, and
 * yields the values below it. Less than TokenRecord.grantRead, and without its wildcard.
 */
function listParameters(records: readonly TokenRecord[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['ssm:GetParametersByPath'],
    resources: records.flatMap((record) =>
      [record.path, evidencePath(record.fleet)].map((path) => parameterArn(record, path)),
    ),
  });
}

/**
 * Lets a role publish to the encrypted topic, without the wildcards that the CDK's own grants have.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export function grantPublish(role: IRole, topic: ITopic, key: IKey): void {
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }));
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'],
      resources: [key.keyArn],
    }),
  );
}
