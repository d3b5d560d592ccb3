/** Enrolment: the nine steps, in order, and what happens to IAM when one of them refuses. */
import { manifestName } from '../../lib/record/names';
import type { SlotToken } from '../../lib/record/record';
import type { Evidence } from '../report/evidence';
import { cancelled, RunbookError } from '../runbook-error';
import { burn } from './burn';
import { compensate } from './compensate';
import { declaredToken, readRecord } from './declared-token';
import { confirmDevice, createDevice, enableDevice } from './device';
import { hasEvidence, writeEvidence } from './evidence-step';
import { explain } from './explain';
import type { DeviceRequest } from './own-device';
import type { Ports } from './ports';
import { checkClock, checkUnused, findSlot, holderDevices } from './preflight';
import { proveCodes } from './prove-codes';
import type { EnrollRequest, Plan, Session } from './session';
import { awaitToken, CARD_WAIT_SECONDS, checkDeclared, type PresentToken } from './token-on-reader';
import { World } from './world';

/** A finished enrolment. */
export interface Enrolment {
  readonly outcome: 'enrolled' | 'already-enrolled';
  readonly deviceArn: string;
  readonly token: SlotToken;
  /** What this run wrote; nothing where there was evidence already. */
  readonly evidence: Evidence | undefined;
}

/** Length of the seeds AWS makes, in bytes: a token that takes fewer is refused before a device is made. */
const AWS_SEED_BYTES = 40;

/**
 * Enrols one token.
 *
 * @throws RunbookError with the state of IAM and of the token
 */
export async function enroll(request: EnrollRequest, ports: Ports, signal: AbortSignal): Promise<Enrolment> {
  const session: Session = { request, ports, world: new World(), signal };
  try {
    return await enrollSteps(session);
  } catch (error) {
    await compensate(ports, session.world);
    const reason = signal.aborted && error === signal.reason ? cancelled(error) : error;
    throw explain(reason, request).withState(session.world.describe());
  }
}

async function enrollSteps(session: Session): Promise<Enrolment> {
  const { request, ports, world, signal } = session;
  const plan = await findPlan(session);
  const { deployed, identity, token } = plan;
  const name = { holder: request.holder, slot: request.slot, serial: token.serial };
  const slot = findSlot(identity, request.fleet, name, await holderDevices(ports.aws, request.holder));
  if (slot.found === 'enrolled')
    return completeEvidence(session, plan, slot.device.arn, slot.device.enabledAt);
  checkUnused(request.fleet, name, request.command, await ports.aws.virtualDevices());
  step(ports, 'preflight', `${identity.arn} may begin; the clocks agree; the slot is free`, {
    caller: identity.arn,
  });

  const message = `switch ${token.serial} on and lay it on the reader (waiting for ${CARD_WAIT_SECONDS} s)`;
  const present = await awaitToken(ports, request.reader, message, signal);
  const { serial, model } = present.info;
  checkDeclared(present, token, AWS_SEED_BYTES, request.command);
  step(ports, 'token', `the token on the reader is ${serial}, model ${model}`, { serial, model });

  const { generation } = deployed.manifest;
  const deviceRequest = { fleet: request.fleet, name, generation, identity, command: request.command };
  await deviceSteps(session, deviceRequest, present, token);
  await confirmDevice(deviceRequest, ports, world, signal);
  const confirmed = await confirmRecord(session, plan);
  step(
    ports,
    'confirmed',
    'IAM lists the device for the holder, and the record still declares the token',
    {},
  );

  const evidence = await writeEvidence(session, plan, {
    generation: confirmed,
    model,
    checks: ['record', 'clock', 'serial', 'burn', `codes:${request.codes}`, 'listed'],
  });
  ports.terminal.event('enrolled', { ...evidence });
  return { outcome: 'enrolled', deviceArn: world.deviceArn, token, evidence };
}

/** Steps 4 to 7, while the seed is in memory. */
async function deviceSteps(
  { request, ports, world, signal }: Session,
  deviceRequest: DeviceRequest,
  present: PresentToken,
  token: SlotToken,
): Promise<void> {
  const { seed, arn } = await createDevice(deviceRequest, ports, world, signal);
  try {
    step(ports, 'device', `created the device ${arn}`, { deviceArn: arn });
    const { reader, command, holder } = request;
    checkDeclared(present, token, seed.length, command);
    await burn(present, { declared: token, seed, reader, command }, ports, world, signal);
    step(ports, 'burned', 'the token took the seed, and its clock is right', {});
    ports.terminal.note('take the token off the reader, switch it off and on, and read its code');
    const codes = await proveCodes({ seed, holder, token, typed: request.codes, command }, ports, signal);
    step(ports, 'codes', 'the token shows the right codes', {});
    const enabling = enableDevice(deviceRequest, codes, ports, world, signal);
    await ports.terminal.during('enabling the device', enabling);
    step(ports, 'enabled', `AWS enabled the device for ${holder}`, { deviceArn: arn });
  } finally {
    seed.wipe();
  }
}

async function findPlan({ request, ports }: Session): Promise<Plan> {
  const { terminal, aws } = ports;
  // One after the other: the first may ask for the operator's own code.
  const identity = await terminal.during('signing in', aws.identity());
  const deployed = await terminal.during('reading the record', readRecord(aws, request.fleet));
  const token = declaredToken(deployed, request.holder, request.slot);
  checkClock(identity);
  const custody = token.custody === undefined ? '' : ` (${token.custody})`;
  terminal.heading(`enrol ${token.serial} as ${token.slot} of ${request.holder}${custody}`);
  const { generation } = deployed.manifest;
  step(ports, 'record', `record ${generation.slice(0, 12)} declares this token`, { generation });
  return { deployed, identity, token };
}

/** The generation to put into evidence; refuses a record that stopped declaring the token meanwhile. */
async function confirmRecord({ request, ports }: Session, plan: Plan): Promise<string> {
  const { generation } = plan.deployed.manifest;
  if ((await ports.aws.parameter(manifestName(request.fleet)))?.includes(generation)) return generation;
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
  session: Session,
  plan: Plan,
  deviceArn: string,
  enabledAt: Date | undefined,
): Promise<Enrolment> {
  const { ports, world } = session;
  world.device = 'enabled';
  world.deviceArn = deviceArn;
  ports.terminal.say(`${plan.token.serial} is enrolled already: ${deviceArn}`);
  const evidence = (await hasEvidence(session, deviceArn, enabledAt))
    ? undefined
    : await writeEvidence(session, plan, {
        generation: plan.deployed.manifest.generation,
        checks: ['record', 'listed'],
      });
  ports.terminal.event('already-enrolled', { deviceArn, serial: plan.token.serial });
  return { outcome: 'already-enrolled', deviceArn, token: plan.token, evidence };
}

/** Tells people and machines that a step is done. */
function step(ports: Ports, name: string, text: string, data: Readonly<Record<string, unknown>>): void {
  ports.terminal.say(text);
  ports.terminal.event('step', { step: name, ...data });
}
