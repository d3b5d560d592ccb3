/**
 * The program that Lambda runs: the only file here that calls AWS. The two clients are part of Lambda's Node.js runtime.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
 */
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import { examine } from './record-comparison';

const ssm = new SSMClient({});
const sns = new SNSClient({});

async function parametersBelow(path) {
  const found = [];
  for await (const page of paginateGetParametersByPath(
    { client: ssm, pageSize: 10 },
    { Path: path, Recursive: true },
  )) {
    for (const { Name: name, Value: value } of page.Parameters ?? []) {
      found.push({ name, value });
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
  const fleets = process.env.FLEETS.split(',');
  const notice = await examine(event, { fleets, read: parametersBelow, isRetry });
  if (notice !== undefined) {
    const { subject: Subject, message: Message } = notice;
    await sns.send(new PublishCommand({ TopicArn: process.env.TOPIC_ARN, Subject, Message }));
  }
  tried.delete(awsRequestId);
};
