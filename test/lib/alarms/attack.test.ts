/** An attack on the guardrails is heard, event by event, once, and by nobody's normal work. */
import { AlarmScene, makeAlarms } from './alarm-scene';
import { attackCases } from './attack-cases';
import { delivered } from './cloudtrail-events';
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
