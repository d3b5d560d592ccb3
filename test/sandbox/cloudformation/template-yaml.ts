/**
 * Reads YAML templates: CloudFormation's short tags (`!Ref`, `!Sub`, …) become the long form of JSON templates.
 */

import { type Document, isAlias, isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import type { Json } from '../operation';

/** @throws Error with the parser's message, when the text is not YAML */
export function parseYaml(text: string): Json {
  // Unknown tags are warnings of the parser, and the nodes keep them
  const document = parseDocument(text, { logLevel: 'error' });
  const [error] = document.errors;
  if (error) {
    throw new Error(error.message);
  }
  return toJson(document.contents, document);
}

function toJson(node: unknown, document: Document): Json {
  if (isAlias(node)) {
    return toJson(node.resolve(document), document);
  }
  if (isScalar(node)) {
    return withTag(node.tag, toScalar(node.value));
  }
  if (isSeq(node)) {
    return withTag(
      node.tag,
      node.items.map((item) => toJson(item, document)),
    );
  }
  if (isMap(node)) {
    const entries = node.items
      .filter(isPair)
      .map(({ key, value }) => [String(key), toJson(value, document)] as const);
    return withTag(node.tag, Object.fromEntries(entries));
  }
  return null;
}

function toScalar(value: unknown): Json {
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? value : String(value);
}

function withTag(tag: string | undefined, value: Json): Json {
  if (!tag?.startsWith('!')) {
    return value;
  }
  const name = tag.slice(1);
  if (name === 'Ref' || name === 'Condition') {
    return { [name]: value };
  }
  if (name !== 'GetAtt' || typeof value !== 'string') {
    return { [`Fn::${name}`]: value };
  }
  const dot = value.indexOf('.');
  return { 'Fn::GetAtt': [value.slice(0, dot), value.slice(dot + 1)] };
}
