/** The parts that enrollments of every kind share: what is told, what an earlier run left, confirmation and evidence. */
import { deviceKind } from '../../lib/record/devices';
import { formatPlace } from '../../lib/record/place';
import type { AssignedDevice } from '../aws/aws';
import { type Ceremony, deviceArn, deviceName, tellStep } from '../ceremony/ceremony';
import { type EvidenceFacts, evidenceFacts, hasEvidence, writeEvidence } from '../ceremony/evidence-step';
import { facts, type Journal, type JournalStep, journalPlace } from '../ceremony/journal';
import { confirmDevice } from '../device/enable';
import type { NewDevice } from '../device/new-device';
import { tokenLabel } from '../operator/typed-code';
import { confirmRecord, isSpare } from '../record/declared-token';
import { RunbookError } from '../runbook-error';

export function announce({ ports, request, token, deployed }: Ceremony): void {
  const { generation } = deployed.manifest;
  ports.terminal.heading(`enroll ${tokenLabel(request.holder, token)}`);
  tellStep(ports, 'record', `record ${generation.slice(0, 12)} declares this token`, { generation });
}

export function tellFree({ ports, identity }: Ceremony): void {
  const text = `${identity.arn} may start; the clocks agree; the slot is free`;
  tellStep(ports, 'preflight', text, { caller: identity.arn });
}

/** Notes the device that an earlier run made. Until its fate is known, a failure leaves the journal open. */
export function noteEarlierDevice(c: Ceremony, device: NewDevice): void {
  const { effects } = c;
  if (effects.find('device') !== undefined) {
    device.arn = deviceArn(c, journalPlace(effects.journal));
    device.stage = 'unknown';
  }
  if (effects.find('device') === undefined && effects.find('enable') !== undefined) {
    // Only a hardware TOTP token is enabled without a device being created.
    device.isPrinted = true;
    device.arn = effects.journal.serial;
    device.stage = 'unknown';
  }
  if (effects.find('burn') !== undefined) {
    device.token = effects.isDone('burn') ? 'written' : 'perhaps-written';
  }
}

/** Finds the effect that made a device in a journal. */
export function deviceStepOf({ steps }: Journal): JournalStep | undefined {
  return steps.find(({ name }) => name === 'device');
}

/** Refuses to continue the enrollment of a token that the record no longer declares for the slot. */
export function checkSameToken({ effects, token, request }: Ceremony): void {
  const { serial, steps } = effects.journal;
  if (serial === formatPlace(token)) {
    return;
  }
  if (steps.length === 0) {
    effects.retarget(token);
    return;
  }
  throw new RunbookError(
    'record/changed',
    `an interrupted run was enrolling the token ${serial}, but the record now declares ${formatPlace(token)} for ${request.slot} of ${request.holder}`,
    {
      hints: [
        'deploy the record as it was and run `mfa-runbook resume{options}`, or abandon the enrollment with `mfa-runbook resume --abandon{options}`',
      ],
      exitCode: 3,
    },
  );
}

/** Takes a token that is enrolled already, of which only the evidence may be missing. @returns whether it is there */
export async function takeAsEnabled(
  { ports, request, token }: Ceremony,
  device: NewDevice,
  { arn, enabledAt }: AssignedDevice,
): Promise<boolean> {
  device.stage = 'enabled';
  device.arn = arn;
  device.isKey = deviceKind(arn) === 'fido';
  ports.terminal.say(`${token.serial} is enrolled already: ${arn}`);
  const isEvidenced = await hasEvidence(ports, request, { arn, enabledAt });
  ports.terminal.event('already-enrolled', { deviceArn: arn, serial: token.serial });
  return isEvidenced;
}

/** Does step 8. @returns the generation of the record that still declares the token */
export async function confirm(c: Ceremony, device: NewDevice): Promise<string> {
  const { ports, deployed, token } = c;
  await confirmDevice(c, device.arn);
  const generation = await confirmRecord(ports.aws, deployed, deviceName(c, token));
  const place = isSpare(deployed.record, token) ? 'has the token as a spare' : 'declares the token';
  tellStep(ports, 'confirmed', `IAM lists the device for the holder, and the record still ${place}`);
  return generation;
}

export async function evidence(c: Ceremony, seen: Parameters<typeof enrollmentFacts>[1]): Promise<undefined> {
  const written = await writeEvidence(c.ports, enrollmentFacts(c, seen));
  c.ports.terminal.event('enrolled', { ...written });
}

/** Collects the observations of this run, and those of earlier runs that the journal kept. */
export function enrollmentFacts(
  c: Ceremony,
  {
    device,
    before,
    generation,
  }: {
    readonly device: NewDevice;
    readonly before: AssignedDevice | undefined;
    readonly generation: string;
  },
): EvidenceFacts {
  const { effects, token, deployed } = c;
  const { codes, witness = effects.facts('device').witness ?? effects.facts('asked').witness } =
    effects.facts('enable');
  const record = isSpare(deployed.record, token) ? 'record:spare' : 'record';
  return evidenceFacts(c, facts({ ...effects.facts('burn'), witness }), {
    place: token,
    deviceArn: device.arn,
    generation,
    checks: device.isKey
      ? [record, 'clock', 'listed', 'name:typed', ...certified(device)]
      : before === undefined
        ? [
            record,
            'clock',
            ...(device.isPrinted ? [] : ['serial', 'burn']),
            ...(codes === undefined ? [] : [`codes:${codes}`]),
            'listed',
          ]
        : [record, 'listed'],
  });
}

/** The form of a check: printable ASCII, at most 48 characters. */
const CHECK = /^[!-~]([ -~]{0,46}[!-~])?$/;

/** Names the certifications of a key as checks, if AWS told them. */
function certified({ certifications }: NewDevice): readonly string[] {
  if (certifications === undefined) {
    return [];
  }
  const named = Object.entries(certifications)
    .map(([scheme, level]) => `certified:${scheme}:${level}`)
    .filter((check) => CHECK.test(check));
  return named.length === 0 ? ['certified:none'] : named.sort().slice(0, 6);
}
