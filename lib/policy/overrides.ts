/** Overrides that are refused: CDK merges them into the template after all checks. */
import type { CfnResource } from 'aws-cdk-lib';

/**
 * Makes every override of some properties of a resource an error where it is written.
 *
 * @param resource its `addPropertyOverride` and the two deletions come through `addOverride`
 * @param properties their names in the template
 * @param refusal the error, given the path of the override
 */
export function refuseOverrides(
  resource: CfnResource,
  properties: readonly string[],
  refusal: (path: string) => string,
): void {
  const addOverride = resource.addOverride.bind(resource);
  resource.addOverride = (path: string, value: unknown): void => {
    if (reaches(properties, path, value)) {
      throw new Error(refusal(path));
    }
    addOverride(path, value);
  };
}

function reaches(properties: readonly string[], path: string, value: unknown): boolean {
  const [section, property] = path.split('.');
  if (section !== 'Properties') {
    return false;
  }
  if (property !== undefined) {
    return properties.includes(property);
  }
  return typeof value !== 'object' || value === null || properties.some((name) => name in value);
}
