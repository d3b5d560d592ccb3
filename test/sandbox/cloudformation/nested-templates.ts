/**
 * The templates of nested stacks are read and checked when a change set of the root is made, so that what
 * cannot be deployed is refused before anything changes. Those below them are checked when they are
 * deployed. The change sets that AWS makes of each nested stack are not modelled: the root's says which
 * nested stacks change, not what changes in them.
 */

import type { OperationContext } from '../operation';
import type { DesiredState, ResourceLookup } from './desired-state';
import { knownAfterApply } from './expressions';
import { toText } from './json';
import { refuseUnknownTypes } from './resource-types';
import { nestedStackType } from './resources/cloudformation-stack';
import { parseTemplate } from './template';
import { readTemplate } from './template-url';

/** Nothing exists yet: a template's address comes from parameters alone, or is looked at later. */
const nothing: ResourceLookup = { ref: () => knownAfterApply, attribute: () => knownAfterApply };

/** @throws AwsError ValidationError */
export async function checkNestedTemplates(desired: DesiredState, context: OperationContext): Promise<void> {
  for (const resource of desired.resources) {
    if (resource.declaration.type !== nestedStackType) {
      continue;
    }
    const address = toText(desired.propertiesOf(resource, nothing).TemplateURL);
    if (address === undefined || address.includes(knownAfterApply)) {
      continue;
    }
    refuseUnknownTypes(parseTemplate(await readTemplate(address, context)));
  }
}
