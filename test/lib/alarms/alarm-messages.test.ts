import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatInput } from '../../../lib/alarms/alarm-messages';
import { AlarmScene, makeAlarms, rulesOf } from './alarm-scene';
import { attackCases } from './attack-cases';
import * as events from './cloudtrail-events';
import { type InputTransformer, renderInput } from './rendered-input';
import { USUAL_CASES } from './usual-cases';

/** The messages of all alarms, for reviewers. `UPDATE_ALARM_MESSAGES=1 npx jest test/lib/alarms` writes it again. */
const MESSAGES_FILE = join(__dirname, 'alarm-messages.txt');

/** EventBridge's limit for a template, in characters. */
const MAX_TEMPLATE = 8192;

const alarms = makeAlarms();
const scene = new AlarmScene(alarms);
const rules = rulesOf(alarms);

const TEST_EVENT = {
  ...events.delivered({ eventSource: 'events.amazonaws.com' }),
  'detail-type': 'Scheduled Event',
  detail: {},
};

/** The first event of each alarm: the others differ in the name of the action. */
function firstOfEach<T extends readonly [string, Readonly<Record<string, unknown>>]>(
  cases: readonly T[],
): readonly T[] {
  const known = new Set<string>();
  return cases.filter(([, record]) => {
    const fresh = scene.heard(events.delivered(record)).filter((id) => !known.has(id) && id !== 'Compared');
    for (const id of fresh) {
      known.add(id);
    }
    return fresh.length > 0;
  });
}

/** Every message of every case, headed by the case and the alarm. */
function said(): string {
  const attacks = attackCases(scene.targets()).map(({ what, record }) => [what, record] as const);
  const heard = [...USUAL_CASES, ...firstOfEach(attacks)].map(
    ([what, record]) => [what, scene.hear(events.delivered(record))] as const,
  );
  const messages = [...heard, ['the first day of a month', scene.onBus(TEST_EVENT)] as const].flatMap(
    ([what, alarms]) =>
      alarms
        .filter(({ lines }) => lines.length > 0)
        .map(({ id, lines }) => [`# ${what} (${id})`, ...lines].join('\n')),
  );
  return `${messages.join('\n\n')}\n`;
}

test('the messages read as they are written down', () => {
  if (process.env.UPDATE_ALARM_MESSAGES !== undefined) {
    writeFileSync(MESSAGES_FILE, said());
  }

  expect(said()).toBe(readFileSync(MESSAGES_FILE, 'utf8'));
});

test('every alarm that speaks for itself is written down', () => {
  const text = readFileSync(MESSAGES_FILE, 'utf8');
  // The second of two that differ in the users only; the one by which the function is called.
  const silent = ['Compared', 'Schedule', 'BreakGlassCall2'];
  const others = rules.map(({ node }) => node.id).filter((id) => !silent.includes(id));

  expect(others.length).toBeGreaterThan(10);
  for (const id of others) {
    expect(text).toContain(`(${id})`);
  }
});

describe('every template', () => {
  const transformers = rules
    .flatMap(({ targets }) => (Array.isArray(targets) ? targets : []))
    .flatMap((target) => ('inputTransformer' in target ? [target.inputTransformer] : []));
  const texts = transformers.flatMap((transformer) =>
    transformer !== undefined && 'inputTemplate' in transformer ? [transformer.inputTemplate] : [],
  );

  test('is short enough for EventBridge, and in ASCII', () => {
    expect(texts.length).toBeGreaterThan(10);
    for (const text of texts) {
      expect(text.length).toBeLessThanOrEqual(MAX_TEMPLATE);
      expect(text).toMatch(/^[\n -~]*$/);
    }
  });

  test('shows no free text: only what AWS words, or whose characters it limits', () => {
    const paths = transformers.flatMap((transformer) =>
      transformer !== undefined && 'inputPathsMap' in transformer
        ? Object.values(transformer.inputPathsMap ?? {})
        : [],
    );

    expect([...new Set(paths)].sort()).toEqual(Object.keys(SHOWN).sort());
  });
});

