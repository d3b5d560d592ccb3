/**
 * What Lambda runs: the only file here that reaches AWS. The two clients are part of Lambda's Node.js runtime.
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

/** Events that are being tried, or were in vain: Lambda tries again under the same request id. */
const tried = new Set();

/**
 * What it throws is heard as well: in the end Lambda hands the event to its on-failure destination, the topic. Assigned,
 * as Lambda takes an inline index.js for CommonJS: an `export` would cost half a kilobyte of the template.
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
