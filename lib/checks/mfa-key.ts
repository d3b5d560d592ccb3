/** The condition keys about MFA, as written and as meant. */
import { MFA_AGE, MFA_PRESENT } from '../policy/mfa-keys';
import { nearestWord } from '../record/nearest-word';

/** In lower case, as a condition's `keyName`, because IAM ignores the case of keys. */
export const PRESENT_NAME = MFA_PRESENT.toLowerCase();
export const AGE_NAME = MFA_AGE.toLowerCase();

/**
 * Returns the MFA key that a key was meant to be, in lower case: itself, or the one that a misspelled key names or is near.
 * A misspelled key is a finding of its own; the rules judge the rest of its statement as if it were right.
 *
 * @param keyName in lower case
 */
export function meantMfaKey(keyName: string): string | undefined {
  if (keyName === PRESENT_NAME || keyName === AGE_NAME) {
    return keyName;
  }
  const nearest = nearestWord(keyName, [PRESENT_NAME, AGE_NAME]);
  if (nearest === undefined && /^((aws|iam|sts):)?(multi-?factor|mfa)/.test(keyName)) {
    return keyName.includes('age') ? AGE_NAME : PRESENT_NAME;
  }
  return nearest;
}
