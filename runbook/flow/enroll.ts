/** Enrolment: the nine steps, in order, and what happens to IAM when one of them refuses. */
import { evidenceName, manifestName } from '../../lib/record/names';
import type { DeployedRecord } from '../../lib/record/pages';
import type { SlotToken } from '../../lib/record/record';
import type { CallerIdentity } from '../aws/ports';
import { type Evidence, enrolmentEvidence } from '../report/evidence';
import { cancelled, RunbookError } from '../runbook-error';
import { burn } from './burn';
import { declaredToken, readRecord } from './declared-token';
import { compensate, confirmDevice, createDevice, type DeviceRequest, enableDevice } from './device';
import { explain } from './explain';
import type { Ports } from './ports';
import { checkClock, findSlot, holderDevices } from './preflight';
import { proveCodes, type TypedCodes } from './prove-codes';
import { awaitToken, checkDeclared, type PresentToken } from './token-on-reader';
import { World } from './world';

/** What to enrol. */
export interface EnrollRequest {
  readonly fleet: string;
  readonly holder: string;
  readonly slot: string;
  readonly reader: string | undefined;
  readonly codes: TypedCodes;
  /** The command line, for hints. */
  readonly command: string;
}

/** A finished enrolment. */
export interface Enrolment {
  readonly outcome: 'enrolled' | 'already-enrolled';
  readonly deviceArn: string;
  readonly token: SlotToken;
  readonly evidence: Evidence | undefined;
}

/** Length of the seeds AWS makes, in bytes: a token that takes fewer is refused before a device is made. */
const AWS_SEED_BYTES = 40;

/** What steps 1 and 2 found. */
interface Plan {
  readonly deployed: DeployedRecord;
  readonly identity: CallerIdentity;
  readonly token: SlotToken;
}

/**
 * Enrols one token.
 *
 * @throws RunbookError with the state of IAM and of the token
 */
export async function enroll(request: EnrollRequest, ports: Ports, signal: AbortSignal): Promise<Enrolment> {
  const world = new World();
  try {
    return await enrollSteps(request, ports, world, signal);
  } catch (error) {
    await compensate(ports, world);
    const reason = signal.aborted ? cancelled(error) : error;
    throw explain(reason, request).withState(world.describe());
  }
}

