/** An attack on the guardrails is heard, event by event, once, and by nobody's normal work. */

import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { OrganizationGuardrails } from '../../../lib/index';
import { AlarmScene, HOME, makeAlarms, referenceIn } from './alarm-scene';
import { attackCases } from './attack-cases';
import { ACCOUNT, call, type DeliveredEvent, delivered, roleSession } from './cloudtrail-events';
import { saidOf } from './said';

const watched = makeAlarms();
const scene = new AlarmScene(watched);

test.each(attackCases(scene.targets()).map((one) => [one.what, one] as const))('%s', async (_, one) => {
  const event = delivered(one.record);

  expect(scene.heard(event)).toEqual(one.alarms);
  expect(await saidOf(scene, event)).toEqual(
    one.headline === undefined
      ? []
      : [...(one.alarms[0] === 'BreakGlassCall' ? [expect.stringContaining('called')] : []), one.headline],
  );
});

describe('a change that its own message would have to pass', () => {
  const mallory = roleSession('Admin', 'mallory');
  const eventBusName = 'mfa-guardrails';

  function changed(service: string, action: string, request: object, awsRegion = HOME): DeliveredEvent {
    return delivered(call(mallory, service, action, { awsRegion, requestParameters: request }));
  }

  test.each([HOME, 'us-east-1', 'sa-east-1'])(
    'of the rule that forwards changes is forwarded by another: %s',
    (region) => {
      for (const [action, key] of [
        ['DisableRule', 'name'],
        ['DeleteRule', 'name'],
        ['PutRule', 'name'],
        ['PutTargets', 'rule'],
        ['RemoveTargets', 'rule'],
      ] as const) {
        const event = changed('events', action, { [key]: 'mfa-guardrails.Changes' }, region);
        expect([action, scene.forwardedBy(event)]).toEqual([action, ['Changes', 'Watch']]);
        expect(scene.onBus(event).map(({ id }) => id)).toEqual(['AlarmsChanged']);
        const watch = changed('events', action, { [key]: 'mfa-guardrails.Watch' }, region);
        expect([action, scene.forwardedBy(watch)]).toEqual([action, ['Changes']]);
        expect(scene.heard(watch)).toEqual(['AlarmsChanged']);
      }
    },
  );

  test('of the role that forwards events of IAM is forwarded with another role', async () => {
    const [stack = Stack.of(watched)] = watched.forwardingStacks.filter(
      ({ region }) => region === 'us-east-1',
    );
    const roleName = referenceIn(stack, 'ForwardingRole');
    for (const request of [
      { roleName },
      { roleName: roleName.toUpperCase() },
      { policyArn: referenceIn(stack, 'ForwardingPolicy') },
    ]) {
      const event = changed('iam', 'PutRolePolicy', request, 'us-east-1');
      expect([request, scene.forwardedBy(event)]).toEqual([request, ['Devices', 'Watch']]);
    }
    const rules = Template.fromStack(stack).findResources('AWS::Events::Rule');
    const roles = Object.values(rules).map(({ Properties }) => [
      Properties.Name.replace('mfa-guardrails.', ''),
      Properties.Targets[0].RoleArn['Fn::GetAtt'][0],
    ]);
    const watch = roles.find(([name]) => name === 'Watch')?.[1];
    const others = roles.filter(([name, id]) => name !== 'Watch' && id === watch);
    expect([watch, others]).toEqual([expect.stringContaining('WatchRole'), []]);
  });

  test('of the alarm about the alarms, and of the bus, is heard without the bus', async () => {
    const name = 'mfa-guardrails.AlarmsChanged';
    for (const [action, request] of [
      ['DisableRule', { name, eventBusName }],
      ['PutTargets', { rule: name, eventBusName }],
      [
        'RemoveTargets',
        { rule: name, eventBusName: `arn:aws:events:${HOME}:${ACCOUNT}:event-bus/mfa-guardrails` },
      ],
      ['PutPermission', { eventBusName, policy: '{}' }],
      ['UpdateEventBus', { name: eventBusName, kmsKeyIdentifier: 'x' }],
    ] as const) {
      const event = changed('events', action, request);
      expect([action, scene.heard(event)]).toEqual([action, ['AlarmsChanged', 'BusClosed']]);
      expect(await saidOf(scene, event)).toContain('the rules of the alarms were changed');
    }
    for (const request of [{ name: 'nightly' }, { name: 'x', eventBusName }, { name, eventBusName: 'x' }]) {
      expect(scene.heard(changed('events', 'DisableRule', request))).not.toContain('BusClosed');
    }
    const closed = { name: 'mfa-guardrails.BusClosed' };
    expect(scene.heard(changed('events', 'DisableRule', closed))).toEqual(['AlarmsChanged']);
  });

  test('of the role of the function is heard without the function', () => {
    const roleName = referenceIn(watched.functionStack, 'ComparisonRole');
    for (const request of [
      { roleName },
      { roleName: roleName.toLowerCase() },
      { policyArn: referenceIn(watched.functionStack, 'ComparisonPolicy') },
    ]) {
      expect(scene.heard(changed('iam', 'DetachRolePolicy', request, 'us-east-1'))).toContain(
        'AlarmsChanged',
      );
    }
    const other = { roleName: scene.targets().operatorRole };
    expect(scene.heard(changed('iam', 'DetachRolePolicy', other, 'us-east-1'))).toEqual(['Compared']);
  });

  test('is none of CloudFormation, which deploys them', async () => {
    const byStack = { sourceIPAddress: 'cloudformation.amazonaws.com', awsRegion: HOME };
    for (const requestParameters of [
      { name: 'mfa-guardrails.Changes' },
      { name: 'mfa-guardrails.AlarmsChanged', eventBusName },
    ]) {
      const record = call(mallory, 'events', 'PutRule', { ...byStack, requestParameters });
      expect(await saidOf(scene, delivered(record))).toEqual([]);
    }
  });
});

describe('a StackSet that deploys guardrails to other accounts', () => {
  const alarms = makeAlarms({ regions: [] });
  new OrganizationGuardrails(new Stack(alarms.node.root, 'Organization'), 'Guardrails', {
    organizationalUnitIds: ['ou-ab12-11112222'],
    stackSetName: 'mfa-everywhere',
  });
  const organization = new AlarmScene(alarms);

  async function said(eventName: string, stackSetName: string): Promise<readonly string[]> {
    const record = call(roleSession('Admin', 'mallory'), 'cloudformation', eventName, {
      awsRegion: HOME,
      requestParameters: { stackSetName },
    });
    return saidOf(organization, delivered(record));
  }

  test.each(['DeleteStackInstances', 'UpdateStackSet', 'DeleteStackSet'])(
    'is watched: %s',
    async (action) => {
      expect(await said(action, 'mfa-everywhere')).toEqual([
        `a part of the guardrails was changed: ${action}`,
      ]);
      expect(await said(action, 'mfa-everywhere:61f0e0a1-2cf7-4a44-af00-f61f0e0a1c2d')).toHaveLength(1);
      expect(await said(action, 'other')).toEqual([]);
    },
  );

  test('may be looked at', async () => {
    expect(await said('DetectStackSetDrift', 'mfa-everywhere')).toEqual([]);
  });
});
