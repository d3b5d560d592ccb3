/** The function as Lambda runs it: the generated text, with stand-ins for the two clients of its runtime. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createContext, Script } from 'node:vm';
import { RECORD_COMPARISON_CODE } from '../../../lib/alarms/record-comparison.generated';
import { formatRecord, type RecordParameter } from '../../../lib/record/pages';
import { smallFleet } from '../fixtures';
import {
  ACCOUNT,
  call,
  delivered,
  deviceCall,
  failedSignIn,
  iamUser,
  roleSession,
} from './cloudtrail-events';
import { formatRecordComparison, RECORD_COMPARISON_FILE } from './write-record-comparison';

/** The time of every change of a parameter. */
const MODIFIED = new Date('2026-03-01T09:31:00Z');
const TOPIC = `arn:aws:sns:eu-central-1:${ACCOUNT}:alarms`;

interface Published {
  readonly TopicArn: string;
  readonly Subject: string;
  readonly Message: string;
}

interface Lambda {
  readonly handler: (event: unknown, context: { readonly awsRequestId: string }) => Promise<void>;
  readonly published: readonly Published[];
  readonly paths: readonly string[];
  readonly searches: readonly (Searched & { readonly region: string })[];
}

/** A search of CloudTrail's history. */
interface Searched {
  readonly LookupAttributes: readonly unknown[];
  readonly StartTime: Date;
  readonly EndTime: Date;
}

/** Loads the text as Node.js loads a CommonJS module. */
function load(
  parameters: readonly RecordParameter[],
  publishFault?: Error,
  history: readonly unknown[] = [],
): Lambda {
  const published: Published[] = [];
  const paths: string[] = [];
  const searches: (Searched & { readonly region: string })[] = [];
  const clients: Readonly<Record<string, unknown>> = {
    '@aws-sdk/client-ssm': {
      SSMClient: class {},
      // One parameter a page, and an empty page before them, as SSM may answer.
      paginateGetParametersByPath: async function* (
        _: unknown,
        input: { readonly Path: string; readonly Recursive: boolean },
      ) {
        if (!input.Recursive) {
          throw new Error('pages are below the path');
        }
        paths.push(input.Path);
        yield {};
        for (const { name, value } of parameters.filter((one) => one.name.startsWith(`${input.Path}/`))) {
          yield { Parameters: [{ Name: name, Value: value, LastModifiedDate: MODIFIED }] };
        }
      },
    },
    '@aws-sdk/client-cloudtrail': {
      CloudTrailClient: class {
        public constructor(public readonly settings: { readonly region: string }) {}
      },
      paginateLookupEvents: async function* (
        { client }: { readonly client: { readonly settings: { readonly region: string } } },
        input: Searched,
      ) {
        searches.push({ ...input, region: client.settings.region });
        yield {};
        yield { Events: history.map((event) => ({ CloudTrailEvent: JSON.stringify(event) })) };
      },
    },
    '@aws-sdk/client-sns': {
      SNSClient: class {
        public async send(command: { readonly input: Published }): Promise<void> {
          if (publishFault !== undefined) {
            throw publishFault;
          }
          published.push(command.input);
        }
      },
      PublishCommand: class {
        public constructor(public readonly input: Published) {}
      },
    },
  };
  const node = createRequire(__filename);
  function required(name: string): unknown {
    return clients[name] ?? (name.startsWith('node:') ? node(name) : refuse(name));
  }
  const module: { exports: { handler?: Lambda['handler'] } } = { exports: {} };
  const context = createContext({
    module,
    exports: module.exports,
    require: required,
    process: {
      env: { FLEETS: 'break-glass', IAM_REGION: 'us-east-1', PARTS: 'Home/Role12345678/', TOPIC_ARN: TOPIC },
    },
  });
  new Script(RECORD_COMPARISON_CODE, { filename: 'index.js' }).runInContext(context);
  const { handler } = module.exports;
  if (handler === undefined) {
    throw new Error('the text has no handler');
  }
  return { handler, published, paths, searches };
}

function refuse(name: string): never {
  throw new Error(`${name} is not part of the runtime`);
}

const ID = 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef';
const PARAMETERS = formatRecord(smallFleet()._record);
function enabled(serial: string) {
  return delivered(
    deviceCall(
      roleSession('OperatorRole', 'olga'),
      'EnableMFADevice',
      `arn:aws:iam::${ACCOUNT}:mfa/mfa-guardrails/break-glass/alice.breakglass.primary.${serial}`,
      'alice.breakglass',
    ),
  );
}

