/** States of a fleet for tests of the plan. */
import { deviceKindOf, fidoDeviceName } from '../../../lib/record/devices';
import { evidenceName, formatDeviceArn, rootDeviceName } from '../../../lib/record/names';
import { parsePlace } from '../../../lib/record/place';
import type { FleetRecord, SlotToken, Token } from '../../../lib/record/record';
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
  return formatDeviceArn('aws', ACCOUNT, FLEET, { holder, slot, ...(parsePlace(serial) ?? { serial }) });
}

/** Returns the ARN of a token's device, which IAM calls its serial number. */
export function deviceNumber(holder: string, slot: string, { type, serial, profile }: Token): string {
  const place = { slot, serial, ...(profile === undefined ? {} : { profile }) };
  const [, account] = /^root@(\d{12})$/.exec(holder) ?? [];
  switch (deviceKindOf(type)) {
    case 'hardware':
      return serial;
    case 'fido': {
      const path = account === undefined ? `user/${holder}` : 'root';
      return `arn:aws:iam::${account ?? ACCOUNT}:u2f/${path}/${fidoDeviceName(holder, place)}-${'A'.repeat(26)}`;
    }
    case 'virtual':
      return account === undefined
        ? formatDeviceArn('aws', ACCOUNT, FLEET, { holder, ...place })
        : `arn:aws:iam::${account}:mfa/${rootDeviceName(place)}`;
  }
}

/** Evidence of a slot that names a device. */
export function proofOf(holder: string, token: SlotToken, at = day('2026-11-01')): ReturnType<typeof proof> {
  const [name, { evidence }] = proof(holder, token.slot, token.serial, at);
  if (evidence === undefined) {
    throw new Error('a proof has evidence');
  }
  const deviceArn = deviceNumber(holder, token.slot, token);
  return [name, { evidence: { ...evidence, deviceArn }, fault: undefined }];
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
    tokenSerial: parsePlace(serial)?.serial ?? serial,
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

/** An account in which every holder is a user at the fleet's path, and nothing else is remarkable. */
function factsOf({ fleet, holders }: FleetRecord): FleetState['facts'] {
  const path = `/mfa-guardrails/${fleet}/`;
  const users = holders.map(
    ({ name }) => [name.toLowerCase(), { name, path, createdAt: day('2025-01-01') }] as const,
  );
  return {
    users: new Map(users),
    summary: { devicesInUse: undefined, rootHasDevice: undefined, rootHasCredentials: true },
    passwords: 'never',
  };
}

/** A fleet in which everything is fine, but for what is given. */
export function stateOf(about: Partial<FleetState> = {}): FleetState {
  const { record = RECORD } = about;
  return {
    record,
    devices: [device('alice', 'primary', 'A1'), device('alice', 'backup', 'A2')],
    proofs: new Map([proof('alice', 'primary', 'A1'), proof('alice', 'backup', 'A2')]),
    facts: factsOf(record),
    listed: [],
    unlisted: 0,
    roots: new Map(),
    journals: [],
    account: ACCOUNT,
    supply: DEFAULT_SUPPLY,
    nowMs: NOW,
    ...about,
  };
}
