/**
 * Does what people do in the browser, for which there is no API: security keys, the devices of the root user, signing in.
 * Each method needs no permission and makes no entry in the log of calls.
 */

import { randomBytes } from 'node:crypto';
import type { ConsoleSignIn, Events } from './events/events';
import { userNamed } from './iam-entities';
import { createDevice, refuseNinth, synchronise } from './iam-mfa';
import { assign, deviceAt, deviceOfUser, enablableDevice, unassign } from './iam-mfa-devices';
import { AwsError } from './operation';
import type { Assignment, RootCredential } from './records';
import type { State } from './state';

const deviceNames = /^[\w+=,.@-]+$/;
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const issuer = 'Amazon Web Services';

export class Console {
  readonly #state: State;
  readonly #events: Events;

  public constructor(state: State, events: Events) {
    this.#state = state;
    this.#events = events;
  }

  /**
   * Registers a FIDO2 security key for a user.
   *
   * @param certifications from the FIDO metadata service; a synchronized passkey has none
   * @returns its ARN
   * @throws AwsError NoSuchEntity, LimitExceeded, InvalidInput
   */
  public registerSecurityKey(
    userName: string,
    name: string,
    certifications: Readonly<Record<string, string>> = { FIDO: 'L1' },
  ): string {
    const user = userNamed(this.#state, userName);
    const whose = { userName: user.name, userId: user.id };
    return this.#register({ place: `user/${user.name}`, name, certifications }, whose);
  }

  /** Registers a FIDO2 security key for the root user. @returns its ARN */
  public registerRootSecurityKey(
    name: string,
    certifications: Readonly<Record<string, string>> = { FIDO: 'L1' },
  ): string {
    return this.#register({ place: 'root', name, certifications }, this.#root());
  }

  /**
   * Begins with an authenticator app for the root user: the page "Set up device" with its QR code.
   *
   * @returns what the QR code contains: an otpauth URI with the seed
   * @throws AwsError EntityAlreadyExists for a name that exists, also left over from an earlier try
   */
  public createRootDevice(name: string): string {
    refuseName(name);
    const arn = this.#state.iamArn('mfa', '/', name);
    const { base32: secret } = createDevice(this.#state, arn, new Map());
    return `otpauth://totp/${this.#label(name)}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`;
  }

  /** Presses "Add MFA" with two codes. @throws AwsError InvalidAuthenticationCode, LimitExceeded, NoSuchEntity */
  public addRootDevice(name: string, code1: string, code2: string): void {
    const device = deviceAt(this.#state, this.#state.iamArn('mfa', '/', name));
    refuseNinth(this.#state, this.#root().userId);
    const codes = { AuthenticationCode1: code1, AuthenticationCode2: code2 };
    assign(this.#state, synchronise(this.#state, device, codes), this.#root());
  }

  /** Adds a hardware TOTP token for the root user. @throws AwsError as EnableMFADevice */
  public addRootPrintedToken(serial: string, code1: string, code2: string): void {
    const device = enablableDevice(this.#state, serial);
    refuseNinth(this.#state, this.#root().userId);
    const codes = { AuthenticationCode1: code1, AuthenticationCode2: code2 };
    assign(this.#state, synchronise(this.#state, device, codes), this.#root());
  }

  /** Removes a device of the root user. @throws AwsError NoSuchEntity */
  public removeRootDevice(serialNumber: string): void {
    unassign(this.#state, deviceOfUser(this.#state, serialNumber, { id: this.#root().userId }));
  }

  /** Sets what the root user signs in with, apart from its MFA devices; a new account has a password. */
  public setRootCredentials(...credentials: readonly RootCredential[]): void {
    this.#state.rootCredentials = new Set(credentials);
  }

  /** Signs an IAM user in, which only makes the event of CloudTrail. @throws AwsError NoSuchEntity */
  public signIn(userName: string, signIn: ConsoleSignIn = {}): void {
    this.#events.signIn(this.#state, userName, signIn);
  }

  /** Signs the root user in; the event always arrives in us-east-1. */
  public signInRoot(signIn: Omit<ConsoleSignIn, 'region'> = {}): void {
    this.#events.signIn(this.#state, undefined, signIn);
  }

  #root(): Omit<Assignment, 'enabledAt'> {
    return { userName: undefined, userId: this.#state.settings.account };
  }

  /** AWS shows the account's alias where there is one. */
  #label(name: string): string {
    const { alias, account } = this.#state.settings;
    return `${encodeURIComponent(issuer)}:${encodeURIComponent(name)}@${alias ?? account}`;
  }

  #register(
    key: {
      readonly place: string;
      readonly name: string;
      readonly certifications: Readonly<Record<string, string>>;
    },
    whose: Omit<Assignment, 'enabledAt'>,
  ): string {
    const { partition, account, clock } = this.#state.settings;
    refuseName(key.name);
    refuseNinth(this.#state, whose.userId);
    const random = [...randomBytes(26)].map((byte) => base32.charAt(byte % 32)).join('');
    const arn = `arn:${partition}:iam::${account}:u2f/${key.place}/${key.name}-${random}`;
    this.#state.devices.set(arn, {
      kind: 'security-key',
      arn,
      certifications: key.certifications,
      assignment: { ...whose, enabledAt: clock.now() },
    });
    return arn;
  }
}

function refuseName(name: string): void {
  if (!deviceNames.test(name)) {
    throw new AwsError('InvalidInput', 400, `${name} is not a device name`);
  }
}
