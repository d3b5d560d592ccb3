/** Who and what there is in every world: the record, the holders, the tokens, and devices that are none of our business. */
import { parseInventory } from '../../lib/record/inventory';
import {
  type DeviceName,
  formatDeviceArn,
  parseDeviceArn,
  parseRootDeviceName,
  rootDeviceName,
} from '../../lib/record/names';
import { formatRecord, type RecordParameter } from '../../lib/record/pages';
import { formatPlace, parsePlace } from '../../lib/record/place';
import type { TokenType } from '../../lib/record/record';

export const FLEET = 'break-glass';
export const ACCOUNT = '123456789012';
export const ALICE = 'alice.breakglass';
export const BOB = 'bob.breakglass';
/** The root user of the account. */
export const ROOT = `root@${ACCOUNT}`;

/** Serials of the record. */
export const TOKENS = {
  alicePrimary: '86596220000001',
  aliceBackup: '86596100000002',
  bobPrimary: '86596220000003',
  /** Declared for Alice's primary slot once the record was changed. */
  aliceNew: '86596120000007',
  spare: '86596220000009',
  /** Of a slot that is not in the record any more. */
  bobTravel: '86596000000011',
} as const;

/** The record as it is deployed. */
export const INVENTORY = inventory(TOKENS.alicePrimary);

/** The record once Alice's primary token was replaced in `tokens.yaml` and deployed. */
export const INVENTORY_CHANGED = inventory(TOKENS.aliceNew);

function inventory(alicePrimary: string): string {
  return `
fleet: ${FLEET}
holders:
  ${ALICE}:
    - { slot: primary, serial: "${alicePrimary}", custody: "HQ fireproof safe" }
    - { slot: backup, serial: "${TOKENS.aliceBackup}", custody: "bank deposit box" }
  ${BOB}:
    - { slot: primary, serial: "${TOKENS.bobPrimary}" }
spares:
  - { serial: "${TOKENS.spare}", custody: "security office" }
`;
}

/** Serials that AWS knows. Both are, or can be, of Alice's primary slot. */
export const PRINTED = ['GAHT12345678', 'GAKT12345678'] as const;

/** Serials that AWS knows. Both are, or can be, of the root user's primary slot. */
export const ROOT_PRINTED = ['GAHT87654321', 'GAKT87654321'] as const;

/** Serials printed on security keys. Both are, or can be, of Alice's primary slot. */
export const KEYS = ['31415926', '31415927'] as const;

/** A device of a security key, with the random part that IAM appends to its name. */
const KEY_ARN = /^arn:aws:iam::\d{12}:u2f\/(?:user\/([^/]+)|root)\/(.+)-[A-Z2-7]{26}$/;

export function isKey(arn: string): boolean {
  return KEY_ARN.test(arn);
}

/** Makes the ARN of a slot's device; IAM knows a printed token by its serial. */
export function arnOf({ holder, slot }: Slot, place: string): string {
  if (isPrinted(place)) {
    return place;
  }
  if (holder === ROOT) {
    return `arn:aws:iam::${ACCOUNT}:mfa/${rootDeviceName({ slot, ...placeNamed(place) })}`;
  }
  return formatDeviceArn('aws', ACCOUNT, FLEET, { holder, slot, ...placeNamed(place) });
}

/** Parses a place of the cast. */
export function placeNamed(text: string) {
  return parsePlace(text) ?? { serial: text };
}

/** Tells whose device an ARN, or a printed serial, is; `undefined` for one that this cast does not name. */
export function nameOf(arn: string): (DeviceName & { readonly fleet: string }) | undefined {
  const [, keyHolder, keyName = ''] = KEY_ARN.exec(arn) ?? [];
  if (keyHolder !== undefined) {
    const [slot = '', serial = ''] = keyName.split('.');
    return { fleet: FLEET, holder: keyHolder, slot, serial };
  }
  const root = parseRootDeviceName(keyName || arn.replace(`arn:aws:iam::${ACCOUNT}:mfa/`, ''));
  if (root !== undefined) {
    return { fleet: FLEET, holder: ROOT, ...root };
  }
  if (!isPrinted(arn)) {
    return parseDeviceArn(arn);
  }
  const holder = ROOT_PRINTED.some((serial) => serial === arn) ? ROOT : ALICE;
  return { fleet: FLEET, holder, slot: 'primary', serial: arn };
}

export function isPrinted(text: string): boolean {
  return [...PRINTED, ...ROOT_PRINTED].some((serial) => serial === text);
}

const formatted = new Map<string, readonly RecordParameter[]>();

/** The parameters of an inventory; worked out once. */
export function recordOf(text: string): readonly RecordParameter[] {
  const known = formatted.get(text);
  if (known !== undefined) {
    return known;
  }
  const parameters = formatRecord(parseInventory(text, 'tokens.yaml'));
  formatted.set(text, parameters);
  return parameters;
}

/** The contents of a record. */
interface Declared {
  /** Place by `holder slot`. */
  readonly declared: ReadonlyMap<string, string>;
  readonly spares: ReadonlySet<string>;
  /** Type by place. */
  readonly types: ReadonlyMap<string, TokenType>;
}

const declarations = new Map<string, Declared>();

/** Parses an inventory, once. */
export function declaredBy(inventory: string): Declared {
  const before = declarations.get(inventory);
  if (before !== undefined) {
    return before;
  }
  const { holders: users, roots, spares } = parseInventory(inventory, 'tokens.yaml');
  const holders = [...users, ...roots.map(({ tokens }) => ({ name: ROOT, tokens }))];
  const slots = holders.flatMap(({ name, tokens }) =>
    tokens.map((token): [string, string] => [`${name} ${token.slot}`, formatPlace(token)]),
  );
  const all = [...spares, ...holders.flatMap(({ tokens }) => tokens)];
  const declared = {
    declared: new Map(slots),
    spares: new Set(spares.map(formatPlace)),
    types: new Map(all.map((token): [string, TokenType] => [formatPlace(token), token.type])),
  };
  declarations.set(inventory, declared);
  return declared;
}

/** A slot of a holder. */
export interface Slot {
  readonly holder: string;
  readonly slot: string;
}

/** A slot that is enrolled before the run begins. */
export interface EnrolledSlot extends Slot {
  /** Of a profile, `SERIAL+07`. */
  readonly serial: string;
  /** The lead of the token's clock since its enrollment. @default 0 */
  readonly driftSeconds?: number;
  /** Where the token is. @default with the operators */
  readonly token?: 'gone' | 'broken';
}

/** Devices that nobody asked us to touch. */
export const FOREIGN: readonly {
  readonly path: string;
  readonly name: string;
  readonly user?: string;
  readonly tags?: Readonly<Record<string, string>>;
}[] = [
  { path: '/', name: 'alice-phone', user: ALICE },
  { path: '/', name: 'phone-of-nobody' },
  {
    path: '/mfa-guardrails/other-fleet/',
    name: 'zoe.primary.86596220000077',
    tags: { 'mfa-guardrails:run': '00000000-0000-4000-8000-000000000000' },
  },
  { path: '/mfa-guardrails/break-glass/', name: `${ALICE}.primary.86596220000055` },
];