async function enrollSteps(
  request: EnrollRequest,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<Enrolment> {
  const { terminal } = ports;
  const plan = await findPlan(request, ports);
  const { deployed, identity, token } = plan;
  terminal.heading(`enrol ${token.serial} as ${token.slot} of ${request.holder}${custodyOf(token)}`);
  step(ports, 'record', `record ${shortGeneration(deployed)} declares this token`, {
    generation: deployed.manifest.generation,
  });

  const name = { holder: request.holder, slot: request.slot, serial: token.serial };
  const slot = findSlot(identity, request.fleet, name, await holderDevices(ports.aws, request.holder));
  if (slot.found === 'enrolled') return completeEvidence(request, plan, slot.device.arn, ports, world);
  step(ports, 'preflight', `${identity.arn} may begin; the clocks agree; the slot is free`, {
    caller: identity.arn,
  });

  const message = `switch ${token.serial} on and lay it on the reader`;
  const present = await awaitToken(ports, request.reader, message, signal);
  checkDeclared(present, token, AWS_SEED_BYTES, request.command);
  step(ports, 'token', `the token on the reader is ${present.info.serial}, model ${present.info.model}`, {
    serial: present.info.serial,
    model: present.info.model,
  });

  const deviceRequest: DeviceRequest = {
    fleet: request.fleet,
    name,
    generation: deployed.manifest.generation,
    identity,
    command: request.command,
  };
  await deviceSteps(request, deviceRequest, present, token, ports, world, signal);
  await confirmDevice(deviceRequest, ports, world, signal);
  const generation = await confirmRecord(request, plan, ports);
  step(
    ports,
    'confirmed',
    'IAM lists the device for the holder, and the record still declares the token',
    {},
  );

  const evidence = await writeEvidence(request, plan, world.deviceArn, generation, ports, {
    model: present.info.model,
    checks: ['record', 'clock', 'serial', 'burn', `codes:${request.codes}`, 'listed'],
  });
  terminal.event('enrolled', { ...evidence });
  return { outcome: 'enrolled', deviceArn: world.deviceArn, token, evidence };
}

/** Steps 4 to 7, while the seed is in memory. */
async function deviceSteps(
  request: EnrollRequest,
  deviceRequest: DeviceRequest,
  present: PresentToken,
  token: SlotToken,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const { seed, arn } = await createDevice(deviceRequest, ports, world, signal);
  try {
    step(ports, 'device', `created the device ${arn}`, { deviceArn: arn });
    const { reader, command, holder } = request;
    await burn(present, { declared: token, seed, reader, command }, ports, world, signal);
    step(ports, 'burned', 'the token took the seed, and its clock is right', {});
    ports.terminal.note('take the token off the reader, switch it off and on, and read its code');
    const codes = await proveCodes({ seed, holder, token, typed: request.codes, command }, ports, signal);
    step(ports, 'codes', 'the token shows the right codes', {});
    signal.throwIfAborted();
    await ports.terminal.during('enabling the device', enableDevice(deviceRequest, codes, ports, world));
    step(ports, 'enabled', `AWS enabled the device for ${holder}`, { deviceArn: arn });
  } finally {
    seed.wipe();
  }
}

async function findPlan(request: EnrollRequest, ports: Ports): Promise<Plan> {
  // One after the other: the first may ask for the operator's own code.
  const identity = await ports.terminal.during('signing in', ports.aws.identity());
  const deployed = await ports.terminal.during('reading the record', readRecord(ports.aws, request.fleet));
  const token = declaredToken(deployed, request.holder, request.slot);
  checkClock(identity);
  return { deployed, identity, token };
}

/** The generation to put into evidence; refuses a record that stopped declaring the token meanwhile. */
async function confirmRecord(request: EnrollRequest, plan: Plan, ports: Ports): Promise<string> {
  const manifest = await ports.aws.parameter(manifestName(request.fleet));
  if (manifest?.includes(plan.deployed.manifest.generation)) return plan.deployed.manifest.generation;
  const deployed = await readRecord(ports.aws, request.fleet);
  const now = deployed.record.holders
    .find((holder) => holder.name === request.holder)
    ?.tokens.find((token) => token.slot === request.slot);
  if (now?.serial === plan.token.serial) return deployed.manifest.generation;
  throw new RunbookError(
    'record/changed',
    `the record was deployed anew during the enrolment and now declares ${now?.serial ?? 'no token'} for ${request.slot} of ${request.holder}`,
    {
      hints: [`put ${plan.token.serial} back into tokens.yaml and deploy, or deactivate the device in IAM`],
      exitCode: 3,
    },
  );
}

/** A run that ended after Enable left a device without evidence: the next one writes what it can still observe. */
async function completeEvidence(
  request: EnrollRequest,
  plan: Plan,
  deviceArn: string,
  ports: Ports,
  world: World,
): Promise<Enrolment> {
  world.device = 'enabled';
  world.deviceArn = deviceArn;
  ports.terminal.say(`${plan.token.serial} is enrolled already: ${deviceArn}`);
  const parameter = evidenceName(request.fleet, request.holder, request.slot);
  const written = await ports.aws.parameter(parameter);
  let evidence: Evidence | undefined;
  if (written === undefined || !written.includes(deviceArn)) {
    evidence = await writeEvidence(request, plan, deviceArn, plan.deployed.manifest.generation, ports, {
      checks: ['record', 'listed'],
    });
  }
  ports.terminal.event('already-enrolled', { deviceArn, serial: plan.token.serial });
  return { outcome: 'already-enrolled', deviceArn, token: plan.token, evidence };
}

async function writeEvidence(
  request: EnrollRequest,
  plan: Plan,
  deviceArn: string,
  generation: string,
  ports: Ports,
  observed: { readonly model?: string; readonly checks: readonly string[] },
): Promise<Evidence> {
  const evidence = enrolmentEvidence({
    fleet: request.fleet,
    holder: request.holder,
    token: plan.token,
    deviceArn,
    generation,
    callerArn: plan.identity.arn,
    atMs: ports.clock.now(),
    tool: ports.tool,
    ...observed,
  });
  const parameter = evidenceName(request.fleet, request.holder, request.slot);
  try {
    await ports.evidenceLog.append(evidence);
    await ports.aws.putParameter(parameter, JSON.stringify(evidence));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunbookError('evidence/not-written', `the evidence was not written: ${reason}`, {
      hints: [`run \`${request.command}\` again: it completes the evidence and changes nothing else`],
      cause: error,
    });
  }
  step(ports, 'evidence', `evidence is in ${parameter}`, { parameter });
  return evidence;
}

function step(ports: Ports, name: string, text: string, data: Readonly<Record<string, unknown>>): void {
  ports.terminal.say(text);
  ports.terminal.event('step', { step: name, ...data });
}

const custodyOf = (token: SlotToken): string => (token.custody === undefined ? '' : ` (${token.custody})`);

const shortGeneration = (deployed: DeployedRecord): string => deployed.manifest.generation.slice(0, 12);
