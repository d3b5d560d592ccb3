/**
 * Retirement: a holder's devices of ours are taken out of IAM, before their user or the stack is deleted.
 *
 * Rules: what goes is named, and a person types whose it is; one ceremony for each device; what is not ours stays.
 */
import type { SlotToken } from '../../lib/record/record';
import {
  type CeremonyPlan,
  type CeremonyRequest,
  holdCeremony,
  type Preamble,
  readPreamble,
} from '../ceremony/ceremony';
import { performSteps, settleFound } from '../ceremony/effects';
import { explain } from '../ceremony/explain';
import type { Journal } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { World } from '../ceremony/world';
import { type HolderDevices, type RetirableDevice, surveyHolder } from '../device/holder-devices';
import { chosenBefore, type Outgoing } from '../device/remove-device';
import { cancelled, RunbookError } from '../runbook-error';
import { RETIRE_STEPS, type Retiring, TAKE_STEPS } from './retire-steps';
import {
  conclude,
  describeRetired,
  type Retirement,
  type RetireRequest,
  type Sitting,
} from './retire-summary';

/**
 * Retires the device of one slot, or every device of the holder at the fleet's path.
 *
 * @throws RunbookError after the summary, when devices failed, or are left that are not ours
 */
export async function retire(
  request: RetireRequest,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly Retirement[]> {
  const retired: Retirement[] = [];
  try {
    const preamble = await readPreamble(request.fleet, ports);
    const sitting: Sitting = { request, ports, signal, preamble, retired, failed: [] };
    await finishOpen(sitting);
    const survey = await ports.terminal.during('listing the devices', surveyHolder(request, preamble, ports));
    await retireSurveyed(sitting, survey);
    conclude(sitting, survey);
    return retired;
  } catch (error) {
    const reason = signal.aborted && error === signal.reason ? cancelled(error) : error;
    const failure = explain(reason, request);
    throw failure.state === undefined ? failure.withState(describeRetired(retired)) : failure;
  }
}

/** Goes on with a retirement that was cut off; asks nothing, and takes no other device. */
export async function finishRetirement(
  common: CeremonyRequest,
  ports: Ports,
  signal: AbortSignal,
): Promise<Retirement | undefined> {
  return retireOne(common, undefined, ports, signal);
}

/** What was agreed on in an earlier run is finished first. */
async function finishOpen(sitting: Sitting): Promise<void> {
  const { ports, request, preamble } = sitting;
  function isThis({ ceremony, subject: { account, holder, slot } }: Journal): boolean {
    return (
      ceremony === 'retire' &&
      account === preamble.identity.account &&
      holder === request.holder &&
      (request.slot === undefined || request.slot === slot)
    );
  }
  for (const { journal } of await ports.journals.list(request.fleet)) {
    if (journal !== undefined && isThis(journal)) {
      await attempt(sitting, journal.subject.slot, undefined);
    }
  }
}

async function retireSurveyed(sitting: Sitting, survey: HolderDevices): Promise<void> {
  const { request, retired, ports } = sitting;
  const done = new Set(retired.map(({ deviceArn }) => deviceArn));
  const targets = survey.ours.filter(
    ({ arn, slot }) => !done.has(arn) && (request.slot === undefined || request.slot === slot),
  );
  if (targets.length === 0) {
    if (request.slot !== undefined && retired.length === 0 && sitting.failed.length === 0) {
      throw notEnrolled(request, survey);
    }
    if (retired.length === 0) {
      ports.terminal.say(`${request.holder} has no device of ${request.fleet}`);
    }
    return;
  }
  if (request.slot !== undefined) {
    refuseLast(request, survey, targets);
  }
  await askConsent(sitting, survey, targets);
  for (const target of targets) {
    sitting.signal.throwIfAborted();
    await attempt(sitting, target.slot, target);
  }
}

function notEnrolled({ holder, slot, fleet }: RetireRequest, { ours }: HolderDevices): RunbookError {
  return new RunbookError('iam/not-enrolled', `${slot ?? ''} of ${holder} has no device of ${fleet} in IAM`, {
    hints: [
      ours.length === 0
        ? `${holder} has no device at /mfa-guardrails/${fleet}/: nothing of ours keeps the user from being deleted`
        : `slots that have one: ${ours.map((device) => `${device.slot} (${device.serial})`).join(', ')}`,
    ],
  });
}

/** A holder without a device is locked out: that is said by --all-devices, and not by a slot. */
function refuseLast(
  { holder }: RetireRequest,
  survey: HolderDevices,
  targets: readonly RetirableDevice[],
): void {
  if (!takesTheLast(survey, targets)) {
    return;
  }
  throw new RunbookError(
    'iam/last-device',
    `${targets.map(({ serial }) => serial).join(', ')} is the last MFA device of ${holder}, who would be locked out`,
    {
      hints: [
        `enrol another token of the holder first: \`mfa-runbook enroll ${holder} --slot SLOT{options}\``,
        `or, before the user is deleted: \`mfa-runbook retire ${holder} --all-devices{options}\``,
      ],
      exitCode: 3,
    },
  );
}

/** The holder can sign in now, and not without the devices that go. */
function takesTheLast(survey: HolderDevices, targets: readonly RetirableDevice[]): boolean {
  return (
    survey.isUser && targets.some(({ isAssigned }) => isAssigned) && devicesBeside(survey, targets) === 0
  );
}

function devicesBeside({ ours, others }: HolderDevices, targets: readonly RetirableDevice[]): number {
  return others.length + ours.filter((device) => device.isAssigned && !targets.includes(device)).length;
}

/** A person names the holder: `--yes` does not. */
async function askConsent(
  { request: { holder, isConfirmed }, ports, signal }: Sitting,
  survey: HolderDevices,
  targets: readonly RetirableDevice[],
): Promise<void> {
  ports.terminal.heading(
    `retire ${targets.length} ${targets.length === 1 ? 'device' : 'devices'} of ${holder}`,
  );
  for (const { arn, isAssigned } of targets) {
    ports.terminal.note(
      `${isAssigned ? 'to be deactivated and deleted' : 'assigned to nobody, to be deleted'}: ${arn}`,
    );
  }
  const isLocking = takesTheLast(survey, targets);
  if (isLocking) {
    ports.terminal.note(`${holder} has no MFA device after that, and cannot sign in any more`);
  }
  ports.terminal.event('to-retire', { holder, devices: targets.map(({ arn }) => arn), isLocking });
  if (isConfirmed) {
    return;
  }
  const question = {
    name: 'consent',
    message: `type the holder's name, ${holder}, to have ${targets.map(({ serial }) => serial).join(', ')} retired`,
    check: (answer: string) =>
      answer.trim() === holder
        ? undefined
        : `"${answer.trim()}" is not ${holder}; Ctrl-C leaves all as it is`,
  };
  await ports.terminal.ask(question, signal);
}

/** One ceremony; of several, one that fails does not stop the others. */
async function attempt(sitting: Sitting, slot: string, target: RetirableDevice | undefined): Promise<void> {
  const { request, ports, signal, preamble, retired, failed } = sitting;
  const { fleet, holder, command, options } = request;
  const common = { fleet, holder, slot, reader: undefined, witness: undefined, command, options };
  try {
    const retirement = await retireOne(common, target, ports, signal, preamble);
    if (retirement !== undefined) {
      retired.push(retirement);
    }
  } catch (error) {
    const failure = explain(error, request);
    if (request.slot !== undefined || failure.code === 'cancelled') {
      throw failure;
    }
    failed.push({ slot, error: failure });
    ports.terminal.note(`not retired: ${slot} of ${holder}: ${failure.message}`);
    ports.terminal.event('not-retired', { holder, slot, code: failure.code });
  }
}

async function retireOne(
  request: CeremonyRequest,
  target: RetirableDevice | undefined,
  ports: Ports,
  signal: AbortSignal,
  preamble?: Preamble,
): Promise<Retirement | undefined> {
  const world = new World();
  const goes: { outgoing: Outgoing | undefined } = { outgoing: undefined };
  world.describeAs(() => goes.outgoing?.describe() ?? 'nothing was changed in IAM');
  return holdCeremony(planOf(request, target, goes), world, ports, signal, preamble);
}

function planOf(
  request: CeremonyRequest,
  target: RetirableDevice | undefined,
  goes: { outgoing: Outgoing | undefined },
): CeremonyPlan<CeremonyRequest, Retirement | undefined> {
  return {
    kind: 'retire',
    request,
    facts: {},
    // Whatever the record declares: one retires what it no longer does.
    declared: ({ deployed }) => declaredOr(deployed.record.holders, request, target?.serial ?? ''),
    perform: async (ceremony) => {
      const { deployed, progress } = ceremony;
      goes.outgoing = chosenBefore(ceremony);
      const context: Retiring = {
        ceremony,
        target,
        current: deployed,
        get outgoing() {
          return goes.outgoing;
        },
        set outgoing(outgoing) {
          goes.outgoing = outgoing;
        },
      };
      await settleFound(RETIRE_STEPS, context, progress);
      await performSteps(TAKE_STEPS, context, progress);
      const { outgoing } = goes;
      // The earlier run had not begun with anything.
      if (outgoing === undefined) {
        return undefined;
      }
      await performSteps(RETIRE_STEPS, context, progress);
      return { slot: request.slot, serial: outgoing.serial, deviceArn: outgoing.arn };
    },
    undo: async () => undefined,
    isOpen: () => goes.outgoing?.isTouched === true,
  };
}

function declaredOr(
  holders: Preamble['deployed']['record']['holders'],
  { holder, slot }: CeremonyRequest,
  serial: string,
): SlotToken {
  const declared = holders.find(({ name }) => name === holder)?.tokens.find((token) => token.slot === slot);
  return declared ?? { slot, serial, type: 'programmable' };
}
