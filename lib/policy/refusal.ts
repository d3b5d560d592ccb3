/**
 * Errors of constructs name their path: an app may have a hundred policies, and a stack trace shows a line of code, not the
 * construct. CDK's own error class for that is internal, so this is its wording for problems at synthesis: `[path] message`.
 */
import type { IConstruct } from 'constructs';

/** Returns the path of a construct that is still to be made. */
export function pathOf(scope: IConstruct, id: string): string {
  return scope.node.path === '' ? id : `${scope.node.path}/${id}`;
}

/**
 * Runs the checks of a construct, whose errors do not know where it is.
 *
 * @throws what the checks throw, with the path in the message; around each other, the outer path alone
 */
export function refuseAt<Value>(path: string, check: () => Value): Value {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof Error)) {
      throw error;
    }
    throw new LocatedError(path, error instanceof LocatedError ? error.reason : error.message);
  }
}

/** An error that names the path of its construct. */
class LocatedError extends Error {
  public constructor(
    path: string,
    public readonly reason: string,
  ) {
    super(`[${path}] ${reason}`);
  }
}
