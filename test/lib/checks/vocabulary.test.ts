import { readFileSync } from 'node:fs';
import { actionIsKnown, keyIsKnown, nearestAction, nearestKey } from '../../../lib/checks/vocabulary';
import { VOCABULARY_DATE, VOCABULARY_SOURCE } from '../../../lib/policy/iam-vocabulary.generated';
import { testInFull } from '../../support/extent';
import { formatIamVocabulary, VOCABULARY_FILE } from './write-iam-vocabulary';

testInFull(
  'the committed vocabulary is what the data generates (npx tsx test/lib/checks/write-iam-vocabulary.ts)',
  async () => {
    const committed = readFileSync(VOCABULARY_FILE, 'utf8');
    expect(committed === (await formatIamVocabulary())).toBe(true);
    expect(committed.length).toBeLessThan(500_000);
  },
);

test('it says where it is from, and of which day it is', () => {
  expect(VOCABULARY_SOURCE).toMatch(/^@cloud-copilot\/iam-data \d+\.\d+\.\d+$/);
  expect(VOCABULARY_DATE).toMatch(/^20\d\d-\d\d-\d\d$/);
});

test('every action of IAM and STS that MFA is about is in it', () => {
  const actions = [
    'iam:CreateVirtualMFADevice',
    'iam:EnableMFADevice',
    'iam:ListVirtualMFADevices',
    'sts:GetSessionToken',
  ];
  expect(actions.filter((action) => !actionIsKnown(action))).toEqual([]);
});

test('a word that no service has is near to nothing', () => {
  expect(actionIsKnown('zzzzzz:Qqqqqq')).toBe(false);
  expect(nearestAction('zzzzzz:Qqqqqq')).toBeUndefined();
  expect(keyIsKnown('zzzzzz:Qqqqqq')).toBe(false);
  expect(nearestKey('zzzzzz:Qqqqqq')).toBeUndefined();

  expect(actionIsKnown('iam:GetUser')).toBe(true);
  expect(nearestAction('iam:GetUsr')).toBe('iam:GetUser');
  expect(keyIsKnown('aws:username')).toBe(true);
  expect(nearestKey('aws:usrname')).toBe('aws:username');
});

test('names of Object’s own are no services', () => {
  const actions = ['constructor:Get', '__proto__:*', 'toString:x', 'iam:GetUser'];
  expect(actions.filter(actionIsKnown)).toEqual(['iam:GetUser']);
});

test('it is loaded when the first word is looked up, and not before', () => {
  const load = jest.fn(() => ({ ACTIONS: 'iam GetUser', CONDITION_KEYS: 'aws PrincipalArn' }));
  jest.isolateModules(() => {
    jest.doMock('../../../lib/policy/iam-vocabulary.generated', load);
    const lazily: { actionIsKnown: typeof actionIsKnown } = jest.requireActual(
      '../../../lib/checks/vocabulary',
    );
    expect(load).not.toHaveBeenCalled();
    expect(lazily.actionIsKnown('iam:GetUser')).toBe(true);
    expect(lazily.actionIsKnown('iam:GetGroup')).toBe(false);
    expect(load).toHaveBeenCalledTimes(1);
  });
  jest.dontMock('../../../lib/policy/iam-vocabulary.generated');
});

test('a suggestion is near, of the same verb, and of the same service or one that is near', () => {
  expect(
    Object.fromEntries(
      [
        'iam:SetUser',
        'iam:GetUesrs',
        'iam:ListUserPolicy',
        'iam:Lst*',
        'iamm:GetUsr',
        'ess:RunTask',
        's3:HeadObject',
        's3:GetSignedUrl',
        's3:ListBuckets',
        's3:PutBucketLifecycle',
        'ssm:GetParams',
        'iam:ListMFADevicesForUser',
        'iam:DeactivateVirtualMFADevice',
        'iam:AsumeRole',
        'apigateway:GTE',
        'kms:Decryt',
      ].map((action) => [action, nearestAction(action)]),
    ),
  ).toEqual({
    'iam:SetUser': undefined,
    'iam:GetUesrs': 'iam:GetUser',
    'iam:ListUserPolicy': 'iam:ListUserPolicies',
    'iam:Lst*': undefined,
    'iamm:GetUsr': 'iam:GetUser',
    'ess:RunTask': 'ecs:RunTask',
    's3:HeadObject': undefined,
    's3:GetSignedUrl': undefined,
    's3:ListBuckets': 's3:ListBucket',
    's3:PutBucketLifecycle': undefined,
    'ssm:GetParams': undefined,
    'iam:ListMFADevicesForUser': undefined,
    'iam:DeactivateVirtualMFADevice': undefined,
    'iam:AsumeRole': undefined,
    'apigateway:GTE': 'apigateway:GET',
    'kms:Decryt': 'kms:Decrypt',
  });
  expect([
    nearestKey('aws:PrincipalOrg'),
    nearestKey('aws:SourceAcount'),
    nearestKey('sourceip'),
    nearestKey('ec2:ResourcTag/x'),
    nearestKey('aws:Foo'),
    nearestKey('iam:PassedTo'),
  ]).toEqual([
    'aws:PrincipalOrgID',
    'aws:SourceAccount',
    'aws:SourceIp',
    'ec2:ResourceTag/{name}',
    undefined,
    undefined,
  ]);
});

test('of the thousands of words, few are compared with an unknown one', () => {
  let compared = 0;
  jest.isolateModules(() => {
    const { distance, nearestWord } = jest.requireActual('../../../lib/record/nearest-word');
    jest.doMock('../../../lib/record/nearest-word', () => ({
      distance(...args: readonly unknown[]) {
        compared += 1;
        return distance(...args);
      },
      nearestWord(typed: string, words: readonly string[], mostWrong?: number) {
        compared += words.length;
        expect(mostWrong).toBeLessThan(4);
        return nearestWord(typed, words, mostWrong);
      },
    }));
    const counted: { nearestAction: typeof nearestAction } = jest.requireActual(
      '../../../lib/checks/vocabulary',
    );
    counted.nearestAction('iam:GetUserr');
    compared = 0;
    for (let number = 0; number < 1000; number++) {
      counted.nearestAction(`ec2:DescribeThing${number}`);
      counted.nearestAction(`iam:Frobnicate${number}`);
      counted.nearestAction(`sagemaker:Create${'x'.repeat(number % 40)}${number}`);
      counted.nearestAction(`nosuch${number}:GetThing`);
    }
  });
  jest.dontMock('../../../lib/record/nearest-word');
  expect(compared).toBeGreaterThan(0);
  expect(compared / 4000).toBeLessThan(60);
});
