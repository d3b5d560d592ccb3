/** AWS CloudTrail, API version 2013-11-01: the event history of the last 90 days, as far as `events/trail.ts` has it. */

import type { CallContext } from './caller';
import { throttled } from './common-errors';
import { type DeclaredService, operation } from './declared-operation';
import type { TrailEntry } from './events/trail';
import { RateLimit } from './faults';
import { AwsError, type Json, type JsonObject } from './operation';
import { integer, list, oneOf, optional, type Parameter, structure, text, withDefault } from './parameters';
import type { State } from './state';

const lookupsPerSecond = 2;
const historyMs = 90 * 24 * 3600 * 1000;

const attributeNames = [
  'EventId',
  'EventName',
  'ReadOnly',
  'Username',
  'EventSource',
  'AccessKeyId',
] as const;
type AttributeName = (typeof attributeNames)[number];

/** Unix seconds, as the JSON protocol sends a time. */
const time: Parameter<number> = {
  read(value, name) {
    if (typeof value !== 'number') {
      throw new AwsError('ValidationError', 400, `${name} must be a time`);
    }
    return value;
  },
};

const lookupAttribute = structure({
  AttributeKey: oneOf(...attributeNames),
  AttributeValue: text({ min: 1, max: 2000 }),
});

/** One limit for each account and Region. */
const limits = new WeakMap<State, Map<string, RateLimit>>();

function refuseTooMany({ state, region }: CallContext): void {
  const now = state.settings.clock.now();
  const ofAccount = limits.get(state) ?? new Map<string, RateLimit>();
  limits.set(state, ofAccount);
  const limit = ofAccount.get(region) ?? new RateLimit(lookupsPerSecond, lookupsPerSecond, now);
  ofAccount.set(region, limit);
  if (!limit.take(now)) {
    throw throttled();
  }
}

function attributeOf(entry: TrailEntry, name: AttributeName): Json | undefined {
  const detail = entry.event.detail as JsonObject;
  const identity = detail.userIdentity as JsonObject;
  switch (name) {
    case 'EventId':
      return detail.eventID;
    case 'EventName':
      return detail.eventName;
    case 'EventSource':
      return detail.eventSource;
    case 'ReadOnly':
      return String(detail.readOnly ?? false);
    case 'Username':
      return entry.username;
    case 'AccessKeyId':
      return identity.accessKeyId;
  }
}

function shownEvent(entry: TrailEntry): JsonObject {
  return {
    EventId: attributeOf(entry, 'EventId'),
    EventName: attributeOf(entry, 'EventName'),
    ReadOnly: attributeOf(entry, 'ReadOnly'),
    EventTime: Math.floor(entry.at / 1000),
    EventSource: attributeOf(entry, 'EventSource'),
    Username: entry.username,
    Resources: [],
    CloudTrailEvent: JSON.stringify(entry.event.detail),
  };
}

const lookupEvents = operation({
  parameters: {
    LookupAttributes: withDefault(list(lookupAttribute, 1), []),
    StartTime: optional(time),
    EndTime: optional(time),
    MaxResults: withDefault(integer(1, 50), 50),
    NextToken: optional(text({ min: 1 })),
  },
  permissions: () => [{ action: 'cloudtrail:LookupEvents', resource: '*' }],
  run: (input, context) => {
    refuseTooMany(context);
    const { state, region } = context;
    const { StartTime = 0, EndTime = Number.POSITIVE_INFINITY, LookupAttributes } = input;
    if (StartTime > EndTime) {
      throw new AwsError('InvalidTimeRangeException', 400, 'StartTime is after EndTime');
    }
    const oldest = Math.max(StartTime * 1000, context.now() - historyMs);
    const found = state.trail
      .shown(region)
      .filter(({ at }) => at >= oldest && at <= EndTime * 1000)
      .filter((entry) =>
        LookupAttributes.every(
          ({ AttributeKey, AttributeValue }) => attributeOf(entry, AttributeKey) === AttributeValue,
        ),
      );
    const start = startOf(input.NextToken);
    const next = start + Math.min(input.MaxResults, state.settings.pageSize);
    return {
      Events: found.slice(start, next).map(shownEvent),
      ...(next < found.length ? { NextToken: `from-${next}` } : {}),
    };
  },
});

/** @throws AwsError InvalidNextTokenException */
function startOf(token: string | undefined): number {
  if (token === undefined) {
    return 0;
  }
  const start = /^from-(\d+)$/.exec(token)?.[1];
  if (start === undefined) {
    throw new AwsError('InvalidNextTokenException', 400, 'the token is not from an earlier page');
  }
  return Number(start);
}

export const cloudTrail: DeclaredService = {
  name: 'cloudtrail',
  protocol: 'awsJson1.1',
  declared: { LookupEvents: lookupEvents },
};
