/** The invariants of every world: some hold at every instant, some once a resume has ended. */
import { evidenceName } from '../../lib/record/names';
import { formatPlace } from '../../lib/record/place';
import { parseJournal } from '../../runbook/ceremony/journal';
import { parseEvidence } from '../../runbook/evidence/evidence-text';
import { seedForms } from '../support/seed-forms';
import { ALICE, BOB, declaredBy, FLEET, isKey, isPrinted, nameOf, ROOT } from './cast';
import { stepsApart, type WitnessedDevice } from './iam-witness';
import type { Machine } from './machine';
import type { Invariant, Violation } from './violation';
import type { Effect, World } from './world';

/** STS takes a code this many steps from where AWS looks for it. */
const STS_STEPS = 2;

/** A token's clock, as the runbook proves it before Enable: within a step, typed within another. */
const PROVEN_STEPS = 2;

/** The runbook refuses a machine whose clock is further off than five seconds. */
const CLOCK_TOLERANCE_MS = 6_500;

/** Taking a device out of IAM, and evidence of it, need no clock. */
const NEEDS_CLOCK: ReadonlySet<string> = new Set([
  'CreateVirtualMFADevice',
  'EnableMFADevice',
  'ResyncMFADevice',
]);

const RUN_TAG = 'mfa-guardrails:run';

/** The exceptions that a run is allowed. */
export interface Allowance {
  /** The number of working devices that each holder may lose; none where not named. */
  readonly mayLose: Readonly<Record<string, number>>;
  /** The offset of each process's clock, milliseconds. */
  readonly skewMs: Readonly<Record<string, number>>;
}

/** Watches one world. */
export class Watch {
  public readonly violations: Violation[] = [];
  readonly #floor: ReadonlyMap<string, number>;
  readonly #foreign: ReadonlyMap<string, string>;
  /** Contents of tokens that are none of ours, by place. */
  readonly #foreignSeeds: ReadonlyMap<string, string>;
  readonly #parametersBefore: ReadonlyMap<string, string>;
  /** Ids of the evidence that was there before. */
  readonly #evidenceBefore: ReadonlySet<string>;
  /** ARNs of the devices that a process of this run enabled. */
  readonly #enabledHere = new Set<string>();

