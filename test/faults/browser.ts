/** Does what the screen of the runbook tells people to do in AWS's console: devices of keys and of root, and sign-ins. */
import { rootDeviceName } from '../../lib/record/names';
import { formatPlace } from '../../lib/record/place';
import type { TokenType } from '../../lib/record/record';
import { cancelled } from '../../runbook/runbook-error';
import { AwsError } from '../sandbox/operation';
import { ACCOUNT, ALICE, isKey, isPrinted, nameOf, placeNamed, ROOT } from './cast';
import { hotp, type WitnessedDevice } from './iam-witness';
import type { World } from './world';

type Console = ReturnType<World['console']>;

/** A page of the console that waits for the name of a device. */
type Page = 'assign' | 'register' | 'remove';

/** Steps that lead to a page, in the console's own words. */
const STEPS: Readonly<Record<Page, string>> = {
  assign: 'into "Serial number"',
  register: 'choose "Passkey or security key"',
  remove: 'select the device below and press "Remove"',
};

const STEP_SECONDS = 30;

/** Somebody who types two codes into the console waits for the second. */
const TWO_CODES_MS = 2 * STEP_SECONDS * 1000;

/** The console of one world. */
export class Browser {
  #page: Page | undefined;

  /** @param typeOf tells the type that the record has for a place */
  public constructor(
    private readonly world: World,
    private readonly typeOf: (place: string) => TokenType | undefined,
  ) {}

