/** What clients asked for. Never bodies: a body can hold a seed, a code or a secret. */
export interface CallRecord {
  /** Unix milliseconds by the sandbox's clock. */
  readonly at: number;
  readonly service: string;
  readonly operation: string;
  /** The caller's ARN, when it could be told. */
  readonly caller: string | undefined;
  /** The error's code; undefined when the call succeeded. */
  readonly errorCode: string | undefined;
  /** The service that made the call for its caller, when it was not the client itself. */
  readonly via: string | undefined;
}