  public constructor(
    private readonly world: World,
    private readonly machines: readonly Machine[],
    private readonly allowance: Allowance,
  ) {
    this.#floor = new Map(
      [ALICE, BOB, ROOT].map((holder) => [holder, this.#working(holder) - (allowance.mayLose[holder] ?? 0)]),
    );
    this.#foreign = new Map(
      world.witness.devices.filter(isForeign).map((each) => [each.arn, snapshot(each)]),
    );
    this.#foreignSeeds = new Map([...world.tokens].map(([place, { foreign }]) => [place, foreign]));
    this.#parametersBefore = new Map([...world.parameters].filter(([name]) => !isEvidence(name)));
    this.#evidenceBefore = new Set(
      [...world.parameters].flatMap(([name, text]) =>
        isEvidence(name) ? (parseEvidence(text).evidence?.id ?? []) : [],
      ),
    );
    world.onChange = (effect) => this.#checkInstant(effect);
  }

  /** After the first resume of every machine, in a healthy world. */
  public checkSettled(): void {
    this.#checkOrphans();
    this.#checkRecord();
    this.#checkEvidence();
    this.#checkJournals();
    this.#checkForeign();
  }

  /** Once nothing more is run. */
  public checkEnd(): void {
    this.#checkForeign();
    this.#checkSeeds();
    this.#checkDefects();
  }

  public report(invariant: Invariant, detail: string): void {
    this.violations.push({ invariant, detail });
  }

  /** Counts the devices with which a holder can sign in now. */
  #working(holder: string): number {
    return this.world.witness.devices.filter((device) => device.user === holder && this.#works(device))
      .length;
  }

  #works(device: WitnessedDevice): boolean {
    const name = nameOf(device.arn);
    // A phone of somebody is as it was, as long as IAM's side is.
    if (name === undefined) {
      return true;
    }
    const token = this.world.tokens.get(formatPlace(name));
    if (token === undefined || !token.holds(device.seed)) {
      return false;
    }
    return Math.abs(stepsApart(device, token.clockSeconds, this.world.clock.now())) <= STS_STEPS;
  }

  #checkInstant(effect: Effect | undefined): void {
    for (const [holder, floor] of this.#floor) {
      const working = this.#working(holder);
      if (working < floor) {
        this.report('working-devices', `${holder} has ${working} working devices, at least ${floor} before`);
      }
    }
    if (effect === undefined) {
      return;
    }
    const skewMs = this.allowance.skewMs[effect.process.name] ?? 0;
    if (Math.abs(skewMs) > CLOCK_TOLERANCE_MS && NEEDS_CLOCK.has(effect.operation)) {
      this.report(
        'clock-checked',
        `${effect.operation} by ${effect.process.name}, whose clock is ${skewMs} ms off`,
      );
    }
    if (effect.operation === 'EnableMFADevice') {
      this.#checkProven(String(effect.input.SerialNumber));
    }
  }

  #checkProven(arn: string): void {
    this.#enabledHere.add(arn);
    const device = this.world.witness.device(arn);
    const name = nameOf(arn);
    const token = name === undefined ? undefined : this.world.tokens.get(formatPlace(name));
    if (device === undefined || token === undefined || !token.holds(device.seed)) {
      this.report('proven-before-enable', `${arn} was enabled, and its token does not hold its seed`);
      return;
    }
    const apart = stepsApart(device, token.clockSeconds, this.world.clock.now());
    if (Math.abs(apart) > PROVEN_STEPS) {
      this.report('proven-before-enable', `${arn} was enabled ${apart} steps from its token's clock`);
    }
  }

  #checkOrphans(): void {
    for (const device of this.world.witness.devices) {
      // A page of the console that was left may leave one behind, which the runbook tells of and nobody else deletes.
      const isOfRoot = nameOf(device.arn)?.holder === ROOT;
      if (isForeign(device) || isOfRoot || device.user !== undefined) {
        continue;
      }
      this.report('no-orphan', `${device.arn} is assigned to nobody`);
    }
  }

  #checkRecord(): void {
    const { declared, spares } = declaredBy(this.world.inventory);
    for (const device of this.world.witness.devices) {
      const name = nameOf(device.arn);
      if (isForeign(device) || name === undefined || !this.#enabledHere.has(device.arn)) {
        continue;
      }
      if (device.user === undefined) {
        continue;
      }
      const place = declared.get(`${name.holder} ${name.slot}`);
      if (device.user !== name.holder) {
        this.report('record-is-iam', `${device.arn} is enabled for ${device.user}`);
      } else if (place !== formatPlace(name) && !spares.has(formatPlace(name))) {
        this.report('record-is-iam', `${device.arn} is enabled, the record declares ${place ?? 'nothing'}`);
      }
    }
  }

  #checkEvidence(): void {
    const lines = this.machines.flatMap((machine) => (machine.evidence.get(FLEET) ?? '').split('\n'));
    for (const device of this.world.witness.devices) {
      const name = nameOf(device.arn);
      if (isForeign(device) || name === undefined || device.user === undefined) {
        continue;
      }
      const text = this.world.parameters.get(evidenceName(FLEET, name.holder, name.slot));
      const evidence = text === undefined ? undefined : parseEvidence(text).evidence;
      if (evidence === undefined || !isNamedBy(device, evidence.deviceArn)) {
        // Of two devices in one slot (a replacement under way) one is described.
        if (this.#isAloneInSlot(device)) {
          this.report('evidence-complete', `SSM holds none of ${device.arn}`);
        }
        continue;
      }
      if (this.#evidenceBefore.has(evidence.id)) {
        if (this.#enabledHere.has(device.arn)) {
          this.report('evidence-complete', `SSM's evidence of ${device.arn} is older than the device`);
        }
        continue;
      }
      if (!lines.some((line) => line.includes(evidence.id) && line.includes(evidence.deviceArn))) {
        this.report('evidence-complete', `no log holds the evidence ${evidence.id} of ${device.arn}`);
      }
    }
    this.#checkEvidenceIds();
  }

  #isAloneInSlot({ arn }: WitnessedDevice): boolean {
    const name = nameOf(arn);
    return !this.world.witness.devices.some((other) => {
      const its = nameOf(other.arn);
      return (
        other.arn !== arn &&
        other.user !== undefined &&
        its?.holder === name?.holder &&
        its?.slot === name?.slot
      );
    });
  }

  #checkEvidenceIds(): void {
    const seen = new Set<string>();
    for (const machine of this.machines) {
      for (const line of (machine.evidence.get(FLEET) ?? '').split('\n')) {
        if (line === '') {
          continue;
        }
        const { id } = JSON.parse(line) as { readonly id?: string };
        if (id === undefined) {
          continue;
        }
        if (seen.has(id)) {
          this.report('evidence-complete', `the evidence id ${id} stands in the logs twice`);
        }
        seen.add(id);
      }
    }
  }

  #checkJournals(): void {
    for (const machine of this.machines) {
      for (const [name, text] of machine.journals) {
        const { ceremony, steps } = parseJournal(text, name);
        const last = steps.at(-1);
        this.report(
          'no-open-journal',
          `${machine.name} has ${name}: ${ceremony}, ${last?.name ?? 'no step'} ${last?.state ?? ''}`,
        );
      }
    }
  }

  #checkForeign(): void {
    for (const [arn, before] of this.#foreign) {
      const now = this.world.witness.device(arn);
      if (now !== undefined && snapshot(now) === before) {
        continue;
      }
      if (this.world.consents.some((message) => message.includes(arn))) {
        continue;
      }
      this.report('nothing-foreign-touched', `${arn} is not what it was`);
    }
    for (const [place, before] of this.#foreignSeeds) {
      const now = this.world.tokens.get(place)?.foreign ?? before;
      if (now !== before) {
        this.report('nothing-foreign-touched', `the token ${place} held ${before}, and now ${now}`);
      }
    }
    for (const [name, value] of this.#parametersBefore) {
      if (this.world.parameters.get(name) !== value) {
        this.report('nothing-foreign-touched', `the parameter ${name} is not what it was`);
      }
    }
  }

  #checkSeeds(): void {
    const { world, machines } = this;
    const haystack = Buffer.from(
      [
        ...world.output,
        ...world.consents,
        ...world.parameters.values(),
        ...machines.flatMap((machine) => machine.written),
        ...world.witness.devices.map(({ tags }) => JSON.stringify(tags)),
      ].join('\n'),
    );
    for (const seed of world.witness.seeds) {
      // Sixteen characters are enough to know a seed by.
      const isThere = seedForms(seed).some((form) => haystack.includes(form.subarray(0, 16)));
      if (isThere) {
        this.report('seed-nowhere', 'a seed stands in what a run left behind');
      }
    }
  }

  #checkDefects(): void {
    for (const crash of this.world.crashes) {
      this.report('no-defect', `run threw ${String(crash)}`);
    }
    const defect = this.world.output.findIndex((text) => text.includes('a defect of mfa-runbook'));
    if (defect < 0) {
      return;
    }
    this.report(
      'no-defect',
      this.world.output
        .slice(Math.max(0, defect - 2), defect + 2)
        .join(' ')
        .replace(/\n/g, ' '),
    );
  }
}

/** A device that no run of this program made for this fleet. */
function isForeign({ arn, tags }: WitnessedDevice): boolean {
  const isOfConsole = isKey(arn) || nameOf(arn)?.holder === ROOT;
  return !isPrinted(arn) && !isOfConsole && (nameOf(arn)?.fleet !== FLEET || tags[RUN_TAG] === undefined);
}

/** Where no listing shows it, nobody knows the random part of the ARN of a key of root. */
function isNamedBy({ arn }: WitnessedDevice, said: string): boolean {
  return arn === said || (nameOf(arn)?.holder === ROOT && isKey(arn) && arn.startsWith(`${said}-`));
}

function isEvidence(name: string): boolean {
  return name.startsWith(`/mfa-guardrails/${FLEET}/evidence/`);
}

function snapshot({ arn, tags, user, synchronization }: WitnessedDevice): string {
  return JSON.stringify([arn, tags, user, synchronization]);
}
