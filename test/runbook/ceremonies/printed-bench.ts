/** A bench with hardware TOTP tokens, which AWS knows by their serials and nobody reads but a person. */
import { Bench, type BenchOptions } from '../../support/bench';
import { PrintedFob } from '../../tokens/printed-fob';

export const PRINTED = 'GAHT12345678';
export const PRINTED_SPARE = 'GAKT12345678';
export const PROGRAMMABLE = '86596220000009';

export const PRINTED_INVENTORY = `
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "${PRINTED}", type: hardware-totp, custody: "HQ fireproof safe" }
  bob.breakglass:
    - { slot: primary, serial: "86596220000003" }
`;

export const EVIDENCE = '/mfa-guardrails/break-glass/evidence/alice.breakglass/primary';

export class PrintedBench {
  private constructor(
    public readonly bench: Bench,
    /** Of alice's primary slot. */
    public readonly fob: PrintedFob,
    /** Another one that AWS knows. */
    public readonly spare: PrintedFob,
  ) {}

  public static async open(options: BenchOptions = {}): Promise<PrintedBench> {
    const bench = await Bench.open({ inventory: PRINTED_INVENTORY, ...options });
    const [fob, spare] = [PRINTED, PRINTED_SPARE].map((serial) => {
      bench.sandbox.addPrintedToken(serial, PrintedFob.sampleSeed(serial));
      return new PrintedFob({ serial, seed: PrintedFob.sampleSeed(serial), clock: bench.clock.now });
    });
    if (fob === undefined || spare === undefined) {
      throw new Error('two tokens were made');
    }
    const printed = new PrintedBench(bench, fob, spare);
    printed.take(fob);
    return printed;
  }

  /** Has the person read codes and the serial off this token. */
  public take(fob: PrintedFob): void {
    this.bench.answer = ({ name }) => {
      if (name === 'cut-off') {
        return 'yes';
      }
      return name === 'serial' || name === 'witness' ? fob.serial : fob.readCode();
    };
  }

  /** Lists the devices of a user of any type. */
  public async devicesOf(user = 'alice.breakglass'): Promise<readonly string[]> {
    const { MFADevices } = await this.bench.admin('iam', 'ListMFADevices', { UserName: user });
    return (MFADevices as readonly { SerialNumber: string }[]).map(({ SerialNumber }) => SerialNumber);
  }

  /** Names the calls that created, deleted or tagged a device. */
  public get deviceCalls(): readonly string[] {
    return this.bench.sandbox.calls
      .map(({ operation }) => operation)
      .filter((operation) => /^(Create|Delete|Tag)\w*MFADevice|ListMFADeviceTags/.test(operation));
  }

  public count(operation: string): number {
    return this.bench.sandbox.calls.filter((call) => call.operation === operation).length;
  }

  /** Enables the token as an earlier enrollment did. */
  public async enroll(): Promise<void> {
    const enrolled = await this.bench.run('enroll', 'alice.breakglass', '--slot', 'primary');
    expect(enrolled).toMatchObject({ exitCode: 0 });
    this.bench.clock.advance(60_000);
    this.bench.questions.length = 0;
  }
}
