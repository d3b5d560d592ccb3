/**
 * The two condition keys of IAM about MFA. They are spelled in this file only.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
 */
import { type Duration, Tokenization } from 'aws-cdk-lib';

/** The presence of MFA: `true` or `false`, and absent from requests signed with a long-term key. */
export const MFA_PRESENT = 'aws:MultiFactorAuthPresent';

/** The seconds since MFA was given; absent without MFA. */
export const MFA_AGE = 'aws:MultiFactorAuthAge';

/** The longest session that can carry MFA, in seconds: GetSessionToken's maximum. */
const MAX_AGE_SECONDS = 129_600;
const MIN_AGE_SECONDS = 60;

/**
 * Formats a maximum age as the value of `aws:MultiFactorAuthAge`: seconds, as text. A token stays a token.
 *
 * @throws when it is known, and below 1 minute or above 36 hours
 */
export function formatMfaAge(maxAge: Duration): string {
  const seconds = maxAge.toSeconds();
  if (!maxAge.isUnresolved() && (seconds < MIN_AGE_SECONDS || seconds > MAX_AGE_SECONDS)) {
    throw new Error(
      `maxAge is ${maxAge.toHumanString()} (${seconds} s), must be between 1 minute and 36 hours, the longest session that ` +
        'can carry MFA; use Duration.hours(1), or Duration.minutes(5) for the most powerful roles',
    );
  }
  return Tokenization.stringifyNumber(seconds);
}
