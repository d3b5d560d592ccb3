/** Every ceremony under the policy of the operator's role, and under nothing else: it is enough. */
import { Stack } from 'aws-cdk-lib';
import { RunbookOperator, TokenInventory, TokenRecord } from '../../../lib/index';
import { newApp } from '../../lib/fixtures';
import { ALICE_BACKUP, ALICE_PRIMARY, Bench } from '../../support/bench';
import { rendered } from '../../support/policy-simulation';
import type { VirtualToken2Single } from '../../tokens/token2-single';

const SPARE = '86596220000009';
const INVENTORY = `
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "${ALICE_PRIMARY}" }
    - { slot: backup, serial: "${ALICE_BACKUP}" }
spares:
  - { serial: "${SPARE}" }
`;

/** The statements of the deployed policy. */
function operatorPolicy(): string {
  const stack = new Stack(newApp(), 'Stack', { env: { account: '123456789012', region: 'eu-central-1' } });
  const record = new TokenRecord(stack, 'Record', {
    inventory: TokenInventory.fromYaml(INVENTORY, 'tokens.yaml'),
  });
  const operator = new RunbookOperator(stack, 'Operator', {
    record,
    existingHolders: ['alice.breakglass'],
  });
  return JSON.stringify(rendered(stack.resolve(operator.policy.document))).replaceAll(
    '111122223333',
    '123456789012',
  );
}

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.open({ inventory: INVENTORY });
  await bench.admin('iam', 'CreateUser', { UserName: 'olga' });
  await bench.admin('iam', 'PutUserPolicy', {
    UserName: 'olga',
    PolicyName: 'operator',
    PolicyDocument: operatorPolicy(),
  });
  bench.credentials = bench.sandbox.createAccessKey('olga');
});
afterEach(() => bench.close());

function lay(serial: string): VirtualToken2Single {
  const token = bench.tokens.find((each) => each.serial === serial) ?? bench.token(serial);
  if (!token.isOn) {
    token.press();
  }
  bench.readers.lay(token);
  bench.answer = ({ name }) => {
    if (name === 'serial') {
      return serial;
    }
    return name === 'consent' ? 'alice.breakglass' : token.readCode();
  };
  return token;
}

async function holds(...args: readonly string[]): Promise<string> {
  const { exitCode, people, data } = await bench.run(...args);
  // With what was said, for whoever reads a failure.
  expect(exitCode === 0 ? '' : `${args.join(' ')}\n${people}`).toBe('');
  return data;
}

test('a token is enrolled, proven, resynchronized, replaced and retired', async () => {
  await holds('doctor');
  lay(ALICE_PRIMARY);
  await holds('enroll', 'alice.breakglass', '--slot', 'primary');
  lay(ALICE_BACKUP);
  await holds('enroll', '--all');
  bench.clock.advance(60_000);
  lay(ALICE_PRIMARY);
  await holds('prove', 'alice.breakglass', '--slot', 'primary');
  bench.clock.advance(60_000);
  lay(ALICE_PRIMARY);
  await holds('resync', 'alice.breakglass', '--slot', 'primary');
  expect([undefined, 'plan/to-do']).toContain((await bench.runJson('plan')).code);
  lay(SPARE);
  await holds('replace', 'alice.breakglass', '--slot', 'primary', '--reason', 'stolen', '--yes');
  expect(await holds('evidence', 'list')).toContain('replace');
  expect(await holds('evidence', 'certificate', 'alice.breakglass', '--slot', 'backup')).toContain(
    ALICE_BACKUP,
  );
  await holds('evidence', 'verify');
  await holds('resume');
  lay(SPARE);
  await holds('retire', 'alice.breakglass', '--all-devices');
  expect(await bench.devices()).toEqual([]);
  const denied = bench.sandbox.calls.filter(({ errorCode }) => errorCode === 'AccessDenied');
  expect(denied).toEqual([]);
});

test("another user's device is out of its reach", async () => {
  await bench.admin('iam', 'CreateUser', { UserName: 'bob' });
  const arn = await bench.assignDevice('bob', `bob.primary.${ALICE_PRIMARY}`);
  const deactivate = bench.sandbox.call(bench.sandbox.createAccessKey('olga'), 'iam', 'DeactivateMFADevice', {
    UserName: 'bob',
    SerialNumber: arn,
  });
  await expect(deactivate).rejects.toThrow('not authorized');
});
