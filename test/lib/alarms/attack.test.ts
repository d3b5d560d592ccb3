/** An attack on the guardrails is heard, event by event, once, and by nobody's normal work. */

import { Stack } from 'aws-cdk-lib';
import { OrganizationGuardrails } from '../../../lib/index';
import { AlarmScene, HOME, makeAlarms } from './alarm-scene';
import { attackCases } from './attack-cases';
import { call, delivered, roleSession } from './cloudtrail-events';
import { saidOf } from './said';

const scene = new AlarmScene(makeAlarms());

test.each(attackCases(scene.targets()).map((one) => [one.what, one] as const))('%s', async (_, one) => {
  const event = delivered(one.record);

  expect(scene.heard(event)).toEqual(one.alarms);
  expect(await saidOf(scene, event)).toEqual(
    one.headline === undefined
      ? []
      : [...(one.alarms[0] === 'BreakGlassCall' ? [expect.stringContaining('called')] : []), one.headline],
  );
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
