/** Each invariant of the fault tests can fail: each is checked in a world in which it does not hold, and in one in which it does. */
import { ALICE, type EnrolledSlot, FLEET, PRINTED, ROOT, TOKENS } from '../../faults/cast';
import { CEREMONIES, type Ceremony } from '../../faults/ceremonies';
import { playEpisode } from '../../faults/episode';
import { NO_FAULTS } from '../../faults/fault';
import { hotp } from '../../faults/iam-witness';
import { type Allowance, Watch } from '../../faults/invariants';
import { KIND_CEREMONIES } from '../../faults/kinds';
import { Machine } from '../../faults/machine';
import { Random } from '../../faults/random';
import { ROOT_CEREMONIES } from '../../faults/root-ceremonies';
import { Process } from '../../faults/scheduler';
import { problemOfState } from '../../faults/told-state';
import type { Invariant } from '../../faults/violation';
import { World } from '../../faults/world';

const PRIMARY: EnrolledSlot = { holder: ALICE, slot: 'primary', serial: TOKENS.alicePrimary };
const RUN = { Key: 'mfa-guardrails:run', Value: 'a-run' };
const PATH = `/mfa-guardrails/${FLEET}/`;

let world: World;
let machine: Machine;
let watch: Watch;
let arn: string;

async function open(allowance: Partial<Allowance> = {}): Promise<void> {
  world = await World.open({ enrolled: [PRIMARY], visibilityLagMs: 0 }, new Random(7));
  machine = new Machine('machine');
  watch = new Watch(world, [machine], { mayLose: {}, skewMs: {}, ...allowance });
  arn = world.arn(PRIMARY);
}
beforeEach(() => open());

function found(): readonly Invariant[] {
  return [...new Set(watch.violations.map(({ invariant }) => invariant))];
}

function checkAll(): void {
  watch.checkSettled();
  watch.checkEnd();
}

async function create(name: string): Promise<string> {
  const input = { VirtualMFADeviceName: name, Path: PATH, Tags: [RUN] };
  const { VirtualMFADevice } = await world.admin('iam', 'CreateVirtualMFADevice', input);
  return (VirtualMFADevice as { SerialNumber: string }).SerialNumber;
}

/** Enables a device whose token was never burned, as a flow that trusts AWS alone would. */
async function enableUnproven(name: string): Promise<string> {
  const deviceArn = await create(name);
  const seed = world.witness.device(deviceArn)?.seed ?? new Uint8Array();
  const counter = Math.floor(world.clock.now() / 30_000);
  const input = {
    UserName: ALICE,
    SerialNumber: deviceArn,
    AuthenticationCode1: hotp(seed, counter - 1),
    AuthenticationCode2: hotp(seed, counter),
  };
  await world.admin('iam', 'EnableMFADevice', input);
  world.onChange({ process: new Process('A', () => undefined), operation: 'EnableMFADevice', input });
  return deviceArn;
}

test('an untouched world violates nothing', () => {
  world.onChange();
  checkAll();
  expect(watch.violations).toEqual([]);
});

test('a device that is deactivated makes one working device fewer, unless it may be lost', async () => {
  await world.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: arn });
  world.onChange();
  expect(found()).toEqual(['working-devices']);
  await open({ mayLose: { [ALICE]: 1 } });
  await world.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: arn });
  world.onChange();
  expect(found()).toEqual([]);
});

test('a token that was burned again makes one working device fewer', () => {
  world.tokens.delete(TOKENS.alicePrimary);
  world.onChange();
  expect(found()).toEqual(['working-devices']);
});

test('a device whose clock AWS was told wrong makes one working device fewer', async () => {
  const seed = world.witness.device(arn)?.seed ?? new Uint8Array();
  const counter = Math.floor(world.clock.now() / 30_000) + 100;
  await world.admin('iam', 'ResyncMFADevice', {
    UserName: ALICE,
    SerialNumber: arn,
    AuthenticationCode1: hotp(seed, counter - 1),
    AuthenticationCode2: hotp(seed, counter),
  });
  world.onChange();
  expect(found()).toEqual(['working-devices']);
});

test('a device enabled before its token was proven is found at once', async () => {
  await enableUnproven(`${ALICE}.backup.${TOKENS.aliceBackup}`);
  expect(found()).toEqual(['proven-before-enable']);
});

