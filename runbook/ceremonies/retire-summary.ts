/** What was asked of a retirement of one or more devices, what came of it, and how that is said. */
import type { AssignedDevice } from '../aws/aws';
import type { Preamble } from '../ceremony/ceremony';
import type { Ports } from '../ceremony/ports';
import type { HolderDevices } from '../device/holder-devices';
import { RunbookError } from '../runbook-error';

/** Whose devices to retire. */
export interface RetireRequest {
  readonly fleet: string;
  readonly holder: string;
  /** One slot; without it everything. */
  readonly slot: string | undefined;
  /** The holder's name was given on the command line already. */
  readonly isConfirmed: boolean;
  /** The command line, for hints. */
  readonly command: string;
  /** The common options as they were given, for hints that name another command. */
  readonly options: string;
}

/** A device that is gone. */
export interface Retirement {
  readonly slot: string;
  readonly serial: string;
  readonly deviceArn: string;
}

/** What is known during one command. */
export interface Sitting {
  readonly request: RetireRequest;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  readonly preamble: Preamble;
  readonly retired: Retirement[];
  readonly failed: { readonly slot: string; readonly error: RunbookError }[];
}

/** One clause for the `state:` line. */
export function describeRetired(retired: readonly Retirement[]): string {
  return retired.length === 0
    ? 'nothing was changed in IAM'
    : `retired with evidence: ${retired.map(({ deviceArn }) => deviceArn).join(', ')}; nothing else was changed`;
}

/** Says what is gone and what is left; refuses to call it done while IAM will refuse to delete the user. */
export function conclude(sitting: Sitting, survey: HolderDevices): void {
  const { request, ports, retired, failed } = sitting;
  const { terminal } = ports;
  const gone = new Set(retired.map(({ deviceArn }) => deviceArn));
  const left =
    survey.ours.filter(({ arn, isAssigned }) => isAssigned && !gone.has(arn)).length + survey.others.length;
  terminal.heading(`${retired.length} retired, ${failed.length} failed`);
  for (const { serial, deviceArn } of retired) {
    terminal.say(`${serial}: ${deviceArn}`);
  }
  terminal.say(
    survey.isUser
      ? `${request.holder} has ${left} MFA ${left === 1 ? 'device' : 'devices'} left`
      : `IAM has no user ${request.holder}`,
  );
  for (const arn of survey.unmarked) {
    terminal.note(
      `left alone, because mfa-runbook did not make it: \`aws iam delete-virtual-mfa-device --serial-number ${arn}\``,
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
    throw othersLeft(request, retired, survey.others);
  }
}

function someFailed({ request, failed, retired }: Sitting): RunbookError {
  const slots = failed.map(({ slot }) => slot).join(', ');
  return new RunbookError('retire/some-failed', `not retired: ${slots} of ${request.holder}`, {
    hints: [
      ...new Set(failed.flatMap(({ error }) => error.hints.slice(0, 1))),
      `then run \`${request.command}\` again: it takes only what is left`,
    ],
    state: [
      describeRetired(retired),
      ...failed.map(({ slot, error }) => `${slot}: ${error.state ?? error.message}`),
    ].join('; '),
  });
}

function othersLeft(
  { holder, command }: RetireRequest,
  retired: readonly Retirement[],
  others: readonly AssignedDevice[],
): RunbookError {
  return new RunbookError(
    'iam/devices-left',
    others.length === 1
      ? `${holder} still has an MFA device that is not ours; IAM does not delete the user while it is there`
      : `${holder} still has ${others.length} MFA devices that are not ours; IAM does not delete the user while they are there`,
    {
      hints: [
        ...others.map(
          ({ arn }) => `\`aws iam deactivate-mfa-device --user-name ${holder} --serial-number ${arn}\``,
        ),
        `when they are gone, \`${command}\` says so`,
      ],
      state: describeRetired(retired),
      exitCode: 3,
    },
  );
}
