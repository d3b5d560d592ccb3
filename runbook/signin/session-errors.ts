/** Failures of opening a session, in words for the person whose session it is. */
import { countOf } from '../../lib/record/text';
import { AwsFault } from '../aws/aws';
import { isBadCredentials } from '../aws/faults';
import type { RoleRequest } from '../aws/session-issuer';
import { explain } from '../ceremony/explain';
import { UnsafeFileError } from '../files/files';
import { RunbookError } from '../runbook-error';
import type { CommandLine } from '../terminal/command-line';
import { deviceLabel } from './own-device';
import { PrivateFileError } from './private-files';

/** Turns any error into a RunbookError. `explain` speaks to operators; people with keys of their own need other hints. */
export function explainSession(error: unknown, line: CommandLine): RunbookError {
  return explain(ownError(error) ?? error, line);
}

function ownError(error: unknown): RunbookError | undefined {
  if (error instanceof PrivateFileError || error instanceof UnsafeFileError) {
    return new RunbookError('session/unsafe-file', `${error.path} is not used: ${error.finding}`, {
      hints: [
        error.kind === 'folder'
          ? `only you should be able to write to it: \`chmod go-w ${error.path}\`, then run \`{command}\` again`
          : `it must be a file that only you own and read: find out who made it, \`rm ${error.path}\`, then run \`{command}\` again`,
      ],
      cause: error,
    });
  }
  // A cause that was found in the profile says more.
  if (!(error instanceof AwsFault) || error.cause instanceof RunbookError) {
    return undefined;
  }
  if (error.code === 'no-credentials' || error.code === 'no-profile') {
    return new RunbookError('aws/no-credentials', `no AWS credentials: ${error.message}`, {
      hints: [
        'name the profile that holds your long-term access key: `{command with --profile NAME}`',
        WITHOUT_KEY,
      ],
      cause: error,
    });
  }
  if (isBadCredentials(error)) {
    return new RunbookError('aws/bad-credentials', `AWS rejected your access key (${error.code})`, {
      hints: [
        'it may be deleted, inactive or mistyped, or its session may have ended',
        'name the profile of your long-term key: `{command with --profile NAME}`',
      ],
      cause: error,
    });
  }
  return undefined;
}

/** The way of people who sign in to the console and have no access key, such as break-glass users. */
const WITHOUT_KEY =
  'without an access key: `aws login` (AWS CLI 2.32 or later) signs in by the browser with your token, then `mfa-runbook assume ROLE_ARN --profile NAME` opens a role';

/** Says how many codes are used up, for the `state:` line. */
export function codesSent(count: number): string {
  return count === 0
    ? 'no code was sent'
    : `${countOf(count, 'code was sent and is', 'codes were sent and are')} used up`;
}

/** GetSessionToken accepts long-term keys only. */
export function temporaryCaller(accessKeyId: string): RunbookError {
  return new RunbookError(
    'session/temporary-caller',
    `${accessKeyId} belongs to a session, and AWS opens sessions for long-term access keys only`,
    {
      hints: ['pass --profile with the profile that holds your long-term access key (AKIA…)', WITHOUT_KEY],
    },
  );
}

/** A code is needed, and nobody is there to type it. */
export function nobodyToAsk(openLine: CommandLine): RunbookError {
  return new RunbookError(
    'session/no-terminal',
    'no session is cached, and there is no terminal to ask for a code',
    { hints: [`run \`${openLine}\` in a terminal first; then this works until that session ends`] },
  );
}

/** The device belongs to another user. */
export function foreignDevice(deviceArn: string, callerArn: string): RunbookError {
  return new RunbookError('session/no-device', `${deviceArn} is not assigned to ${callerArn}`, {
    hints: ['pass --device with one of your own: `aws iam list-mfa-devices` lists them'],
  });
}

/** AWS rejected every code. */
export function wrongCodes(deviceArn: string, tries: number, cause: unknown): RunbookError {
  return new RunbookError('session/wrong-code', `AWS rejected ${tries} codes of ${deviceLabel(deviceArn)}`, {
    hints: [
      'check that this is the right token (the serial is printed on the back); `mfa-runbook token info` reads it',
      'an operator can test it with `mfa-runbook prove` and correct its clock with `mfa-runbook resync`',
    ],
    cause,
  });
}

/** The code was right, but the caller may not assume the role. */
export function roleRefused(
  { roleArn, mfa }: Pick<RoleRequest, 'roleArn' | 'mfa'>,
  callerArn: string,
  cause: unknown,
): RunbookError {
  return new RunbookError('session/role-refused', `${callerArn} may not assume ${roleArn}`, {
    hints: [
      `the trust policy of the role must name you (or your account, and then one of your policies must allow sts:AssumeRole on ${roleArn})`,
      'it may also require an external ID (--external-id), a session name (--session-name), or MFA no older than it says',
      ...(mfa === undefined
        ? ['no code was sent: a profile for a role that requires MFA has an mfa_serial']
        : []),
    ],
    cause,
  });
}

/** AWS accepted everything except the duration. */
export function tooLongForRole(roleArn: string, duration: string, cause: AwsFault): RunbookError {
  const name = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  return new RunbookError(
    'session/duration',
    `AWS rejected a session of ${duration} for ${roleArn} (${cause.code})`,
    {
      hints: [
        `the maximum of the role is lower: \`aws iam get-role --role-name ${name} --query Role.MaxSessionDuration\``,
        'every role allows --duration 1h',
      ],
      cause,
    },
  );
}

/** A role of another partition can never be assumed. */
export function otherPartition(roleArn: string, partition: string): RunbookError {
  return new RunbookError('usage', `${roleArn} is not in your partition (${partition})`, {
    hints: ['use a profile of the partition of the role: roles are assumed within one partition only'],
    exitCode: 2,
  });
}
