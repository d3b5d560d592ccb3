/** A bench with FIDO2 security keys, which people register and use in the console. */
import { Bench, type BenchOptions } from '../../support/bench';

export const KEY = '31415926';
export const SPARE_KEY = '27182818';
export const PROGRAMMABLE = '86596220000009';
export const NAME = `primary.${KEY}`;
export const SLOT = ['alice.breakglass', '--slot', 'primary'] as const;

export const FIDO_INVENTORY = `
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "${KEY}", type: fido2, custody: "HQ fireproof safe" }
  bob.breakglass:
    - { slot: primary, serial: "86596220000003" }
`;

const ALICE = 'alice.breakglass';

export class FidoBench {
  private constructor(public readonly bench: Bench) {}

  public static async open(options: BenchOptions = {}): Promise<FidoBench> {
    const bench = await Bench.open({ inventory: FIDO_INVENTORY, ...options });
    const fido = new FidoBench(bench);
    bench.answer = ({ name }) => (name === 'cut-off' || name === 'saw-sign-in' ? 'yes' : KEY);
    return fido;
  }

  /** Stands for people in the browser. */
  public get console() {
    return this.bench.sandbox.console();
  }

  /** Registers a key in the console. @returns its ARN */
  public register(
    name: string = NAME,
    user: string = ALICE,
    certifications?: Record<string, string>,
  ): string {
    return this.console.registerSecurityKey(user, name, certifications);
  }

  /** Does something once a command waits, and at the given look. */
  public whileWaiting(act: () => void, looks = 2): void {
    let seen = 0;
    let isDone = false;
    const { sleep } = this.bench.machineClock();
    this.bench.machineClock = () => ({
      now: this.bench.machineNow,
      sleep: async (ms, signal) => {
        seen += 1;
        if (seen >= looks && !isDone) {
          isDone = true;
          act();
        }
        await sleep(ms, signal);
      },
    });
  }

  /** Lists the devices of a user of any type. */
  public async devicesOf(user: string = ALICE): Promise<readonly string[]> {
    const { MFADevices } = await this.bench.admin('iam', 'ListMFADevices', { UserName: user });
    return (MFADevices as readonly { SerialNumber: string }[]).map(({ SerialNumber }) => SerialNumber);
  }

  /** Names the calls that changed a device, or asked for the tags that only a virtual one has. */
  public get deviceCalls(): readonly string[] {
    return this.bench.sandbox.calls
      .map(({ operation }) => operation)
      .filter((operation) =>
        /^(Create|Delete|Tag|Enable|Deactivate)\w*MFADevice|ListMFADeviceTags/.test(operation),
      );
  }

  /** Presses Ctrl-C once a command waits. */
  public stopWhileWaiting(): void {
    this.whileWaiting(() => this.bench.stop.abort(), 3);
  }

  /** Enrolls the key as an earlier run did. @returns its ARN */
  public async enroll(): Promise<string> {
    const arn = this.register();
    expect(await this.bench.run('enroll', ...SLOT)).toMatchObject({ exitCode: 0, data: `${arn}\n` });
    this.bench.clock.advance(60_000);
    this.bench.questions.length = 0;
    return arn;
  }
}
