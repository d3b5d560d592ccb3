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