test('an unassigned device of ours is an orphan', async () => {
  await create(`${ALICE}.backup.${TOKENS.aliceBackup}`);
  checkAll();
  expect(found()).toEqual(['no-orphan']);
});

test('an enabled token that the record does not declare, and one without evidence, are found', async () => {
  await enableUnproven(`${ALICE}.backup.${TOKENS.bobPrimary}`);
  checkAll();
  expect(found()).toEqual(expect.arrayContaining(['record-is-iam', 'evidence-complete']));
});

test('evidence ids that stand in the logs twice are found', () => {
  machine.evidence.set(FLEET, '{"id":"one"}\n{"id":"two"}\n');
  checkAll();
  expect(found()).toEqual([]);
  machine.evidence.set(FLEET, '{"id":"one"}\n{"id":"one"}\n');
  checkAll();
  expect(found()).toEqual(['evidence-complete']);
});

test.each([
  ['the phone of the holder', async () => world.admin('iam', 'DeactivateMFADevice', phone())],
  ['a device of another fleet', async () => remove('/mfa-guardrails/other-fleet/zoe.primary.86596220000077')],
  ['one of this fleet made by hand', async () => remove(`${PATH}${ALICE}.primary.86596220000055`)],
  ['the record', async () => world.admin('ssm', 'PutParameter', manifest())],
])('%s is not to be touched', async (_name, touch) => {
  await touch();
  checkAll();
  expect(found()).toEqual(['nothing-foreign-touched']);
});

function phone() {
  return { UserName: ALICE, SerialNumber: 'arn:aws:iam::123456789012:mfa/alice-phone' };
}
function manifest() {
  return {
    Name: `/mfa-guardrails/${FLEET}/record/manifest`,
    Value: '{}',
    Type: 'String',
    Overwrite: true,
  };
}
function remove(name: string) {
  return world.admin('iam', 'DeleteVirtualMFADevice', {
    SerialNumber: `arn:aws:iam::123456789012:mfa${name}`,
  });
}

test.each([
  ['printed', (text: string) => world.output.push(text)],
  ['written to the disk', (text: string) => machine.written.push(text)],
  ['in a parameter', (text: string) => world.parameters.set(`/mfa-guardrails/${FLEET}/evidence/x/y`, text)],
])('a seed that is %s is found, in hexadecimal and in Base64', (_name, leak) => {
  const [seed = new Uint8Array()] = world.witness.seeds;
  leak('no seed');
  watch.checkEnd();
  expect(found()).toEqual([]);
  leak(`so: ${Buffer.from(seed).toString('base64')}`);
  watch.checkEnd();
  expect(found()).toEqual(['seed-nowhere']);
});

test('a machine whose clock is wrong may change nothing', async () => {
  await open({ skewMs: { A: 60_000, B: 4_000 } });
  const effect = { operation: 'CreateVirtualMFADevice', input: {} };
  world.onChange({ ...effect, process: new Process('B', () => undefined) });
  expect(found()).toEqual([]);
  world.onChange({ ...effect, process: new Process('A', () => undefined) });
  expect(found()).toEqual(['clock-checked']);
});

const enrollment = CEREMONIES.find(({ name }) => name === 'enroll') as Ceremony;

function play(ceremony: Ceremony, newMachine = (name: string) => new Machine(name)) {
  return playEpisode(
    {
      parts: [{ ceremony, skewMs: 0, deletesLeftovers: false }],
      oneMachine: true,
      visibilityLagMs: 0,
      plan: NO_FAULTS,
      again: true,
      newMachine,
    },
    new Random(3),
  );
}

/** A disk on which a file is written whenever journals are listed. */
class BusyMachine extends Machine {
  public override journalsFor(outside: Parameters<Machine['journalsFor']>[0]) {
    const journals = super.journalsFor(outside);
    return {
      ...journals,
      list: (fleet: string) => {
        this.writes++;
        return journals.list(fleet);
      },
    };
  }
}

/** A disk from which a journal that was removed comes back. */
class HauntedMachine extends Machine {
  public override journalsFor(outside: Parameters<Machine['journalsFor']>[0]) {
    const journals = super.journalsFor(outside);
    return {
      ...journals,
      open: async (subject: Parameters<typeof journals.open>[0]) => {
        const open = await journals.open(subject);
        return { ...open, remove: open.release };
      },
    };
  }
}

