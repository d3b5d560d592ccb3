/** The awsJson1.1 protocol: a JSON body, the operation in X-Amz-Target. Pure. */

import { AwsError, type JsonObject } from './operation';

/** @throws AwsError SerializationException when the body is not a JSON object */
export function decodeJson(body: string): JsonObject {
  let value: unknown;
  try {
    value = body === '' ? {} : JSON.parse(body);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AwsError('SerializationException', 400, 'the request body is not a JSON object');
  }
  return value as JsonObject;
}

const targets = [
  'AmazonSSM.',
  'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.',
  'CloudTrail_20131101.',
];

/**
 * Converts `AmazonSSM.GetParameter` to `GetParameter`. Another service's target stays as it is, so it names an
 * operation that does not exist.
 */
export function parseTarget(target: string): string {
  const prefix = targets.find((candidate) => target.startsWith(candidate)) ?? '';
  return target.slice(prefix.length);
}

export function encodeJsonResult(result: JsonObject): string {
  return JSON.stringify(result);
}

export function encodeJsonError(error: AwsError): string {
  return JSON.stringify({ __type: error.code, message: error.message });
}
