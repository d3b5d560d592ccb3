/** The ids that AWS gives to accounts, Regions and the parts of an organization, and lists of them. */
import { Token } from 'aws-cdk-lib';

/** The id of an account, such as `111122223333`. */
export const ACCOUNT_ID = /^\d{12}$/;

/** The one pattern for the name of a Region, in any partition: `eu-central-1`, `us-gov-west-1`, `eusc-de-east-1`. */
export const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;

/**
 * The id of an organizational unit, such as `ou-ab12-34cd56ef`, or of an organization's root, such as `r-ab12`.
 *
 * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html
 */
export const UNIT_OR_ROOT_ID = /^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$/;

/** Tells whether a list, or a part of it, is known only at deployment: CDK shows it as a list of one marker text. */
export function isListToken(values: readonly string[]): boolean {
  return values.some((value) => Token.isUnresolved([value]));
}

/**
 * Refuses a list that names something twice. Tokens are not judged.
 *
 * @param property the name of the property
 * @throws for the first value that occurs twice
 */
export function requireOnce(property: string, values: readonly string[]): void {
  const twice = values.find((value, index) => !Token.isUnresolved(value) && values.indexOf(value) !== index);
  if (twice !== undefined) {
    throw new Error(`${property} names '${twice}' twice, must name each once; remove one`);
  }
}
