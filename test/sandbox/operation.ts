/**
 * Operations inside the sandbox: functions from a decoded request to a result or an AwsError.
 */

import type { Permission } from './caller';
import type { StoredResources } from './stored-resources';

/** A decoded request or result: plain JSON. In awsQuery services every scalar of a request is a string. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };
export type JsonObject = { readonly [name: string]: Json | undefined };

/** The services that the sandbox has. */
export type ServiceName = 'iam' | 'sts' | 'ssm' | 'cloudformation' | 's3' | 'sns' | 'cloudtrail';

/** An error as AWS returns it. */
export class AwsError extends Error {
  public override readonly name = 'AwsError';

  public constructor(
    public readonly code: string,
    public readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The context that a handler may use in addition to its input. */
export interface OperationContext {
  readonly account: string;
  /** The Region the client called. */
  readonly region: string;
  readonly partition: string;
  readonly requestId: string;
  /** The sandbox's clock, unix milliseconds. */
  now(): number;
  /**
   * Calls another operation with the caller's own credentials and permissions, as CloudFormation does. The
   * input is decoded JSON and may contain numbers and booleans.
   *
   * @throws AwsError
   */
  invoke(service: ServiceName, operation: string, input: JsonObject): Promise<JsonObject>;
  /** @throws AwsError AccessDenied in AWS's wording */
  authorize(permission: Permission): Promise<void>;
  /** Deployed resources of services without an API in the sandbox. */
  readonly stored: StoredResources;
  /**
   * Gives a context in which the service acts as this role.
   *
   * @throws AwsError ValidationError when the role does not trust the service
   */
  actingAs(roleArn: string): OperationContext;
}

/** One operation. */
export type Operation = (input: JsonObject, context: OperationContext) => JsonObject | Promise<JsonObject>;

/** One service: its wire protocol and its operations by name. An unlisted operation is an error. */
export interface Service {
  readonly name: ServiceName;
  readonly protocol: 'awsQuery' | 'awsJson1.1' | 'restXml';
  /** XML namespace of awsQuery answers. */
  readonly xmlNamespace?: string;
  readonly operations: Readonly<Record<string, Operation>>;
}
