/** The steps of one retirement, as data. */
import { manifestName } from '../../lib/record/names';
import type { DeployedRecord } from '../../lib/record/pages';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import type { Step } from '../ceremony/effects';
import { writeEvidence } from '../ceremony/evidence-step';
import type { RetirableDevice } from '../device/holder-devices';
import { chosen, deactivated, deleted, Outgoing, type Removing, unlisted } from '../device/remove-device';
import { readRecord } from '../record/declared-token';
import { settleEvidence } from './enroll-evidence';

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
    if (target === undefined) {
      return undefined;
    }
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
    if (manifest?.includes(deployed.manifest.generation)) {
      return undefined;
    }
    context.current = await readRecord(ports.aws, request.fleet);
    return undefined;
  },
};

const evidence: Step<Retiring> = {
  name: 'evidence',
  run: async ({ ceremony, outgoing, current }) => {
    const { ports, request, world, identity } = ceremony;
    if (outgoing === undefined) {
      throw new Error('there is nothing to write evidence of');
    }
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
        checks: [
          // One retires what the record no longer declares, too.
          ...(isDeclared(current, ceremony, outgoing.serial) ? ['record'] : []),
          ...(outgoing.isAssigned ? ['deactivated'] : []),
          'deleted',
          'not-listed',
        ],
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
    if (outgoing === undefined || !isDeclared(current, ceremony, outgoing.serial)) {
      return undefined;
    }
    ports.terminal.note(
      `tokens.yaml still declares ${outgoing.serial} for ${request.slot} of ${request.holder}: remove it and run \`cdk deploy\`, or \`mfa-runbook plan${request.options}\` will ask to enrol it`,
    );
    ports.terminal.event('still-declared', {
      holder: request.holder,
      slot: request.slot,
      serial: outgoing.serial,
    });
    return undefined;
  },
};

function isDeclared({ record: { holders } }: DeployedRecord, { request }: Ceremony, serial: string): boolean {
  return holders.some(
    ({ name, tokens }) =>
      name === request.holder &&
      tokens.some((token) => token.slot === request.slot && token.serial === serial),
  );
}

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
