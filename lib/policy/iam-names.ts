/** The names and paths that IAM takes: CloudFormation would find out at deployment, half of the stack made. */
import { Token } from 'aws-cdk-lib';

/** How long IAM's names may be. */
export const NAME_LENGTH = { managedPolicy: 128, group: 128, role: 64 } as const;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
const PATH = /^\/([!-~]+\/)?$/;
const PATH_LENGTH = 512;

/**
 * Refuses a name that IAM would not take. Tokens are not judged, nor is a name left out.
 *
 * @param property what the name is called
 * @param maxLength in characters
 * @throws when it is empty, too long, or holds another character
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function requireIamName(property: string, name: string | undefined, maxLength: number): void {
  if (name === undefined || Token.isUnresolved(name)) {
    return;
  }
  if (name.length > maxLength || !/^[\w+=,.@-]+$/.test(name)) {
    throw new Error(
      `${property} is '${name}', must be 1 to ${maxLength} letters, digits and _+=,.@-; leave it out for a name that ` +
        'CloudFormation generates',
    );
  }
}

/**
 * Refuses a path that IAM would not take. Tokens are not judged, nor is a path left out.
 *
 * @param property what the path is called
 * @throws when it does not begin and end with a slash, is too long, or holds a blank or another character than ASCII's
 */
export function requireIamPath(property: string, path: string | undefined): void {
  if (path === undefined || Token.isUnresolved(path)) {
    return;
  }
  if (path.length > PATH_LENGTH || !PATH.test(path)) {
    throw new Error(
      `${property} is '${path}', must be / or begin and end with a slash, without blanks, at most ${PATH_LENGTH} ` +
        'characters; write a path such as /ops/, or leave it out for /',
    );
  }
}
