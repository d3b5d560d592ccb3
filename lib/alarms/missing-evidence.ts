/**
 * The search for devices without evidence. A device is compared with the record by its name, and whoever creates it
 * chooses the name. The runbook writes evidence after it enabled a device: a device that has none after an hour was
 * enabled in another way.
 */
import { tokenOfDevice } from '../record/devices';
import { evidenceName, evidencePath, isSameUser, rootHolder } from '../record/names';
import type { RecordParameter } from '../record/pages';
import { tokensOf } from '../record/record';
import { isJsonObject, type JsonObject, parseJson } from '../record/text';
import { ROOT_USER } from './device-judgment';
import { problemsOf, type Reading, type ReadParameters, readFleet } from './fleet-reading';
import { type Notice, notice, objectIn, textIn } from './notice';

/** A parameter with the time of its last change, which Parameter Store keeps and nobody chooses. */
interface DatedParameter extends RecordParameter {
  /** Unix milliseconds. */
  readonly modifiedAt: number;
}

/** Access to what was enabled, and to what the runbook observed. */
export interface EvidencePorts {
  readonly fleets: readonly string[];
  readonly read: ReadParameters;
  readonly readEvidence: (path: string) => Promise<readonly DatedParameter[]>;
  /** Finds the EnableMFADevice in CloudTrail's history, from one time to another, in Unix milliseconds. */
  readonly enabledBetween: (from: number, to: number) => Promise<readonly JsonObject[]>;
}

/** The time that an enrollment has to leave its evidence. */
const GRACE_MS = 3_600_000;

/** The time between two runs. */
const EVERY_MS = 900_000;

/** The clocks of the services may differ by this much. */
const SKEW_MS = 120_000;

/**
 * Finds the devices that were enabled in the quarter of an hour that ended an hour ago and have no evidence. Each run
 * looks at a quarter of its own, so that no device is reported twice.
 *
 * @param time of the schedule, as EventBridge gives it
 */
export async function missingEvidence(time: string, ports: EvidencePorts): Promise<readonly Notice[]> {
  const to = Math.floor(Date.parse(time) / EVERY_MS) * EVERY_MS - GRACE_MS;
  const events = await ports.enabledBetween(to - EVERY_MS, to);
  const enabled = events.filter((detail) => isWithin(detail, to) && textIn(detail, 'errorCode') === '');
  if (enabled.length === 0) {
    return [];
  }
  const readings = await Promise.all(ports.fleets.map((fleet) => readFleet(fleet, ports.read, true)));
  const evidence = new Map<string, DatedParameter>();
  for (const fleet of ports.fleets) {
    for (const parameter of await ports.readEvidence(evidencePath(fleet))) {
      evidence.set(parameter.name, parameter);
    }
  }
  return enabled.flatMap((detail) => judge(detail, readings, evidence) ?? []);
}

/** CloudTrail's search includes both ends. */
function isWithin(detail: JsonObject, to: number): boolean {
  const at = Date.parse(textIn(detail, 'eventTime'));
  return at >= to - EVERY_MS && at < to;
}

function judge(
  detail: JsonObject,
  readings: readonly Reading[],
  evidence: ReadonlyMap<string, DatedParameter>,
): Notice | undefined {
  const arn = textIn(objectIn(detail, 'requestParameters'), 'serialNumber');
  const place = declaredSlot(detail, arn, readings);
  if (place === undefined) {
    // Devices that no record declares were reported when they were enabled.
    const problems = problemsOf(readings);
    return problems.length === 0 ? undefined : evidenceNotice(detail, arn, problems);
  }
  const found = evidence.get(evidenceName(place.fleet, place.holder, place.slot));
  if (found !== undefined) {
    const value = parseJson(found.value);
    const isSame = isJsonObject(value) && value.deviceArn === arn;
    if (isSame && found.modifiedAt >= Date.parse(textIn(detail, 'eventTime')) - SKEW_MS) {
      return undefined;
    }
  }
  return evidenceNotice(detail, arn, [
    `Slot: ${place.slot} of ${place.holder}, fleet ${place.fleet}`,
    found === undefined ? 'Evidence: none' : 'Evidence: of another device, or older than this change',
  ]);
}

interface DeclaredSlot {
  readonly fleet: string;
  readonly holder: string;
  readonly slot: string;
}

function declaredSlot(
  detail: JsonObject,
  arn: string,
  readings: readonly Reading[],
): DeclaredSlot | undefined {
  const user = textIn(objectIn(detail, 'requestParameters'), 'userName');
  const account = textIn(detail, 'recipientAccountId');
  for (const reading of readings) {
    if ('record' in reading) {
      const { fleet, record } = reading;
      const declared = record.holders.find(({ name }) => isSameUser(name, user))?.name;
      const holder = user === ROOT_USER ? rootHolder(account) : declared;
      const tokens = holder === undefined ? [] : (tokensOf(record, holder, account) ?? []);
      const token = holder === undefined ? undefined : tokenOfDevice({ arn, holder }, tokens);
      if (holder !== undefined && token !== undefined) {
        return { fleet, holder, slot: token.slot };
      }
    }
  }
  return undefined;
}

function evidenceNotice(detail: JsonObject, arn: string, facts: readonly string[]): Notice {
  const user = textIn(objectIn(detail, 'requestParameters'), 'userName');
  return notice(
    'an MFA device has no evidence of an enrollment',
    [
      `Device: ${arn}`,
      `Enabled for: ${user}`,
      ...facts,
      'Why it matters: its name says that it is a declared token, and only the runbook compares it with the token itself. ' +
        'Somebody may have bound a seed of their own.',
    ],
    detail,
    [
      'ask the operator. If the command was interrupted: mfa-runbook resume',
      `otherwise prove the token (mfa-runbook prove ${user} --slot SLOT); if it fails, retire it and find out who enabled it.`,
    ],
  );
}