test('a whole run is clean, and not when a resume writes, a journal stays, or nothing is done', async () => {
  expect(await play(enrollment)).toMatchObject({ violations: [], exitCodes: { A: 0 } });
  const busy = await play(enrollment, (name) => new BusyMachine(name));
  expect(busy.violations.map(({ invariant }) => invariant)).toEqual(['resume-idempotent']);
  const haunted = await play(enrollment, (name) => new HauntedMachine(name));
  expect(haunted.violations.map(({ invariant }) => invariant)).toContain('no-open-journal');
  const idle = await play({ ...enrollment, isDone: () => false });
  expect(idle.violations.map(({ invariant }) => invariant)).toEqual(['done-is-done', 'done-is-done']);
});

test('a crash, and a failure that calls itself a defect, are found', () => {
  world.crashes.push(new Error('thrown by run'));
  world.output.push('mfa-runbook: hint: this is a defect of mfa-runbook: report it\n');
  checkAll();
  expect(watch.violations.map(({ invariant }) => invariant)).toEqual(['no-defect', 'no-defect']);
});

test.each(['molto2', 'oath'])('what others have on a %s is not to be touched', async (type) => {
  const { inventory = '', serials } = KIND_CEREMONIES.find(({ driver }) => driver === type) ?? {
    serials: [],
  };
  world = await World.open({ inventory, enrolled: [], visibilityLagMs: 0 }, new Random(7));
  watch = new Watch(world, [machine], { mayLose: {}, skewMs: {} });
  const [place = ''] = serials;
  const token = world.token(place);
  checkAll();
  expect(found()).toEqual([]);
  world.tokens.set(place, { ...token, place, foreign: '[]' });
  checkAll();
  expect(found()).toEqual(['nothing-foreign-touched']);
});

test('a device of root that is removed makes one working device fewer, unless it may be lost', async () => {
  for (const mayLose of [{}, { [ROOT]: 1 }]) {
    const { inventory = '', enrolled } = ROOT_CEREMONIES.find(({ name }) => /^prove/.test(name)) ?? {
      enrolled: [],
    };
    world = await World.open({ inventory, enrolled, visibilityLagMs: 0 }, new Random(7));
    watch = new Watch(world, [machine], { mayLose, skewMs: {} });
    const [{ serial } = { serial: '' }] = enrolled;
    checkAll();
    expect(found()).toEqual([]);
    const person = world.person([]);
    person.reads('6. in the section "MFA" select the device below and press "Remove"\n');
    person.reads(`root.primary.${serial}\n`);
    expect(world.witness.deviceAt(serial)).toBeUndefined();
    expect(found()).toEqual(ROOT in mayLose ? [] : ['working-devices']);
  }
});

test('a printed token that is deactivated makes one working device fewer', async () => {
  const { inventory = '' } = KIND_CEREMONIES.find(({ driver }) => driver === 'hardware-totp') ?? {};
  const printed: EnrolledSlot = { ...PRIMARY, serial: PRINTED[0] };
  world = await World.open({ inventory, enrolled: [printed], visibilityLagMs: 0 }, new Random(7));
  watch = new Watch(world, [machine], { mayLose: {}, skewMs: {} });
  world.onChange();
  checkAll();
  expect(found()).toEqual([]);
  await world.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: PRINTED[0] });
  world.onChange();
  expect(found()).toEqual(['working-devices']);
});

test.each([
  [
    'mfa-runbook: hint: run it again\nmfa-runbook: state: nothing was changed, the token was not written',
    false,
    true,
  ],
  [
    'mfa-runbook: hint: run it again\nmfa-runbook: state: nothing was changed, the token was not written',
    true,
    false,
  ],
  ['mfa-runbook: hint: run it again\nmfa-runbook: state: the token may have been written', true, true],
  ['mfa-runbook: state: nothing was changed', false, false],
  ['mfa-runbook: hint: run it again', false, false],
])('last words are judged: %j', (output, hasWritten, isRight) => {
  expect(problemOfState(output, hasWritten) === undefined).toBe(isRight);
});
