/**
 * A sitting of retirements: takes our devices of a holder out of IAM, before the user or the stack is deleted.
 *
 * Rules: every device is named first, and a person types whose it is; one ceremony for each device; what is not ours
 * stays.
 */
import { isSameUser, parseDeviceArn } from '../../lib/record/names';
import { nearestName } from '../../lib/record/nearest-word';
import type { DeployedRecord } from '../../lib/record/pages';
import { countOf } from '../../lib/record/text';
import type { AssignedDevice } from '../aws/aws';
import { type Preamble, readPreamble } from '../ceremony/ceremony';
import { explain } from '../ceremony/explain';
import { rightClock } from '../ceremony/machine-clock';
import type { Ports } from '../ceremony/ports';
import { devicesOfUser } from '../device/iam';
import { type HolderDevices, type RetirableDevice, surveyHolder } from '../device/survey';
import { tellOpenSessions } from '../operator/open-sessions';
import { isDeployed } from '../record/declared-token';
import { asCancelled, RunbookError } from '../runbook-error';
import { type Retirement, retire } from './retire';
import {
  askConsent,
  askWithoutRecord,
  nothingWithoutRecord,
  refuseLast,
  refuseLastNow,
} from './retire-consent';

/** Whose devices to retire. */
interface RetireRequest {
  readonly fleet: string;
  readonly holder: string;
  /** One slot; without it every device. */
  readonly slot: string | undefined;
  /** The holder's name was given on the command line already. */
  readonly isConfirmed: boolean;
}

/** One run of `retire`, which may hold several ceremonies. */
interface Sitting {
  readonly request: RetireRequest;
  readonly ports: Ports;
  readonly preamble: Preamble;
  readonly retired: Retirement[];
  readonly failed: { readonly slot: string; readonly error: RunbookError }[];
}

/**
 * Retires the device of one slot, or every device of the holder at the fleet's path.
 *
 * @throws RunbookError after the summary, when devices failed, or are left that are not ours
 */
export async function retireHolder(given: RetireRequest, ports: Ports): Promise<readonly Retirement[]> {
  const retired: Retirement[] = [];
  const failed: Sitting['failed'] = [];
  try {
    const preamble = await readPreamble(given.fleet, ports, { needsNoClock: true, needsNoRecord: true });
    const { record } = preamble.deployed;
    const request = { ...given, holder: await spelledHolder(given, ports, preamble.deployed) };
    const sitting: Sitting = { request, ports, preamble, retired, failed };
    await finishOpen(sitting);
    const tokens = record.holders.find(({ name }) => name === request.holder)?.tokens ?? [];
    const surveying = surveyHolder(ports, preamble.identity.account, { ...request, tokens });
    const survey = await ports.terminal.during('listing the devices', surveying);
    await retireSurveyed(sitting, survey);
    conclude(sitting, survey);
    return retired;
  } catch (error) {
    const failure = explain(asCancelled(error, ports.signal), ports.line);
    throw failure.withState(describe({ retired, failed }, failure.state));
  }
}

/**
 * Finds the holder as the record or a journal spells the name, as the devices of the fleet do, or as IAM does, in this order: IAM
 * does not tell case apart, and evidence has to be where the enrollment left its own.
 *
 * @throws RunbookError `record/no-holder` for a name that none of them knows: "no device" would sound like success
 */
