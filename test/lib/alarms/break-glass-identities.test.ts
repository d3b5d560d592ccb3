/** Several break-glass users and roles are distinguished, however they are named. */
import { User } from 'aws-cdk-lib/aws-iam';
import { MfaAlarms } from '../../../lib/alarms/mfa-alarms';
import { BreakGlassRole } from '../../../lib/break-glass/break-glass-role';
import {
  BreakGlassUser,
  MfaEnforcedGroup,
  MfaEnforcementPolicy,
  MfaSelfService,
  TokenInventory,
  TokenRecord,
} from '../../../lib/index';
import { smallFleet } from '../fixtures';
import { AlarmScene, HOME, homeStack, makeAlarms, regionsOr } from './alarm-scene';
import {
  assumeRole,
  call,
  delivered,
  deniedAssumeRole,
  failedSignIn,
  iamUser,
  roleSession,
  signIn,
  switchRole,
} from './cloudtrail-events';

const ALICE = iamUser('alice.breakglass', '/mfa-guardrails/break-glass/');
const OLGA = iamUser('olga');
const OPERATOR = roleSession('OperatorRole', 'olga');
const STRANGER = { type: 'AWSAccount', principalId: 'AIDACKCEVSQ6C2EXAMPLE:x', accountId: '444455556666' };

/** Enough to tell the home Region, that of IAM, and others apart. */
const REGIONS = ['us-east-1', 'us-west-2', 'eu-north-1', 'sa-east-1'];

describe('a user who was only referred to', () => {
  const stack = homeStack(HOME);
  function named(...names: readonly string[]) {
    return new AlarmScene(
      makeAlarms({
        breakGlassUsers: names.map((name) => User.fromUserName(stack, name, name)),
        breakGlassRoles: [],
        regions: REGIONS,
      }),
    );
  }

  test('and is at the path of a fleet is heard of once, not by path and by name', () => {
    const both = named('alice.breakglass', 'mo');

    expect(both.heard(delivered(call(ALICE, 's3', 'DeleteBucket')))).toEqual(['BreakGlassCall']);
    expect(both.heard(delivered(call(ALICE, 'sts', 'GetCallerIdentity')))).toEqual(['BreakGlassCall']);
    expect(both.heard(delivered(signIn(ALICE, 'Yes')))).toEqual(['BreakGlassSignIn']);
    expect(both.heard(delivered(failedSignIn('alice.breakglass')))).toEqual([
      'BreakGlassSignIn2',
      'Compared',
    ]);
    expect(both.heard(delivered(call(iamUser('mo', '/x/'), 's3', 'DeleteBucket')))).toEqual([
      'BreakGlassCall2',
    ]);
  });

  test('twice, in other letters, is heard of once', () => {
    const names = Array.from({ length: 60 }, (_, index) => `emergency.user.number.${index}`);
    const twice = named(...names, ...names.map((name) => name.toUpperCase()));

    for (const name of [names[0] ?? '', names[59] ?? '']) {
      expect(twice.heard(delivered(call(iamUser(name), 's3', 'DeleteBucket')))).toHaveLength(1);
    }
  });
});

describe('many break-glass roles', () => {
  const names = Array.from({ length: 40 }, (_, index) => `emergency-role-of-a-long-name-${index}`);
  const stack = homeStack(HOME);
  const group = new MfaEnforcedGroup(stack, 'Group', {
    enforcement: new MfaEnforcementPolicy(stack, 'Enforcement', { selfService: MfaSelfService.NONE }),
  });
  const users = [new BreakGlassUser(stack, 'Alice', { userName: 'alice.breakglass', group })];
  const many = new AlarmScene(
    new MfaAlarms(stack, 'Alarms', {
      regions: MfaAlarms.defaultRegions(HOME),
      records: [new TokenRecord(stack, 'Record', { inventory: smallFleet() })],
      breakGlassRoles: names.map((roleName) => new BreakGlassRole(stack, roleName, { users, roleName })),
    }),
  );

  test('need more than one pattern, none of which is longer than EventBridge allows', () => {
    const sizes = many.patterns().map((pattern) => JSON.stringify(pattern).length);

    expect(Math.max(...sizes)).toBeLessThanOrEqual(2048);
    expect(Math.max(...sizes)).toBeGreaterThan(1700);
  });

  test.each([0, 20, 39])('are each heard of once: number %i', (index) => {
    const name = names[index] ?? '';

    for (const record of [
      assumeRole(OPERATOR, name),
      assumeRole(OLGA, name),
      deniedAssumeRole(STRANGER, name),
      deniedAssumeRole(OLGA, name, ' with an explicit deny'),
    ]) {
      expect(many.heard(delivered(record))).toEqual([expect.stringMatching(/^BreakGlassRole\d*$/)]);
    }
    expect(many.heard(delivered(switchRole(name, 'olga')))).toEqual([
      expect.stringMatching(/^BreakGlassSwitch\d*$/),
    ]);
    expect(many.heard(delivered(assumeRole(OPERATOR, `${name}0x`)))).toEqual([]);
  });
});

describe('hundreds of break-glass users', () => {
  const names = Array.from({ length: 300 }, (_, index) => `emergency.user.number.${index}`);
  const stack = homeStack(HOME);
  const records = Array.from({ length: 40 }, (_, index) => {
    const yaml = `fleet: fleet-with-a-long-name-${index}\nholders:\n  a:\n    - { slot: primary, serial: "${index}" }\n`;
    return new TokenRecord(stack, `Record${index}`, {
      inventory: TokenInventory.fromYaml(yaml, 'tokens.yaml'),
    });
  });
  const large = new AlarmScene(
    new MfaAlarms(stack, 'Alarms', {
      records,
      breakGlassUsers: names.map((name) => User.fromUserName(stack, name, name)),
      regions: regionsOr(REGIONS),
    }),
  );

  test('no pattern is longer than EventBridge allows', () => {
    const sizes = large.patterns().map((pattern) => JSON.stringify(pattern).length);

    expect(sizes.length).toBeGreaterThan(50);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2048);
    expect(Math.max(...sizes)).toBeGreaterThan(1900);
  });

  test('each is heard of once, whether named or at the path of a fleet', () => {
    const users = [
      ...[0, 1, 57, 150, 299].map((index) => iamUser(`emergency.user.number.${index}`)),
      ...[0, 1, 17, 39].map((index) => iamUser('a', `/mfa-guardrails/fleet-with-a-long-name-${index}/`)),
    ];
    for (const user of users) {
      const heard = large.heard(delivered(call(user, 'ec2', 'RunInstances')));
      expect(heard).toEqual([expect.stringMatching(/^BreakGlassCall\d*$/)]);
    }
    expect(large.heard(delivered(call(iamUser('emergency.user.number.300'), 'ec2', 'RunInstances')))).toEqual(
      [],
    );
  });
});
