/** What opening a session needs from outside. */
import type { SessionIssuer, TemporaryCredentials } from '../aws/session-issuer';
import type { Clock } from '../clock';
import type { Files } from '../files/files';
import type { Terminal } from '../terminal/terminal';
import type { PrivateFiles } from './private-files';

/** The world outside a session. */
export interface SessionWorld {
  readonly issuer: SessionIssuer;
  /** AWS as seen with other credentials. */
  readonly issuerWith: (credentials: TemporaryCredentials) => SessionIssuer;
  readonly terminal: Terminal;
  /** Somebody can be asked. */
  readonly canAsk: boolean;
  readonly clock: Clock;
  readonly files: Files;
  readonly privateFiles: PrivateFiles;
}

/** What the cache is good for. */
export type CacheUse =
  | 'use'
  /** Not read, but written. */
  | 'refresh'
  /** Neither read nor written. */
  | 'off';

/** The session that is asked for. */
export interface SessionRequest {
  /** Absent for a session of the user (GetSessionToken). */
  readonly role:
    | {
        readonly arn: string;
        readonly externalId: string | undefined;
        readonly sessionName: string | undefined;
      }
    | undefined;
  readonly durationSeconds: number;
  /** An ARN, a printed serial, or the slot of a device of ours. */
  readonly device: string | undefined;
  /** What the profile says of its owner's device (`mfa_serial`). */
  readonly profileDevice: string | undefined;
  readonly cache: CacheUse;
  /** The command line, for hints. */
  readonly command: string;
  /** The command line that opens this very session and does nothing else. */
  readonly openCommand: string;
}

/** A session that is open. */
export interface OpenSession {
  readonly credentials: TemporaryCredentials;
  readonly from: 'cache' | 'aws';
  readonly region: string | undefined;
  /** Absent where no code was needed. */
  readonly deviceArn: string | undefined;
}
