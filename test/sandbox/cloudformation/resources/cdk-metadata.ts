/** AWS::CDK::Metadata: CDK's usage report. It creates nothing. */

import type { ResourceType } from '../resource-type';

export const cdkMetadata: ResourceType = {
  properties: { Analytics: {} },
  attributes: [],
  create: async (_properties, scope) => ({ physicalId: scope.generateName(128), attributes: {} }),
  update: async ({ physicalId }) => ({ physicalId, attributes: {} }),
  delete: async () => undefined,
};
