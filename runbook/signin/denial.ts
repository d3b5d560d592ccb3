/**
 * Tells apart the reasons for which STS denies a call that carries a code. The code of the error is the same for all, so
 * this is the one place that looks at AWS's texts; a text that it does not know stays in doubt, and nothing is concluded.
 */
import type { AwsFault } from '../aws/aws';

/** `code`: it is wrong or used. `role`: the caller may not assume it. `unknown`: one of the two, or the device is not known. */
export function whyDenied({ message }: AwsFault): 'code' | 'role' | 'unknown' {
  if (/invalid MFA one time pass ?code/i.test(message)) {
    return 'code';
  }
  return /is not authorized to perform: sts:AssumeRole\b/i.test(message) ? 'role' : 'unknown';
}
