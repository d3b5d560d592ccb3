/** The awsQuery protocol: form-encoded requests, XML responses. Pure, and independent of operations. */

import type { AwsError, Json, JsonObject } from './operation';
import { encodeMembers, escapeXml } from './xml';

/** A request as received: every scalar is a string. */
interface QueryRequest {
  readonly action: string;
  readonly version: string;
  readonly input: JsonObject;
}

/**
 * Decodes `Action=…&Version=…&Tags.member.1.Key=…`: numbered members become a list, `entry.N.key`/`value` a
 * map, other dots nested structures.
 */
export function decodeQuery(body: string): QueryRequest {
  const root: Branch = new Map();
  let action = '';
  let version = '';
  for (const [name, value] of new URLSearchParams(body)) {
    if (name === 'Action') {
      action = value;
    } else if (name === 'Version') {
      version = value;
    } else {
      place(root, name.split('.'), value);
    }
  }
  return { action, version, input: toStructure(root) };
}

/**
 * Operations whose result is a structure without members. The `aws` command needs the empty element.
 */
const emptyResults = new Set(['DeleteChangeSet', 'ExecuteChangeSet']);

/** `<XResponse><XResult>…</XResult><ResponseMetadata>…</ResponseMetadata></XResponse>` */
export function encodeQueryResult(
  operation: string,
  result: JsonObject,
  requestId: string,
  xmlNamespace: string,
): string {
  const content = encodeMembers(result);
  // Operations without a result return only metadata, and the SDK's generated deserializers expect that.
  const resultElement =
    content === '' && !emptyResults.has(operation)
      ? ''
      : `<${operation}Result>${content}</${operation}Result>`;
  return (
    `<${operation}Response xmlns="${escapeXml(xmlNamespace)}">${resultElement}` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`
  );
}

/** The error envelope; 4xx is the sender's fault, 5xx the receiver's. */
export function encodeQueryError(error: AwsError, requestId: string, xmlNamespace: string): string {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  return (
    `<ErrorResponse xmlns="${escapeXml(xmlNamespace)}"><Error><Type>${type}</Type><Code>${escapeXml(error.code)}</Code>` +
    `<Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
  );
}

type Branch = Map<string, Branch | string>;

function place(branch: Branch, path: readonly string[], value: string): void {
  const [head = '', ...rest] = path;
  if (rest.length === 0) {
    branch.set(head, value);
    return;
  }
  const known = branch.get(head);
  const next: Branch = known instanceof Map ? known : new Map();
  branch.set(head, next);
  place(next, rest, value);
}

function toStructure(branch: Branch): JsonObject {
  // fromEntries defines own properties, so a parameter called __proto__ stays a plain unknown parameter
  return Object.fromEntries([...branch].map(([name, child]) => [name, toJson(child)]));
}

function toJson(child: Branch | string): Json {
  if (typeof child === 'string') {
    return child;
  }
  const members = child.get('member');
  if (child.size === 1 && members instanceof Map) {
    return inOrder(members).map(toJson);
  }
  const entries = child.get('entry');
  if (child.size === 1 && entries instanceof Map) {
    return toMap(inOrder(entries));
  }
  return toStructure(child);
}

function toMap(entries: readonly (Branch | string)[]): JsonObject {
  return Object.fromEntries(
    entries.map((entry) => {
      const key = entry instanceof Map ? entry.get('key') : undefined;
      const value = entry instanceof Map ? entry.get('value') : undefined;
      return [typeof key === 'string' ? key : '', toJson(value ?? '')];
    }),
  );
}

function inOrder(members: Branch): (Branch | string)[] {
  return [...members].sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);
}
