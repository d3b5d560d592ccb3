/** How large a policy will be once CloudFormation has filled in its references: IAM refuses one that is too large. */

/** As long as the longest account, partition or Region. */
const PSEUDO_PARAMETER = '_'.repeat(14);
/** As long as most ARNs. */
const REFERENCE = '_'.repeat(80);

/**
 * About how many characters a policy will have when it is deployed, without white space, as IAM counts.
 *
 * @param document the policy as it is in the template: resolved, with intrinsics
 */
export function deployedSize(document: unknown): number {
  return JSON.stringify(document ?? {}, (_key, value) => deployedText(value)).length;
}

/** An intrinsic as a text of about its length; anything else as it is. */
function deployedText(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [[key, argument] = ['', undefined], ...more] = Object.entries(value);
  if (more.length > 0) {
    return value;
  }
  if (key === 'Fn::Join') {
    const [separator, parts] = argument as readonly [string, readonly unknown[]];
    return parts.map((part) => String(deployedText(part))).join(separator);
  }
  if (key === 'Ref') {
    return String(argument).startsWith('AWS::') ? PSEUDO_PARAMETER : REFERENCE;
  }
  return key.startsWith('Fn::') ? REFERENCE : value;
}
