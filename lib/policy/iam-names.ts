/** The names and paths that IAM accepts: CloudFormation would fail only at deployment, with half of the stack created. */
import { Token } from 'aws-cdk-lib';

/** The longest names that IAM accepts, in characters. */
export const NAME_LENGTH = { managedPolicy: 128, group: 128, role: 64 } as const;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
const PATH = /^\/([!-~]+\/)?$/;
const PATH_LENGTH = 512;

/**
 * Refuses a name that IAM does not accept. Tokens are not judged, nor is a name that was left out.
 *
 * @param property the name of the property
 * @param maxLength in characters
 * @throws when it is empty, too long, or contains another character
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
 * Refuses a path that IAM does not accept. Tokens are not judged, nor is a path that was left out.
 *
 * @param property the name of the property
 * @throws when it does not begin and end with a slash, is too long, or contains a blank or a character outside ASCII
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
