/** The headlines of the messages that an event causes, those of the function included. */
import { parseParts } from '../../../lib/alarms/guardrail-part';
import { examine } from '../../../lib/alarms/record-comparison';
import { recordPath } from '../../../lib/record/names';
import { formatRecord } from '../../../lib/record/pages';
import { smallFleet } from '../fixtures';
import type { AlarmScene, Heard } from './alarm-scene';
import type { DeliveredEvent } from './cloudtrail-events';

const HEADLINE = /^MFA alarms?: /;

/** Returns the headlines of what an event causes, in the order of the rules. */
export async function saidOf(scene: AlarmScene, event: DeliveredEvent): Promise<readonly string[]> {
  const said = await Promise.all(scene.hear(event).map((heard) => headlineOf(scene, event, heard)));
  return said.filter((headline) => headline !== undefined);
}

/** Returns the headline of an alarm; none where the function has nothing to say. */
export async function headlineOf(
  scene: AlarmScene,
  event: DeliveredEvent,
  { lines }: Heard,
): Promise<string | undefined> {
  const [first] = lines.length === 0 ? await judged(scene, event) : lines;
  return first?.replace(HEADLINE, '');
}

/** Asks the function: its list of the guardrails is at the beginning of its text. */
async function judged(scene: AlarmScene, event: DeliveredEvent): Promise<readonly string[]> {
  const [, list = '""'] = /^process\.env\.PARTS=("[^"]*");/.exec(scene.functionCode()) ?? [];
  const { fleet, _record: record } = smallFleet();
  async function nothing() {
    return [];
  }
  const notices = await examine(event, {
    fleets: [fleet],
    parts: parseParts(JSON.parse(list)),
    isRetry: true,
    bus: 'mfa-guardrails',
    keyId: scene.targets().keyId,
    read: async (path) => (path === recordPath(fleet) ? formatRecord(record) : []),
    readEvidence: nothing,
    enabledBetween: nothing,
  });
  return notices.map(({ subject }) => subject);
}
