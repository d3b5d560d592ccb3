/** The function that compares events with the record, and reports its own failures. */
import { Aws, Duration, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import type { CfnRule } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { parameterArn } from '../fleet/parameter-arns';
import type { TokenRecord } from '../fleet/token-record';
import { acknowledgeRule, acknowledgeWildcards } from '../policy/acknowledgements';
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
  /** The name of the bus, by which calls name a part of the alarms. */
  readonly busName: string;
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
  /** The role of the function, and its policy. */
  public readonly role: { readonly name: string; readonly policyArn: string };

  public constructor(scope: Construct, id: string, props: RecordComparisonProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // No inline policy: rule packs such as NIST 800-53 refuse those.
    const policy = new ManagedPolicy(this, 'Policy', {
      statements: [
        writeLog(logGroup),
        listParameters(props.records),
        lookUpEvents(),
        ...publishStatements(props.topic, props.key),
      ],
    });
    const role = new Role(this, 'Role', {
      description: 'Compares enabled MFA devices with the record',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [policy],
    });
    acknowledgeWildcards(policy, [
      ['*', 'cloudtrail:LookupEvents does not support resource-level permissions.'],
    ]);

    this.function = new LambdaFunction(this, 'Function', {
      description: 'Says which MFA devices the record does not declare',
      runtime: Runtime.NODEJS_LATEST,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromInline(codeWith(props.parts)),
      environment: {
        BUS: props.busName,
        FLEETS: props.records.map(({ fleet }) => fleet).join(','),
        IAM_REGION: props.iamRegion,
        KEY_ID: props.key.keyId,
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
    acknowledgeFindings(this.function, logGroup);
    this.role = { name: role.roleName, policyArn: policy.managedPolicyArn };
  }

  /** The function, as the target of a rule. */
  public get target(): CfnRule.TargetProperty {
    return { id: 'Function', arn: this.function.functionArn };
  }

  /** Lets a rule call the function. */
  public listenTo(id: string, rule: CfnRule): void {
    this.function.addPermission(id, {
      principal: new ServicePrincipal('events.amazonaws.com'),
      sourceArn: rule.attrArn,
      sourceAccount: Aws.ACCOUNT_ID,
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

/** Acknowledges what compliance asks of every function and log. */
function acknowledgeFindings(comparison: LambdaFunction, logGroup: LogGroup): void {
  acknowledgeRule(
    comparison,
    'LambdaDLQ',
    'An event that fails is sent to the topic, where a person reads it.',
  );
  acknowledgeRule(
    comparison,
    'LambdaConcurrency',
    'Reserved concurrency is taken from the account, which may have no more than ten; events wait and are retried.',
  );
  acknowledgeRule(
    comparison,
    'LambdaInsideVPC',
    'It calls AWS APIs only and listens to nothing; in a VPC it would need endpoints or a NAT gateway for them.',
  );
  acknowledgeRule(
    logGroup,
    'CloudWatchLogGroupEncrypted',
    'CloudWatch Logs encrypts it with a key of its own; it holds errors, and no secret. With the key of the topic, whoever disables that would silence both.',
  );
}

/** Lets the log be written, and no log group be created. */
function writeLog({ logGroupArn }: LogGroup): PolicyStatement {
  return new PolicyStatement({
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroupArn],
  });
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
 * Returns the statements that let a role publish to the encrypted topic, without the wildcards that the CDK's own grants have.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export function publishStatements(topic: ITopic, key: IKey): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }),
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'],
      resources: [key.keyArn],
    }),
  ];
}
