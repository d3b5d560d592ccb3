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
    for (const { Name: name, Value: value } of page.Parameters ?? []) found.push({ name, value });
  }
  return found;
}

/** What it throws is heard as well: Lambda hands the event to its on-failure destination, the topic. */
export async function handler(event) {
  const notice = await examine(event, process.env.FLEETS.split(','), parametersBelow);
  if (notice === undefined) return;
  await sns.send(
    new PublishCommand({ TopicArn: process.env.TOPIC_ARN, Subject: notice.subject, Message: notice.message }),
  );
}
