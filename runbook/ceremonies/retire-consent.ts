/** The consent to a retirement: each device is named first, and a person types whose they are. */
import { deviceKind } from '../../lib/record/devices';
import { isSameUser } from '../../lib/record/names';
import { countOf } from '../../lib/record/text';
import type { Ports } from '../ceremony/ports';
import type { HolderDevices, RetirableDevice } from '../device/survey';
import { RunbookError } from '../runbook-error';

/** Whose devices are retired. */
interface Subject {
  readonly fleet: string;
  readonly holder: string;
}

/** A holder without a device is locked out: --all-devices does that on purpose, a slot never. */
export function refuseLast(
  { holder }: Subject,
  survey: HolderDevices,
  targets: readonly RetirableDevice[],
): void {
  if (takesTheLast(survey, targets)) {
    const serials = targets.map(({ serial }) => serial).join(', ');
    throw new RunbookError(
      'iam/last-device',
      `${serials} is the last MFA device of ${holder}, who would be locked out`,
      {
        hints: [
          `enroll another token of the holder first: \`mfa-runbook enroll ${holder} --slot SLOT{options}\``,
          `or, before the user is deleted: \`mfa-runbook retire ${holder} --all-devices{options}\``,
        ],
        exitCode: 3,
      },
    );
  }
}

/** Tells whether the holder can sign in now, but not without the devices that are retired. */
function takesTheLast({ isUser, ours, others }: HolderDevices, targets: readonly RetirableDevice[]): boolean {
  const left = ours.filter((device) => device.isAssigned && !targets.includes(device));
  return isUser && targets.some(({ isAssigned }) => isAssigned) && others.length + left.length === 0;
}

function fateOf({ arn, isAssigned }: RetirableDevice): string {
  if (!isAssigned) {
    return 'assigned to nobody, to be deleted';
  }
  return deviceKind(arn) === 'virtual' ? 'to be deactivated and deleted' : 'to be deactivated';
}

/** Has a person type the holder's name, unless the command line gave it again; `--yes` does not answer this. */
export async function askConsent(
  { holder, isConfirmed }: Subject & { readonly isConfirmed: boolean },
  { terminal, signal }: Ports,
  { survey, targets }: { readonly survey: HolderDevices; readonly targets: readonly RetirableDevice[] },
): Promise<void> {
  terminal.heading(`retire ${countOf(targets.length, 'device')} of ${holder}`);
  for (const target of targets) {
    terminal.note(`${fateOf(target)}: ${target.arn}`);
  }
  const isLocking = takesTheLast(survey, targets);
  if (isLocking) {
    terminal.note(`after that ${holder} has no MFA device and can no longer sign in`);
  }
  terminal.event('to-retire', { holder, devices: targets.map(({ arn }) => arn), isLocking });
  if (isConfirmed) {
    return;
  }
  const serials = targets.map(({ serial }) => serial).join(', ');
  const question = {
    name: 'consent',
    message: `type the holder's name, ${holder}, to retire ${serials}`,
    check: (answer: string) =>
      isSameUser(answer.trim(), holder)
        ? undefined
        : `"${answer.trim()}" is not ${holder}; press Ctrl-C to leave everything unchanged`,
  };
  await terminal.ask(question, signal);
}

/**
 * Has a person type the fleet's name, because no record vouches for the devices: the stack was deleted, or this is another
 * account or Region. Neither `--yes` nor `--confirm` answers this.
 */
export async function askWithoutRecord(
  { fleet, holder }: Subject,
  { terminal, signal }: Ports,
  targets: readonly RetirableDevice[],
): Promise<void> {
  const commands = targets.flatMap((target) => removalOf(holder, target));
  terminal.note(
    `no record of ${fleet} is deployed in this account and Region: if its stack still exists, stop, and check --fleet, --profile and --region`,
  );
  terminal.note(
    'if it was deleted, the devices are found by their path in IAM; the same by hand, without evidence:',
  );
  for (const command of commands) {
    terminal.command(command);
  }
  terminal.event('no-record', { fleet, holder, commands });
  const question = {
    name: 'no-record',
    message: `type the fleet's name, ${fleet}, to retire devices that no record declares`,
    check: (answer: string) =>
      answer.trim() === fleet
        ? undefined
        : `"${answer.trim()}" is not ${fleet}; press Ctrl-C to leave everything unchanged`,
  };
  await terminal.ask(question, signal);
}

function removalOf(holder: string, { arn, isAssigned }: RetirableDevice): readonly string[] {
  return [
    ...(isAssigned ? [`aws iam deactivate-mfa-device --user-name ${holder} --serial-number ${arn}`] : []),
    ...(deviceKind(arn) === 'virtual' ? [`aws iam delete-virtual-mfa-device --serial-number ${arn}`] : []),
  ];
}

/** There is neither a record nor a device of the fleet: "has no device" would sound like success. */
export function nothingWithoutRecord({ fleet, holder }: Subject): RunbookError {
  return new RunbookError(
    'record/missing',
    `fleet "${fleet}" has no record, and ${holder} has no device at /mfa-guardrails/${fleet}/`,
    {
      hints: [
        'check --fleet, and the account and the Region of your profile',
        `see which devices prevent deleting the user: \`aws iam list-mfa-devices --user-name ${holder}\``,
        `take each out: \`aws iam deactivate-mfa-device --user-name ${holder} --serial-number ARN\`, then \`aws iam delete-virtual-mfa-device --serial-number ARN\``,
      ],
    },
  );
}
