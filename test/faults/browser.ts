/** Does what the screen of the runbook tells people to do in AWS's console: devices of keys and of root, and sign-ins. */
import { rootDeviceName } from '../../lib/record/names';
import { cancelled } from '../../runbook/runbook-error';
import { ACCOUNT, ALICE, isKey, nameOf, ROOT } from './cast';
import type { World } from './world';

type Console = ReturnType<World['console']>;

/** The console of one world. */
export class Browser {
  /** @param isRegistrable tells whether a serial is that of a security key of the record */
  public constructor(
    private readonly world: World,
    private readonly isRegistrable: (serial: string) => boolean,
  ) {}

  get #console(): Console {
    return this.world.console();
  }

  /** @param codes the last two that the person typed */
  public reads(text: string, codes: readonly string[]): void {
    const [, name = '', serial = ''] = /^(primary\.(\d{8}))\s*$/m.exec(text) ?? [];
    const keys = this.world.witness.devices.filter(({ arn }) => isKey(arn));
    if (this.isRegistrable(serial) && keys.every(({ arn }) => nameOf(arn)?.serial !== serial)) {
      this.register(ALICE, name);
    }
    const [key] = keys;
    if (/waiting until CloudTrail/.test(text) && key !== undefined) {
      this.#console.signIn(ALICE, { device: key.arn, region: 'us-east-1' });
    }
    if (text.includes('press "Add MFA" now')) {
      this.#addMfa(codes);
    }
    const [, gone] = /waiting until AWS no longer lists (\S+) for/.exec(text) ?? [];
    if (gone !== undefined && this.world.witness.device(gone) !== undefined) {
      this.#console.removeRootDevice(gone);
      this.world.witness.note('DeleteVirtualMFADevice', { SerialNumber: gone }, {}, this.world.clock.now());
      this.world.onChange();
    }
  }

  /** Registers a key for a user. @returns its ARN */
  public register(user: string, name: string): string {
    const arn = this.#console.registerSecurityKey(user, name);
    this.world.witness.registered(arn, user);
    this.world.onChange();
    return arn;
  }

  /** Opens the page with the code of a new device of root; what an earlier page left is deleted. @returns the secret */
  public async showSecret(serial: string): Promise<string> {
    const arn = rootArn(serial);
    const before = this.world.witness.device(arn);
    if (before?.user !== undefined) {
      throw cancelled();
    }
    if (before !== undefined) {
      await this.world.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: arn });
    }
    const uri = this.#console.createRootDevice(rootDeviceName({ slot: 'primary', serial }));
    const secret = new URL(uri).searchParams.get('secret') ?? '';
    const created = { SerialNumber: arn, Base32StringSeed: Buffer.from(secret).toString('base64') };
    this.world.witness.note(
      'CreateVirtualMFADevice',
      {},
      { VirtualMFADevice: created },
      this.world.clock.now(),
    );
    return uri;
  }

  /** Gives root a device at once. @param codesOf two codes of its seed */
  public async enrollRoot(
    serial: string,
    codesOf: (seed: Uint8Array) => readonly string[],
  ): Promise<Uint8Array> {
    await this.showSecret(serial);
    const seed = this.world.witness.device(rootArn(serial))?.seed ?? new Uint8Array();
    this.#addMfa(codesOf(seed), serial);
    return seed;
  }

  /** A page whose codes AWS refuses stays open, and nobody comes back to it. */
  #addMfa([first = '', second = '']: readonly string[], only?: string): void {
    const device = this.world.witness.devices.find(
      ({ arn, user }) =>
        user === undefined &&
        nameOf(arn)?.holder === ROOT &&
        (only === undefined || nameOf(arn)?.serial === only),
    );
    const { slot = '', serial = '' } = (device && nameOf(device.arn)) ?? {};
    if (device === undefined) {
      return;
    }
    this.#console.addRootDevice(rootDeviceName({ slot, serial }), first, second);
    const codes = { AuthenticationCode1: first, AuthenticationCode2: second };
    const input = { SerialNumber: device.arn, UserName: ROOT, ...codes };
    this.world.witness.note('EnableMFADevice', input, {}, this.world.clock.now());
    this.world.onChange();
  }
}

function rootArn(serial: string): string {
  return `arn:aws:iam::${ACCOUNT}:mfa/${rootDeviceName({ slot: 'primary', serial })}`;
}
