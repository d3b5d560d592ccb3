/** A holder who enrolls a token of their own, under the policy the guardrails attach (AWS-2023-001). */
import { Stack } from 'aws-cdk-lib';
import { MfaEnforcementPolicy, MfaSelfService } from '../../../lib/index';
import { newApp } from '../../lib/fixtures';
import { ALICE_PRIMARY, Bench } from '../../support/bench';
import { enrollPhone, type Phone } from '../../support/operator';
import type { VirtualToken2Single } from '../../tokens/token2-single';

const ALICE = 'alice.breakglass';
const ENROLL = ['enroll', ALICE, '--slot', 'primary'] as const;
const ENFORCEMENT = 'arn:aws:iam::123456789012:policy/enforcement';

let bench: Bench;
let token: VirtualToken2Single;

/** The deployed statements of the policy, in the sandbox's own account. */
function enforcement(): string {
  const stack = new Stack(newApp(), 'Stack', { env: { account: '123456789012', region: 'eu-central-1' } });
  const policy = new MfaEnforcementPolicy(stack, 'Policy', { selfService: MfaSelfService.ALL_DEVICES });
  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map(resolve);
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const { 'Fn::Join': join, Ref: ref } = value as { 'Fn::Join'?: [string, unknown[]]; Ref?: string };
    if (join !== undefined) {
      return join[1].map(resolve).join(join[0]);
    }
    if (ref !== undefined) {
      return ref === 'AWS::Partition' ? 'aws' : ref;
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
  }
  return JSON.stringify(resolve(stack.resolve(policy.document)));
}

beforeEach(async () => {
  bench = await Bench.open();
  await bench.admin('iam', 'PutUserPolicy', {
    UserName: ALICE,
    PolicyName: 'everything',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    }),
  });
  // A managed policy, as deployed: it is larger than IAM takes inline.
  await bench.admin('iam', 'CreatePolicy', { PolicyName: 'enforcement', PolicyDocument: enforcement() });
  await bench.admin('iam', 'AttachUserPolicy', { UserName: ALICE, PolicyArn: ENFORCEMENT });
  token = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(token);
});
afterEach(() => bench.close());

async function phone(): Promise<Phone> {
  const enrolled = await enrollPhone(bench.sandbox, ALICE, { name: 'alice-phone' });
  bench.clock.advance(40_000);
  if (!token.isOn) {
    token.press();
  }
  return enrolled;
}

async function sessionOf({ deviceArn, code }: Phone): Promise<void> {
  const { Credentials: session } = (await bench.sandbox.call(
    bench.sandbox.createAccessKey(ALICE),
    'sts',
    'GetSessionToken',
    { SerialNumber: deviceArn, TokenCode: code() },
  )) as { Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string } };
  bench.credentials = {
    accessKeyId: session.AccessKeyId,
    secretAccessKey: session.SecretAccessKey,
    sessionToken: session.SessionToken,
  };
}

test('works in a session that was opened with MFA', async () => {
  await sessionOf(await phone());
  const { exitCode, people } = await bench.run(...ENROLL);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(bench.evidence[0]?.by).toBe(`arn:aws:iam::123456789012:user/${ALICE}`);
});

test('is refused before anything is made when a device exists and the call is without MFA', async () => {
  await phone();
  await bench.admin('iam', 'DetachUserPolicy', { UserName: ALICE, PolicyArn: ENFORCEMENT });
  bench.credentials = bench.sandbox.createAccessKey(ALICE);
  expect(await bench.runJson(...ENROLL)).toMatchObject({ exitCode: 1, code: 'iam/self-without-mfa' });
  expect(token.received.filter((command) => command.startsWith('84'))).toEqual([]);
  expect(await bench.devices()).toHaveLength(1);
});

test('with the policy in force and no MFA it ends at the record, which only MFA opens', async () => {
  bench.credentials = bench.sandbox.createAccessKey(ALICE);
  expect(await bench.runJson(...ENROLL)).toMatchObject({ exitCode: 1, code: 'aws/denied' });
  const denied = bench.sandbox.calls.filter(({ errorCode }) => errorCode !== undefined);
  expect(denied.map(({ operation }) => operation)).toEqual(['GetParametersByPath']);
  expect(await bench.devices()).toEqual([]);
});
