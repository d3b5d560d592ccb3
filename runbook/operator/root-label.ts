/** Judges whose secret was read: that of another account must not get onto a token of this root user. */
import { quote } from '../../lib/record/rules';
import type { Ports } from '../ceremony/ports';
import { cancelled, RunbookError } from '../runbook-error';
import type { ReadSeed } from '../seed-phase/seed-phase';
import { confirmInPerson } from './confirm-in-person';
import { AWS_SEED_BYTES } from './token-on-reader';

const AWS_ISSUER = 'Amazon Web Services';
/** A device name as IAM takes it. */
const DEVICE_NAME = /^[\w+=,.@-]+$/;

/** The secret that is expected. */
interface Expected {
  /** `root@` and the account. */
  readonly holder: string;
  readonly account: string;
  /** The device name to type. */
  readonly name: string;
  /** The aliases of the account; `undefined` if nobody could ask. */
  readonly aliases: readonly string[] | undefined;
}

/**
 * Refuses the secret of another account or service; asks about what may be right.
 *
 * @returns the name of the device in the console
 * @throws RunbookError `seed/other-account`, `cancelled`
 */
export async function checkLabel(ports: Ports, read: ReadSeed, expected: Expected): Promise<string> {
  const name = await checkOwner(ports, read, expected);
  if (read.seedBytes !== AWS_SEED_BYTES) {
    await agree(
      ports,
      'other-length',
      `the secret has ${read.seedBytes} bytes, and AWS's have ${AWS_SEED_BYTES}; is it the one that the console of ${expected.holder} shows?`,
    );
  }
  return name;
}

async function checkOwner(ports: Ports, read: ReadSeed, expected: Expected): Promise<string> {
  const { issuer, label, account, name } = read;
  if (label === '') {
    ports.terminal.note(
      `a secret alone does not say whose it is: make sure that it is that of ${expected.holder}`,
    );
    return expected.name;
  }
  if (issuer !== '' && issuer !== AWS_ISSUER) {
    throw otherAccount(`a secret of ${quote(issuer)} (${quote(label)})`, expected);
  }
  await checkAccount(ports, account, expected);
  if (name === expected.name) {
    return name;
  }
  if (!DEVICE_NAME.test(name)) {
    throw otherAccount(`the secret of ${quote(label)}`, expected);
  }
  await agree(
    ports,
    'other-name',
    `the console calls the device ${quote(name)}, not ${expected.name}: plans will not know which token it is; use it nevertheless?`,
  );
  return name;
}

async function checkAccount(ports: Ports, account: string, expected: Expected): Promise<void> {
  const { holder, aliases } = expected;
  if (account === expected.account || aliases?.includes(account) === true) {
    return;
  }
  if (/^\d{12}$/.test(account)) {
    throw otherAccount(`a secret of account ${account}`, expected);
  }
  if (aliases !== undefined) {
    const known = aliases.length === 0 ? 'has no alias' : `has the alias ${aliases.join(', ')}`;
    throw otherAccount(
      `a secret of the account with the alias ${quote(account)}`,
      expected,
      `, which ${known}`,
    );
  }
  await agree(
    ports,
    'other-alias',
    `the code names the account ${quote(account)}, and nobody could ask AWS for its alias; is that the account of ${holder}?`,
  );
}

function otherAccount(found: string, { holder, name }: Expected, which = ''): RunbookError {
  return new RunbookError('seed/other-account', `that is ${found}, not of ${holder}${which}`, {
    hints: [
      `sign in to the console as ${holder}, begin a device with the name ${name}, and pass a picture of its code with --qr, or its secret key with --secret`,
    ],
  });
}

async function agree({ terminal, signal }: Ports, name: string, message: string): Promise<void> {
  if (!(await confirmInPerson(terminal, { name, message }, signal))) {
    throw cancelled();
  }
}
