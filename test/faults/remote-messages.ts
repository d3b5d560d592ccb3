/** The messages between a child process of the kill tests and the world around it. */
import type { JsonObject, ServiceName } from '../sandbox/operation';

/** Where on its way to the disk a child kills itself. */
export interface DiskKill {
  /** The number of the operation on the disk, counted from 1. */
  readonly operation: number;
  readonly when: 'before' | 'after';
}

/** The first message of the parent. */
export interface Start {
  readonly args: readonly string[];
  readonly stateFolder: string;
  /** The world's time, unix milliseconds. */
  readonly now: number;
  readonly kill: DiskKill | undefined;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** A child's request to the world. */
export type Question =
  | {
      readonly ask: 'aws';
      readonly service: ServiceName;
      readonly operation: string;
      readonly input: JsonObject;
    }
  | { readonly ask: 'card'; readonly reader: string | undefined }
  /** Bytes as Base64. */
  | { readonly ask: 'transmit'; readonly name: string; readonly bytes: string; readonly secret: boolean }
  | { readonly ask: 'answer' | 'decision'; readonly name: string; readonly message: string }
  | { readonly ask: 'sleep'; readonly ms: number };

/** A message from a child. */
export type FromChild =
  | { readonly id: number; readonly question: Question }
  /** It no longer waits for an answer. */
  | { readonly dropped: number }
  | { readonly people: string }
  /** It does nothing but wait for answers; it has received this many. */
  | { readonly idleAfter: number }
  | { readonly exitCode: number; readonly diskOperations: number };

/** An error, in a form that crosses processes. */
export type Failure =
  | { readonly type: 'aws'; readonly code: string; readonly status: number; readonly message: string }
  | { readonly type: 'gone'; readonly command: string }
  | { readonly type: 'cancelled' }
  | { readonly type: 'other'; readonly message: string };

/** The world's answer. */
export interface Reply {
  readonly id: number;
  readonly now: number;
  readonly value?: unknown;
  readonly failure?: Failure;
}
