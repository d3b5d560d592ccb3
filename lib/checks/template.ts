/** A template as the checks read it, and its resources. */
import type { Resource } from './attachment';

/** The parts of a template that policies are read from. */
export interface Template {
  readonly Parameters?: unknown;
  readonly Mappings?: unknown;
  readonly Resources?: unknown;
  readonly Outputs?: unknown;
  readonly Transform?: unknown;
}

/** Lists the resources of a template. */
export function resourcesOf({ Resources }: Template): readonly Resource[] {
  return Object.entries(Object(Resources)).flatMap(([logicalId, value]) => {
    const { Type: type, Properties: properties } = Object(value);
    return typeof type === 'string' ? [{ logicalId, type, properties: Object(properties) }] : [];
  });
}
