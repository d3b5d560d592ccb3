/** Reads templates from their address in S3, with the permissions of whoever deploys. */

import { AwsError, type OperationContext } from '../operation';
import { validationError } from './validation-error';

/** The longest template that can be read from an address, in bytes. */
const maxTemplateBytes = 1_048_576;

const host = String.raw`s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?`;
const bucket = '(?<bucket>[a-z0-9.-]+)';
const addressForms = [
  new RegExp(`^https://${host}/${bucket}/(?<key>.+)$`),
  new RegExp(`^https://${bucket}\\.${host}/(?<key>.+)$`),
  new RegExp(`^http://127\\.0\\.0\\.1:\\d+/${bucket}/(?<key>.+)$`),
];

/** @throws AwsError ValidationError when the address is not one of S3, and when S3 refuses */
export async function readTemplate(address: string, context: OperationContext): Promise<string> {
  const { bucket, key } = placeOf(address);
  try {
    const { Body } = await context.invoke('s3', 'GetObject', { Bucket: bucket, Key: key });
    const template = Buffer.from(String(Body), 'base64');
    if (template.length <= maxTemplateBytes) {
      return template.toString('utf8');
    }
  } catch (error) {
    if (!(error instanceof AwsError) || error.status >= 500) {
      throw error;
    }
    throw validationError(`S3 error: ${error.message}`);
  }
  throw validationError(`Template may not exceed ${maxTemplateBytes} bytes in size.`);
}

/**
 * `https://s3.REGION.amazonaws.com/BUCKET/KEY`, `https://BUCKET.s3.REGION.amazonaws.com/KEY`, or
 * `http://127.0.0.1:PORT/BUCKET/KEY`: the CDK CLI makes the address from the endpoint it was given.
 */
function placeOf(address: string): { readonly bucket: string; readonly key: string } {
  const { bucket, key } = addressForms.map((form) => form.exec(address)?.groups).find(Boolean) ?? {};
  if (bucket !== undefined && key !== undefined) {
    return { bucket, key: decodeURIComponent(key) };
  }
  throw validationError(`TemplateURL must be a supported URL: ${address} is none of S3.`);
}
