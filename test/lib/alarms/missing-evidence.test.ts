/** A device that the record declares needs evidence that is as new as the device, within an hour. */
import { missingEvidence } from '../../../lib/alarms/missing-evidence';
import type { Notice } from '../../../lib/alarms/notice';
import { TokenInventory } from '../../../lib/index';
import { formatRecord } from '../../../lib/record/pages';
import { ACCOUNT, delivered, deviceCall, roleSession } from './cloudtrail-events';

const FLEET = TokenInventory.fromYaml(
  `fleet: ops
holders:
  olga_x:
    - { slot: primary, serial: "86596220000077", type: programmable }
    - { slot: fob, serial: "GAHT00012345", type: hardware-totp }
    - { slot: key, serial: "31415926", type: fido2 }
roots:
  "${ACCOUNT}":
    - { slot: primary, serial: "826658719844499", type: molto2, profile: 0 }
`,
  'tokens.yaml',
)._record;
const OPERATOR = roleSession('OperatorRole', 'olga');
const IAM = `arn:aws:iam::${ACCOUNT}`;
const DEVICE = `${IAM}:mfa/mfa-guardrails/ops/olga_x.primary.86596220000077`;
const ENABLED = '2026-03-01T09:30:00Z';

/** Sixty-nine minutes after the device was enabled, which is the run that looks at its quarter of an hour. */
const RUN = '2026-03-01T10:45:12Z';

/** The usual device, and its differences. */
interface Scene {
  readonly device?: string;
  readonly user?: string;
  readonly enabledAt?: string;
  readonly errorCode?: string;
  readonly evidence?: { readonly name: string; readonly deviceArn?: string; readonly modified?: string };
  readonly run?: string;
  readonly isTorn?: boolean;
}

async function judge(scene: Scene = {}): Promise<readonly Notice[]> {
  const { device = DEVICE, user = 'olga_x', enabledAt = ENABLED, evidence, errorCode, run = RUN } = scene;
  const { detail } = delivered({
    ...deviceCall(OPERATOR, 'EnableMFADevice', device, user),
    eventTime: enabledAt,
    ...(errorCode === undefined ? {} : { errorCode }),
  });
  const { name, deviceArn = device, modified = '2026-03-01T09:31:00Z' } = evidence ?? {};
  return missingEvidence(run, {
    fleets: ['ops'],
    read: async () => (scene.isTorn ? [] : formatRecord(FLEET)),
    readEvidence: async (path) =>
      name === undefined
        ? []
        : [
            {
              name: `${path}/${name}`,
              value: JSON.stringify({ deviceArn }),
              modifiedAt: Date.parse(modified),
            },
          ],
    enabledBetween: async (from, to) => {
      const at = Date.parse(enabledAt);
      // CloudTrail's search includes both ends.
      return at >= from && at <= to ? [detail] : [];
    },
  });
}

const FIDO = `${IAM}:u2f/user/olga_x/key.31415926-A2B3C4D5E6F7G2H3I4J5K6L7M2`;
const ROOT_DEVICE = `${IAM}:mfa/root.primary.826658719844499+00`;

describe.each<readonly [string, Scene, string]>([
  ['a programmable token', {}, 'olga_5Fx/primary'],
  ['a user in another case', { user: 'Olga_X' }, 'olga_5Fx/primary'],
  ['a hardware TOTP token', { device: 'GAHT00012345' }, 'olga_5Fx/fob'],
  ['a FIDO key', { device: FIDO }, 'olga_5Fx/key'],
  ['a device of root', { device: ROOT_DEVICE, user: 'AWS ROOT USER' }, `root_40${ACCOUNT}/primary`],
])('%s', (_, scene, name) => {
  test('without evidence is a message, which says what to do', async () => {
    const [notice, ...others] = await judge(scene);

    expect(others).toEqual([]);
    expect(notice?.subject).toBe('MFA alarm: an MFA device has no evidence of an enrollment');
    expect(notice?.message).toContain('Evidence: none');
    expect(notice?.message).toContain('Why it matters');
    expect(notice?.message).toContain('mfa-runbook prove');
  });

  test('with evidence is none', async () => {
    expect(await judge({ ...scene, evidence: { name } })).toEqual([]);
  });
});

test.each<readonly [string, Scene, number]>([
  ['of another device', { evidence: { name: 'olga_5Fx/primary', deviceArn: `${DEVICE}0` } }, 1],
  ['of another slot', { evidence: { name: 'olga_5Fx/backup' } }, 1],
  ['of the day before', { evidence: { name: 'olga_5Fx/primary', modified: '2026-02-28T09:31:00Z' } }, 1],
  [
    'by a clock that is a minute off',
    { evidence: { name: 'olga_5Fx/primary', modified: '2026-03-01T09:29:00Z' } },
    0,
  ],
])('evidence %s', async (_, scene, messages) => {
  expect(await judge(scene)).toHaveLength(messages);
});

test('each device is looked at by one run', async () => {
  for (const enabledAt of [
    '2026-03-01T09:30:00Z',
    '2026-03-01T09:37:11Z',
    '2026-03-01T09:44:59Z',
    '2026-03-01T09:45:00Z',
  ]) {
    let reports = 0;
    for (let minute = 0; minute < 180; minute += 15) {
      const run = new Date(Date.parse('2026-03-01T09:30:02Z') + minute * 60_000).toISOString();
      const found = await judge({ enabledAt, run });
      reports += found.length;
      expect(found.length === 0 || Date.parse(run) - Date.parse(enabledAt) >= 3_600_000).toBe(true);
    }
    expect([enabledAt, reports]).toEqual([enabledAt, 1]);
  }
});

test.each<readonly [string, Scene, number]>([
  ['that AWS refused', { errorCode: 'InvalidAuthenticationCodeException' }, 0],
  // It was a message when it was enabled.
  ['that no record declares', { device: `${IAM}:mfa/phone`, user: 'nadia' }, 0],
  ['of which the record cannot be read', { isTorn: true }, 1],
])('a device %s', async (_, scene, messages) => {
  expect(await judge(scene)).toHaveLength(messages);
});
