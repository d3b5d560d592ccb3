/** The request for a session, the ports that opening one needs, and the result. */
import type { SessionIssuer, TemporaryCredentials } from '../aws/session-issuer';
import type { Clock } from '../clock';
import type { Files } from '../files/files';
import type { CommandLine } from '../terminal/command-line';
import type { Terminal } from '../terminal/terminal';
import type { PrivateFiles } from './private-files';

/** A person at a machine, and AWS. */
export interface SignIn {
  readonly issuer: SessionIssuer;
  /** Connects with other credentials. */
  readonly issuerWith: (credentials: TemporaryCredentials) => SessionIssuer;
  readonly terminal: Terminal;
  /** Somebody is there to type a code. */
  readonly canAsk: boolean;
  readonly clock: Clock;
  readonly files: Files;
  readonly privateFiles: PrivateFiles;
  /** The command line of this run, for hints. */
  readonly line: CommandLine;
}

export interface Role {
  readonly arn: string;
  readonly externalId: string | undefined;
  readonly sessionName: string | undefined;
}

export interface SessionRequest {
  /** Absent for a session of the user (GetSessionToken). */
  readonly role: Role | undefined;
  readonly durationSeconds: number;
  /** `--device`: an ARN, a printed serial, a slot, or a name. */
  readonly device: string | undefined;
  /** `mfa_serial` of the profile. */
  readonly profileDevice: string | undefined;
  /** `refresh` writes the cache without reading it; `off` does neither. */
  readonly cache: 'use' | 'refresh' | 'off';
  /** The command that opens the same session and does nothing else with it. */
  readonly openLine: CommandLine;
}

export interface OpenSession {
  readonly credentials: TemporaryCredentials;
  readonly from: 'cache' | 'aws';
  readonly region: string | undefined;
  /** Absent if no code was needed. */
  readonly deviceArn: string | undefined;
}
