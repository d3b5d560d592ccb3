/** The part of the AWS SDK that reads CloudTrail: a file of its own, because few commands need it. */
export { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
