import { planFleet } from '../../../runbook/review/fleet-plan';
import { itemsOf } from '../../../runbook/review/items';
import { CommandLine } from '../../../runbook/terminal/command-line';
import { journalOf } from '../../support/sample-journals';
import { ACCOUNT, arnOf, day, device, FLEET, RECORD, stateOf, token } from './fleets';

function commandsOf(about: Parameters<typeof stateOf>[0], ...common: readonly string[]) {
  return itemsOf(planFleet(stateOf(about)), CommandLine.of(['plan', ...common])).map(
    ({ kind, slot, command }) => [kind, slot, command],
  );
}

const OLD = device('alice', 'primary', 'A1', { enabledAt: day('2020-01-01') });
const BACKUP = device('alice', 'backup', 'A2');
function begunIn(account: string) {
  return {
    place: '/j',
    journal: journalOf({ fleet: FLEET, account, holder: 'alice', slot: 'primary' }, []),
    error: undefined,
  };
}

test('a fleet in order has no items', () => {
  expect(commandsOf({})).toEqual([]);
});

test('a token at the end of its service is replaced as expired', () => {
  expect(commandsOf({ devices: [OLD, BACKUP] }, '--fleet', 'f')).toEqual([
    ['replace', 'primary', 'mfa-runbook replace alice --slot primary --reason expired --fleet f'],
  ]);
});

test('a slot with a spare in it is settled in tokens.yaml, by no command, unless this machine has begun something', () => {
  const record = { ...RECORD, spares: [{ serial: 'S1', type: 'programmable' as const }] };
  const devices = [BACKUP, device('alice', 'primary', 'S1')];
  const line = CommandLine.of(['plan']);
  const [only, ...rest] = itemsOf(planFleet(stateOf({ record, devices })), line);
  expect(rest).toEqual([]);
  expect(only).toMatchObject({
    kind: 'deploy',
    holder: 'alice',
    slot: 'primary',
    serial: 'A1',
    command: undefined,
    byHand: 'move S1 from spares to alice primary in tokens.yaml and run `cdk deploy`',
  });
  const begun = itemsOf(planFleet(stateOf({ record, devices, journals: [begunIn(ACCOUNT)] })), line);
  expect(begun.map(({ kind, command }) => [kind, command])).toEqual([['finish', 'mfa-runbook resume']]);
});

test('what is left over of the token that a spare replaced is deleted by the AWS CLI', () => {
  const record = { ...RECORD, spares: [{ serial: 'S1', type: 'programmable' as const }] };
  const left = device('alice', 'primary', 'A1', { user: null });
  expect(commandsOf({ record, devices: [BACKUP, left, device('alice', 'primary', 'S1')] })).toEqual([
    ['deploy', 'primary', undefined],
    ['leftover', 'primary', `aws iam delete-virtual-mfa-device --serial-number ${left.arn}`],
  ]);
});

test('what this machine has begun is finished by resume and listed once, in this account only', () => {
  const devices = [OLD, BACKUP];
  expect(commandsOf({ devices, journals: [begunIn(ACCOUNT)] })).toEqual([
    ['finish', 'primary', 'mfa-runbook resume'],
  ]);
  expect(commandsOf({ devices, journals: [begunIn('999999999999')] })).toEqual([
    ['finish', 'primary', 'mfa-runbook resume'],
    ['replace', 'primary', 'mfa-runbook replace alice --slot primary --reason expired'],
  ]);
});

test('a hardware TOTP token is enrolled by itself', () => {
  const record = {
    ...RECORD,
    holders: [{ name: 'alice', tokens: [token('primary', 'GAHT12345678', { type: 'hardware-totp' })] }],
  };
  expect(commandsOf({ record, devices: [] })).toEqual([
    ['enroll', 'primary', 'mfa-runbook enroll alice --slot primary'],
  ]);
});

test.each(['oath', 'molto2', 'fido2'] as const)(
  'a command is named for a %s token only if one enrolls it',
  (type) => {
    const profile = type === 'molto2' ? { profile: 1 } : {};
    const record = {
      ...RECORD,
      holders: [{ name: 'alice', tokens: [token('primary', 'K1', { type, ...profile })] }],
    };
    const [[kind, , command] = []] = commandsOf({ record, devices: [] });
    expect(kind).toBe('enroll');
    expect(command).toBe('mfa-runbook enroll alice --slot primary');
    expect(commandsOf({ devices: [BACKUP] })).toEqual([
      ['enroll', 'primary', 'mfa-runbook enroll alice --slot primary'],
    ]);
  },
);

test('a device that a person must look into has no command', () => {
  const other = device('alice', 'primary', 'OLD');
  expect(commandsOf({ devices: [...stateOf().devices, other] })).toEqual([['inspect', 'primary', undefined]]);
});

test('what is left over of a declared token goes by the ceremony that its token needs', () => {
  const left = device('alice', 'primary', 'A1', { user: null });
  expect(commandsOf({ devices: [BACKUP, left, device('alice', 'primary', 'OLD')] })).toEqual([
    ['replace', 'primary', 'mfa-runbook replace alice --slot primary --reason REASON'],
    ['leftover', 'primary', 'mfa-runbook replace alice --slot primary --reason REASON'],
  ]);
  const undeclared = device('alice', 'primary', 'A7', { user: null });
  expect(commandsOf({ devices: [...stateOf().devices, undeclared] })).toEqual([
    [
      'leftover',
      'primary',
      `aws iam delete-virtual-mfa-device --serial-number ${arnOf('alice', 'primary', 'A7')}`,
    ],
  ]);
});
