/**
 * Reads and checks the templates of nested stacks when a change set of the root is created, so that a template that
 * cannot be deployed is refused before anything changes. Templates nested deeper are checked when they are
 * deployed. AWS also creates a change set for each nested stack; here, the root's change set shows only which
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

/** Nothing exists yet: an address that depends on more than parameters is read later. */
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
