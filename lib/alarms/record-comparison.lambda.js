/**
 * The program that Lambda runs: the only file here that calls AWS. The clients are part of Lambda's Node.js runtime.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
 */
import { CloudTrailClient, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import { parseParts } from './guardrail-part';
import { examine } from './record-comparison';

const { BUS, FLEETS, IAM_REGION, KEY_ID, PARTS, TOPIC_ARN } = process.env;
const trail = new CloudTrailClient({ region: IAM_REGION });
const ssm = new SSMClient({});
const sns = new SNSClient({});

async function parametersBelow(path) {
  const found = [];
  for await (const page of paginateGetParametersByPath(
    { client: ssm, pageSize: 10 },
    { Path: path, Recursive: true },
  )) {
    for (const { Name: name, Value: value, LastModifiedDate: modified } of page.Parameters ?? []) {
      found.push({ name, value, modifiedAt: modified === undefined ? 0 : modified.getTime() });
    }
  }
  return found;
}

async function enabledBetween(from, to) {
  const found = [];
  for await (const page of paginateLookupEvents(
    { client: trail },
    {
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'EnableMFADevice' }],
      StartTime: new Date(from),
      EndTime: new Date(to),
    },
  )) {
    for (const { CloudTrailEvent: event } of page.Events ?? []) {
      found.push(JSON.parse(event));
    }
  }
  return found;
}

/** Events that are being examined, or that failed: Lambda retries with the same request id. */
const tried = new Set();

/**
 * An error it throws is reported as well: after its retries Lambda sends the event to the on-failure destination, the topic.
 *
 * The handler is assigned because Lambda treats an inline index.js as CommonJS: an `export` would add half a kilobyte to the
 * template.
 */
exports.handler = async (event, { awsRequestId }) => {
  const isRetry = tried.has(awsRequestId);
  tried.add(awsRequestId);
  const notices = await examine(event, {
    fleets: FLEETS.split(','),
    parts: parseParts(PARTS),
    bus: BUS,
    keyId: KEY_ID,
    read: parametersBelow,
    readEvidence: parametersBelow,
    enabledBetween,
    isRetry,
  });
  for (const { subject: Subject, message: Message } of notices) {
    await sns.send(new PublishCommand({ TopicArn: TOPIC_ARN, Subject, Message }));
  }
  tried.delete(awsRequestId);
};