test('the generated file is of these sources; npx tsx test/lib/alarms/write-record-comparison.ts writes it again', () => {
  expect(readFileSync(RECORD_COMPARISON_FILE, 'utf8')).toBe(formatRecordComparison());
});

test('the text is in ASCII, leaves room in a template of 51,200 bytes, and refers to nothing of CloudFormation', () => {
  expect(RECORD_COMPARISON_CODE).toMatch(/^[\n\t -~]*$/);
  expect(RECORD_COMPARISON_CODE.length).toBeLessThan(31_500);
  expect(RECORD_COMPARISON_CODE).not.toContain('{{resolve:');
});

test('a declared device is read for, and passed over', async () => {
  const lambda = load(PARAMETERS);

  await lambda.handler(enabled('86596220000001'), { awsRequestId: ID });

  expect(lambda.paths).toEqual(['/mfa-guardrails/break-glass/record']);
  expect(lambda.published).toEqual([]);
});

test('another device is published to the topic', async () => {
  const lambda = load(PARAMETERS);

  await lambda.handler(enabled('86596220000666'), { awsRequestId: ID });

  expect(lambda.published).toEqual([
    {
      TopicArn: TOPIC,
      Subject: 'MFA alarm: unrecorded MFA device enabled',
      Message: expect.stringContaining('declares the programmable token 86596220000001'),
    },
  ]);
});

test('a half-deployed record is tried again, and published as one when it still is', async () => {
  const lambda = load(PARAMETERS.slice(0, 1));

  await expect(lambda.handler(enabled('86596220000001'), { awsRequestId: ID })).rejects.toThrow(/page\/0/);
  await expect(lambda.handler(enabled('86596220000001'), { awsRequestId: 'another' })).rejects.toThrow();
  expect(lambda.published).toEqual([]);
  await lambda.handler(enabled('86596220000001'), { awsRequestId: ID });

  expect(lambda.published.map(({ Subject }) => Subject)).toEqual([
    'MFA alarm: an enabled MFA device could not be compared with the record',
  ]);
});

test('a failed sign-in of a holder is published, of another user not', async () => {
  const lambda = load(PARAMETERS);

  await lambda.handler(delivered(failedSignIn('mallory')), { awsRequestId: ID });
  expect(lambda.published).toEqual([]);

  await lambda.handler(delivered(failedSignIn('bob.breakglass')), { awsRequestId: ID });
  expect(lambda.published).toHaveLength(1);
});

test('what cannot be published is thrown, for the on-failure destination to hear', async () => {
  const lambda = load(PARAMETERS, new Error('throttled'));

  await expect(lambda.handler(enabled('86596220000666'), { awsRequestId: ID })).rejects.toThrow('throttled');
});

test('a change of a guardrail is published, of another role not', async () => {
  const lambda = load(PARAMETERS);
  function detached(roleName: string) {
    return delivered(
      call(iamUser('mallory'), 'iam', 'DetachRolePolicy', { requestParameters: { roleName } }),
    );
  }

  await lambda.handler(detached('Other-Role12345678-ABCDEFGHIJKL'), { awsRequestId: ID });
  expect(lambda.published).toEqual([]);
  await lambda.handler(detached('Home-Role12345678-ABCDEFGHIJKL'), { awsRequestId: ID });

  expect(lambda.published.map(({ Subject }) => Subject)).toEqual([
    'MFA alarm: a part of the guardrails was changed: DetachRolePolicy',
  ]);
});

describe('every quarter of an hour', () => {
  const SCHEDULE = { 'detail-type': 'Scheduled Event', source: 'aws.events', time: '2026-03-01T10:45:00Z' };
  const DEVICE = `arn:aws:iam::${ACCOUNT}:mfa/mfa-guardrails/break-glass/alice.breakglass.primary.86596220000001`;
  const EVIDENCE = {
    name: '/mfa-guardrails/break-glass/evidence/alice.breakglass/primary',
    value: JSON.stringify({ deviceArn: DEVICE }),
  };

  test.each([
    ['with evidence is passed over', [EVIDENCE], 0],
    ['without evidence is published', [], 1],
  ])('a device %s', async (_, evidence, messages) => {
    const lambda = load([...PARAMETERS, ...evidence], undefined, [enabled('86596220000001').detail]);

    await lambda.handler(SCHEDULE, { awsRequestId: ID });

    expect(lambda.searches).toEqual([
      {
        region: 'us-east-1',
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'EnableMFADevice' }],
        StartTime: new Date('2026-03-01T09:30:00Z'),
        EndTime: new Date('2026-03-01T09:45:00Z'),
      },
    ]);
    expect(lambda.published).toHaveLength(messages);
  });
});
