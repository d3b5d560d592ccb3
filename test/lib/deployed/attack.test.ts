/**
 * An attack on the deployed guardrails: each event goes through the deployed rules of its Region, the deployed bus, function
 * and permissions to the topic. The account is as most people deploy it.
 */

import { type AttackTargets, attackCases } from '../alarms/attack-cases';
import { AccountBench } from './account-bench';
import { homeRegion, iamRegion, synthesiseAccount } from './guarded-account';

const bench = new AccountBench();
const { sandbox } = bench;
afterAll(() => bench.close());

/** Every quarter of an hour, and every month. */
const QUARTER_MS = 900_000;
const QUARTERLY = 'cron(0/15 * * * ? *)';
const MONTHLY = 'cron(0 8 1 * ? *)';

function listed(operation: string, key: string, name: string) {
  return async (start: string): Promise<string> => {
    const answer = await bench.call(sandbox.administrator, 'iam', operation, { MaxItems: 1000 });
    const names = (answer[key] as readonly Readonly<Record<string, unknown>>[]).map((one) =>
      String(one[name]),
    );
    return names.find((one) => one.includes(start)) ?? '';
  };
}

function deployed(type: string, part: string): string {
  const found = sandbox.deployed(type).find(({ physicalId }) => physicalId.includes(part));
  return found?.physicalId ?? '';
}

async function targets(): Promise<AttackTargets> {
  const role = listed('ListRoles', 'Roles', 'RoleName');
  return {
    policy: await listed('ListPolicies', 'Policies', 'PolicyName')('Guardrails-Enforcement'),
    group: await listed('ListGroups', 'Groups', 'GroupName')('Guardrails-Group'),
    operatorRole: await role('Guardrails-Operator'),
    breakGlassRole: await role('break-glass-break-glass'),
    deliveryRole: await role('AlarmsDelivery'),
    topicArn: deployed('AWS::SNS::Topic', 'AlarmsTopic'),
    troubleArn: deployed('AWS::SNS::Topic', 'Trouble'),
    keyId: deployed('AWS::KMS::Key', ''),
    queueUrl: deployed('AWS::SQS::Queue', 'Undelivered'),
    functionName: deployed('AWS::Lambda::Function', ''),
    stack: 'Alarms',
  };
}

test('cdk deploy makes the guardrails and the alarms', async () => {
  expect(await bench.deploy(synthesiseAccount(bench.folder))).toMatchObject({ code: 0 });
  expect(await bench.headlines()).toEqual([]);
});

test('each event of an attack arrives on the topic as its message, and nothing else does', async () => {
  const names = await targets();
  expect(Object.values(names).filter((name) => name === '')).toEqual([]);
  const surprises: unknown[] = [];
  const cases = attackCases(names);
  for (const { what, record, alarms, headline } of cases) {
    // Only two Regions forward here.
    const region = record.awsRegion === homeRegion ? homeRegion : iamRegion;
    sandbox.deliver(JSON.parse(JSON.stringify(record)), region);
    const heard = (await bench.headlines()).map((line) => line.replace(/^MFA alarms?: /, ''));
    const expected = [
      ...(alarms.includes('BreakGlassCall')
        ? ['break-glass user alice.breakglass called ChangePassword']
        : []),
      ...(headline === undefined ? [] : [headline]),
    ];
    if (JSON.stringify(heard) !== JSON.stringify(expected)) {
      surprises.push({ what, heard, expected });
    }
  }
  expect(surprises).toEqual([]);
  expect(cases.length).toBeGreaterThan(100);
});

test('what says that the alarms were changed needs no key, and goes to a topic of its own', async () => {
  const names = await targets();
  sandbox.deliver(
    {
      eventSource: 'kms.amazonaws.com',
      eventName: 'DisableKey',
      userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/mallory' },
      requestParameters: { keyId: names.keyId },
    },
    homeRegion,
  );
  const { messages } = await sandbox.outbox();
  const [topic] = sandbox
    .deployed('AWS::SNS::Topic')
    .filter(({ physicalId }) => physicalId === names.troubleArn);

  expect(messages.at(-1)?.topicArn).toBe(names.troubleArn);
  expect(topic?.properties.KmsMasterKeyId).toBeUndefined();
  await bench.headlines();
});

