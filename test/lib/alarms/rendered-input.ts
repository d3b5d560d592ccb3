/**
 * Renders an input transformer as EventBridge does: what a path finds is filled in as it is, what it does not find is
 * left out, and each quoted line stays a line in quotes, which is how an e-mail shows it.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */

/** As in a template. */
export interface InputTransformer {
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

function valueAt(path: string, event: unknown): string {
  const [root, ...keys] = path.split('.');
  if (root !== '$') {
    throw new Error(`${path} is not a path`);
  }
  const found = keys.reduce<unknown>((value, key) => Object(value)[key], event);
  if (typeof found === 'object' && found !== null) {
    throw new Error(`${path} is not a text`);
  }
  return found === undefined || found === null ? '' : String(found);
}

/** The lines of the message, without their quotes. */
export function renderInput(transformer: InputTransformer, event: unknown): string[] {
  return transformer.InputTemplate.split('\n').map((line) => {
    const text: unknown = JSON.parse(line);
    if (typeof text !== 'string') {
      throw new Error(`${line} is not a quoted line`);
    }
    return text.replace(/<([^<>]*)>/g, (_, name: string) => {
      const path = transformer.InputPathsMap[name];
      if (path === undefined) {
        throw new Error(`<${name}> has no path`);
      }
      return valueAt(path, event);
    });
  });
}
