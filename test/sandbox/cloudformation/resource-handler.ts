/**
 * Runs the handlers of a resource type with the caller's permissions, and words their failures as
 * CloudFormation does.
 */

import { AwsError, type JsonObject, type OperationContext, type ServiceName } from '../operation';
import { generateName } from './physical-name';
import type { ResourceScope } from './resource-type';
import type { Stack } from './stack';

const serviceTitles: Readonly<Record<ServiceName, string>> = {
  iam: 'Iam',
  sts: 'Sts',
  ssm: 'Ssm',
  cloudformation: 'CloudFormation',
  s3: 'S3',
  sns: 'Sns',
  cloudtrail: 'CloudTrail',
};

/** HandlerErrorCode by the service's own error code. */
const handlerErrorCodes: Readonly<Record<string, string>> = {
  AccessDenied: 'AccessDenied',
  AccessDeniedException: 'AccessDenied',
  AlreadyExists: 'AlreadyExists',
  DeleteConflict: 'ResourceConflict',
  EntityAlreadyExists: 'AlreadyExists',
  InternalFailure: 'ServiceInternalError',
  InternalServerError: 'ServiceInternalError',
  InvalidInput: 'InvalidRequest',
  LimitExceeded: 'ServiceLimitExceeded',
  MalformedPolicyDocument: 'InvalidRequest',
  NoSuchEntity: 'NotFound',
  NotFound: 'NotFound',
  ParameterAlreadyExists: 'AlreadyExists',
  ParameterLimitExceeded: 'ServiceLimitExceeded',
  ParameterNotFound: 'NotFound',
  ValidationError: 'InvalidRequest',
  ValidationException: 'InvalidRequest',
};

/** The context that a handler of one resource uses, and what is known of the resource when the handler fails. */
export class HandlerRun implements ResourceScope {
  /** The resource that exists although its creation failed. */
  public physicalId: string | undefined;
  #service: ServiceName = 'cloudformation';

  public constructor(
    public readonly context: OperationContext,
    public readonly stack: Stack,
    private readonly logicalId: string,
    private readonly onCreated: (physicalId: string) => void = () => undefined,
  ) {}

  public call(service: ServiceName, operation: string, input: JsonObject): Promise<JsonObject> {
    this.#service = service;
    return this.context.invoke(service, operation, input);
  }

  public generateName(maxLength: number, prefix = this.stack.name): string {
    return generateName(prefix, this.logicalId, maxLength);
  }

  public created(physicalId: string): void {
    this.physicalId = physicalId;
    this.onCreated(physicalId);
  }

  /** The reason of the resource's FAILED event. @throws whatever is not an AwsError: a defect of the sandbox */
  public reasonOf(thrown: unknown): string {
    if (!(thrown instanceof AwsError)) {
      throw thrown;
    }
    const { code, status, message } = thrown;
    const { requestId } = this.context;
    const handlerErrorCode = handlerErrorCodes[code] ?? 'GeneralServiceException';
    return (
      `Resource handler returned message: "${message} (Service: ${serviceTitles[this.#service]}, Status Code: ${status}, ` +
      `Request ID: ${requestId})" (RequestToken: ${requestId}, HandlerErrorCode: ${handlerErrorCode})`
    );
  }
}

/**
 * Calls an operation on something that may no longer exist, as in a deletion.
 *
 * @returns undefined when it does not exist
 * @throws AwsError
 */
export async function callUnlessGone(
  scope: ResourceScope,
  service: ServiceName,
  operation: string,
  input: JsonObject,
): Promise<JsonObject | undefined> {
  try {
    return await scope.call(service, operation, input);
  } catch (error) {
    if (error instanceof AwsError && ['NoSuchEntity', 'ParameterNotFound'].includes(error.code)) {
      return undefined;
    }
    throw error;
  }
}