async function spelledHolder(
  { fleet, holder }: RetireRequest,
  ports: Ports,
  deployed: DeployedRecord,
): Promise<string> {
  const { record } = deployed;
  const known = [
    ...record.holders.map(({ name }) => name),
    ...(await ports.journals.list(fleet)).flatMap(({ journal }) => journal?.subject.holder ?? []),
  ];
  const found = known.find((name) => isSameUser(name, holder));
  if (found !== undefined) {
    return found;
  }
  const listed = await ports.aws.virtualDevices();
  const named = listed.flatMap(({ arn }) => {
    const device = parseDeviceArn(arn);
    return device?.fleet === fleet ? [device.holder] : [];
  });
  const same = [...named, ...listed.map(({ user }) => user)].find((name) => isSameUser(name, holder));
  if (same !== undefined) {
    return same;
  }
  if ((await devicesOfUser(ports, holder)) !== undefined) {
    return holder;
  }
  if (!isDeployed(deployed)) {
    throw nothingWithoutRecord({ fleet, holder });
  }
  const nearest = nearestName(holder, known);
  throw new RunbookError('record/no-holder', `neither the record of ${fleet} nor IAM knows ${holder}`, {
    hints: [
      ...(nearest === undefined ? [] : [`did you mean ${nearest}?`]),
      `holders that the record declares: ${record.holders.map(({ name }) => name).join(', ') || 'none'}`,
    ],
  });
}

/** Finishes first what was agreed on in an earlier run. */
async function finishOpen(sitting: Sitting): Promise<void> {
  const { ports, request, preamble } = sitting;
  for (const { journal } of await ports.journals.list(request.fleet)) {
    const { account, holder, slot } = journal?.subject ?? {};
    const isThis =
      journal?.ceremony === 'retire' &&
      account === preamble.identity.account &&
      holder === request.holder &&
      (request.slot ?? slot) === slot;
    if (isThis && slot !== undefined) {
      await attempt(sitting, slot, undefined);
    }
  }
}

async function retireSurveyed(sitting: Sitting, survey: HolderDevices): Promise<void> {
  const { request, preamble, retired, failed, ports } = sitting;
  const { holder, slot, fleet } = request;
  const done = new Set(retired.map(({ deviceArn }) => deviceArn));
  const targets = survey.ours.filter(
    (device) => !done.has(device.arn) && (slot === undefined || slot === device.slot),
  );
  if (targets.length > 0) {
    if (slot !== undefined) {
      refuseLast(request, survey, targets);
    }
    if (!isDeployed(preamble.deployed)) {
      await askWithoutRecord(request, ports, targets);
    }
    await askConsent(request, ports, { survey, targets });
    if (slot !== undefined) {
      await refuseLastNow(request, ports, { survey, targets });
    }
    for (const target of targets) {
      ports.signal.throwIfAborted();
      await attempt(sitting, target.slot, target);
    }
    return;
  }
  if (!isDeployed(preamble.deployed) && retired.length === 0 && failed.length === 0) {
    throw nothingWithoutRecord(request);
  }
  if (slot !== undefined && retired.length === 0 && failed.length === 0) {
    const slots = survey.ours.map((device) => `${device.slot} (${device.serial})`).join(', ');
    throw new RunbookError('iam/not-enrolled', `${slot} of ${holder} has no device of ${fleet} in IAM`, {
      hints: [
        slots === ''
          ? `${holder} has no device at /mfa-guardrails/${fleet}/: no device of this fleet prevents deleting the user`
          : `slots that have one: ${slots}`,
      ],
    });
  }
  if (retired.length === 0) {
    ports.terminal.say(`${holder} has no device of ${fleet}`);
  }
}

/** Holds one ceremony; of several, one that fails does not stop the others. */
async function attempt(sitting: Sitting, slot: string, target: RetirableDevice | undefined): Promise<void> {
  const { request, ports, preamble, retired, failed } = sitting;
  const { fleet, holder } = request;
  try {
    const common = { fleet, holder, slot, reader: undefined, witness: undefined };
    const retirement = await retire(common, ports, { target, preamble });
    if (retirement !== undefined) {
      retired.push(retirement);
    }
  } catch (error) {
    const failure = explain(error, ports.line);
    if (request.slot !== undefined || failure.code === 'cancelled') {
      throw failure;
    }
    failed.push({ slot, error: failure });
    ports.terminal.note(`not retired: ${slot} of ${holder}: ${failure.message}`);
    ports.terminal.event('not-retired', { holder, slot, code: failure.code });
  }
}

/**
 * Describes the state: every device that was retired, and each that failed with its own state.
 *
 * @param last the state of the retirement that ended the sitting
 */