describe('a device', () => {
  const fleetPath = '/mfa-guardrails/break-glass/';
  const holder = 'alice.breakglass';
  const evidence = `${fleetPath}evidence/${holder}/primary`;

  async function enrollAsRecorded(): Promise<string> {
    // Early in a quarter, because real time passes too, and at its end would add a quarter.
    sandbox.clock.advance(QUARTER_MS - (sandbox.clock.now() % QUARTER_MS) + 60_000);
    const device = await bench.enroll(
      sandbox.administrator,
      holder,
      `${holder}.primary.86596220000001`,
      fleetPath,
    );
    return device.arn;
  }

  async function runQuarters(hours: number): Promise<readonly string[]> {
    await bench.headlines();
    for (let quarter = 0; quarter < hours * 4; quarter += 1) {
      sandbox.clock.advance(QUARTER_MS);
      sandbox.runSchedules(QUARTERLY);
      await sandbox.outbox();
    }
    return bench.headlines();
  }

  test('that has the right name and no evidence is heard of once, an hour later', async () => {
    await enrollAsRecorded();

    expect(await runQuarters(1)).toEqual([]);
    expect(await runQuarters(3)).toEqual(['MFA alarm: an MFA device has no evidence of an enrollment']);
  });

  test('with evidence is not', async () => {
    const arn = await enrollAgain();
    await bench.call(sandbox.administrator, 'ssm', 'PutParameter', {
      Name: evidence,
      Value: JSON.stringify({ deviceArn: arn }),
      Type: 'String',
      Overwrite: true,
    });
    expect(await runQuarters(3)).toEqual([]);
  });

  test('that was enabled again needs evidence again: the old one is of another day', async () => {
    sandbox.clock.advance(86_400_000);
    await enrollAgain();

    expect(await runQuarters(3)).toEqual(['MFA alarm: an MFA device has no evidence of an enrollment']);
  });

  async function enrollAgain(): Promise<string> {
    const { administrator } = sandbox;
    const name = { UserName: holder };
    const answer = await bench.call(administrator, 'iam', 'ListMFADevices', name);
    for (const { SerialNumber } of answer.MFADevices as readonly Readonly<Record<string, string>>[]) {
      await bench.call(administrator, 'iam', 'DeactivateMFADevice', {
        ...name,
        SerialNumber: String(SerialNumber),
      });
      await bench.call(administrator, 'iam', 'DeleteVirtualMFADevice', {
        SerialNumber: String(SerialNumber),
      });
    }
    return enrollAsRecorded();
  }
});

test('an attack by the calls themselves is heard as its events are', async () => {
  const { administrator } = sandbox;
  await bench.headlines();
  await bench.call(administrator, 'iam', 'CreateLoginProfile', {
    UserName: 'bob.breakglass',
    Password: 'Xy7!xy7!xy7!xy7!',
  });
  expect(await bench.headlines()).toEqual(['MFA alarm: the password of holder bob.breakglass changed']);
  await bench.call(administrator, 'iam', 'CreateAccessKey', { UserName: 'bob.breakglass' });
  const [message] = await bench.messages();
  expect(message).toMatch(/^Access key: AKIA/m);
  expect(message).not.toContain('secret');
  await bench.call(administrator, 'ssm', 'PutParameter', {
    Name: '/mfa-guardrails/break-glass/record/manifest',
    Value: '{}',
    Type: 'String',
    Overwrite: true,
  });
  expect(await bench.headlines()).toEqual(['MFA alarm: the record was written: PutParameter']);
});

test('the monthly test comes from the Region of IAM’s events, through every part', async () => {
  sandbox.runSchedules(MONTHLY);

  const [message, ...others] = await bench.messages();
  expect(message).toContain('from us-east-1 to account 111122223333');
  expect(others).toEqual([]);
});
