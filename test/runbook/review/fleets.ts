/** States of a fleet for tests of the plan. */
import { evidenceName, formatDeviceArn } from '../../../lib/record/names';
import type { FleetRecord, SlotToken } from '../../../lib/record/record';
import { DEFAULT_SUPPLY } from '../../../lib/record/supply';
import type { VirtualDevice } from '../../../runbook/aws/aws';
import type { Evidence } from '../../../runbook/evidence/evidence';
import type { parseEvidence } from '../../../runbook/evidence/evidence-text';
import type { planFleet } from '../../../runbook/review/fleet-plan';

export type FleetState = Parameters<typeof planFleet>[0];

export const FLEET = 'f';
export const ACCOUNT = '123456789012';
/** A Sunday. */
export const NOW = Date.parse('2026-11-22T12:00:00Z');

/** A day before now, by its date. */
export function day(text: string): Date {
  return new Date(`${text}T12:00:00Z`);
}

export function arnOf(holder: string, slot: string, serial: string): string {
  return formatDeviceArn('aws', ACCOUNT, FLEET, { holder, slot, serial });
}

/** A device of the fleet, enabled for its holder unless said otherwise. */
export function device(
  holder: string,
  slot: string,
  serial: string,
  about: { readonly user?: string | null; readonly enabledAt?: Date } = {},
): VirtualDevice {
  const { user = holder, enabledAt = day('2026-09-01') } = about;
  const arn = arnOf(holder, slot, serial);
  return user === null ? { arn } : { arn, user, enabledAt };
}

/** The evidence of a slot's device. */
export function proof(
  holder: string,
  slot: string,
  serial: string,
  at = day('2026-11-01'),
  ceremony: 'enroll' | 'prove' | 'retire' = 'enroll',
): readonly [string, ReturnType<typeof parseEvidence>] {
  const evidence: Evidence = {
    schema: 1,
    id: '6f0d2c51-7b9e-4f0e-9a43-0d6b1c2e8f77',
    ceremony,
    fleet: FLEET,
    holder,
    slot,
    tokenSerial: serial,
    deviceArn: arnOf(holder, slot, serial),
    generation: '0'.repeat(64),
    by: `arn:aws:iam::${ACCOUNT}:user/olga`,
    at: at.toISOString(),
    checks: [],
    tool: 'mfa-runbook 0.1.0',
  };
  return [evidenceName(FLEET, holder, slot), { evidence, fault: undefined }];
}

export function token(slot: string, serial: string, about: Partial<SlotToken> = {}): SlotToken {
  return {
    slot,
    serial,
    type: 'programmable',
    ...about,
  };
}

/** Alice with two tokens. */
export const RECORD: FleetRecord = {
  fleet: FLEET,
  holders: [
    { name: 'alice', tokens: [token('backup', 'A2'), token('primary', 'A1', { custody: 'HQ safe' })] },
  ],
  roots: [],
  spares: [],
};

/** A fleet in which everything is fine, but for what is given. */
export function stateOf(about: Partial<FleetState> = {}): FleetState {
  return {
    record: RECORD,
    devices: [device('alice', 'primary', 'A1'), device('alice', 'backup', 'A2')],
    proofs: new Map([proof('alice', 'primary', 'A1'), proof('alice', 'backup', 'A2')]),
    printed: [],
    journals: [],
    account: ACCOUNT,
    supply: DEFAULT_SUPPLY,
    nowMs: NOW,
    ...about,
  };
}
