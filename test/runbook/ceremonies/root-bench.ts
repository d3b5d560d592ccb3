/** A bench with root users: a person works in the console of an account, and another one at the reader. */
import { Secret } from 'otpauth';
import { TokenCodes } from '../../sandbox/test-clients';
import { Bench, type BenchOptions } from '../../support/bench';
import { drawCode, png } from '../../support/code-pictures';
import type { VirtualToken2Single } from '../../tokens/token2-single';

export const OWN = '123456789012';
export const MEMBER = '222222222222';
export const OWN_TOKEN = '86596220000011';
export const MEMBER_TOKEN = '86596220000012';
const PICTURE = 'code.png';

export const ROOT_INVENTORY = `
fleet: break-glass
holders:
  bob.breakglass:
    - { slot: primary, serial: "86596220000003" }
roots:
  "${OWN}":
    - { slot: primary, serial: "${OWN_TOKEN}", custody: "HQ fireproof safe" }
  "${MEMBER}":
    - { slot: primary, serial: "${MEMBER_TOKEN}" }
`;

export const ENROLL_OWN = ['enroll', 'root', '--slot', 'primary', '--qr', PICTURE] as const;
export const PASTE_OWN = ['enroll', 'root', '--slot', 'primary', '--secret'] as const;
export const AUDITOR = `arn:aws:iam::${MEMBER}:role/auditor`;

function allow(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
}

export class RootBench {
  /** The person presses "Add MFA" when told to. */
  public isAdding = true;
  /** The person finds the device in the console when asked. */
  public word = 'yes';
  /** Secrets that the consoles showed. */
  public readonly secrets: string[] = [];
  readonly #typed: string[] = [];

  private constructor(
    public readonly bench: Bench,
    public token: VirtualToken2Single,
    public readonly account: string,
  ) {
    bench.readers.lay(token);
    bench.answer = ({ name }) => {
      if (name === 'code' || name === 'next-code') {
        const code = this.token.readCode();
        this.#typed.push(code);
        return code;
      }
      return name === 'added' ? this.word : this.answers[name];
    };
    bench.onPeople = (text) => {
      if (text.includes('press "Add MFA" now')) {
        this.press();
      }
    };
    bench.onEvent = ({ event, field }) => {
      if (event === 'type-code' && field === 'MFA code 2') {
        this.press();
      }
    };
  }

  /** Answers to other questions by name; without one, the input ends. */
  public readonly answers: Record<string, string> = { 'delete-picture': 'yes', 'replace-filled': 'yes' };

  public static async open(options: BenchOptions = {}, account = OWN): Promise<RootBench> {
    const bench = await Bench.open({
      inventory: ROOT_INVENTORY,
      ...options,
      sandbox: { otherAccounts: [{ account: MEMBER, isMember: true }], ...options.sandbox },
    });
    return new RootBench(bench, bench.token(account === OWN ? OWN_TOKEN : MEMBER_TOKEN), account);
  }

  /** Switches the token on, as a person does before it is laid on the reader. */
  public layAgain(): void {
    if (!this.token.isOn) {
      this.token.press();
    }
    this.bench.readers.lay(this.token);
  }

  /** Takes another token in hand. */
  public take(serial: string): void {
    this.token = this.bench.token(serial);
    this.layAgain();
  }

  public get name(): string {
    return `root.primary.${this.token.serial}`;
  }

  public get arn(): string {
    return `arn:aws:iam::${this.account}:mfa/${this.name}`;
  }

  public console() {
    return this.bench.sandbox.console(this.account);
  }

  /** The console shows a secret key, and the person copies it. @returns the text of its QR code */
  public showSecret(name = this.name): string {
    const uri = this.console().createRootDevice(name);
    this.secrets.push(new URL(uri).searchParams.get('secret') ?? '');
    this.bench.handedOver.secret = uri;
    return uri;
  }

  /** The console shows a code, and the person saves a picture of it. */
  public showCode(name = this.name): Promise<void> {
    return this.savePicture(this.showSecret(name));
  }

  /** The seed that the console showed last. */
  public get seed(): Uint8Array {
    return Secret.fromBase32(this.secrets.at(-1) ?? '').bytes;
  }

  public savePicture(uri: string): Promise<void> {
    return this.bench.files.write(PICTURE, png(drawCode(uri, 300)).toString('latin1'), 0o644);
  }

  public hasPicture(): Promise<boolean> {
    return this.bench.files.read(PICTURE).then((text) => text !== undefined);
  }

  /** Types the last two codes into the console. */
  public press(): void {
    if (this.isAdding) {
      const [first = '', second = ''] = this.#typed.slice(-2);
      this.console().addRootDevice(this.name, first, second);
    }
  }

  public async administrate(...call: Parameters<Bench['admin']>): Promise<unknown> {
    return this.bench.sandbox.call(this.bench.sandbox.administratorOf(this.account), ...call);
  }

  /** A role of the account that may list what an auditor may. */
  public async createAuditor(): Promise<void> {
    await this.administrate('iam', 'CreateRole', {
      RoleName: 'auditor',
      AssumeRolePolicyDocument: allow({
        Principal: { AWS: `arn:aws:iam::${OWN}:root` },
        Action: 'sts:AssumeRole',
      }),
    });
    await this.administrate('iam', 'PutRolePolicy', {
      RoleName: 'auditor',
      PolicyName: 'look',
      PolicyDocument: allow({
        Action: ['iam:ListVirtualMFADevices', 'iam:ListAccountAliases', 'cloudtrail:LookupEvents'],
        Resource: '*',
      }),
    });
  }

  /** Gives root another virtual device, as an authenticator app is. */
  public async enrollOther(name: string): Promise<void> {
    const secret = new URL(this.console().createRootDevice(name)).searchParams.get('secret') ?? '';
    const { AuthenticationCode1, AuthenticationCode2 } = new TokenCodes(secret).pair(this.bench.clock.now());
    this.console().addRootDevice(name, AuthenticationCode1, AuthenticationCode2);
  }

  /** ARNs of root's virtual devices. */
  public async rootDevices(): Promise<readonly string[]> {
    const { VirtualMFADevices } = (await this.administrate('iam', 'ListVirtualMFADevices', {})) as {
      VirtualMFADevices: readonly { SerialNumber: string; User?: { Arn: string } }[];
    };
    return VirtualMFADevices.filter(({ User }) => User?.Arn.endsWith(':root')).map(
      ({ SerialNumber }) => SerialNumber,
    );
  }

  /** The names of the prompts so far. */
  public get asked(): readonly string[] {
    return this.bench.questions.map(({ name }) => name);
  }
}
