/**
 * Finds console sign-ins in CloudTrail's event history, which needs no trail.
 *
 * A user's sign-in is recorded in us-east-1, in one of three other Regions or in that of the sign-in endpoint, and is
 * listed some minutes later. So every one of them is asked, and the caller asks again.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
 */
import type { Event } from '@aws-sdk/client-cloudtrail';
import { isJsonObject, parseJson } from '../../lib/record/text';
import { AwsFault, type ConsoleHistory, type ConsoleSignIn } from './aws';
import { isDenied } from './faults';
import { observe } from './observe';
import type { AwsSettings, ClientConfiguration } from './session';

type TrailSdk = typeof import('./trail-sdk');

/** The Regions where a sign-in at the global endpoint is recorded, in the commercial partition. */
const SIGN_IN_REGIONS: readonly string[] = ['us-east-1', 'us-east-2', 'eu-north-1', 'ap-southeast-2'];

/** Regions of other partitions, which have none of those. */
const OTHER_PARTITION = /^(cn|us-gov|us-iso|us-isob|eu-isoe|us-isof|eusc)-/;

/** AWS allows two lookups a second in an account and Region. */
const BETWEEN_PAGES_MS = 600;

/** Loads the client of CloudTrail, which few commands need. */
export function loadTrailSdk(): TrailSdk {
  return require('./trail-sdk');
}

/** Reads the history in every Region in parallel; a Region that a policy closes is named in the result. */
export async function consoleSignIns(
  connection: {
    readonly settings: AwsSettings;
    readonly sdk: TrailSdk;
    readonly configuration: ClientConfiguration;
    readonly ownRegion: string;
  },
  username: string,
  since: Date,
): Promise<ConsoleHistory> {
  const { ownRegion } = connection;
  const regions = OTHER_PARTITION.test(ownRegion) ? [ownRegion] : [...SIGN_IN_REGIONS, ownRegion];
  const denied: AwsFault[] = [];
  const deniedRegions: string[] = [];
  const found = await Promise.all(
    [...new Set(regions)].map(async (region) => {
      try {
        return await signInsOf({ ...connection, region }, username, since);
      } catch (error) {
        if (!(error instanceof AwsFault) || !isDenied(error)) {
          throw error;
        }
        denied.push(error);
        deniedRegions.push(region);
        return [];
      }
    }),
  );
  const [first] = denied;
  if (first !== undefined && denied.length === found.length) {
    throw first;
  }
  return { signIns: found.flat().sort((a, b) => a.at.getTime() - b.at.getTime()), deniedRegions };
}

async function signInsOf(
  {
    settings,
    sdk,
    configuration,
    region,
  }: {
    readonly settings: AwsSettings;
    readonly sdk: TrailSdk;
    readonly configuration: ClientConfiguration;
    readonly region: string;
  },
  username: string,
  since: Date,
): Promise<readonly ConsoleSignIn[]> {
  const client = observe(settings, 'cloudtrail', new sdk.CloudTrailClient({ ...configuration, region }));
  const signIns: ConsoleSignIn[] = [];
  try {
    for (let token: string | undefined, page = 1; ; page++) {
      if (page > 1) {
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_PAGES_MS));
      }
      const answer = await client.send(
        new sdk.LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: username }],
          StartTime: since,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      signIns.push(...(answer.Events ?? []).flatMap((event) => toSignIn(event, region)));
      token = answer.NextToken;
      if (token === undefined) {
        return signIns;
      }
    }
  } finally {
    client.destroy();
  }
}

/** Converts an event; what is not a sign-in, or cannot be read, proves nothing. */
function toSignIn(
  { EventId, EventName, EventTime, CloudTrailEvent }: Event,
  region: string,
): ConsoleSignIn[] {
  const detail = parseJson(CloudTrailEvent ?? '');
  if (EventName !== 'ConsoleLogin' || !EventId || !EventTime || !isJsonObject(detail)) {
    return [];
  }
  const { additionalEventData: more, responseElements: outcome } = detail;
  const device = isJsonObject(more) ? more.MFAIdentifier : undefined;
  return [
    {
      eventId: EventId,
      region,
      at: EventTime,
      succeeded: isJsonObject(outcome) && outcome.ConsoleLogin === 'Success',
      usedMfa: isJsonObject(more) && more.MFAUsed === 'Yes',
      ...(typeof device === 'string' ? { device } : {}),
    },
  ];
}
