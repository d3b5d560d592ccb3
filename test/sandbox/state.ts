/** The state of the sandbox, in memory only. */

import { createHash, randomBytes } from 'node:crypto';
import { Outbox } from './events/outbox';
import { Trail } from './events/trail';
import { EventualMap } from './eventual-map';
import { PrintedTokens } from './printed-tokens';
import type {
  AccessKey,
  Device,
  Group,
  ManagedPolicy,
  PasswordPolicy,
  Role,
  RootCredential,
  Session,
  StoredParameter,
  User,
} from './records';
import { Buckets } from './s3/buckets';
import type { ResolvedSettings } from './settings';
import { StoredResources } from './stored-resources';
import { StsView } from './sts-view';

interface Shared {
  /** By account id. */
  readonly accounts: Map<string, State>;
  readonly printedTokens: PrintedTokens;
}

export class State {
  public readonly users: EventualMap<User>;
  public readonly groups: EventualMap<Group>;
  public readonly roles: EventualMap<Role>;
  /** By ARN. */
  public readonly policies: EventualMap<ManagedPolicy>;
  /** By ARN, or by printed serial. */
  public readonly devices: EventualMap<Device>;
  public readonly accessKeys = new Map<string, AccessKey>();
  public readonly sessions = new Map<string, Session>();
  public readonly parameters = new Map<string, StoredParameter>();
  /** Deployed resources of services without an API here. */
  public readonly stored = new StoredResources();
  public readonly buckets = new Buckets();
  /** The root user signs in with these, apart from its MFA devices. */
  public rootCredentials: ReadonlySet<RootCredential> = new Set(['password']);
  public passwordPolicy: PasswordPolicy | undefined;
  public readonly outbox = new Outbox();
  public readonly trail: Trail;
  public readonly stsView: StsView;
  /** Shared by the accounts of a sandbox. */
  public readonly shared: Shared;
  #idCount = 0;
  readonly #idSalt = randomBytes(8);

  public constructor(
    public readonly settings: ResolvedSettings,
    shared: Shared = { accounts: new Map(), printedTokens: new PrintedTokens() },
  ) {
    const now = settings.clock.now;
    const lag = settings.visibilityLagMs;
    this.users = new EventualMap(lag, now);
    this.groups = new EventualMap(lag, now);
    this.roles = new EventualMap(lag, now);
    this.policies = new EventualMap(lag, now);
    this.devices = new EventualMap(lag, now);
    this.trail = new Trail(settings);
    this.stsView = new StsView(settings.propagationMs);
    this.shared = shared;
    shared.accounts.set(settings.account, this);
  }

  /** Formats `arn:aws:iam::ACCOUNT:user/path/name`. */
  public iamArn(kind: 'user' | 'group' | 'role' | 'policy' | 'mfa', path: string, name: string): string {
    return `arn:${this.settings.partition}:iam::${this.settings.account}:${kind}${path}${name}`;
  }

  /** Formats `arn:aws:iam::ACCOUNT:root`. */
  public get rootArn(): string {
    return `arn:${this.settings.partition}:iam::${this.settings.account}:root`;
  }

  /** Generates an id as IAM does: a prefix for the kind, and 17 characters that are unique. */
  public newId(prefix: 'AIDA' | 'AGPA' | 'AROA' | 'ANPA' | 'AKIA' | 'ASIA'): string {
    this.#idCount += 1;
    const digest = createHash('sha256').update(this.#idSalt).update(String(this.#idCount)).digest();
    return prefix + [...digest.subarray(0, 17)].map((byte) => idAlphabet.charAt(byte % 32)).join('');
  }
}

const idAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
