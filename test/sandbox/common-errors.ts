/** Errors that any call can return. Each protocol has its own names and statuses for the same refusal. */

import { AwsError, type Service } from './operation';

type Protocol = Service['protocol'];

/** The refusals that all services share, by the awsQuery code. */
const jsonEquivalents: Readonly<Record<string, { readonly code: string; readonly status: number }>> = {
  AccessDenied: { code: 'AccessDeniedException', status: 400 },
  ExpiredToken: { code: 'ExpiredTokenException', status: 400 },
  IncompleteSignature: { code: 'IncompleteSignatureException', status: 400 },
  InternalFailure: { code: 'InternalServerError', status: 500 },
  InvalidAction: { code: 'UnknownOperationException', status: 400 },
  InvalidClientTokenId: { code: 'UnrecognizedClientException', status: 400 },
  MissingAuthenticationToken: { code: 'MissingAuthenticationTokenException', status: 400 },
  SignatureDoesNotMatch: { code: 'InvalidSignatureException', status: 400 },
  Throttling: { code: 'ThrottlingException', status: 400 },
  ValidationError: { code: 'ValidationException', status: 400 },
};

/** Converts an error to the names of a protocol. */
export function inProtocol(error: AwsError, protocol: Protocol): AwsError {
  const equivalent = protocol === 'awsJson1.1' ? jsonEquivalents[error.code] : undefined;
  return equivalent ? new AwsError(equivalent.code, equivalent.status, error.message) : error;
}

export function accessDenied(message: string): AwsError {
  return new AwsError('AccessDenied', 403, message);
}

/** A request signed for another Region than the one it was sent to. */
export function wrongRegion(): AwsError {
  return new AwsError('SignatureDoesNotMatch', 403, 'Credential should be scoped to a valid region.');
}

export function throttled(): AwsError {
  return new AwsError('Throttling', 400, 'Rate exceeded');
}

export function serverFailure(): AwsError {
  return new AwsError('InternalFailure', 500, 'the sandbox was asked to fail here');
}

export function plannedError({ code, status }: { readonly code: string; readonly status: number }): AwsError {
  return new AwsError(code, status, 'the sandbox was asked to refuse this call');
}

export function unknownOperation(service: string, operation: string): AwsError {
  return new AwsError('InvalidAction', 400, `the sandbox has no operation ${operation} in ${service}`);
}
