/** What goes wrong when a session is opened, in words for the person whose session it is. */

import { AwsFault } from '../aws/aws';
import { isBadCredentials } from '../aws/faults';
import { explain } from '../ceremony/explain';
import { RunbookError } from '../runbook-error';
import { deviceLabel } from './own-device';
import { PrivateFileError } from './private-files';

/** Any error as a RunbookError: what `explain` tells operators is told here to people with keys of their own. */
export function explainSession(error: unknown, command: string): RunbookError {
  if (error instanceof PrivateFileError) {
    return unsafeFile(error, command);
  }
  if (!(error instanceof AwsFault)) {
    return explain(error, { command });
  }
  if (error.code === 'no-credentials' || error.code === 'no-profile') {
    return new RunbookError('aws/no-credentials', `no AWS credentials: ${error.message}`, {
      hints: [
        `pass --profile with the profile that holds your long-term access key, then run \`${command}\` again`,
      ],
      cause: error,
    });
  }
  if (isBadCredentials(error)) {
    return new RunbookError('aws/bad-credentials', `AWS refuses your access key (${error.code})`, {
      hints: [
        'it may be deleted, inactive or mistyped; of a session, it may have ended: name the profile of your long-term key with --profile',
      ],
      cause: error,
    });
  }
  return explain(error, { command });
}

function unsafeFile(error: PrivateFileError, command: string): RunbookError {
  return new RunbookError('session/unsafe-file', `${error.path} is not used: ${error.finding}`, {
    hints: [
      `nobody but you should own and read it: look who wrote it, \`rm ${error.path}\`, then run \`${command}\` again`,
    ],
    cause: error,
  });
}

/** GetSessionToken takes long-term keys only. */
export function temporaryCaller(accessKeyId: string): RunbookError {
  return new RunbookError(
    'session/temporary-caller',
    `${accessKeyId} belongs to a session, and AWS opens sessions for long-term access keys only`,
    {
      hints: [
        'pass --profile with the profile that holds your long-term access key (AKIA…)',
        'from a session a role can be assumed: `mfa-runbook assume ROLE_ARN`',
      ],
    },
  );
}

/** There is nobody to type a code. */
export function nobodyToAsk(command: string): RunbookError {
  return new RunbookError(
    'session/no-terminal',
    'no session is cached, and there is no terminal to ask for a code',
    {
      hints: [`run \`${command}\` in a terminal first; then this works until that session ends`],
    },
  );
}

/** The device is not the caller's. */
export function foreignDevice(deviceArn: string, callerArn: string): RunbookError {
  return new RunbookError('session/no-device', `${deviceArn} is not assigned to ${callerArn}`, {
    hints: ['pass --device with one of your own: `aws iam list-mfa-devices` lists them'],
  });
}

/** Code after code was refused. */
export function wrongCodes(deviceArn: string, tries: number, cause: unknown): RunbookError {
  return new RunbookError('session/wrong-code', `AWS refused ${tries} codes of ${deviceLabel(deviceArn)}`, {
    hints: [
      'is it the right token? its serial stands on its back; `mfa-runbook token info` reads it',
      'an operator can test it with `mfa-runbook prove` and correct its clock with `mfa-runbook resync`',
    ],
    cause,
  });
}

/** The code was right, the role was not. */
export function roleRefused(roleArn: string, callerArn: string, cause: unknown): RunbookError {
  return new RunbookError('session/role-refused', `${callerArn} may not assume ${roleArn}`, {
    hints: [
      `the role's trust must name you (or your account, and then a policy of yours must allow sts:AssumeRole on ${roleArn})`,
      'its trust may also ask for an external ID (--external-id), a session name (--session-name), or MFA no older than it says',
    ],
    cause,
  });
}

/** AWS took everything but the length. */
export function tooLongForRole(roleArn: string, duration: string, cause: AwsFault): RunbookError {
  return new RunbookError(
    'session/duration',
    `AWS refuses a session of ${duration} for ${roleArn} (${cause.code})`,
    {
      hints: [
        `the maximum of the role is lower: \`aws iam get-role --role-name ${roleArn.slice(roleArn.lastIndexOf('/') + 1)} --query Role.MaxSessionDuration\``,
        'every role allows --duration 1h',
      ],
      cause,
    },
  );
}

/** A role of another partition can never be assumed. */
export function otherPartition(roleArn: string, partition: string): RunbookError {
  return new RunbookError('usage', `${roleArn} is in another partition than you (${partition})`, {
    hints: ['roles are assumed within a partition only: use a profile of that partition'],
    exitCode: 2,
  });
}