  get #console(): Console {
    return this.world.console();
  }

  /** @param codes the last two that the person typed */
  public reads(text: string, codes: readonly string[]): void {
    for (const [page, step] of Object.entries(STEPS) as [Page, string][]) {
      this.#page = text.includes(step) ? page : this.#page;
    }
    const [, name = '', serial = ''] = /^(primary\.(\d{8}))\s*$/m.exec(text) ?? [];
    if (this.typeOf(serial) === 'fido2' && this.world.witness.deviceAt(serial) === undefined) {
      this.register(ALICE, name);
    }
    const [, rootName] = /^(root\.\S+|GA[HK]T\d{8})\s*$/m.exec(text) ?? [];
    if (rootName !== undefined) {
      this.#atPage(rootName);
    }
    const [, user] = /waiting until CloudTrail lists the sign-in of (\S+)/.exec(text) ?? [];
    if (user !== undefined) {
      this.#signIn(user);
    }
    const [, first = '', second = ''] = /type (\d{6}) into "MFA code 1" and (\d{6}) into/.exec(text) ?? [];
    if (first !== '') {
      this.#addMfa([first, second]);
    }
    if (text.includes('press "Add MFA" now')) {
      this.#addMfa(codes);
    }
  }

  /** Tells whether what a question asks about is so: every device that it names is listed, or is not any more. */
  public sees(message: string): boolean {
    const [, added] = /list (\S+) among its MFA devices/.exec(message) ?? [];
    const [, removed] = /no longer list "([^"]+)"/.exec(message) ?? [];
    const listed = this.world.witness.devices.filter(({ user }) => user === ROOT).map(({ arn }) => arn);
    if (removed !== undefined) {
      return listed.every((arn) => !arn.endsWith(removed) && !arn.includes(`/${removed}-`));
    }
    if (added !== undefined) {
      return listed.some((arn) => arn === added || arn.startsWith(`${added}-`));
    }
    return /did the console take both codes/.test(message)
      ? this.world.witness.devices.every(({ arn, user }) => nameOf(arn)?.holder !== ROOT || user === ROOT)
      : true;
  }

  /** Reads the identifier of the key that a question asks for; nothing if the console lists none. */
  public keyArn(message: string): string | undefined {
    const [, begin = ''] = /lists for the key \((\S+-)…\)/.exec(message) ?? [];
    return this.world.witness.devices.find(({ arn, user }) => user === ROOT && arn.startsWith(begin))?.arn;
  }

  /** Registers a key for a user. @returns its ARN */
  public register(user: string, name: string): string {
    const console = this.#console;
    const arn =
      user === ROOT ? console.registerRootSecurityKey(name) : console.registerSecurityKey(user, name);
    this.world.witness.registered(arn, user);
    this.world.onChange();
    return arn;
  }

  /** Opens the page with the code of a new device of root; what an earlier page left is deleted. @returns the secret */
  public async showSecret(place: string): Promise<string> {
    const before = this.world.witness.deviceAt(place);
    if (before?.user !== undefined) {
      throw cancelled();
    }
    if (before !== undefined) {
      await this.world.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: before.arn });
    }
    const name = rootName(place);
    const uri = this.#console.createRootDevice(name);
    const secret = new URL(uri).searchParams.get('secret') ?? '';
    const SerialNumber = `arn:aws:iam::${ACCOUNT}:mfa/${name}`;
    const created = { SerialNumber, Base32StringSeed: Buffer.from(secret).toString('base64') };
    this.#note('CreateVirtualMFADevice', {}, { VirtualMFADevice: created });
    return uri;
  }

  /** Gives root a device at once. */
  public async enrollRoot(place: string): Promise<WitnessedDevice> {
    const type = this.typeOf(place);
    if (type === 'fido2') {
      this.register(ROOT, rootName(place));
    } else if (type === 'hardware-totp') {
      this.#assign(place);
    } else {
      await this.showSecret(place);
      this.#addMfa(this.#codesOf(this.world.witness.deviceAt(place)));
    }
    const device = this.world.witness.deviceAt(place);
    if (device === undefined) {
      throw new Error(`root has no ${place}`);
    }
    return device;
  }

  /** Types the name of a device, or its printed serial, into the page that is open. */
  #atPage(name: string): void {
    const page = this.#page;
    this.#page = undefined;
    const place = name.replace(/^root\.[^.]+\./, '').replace(/-[A-Z2-7]{26}$/, '');
    const device = this.world.witness.deviceAt(place);
    if (page === 'remove' && device?.user === ROOT) {
      this.#remove(device);
    } else if (page === 'register' && device === undefined) {
      this.register(ROOT, name);
    } else if (page === 'assign' && device === undefined) {
      this.world.clock.advance(TWO_CODES_MS);
      this.#assign(place);
    }
  }

  #signIn(user: string): void {
    const whose = user === 'root' ? ROOT : ALICE;
    const device = this.world.witness.devices.find(
      ({ arn, user: holder }) => holder === whose && (whose === ROOT || isKey(arn)),
    );
    if (device !== undefined && whose === ROOT) {
      this.#console.signInRoot({ device: device.arn });
    } else if (device !== undefined) {
      this.#console.signIn(ALICE, { device: device.arn, region: 'us-east-1' });
    }
  }

  #remove({ arn }: WitnessedDevice): void {
    this.#console.removeRootDevice(arn);
    const isKept = isPrinted(arn) || isKey(arn);
    this.#note(isKept ? 'DeactivateMFADevice' : 'DeleteVirtualMFADevice', { SerialNumber: arn });
    this.world.onChange();
  }

  /** A token that AWS knows by its printed serial. */
  #assign(serial: string): void {
    const [first = '', second = ''] = this.#codesOf(this.world.witness.printed(serial));
    this.#console.addRootPrintedToken(serial, first, second);
    this.#enabled(serial, first, second);
  }

  /** Two codes in a row of a device's own seed, the second of now. */
  #codesOf(device: WitnessedDevice | undefined): readonly string[] {
    const counter = Math.floor(this.world.clock.now() / 1000 / STEP_SECONDS);
    return [counter - 1, counter].map((each) => hotp(device?.seed ?? new Uint8Array(), each));
  }

  /** A page whose codes AWS refuses stays open, and nobody comes back to it. */
  #addMfa([first = '', second = '']: readonly string[]): void {
    const device = this.world.witness.devices.find(
      ({ arn, user }) => user === undefined && nameOf(arn)?.holder === ROOT,
    );
    const name = device && nameOf(device.arn);
    if (device === undefined || name === undefined) {
      return;
    }
    try {
      this.#console.addRootDevice(rootName(formatPlace(name)), first, second);
    } catch (error) {
      if (error instanceof AwsError) {
        return;
      }
      throw error;
    }
    this.#enabled(device.arn, first, second);
  }

  #enabled(SerialNumber: string, AuthenticationCode1: string, AuthenticationCode2: string): void {
    const codes = { AuthenticationCode1, AuthenticationCode2 };
    this.#note('EnableMFADevice', { SerialNumber, UserName: ROOT, ...codes });
    this.world.onChange();
  }

  #note(operation: string, input: Readonly<Record<string, string>>, output = {}): void {
    this.world.witness.note(operation, input, output, this.world.clock.now());
  }
}

/** Makes the name that the runbook tells people to type. */
export function rootName(place: string): string {
  return rootDeviceName({ slot: 'primary', ...placeNamed(place) });
}