function describe(
  { retired, failed }: Pick<Sitting, 'retired' | 'failed'>,
  last: string | undefined,
): string {
  const before = [
    ...(retired.length === 0
      ? []
      : [`retired with evidence: ${retired.map(({ deviceArn }) => deviceArn).join(', ')}`]),
    ...failed.map(({ slot, error }) => `${slot}: ${error.state ?? error.message}`),
  ];
  if (before.length === 0) {
    return last ?? UNCHANGED;
  }
  if (last !== undefined && last !== UNCHANGED) {
    return [...before, last].join('; ');
  }
  return [...before, ...(failed.length === 0 ? ['nothing else was changed'] : [])].join('; ');
}

const UNCHANGED = 'nothing was changed in IAM';

/** Says what was deleted and what is left; fails as long as IAM would refuse to delete the user. */
function conclude(sitting: Sitting, survey: HolderDevices): void {
  const { request, ports, retired, failed } = sitting;
  const { terminal } = ports;
  const deleted = new Set(retired.map(({ deviceArn }) => deviceArn));
  const left =
    survey.ours.filter(({ arn, isAssigned }) => isAssigned && !deleted.has(arn)).length +
    survey.others.length;
  terminal.heading(`${retired.length} retired, ${failed.length} failed`);
  for (const { serial, deviceArn } of retired) {
    terminal.say(`${serial}: ${deviceArn}`);
  }
  terminal.say(
    survey.isUser
      ? `${request.holder} has ${countOf(left, 'MFA device')} left`
      : `IAM has no user ${request.holder}`,
  );
  tellSessions(sitting, survey);
  for (const arn of survey.unmarked) {
    terminal.note(
      `left alone, because mfa-runbook did not create it; to delete it: \`aws iam delete-virtual-mfa-device --serial-number ${arn}\``,
    );
  }
  terminal.event('summary', {
    retired: retired.map(({ deviceArn }) => deviceArn),
    failed: failed.map(({ slot, error }) => ({ slot, code: error.code })),
    devicesLeft: left,
    notOurs: survey.others.map(({ arn }) => arn),
  });
  if (failed.length > 0) {
    throw someFailed(sitting);
  }
  if (request.slot === undefined && survey.others.length > 0) {
    throw othersLeft(sitting, survey.others);
  }
}

/** A device that could sign its holder in may have opened sessions; those of a user who is deleted end. */
function tellSessions(
  { request: { holder }, ports, preamble, retired }: Sitting,
  survey: HolderDevices,
): void {
  const taken = retired.filter(({ deviceArn }) =>
    survey.ours.every(({ arn, isAssigned }) => arn !== deviceArn || isAssigned),
  );
  if (survey.isUser && taken.length > 0) {
    const clock = rightClock(ports.clock, preamble.identity);
    tellOpenSessions(
      { ports: { ...ports, clock }, identity: preamble.identity },
      { holder, serials: taken.map(({ serial }) => serial) },
    );
  }
}

function someFailed({ request, failed }: Sitting): RunbookError {
  const slots = failed.map(({ slot }) => slot).join(', ');
  return new RunbookError('retire/some-failed', `not retired: ${slots} of ${request.holder}`, {
    hints: [
      ...new Set(failed.flatMap(({ error }) => error.hints.slice(0, 1))),
      'then run `{command}` again: it takes only the devices that are left',
    ],
  });
}

function othersLeft({ request: { holder } }: Sitting, others: readonly AssignedDevice[]): RunbookError {
  return new RunbookError(
    'iam/devices-left',
    `${holder} still has ${countOf(others.length, 'MFA device')} not made by mfa-runbook, so IAM refuses to delete the user`,
    {
      hints: [
        ...others.map(
          ({ arn }) => `\`aws iam deactivate-mfa-device --user-name ${holder} --serial-number ${arn}\``,
        ),
        'then run `{command}` again to check',
      ],
      exitCode: 3,
    },
  );
}
