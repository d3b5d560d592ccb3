/** What a child process of the kill tests and the world around it say to each other. */
import type { JsonObject, ServiceName } from '../sandbox/operation';

/** Where on its way to the disk a child kills itself. */
export interface DiskKill {
  /** Which operation on the disk, counted from 1. */
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

/** What a child asks of the world. */
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

/** What a child says. */
export type FromChild =
  | { readonly id: number; readonly question: Question }
  /** It no longer waits for an answer. */
  | { readonly dropped: number }
  | { readonly people: string }
  | { readonly exitCode: number; readonly diskOperations: number };

/** What went wrong, in a form that crosses processes. */
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
