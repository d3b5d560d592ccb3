/**
 * The parts of the guardrails that somebody may change in IAM: roles, policies and groups. Events name them by the names
 * that CloudFormation generates, `{stack}-{logical ID}-{random}`, cut where that is too long; no template knows them.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
 */
import { isSameUser } from '../record/names';

/** CloudFormation cuts stack and logical ID evenly, and leaves at least this many characters of each. */
export const LEAST_KEPT = 20;

/** A role, a policy or a group. */
export interface GuardrailPart {
  /** The name of its stack; with a hyphen at the end for any stack whose name begins that way. */
  readonly stack: string;
  readonly logicalId: string;
  /** The name that the template gives it; empty if CloudFormation generates one. */
  readonly name: string;
}

/** Formats parts as text, for the environment of the function: none of the three has a slash or a comma. */
export function formatParts(parts: readonly GuardrailPart[]): string {
  return parts.map(({ stack, logicalId, name }) => `${stack}/${logicalId}/${name}`).join(',');
}

/** Parses what formatParts made. */
export function parseParts(text: string): readonly GuardrailPart[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [stack = '', logicalId = '', name = ''] = part.split('/');
      return { stack, logicalId, name };
    });
}

/** Finds the part that has a name. IAM ignores the case of names. */
export function partNamed(name: string, parts: readonly GuardrailPart[]): GuardrailPart | undefined {
  const [, head = '', middle = ''] = /^(.+)-([^-]+)-[^-]+$/.exec(name.toLowerCase()) ?? [];
  return parts.find((part) =>
    part.name === ''
      ? isStack(head, part.stack.toLowerCase()) && isBeginning(middle, part.logicalId.toLowerCase())
      : isSameUser(part.name, name),
  );
}

function isStack(head: string, stack: string): boolean {
  return stack.endsWith('-') ? head.startsWith(stack.slice(0, LEAST_KEPT)) : isBeginning(head, stack);
}

/** Tells whether a text is another, or what CloudFormation left of it. */
function isBeginning(text: string, whole: string): boolean {
  return text === whole || (text.length >= LEAST_KEPT && whole.startsWith(text));
}
