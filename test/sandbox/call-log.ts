/** The log of calls. It never contains bodies: a body can hold a seed, a code or a secret. */
export interface CallRecord {
  /** Unix milliseconds by the sandbox's clock. */
  readonly at: number;
  readonly service: string;
  readonly operation: string;
  /** The caller's ARN, when the caller is known. */
  readonly caller: string | undefined;
  /** The error's code; undefined when the call succeeded. */
  readonly errorCode: string | undefined;
  /** The service that made the call on behalf of its caller; undefined for a client's own call. */
  readonly via: string | undefined;
}
