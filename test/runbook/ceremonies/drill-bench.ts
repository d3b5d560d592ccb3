/** A bench whose primary token of alice is enrolled, and what a drill on it is judged by. */
import type { Evidence } from '../../../runbook/evidence/evidence';
import { parseEvidence } from '../../../runbook/evidence/evidence-text';
import type { Fault } from '../../sandbox/faults';
import { ALICE_PRIMARY, Bench, type BenchOptions, type Told } from '../../support/bench';
import type { VirtualToken2Single } from '../../tokens/token2-single';

const EVIDENCE = '/mfa-guardrails/break-glass/evidence/alice.breakglass/primary';
const DAY_SECONDS = 86_400;

/** Settings of a drill's bench. */
export interface DrillBenchOptions extends BenchOptions {
  /** Drift of the token's clock in the day after its enrollment, seconds. @default 0 */
  readonly driftSeconds?: number;
}

/** The bench of one drill. */
export class DrillBench {
  private constructor(
    public readonly bench: Bench,
    /** Lies on the reader, switched on. */
    public readonly token: VirtualToken2Single,
    /** Of the token's device. */
    public readonly arn: string,
  ) {}

  /**
   * Enrolled a step ago, or a day ago where the token's clock is to run off. Not always a day: the SDK, whose clock is
   * not the bench's, repeats what a server refuses whose clock is five minutes off.
   */
  public static async open({ driftSeconds = 0, ...options }: DrillBenchOptions = {}): Promise<DrillBench> {
    const bench = await Bench.open(options);
    const token = bench.token(ALICE_PRIMARY, { driftPpm: (driftSeconds * 1e6) / DAY_SECONDS });
    bench.layAndAnswer(token);
    const enrolled = await bench.run('enroll', 'alice.breakglass', '--slot', 'primary', '--codes', '1');
    expect({ people: enrolled.people, exitCode: enrolled.exitCode }).toMatchObject({ exitCode: 0 });
    if (driftSeconds !== 0) {
      bench.clock.advance(DAY_SECONDS * 1000);
    }
    const drill = new DrillBench(bench, token, bench.arn('alice.breakglass', 'primary', ALICE_PRIMARY));
    drill.advanceToSecond(5);
    drill.layOn();
    bench.questions.length = 0;
    return drill;
  }

  /** Moves the clock to a second of a step of the token's own, so that no display changes between two answers. */
  public advanceToSecond(second: number): void {
    this.bench.clock.advance((30 + second - (this.token.clockSeconds % 30)) * 1000);
  }

  /** Switches a token off and on, so that it does not go dark in the next moment, and lays it on the reader. */
  public layOn(token = this.token): void {
    if (token.isOn) {
      token.press();
    }
    token.press();
    this.bench.readers.lay(token);
  }

  /** Faults of the next calls of ResyncMFADevice, in order; `undefined` is none. */
  public failResync(...faults: readonly (Fault | undefined)[]): void {
    let seen = 0;
    this.bench.sandbox.faults = ({ operation }) =>
      operation === 'ResyncMFADevice' ? faults[seen++] : undefined;
  }

  /** Number of times that AWS was given codes. */
  public get resyncs(): number {
    return this.bench.sandbox.calls.filter(({ operation }) => operation === 'ResyncMFADevice').length;
  }

  /** Names of the questions asked. */
  public get asked(): readonly string[] {
    return this.bench.questions.map(({ name }) => name);
  }

  /** The evidence of the slot in SSM. */
  public async evidence(): Promise<Evidence> {
    const { Parameter } = (await this.bench.admin('ssm', 'GetParameter', { Name: EVIDENCE })) as {
      Parameter: { Value: string };
    };
    const { evidence, fault } = parseEvidence(Parameter.Value);
    if (evidence === undefined) {
      throw new Error(`the evidence ${fault}`);
    }
    return evidence;
  }

  /** Tries to open a session of the holder with a code of the token, half a minute from now. */
  public async signsIn(): Promise<boolean> {
    this.bench.clock.advance(31_000);
    const key = this.bench.sandbox.createAccessKey('alice.breakglass');
    const input = { SerialNumber: this.arn, TokenCode: this.token.readCode() };
    return this.bench.sandbox.call(key, 'sts', 'GetSessionToken', input).then(
      () => true,
      () => false,
    );
  }

  /** Runs a command that must change nothing: not IAM, not evidence, not the token; and leave nothing open. */
  public async refused(...args: readonly string[]): Promise<Told> {
    const { bench, token } = this;
    const before = { devices: await bench.devices(), evidence: await this.evidence() };
    const received = token.received.length;
    const told = await bench.runJson(...args);
    expect(told.code).toBeDefined();
    expect({ devices: await bench.devices(), evidence: await this.evidence() }).toEqual(before);
    expect(bench.evidence).toHaveLength(1);
    // Get info changes nothing.
    expect(new Set([...token.received.slice(received), '8041000002'])).toEqual(new Set(['8041000002']));
    expect([...bench.journals.files.keys()]).toEqual([]);
    return told;
  }
}