/** Every path that a message may show, and what keeps quotes, line breaks and other free text out of it. */
const SHOWN: Readonly<Record<string, string>> = {
  '$.account': 'twelve digits',
  '$.region': 'worded by AWS',
  '$.time': 'worded by AWS',
  '$.detail.additionalEventData.MFAIdentifier': 'an ARN: path and name of the device are [\\w+=,.@/-]',
  '$.detail.additionalEventData.MFAUsed': 'Yes or No',
  '$.detail.additionalEventData.SwitchFrom': 'an ARN: path and name of the user are [\\w+=,.@/-]',
  '$.detail.errorCode': 'worded by AWS',
  '$.detail.eventID': 'a UUID',
  '$.detail.eventName': 'worded by AWS',
  '$.detail.eventSource': 'worded by AWS',
  '$.detail.requestParameters.alarmName': 'only shown where it begins as the name of an alarm of ours',
  '$.detail.requestParameters.changeSetName': 'only shown where CloudFormation took it: [\\w:/-]',
  '$.detail.requestParameters.functionName':
    'only shown where it has the name of our function, and Lambda took it',
  '$.detail.requestParameters.keyId': 'only shown where it ends as our key does, and KMS took it',
  '$.detail.requestParameters.name': 'of a parameter, a rule or a trail that the service took: [\\w.:/-]',
  '$.detail.requestParameters.policyId': 'p- and letters; Organizations refuses others',
  '$.detail.requestParameters.queueUrl': 'only shown where it has the name of our queue, and SQS took it',
  '$.detail.requestParameters.regionName': 'the name of a Region; Account Management refuses others',
  '$.detail.requestParameters.resourceArn': 'only shown where it begins as our topic does, and SNS took it',
  '$.detail.requestParameters.rule': 'only shown where EventBridge took it: [\\w.-]',
  '$.detail.requestParameters.stackName': 'only shown where CloudFormation took it: [\\w:/-]',
  '$.detail.requestParameters.subscriptionArn': 'only shown where SNS took it: an ARN',
  '$.detail.requestParameters.targetId': 'digits and letters; Organizations refuses others',
  '$.detail.requestParameters.targetPrincipal': 'twelve digits; STS refuses others',
  '$.detail.requestParameters.taskPolicyArn.arn': 'an ARN: STS knows five of them',
  '$.detail.requestParameters.topicArn': 'only shown where it begins as our topic does',
  '$.detail.responseElements.accessKey.accessKeyId': 'worded by IAM',
  '$.detail.requestParameters.roleArn':
    'only shown where it is, or was taken by STS for, the ARN of the role',
  '$.detail.requestParameters.roleSessionName': '[\\w+=,.@-], 2 to 64; STS refuses others',
  '$.detail.requestParameters.serialNumber': '[\\w+=/:,.@-], 9 to 256; IAM and STS refuse others',
  '$.detail.requestParameters.userName': '[\\w+=,.@-], up to 128; IAM refuses others',
  '$.detail.responseElements.ConsoleLogin': 'Success or Failure',
  '$.detail.responseElements.virtualMFADevice.serialNumber': 'an ARN, worded by IAM',
  '$.detail.sourceIPAddress': 'an address, or the name of a service of AWS',
  '$.detail.userIdentity.accountId': 'twelve digits',
  '$.detail.userIdentity.arn': 'an ARN: paths and names are [\\w+=,.@/-]',
  '$.detail.userIdentity.type': 'worded by AWS',
  '$.detail.userIdentity.userName': '[\\w+=,.@-]; CloudTrail hides what is no user’s name',
};

test('a transformer asks for the paths it shows, and no others', () => {
  const { inputPathsMap, inputTemplate } = formatInput(['Who: <arn>', 'When: "<time>"']);

  expect(inputPathsMap).toEqual({ arn: '$.detail.userIdentity.arn', time: '$.time' });
  expect(inputTemplate).toBe('"Who: <arn>"\n"When: \\"<time>\\""');
});

test('what an event does not say is left out', () => {
  const { inputPathsMap, inputTemplate } = formatInput(['Error, if any: <error>']);
  const transformer: InputTransformer = {
    InputPathsMap: Object(inputPathsMap),
    InputTemplate: inputTemplate,
  };

  expect(renderInput(transformer, events.delivered(events.signIn(events.iamUser('olga'), 'No')))).toEqual([
    'Error, if any: ',
  ]);
  expect(renderInput(transformer, { detail: { errorCode: 'AccessDenied' } })).toEqual([
    'Error, if any: AccessDenied',
  ]);
});
