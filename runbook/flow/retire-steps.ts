/** Which devices of a holder can be retired, and the steps by which one goes. */
import { manifestName, parseDeviceArn } from '../../lib/record/names';
import type { DeployedRecord } from '../../lib/record/pages';
import { type AssignedDevice, AwsFault, type VirtualDevice } from '../aws/ports';
import { type Ceremony, type CeremonyRequest, type Preamble, tellStep } from './ceremony';
import { readRecord } from './declared-token';
import { settleEvidence } from './enroll-steps';
import { writeEvidence } from './evidence-step';
import type { Ports } from './ports';
import { chosen, deactivated, deleted, Outgoing, type Removing, runTagOf, unlisted } from './remove-device';
import type { Step } from './runner';

/** A device of ours that can be retired. */
export interface RetirableDevice {
  readonly arn: string;
  readonly slot: string;
  readonly serial: string;
  /** Its run tag; empty for one that carries none. */
  readonly run: string;
  readonly isAssigned: boolean;
}

/** What a holder has. */
export interface HolderDevices {
  /** At the fleet's path, by their names the holder's: the unassigned ones first. */
  readonly ours: readonly RetirableDevice[];
  /** Unassigned, at our path and with such a name, but made by nobody's mfa-runbook. */
  readonly unmarked: readonly string[];
  /** The holder's other devices: keys, phones, devices of other paths. */
  readonly others: readonly AssignedDevice[];
  /** Whether IAM still has the user. */
  readonly isUser: boolean;
}

/** Looks at every device of a holder. Changes nothing. */
export async function surveyHolder(
  { fleet, holder }: Pick<CeremonyRequest, 'fleet' | 'holder'>,
  { identity }: Preamble,
  ports: Ports,
): Promise<HolderDevices> {
  const listed = await ports.aws.virtualDevices();
  const assigned = await devicesOfPerhapsGone(holder, ports);
  const isOurs = (arn: string): boolean => {
    const name = parseDeviceArn(arn);
    return name?.account === identity.account && name.fleet === fleet && name.holder === holder;
  };
  const arns = new Set([
    ...listed.filter((device) => isOurs(device.arn) && isFreeOr(device, holder)).map(({ arn }) => arn),
    ...(assigned ?? []).filter(({ arn }) => isOurs(arn)).map(({ arn }) => arn),
  ]);
  const ours: RetirableDevice[] = [];
  const unmarked: string[] = [];
  for (const arn of [...arns].sort()) {
    const isAssigned =
      assigned?.some((device) => device.arn === arn) === true ||
      (assigned !== undefined && listed.some((device) => device.arn === arn && device.user === holder));
    const run = await runTagOf(arn, ports);
    const name = parseDeviceArn(arn);
    // Not there any more, and still listed.
    if (run === undefined || name === undefined) continue;
    if (!isAssigned && run === '') unmarked.push(arn);
    else ours.push({ arn, slot: name.slot, serial: name.serial, run, isAssigned });
  }
  return {
    ours: ours.sort((a, b) => Number(a.isAssigned) - Number(b.isAssigned)),
    unmarked,
    others: (assigned ?? []).filter(({ arn }) => !isOurs(arn)),
    isUser: assigned !== undefined,
  };
}

/** One that is assigned to somebody else than its name says is a matter for people. */
const isFreeOr = ({ user }: VirtualDevice, holder: string): boolean => user === undefined || user === holder;

async function devicesOfPerhapsGone(
  holder: string,
  ports: Ports,
): Promise<readonly AssignedDevice[] | undefined> {
  try {
    return await ports.aws.devicesOf(holder);
  } catch (error) {
    if (error instanceof AwsFault && error.code === 'NoSuchEntity') return undefined;
    throw error;
  }
}

/** What the steps of one retirement share. */
export interface Retiring extends Removing {
  /** The device that was agreed on; nothing where only an earlier run is gone on with. */
  readonly target: RetirableDevice | undefined;
  /** The record as it is at the end. */
  current: DeployedRecord;
}

/** Takes what was agreed on, unless an earlier run did. */
const take: Step<Retiring> = {
  name: 'take',
  isNeeded: ({ outgoing, target }) => outgoing === undefined && target !== undefined,
  run: async (context) => {
    const { target, ceremony } = context;
    ceremony.signal.throwIfAborted();
    if (target === undefined) return undefined;
    const { arn, serial, run, isAssigned } = target;
    context.outgoing = new Outgoing(arn, ceremony.request.holder, serial, run, isAssigned);
    ceremony.progress.retarget(serial);
    return undefined;
  },
};

/** The record is read again where it was deployed anew meanwhile. */
const record: Step<Retiring> = {
  name: 'record',
  run: async (context) => {
    const { ports, request, deployed } = context.ceremony;
    const manifest = await ports.aws.parameter(manifestName(request.fleet));
    if (manifest?.includes(deployed.manifest.generation)) return undefined;
    context.current = await readRecord(ports.aws, request.fleet);
    return undefined;
  },
};

const evidence: Step<Retiring> = {
  name: 'evidence',
  run: async ({ ceremony, outgoing, current }) => {
    const { ports, request, world, identity } = ceremony;
    if (outgoing === undefined) throw new Error('there is nothing to write evidence of');
    const written = await writeEvidence(
      ports,
      {
        id: world.id,
        ceremony: 'retire',
        fleet: request.fleet,
        holder: request.holder,
        slot: request.slot,
        tokenSerial: outgoing.serial,
        deviceArn: outgoing.arn,
        generation: current.manifest.generation,
        by: identity.arn,
        checks: ['record', ...(outgoing.isAssigned ? ['deactivated'] : []), 'deleted', 'not-listed'],
      },
      request.command,
    );
    ports.terminal.event('retired', { ...written });
    return undefined;
  },
  settle: settleEvidence,
};

/** A token that the record goes on declaring will be asked for. */
const reminder: Step<Retiring> = {
  name: 'reminder',
  run: async ({ ceremony, outgoing, current }) => {
    const { ports, request } = ceremony;
    if (outgoing === undefined || !isDeclared(current, ceremony, outgoing.serial)) return undefined;
    ports.terminal.note(
      `tokens.yaml still declares ${outgoing.serial} for ${request.slot} of ${request.holder}: remove it and run \`cdk deploy\`, or \`mfa-runbook plan\` will ask to enrol it`,
    );
    ports.terminal.event('still-declared', {
      holder: request.holder,
      slot: request.slot,
      serial: outgoing.serial,
    });
    return undefined;
  },
};

const isDeclared = (
  { record: { holders } }: DeployedRecord,
  { request }: Ceremony,
  serial: string,
): boolean =>
  holders.some(
    ({ name, tokens }) =>
      name === request.holder &&
      tokens.some((token) => token.slot === request.slot && token.serial === serial),
  );

/** Tells what was done, once nothing of the device is left. */
const announced: Step<Retiring> = {
  name: 'announced',
  run: async ({ ceremony: { ports, request }, outgoing }) => {
    const text = `IAM no longer lists ${outgoing?.serial ?? ''} for ${request.holder}`;
    tellStep(ports, 'confirmed', text, { deviceArn: outgoing?.arn });
    return undefined;
  },
};

/** The steps of one retirement, up to what shows whether there is anything to retire. */
export const TAKE_STEPS: readonly Step<Retiring>[] = [take];

/** The steps that retire what was taken. */
export const RETIRE_STEPS: readonly Step<Retiring>[] = [
  chosen,
  deactivated,
  deleted,
  unlisted,
  announced,
  record,
  evidence,
  reminder,
];
