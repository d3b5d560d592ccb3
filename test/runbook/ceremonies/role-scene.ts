/** The scene of the runbook's roles: a fleet, and a person with the policy of one role and nothing else. */
import { Stack } from 'aws-cdk-lib';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { TokenInventory, TokenRecord } from '../../../lib/index';
import { RunbookAuditor } from '../../../lib/runbook-roles/runbook-auditor';
import { RunbookOperator } from '../../../lib/runbook-roles/runbook-operator';
import type { AccessKey } from '../../../runbook/aws/aws';
import { newApp } from '../../lib/fixtures';
import { ALICE_BACKUP, ALICE_PRIMARY, Bench, type BenchOptions } from '../../support/bench';
import { ACCOUNT, rendered } from '../../support/policy-simulation';
import type { VirtualToken2Single } from '../../tokens/token2-single';

/** The sandbox's account. */
export const OWN = '123456789012';

export const ALICE = 'alice.breakglass';
export const SPARE = '86596220000009';
/** A member account, whose root user the record declares, too. */
export const MEMBER = '222222222222';
/** Serials by account. */
export const ROOT_TOKENS = { [OWN]: '86596220000010', [MEMBER]: '86596220000012' };
export const FLEET_PATH = '/mfa-guardrails/break-glass/';

const INVENTORY = `
fleet: break-glass
holders:
  ${ALICE}:
    - { slot: primary, serial: "${ALICE_PRIMARY}" }
    - { slot: backup, serial: "${ALICE_BACKUP}" }
    - { slot: key, serial: "31415926", type: fido2 }
roots:
  "${OWN}":
    - { slot: primary, serial: "${ROOT_TOKENS[OWN]}" }
  "${MEMBER}":
    - { slot: primary, serial: "${ROOT_TOKENS[MEMBER]}" }
spares:
  - { serial: "${SPARE}" }
`;

/** A policy, as IAM takes it. */
export interface Policy {
  readonly Version: string;
  readonly Statement: readonly { readonly Action: string | readonly string[]; readonly Resource: unknown }[];
}

/** The policy of a role as it would be deployed into the sandbox. */
export function policyOf(role: 'operator' | 'auditor'): Policy {
  const stack = new Stack(newApp(), 'Stack', { env: { account: OWN, region: 'eu-central-1' } });
  const record = new TokenRecord(stack, 'Record', {
    inventory: TokenInventory.fromYaml(INVENTORY, 'tokens.yaml'),
  });
  const made: { readonly policy: { readonly document: PolicyDocument } } =
    role === 'operator'
      ? new RunbookOperator(stack, 'Role', { record, existingHolders: [ALICE] })
      : new RunbookAuditor(stack, 'Role', { record });
  const text = JSON.stringify(rendered(stack.resolve(made.policy.document)));
  return JSON.parse(text.replaceAll(ACCOUNT, OWN));
}

/** The actions of a policy, each once, in alphabetical order. */
export function actionsOf(policy: Policy): readonly string[] {
  return [...new Set(policy.Statement.flatMap(({ Action }) => Action))].sort();
}

/** A policy less one action. */
export function without(action: string, policy: Policy): Policy {
  const rest = policy.Statement.map((statement) => ({
    ...statement,
    Action: [statement.Action].flat().filter((each) => each !== action),
  }));
  return { ...policy, Statement: rest.filter(({ Action }) => Action.length > 0) };
}

export function openBench(options: Pick<BenchOptions, 'overHttp'> = {}): Promise<Bench> {
  const sandbox = { otherAccounts: [{ account: MEMBER, isMember: true }] };
  return Bench.open({ inventory: INVENTORY, sandbox, ...options });
}

/** The key of a new user who has a policy and nothing else. */
export async function personWith(bench: Bench, userName: string, policy: Policy): Promise<AccessKey> {
  await bench.admin('iam', 'CreateUser', { UserName: userName });
  await bench.admin('iam', 'PutUserPolicy', {
    UserName: userName,
    PolicyName: 'all-there-is',
    PolicyDocument: JSON.stringify(policy),
  });
  return bench.sandbox.createAccessKey(userName);
}

/** Lays a token on the reader, and has every question answered about it. */
export function lay(bench: Bench, serial: string): VirtualToken2Single {
  const token = bench.tokens.find((each) => each.serial === serial) ?? bench.token(serial);
  if (!token.isOn) {
    token.press();
  }
  bench.readers.lay(token);
  bench.answer = ({ name }) => {
    if (name === 'serial') {
      return serial;
    }
    if (name === 'delete-leftover') {
      return 'yes';
    }
    return name === 'consent' ? ALICE : token.readCode();
  };
  return token;
}

/** Runs a command. @returns its data @throws unless it ends with 0 */
export async function holds(bench: Bench, ...args: readonly string[]): Promise<string> {
  const { exitCode, people, data } = await bench.run(...args);
  if (exitCode !== 0) {
    throw new Error(`${args.join(' ')} ended with ${exitCode}\n${people}`);
  }
  return data;
}

/** The calls of `userName`, or of the role of that name, as names of actions, and the end of each. */
export function callsOf(
  bench: Bench,
  userName: string,
): readonly { readonly action: string; readonly errorCode: string | undefined }[] {
  return bench.sandbox.calls
    .filter(
      ({ caller = '' }) =>
        caller.endsWith(`user/${userName}`) || caller.includes(`:assumed-role/${userName}/`),
    )
    .map(({ service, operation, errorCode }) => ({ action: `${service}:${operation}`, errorCode }));
}
